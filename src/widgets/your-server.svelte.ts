import { parseProblem, problemType } from '../protocol/problem.ts';
import { keep, recall, thisTab } from './keep.ts';

/** ms from one question whether it is there to the next. */
const LOOK = 1_500;

/** `unknown`: not asked yet; `elsewhere`: this server passes nothing on for this visitor. */
export type YourState = 'unknown' | 'there' | 'away' | 'elsewhere' | 'unreachable';

/**
 * A server that the reader runs on this machine, under the demo and the claims of a lesson: this
 * page's own server passes everything on to it. One for all of a page's widgets.
 */
class YourServer {
  /** Its port; 0 while the page's own server is used. */
  port = $state(0);
  state = $state<YourState>('unknown');

  /** What comes before `/live/` in the addresses; '' for this page's own server. */
  get base(): string {
    return this.port ? `/yours/${this.port}` : '';
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** Takes what was used for a lesson in this tab. */
  recall(slug: string): void {
    this.port = recall(thisTab, `${slug}.yours`, 0);
  }

  /** @param port 0 for this page's own */
  use(slug: string, port: number): void {
    this.port = port;
    this.state = 'unknown';
    keep(thisTab, `${slug}.yours`, port);
  }

  /** Asks again and again whether it is there, until the function returned is called. */
  watch(): () => void {
    const timer = setInterval(() => void this.#look(), LOOK);
    void this.#look();
    return () => clearInterval(timer);
  }

  /** Whether something listens there: it is asked nothing that no reader asks. */
  async #look(): Promise<void> {
    const { port } = this;
    const found = await this.#find();
    if (port === this.port) this.state = found;
  }

  async #find(): Promise<YourState> {
    try {
      const response = await fetch(`${this.base}/`, {
        cache: 'no-store',
        signal: AbortSignal.timeout(10_000),
      });
      if (response.ok) return 'there';
      const type = parseProblem(await response.json().catch(() => undefined))?.type;
      return type === problemType('not-here') ? 'elsewhere' : 'away';
    } catch {
      return 'unreachable';
    }
  }
}

export const yourServer = new YourServer();
