import type { IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Sightings } from '../../server/wire/sightings.ts';
import { scopeAt } from '../channels/support.ts';

const nameOf = (n: number) => `n${String(n).padStart(20, '0')}`;

/** As long as a request's head may be, and each time a string of its own, as the parser makes them. */
const long = () => Buffer.alloc(15_000, 'x').toString();

const scopeOf = (name: string) => ({
  ...scopeAt(`/room/${long()}/`),
  queryString: `as=${name}&more=${long()}`,
  headers: [
    ['origin', long()],
    [`sec-websocket-${long()}`, long()],
    ['cookie', long()],
  ] as const,
});

const requestOf = (name: string) =>
  ({
    url: Buffer.from(`/room/${long()}/?as=${name}&more=${long()}`).toString(),
    headers: { origin: long(), cookie: long() },
  }) as unknown as IncomingMessage;

test('five thousand are kept, the oldest goes first, and none keeps more than what is shown', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const sightings = new Sightings();
  const before = used();
  for (let n = 0; n < 6_000; n += 1) {
    const name = nameOf(n);
    if (n % 2) sightings.opened(scopeOf(name));
    else sightings.refused(requestOf(name), { status: 403, detail: `Pages of ${long()}` });
  }
  expect(sightings.of(nameOf(999))).toBeUndefined();
  for (const n of [1_000, 1_001])
    expect(sightings.of(nameOf(n))?.headers[0]).toEqual(['origin', 'x'.repeat(200)]);
  expect(used() - before).toBeLessThan(20 * 1024 * 1024);
});
