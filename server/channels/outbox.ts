import { Turns } from './turns.ts';

const TEXT = 1;
const BINARY = 2;
const FIN = 0x80;

/**
 * Frames that leave together: those before, and one more. Sockets that are sent the same in the
 * same order share it, so that a frame is built once, and joined once, however many it goes to.
 */
export class Bundle {
  /** Bytes of it. */
  readonly length: number;
  readonly #before: Bundle | undefined;
  readonly #frame: Buffer;
  #joined: Buffer | undefined;
  /** What followed it last. */
  #next: { readonly text: string; readonly bundle: Bundle } | undefined;

  constructor(before?: Bundle, frame: Buffer = Buffer.alloc(0)) {
    this.#before = before;
    this.#frame = frame;
    this.length = (before?.length ?? 0) + frame.length;
  }

  /** This, and a message after it. Bytes are not shared: whoever gave them may change them. */
  and(content: string | Uint8Array): Bundle {
    if (typeof content !== 'string') return new Bundle(this, frameOf(BINARY, Buffer.from(content)));
    if (this.#next?.text === content) return this.#next.bundle;
    const bundle = new Bundle(this, frameOf(TEXT, Buffer.from(content)));
    this.#next = { text: content, bundle };
    return bundle;
  }

  /** All of it, as it goes over the wire. */
  get bytes(): Buffer {
    if (this.length === this.#frame.length) return this.#frame;
    return (this.#joined ??= Buffer.concat(Bundle.#framesOf(this), this.length));
  }

  static #framesOf(last: Bundle): Buffer[] {
    const frames: Buffer[] = [];
    for (let at: Bundle | undefined = last; at; at = at.#before) frames.push(at.#frame);
    return frames.reverse();
  }
}

/** What is sent in this turn of the event loop, by all connections of a server. */
export class Outbox {
  /** Nothing: where what a socket is sent in this turn begins. */
  empty = new Bundle();
  readonly #turns = new Turns<{ flush(): void }>(
    (connection) => connection.flush(),
    // What was shared is forgotten.
    () => (this.empty = new Bundle()),
  );

  /** A connection has something to flush: to be said once until it does. */
  add(connection: { flush(): void }): void {
    this.#turns.add(connection);
  }
}

/** A whole message as a server sends it: final, not masked (RFC 6455 §5.2). */
function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = FIN | opcode;
  frame[1] = header === 2 ? length : header === 4 ? 126 : 127;
  if (header === 4) frame.writeUInt16BE(length, 2);
  if (header === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  payload.copy(frame, header);
  return frame;
}
