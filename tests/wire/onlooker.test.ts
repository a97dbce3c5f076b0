import { expect, test } from 'vitest';
import { openPlain, request } from './plain-client.ts';
import { serveWire } from './wire-server.ts';

test('an onlooker sees bytes when they come, and again when they have reached the server', async () => {
  const { port, onlookers } = await serveWire({ worse: { latency: 400 } });
  const client = openPlain(port);
  const sent = request('GET /hello');
  client.write(sent);
  await expect.poll(() => onlookers[0]?.seen).toEqual([`arriving ${sent.length}`]);
  expect(onlookers[0]?.arrivedBytes).toEqual([]);
  await client.gets('hello');
  expect(Buffer.concat(onlookers[0]?.arrivedBytes ?? []).toString()).toBe(sent);
  expect(onlookers[0]?.seen.slice(1)).toEqual([`leaving ${client.bytes().length}`]);
});

test('what the server corks leaves in one piece', async () => {
  const { port, streams, onlookers } = await serveWire();
  const client = openPlain(port);
  client.write(request('GET /events'));
  await client.gets('text/event-stream');
  streams[0]?.write('data: one\n\n'); // a chunk's size, the chunk, and a line's end
  await client.gets('data: one\n\n\r\n');
  expect(onlookers[0]?.seen.slice(2)).toEqual(['leaving 16']);
});

test.each([
  ['client', (client: ReturnType<typeof openPlain>) => client.socket.end(), 'over by client'],
  [
    'client’s reset',
    (client: ReturnType<typeof openPlain>) => client.socket.resetAndDestroy(),
    'over by client, not clean',
  ],
  [
    'server',
    (client: ReturnType<typeof openPlain>) =>
      client.write(request('GET /hello', { Connection: 'close' })),
    'over by server',
  ],
])('an onlooker is told of an end by the %s', async (_by, end, told) => {
  const { port, onlookers } = await serveWire();
  const client = openPlain(port);
  client.socket.on('end', () => client.socket.end());
  client.write(request('GET /hello'));
  await client.gets('hello');
  end(client);
  await client.closes();
  await expect.poll(() => onlookers[0]?.seen.at(-1)).toBe(told);
  expect(onlookers[0]?.seen.filter((line) => line.startsWith('over'))).toHaveLength(1);
});

test('an end by the client is not clean when a reset comes after it', async () => {
  const { port, streams, onlookers, told } = await serveWire({
    prepare: (server) => Object.assign(server, { httpAllowHalfOpen: true }),
  });
  const client = openPlain(port);
  client.socket.end(request('GET /never'));
  await expect.poll(() => streams.length).toBe(1);
  client.socket.resetAndDestroy();
  await client.closes();
  streams[0]?.end('to nobody');
  await expect.poll(() => onlookers[0]?.seen.at(-1)).toBe('over by client, not clean');
  expect(told).toContain('response not sent');
});
