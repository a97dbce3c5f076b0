import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Until } from '../rooms/rooms.ts';
import { tapOf } from '../wire/connection-tap.ts';
import { tagIn } from '../wire/tag.ts';
import { answerErrors } from './refusal.ts';

/** A response that is not given yet. It aborts when there is nothing more to wait for. */
export class Hold implements Until {
  /** Whose it is, by the tag of the request, while somebody looks on at its connection. */
  tag: string | undefined;
  readonly #others: Set<Hold>;
  readonly #timer: NodeJS.Timeout | undefined;
  #aborted = false;
  #reason: unknown;
  /** Mostly there is one. */
  #listener: (() => void) | undefined;
  #more: readonly (() => void)[] = NONE;

  /** @param others those that end with it when the server stops */
  constructor(others: Set<Hold>, seconds: number) {
    this.#others = others.add(this);
    this.#timer = seconds === Infinity ? undefined : setTimeout(over, seconds * 1000, this);
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** Ends it; only the first reason counts. */
  end(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    clearTimeout(this.#timer);
    this.#others.delete(this);
    this.#listener?.();
    for (const listener of this.#more) listener();
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.#listener) this.#more = [...this.#more, listener];
    else this.#listener = listener;
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    if (this.#listener === listener) this.#listener = undefined;
    else this.#more = this.#more.filter((other) => other !== listener);
  }
}

const NONE: readonly (() => void)[] = [];
const over = (held: Hold) => held.end('time');

/** What is held until the server stops. */
const held = new WeakMap<AbortSignal, Set<Hold>>();

/**
 * Holds a response: for `seconds`, until its peer has gone, the server stops or `end` is called.
 * It leaves no timer and no listener behind.
 */
export function hold(response: Response, stopping: AbortSignal, seconds = Infinity): Hold {
  const one = new Hold(heldUntil(stopping), seconds);
  if (response.closed)
    one.end('gone'); // it has not come to be held, and closes only once
  else response.on('close', () => one.end('gone'));
  if (stopping.aborted) one.end('stopping');
  const { socket, originalUrl } = response.req;
  const tap = tapOf(socket);
  if (tap) one.tag = tagIn(originalUrl)?.tag;
  if (!response.headersSent) tap?.held(originalUrl, one);
  return one;
}

function heldUntil(stopping: AbortSignal): Set<Hold> {
  const before = held.get(stopping);
  if (before) return before;
  const all = new Set<Hold>();
  held.set(stopping, all);
  stopping.addEventListener('abort', () => {
    for (const one of all) one.end('stopping');
  });
  return all;
}

type Handler<Params> = (request: Request<Params>, response: Response) => Promise<void>;

const nowhere: NextFunction = () => undefined;

/**
 * For handlers that hold their response: Express keeps the whole way to a handler for as long as its
 * promise is pending. So it is given none.
 */
export function holding(log: Logger): <P>(handler: Handler<P>) => RequestHandler<P> {
  const answerError = answerErrors(log);
  return (handler) => (request, response) => {
    request.next = nowhere;
    // Too late for an answer: what is said so far is cut off.
    const tooLate = (error: unknown) => {
      log.error({ err: error }, 'a handler failed');
      response.destroy();
    };
    handler(request, response).catch((error: unknown) =>
      answerError(error, request as Request, response, tooLate),
    );
  };
}
