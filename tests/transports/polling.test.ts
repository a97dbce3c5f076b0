import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoff } from '../../src/transports/backoff.ts';
import { PollingTransport } from '../../src/transports/polling.ts';
import type { Traffic } from '../../src/transports/transport.ts';
import { openApp } from '../support/open-app.ts';
import { collect, once, transportContract } from './contract.ts';

const messages = (url: string, room: string) => `${url}/live/polling/rooms/${room}/messages`;

transportContract({
  name: 'polling',
  connect: (url, room, { patient, ...options }) =>
    new PollingTransport(messages(url, room), {
      interval: patient ? 60_000 : 20,
      retry: () => 5,
      ...options,
    }),
});

test('asks once an interval, and one question at a time', async () => {
  await using app = await openApp();
  const transport = new PollingTransport(messages(app.url, 'a'), { sender: 'A', interval: 40 });
  const asked: number[] = [];
  let open = 0;
  await new Promise<void>((resolve) => {
    transport.addEventListener('traffic', ({ detail }: CustomEvent<Traffic>) => {
      open += detail.kind === 'request' ? 1 : -1;
      expect(open).toBeLessThanOrEqual(1);
      if (detail.kind === 'request' && asked.push(detail.at) === 6) resolve();
    });
  });
  transport.close();
  // A timer may fire late, never early by more than its resolution, a millisecond or two.
  for (const [place, at] of asked.slice(1).entries())
    expect(at - (asked[place] ?? 0)).toBeGreaterThanOrEqual(38);
});

test('asks at once when it is told to, as for a page that becomes visible', async () => {
  await using app = await openApp();
  const transport = new PollingTransport(messages(app.url, 'a'), { sender: 'A', interval: 60_000 });
  await once(transport, 'open');
  const inbox = collect(transport);
  await transport.send('hi');
  transport.wake();
  await inbox.atLeast(1);
  transport.close();
});

test('asks nothing more while a question is open, however often it is woken', async () => {
  await using app = await openApp();
  const transport = new PollingTransport(messages(app.url, 'a'), { sender: 'A', interval: 60_000 });
  let asked = 0;
  transport.addEventListener('traffic', ({ detail }) => {
    if (detail.kind === 'request') asked += 1;
  });
  transport.wake();
  transport.wake();
  await once(transport, 'open');
  expect(asked).toBe(1);
  transport.close();
});

test('without its cursor it receives everything again', async () => {
  await using app = await openApp();
  const transport = new PollingTransport(messages(app.url, 'a'), {
    sender: 'A',
    interval: 10,
    forgetful: true,
  });
  await once(transport, 'open');
  const inbox = collect(transport);
  await transport.send('hi');
  await inbox.atLeast(3);
  expect(new Set(inbox.received.map(({ id }) => id)).size).toBe(1);
  transport.close();
});

test('stops asking for good when its question is wrong, and says why', async () => {
  await using app = await openApp();
  const transport = new PollingTransport(messages(app.url, 'no-room'), {
    sender: 'A',
    interval: 5,
  });
  expect(await once(transport, 'close')).toMatchObject({ code: 4000, reason: 'Malformed request' });
});

test('waits as long as Retry-After says, and takes an answer outside the contract for a failure', async () => {
  const answers = [
    { status: 429, headers: { 'Retry-After': '1' }, body: '{}' },
    { status: 200, headers: {}, body: '{"messages":"none"}' },
    { status: 200, headers: {}, body: '{"messages":[],"after":"x.1","skipped":0}' },
  ];
  const asked: number[] = [];
  await using server = createServer((_request, response) => {
    const answer = answers[asked.push(performance.now()) - 1];
    response.writeHead(answer?.status ?? 200, answer?.headers).end(answer?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const transport = new PollingTransport(`http://127.0.0.1:${port}/messages`, {
    sender: 'A',
    interval: 5,
    retry: () => 1,
  });
  const problems: string[] = [];
  transport.addEventListener('error', ({ detail }) => problems.push(detail?.detail ?? ''));
  await once(transport, 'open');
  expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(999);
  expect(problems).toHaveLength(2);
  expect(problems[1]).toMatch(/"messages"/);
  transport.close();
});

test('the first retry comes within 5 s, later ones within a bound that doubles up to 30 s', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.double({ min: 0, max: 1, noNaN: true }), (tries, random) => {
      const wait = backoff(tries, () => random);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(Math.min(30_000, 5000 * 2 ** tries));
    }),
  );
});

/** A server of a test's own that answers readings as it is told. */
async function readingServer(answer: (after: string | null, asked: number) => object | undefined) {
  let asked = 0;
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const reading = answer(searchParams.get('after'), (asked += 1));
    if (reading) response.end(JSON.stringify({ messages: [], skipped: 0, ...reading }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/messages`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('gives a cursor back as it came, whatever is in it', async () => {
  const cursor = 'a+b/c=&d%20 é#';
  const { promise: second, resolve } = Promise.withResolvers<string | null>();
  await using server = await readingServer((after, asked) => {
    if (asked === 2) resolve(after);
    return { after: cursor };
  });
  const transport = new PollingTransport(server.url, { sender: 'A', interval: 5 });
  expect(await second).toBe(cursor);
  transport.close();
});

test('asks again where an answer never comes', async () => {
  await using server = await readingServer((_, asked) =>
    asked === 1 ? undefined : { after: 'x' },
  );
  const options = { sender: 'A', interval: 5, retry: () => 1, patience: 50 };
  const transport = new PollingTransport(server.url, options);
  await once(transport, 'error');
  await once(transport, 'open');
  transport.close();
});
