/**
 * What a page's layout does wrong as it is now, to be evaluated in the page: it scrolls sideways,
 * something of a demo lies over something else, or a text is cut.
 */
export function layoutFaults(): string[] {
  const found: string[] = [];
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) found.push(`the page is ${over} px too wide`);

  const name = (element: Element) =>
    `<${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}"> ${(element.textContent ?? '').trim().slice(0, 30)}`;
  const isShown = (element: Element) =>
    element.checkVisibility({ visibilityProperty: true }) && !element.closest('.sr-only, dialog');

  for (const element of document.querySelectorAll<HTMLElement>('main *, header *')) {
    if (element.closest('svg, textarea, input') || !isShown(element)) continue;
    const { overflowX, overflowY, textOverflow } = getComputedStyle(element);
    const cuts = (overflow: string) => overflow === 'hidden' || overflow === 'clip';
    const wide =
      cuts(overflowX) &&
      textOverflow !== 'ellipsis' &&
      element.scrollWidth - element.clientWidth > 1;
    const high = cuts(overflowY) && element.scrollHeight - element.clientHeight > 1;
    if ((wide || high) && element.clientWidth > 1) found.push(`cut: ${name(element)}`);
  }

  const parts = [
    ...document.querySelectorAll(
      '.demo-shell :is(button, input, a, h3, .state, output, th, td, figcaption, .scale span, .who, legend, .clock, .finding, .checklist li, .break span)',
    ),
  ].filter((part) => isShown(part) && (part.textContent !== '' || part.matches('input')));
  const boxes = parts.map((part) => part.getBoundingClientRect());
  for (const [place, part] of parts.entries())
    for (let next = place + 1; next < parts.length; next += 1) {
      const [box, with_, other] = [boxes[place], boxes[next], parts[next]];
      if (!box || !with_ || !other || part.contains(other) || other.contains(part)) continue;
      const across = Math.min(box.right, with_.right) - Math.max(box.left, with_.left);
      const down = Math.min(box.bottom, with_.bottom) - Math.max(box.top, with_.top);
      if (across > 2 && down > 2) found.push(`${name(part)} lies over ${name(other)}`);
    }
  return found;
}
