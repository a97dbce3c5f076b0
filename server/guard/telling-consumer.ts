import { problem } from '../../src/protocol/problem.ts';
import { JsonWebSocketConsumer } from '../channels/index.ts';
import { refused, toldProblem } from './refusal.ts';

/** A consumer of JSON that tells its peer `{"problem": …}` where something cannot be done, and stays open. */
export abstract class TellingConsumer extends JsonWebSocketConsumer {
  override malformed(): void {
    this.sendJson({ problem: problem('malformed', 'This is no JSON: send an object.') });
  }

  /** Tries something; a refusal is told, what is our fault is thrown. */
  protected async orSayWhyNot(task: () => Promise<unknown>): Promise<void> {
    const refusal = await refused(task);
    if (refusal) this.sendJson({ problem: toldProblem(refusal) });
  }
}
