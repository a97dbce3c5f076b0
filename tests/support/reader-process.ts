// A process of WebSocket readers that cost little. They look at the sequence of each message, and at
// the stamp with which its text ends.
import { parseCursor } from '../../src/protocol/cursor.ts';
import { answer } from './answer.ts';
import { openLight } from './light-websocket.ts';
import { microseconds, STAMP } from './stamp.ts';

/** Handshakes at a time. */
const AT_ONCE = 50;
/** What follows the stamp in `…","at":1764000000000}`. */
const AFTER_STAMP = '","at":1764000000000}'.length;
/** Each text begins with `{`; `{"id"` is a message, `{"after"` where a reader begins. */
const LETTER_I = 'i'.charCodeAt(0);
/** The cursor in `{"id":"0123456789ab.1c"`, or in `{"after":"0123456789ab.1c"`. */
const CURSOR = /^\{"\w+":"([\w.]+)"/;
/** Delays are counted by tenths of a ms, up to 20 s. */
const TENTHS = 200_000;

/** By reader: the sequence of the last message that it has. */
const last: number[] = [];
let missed = 0;
let ended = 0;
let delays = new Uint32Array(TENTHS);
let goal = { sequence: Infinity, missing: 0, reached: () => {} };

function hear(reader: number, bytes: Buffer, from: number, to: number): void {
  const cursor = parseCursor(
    CURSOR.exec(bytes.toString('latin1', from, Math.min(from + 40, to)))?.[1],
  );
  const sequence = cursor.ok ? cursor.value.sequence : NaN;
  const before = last[reader] ?? NaN;
  last[reader] = sequence;
  if (bytes[from + 2] !== LETTER_I) return;
  if (sequence !== before + 1) missed += 1;
  const end = to - AFTER_STAMP;
  const delay = microseconds() - Number(bytes.toString('latin1', end - STAMP, end));
  const place = Math.min(Math.max(0, Math.round(delay / 100)), TENTHS - 1);
  delays[place] = (delays[place] ?? 0) + 1;
  const { sequence: wanted } = goal;
  if (before < wanted && wanted <= sequence && (goal.missing -= 1) === 0) goal.reached();
}

function open(port: number, path: string): Promise<void> {
  const reader = last.push(0) - 1;
  return new Promise((resolve) => {
    openLight({
      port,
      path,
      text: (bytes, from, to) => {
        hear(reader, bytes, from, to);
        resolve();
      },
      over: () => (ended += 1),
    });
  });
}

/** The ms below which a part of the delays lie. */
function quantile(part: number): number {
  let left = delays.reduce((all, many) => all + many, 0) * part;
  return delays.findIndex((many) => (left -= many) <= 0) / 10;
}

answer({
  /** Resolves when each has been told where it begins. */
  async open({ port, path, many }) {
    for (let begun = 0; begun < Number(many); begun += AT_ONCE) {
      const length = Math.min(AT_ONCE, Number(many) - begun);
      await Promise.all(Array.from({ length }, () => open(Number(port), String(path))));
    }
  },
  /** Resolves when every reader has this message. */
  reach({ sequence }) {
    const wanted = Number(sequence);
    const missing = last.filter((has) => has < wanted).length;
    return new Promise<void>((resolve) => {
      goal = { sequence: wanted, missing, reached: resolve };
      if (missing === 0) resolve();
    });
  },
  /** What there was since it was asked last. */
  figures() {
    const figures = { missed, ended, p50: quantile(0.5), p99: quantile(0.99) };
    delays = new Uint32Array(TENTHS);
    return figures;
  },
});
