import { once } from 'node:events';
import type { Response } from 'express';
import { formatComment } from '../../src/protocol/event-stream.ts';
import { hold } from './hold.ts';

/** ms between two comments, so that no proxy on the way takes the stream for dead. */
const HEARTBEAT = 15_000;

/** A response that stays open, as `text/event-stream` (HTML §9.2). */
export interface EventStream {
  /** Aborts when the peer has gone, the server stops, or the stream has lasted its time. */
  signal: AbortSignal;
  /** Resolves when the peer takes more: a peer that reads slowly is not written to. */
  write: (text: string) => Promise<void>;
}

/**
 * Opens an event stream: no cache, no compression, no buffering by nginx, a first comment at once
 * and one every 15 s; it ends itself with the signal. `seconds` is how long it may last.
 */
export function openEventStream(
  response: Response,
  stopping: AbortSignal,
  seconds = Infinity,
): EventStream {
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
  });
  const { signal, end } = hold(response, stopping, seconds);
  // A peer that does not read is dropped by the connection's own time-out.
  const beat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(formatComment('still here'));
  }, HEARTBEAT);
  signal.addEventListener('abort', () => {
    clearInterval(beat);
    response.end();
  });
  if (signal.aborted || response.req.method === 'HEAD') {
    end('over');
    clearInterval(beat);
    response.end();
  } else response.write(formatComment('open'));
  return {
    signal,
    async write(text) {
      // Bytes: of a string Node counts bytes here and UTF-16 units in the socket, and where the two
      // differ "drain" may never come.
      if (signal.aborted || response.write(Buffer.from(text))) return;
      await once(response, 'drain', { signal }).catch(() => undefined);
    },
  };
}
