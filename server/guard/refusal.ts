import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Parsed } from '../../src/protocol/parse.ts';
import { type Problem, problem, type ProblemName } from '../../src/protocol/problem.ts';
import { RedisAway } from '../channels/index.ts';

// #region refusal
/** A refusal on its way to the reader: thrown in a handler, answered as problem+json. */
export class Refusal extends Error {
  readonly problemName: ProblemName;
  readonly headers: Record<string, string>;

  constructor(name: ProblemName, detail: string, headers: Record<string, string> = {}) {
    super(detail);
    this.problemName = name;
    this.headers = headers;
  }
}

/** The parsed value, or a Refusal `malformed` with the parser's sentence. */
export function take<Value>(parsed: Parsed<Value>): Value {
  if (!parsed.ok) throw new Refusal('malformed', parsed.detail);
  return parsed.value;
}
// #endregion

/** Refuses every method with 405 and the `Allow` header (RFC 9110 §15.5.6). */
export function allow(...methods: string[]): RequestHandler {
  return (request) => {
    const allowed = methods.join(', ');
    throw new Refusal(
      'method-not-allowed',
      `${request.method} is not answered here: use ${allowed}.`,
      {
        Allow: allowed,
      },
    );
  };
}

/** What a reader is told of an error that is not ours; undefined for one that is. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (!(error instanceof RedisAway)) return undefined;
  return error.mayHaveHappened
    ? new Refusal(
        'outcome-unknown',
        'The room’s log did not answer in time. It may still take what you sent: look before you send it again.',
        { 'Retry-After': '1' },
      )
    : new Refusal(
        'log-away',
        'The room’s log cannot be reached just now. Nothing was taken: try again in a moment.',
        { 'Retry-After': '1' },
      );
}

/** What a reader that stays is told, who asked for nothing: what it would hear cannot be known just now. */
export const interrupted = (): Refusal =>
  new Refusal(
    'interrupted',
    'The room’s log is out of reach just now. Stay: what is said meanwhile comes when it is back.',
  );

/** Tries something; resolves with why a reader is refused it, rejects with what is our fault. */
export async function refused(task: () => Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await task();
    return undefined;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal) return refusal;
    throw error;
  }
}

/** Refuses a path where nothing lives. */
export const nothingHere: RequestHandler = (request) => {
  throw new Refusal(
    'not-found',
    `Nothing lives at ${request.baseUrl}${request.path}: see /contract/ for the endpoints.`,
  );
};

/** A refusal's problem and headers. */
export const asProblem = (refusal: Refusal) => ({
  ...problem(refusal.problemName, refusal.message),
  headers: refusal.headers,
});

/** A refusal's problem, for a reader that is told it beside its messages. */
export const toldProblem = (refusal: Refusal): Problem =>
  problem(refusal.problemName, refusal.message);

/** Answers with a refusal as `application/problem+json` (RFC 9457 §3). */
export function answer(response: Response, refusal: Refusal): void {
  const { headers, ...body } = asProblem(refusal);
  response
    .status(body.status)
    .set({ 'Cache-Control': 'no-store', ...headers })
    .type('application/problem+json');
  response.send(JSON.stringify(body));
}

/** Express's last handler: a Refusal is answered as it is, Express's own errors as the nearest one. */
export function answerErrors(log: Logger): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const refusal = refusalOf(error) ?? translate(error);
    if (refusal.problemName === 'our-fault')
      log.error({ err: error as unknown }, 'a handler failed');
    answer(response, refusal);
  };
}

/** body-parser's and the router's errors carry a `type` and a `status`; see their documentation. */
function translate(error: unknown): Refusal {
  const { type, status, limit } = Object(error) as {
    type?: unknown;
    status?: unknown;
    limit?: unknown;
  };
  if (type === 'entity.too.large')
    return new Refusal('too-large', `The body has more than ${String(limit)} bytes: send less.`);
  if (type === 'entity.parse.failed')
    return new Refusal('malformed', 'The body is not JSON: send {"sender":"Alice","text":"hi"}.');
  if (type === 'charset.unsupported' || type === 'encoding.unsupported')
    return new Refusal('not-json', 'Send the body as plain UTF-8 JSON.');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new Refusal('malformed', 'The request cannot be read: check its path and its body.');
  return new Refusal('our-fault', 'The server failed at this; the fault is ours. Try again later.');
}
