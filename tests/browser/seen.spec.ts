import { lessons } from '../../content/lessons.ts';
import { layoutFaults } from '../support/layout-faults.ts';
import { expect, faults, readerPanel, startDemo, test } from './reader.ts';

// Who comes without eyes for it, with larger text, with less motion, or with colours of their own.

test('reader who listens is told where the demo stands before, while and after a message comes', async ({
  page,
}) => {
  await page.goto('/lessons/polling/');
  const demo = page.locator('.demo-shell');
  await expect(demo).toMatchAriaSnapshot(`
    - region "Live demo":
      - region "Alice":
        - heading "Alice" [level=3]
        - text: not connected
        - list "What Alice has received":
          - listitem: Not connected.
        - textbox "A message from Alice" [disabled]
        - button "Send" [disabled]
      - application /Time runs downwards\\..*/
      - button "Start the demo"
      - slider "Ask every"
      - status: 2 s
      - table "What each reader’s transport has done":
        - rowgroup:
          - row /Alice 0 0 0 – – .*/
      - figure:
        - img /Alice. no message yet. Bob. no message yet/
      - checkbox /Break it on purpose/
    - status
  `);
  await page.locator('.knob input').fill('4'); // every 3 s, Bob 1.2 s after Alice
  await page.locator('.start .button').click();
  await readerPanel(page, 'Bob').say('hello');
  await expect(demo).toMatchAriaSnapshot(`
    - region "Live demo":
      - region "Alice":
        - text: waiting to ask
        - button "Disconnect Alice"
        - list "What Alice has received":
          - listitem: Nothing yet.
      - application /Time runs downwards/
      - group "Which part of the run is shown":
        - button "Pause"
        - slider "Moment of the run"
        - button "Replay"
      - button "Stop"
      - table "What each reader’s transport has done":
        - rowgroup:
          - row /Bob 0 0 0 – – .*/
    - status
  `);
  await expect(demo).toMatchAriaSnapshot(`
    - region "Live demo":
      - region "Alice":
        - list "What Alice has received":
          - listitem:
            - paragraph: hello
            - text: /from Bob · after [\\d.]+ m?s/
      - table "What each reader’s transport has done":
        - rowgroup:
          - row /Alice 1 0 0 [\\d.]+ m?s .*/
      - figure:
        - img /Alice. half the messages came within [\\d.]+ m?s, 95 % within/
    - status: "Alice received from Bob: hello"
  `);
});

test(`reader who listens to 20 messages a second hears a sentence every three seconds`, async ({
  page,
}) => {
  await startDemo(page, '/lessons/channel-layer/');
  await readerPanel(page, 'Bob').say('first');
  const told = page.locator('[data-announced]');
  await expect(told).toHaveText(/^Alice .*first$/);
  await told.evaluate((element) => {
    const changes = new MutationObserver((records) => {
      element.setAttribute(
        'data-changes',
        String(Number(element.dataset['changes'] ?? 0) + records.length),
      );
    });
    changes.observe(element, { characterData: true, childList: true, subtree: true });
  });
  await page.locator('.actions .button').nth(2).click(); // for ten seconds
  const messages = readerPanel(page, 'Alice').messages;
  await expect.poll(() => messages.count(), { timeout: 20_000 }).toBeGreaterThan(70);
  await expect(told).toHaveText(/^Alice .*\d\d .*\d+$/);
  const changes = Number(await told.getAttribute('data-changes'));
  expect(changes).toBeGreaterThanOrEqual(1);
  expect(changes).toBeLessThanOrEqual(5); // it may have taken all of the ten seconds
});

test.describe('with less motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  test('reader sees nothing move before something is started', async ({ page }) => {
    for (const { slug } of lessons) {
      await page.goto(`/lessons/${slug}/`);
      await page.locator('.picture').hover();
      await page.locator('.demo[data-ready=true]').waitFor();
      // What a page still puts in place as it comes up is no motion; what moves never comes to rest.
      const look = () =>
        page.evaluate(async () => {
          let changes = 0;
          const watch = new MutationObserver((records) => (changes += records.length));
          watch.observe(document.body, { subtree: true, attributes: true, childList: true });
          await new Promise((resolve) => setTimeout(resolve, 250)); // some frames
          const { scrollBehavior } = getComputedStyle(document.documentElement);
          return { changes, animations: document.getAnimations().length, scrollBehavior };
        });
      const still = { changes: 0, animations: 0, scrollBehavior: 'auto' };
      await expect.poll(look, { message: slug, timeout: 10_000 }).toEqual(still);
    }
  });

  test('reader sees the picture of a running demo once a second', async ({ page }) => {
    await startDemo(page, '/lessons/server-sent-events/');
    const bob = readerPanel(page, 'Bob');
    await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
    const frames = await page.locator('.timeline .window svg').evaluate(async (svg) => {
      let drawn = 0;
      new MutationObserver(() => (drawn += 1)).observe(svg, { subtree: true, attributes: true });
      await new Promise((resolve) => setTimeout(resolve, 2_100));
      return drawn;
    });
    expect(frames).toBeGreaterThanOrEqual(1);
    expect(frames).toBeLessThanOrEqual(3);
  });
});

for (const { slug } of lessons)
  test(`reader of ${slug} can read all of it on 320 px, at 200 % zoom, and with text of 200 %`, async ({
    page,
  }) => {
    await startDemo(page, `/lessons/${slug}/`);
    await readerPanel(page, 'Bob').say('hello');
    for (const [width, text] of [
      [320, '100%'],
      [380, '100%'],
      [720, '100%'],
      [720, '200%'],
      [1440, '200%'],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.locator('html').evaluate((html, size) => (html.style.fontSize = size), text);
      expect([width, text, await page.evaluate(layoutFaults)]).toEqual([width, text, []]);
    }
  });

test.describe('with colours of their own', () => {
  test.use({ contextOptions: { forcedColors: 'active' } });

  for (const colorScheme of ['light', 'dark'] as const)
    test(`reader still sees every mark, state and focus, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, forcedColors: 'active' });
      await startDemo(page, '/lessons/polling/');
      await page.locator('.chip').first().click();
      await readerPanel(page, 'Bob').say('hello');
      await expect(readerPanel(page, 'Alice').messages).toHaveCount(1);
      for (const [mark, property] of [
        ['.timeline .life', 'stroke'],
        ['.timeline .full .line', 'stroke'],
        ['.timeline .head', 'fill'],
        ['.timeline .label', 'fill'],
        ['.demo figure i', 'backgroundColor'],
        ['.demo figure b', 'backgroundColor'],
        ['.checklist .done .box', 'borderTopColor'],
        ['.checklist .done .box', 'color'],
        ['.knob input', 'accentColor'],
      ] as const) {
        const colours = await page
          .locator(mark)
          .first()
          .evaluate((element, name) => {
            const { backgroundColor } = getComputedStyle(document.body);
            return [getComputedStyle(element)[name], backgroundColor];
          }, property);
        expect([mark, property, contrast(colours) >= 3, colours]).toEqual([
          mark,
          property,
          true,
          colours,
        ]);
      }
      const border = (place: number) =>
        page
          .locator('.chip')
          .nth(place)
          .evaluate((chip) => getComputedStyle(chip).borderTopColor);
      expect(await border(0)).not.toBe(await border(1));
      await page.locator('.chip').nth(1).focus();
      await page.keyboard.press('Tab');
      const outline = await page.locator(':focus').evaluate((element) => {
        const { outlineColor, outlineStyle } = getComputedStyle(element);
        return [
          outlineColor,
          outlineStyle === 'none' ? outlineColor : getComputedStyle(document.body).backgroundColor,
        ];
      });
      expect(contrast(outline)).toBeGreaterThanOrEqual(3);
      expect(await faults(page)).toEqual([]);
    });

  for (const path of ['/', '/side-by-side/', '/r/kitchen/?lesson=polling'])
    test(`reader can read ${path} with no fault that axe finds`, async ({ page }) => {
      await page.goto(path);
      expect(await faults(page)).toEqual([]);
    });
});

/** How well two colours, as computed styles say them, are told apart: WCAG 2.2, contrast ratio. */
function contrast(colours: readonly string[]): number {
  const [light = 0, dark = 0] = colours
    .map((colour) => {
      const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
        const value = Number(part) / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    })
    .sort((one, other) => other - one);
  return (light + 0.05) / (dark + 0.05);
}
