import type { Response } from 'express';

/** A response that is not given yet. */
export interface Hold {
  /** Aborts when there is nothing more to wait for. */
  signal: AbortSignal;
  /** Ends it; `reason` becomes the signal's. */
  end: (reason: unknown) => void;
}

/**
 * Holds a response: for `seconds`, until its peer has gone, the server stops or `end` is called.
 * It leaves no timer and no listener behind.
 */
export function hold(response: Response, stopping: AbortSignal, seconds = Infinity): Hold {
  const controller = new AbortController();
  const end = (reason: unknown) => {
    clearTimeout(timer);
    stopping.removeEventListener('abort', onStopping);
    controller.abort(reason); // only the first reason counts
  };
  const onStopping = () => end('stopping');
  const timer = seconds === Infinity ? undefined : setTimeout(end, seconds * 1000, 'time');
  response.once('close', () => end('gone'));
  if (stopping.aborted) onStopping();
  else stopping.addEventListener('abort', onStopping);
  return { signal: controller.signal, end };
}
