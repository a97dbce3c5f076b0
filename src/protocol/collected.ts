import { MOST_SHOWN } from './wire.ts';

/** Bytes that belong together, taken in as they come: the first of them, and how many there were. */
export class Collected {
  length = 0;
  readonly #parts: Uint8Array[] = [];
  readonly #most: number;
  #kept = 0;

  constructor(most = MOST_SHOWN) {
    this.#most = most;
  }

  /** They are copied: a slice would keep all of what was read alive. */
  add(bytes: Uint8Array): void {
    this.length += bytes.length;
    const part = bytes.slice(0, Math.max(0, this.#most - this.#kept));
    this.#kept += part.length;
    if (part.length > 0) this.#parts.push(part);
  }

  /** Takes in what another has collected. */
  join(other: Collected): void {
    const left = other.length - other.bytes.length;
    this.add(other.bytes);
    this.length += left;
    if (left > 0) this.#kept = this.#most;
  }

  /** What was kept. */
  get bytes(): Uint8Array {
    if (this.#parts.length > 1) {
      const all = new Uint8Array(this.#kept);
      let at = 0;
      for (const part of this.#parts.splice(0)) {
        all.set(part, at);
        at += part.length;
      }
      this.#parts.push(all);
    }
    return this.#parts[0] ?? new Uint8Array();
  }
}
