import { type Parsed, parseJson } from '../protocol/parse.ts';
import { Unexpected } from './claim.ts';

/** What a refusal over HTTP is: RFC 9457. */
export const PROBLEM_MIME = 'application/problem+json';

/**
 * One request by the contract: resolves with what was parsed from an answer of `status`, or throws
 * Unexpected with what came instead.
 */
export async function fetchJson<Value>(
  url: string,
  init: RequestInit,
  status: number,
  parse: (json: unknown) => Parsed<Value>,
): Promise<Value> {
  const method = init.method ?? 'GET';
  const response = await fetch(url, { cache: 'no-store', ...init });
  const body = await response.text();
  if (response.status !== status)
    throw new Unexpected(
      ['claim.status', { method, status }],
      ['claim.status.came', { status: response.status, body: beginning(body) }],
    );
  const parsed = parse(parseJson(body));
  if (parsed.ok) return parsed.value;
  throw new Unexpected(
    ['claim.contract', { method }],
    ['claim.contract.came', { detail: parsed.detail, body: beginning(body) }],
  );
}

/** A POST of a body that calls itself JSON, unless told otherwise. */
export const jsonPost = (
  body: string,
  signal: AbortSignal,
  type = 'application/json',
): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': type },
  body,
  signal,
});

/** Waits out a phase of the poll interval: the moment itself is what the claim is about. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new Error('stopped'));
    });
  });
}

/** The beginning of a body, in one line. */
const beginning = (body: string) => body.replace(/\s+/g, ' ').trim().slice(0, 100) || '–';
