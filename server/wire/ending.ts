import type { Conditions } from '../../src/protocol/conditions.ts';

/** Ends a connection when its conditions say so: `timeout` closes it, `resetPeer` resets it. */
export class Ending {
  readonly #close: () => void;
  readonly #reset: () => void;
  #closing: NodeJS.Timeout | undefined;
  #resetting: NodeJS.Timeout | undefined;

  constructor(close: () => void, reset: () => void) {
    this.#close = close;
    this.#reset = reset;
  }

  /** Bytes have come under these conditions, from the client or from the server. */
  moved(conditions: Conditions, fromServer: boolean): void {
    const { timeout, resetPeer } = conditions;
    clearTimeout(this.#closing);
    this.#closing = timeout ? setTimeout(this.#close, timeout) : undefined;
    if (resetPeer !== null && fromServer) this.#resetting ??= setTimeout(this.#reset, resetPeer);
  }

  /** These conditions are in force from now on; what the server sent before may still wait. */
  changed(conditions: Conditions, isWaiting: boolean): void {
    this.#spare();
    // As in Toxiproxy: with no time at all what is open is reset now, else once the server has sent.
    this.moved(conditions, conditions.resetPeer === 0 || isWaiting);
  }

  stop(): void {
    clearTimeout(this.#closing);
    this.#spare();
  }

  #spare(): void {
    clearTimeout(this.#resetting);
    this.#resetting = undefined;
  }
}
