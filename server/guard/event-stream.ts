import type { Response } from 'express';
import { formatComment } from '../../src/protocol/event-stream.ts';
import { type Hold, hold } from './hold.ts';

/** ms between two comments, so that no proxy on the way takes the stream for dead. */
const HEARTBEAT = 15_000;

/** A response that stays open, as `text/event-stream` (HTML §9.2). */
export interface EventStream {
  /** Ends when the peer has gone, the server stops, or the stream has lasted its time. */
  held: Hold;
  /** Writes whole blocks. Undefined, or a promise when the peer reads slowly: it takes more when that resolves. */
  write: (...blocks: (string | Buffer)[]) => Promise<void> | undefined;
}

/**
 * Opens an event stream: no cache, no compression, no buffering by nginx, a first comment at once
 * and one every 15 s; it ends itself when it is held no more. `seconds` is how long it may last.
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
  const held = hold(response, stopping, seconds);
  // A peer that does not read is dropped by the connection's own time-out.
  const beat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(formatComment('still here'));
  }, HEARTBEAT);
  const end = () => {
    clearInterval(beat);
    response.end();
  };
  held.addEventListener('abort', end);
  if (held.aborted || response.req.method === 'HEAD') {
    held.end('over');
    end();
  } else response.write(formatComment('open'));
  /** Resolves when the peer has read, or will no more. */
  const readAgain = () =>
    new Promise<void>((resolve) => {
      const done = () => {
        response.off('drain', done);
        held.removeEventListener('abort', done);
        resolve();
      };
      response.on('drain', done);
      held.addEventListener('abort', done);
    });
  return {
    held,
    write: function write(...blocks): Promise<void> | undefined {
      let written = 0;
      for (const block of blocks) {
        if (held.aborted) return undefined;
        written += 1;
        // Bytes: of a string Node counts bytes here and UTF-16 units in the socket, and where the
        // two differ "drain" may never come.
        if (response.write(asBytes(block))) continue;
        return readAgain().then(() => write(...blocks.slice(written)));
      }
      return undefined;
    },
  };
}

const asBytes = (text: string | Buffer) => (typeof text === 'string' ? Buffer.from(text) : text);
