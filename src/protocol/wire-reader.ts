import { Collected } from './collected.ts';

/** The head of a request or a response, RFC 9112 §2.1, as far as its framing goes. */
export interface Head {
  collected: Collected;
  /** The start line's words: method, target, version; or version, status, reason. */
  start: readonly [string, string, string];
  /** Lower case, the first of each name. */
  headers: ReadonlyMap<string, string>;
}

/** Told what has come, in order; each as soon as all of it is there. */
export interface WireListener {
  head(head: Head): void;
  /** A part of the body: a chunk with its framing, or what came of a body without. */
  piece(collected: Collected, content: number): void;
  /** The body is complete: what said so, if anything did. */
  end(collected: Collected): void;
  frame(collected: Collected, opcode: number, content: number): void;
}

/** How the body after a head is framed, RFC 9112 §6.3: its length, or what else tells its end. */
export type Framing = number | 'chunked' | 'close' | 'frames';

/** A head longer than this is nobody's: the server refuses it. */
const LONGEST_HEAD = 32_768;
const LF = 10;

type Step =
  'head' | 'length' | 'close' | 'size' | 'data' | 'trailer' | 'frame' | 'payload' | 'lost';

/**
 * Reads what one side says over a connection of HTTP/1.1, cut anywhere: heads, bodies in pieces,
 * and after an upgrade frames (RFC 6455 §5.2). It only looks on: where it cannot follow, it is lost
 * and says nothing more, whatever comes.
 */
export class WireReader {
  readonly #listener: WireListener;
  readonly #framingOf: (head: Head) => Framing;
  #step: Step = 'head';
  #now = new Collected(LONGEST_HEAD);
  /** Bytes still to come of a body, a chunk with its line end, or a payload. */
  #rest = 0;
  #content = 0;
  #opcode = 0;
  /** Where the line that is being read begins in what is collected. */
  #line = 0;

  /** @param framingOf how the body after a head is framed: for a response the request matters too */
  constructor(listener: WireListener, framingOf: (head: Head) => Framing) {
    this.#listener = listener;
    this.#framingOf = framingOf;
  }

  /** It stands between two messages, or was lost. */
  get isBetween(): boolean {
    return (this.#step === 'head' && this.#now.length === 0) || this.#step === 'lost';
  }

  push(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0 && this.#step !== 'lost') {
      const taken = this.#take(rest);
      rest = rest.subarray(taken);
    }
  }

  /** What comes from now on are frames: the other side has agreed to it. */
  beginFrames(): void {
    if (this.#step !== 'lost') this.#begin('frame');
  }

  /** No more comes: a body that goes on until then is complete. */
  over(): void {
    if (this.#step === 'close') this.#listener.end(new Collected());
    this.#step = 'lost';
  }

  /** Takes bytes of what is read now; how many. */
  #take(bytes: Uint8Array): number {
    switch (this.#step) {
      case 'head':
      case 'size':
      case 'trailer':
        return this.#takeLine(bytes);
      case 'frame':
        return this.#takeFrameHead(bytes);
      case 'length':
        return this.#takeRest(bytes, true);
      case 'data':
      case 'payload':
        return this.#takeRest(bytes, false);
      case 'close':
        this.#now.add(bytes);
        this.#tellPiece(bytes.length);
        return bytes.length;
      default:
        return bytes.length;
    }
  }

  #takeLine(bytes: Uint8Array): number {
    const lineEnd = bytes.indexOf(LF);
    const taken = lineEnd === -1 ? bytes.length : lineEnd + 1;
    this.#now.add(bytes.subarray(0, taken));
    if (this.#now.length > LONGEST_HEAD) this.#step = 'lost';
    else if (lineEnd !== -1) this.#endLine();
    return taken;
  }

  #endLine(): void {
    const line = textOf(this.#now.bytes.subarray(this.#line)).replace(/\r?\n$/, '');
    this.#line = this.#now.length;
    if (this.#step === 'size') this.#endSize(line);
    else if (line !== '') return;
    else if (this.#step === 'trailer') this.#endBody();
    else if (this.#now.length > 2) this.#endHead(); // an empty line before a request is skipped, §2.2
  }

  #endHead(): void {
    const head = headOf(this.#now);
    this.#begin('head');
    if (!head) return void (this.#step = 'lost');
    const framing = this.#framingOf(head);
    this.#listener.head(head);
    if (framing === 'chunked') this.#begin('size');
    else if (framing === 'frames') this.#begin('frame');
    else if (framing === 'close') this.#begin('close');
    else if (framing === 0) this.#endBody();
    else {
      this.#begin('length');
      this.#rest = framing;
    }
  }

  #endSize(line: string): void {
    const [digits = ''] = /^[0-9a-f]{1,12}/i.exec(line) ?? [];
    if (digits === '') return void (this.#step = 'lost');
    this.#content = Number.parseInt(digits, 16);
    this.#rest = this.#content + 2;
    this.#step = this.#content === 0 ? 'trailer' : 'data';
  }

  /** Of a body whose length is known each part is told as it comes, else all of it at its end. */
  #takeRest(bytes: Uint8Array, asItComes: boolean): number {
    const taken = Math.min(bytes.length, this.#rest);
    this.#now.add(bytes.subarray(0, taken));
    this.#rest -= taken;
    const step = this.#step;
    if (asItComes) this.#tellPiece(taken);
    if (this.#rest > 0) return taken;
    if (step === 'payload') this.#endFrame();
    else if (step === 'data') {
      this.#tellPiece(this.#content);
      this.#begin('size');
    } else this.#endBody();
    return taken;
  }

  /** A byte at a time: a head has 14 at most. */
  #takeFrameHead(bytes: Uint8Array): number {
    this.#now.add(bytes.subarray(0, 1));
    const [first = 0, second] = this.#now.bytes;
    if (second === undefined) return 1;
    const short = second & 0x7f;
    const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
    if (this.#now.length < 2 + extended + (second & 0x80 ? 4 : 0)) return 1;
    let length = extended === 0 ? short : 0;
    for (const byte of this.#now.bytes.subarray(2, 2 + extended)) length = length * 256 + byte;
    this.#opcode = first & 0x0f;
    this.#content = length;
    this.#rest = length;
    this.#step = 'payload';
    if (length === 0) this.#endFrame();
    return 1;
  }

  #endFrame(): void {
    const now = this.#now;
    this.#begin('frame');
    this.#listener.frame(now, this.#opcode, this.#content);
  }

  #endBody(): void {
    const now = this.#now;
    this.#begin('head');
    this.#listener.end(now);
  }

  #tellPiece(content: number): void {
    const now = this.#now;
    this.#now = new Collected();
    if (now.length > 0) this.#listener.piece(now, content);
  }

  #begin(step: Step): void {
    this.#step = step;
    this.#line = 0;
    this.#now = step === 'head' ? new Collected(LONGEST_HEAD) : new Collected();
  }
}

/** Latin-1, as heads are: each byte a character. */
function textOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function headOf(collected: Collected): Head | undefined {
  const [line = '', ...lines] = textOf(collected.bytes).trim().split(/\r?\n/);
  const [, one, two, three = ''] = /^(\S+) (\S+)(?: (.*))?$/.exec(line) ?? [];
  if (one === undefined || two === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const field of lines) {
    const colon = field.indexOf(':');
    const name = field.slice(0, colon).toLowerCase();
    if (!headers.has(name)) headers.set(name, field.slice(colon + 1).trim());
  }
  return { collected, start: [one, two, three], headers };
}

/** How the body of a request is framed: what says nothing has none. */
export function framingOfRequest({ headers }: Head): Framing {
  if (/\bchunked\s*$/i.test(headers.get('transfer-encoding') ?? '')) return 'chunked';
  return lengthIn(headers) ?? 0;
}

/** How the body of a response to `method` is framed: what says nothing goes on until the close. */
export function framingOfResponse({ start, headers }: Head, method: string): Framing {
  const status = Number(start[1]);
  if (status === 101) return 'frames';
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') return 0;
  if (/\bchunked\s*$/i.test(headers.get('transfer-encoding') ?? '')) return 'chunked';
  return lengthIn(headers) ?? 'close';
}

function lengthIn(headers: ReadonlyMap<string, string>): number | undefined {
  const length = headers.get('content-length');
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
