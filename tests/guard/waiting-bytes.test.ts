import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { openApp } from '../support/open-app.ts';
import { openClient } from '../support/raw-websocket.ts';

test('what waits for one who reads too slowly is counted in bytes, whatever its letters are', async () => {
  await using app = await openApp({
    env: { MESSAGES_PER_SECOND: '100000', MESSAGE_BURST: '100000' },
  });
  const path = `/live/connection-list/${randomRoom()}/room/a/`;
  using alice = await openClient(app.port, path);
  const sockets: Socket[] = [];
  app.server.on('connection', (socket: Socket) => sockets.push(socket));
  using mallory = await openClient(app.port, path);
  sockets[0]?.cork(); // nothing leaves: all of it waits here
  const text = '☃'.repeat(20_000);
  let rounds = 0;
  let ended = false;
  mallory.ws.on('close', () => (ended = true));
  const list = `${app.url}/live/connection-list/${path.split('/')[3]}/connections`;
  const many = async () => ((await (await fetch(list)).json()) as { many: number }).many;
  while (!ended && (await many()) === 2) {
    rounds += 1;
    alice.ws.send(`${rounds}: ${text}`);
    await alice.hears(`${rounds}: `);
  }
  const bytes = rounds * Buffer.byteLength(text);
  expect(bytes).toBeLessThan(1.2 * 1024 * 1024);
});
