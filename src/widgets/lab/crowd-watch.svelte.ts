import { type CrowdView, type CrowdWish, parseCrowdView } from '../../protocol/crowd.ts';
import { parseProblem, type Problem } from '../../protocol/problem.ts';
import { newTag } from '../../transports/exchanges.ts';

/** ms from one look at the crowd to the next; a crowd that is not looked at for 5 s ends. */
const LOOK = 1_000;

/** The further readers that the server runs for this page. */
export class CrowdWatch {
  view = $state.raw<CrowdView>();
  /** Why there is none; null: the server was not reached. */
  refusal = $state.raw<Problem | null>();
  #name = '';
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Has the crowd be as it is wished for, and looks at it until `end`. */
  async want(wish: CrowdWish): Promise<void> {
    this.#name ||= newTag(); // of 128 random bits, made in the browser
    await this.#ask({
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(wish),
    });
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.#ask({}), LOOK);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!this.view) return;
    this.view = undefined;
    // The page may be going; what does not arrive ends by itself.
    void fetch(this.#url, { method: 'DELETE', keepalive: true }).catch(() => undefined);
  }

  get #url(): string {
    return `/live/crowd/${this.#name}`;
  }

  async #ask(init: RequestInit): Promise<void> {
    try {
      const response = await fetch(this.#url, { cache: 'no-store', ...init });
      const json: unknown = await response.json();
      const view = parseCrowdView(json);
      if (init.method === undefined && this.#timer === undefined) return; // it was ended meanwhile
      this.refusal = response.ok ? undefined : (parseProblem(json) ?? null);
      this.view = response.ok && view.ok ? view.value : undefined;
    } catch {
      this.refusal = null;
    }
  }
}
