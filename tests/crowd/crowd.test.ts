import { expect, onTestFinished, test } from 'vitest';
import { PlainReader } from '../../server/crowd/plain-reader.ts';
import { byTransport, CROWD_TRANSPORTS, parseCrowdView } from '../../src/protocol/crowd.ts';
import { newTag } from '../../src/transports/exchanges.ts';
import { openApp } from '../support/open-app.ts';
import { isAlive } from '../processes/support.ts';

const wishOf = (more: Record<string, unknown> = {}) => ({
  room: 'kitchen',
  readers: 3,
  interval: 250,
  wait: 5,
  tags: byTransport(() => newTag()),
  ...more,
});

function crowdAt(url: string, name = newTag()) {
  const ask = (method: string, body?: unknown) =>
    fetch(`${url}/live/crowd/${name}`, {
      method,
      ...(body !== undefined && {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
  const view = async (response: Response | Promise<Response>) => {
    const parsed = parseCrowdView(await (await response).json());
    if (!parsed.ok) throw new Error(parsed.detail);
    return parsed.value;
  };
  return { ask, view, look: () => view(ask('GET')) };
}

const say = (url: string, text: string) =>
  fetch(`${url}/live/polling/rooms/kitchen/messages`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ sender: 'Alice', text }),
  });

test('a crowd has as many readers of each transport as it is to have, and each hears all', async () => {
  await using app = await openApp();
  const crowd = crowdAt(app.url);
  const { pid } = await crowd.view(crowd.ask('POST', wishOf()));
  expect(pid).not.toBe(process.pid);
  const opens = async () => Object.values((await crowd.look()).counts).map(({ open }) => open);
  await expect.poll(opens).toEqual([3, 3, 3, 3]);
  for (let number = 0; number < 5; number += 1) await say(app.url, `message ${number}`);
  const had = async () =>
    Object.values((await crowd.look()).counts).map((counts) => [
      counts.least,
      counts.most,
      counts.missed,
      counts.repeated,
    ]);
  await expect.poll(had).toEqual(CROWD_TRANSPORTS.map(() => [5, 5, 0, 0]));

  await crowd.ask('POST', wishOf({ readers: 1 }));
  await expect.poll(opens).toEqual([1, 1, 1, 1]);
  expect((await crowd.ask('DELETE')).status).toBe(204);
  await expect.poll(() => isAlive(pid)).toBe(false);
  expect((await crowd.ask('GET')).status).toBe(404);
});

test('a crowd that nobody asks about any more ends, and so do all with their server', async () => {
  const app = await openApp();
  const [left, kept] = [crowdAt(app.url), crowdAt(app.url)];
  const pids = await Promise.all(
    [left, kept].map(async ({ view, ask }) => (await view(ask('POST', wishOf()))).pid),
  );
  const isLeftAlive = async () => {
    await kept.look();
    return isAlive(pids[0] ?? 0);
  };
  await expect.poll(isLeftAlive, { timeout: 10_000 }).toBe(false);
  expect(isAlive(pids[1] ?? 0)).toBe(true);
  await app.stop();
  await expect.poll(() => isAlive(pids[1] ?? 0)).toBe(false);
});

test('all crowds together are bounded, and only who may have the pair may have them', async () => {
  await using app = await openApp();
  const many = wishOf({ readers: 49 });
  const [one, two, three] = [crowdAt(app.url), crowdAt(app.url), crowdAt(app.url)];
  expect((await one.ask('POST', many)).status).toBe(200);
  expect((await two.ask('POST', many)).status).toBe(200);
  expect((await two.ask('POST', many)).status).toBe(200); // the same one
  expect((await three.ask('POST', wishOf())).status).toBe(503);
  await one.ask('DELETE');
  expect((await three.ask('POST', wishOf())).status).toBe(200);

  await using closed = await openApp({ env: { PAIR: 'nobody' } });
  expect((await crowdAt(closed.url).ask('POST', wishOf())).status).toBe(403);
});

test.each([
  { readers: 0 },
  { readers: 50 },
  { readers: 1.5 },
  { room: '../x' },
  { interval: 10 },
  { wait: 26 },
  { tags: { polling: 'x' } },
])('a crowd that cannot be is refused: %j', async (wrong) => {
  await using app = await openApp();
  expect((await crowdAt(app.url).ask('POST', wishOf(wrong))).status).toBe(400);
  expect((await crowdAt(app.url, 'short').ask('POST', wishOf())).status).toBe(400);
});

test('a plain reader that was cut off goes on where it was', async () => {
  const app = await openApp();
  const heard = byTransport((): string[] => []);
  const readers = CROWD_TRANSPORTS.map(
    (name) =>
      new PlainReader(name, {
        url: app.url,
        room: 'kitchen',
        interval: 250,
        wait: 5,
        tag: undefined,
        onMessage: ({ text }) => heard[name].push(text),
      }),
  );
  onTestFinished(() => readers.forEach((reader) => reader.close()));
  await expect.poll(() => readers.every(({ open }) => open)).toBe(true);
  await say(app.url, 'one');
  await expect.poll(() => Object.values(heard)).toEqual(readers.map(() => ['one']));
  await app.stop();
  await expect.poll(() => readers.some(({ open }) => open)).toBe(false);
  await using again = await openApp({ port: app.port });
  await expect.poll(() => readers.every(({ open }) => open)).toBe(true);
  await say(again.url, 'two');
  await expect.poll(() => Object.values(heard)).toEqual(readers.map(() => ['one', 'two']));
});
