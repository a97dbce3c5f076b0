import { EventSource } from 'eventsource';
import { expect, onTestFinished, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { ServerSentEventsTransport } from '../../src/transports/server-sent-events.ts';
import { openApp } from '../support/open-app.ts';
import { once } from '../transports/contract.ts';

const MANY = 200;

test('event streams that a server ended come back spread', async () => {
  const app = await openApp();
  const url = `${app.url}/live/server-sent-events/rooms/${randomRoom()}/messages`;
  const streams = Array.from(
    { length: MANY },
    () => new ServerSentEventsTransport(url, { sender: 'Alice', Source: EventSource }),
  );
  onTestFinished(() => streams.forEach((stream) => stream.close()));
  await Promise.all(streams.map((stream) => once(stream, 'open')));
  await app.stop();
  await using again = await openApp({ port: app.port });
  const arrivals: number[] = [];
  again.server.on('connection', () => arrivals.push(performance.now()));
  await Promise.all(streams.map((stream) => once(stream, 'open')));
  const inOneHundred = arrivals.map(
    (one) => arrivals.filter((other) => other >= one && other < one + 100).length,
  );
  expect(Math.max(...inOneHundred)).toBeLessThan(4 * (MANY / 50));
  for (const stream of streams) stream.close();
});
