import type { Locator, Page } from '@playwright/test';
import { lessons } from '../../content/lessons.ts';
import { findChromium } from '../../scripts/test-tools.mjs';
import { expect, readerPanel, test } from './reader.ts';

// Who comes without a mouse, in a whole browser: its engine alone does not lead the keys out of a frame.
test.use({ launchOptions: { executablePath: findChromium() ?? 'chromium' } });

test.describe('by keys alone', () => {
  // To break it on purpose is to be refused.
  test.use({ expectedErrors: [/Failed to load resource|WebSocket|EventSource/] });

  for (const { slug } of lessons)
    test(`reader can go through ${slug} from its top to its end, and work all that is alive on it`, async ({
      page,
    }) => {
      await page.goto(`/lessons/${slug}/`);
      const keys = await keyboard(page);
      await keys.tabTo(page.locator('.chip').first());
      await page.locator('.demo[data-ready=true]').waitFor();
      await page.keyboard.press('Enter');
      await expect(page.locator('.chip').first()).toHaveAttribute('aria-pressed', 'true');

      await keys.tabTo(page.locator('.start .button'));
      await page.keyboard.press('Enter');
      await expect(page.getByRole('button', { name: 'Stop', exact: true })).toBeFocused();
      const bob = readerPanel(page, 'Bob');
      await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
      await keys.tabTo(bob.panel.locator('form input'), 'Shift+Tab');
      await page.keyboard.type('typed');
      await page.keyboard.press('Enter');
      await expect(bob.messages).not.toHaveCount(0);
      await expect(bob.panel.locator('form input')).toBeFocused();

      await keys.tabTo(page.locator('.demo .knob input').first());
      const turned = page.locator('.demo .knob output').first();
      const before = (await turned.textContent()) ?? '';
      await page.keyboard.press((await atItsEnd(page)) ? 'ArrowLeft' : 'ArrowRight');
      await expect(turned).not.toHaveText(before);

      await keys.tabTo(page.locator('.breaks').locator('input, button').first());
      await breakIt(page);

      const lab = page.locator('.lab').locator('button, input').first();
      if (await lab.count()) {
        await keys.tabTo(lab);
        await page.locator('astro-island:has(.lab):not([ssr])').waitFor({ state: 'attached' });
        await workLab(page, slug);
      }

      const claim = page.locator('[data-claim]').first();
      await keys.tabTo(page.locator('.claims .go'));
      await page.locator('astro-island:has(.claims):not([ssr])').waitFor({ state: 'attached' });
      await keys.tabTo(claim.locator('button'));
      await page.keyboard.press('Enter');
      await expect(claim).toHaveAttribute('data-proof', 'held', { timeout: 20_000 });
      await keys.tabToEnd();
    });

  test('reader who opens an arrow is at its bytes, and is back at the arrow when they close', async ({
    page,
  }) => {
    await page.goto('/lessons/polling/');
    const keys = await keyboard(page);
    await keys.tabTo(page.locator('.start .link'));
    await page.locator('.demo[data-ready=true]').waitFor();
    await page.keyboard.press('Enter'); // a recorded run
    const picture = page.locator('[data-picture]');
    await expect(picture.locator('.arrow')).not.toHaveCount(0);
    await keys.tabTo(picture, 'Shift+Tab');
    const bytes = page.locator('[data-opened-arrow]');
    const current = picture.locator('.arrow.current');
    await page.keyboard.press('End');
    for (const close of ['Escape', 'the button'] as const) {
      await page.keyboard.press('ArrowUp');
      const at = await picture.locator('[role=status]').textContent();
      await page.keyboard.press('Enter');
      await expect(bytes).toBeFocused();
      await expect(bytes).toHaveAccessibleDescription(/^(Alice|Bob): /);
      if (close === 'Escape') await page.keyboard.press('Escape');
      else {
        await keys.tabTo(bytes.getByRole('button', { name: 'Close' }));
        await page.keyboard.press('Enter');
      }
      await expect(bytes).toHaveCount(0);
      await expect(picture).toBeFocused();
      await expect(current).toHaveCount(1);
      await expect(picture.locator('[role=status]')).toHaveText(at ?? '');
    }
  });

  test('reader can search, and choose the look and the language', async ({ page }) => {
    await page.goto('/lessons/polling/');
    const keys = await keyboard(page);
    const open = page.locator('site-search .open');
    await keys.tabTo(open);
    await page.keyboard.press('Enter');
    await expect(page.locator('dialog input')).toBeFocused();
    await page.keyboard.type('cursor');
    await expect(page.locator('dialog ol a').first()).toBeVisible();
    await keys.tabTo(page.locator('dialog ol a').first());
    await page.keyboard.press('Escape');
    await expect(open).toBeFocused();

    await keys.tabTo(page.locator('.header starlight-theme-select select'));
    const theme = await page.locator('html').getAttribute('data-theme');
    await page.keyboard.press(theme === 'dark' ? 'l' : 'd');
    await expect(page.locator('html')).not.toHaveAttribute('data-theme', theme ?? '');
    await keys.tabTo(page.locator('.header starlight-lang-select select'));
    await page.keyboard.press('ArrowDown');
    await page.waitForURL('**/zh-cn/lessons/polling/');
  });
});

interface Stop {
  what: string;
  outline: number;
  inSight: boolean;
}

/** A keyboard that looks, at each stop, whether the focus can be seen there. */
async function keyboard(page: Page) {
  const look = async () => {
    const { what, outline, inSight } = await page.evaluate(focusNow);
    expect([what, outline > 0, inSight], 'the focus is not to be seen').toEqual([what, true, true]);
  };
  const press = async (key: string) => {
    await page.keyboard.press(key);
    const left = await page.evaluate(() => document.activeElement === document.body);
    if (!left) await look();
    return !left;
  };
  return {
    async tabTo(target: Locator, key = 'Tab') {
      for (let steps = 0; steps < 300; steps += 1) {
        if (!(await press(key))) break;
        if (await target.evaluate((element) => element === document.activeElement)) return;
      }
      throw new Error(`${key} does not lead to ${String(target)}.`);
    },
    async tabToEnd() {
      for (let steps = 0; steps < 300; steps += 1) if (!(await press('Tab'))) return;
      throw new Error('Tab does not lead out of the page.');
    },
  };
}

/** Where the focus is: what has it, how thick its outline is, and whether it can be seen. */
function focusNow(): Stop {
  const focused = document.activeElement ?? document.body;
  const outlineOf = (element: Element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle === 'none' ? 0 : parseFloat(outlineWidth);
  };
  const box = focused.getBoundingClientRect();
  return {
    what: focused.outerHTML.slice(0, 120),
    outline: outlineOf(focused),
    inSight: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}

const atItsEnd = (page: Page) =>
  page.evaluate(() => {
    const range = document.activeElement;
    return range instanceof HTMLInputElement && range.value === range.max;
  });

/** Works what has the focus: it is ticked, chosen or pressed. */
async function breakIt(page: Page) {
  const focused = page.locator(':focus');
  const type = await focused.getAttribute('type');
  if (type === 'checkbox') {
    await page.keyboard.press('Space');
    await expect(focused).toBeChecked();
  } else if (type === 'radio') {
    await page.keyboard.press('ArrowDown');
    await expect(page.locator('.breaks input').nth(1)).toBeChecked();
  } else {
    await page.keyboard.press('Enter');
  }
}

async function workLab(page: Page, slug: string) {
  const lab = page.locator('.lab');
  if (slug === 'websocket') {
    const bytes = lab.locator('[data-frame] code').last();
    const before = (await bytes.textContent()) ?? '';
    await page.keyboard.type('more');
    await expect(bytes).not.toHaveText(before);
  } else {
    await page.keyboard.press('Enter');
    const done = slug === 'connection-list' ? '[data-walk]' : '[aria-pressed=true]';
    await expect(lab.locator(done).first()).toBeVisible();
  }
}
