import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyProject } from '../support/copy.ts';
import { freePort } from '../support/free-port.ts';
import { start } from '../support/program.ts';
import { openClient } from '../support/raw-websocket.ts';

// One copy for all three, in this order: built, developed, broken.
let project: Awaited<ReturnType<typeof copyProject>>;
beforeAll(async () => {
  project = await copyProject();
}, 60_000);
afterAll(() => project[Symbol.asyncDispose]());

/** ms in which an edit is served, also where two other files are tested at the same time. */
const SOON = 30_000;

const text = async (url: string) => (await fetch(url)).text();

test(
  'npm start builds what changed and no more, and a signal to npm leaves no process',
  { timeout: 120_000 },
  async () => {
    const npmStart = () => start('npm', ['start', '--prefix', project.folder], { PORT: '0' });
    {
      await using first = npmStart();
      await first.line(/^On the Wire: http/);
      expect(first.lines).toContainEqual(
        expect.stringMatching(/^Building the site: done in \d+ s$/),
      );
      const url = /http:\S+/.exec(await first.line(/^On the Wire: http/))?.[0] ?? '';
      await first.end('SIGTERM');
      await expect(fetch(url)).rejects.toThrow();
    }
    await using second = npmStart();
    await second.line(/^On the Wire: http/);
    expect(second.lines.join('\n')).not.toContain('Building');
    await second.end('SIGINT');
  },
);

test(
  'npm run dev serves pages and endpoints on one port, and takes edits of all of them',
  { timeout: 150_000 },
  async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const script = join(project.folder, 'scripts/dev.mjs');
    // On the copy's own Node, so that it goes on in no other process, which a failing test would leave.
    const node = join(project.folder, 'node_modules/.bin/node');
    await using dev = start(node, [script], { PORT: String(port) });
    await dev.line(/ready in/);
    const lesson = `${url}/lessons/polling/`;
    const messages = `${url}/live/polling/rooms/kitchen/messages`;
    expect(await text(lesson)).toContain('A page cannot be called.');
    expect(await text(messages)).toBe('{"messages":[],"after":"0","skipped":0}');

    expect((await fetch(`${url}/live/pair`, { method: 'POST' })).status).toBe(200);
    using alice = await openClient(port, '/pair/a/memory/live/connection-list/dev/room/one/');
    alice.ws.send('hi');
    await alice.hears('hi');
    const released = once(alice.ws, 'close');

    await project.edit(
      'content/lessons/polling/en.mdx',
      'A page cannot be called.',
      'Pages are never called.',
    );
    await expect.poll(() => text(lesson), { timeout: SOON }).toContain('Pages are never called.');

    await project.edit('src/widgets/DemoShell.svelte', 'data-ready=', 'data-edited data-ready=');
    await expect.poll(() => text(lesson), { timeout: SOON }).toContain('data-edited');

    await project.edit('server/rooms/rooms.ts', 'messages: [],', "messages: [], edited: 'yes',");
    await expect.poll(() => text(messages), { timeout: SOON }).toContain('"edited":"yes"');
    await released; // newer code has let go of the processes that the older one had started

    // The lesson shows the server's source as it is now.
    await project.edit('server/lessons/polling.ts', 'nobody is remembered', 'nobody is known');
    await expect.poll(() => text(lesson), { timeout: SOON }).toContain('known');
    expect(await dev.end('SIGTERM')).not.toBe(1);
  },
);

test(
  'npm start says one sentence when the build fails, and nothing is served',
  { timeout: 120_000 },
  async () => {
    await project.edit(
      'content/lessons/polling/en.mdx',
      '<Term id="polling">',
      '<Term id="pooling">',
    );
    await using program = start(process.execPath, [join(project.folder, 'scripts/start.mjs')], {
      PORT: '0',
    });
    expect(await program.exited).toBe(1);
    expect(program.lines.join('\n')).toContain('the glossary lacks "pooling"');
    expect(program.lines.at(-1)).toBe(
      'The site could not be built: mend the error above, then start again.',
    );
    expect(program.lines.some((line) => line.includes('On the Wire: http'))).toBe(false);
  },
);
