import { gzipSync } from 'node:zlib';
import type { Page, Response } from '@playwright/test';
import { settled } from './settled.ts';

/** One file of a page: its kind as a browser calls it, its bytes in gzip, and its address. */
export interface Part {
  kind: string;
  bytes: number;
  url: string;
}

/**
 * What a lesson's page weighs, in gzip, before its demo is started; its prose left out.
 * @param page one that has opened nothing yet
 */
export async function weighLesson(page: Page, url: string) {
  const weighing: Promise<Part>[] = [];
  const watch = (response: Response) => weighing.push(weigh(response));
  page.on('response', watch);
  await page.goto(url);
  // Down to the demo and no further: what lies below is loaded when it comes in sight.
  await page.locator('.demo').scrollIntoViewIfNeeded();
  await settled(page);
  page.off('response', watch);
  const parts = await Promise.all(weighing);
  const prose = gzipSync(await page.locator('.sl-markdown-content').evaluate(proseOf)).length;
  const sum = (some: readonly Part[]) => some.reduce((all, { bytes }) => all + bytes, 0);
  return {
    parts,
    sums: {
      'lesson all': sum(parts) - prose,
      'lesson script': sum(parts.filter(({ kind }) => kind === 'script')),
    },
  };
}

async function weigh(response: Response): Promise<Part> {
  const bytes = gzipSync(await response.body()).length;
  return { kind: response.request().resourceType(), bytes, url: response.url() };
}

/** The text of the lesson, without that of its widgets. */
function proseOf(content: Element): string {
  const copy = document.createElement('div');
  copy.append(content.cloneNode(true));
  for (const widget of copy.querySelectorAll('.widget, script, style')) widget.remove();
  return copy.firstElementChild?.innerHTML ?? '';
}
