import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventSource as NodeEventSource } from 'eventsource';
import { expect, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { ServerSentEventsTransport } from '../../src/transports/server-sent-events.ts';
import { openApp } from '../support/open-app.ts';
import { collect, once, transportContract } from './contract.ts';

const messages = (url: string, room: string) =>
  `${url}/live/server-sent-events/rooms/${room}/messages`;

transportContract({
  name: 'server-sent-events',
  connect: (url, room, { sender, after }) =>
    new ServerSentEventsTransport(messages(url, room), {
      sender,
      after,
      query: { retry: '10' },
      Source: NodeEventSource,
    }),
});

const listen = (url: string, query: Record<string, string> = {}) =>
  new ServerSentEventsTransport(url, {
    sender: 'Alice',
    query: { retry: '10', ...query },
    Source: NodeEventSource,
  });

test('what is said while it is away comes when it is back, before anything was ever said', async () => {
  await using app = await openApp();
  const url = messages(app.url, randomRoom());
  const alice = listen(url, { lasts: '1' });
  await once(alice, 'open');
  const inbox = collect(alice);
  const bob = listen(url);
  await once(bob, 'open');
  await once(alice, 'error'); // the server ended the stream
  await bob.send('while away');
  await inbox.atLeast(1);
  expect(inbox.texts()).toEqual(['while away']);
  alice.close();
  bob.close();
});

test.each(['204', '500', 'text'])('%s ends it for good, and is told as a close', async (then) => {
  await using app = await openApp();
  const alice = listen(messages(app.url, randomRoom()), { lasts: '1', then });
  await once(alice, 'open');
  expect(await once(alice, 'close')).toMatchObject({ code: 4000, wasClean: false });
});

/** A server of the test's own, whose stream it writes by hand. */
async function streamOf(write: (response: ServerResponse) => void) {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    write(response);
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

test.each([
  ['12', 12],
  ['null', null],
])('an event skipped with %s says that %s were lost', async (data, detail) => {
  await using server = await streamOf((response) => {
    response.write(`event: skipped\ndata: ${data}\n\n`);
  });
  const alice = listen(server.url);
  expect(await once(alice, 'skipped')).toMatchObject({ detail });
  alice.close();
});

test('an event that is no message ends it, and says why', async () => {
  await using server = await streamOf((response) => {
    response.write('data: {"text":1}\n\n');
  });
  expect(await once(listen(server.url), 'close')).toMatchObject({ reason: /"sender"/ });
});
