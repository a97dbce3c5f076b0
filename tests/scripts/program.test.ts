import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { claims } from '../../src/lessons/polling/claims.ts';
import { freePort } from '../support/free-port.ts';
import { start, startServer } from '../support/program.ts';
import { exchangeBytes, request, statusOf } from '../support/raw-http.ts';
import { wrongPollingServer } from '../support/wrong-polling-server.ts';

// The programs, each as a process of its own. The site must have been built: npm test does.

const node = process.execPath;
const serve = (env: Record<string, string>) => start(node, ['server/main.ts'], env);
const lesson = (...args: string[]) => start(node, ['scripts/lesson.mjs', ...args]);

describe('the server', () => {
  test('prints its address last, answers there, and logs nothing', async () => {
    await using server = await startServer();
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/`)).status).toBe(200);
    expect(server.lines).toEqual([`On the Wire: ${server.url}/`]);
  });

  test('answers pages to GET and HEAD only, and opens nothing else of Astro’s server', async () => {
    await using server = await startServer();
    const { port } = new URL(server.url);
    for (const method of ['POST', 'TRACE', 'PUT'])
      expect(statusOf(await exchangeBytes(Number(port), request(`${method} /`, {})))).toBe(405);
    for (const path of [
      '/_image?href=/demo.png&w=40&f=avif',
      '/_server-islands/x',
      '/404',
      '/lessons/',
    ])
      expect([path, (await fetch(server.url + path)).status]).toEqual([path, 404]);
    const ranged = await fetch(`${server.url}/nowhere`, { headers: { Range: 'bytes=0-10' } });
    expect(ranged.status).toBe(404);
    const room = await fetch(`${server.url}/r/kitchen/`);
    expect([room.status, room.headers.get('Cache-Control')]).toEqual([200, 'no-store']);
    expect(server.lines).toHaveLength(1);
  });

  test('names every address at which others can open it, when it listens on all', async () => {
    await using server = await startServer({ HOST: '0.0.0.0' });
    const own = await server.line(/127\.0\.0\.1/);
    const url = /http:\/\/[^/]+/.exec(own)?.[0] ?? '';
    const { port } = new URL(url);
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => address);
    expect(server.lines).toEqual(
      [...others, '127.0.0.1'].map((name) => `On the Wire: http://${name}:${port}/`),
    );
    // Pages that are opened on this machine are told them too, for the link that they share.
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ addresses: others });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'answers what is under way at %s, and ends within 5 s',
    async (signal) => {
      await using server = await startServer();
      const port = Number(new URL(server.url).port);
      const body = JSON.stringify({ sender: 'Bob', text: 'last words' });
      const bytes = request('POST /live/polling/rooms/kitchen/messages', {
        'Content-Type': 'application/json',
        'Content-Length': String(body.length),
      });
      const idle = connect(port, '127.0.0.1');
      const under = connect(port, '127.0.0.1');
      await Promise.all([once(idle, 'connect'), once(under, 'connect')]);
      under.write(bytes + body.slice(0, 10));
      // The server has read the head once it answers a later request of another connection.
      await exchangeBytes(port, request('GET /healthz', {}));
      const asked = performance.now();
      const ended = server.end(signal);
      const answer = new Promise<string>((resolve) =>
        under.once('data', (data) => resolve(data.toString())),
      );
      under.write(body.slice(10));
      expect(statusOf(await answer)).toBe(201);
      expect(await ended).toBe(0);
      expect(performance.now() - asked).toBeLessThan(5000);
      idle.destroy();
    },
  );

  test('ends within 5 s though a request never comes to its end', async () => {
    await using server = await startServer();
    const port = Number(new URL(server.url).port);
    const stuck = connect(port, '127.0.0.1');
    stuck.on('error', () => undefined);
    await once(stuck, 'connect');
    stuck.write('POST /live/polling/rooms/kitchen/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    await exchangeBytes(port, request('GET /healthz', {}));
    const asked = performance.now();
    expect(await server.end('SIGTERM')).toBe(0);
    expect(performance.now() - asked).toBeLessThan(5000);
  });

  test.each([
    ['a bad port', { PORT: 'eighty' }, /^PORT is "eighty" but must be a port from 0 to 65535: /],
    [
      'a host that is not here',
      { HOST: '192.0.2.1' },
      /^HOST is "192.0.2.1", which is no address of this machine: /,
    ],
    ['two mistakes', { PORT: '-1', LOG_LEVEL: 'loud' }, /^LOG_LEVEL is "loud" but must be one of /],
  ])('says one sentence for %s, and fails', async (_what, env, sentence) => {
    await using server = serve(env);
    expect(await server.exited).toBe(1);
    expect(server.lines.at(-1)).toMatch(sentence);
    expect(server.lines).toHaveLength(Object.keys(env).length);
  });

  test('says one sentence for a port that is taken, and fails', async () => {
    await using first = await startServer();
    const { port } = new URL(first.url);
    await using second = serve({ PORT: port });
    expect(await second.exited).toBe(1);
    expect(second.lines).toEqual([
      `Port ${port} is taken: stop what uses it, or start with another, such as PORT=${Number(port) + 1} npm start.`,
    ]);
  });
});

describe('npm run lesson', () => {
  test('proves a lesson’s claims against a companion that it starts', async () => {
    await using run = lesson('polling');
    expect(await run.exited).toBe(0);
    expect(run.lines.filter((line) => line.startsWith('✓'))).toHaveLength(claims.length);
    expect(run.lines.at(-1)).toBe(`${claims.length} passed, 0 failed`);
  });

  test('says of another server what it expected and what came', async () => {
    await using server = await wrongPollingServer({ repeats: true });
    await using run = lesson('polling', '--url', server.url);
    expect(await run.exited).toBe(1);
    const at = run.lines.findIndex((line) =>
      line.startsWith('✗ cursor-resumes: A reader who was away'),
    );
    expect(run.lines[at + 1]).toMatch(
      /expected {2}after the old cursor, twice, with 0 skipped: while away 1/,
    );
    expect(run.lines[at + 2]).toMatch(/came {6}first: before, while away 1/);
  });

  test('shows at the first claim that fails what went to and fro, a hint, and where to read of it', async () => {
    await using server = await wrongPollingServer({ repeats: true });
    await using run = lesson('polling', '--url', server.url);
    await run.exited;
    const first = run.lines.findIndex((line) => line.startsWith('✗'));
    const id = /^✗ ([\w-]+):/.exec(run.lines[first] ?? '')?.[1] ?? '';
    const told = run.lines.slice(
      first,
      run.lines.findIndex((line, at) => at > first && /^[✓✗]/.test(line)),
    );
    expect(told.some((line) => /→ POST \/live\/polling\/rooms\/\w+\/messages \{/.test(line))).toBe(
      true,
    );
    expect(told.some((line) => /← 20[01] .*\{"/.test(line))).toBe(true);
    expect(told).toContainEqual(expect.stringMatching(/^ {4}hint {6}\w.*\.$/));
    expect(told.at(-1)).toBe(`    lesson    /lessons/polling/#claim-${id}, a page of npm start`);
  });

  test('tells of each fault once: its hint, and the end of what went to and fro', async () => {
    await using server = await wrongPollingServer({ repeats: true });
    await using run = lesson('polling', '--url', server.url);
    await run.exited;
    const hints = run.lines.filter((line) => line.startsWith('    hint'));
    expect(hints.length).toBeGreaterThan(1);
    expect(hints.length).toBe(new Set(hints).size);
    expect(hints).toContainEqual(expect.stringContaining('A message came again.'));
    const at = run.lines.findIndex((line) => line.startsWith('✗ cursor-resumes'));
    const told = run.lines.slice(at, run.lines.indexOf('', at));
    expect(told.findIndex((line) => line.startsWith('    hint'))).toBe(9); // after four lines of it
  });

  test('says a fault that all claims meet once, and what a slow server may be', async () => {
    await using created = await wrongPollingServer({ created: 200 });
    await using run = lesson('polling', '--url', created.url);
    await run.exited;
    expect(run.lines.filter((line) => line === '    the same as above').length).toBeGreaterThan(2);

    await using slow = await wrongPollingServer({ holds: 4_000 });
    await using waited = lesson('polling', '--url', slow.url);
    expect(await waited.exited).toBe(1);
    expect(waited.lines).toContainEqual(expect.stringMatching(/hint .* one connection at a time/));
    expect(waited.lines.at(-1)).toBe('0 passed, 1 failed, 7 not run');
  }, 30_000);

  test('says that the server went away in the middle, and runs no more', async () => {
    const server = await startServer();
    await using run = lesson('long-polling', '--url', server.url);
    await run.line(/^✓/);
    await server.end('SIGKILL');
    expect(await run.exited).toBe(3);
    expect(run.lines).toContain('Your server is no longer there, so the rest was not run.');
    expect(run.lines.at(-1)).toMatch(/^\d passed, 1 failed, \d not run$/);
  });

  test('waits for a server, and proves again when it was started again', async () => {
    const port = String(await freePort());
    await using run = lesson('polling', '--url', `http://127.0.0.1:${port}`, '--watch');
    await run.line(/^Waiting for http/);
    const first = await startServer({ PORT: port });
    await run.line(/^8 passed, 0 failed$/);
    const proved = run.lines.length;
    await run.line(/^Waiting for the server to be started again/);
    await first.end();
    await using again = await startServer({ PORT: port });
    expect(again.url).toBe(first.url);
    await run.line(/^8 passed, 0 failed$/, proved);
    await run.end();
  }, 60_000);

  test.each([
    [['nope'], 2, /^There is no lesson "nope"\..* The lessons: polling\b.*\.$/],
    [[], 2, /The lessons: polling\b.*\.$/],
    [['polling', '--url', 'nonsense'], 2, /^"nonsense" is no address/],
    [['polling', 'http://127.0.0.1:9'], 2, /^npm took --url for itself: put -- before it\./],
    [
      ['polling', '--url', 'http://127.0.0.1:9/x'],
      2,
      /^"http:\/\/127.0.0.1:9\/x" has a path; .* give http:\/\/127.0.0.1:9\.$/,
    ],
    [['--help'], 0, /^Run "npm run lesson <lesson>/],
    [['polling', '--watch'], 2, /^--watch waits for a server of yours: give its --url\./],
    [['polling', '--wait', 'long'], 2, /^--wait is seconds .* not "long"\.$/],
    [['polling', '--port', '9'], 2, /^Unknown option '--port'/],
    [
      ['polling', '--url', 'http://127.0.0.1:1', '--wait', '0'],
      3,
      /^Nothing answers at http:\/\/127\.0\.0\.1:1 \(\w.*\): /,
    ],
  ])('%j ends with %i and one sentence', async (args, code, sentence) => {
    await using run = lesson(...args);
    expect(await run.exited).toBe(code);
    expect(run.lines).toHaveLength(1);
    expect(run.lines[0]).toMatch(sentence);
  });
});
