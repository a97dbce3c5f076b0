import { type Problem, parseProblem } from '../protocol/problem.ts';
import { type PairView, parsePair } from '../protocol/views.ts';

/** ms from one look at the processes to the next. */
const LOOK = 1_000;
/** ms for which it is told why something was not done. */
const FORGET = 6_000;

/** The two processes behind this page's server, as the page sees them and what it asks of them. */
export class PairWatch {
  view = $state.raw<PairView>();
  /** Why the last thing that was asked was not done; null: the server was not reached. */
  refusal = $state.raw<Problem | null>();
  starting = $state(false);
  #asked = 0;

  /** Looks once a second, until the function returned is called. */
  watch(): () => void {
    const timer = setInterval(() => void this.look(), LOOK);
    void this.look();
    return () => clearInterval(timer);
  }

  async look(): Promise<void> {
    try {
      const response = await fetch('/live/pair', { cache: 'no-store' });
      const pair = parsePair(await response.json());
      if (pair.ok) this.view = pair.value;
      if (performance.now() - this.#asked > FORGET) this.refusal = undefined;
    } catch {
      // The page shows what it knew last; the readers tell that the server is away.
    }
  }

  /** Starts both; false where they did not start. */
  async start(): Promise<boolean> {
    this.starting = true;
    const done = await this.ask('');
    this.starting = false;
    return done;
  }

  /** Asks for something by its path below `/live/pair`; false where it was refused. */
  async ask(path: string): Promise<boolean> {
    this.refusal = undefined;
    this.#asked = performance.now();
    try {
      const response = await fetch(`/live/pair${path}`, { method: 'POST', cache: 'no-store' });
      const json: unknown = await response.json();
      const pair = parsePair(json);
      if (response.ok && pair.ok) this.view = pair.value;
      else this.refusal = parseProblem(json) ?? null;
      return response.ok;
    } catch {
      this.refusal = null;
      return false;
    }
  }
}
