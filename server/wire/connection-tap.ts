import { type Conditions, CLEAR } from '../../src/protocol/conditions.ts';
import { Collected } from '../../src/protocol/collected.ts';
import { decodeFrame, OPCODES, readClosePayload } from '../../src/protocol/frame.ts';
import {
  type By,
  type Bytes,
  MOST_SHOWN,
  type Released,
  type Way,
  type What,
} from '../../src/protocol/wire.ts';
import {
  framingOfRequest,
  framingOfResponse,
  type Head,
  WireReader,
} from '../../src/protocol/wire-reader.ts';
import { type Tag, tagIn } from './tag.ts';
import type { Wire } from './wire.ts';
import type { Leaving, Onlooker, Watched } from './onlooker.ts';

/** What of a held response is needed to say why it is not held any more. */
interface Holding {
  readonly aborted: boolean;
  readonly reason: unknown;
}

/** One request and its response; a WebSocket is one too, as long as it is open. */
interface Exchange {
  readonly of: Tag | undefined;
  readonly method: string;
  readonly target: string;
  readonly head: Collected;
  readonly body: Collected;
  held: Holding | undefined;
  isToldHeld: boolean;
  status: number;
}

/**
 * Looks on at one connection and tells what crosses it: it reads the bytes as either end does, and
 * knows nothing of what the server does with them. Only exchanges that bear a tag are told.
 */
export class ConnectionTap implements Onlooker {
  readonly #wire: Wire;
  /** Those that are not answered yet, the first first. */
  readonly #open: Exchange[] = [];
  /** Whose bytes come in just now, before they are delayed. */
  #coming: Tag | undefined;
  readonly #ahead: WireReader;
  readonly #up: WireReader;
  readonly #down: WireReader;
  #socket: Exchange | undefined;
  /** Who sent a close frame first, and what it said. */
  #closing: { by: By; code: number; reason: string } | undefined;
  #forget = () => {};

  constructor(wire: Wire) {
    this.#wire = wire;
    const nothing = () => {};
    this.#ahead = new WireReader(
      {
        head: ({ start }) => (this.#coming = tagIn(start[1])),
        piece: nothing,
        end: nothing,
        frame: nothing,
      },
      framingOfRequest,
    );
    this.#up = new WireReader(
      {
        head: (head) => this.#asks(head),
        piece: (collected) => this.#open.at(-1)?.body.join(collected),
        end: (collected) => this.#asked(collected),
        frame: (collected, opcode, content) => this.#frame('up', collected, opcode, content),
      },
      framingOfRequest,
    );
    this.#down = new WireReader(
      {
        head: (head) => this.#answers(head),
        piece: (collected, content) => this.#piece(collected, content),
        end: (collected) => this.#answered(collected),
        frame: (collected, opcode, content) => this.#frame('down', collected, opcode, content),
      },
      (head) => framingOfResponse(head, this.#open[0]?.method ?? ''),
    );
  }

  get conditions(): Conditions {
    const tag = this.#tagNow();
    return tag === undefined ? CLEAR : this.#wire.conditionsOf(tag);
  }

  opened(connection: Watched): void {
    taps.set(connection, this);
    this.#forget = this.#wire.onConditions((tag) => {
      if (tag === this.#tagNow()) connection.conditionsChanged();
    });
  }

  arriving(bytes: Buffer): Conditions {
    if (!this.#socket) this.#ahead.push(bytes);
    return this.conditions;
  }

  arrived(bytes: Buffer): void {
    this.#up.push(bytes);
  }

  leaving(bytes: Buffer): Leaving {
    const { conditions } = this;
    this.#down.push(bytes);
    return { conditions, ends: this.#socket !== undefined || this.#down.isBetween };
  }

  over(by: By, clean: boolean): void {
    this.#forget();
    this.#down.over();
    const last = this.#socket ?? this.#open[0];
    for (const exchange of this.#open) this.#release(exchange, 'gone');
    if (!last) return;
    const { code, reason } = this.#closing ?? {};
    this.#tell(last, () => ({
      kind: 'close',
      by: this.#closing?.by ?? by,
      clean: this.#socket ? this.#closing !== undefined : clean,
      ...(code !== undefined && { code }),
      ...(reason && { reason }),
    }));
  }

  /** The request for a target waits for its answer; `holding` knows when it does not any more. */
  held(target: string, holding: Holding): void {
    const exchange = this.#open.find((one) => one.target === target && one.status === 0);
    if (!exchange?.of) return;
    exchange.held = holding;
    // What is answered in this turn of the event loop was not held.
    setImmediate(() => {
      if (exchange.held !== holding || holding.aborted) return;
      exchange.isToldHeld = true;
      this.#tell(exchange, () => ({ kind: 'held' }));
    });
  }

  #tagNow(): string | undefined {
    return (this.#socket?.of ?? this.#coming ?? this.#open[0]?.of)?.tag;
  }

  #tell(exchange: Exchange, what: () => What): void {
    const { of } = exchange;
    if (of) this.#wire.tellOf(of.tag, of.exchange, what);
  }

  #count({ of }: Exchange, way: Way, heads: number, bodies: number): void {
    if (of) this.#wire.count(of.tag, way, heads, bodies);
  }

  #asks({ collected, start }: Head): void {
    const [method, target] = start;
    this.#open.push({
      of: tagIn(target),
      method,
      target,
      head: collected,
      body: new Collected(),
      held: undefined,
      isToldHeld: false,
      status: 0,
    });
  }

  #asked(collected: Collected): void {
    const exchange = this.#open.at(-1);
    if (!exchange) return;
    const { method, target, head, body } = exchange;
    body.join(collected);
    this.#count(exchange, 'up', head.length, body.length);
    this.#tell(exchange, () => ({
      kind: 'request',
      method,
      target,
      head: bytesOf(head),
      ...(body.length > 0 && { body: bytesOf(body) }),
    }));
  }

  #answers({ collected, start }: Head): void {
    const [exchange] = this.#open;
    if (!exchange) return;
    exchange.status = Number(start[1]);
    const { held } = exchange;
    if (held) this.#release(exchange, held.aborted ? reasonOf(held.reason) : 'message');
    this.#count(exchange, 'down', collected.length, 0);
    const head = bytesOf(collected);
    if (exchange.status !== 101)
      return this.#tell(exchange, () => ({ kind: 'response', status: exchange.status, head }));
    this.#socket = this.#open.shift();
    this.#up.beginFrames();
    this.#tell(exchange, () => ({ kind: 'upgrade', head }));
  }

  #release(exchange: Exchange, because: Released): void {
    if (exchange.isToldHeld) this.#tell(exchange, () => ({ kind: 'released', because }));
    exchange.held = undefined;
    exchange.isToldHeld = false;
  }

  #piece(collected: Collected, content: number): void {
    const [exchange] = this.#open;
    if (!exchange) return;
    this.#count(exchange, 'down', collected.length - content, content);
    this.#tell(exchange, () => ({ kind: 'chunk', content, bytes: bytesOf(collected) }));
  }

  #answered(collected: Collected): void {
    const [exchange] = this.#open;
    if (!exchange || exchange.status < 200) return; // 100 Continue: the answer is still to come
    this.#open.shift();
    this.#count(exchange, 'down', collected.length, 0);
    this.#tell(exchange, () => ({
      kind: 'end',
      ...(collected.length > 0 && { bytes: bytesOf(collected) }),
    }));
  }

  #frame(way: Way, collected: Collected, code: number, content: number): void {
    const exchange = this.#socket;
    const opcode = Object.values(OPCODES).find((one) => one === code);
    if (!exchange || opcode === undefined) return;
    this.#count(exchange, way, collected.length - content, content);
    this.#tell(exchange, () => ({
      kind: 'frame',
      way,
      opcode,
      content,
      bytes: bytesOf(collected),
    }));
    if (opcode === OPCODES.close) this.#seeClosing(way, collected);
  }

  #seeClosing(way: Way, { bytes }: Collected): void {
    const frame = decodeFrame(bytes);
    const said = frame.ok ? readClosePayload(frame.value.payload) : frame;
    if (said.ok) this.#closing ??= { by: way === 'up' ? 'client' : 'server', ...said.value };
  }
}

const taps = new WeakMap<object, ConnectionTap>();

/** Who looks on at a connection, if anybody does. */
export const tapOf = (connection: object): ConnectionTap | undefined => taps.get(connection);

/** Why a response that waited was given, by what ended its hold. */
function reasonOf(reason: unknown): Released {
  if (reason === 'time' || reason === 'gone' || reason === 'stopping') return reason;
  return 'taken-over';
}

const bytesOf = ({ bytes, length }: Collected): Bytes => {
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MOST_SHOWN));
  return { length, base64: shown.toString('base64') };
};
