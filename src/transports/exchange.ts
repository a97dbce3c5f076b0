import { type Parsed, parseJson } from '../protocol/parse.ts';
import { parseProblem, type Problem, problem } from '../protocol/problem.ts';

/** What a request came to: the value of a success, or the refusal and the wait it asked for in ms. */
export type Answer<Value> =
  | { ok: true; status: number; value: Value }
  | { ok: false; status: number; problem: Problem; retryAfter: number };

/** Reads a response by `parse`. What is neither that nor a problem becomes a problem that says so. */
export async function readAnswer<Value>(
  response: Response,
  parse: (json: unknown) => Parsed<Value>,
): Promise<Answer<Value>> {
  const { ok, status } = response;
  const json = parseJson(await response.text());
  const parsed = parse(json);
  if (ok && parsed.ok) return { ok, status, value: parsed.value };
  const said = ok ? undefined : parseProblem(json);
  const found = parsed.ok ? '' : parsed.detail;
  return {
    ok: false,
    status,
    problem:
      said ?? problem('our-fault', `The server answered ${status}, not by the contract. ${found}`),
    retryAfter: Number(response.headers.get('Retry-After') ?? 0) * 1000 || 0,
  };
}

/** What is wrong with a question stays wrong, however often it is asked. */
export const forGood = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 408 && status !== 429;
