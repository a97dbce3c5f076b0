import { isRecord } from './parse.ts';

/** A refusal as it crosses the wire: `application/problem+json`, RFC 9457. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  /** What was wrong with this request, and what to do. */
  detail: string;
}

/** Every kind of refusal: its stable name, HTTP status and title. The contract page lists them. */
export const PROBLEMS = {
  malformed: { status: 400, title: 'Malformed request' },
  'foreign-host': { status: 403, title: 'Host not allowed' },
  'foreign-origin': { status: 403, title: 'Origin not allowed' },
  'not-here': { status: 403, title: 'Not from here' },
  'not-found': { status: 404, title: 'Nothing lives here' },
  'unknown-reader': { status: 404, title: 'Unknown reader' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'too-slow': { status: 408, title: 'Request too slow' },
  'taken-over': { status: 409, title: 'Taken over' },
  'too-large': { status: 413, title: 'Body too large' },
  'not-json': { status: 415, title: 'Body is not JSON' },
  'too-fast': { status: 429, title: 'Too many messages' },
  'too-many-connections': { status: 429, title: 'Too many connections' },
  'head-too-large': { status: 431, title: 'Head too large' },
  'our-fault': { status: 500, title: 'The server failed' },
  'yours-away': { status: 502, title: 'Your server is away' },
  'yours-broke-off': { status: 502, title: 'Your server broke off' },
  'member-away': { status: 503, title: 'The process is away' },
  'too-many-readers': { status: 503, title: 'Too many readers' },
  'log-away': { status: 503, title: 'The messages are out of reach' },
  interrupted: { status: 503, title: 'The messages have stopped for a while' },
  'outcome-unknown': { status: 503, title: 'Nobody knows whether it was taken' },
} as const;

export type ProblemName = keyof typeof PROBLEMS;

const PREFIX = 'urn:on-the-wire:';

/** The problem called `name`, with a `detail` for this occurrence. */
export function problem(name: ProblemName, detail: string): Problem {
  return { type: PREFIX + name, ...PROBLEMS[name], detail };
}

/** The `type` that a refusal called `name` carries: a URN, the same on every server. */
export const problemType = (name: ProblemName): string => PREFIX + name;

/** Reads a problem that a server sent; `undefined` when it is none. */
export function parseProblem(json: unknown): Problem | undefined {
  if (!isRecord(json)) return undefined;
  const { type, title, status, detail } = json;
  if (typeof type !== 'string' || typeof detail !== 'string') return undefined;
  return {
    type,
    detail,
    title: typeof title === 'string' ? title : type,
    status: typeof status === 'number' ? status : 0,
  };
}
