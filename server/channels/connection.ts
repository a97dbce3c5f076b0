import type { Duplex } from 'node:stream';
import { WebSocket, type RawData } from 'ws';
import { Conversation, type Transport } from './conversation.ts';
import type { Bundle, Outbox } from './outbox.ts';
import { refuse, type Refusal } from './problem.ts';
import type { Match } from './routing.ts';
import type { Scope } from './scope.ts';

/** What the connections of a server have in common. */
export interface ConnectionSettings {
  /** Milliseconds in which the application must accept or deny. */
  readonly handshakeTimeout: number;
  /** Bytes that may wait for the peer to read them. */
  readonly maxBuffered: number;
  /** Messages that may wait for the application before the socket is paused. */
  readonly maxWaiting: number;
  readonly outbox: Outbox;
  readonly onError: (error: unknown, scope: Scope) => void;
  /** Told when both the socket and the application are done. */
  readonly onOver: (connection: Connection) => void;
}

/** A socket that asks for a WebSocket. */
export interface Upgrade {
  readonly socket: Duplex;
  /** Completes the handshake; undefined when the peer is gone. */
  readonly open: (subprotocol: string | undefined) => WebSocket | undefined;
  /** Whether one more message of the peer is within its pace. */
  readonly pace: () => boolean;
}

/** The refusal of whoever comes while the server stops. */
export const STOPPING: Refusal = {
  status: 503,
  detail: 'The server stops. Connect again in a moment.',
};
const TOO_LATE: Refusal = {
  status: 503,
  detail: 'The application did not answer in time. Try again later.',
};
const EARLY: Refusal = {
  status: 400,
  detail: 'Data came before the handshake was complete. Wait for 101 Switching Protocols.',
};

/** Bytes that are not kept until the end of the turn. */
const MUCH = 65_536;

/** One connection between a socket and the application that was found for it. */
export class Connection implements Transport {
  readonly #settings: ConnectionSettings;
  readonly #socket: Duplex;
  readonly #pace: () => boolean;
  readonly #conversation: Conversation;
  #handshake: { readonly open: Upgrade['open']; readonly end: () => void } | undefined;
  #ws: WebSocket | undefined;
  /** What leaves at the end of this turn of the event loop. */
  #leaving: Bundle | undefined;
  /** Whether something of what left before was waiting in the socket. */
  #isFull = false;
  #answered = true;
  /** Of the socket and the application, those that are not done. */
  #parties = 2;

  constructor({ application, scope }: Match, upgrade: Upgrade, settings: ConnectionSettings) {
    const { socket, open, pace } = upgrade;
    this.#settings = settings;
    this.#socket = socket;
    this.#pace = pace;
    const offered = scope.type === 'websocket' ? scope.subprotocols : [];
    this.#conversation = new Conversation(this, offered, settings.maxWaiting);
    this.#handshake = { open, end: watchHandshake(socket, this.#conversation, settings) };
    socket.on('close', () => this.#part());
    this.#conversation
      .run(application, scope)
      .catch((error: unknown) => settings.onError(error, scope))
      .finally(() => this.#part());
  }

  /** Ends it in order: with 1001 once it is open, with HTTP 503 before. */
  stop(): void {
    this.#conversation.close(1001, 'the server stops');
    this.#conversation.refuse(STOPPING);
  }

  /** Drops it. */
  terminate(): void {
    if (this.#ws) this.#ws.terminate();
    else this.#socket.destroy();
  }

  /** Pings a peer that answered the last ping, drops one that did not. */
  probe(): void {
    const ws = this.#ws;
    if (ws?.readyState !== WebSocket.OPEN || ws.isPaused) return;
    if (!this.#answered) return ws.terminate();
    this.#answered = false;
    ws.ping();
  }

  accept(subprotocol?: string): boolean {
    const handshake = this.#endHandshake();
    this.#ws = handshake?.open(subprotocol);
    if (this.#ws) this.#listen(this.#ws);
    return this.#ws !== undefined;
  }

  refuse(refusal: Refusal): void {
    this.#endHandshake();
    refuse(this.#socket, refusal);
  }

  write(content: string | Uint8Array): boolean {
    const ws = this.#ws;
    if (ws?.readyState !== WebSocket.OPEN) return false;
    if (this.#isFull && this.#socket.writableLength > this.#settings.maxBuffered) {
      this.#conversation.close(4001, 'reads too slowly');
      return false;
    }
    const { outbox } = this.#settings;
    if (!this.#leaving) outbox.add(this);
    this.#leaving = (this.#leaving ?? outbox.empty).and(content);
    if (this.#leaving.length > MUCH) this.flush();
    return true;
  }

  /**
   * Sends what is to leave: in one write, past \`ws\`, which without compression keeps nothing back
   * that this could overtake.
   */
  flush(): void {
    const leaving = this.#leaving;
    this.#leaving = undefined;
    if (leaving && this.#ws?.readyState === WebSocket.OPEN)
      this.#isFull = !this.#socket.write(leaving.bytes);
  }

  close(code: number, reason: string): void {
    this.flush();
    // A paused peer's answer to the close frame would never be read.
    this.#ws?.resume();
    this.#ws?.close(code, reason);
  }

  pause(): void {
    this.#ws?.pause();
  }

  resume(): void {
    if (this.#ws?.isPaused) this.#ws.resume();
  }

  #part(): void {
    this.#parties -= 1;
    if (this.#parties === 0) this.#settings.onOver(this);
  }

  /** Forgets the handshake, and with it the request. */
  #endHandshake() {
    const handshake = this.#handshake;
    this.#handshake = undefined;
    handshake?.end();
    return handshake;
  }

  #listen(ws: WebSocket): void {
    ws.on('message', (data, isBinary) => {
      if (this.#pace()) this.#conversation.message(contentOf(data, isBinary));
      else this.#conversation.close(1008, 'too fast');
    });
    ws.on('pong', () => {
      this.#answered = true;
    });
    // ws itself has closed with the code that the error deserves.
    ws.on('error', (error) => this.#conversation.lost(closeCodeOf(error), ''));
    ws.on('close', (code, reason) => this.#conversation.left(code, reason.toString()));
  }
}

/**
 * Sees what happens before the application has answered: nothing for too long, a peer that leaves,
 * or one that sends too early (RFC 6455 §4.1). Returns what ends the watch.
 */
function watchHandshake(
  socket: Duplex,
  conversation: Conversation,
  { handshakeTimeout }: ConnectionSettings,
): () => void {
  const timer = setTimeout(() => conversation.refuse(TOO_LATE), handshakeTimeout);
  const early = () => conversation.refuse(EARLY);
  const gone = () => {
    end();
    conversation.left(1006, '');
    socket.destroy();
  };
  const end = () => {
    clearTimeout(timer);
    socket.off('data', early).off('end', gone).off('close', gone).off('error', gone);
  };
  socket.on('data', early).on('end', gone).on('close', gone).on('error', gone);
  return end;
}

/** Binary is copied: `ws` hands out a view that would keep all of a read alive. */
function contentOf(data: RawData, isBinary: boolean): string | Uint8Array {
  if (isBinary) return Uint8Array.from(bytesOf(data));
  return bytesOf(data).toString();
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

/** The close code that `ws` has sent for what the peer did (RFC 6455 §7.4.1). */
function closeCodeOf(error: Error): number {
  const name = 'code' in error ? error.code : undefined;
  switch (name) {
    case 'WS_ERR_INVALID_UTF8':
      return 1007;
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
      return 1008;
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
      return 1009;
    default:
      return 1002;
  }
}
