import type { Conditions } from './conditions.ts';
import type { Opcode } from './frame.ts';

/**
 * What crossed the wire, and what it did: one union for what the server saw and for what the page
 * saw. Only the server sees bytes; a page's script is shown none below its requests and messages.
 */
export type WireEvent = Whence & What;

export type WireKind = What['kind'];

/** Where and when something happened. */
export interface Whence {
  /** Who saw it. */
  side: 'server' | 'page';
  /** ms since the epoch by the clock of its side, finer than a ms. */
  at: number;
  /** Its place among all that its side saw: what happened before has a lower one. */
  sequence: number;
  /** Whose it is: the reader's tag, as in `?as=`. Empty where it is the room's own. */
  reader: string;
  /** The exchange or connection that it belongs to: the reader's number for it; 0 for none. */
  exchange: number;
  /** The ids of the messages that it carries, as far as its side knows. */
  carries?: readonly string[];
  /** The text that it carries, where its side is not shown bytes. */
  text?: string;
}

export type Way = 'up' | 'down';

/** Bytes as they crossed: up to `MOST_SHOWN` of them, in base64, and how many there were. */
export interface Bytes {
  length: number;
  base64: string;
}

/** Bytes of one event that are kept; of more, the first. */
export const MOST_SHOWN = 8_192;

/** Who ended something, as far as it can be told; the network, where it was made worse on purpose. */
export type By = 'client' | 'server' | 'conditions';

export type What =
  /** A request, whole: `head` up to its blank line, then its body. Sent by a page, received by a server. */
  | { kind: 'request'; method: string; target: string; head?: Bytes; body?: Bytes }
  /** The head of a response. A page sees only the status. */
  | { kind: 'response'; status: number; head?: Bytes }
  /** The handshake was accepted: the head of a 101. */
  | { kind: 'upgrade'; head?: Bytes }
  /** A piece of a response's body as it was written; `content` bytes of it are not framing. */
  | { kind: 'chunk'; content: number; bytes?: Bytes }
  /** The body is complete; `bytes` is what says so, empty where its length had been told. */
  | { kind: 'end'; bytes?: Bytes }
  /** A frame of a WebSocket, whole; `content` bytes of it are payload. */
  | { kind: 'frame'; way: Way; opcode: Opcode; content: number; bytes?: Bytes }
  /** The connection is over: in order, or not. */
  | { kind: 'close'; by: By; clean: boolean; code?: number; reason?: string }
  /** A request waits for its answer; and does not any more. */
  | { kind: 'held' }
  | { kind: 'released'; because: Released }
  /** A message was taken into the room's log. */
  | { kind: 'appended'; message: string; sender: string; text: string }
  /** Messages that a reader is owed; those that it has said it has. */
  | { kind: 'queued'; many: number }
  | { kind: 'acknowledged'; many: number }
  /** A connection is on the list, or a member of the group; and is not any more. `many` are, after it. */
  | { kind: 'joined'; place: 'list' | 'group'; many: number }
  | { kind: 'left'; place: 'list' | 'group'; many: number }
  /** A reader’s network is as bad as this from now on. */
  | { kind: 'conditions'; conditions: Conditions }
  /** Messages were lost: a channel was full. */
  | { kind: 'dropped'; many: number };

export const RELEASED = ['message', 'time', 'gone', 'taken-over', 'stopping'] as const;
export type Released = (typeof RELEASED)[number];
