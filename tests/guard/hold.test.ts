import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Response } from 'express';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { openEventStream } from '../../server/guard/event-stream.ts';
import { hold, holding } from '../../server/guard/hold.ts';

/** A server of one handler, the log of which is kept; a question that it is asked. */
async function ask(handler: (response: Response) => Promise<void>) {
  const logged: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void logged.push(line) });
  const app = express().get(
    '/',
    holding(log)((_request, response) => handler(response)),
  );
  const server = createServer(app).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = get({ port, agent: false }).on('error', () => undefined);
  return { asked, logged };
}

test.each([
  ['an answer', hold],
  ['an event stream', (...given: [Response, AbortSignal]) => openEventStream(...given).held],
])('%s whose peer has gone before it is held is not held at all', async (_, begin) => {
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const came = Promise.withResolvers<ServerResponse>();
  const held = Promise.withResolvers<unknown>();
  const { asked } = await ask(async (response) => {
    const closed = once(response, 'close');
    came.resolve(response);
    await closed; // as if Redis had taken its time
    held.resolve(begin(response, stopping.signal).reason);
  });
  await came.promise;
  asked.destroy();
  expect(await held.promise).toBe('gone');
});

test('an exception after the head was sent is told to the log, and ends the answer', async () => {
  const { asked, logged } = await ask(async (response) => {
    response.writeHead(200).flushHeaders();
    throw new Error('too late for an answer');
  });
  const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
  await expect(once(answer.resume(), 'end')).rejects.toThrow('aborted');
  expect(logged.join('')).toContain('too late for an answer');
});
