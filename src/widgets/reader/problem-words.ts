import { type Problem, problemType } from '../../protocol/problem.ts';
import type { Words } from '../say.ts';

/** What is told exactly is told in the server's own words. */
const EXACT = [problemType('malformed'), problemType('our-fault')];

/** A problem in the page's language, where there are words for it. */
export function problemWords({ type, detail }: Problem, words: Words): string {
  const own = EXACT.includes(type) ? undefined : words[`problem.${type.split(':').at(-1)}`];
  return own ?? detail;
}
