import type { Duplex } from 'node:stream';
import { WebSocket, type RawData } from 'ws';
import { Conversation, type Transport } from './conversation.ts';
import { refuse, type Refusal } from './problem.ts';
import type { Match } from './routing.ts';

/** A socket that asks for an upgrade. */
export interface Upgrade {
  readonly socket: Duplex;
  /** Completes the handshake; undefined when the peer is gone. */
  readonly open: (subprotocol: string | undefined) => WebSocket | undefined;
}

export interface ConnectionLimits {
  /** Milliseconds in which the application must accept or deny. */
  readonly handshakeTimeout: number;
  /** Bytes that may wait for the peer to read them. */
  readonly maxBuffered: number;
  /** Messages that may wait for the application before the socket is paused. */
  readonly maxWaiting: number;
}

export interface ConnectionHooks {
  /** Whether one more message of the peer is within its pace. */
  readonly pace: () => boolean;
  /** Called before each write. */
  readonly beforeWrite: (socket: Duplex) => void;
  readonly onError: (error: unknown) => void;
}

export interface Connection {
  /** Resolves when both the socket and the application are done. */
  readonly done: Promise<void>;
  /** Ends it in order: 1001 once it is open, HTTP 503 before. */
  stop(): void;
  /** Drops it. */
  terminate(): void;
  /** Pings a peer that answered the last ping, drops one that did not. */
  probe(): void;
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

/** Lives one connection between a socket and the application that was found for it. */
export function connect(
  { application, scope }: Match,
  { socket, open }: Upgrade,
  limits: ConnectionLimits,
  hooks: ConnectionHooks,
): Connection {
  let ws: WebSocket | undefined;
  let answered = true;
  const offered = scope.type === 'websocket' ? scope.subprotocols : [];
  const closed = new Promise((resolve) => socket.once('close', resolve));

  const transport: Transport = {
    accept(subprotocol) {
      stopWaiting();
      ws = open(subprotocol);
      if (ws) listen(ws);
      return ws !== undefined;
    },
    refuse(refusal) {
      stopWaiting();
      refuse(socket, refusal);
    },
    write(content) {
      if (ws?.readyState !== WebSocket.OPEN) return false;
      if (ws.bufferedAmount > limits.maxBuffered) {
        conversation.close(4001, 'reads too slowly');
        return false;
      }
      hooks.beforeWrite(socket);
      ws.send(content);
      return true;
    },
    close(code, reason) {
      ws?.resume();
      ws?.close(code, reason);
    },
    pause: () => ws?.pause(),
    resume: () => {
      if (ws?.isPaused) ws.resume();
    },
  };
  const conversation = new Conversation(transport, offered, limits.maxWaiting);

  // Until it is accepted a client must send nothing (RFC 6455 §4.1), but may well leave.
  const early = () => conversation.refuse(EARLY);
  const gone = () => {
    stopWaiting();
    conversation.left(1006, '');
    socket.destroy();
  };
  const timer = setTimeout(() => conversation.refuse(TOO_LATE), limits.handshakeTimeout);
  socket.on('data', early).on('end', gone).on('close', gone).on('error', gone);
  function stopWaiting() {
    clearTimeout(timer);
    socket.off('data', early).off('end', gone).off('close', gone).off('error', gone);
  }

  function listen(opened: WebSocket) {
    opened.on('message', (data, isBinary) => {
      if (hooks.pace()) conversation.message(contentOf(data, isBinary));
      else conversation.close(1008, 'too fast');
    });
    opened.on('pong', () => (answered = true));
    // ws itself has closed with the code that the error deserves.
    opened.on('error', (error) => conversation.lost(closeCodeOf(error), ''));
    opened.on('close', (code, reason) => conversation.left(code, reason.toString()));
  }

  const run = conversation.run(application, scope).catch(hooks.onError);

  return {
    done: Promise.all([closed, run]).then(() => undefined),
    stop() {
      conversation.close(1001, 'the server stops');
      conversation.refuse(STOPPING);
    },
    terminate() {
      if (ws) ws.terminate();
      else socket.destroy();
    },
    probe() {
      if (ws?.readyState !== WebSocket.OPEN || ws.isPaused) return;
      if (!answered) return ws.terminate();
      answered = false;
      ws.ping();
    },
  };
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
