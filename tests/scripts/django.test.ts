import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { describeDjango } from '../support/django.ts';
import { freePort } from '../support/free-port.ts';
import { start } from '../support/program.ts';

const django = (env: Record<string, string>) =>
  start(process.execPath, ['scripts/django.mjs'], env);

describeDjango('npm run django', () => {
  test('says where it listens, serves views and consumers, and ends at SIGTERM', async () => {
    await using program = django({ PORT: '0' });
    const line = await program.line(/Listening on TCP address/);
    const address = /[\d.]+:\d+$/.exec(line)?.[0] ?? '';
    const read = await fetch(`http://${address}/live/polling/rooms/a/messages`);
    expect([read.status, read.headers.get('Cache-Control')]).toEqual([200, 'no-store']);
    const socket = new WebSocket(`ws://${address}/room/a/`);
    await once(socket, 'open');
    socket.send('hi');
    expect(String((await once(socket, 'message'))[0])).toBe('hi ✓');
    await program.end();
  });

  test('refuses foreign pages and names, and lets programs in', async () => {
    await using program = django({ PORT: '0', ALLOWED_ORIGINS: 'http://friend.example' });
    const line = await program.line(/Listening on TCP address/);
    const address = /[\d.]+:\d+$/.exec(line)?.[0] ?? '';
    const statusWith = async (headers: Record<string, string>) => {
      const socket = new WebSocket(`ws://${address}/room/a/`, { headers });
      const refused = once(socket, 'unexpected-response').then(
        ([, response]: { statusCode?: number }[]) => response?.statusCode,
      );
      return Promise.race([refused, once(socket, 'open').then(() => 101)]).finally(() =>
        socket.terminate(),
      );
    };
    expect(await statusWith({})).toBe(101);
    expect(await statusWith({ Origin: `http://${address}` })).toBe(101);
    expect(await statusWith({ Origin: 'http://friend.example' })).toBe(101);
    expect(await statusWith({ Origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await statusWith({ Origin: 'null' })).toBe(403);
    expect(await statusWith({ Host: 'foreign.example' })).toBe(403);
  });

  test('refuses a port that is taken, and settings that cannot be, in one sentence', async () => {
    const port = String(await freePort());
    await using first = django({ PORT: port });
    await first.line(/Listening on TCP address/);
    const second = django({ PORT: port });
    expect(await second.exited).toBe(1);
    expect(second.lines).toEqual([
      `Port ${port} is taken: stop what uses it, or try PORT=${Number(port) + 1} npm run django.`,
    ]);
    const third = django({ CHANNEL_LAYER: 'core' });
    expect(await third.exited).toBe(1);
    expect(third.lines).toEqual([
      'CHANNEL_LAYER is core but there is no REDIS_URL: give one, or leave CHANNEL_LAYER out.',
    ]);
  });
});
