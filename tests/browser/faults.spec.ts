import { setTimeout as pause } from 'node:timers/promises';
import { startBrowser } from '../support/devtools.ts';
import { logOf, say } from '../support/rooms.ts';
import { expect, test } from './reader.ts';

// What happens to the page itself: it is hidden, frozen, or its machine sleeps.

/** Presses the button that starts the demo, once; whether its first reader is connected. */
const READY = `(() => {
  const button = document.querySelector('.start .button');
  if (button && !window.pressed) button.click();
  window.pressed ||= Boolean(button);
  return Boolean(document.querySelector('.demo[data-ready=true] .state[data-state=open]'));
})()`;
const WATCH = `
  window.told = [];
  document.addEventListener('visibilitychange', () => told.push(document.visibilityState));
  for (const event of ['freeze', 'resume']) document.addEventListener(event, () => told.push(event));`;
const ROOM = `/\\/r\\/(\\w+)\\//.exec(document.querySelector('.share a').href)[1]`;
const HEARD = `[...document.querySelector('section.reader').querySelectorAll('.log li:not(.nothing)')]
  .map((line) => /(\\w+ \\d+;)/.exec(line.textContent)?.[1])`;

for (const slug of ['polling', 'long-polling', 'server-sent-events', 'channel-layer'])
  test(`reader of ${slug} whose page was hidden, frozen, and halted with its browser finds all that was said, once and in order`, async ({
    baseURL,
  }) => {
    const url = baseURL ?? '';
    await using browser = await startBrowser();
    const page = await browser.open(`${url}/lessons/${slug}/`);
    // Until the page is there, there is none to ask.
    const isReady = () => page.evaluate(READY).catch(() => false);
    await expect.poll(isReady, { timeout: 15_000 }).toBe(true);
    await page.evaluate(WATCH);
    const room = String(await page.evaluate(ROOM));
    const texts: string[] = [];
    const sayTen = async (when: string) => {
      for (let n = 0; n < 10; n += 1) {
        texts.push(`${when} ${n};`);
        expect((await say(url, room, `${when} ${n};`))?.status).toBe(201);
      }
    };
    const expectHeard = () =>
      expect.poll(() => page.evaluate(HEARD), { timeout: 30_000 }).toEqual(texts);
    await sayTen('before');
    await expectHeard();

    const other = await browser.open('about:blank');
    await other.bringToFront();
    await expect.poll(() => page.evaluate('document.visibilityState')).toBe('hidden');
    await sayTen('hidden');
    await page.bringToFront();
    await expectHeard();

    await page.freeze();
    await sayTen('frozen');
    await page.thaw();
    await page.bringToFront();
    await expectHeard();

    browser.signal('SIGSTOP');
    await sayTen('asleep');
    await pause(2_000); // that is the fault
    browser.signal('SIGCONT');
    await expectHeard();
    expect(await page.evaluate('told')).toEqual(
      expect.arrayContaining(['hidden', 'visible', 'freeze', 'resume']),
    );
    expect(await logOf(url, room)).toHaveLength(texts.length);
  });
