import type { ClientDirective } from 'astro';

/**
 * `client:wanted={slug}`: a part of the page comes alive when somebody reaches for it, by pointer,
 * touch or keyboard; or when it is in sight, if the reader has been here before and something of
 * `slug` is kept; at once without a slug, or where the address has a query that says how it is to be.
 * What is pressed before it is alive is pressed again when it is, in order. Where it cannot be loaded,
 * what has `data-not-loaded` in it is shown, and the next press tries again.
 */
const wanted: ClientDirective = (load, { value }, element) => {
  const reach = ['pointerover', 'touchstart', 'focusin'] as const;
  const pressed = new Set<HTMLElement>();
  let begun = false;

  const press = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const target = event.target instanceof Element ? event.target.closest('button, a') : null;
    if (!(target instanceof HTMLElement)) return;
    event.preventDefault();
    event.stopPropagation();
    pressed.add(target);
    begin();
  };
  const begin = () => {
    if (begun) return;
    begun = true;
    for (const type of reach) element.removeEventListener(type, begin);
    void load()
      .then((hydrate) => hydrate())
      .then(() => {
        // Astro tells in the console that it could not hydrate, and lets this go on.
        if (element.hasAttribute('ssr')) throw new Error('It could not be loaded.');
        element.removeEventListener('click', press, true);
        for (const target of pressed) target.click();
      })
      .catch(() => {
        begun = false;
        pressed.clear();
        const note = element.querySelector('[data-not-loaded]');
        if (note instanceof HTMLElement) note.hidden = false;
      });
  };

  for (const type of reach) element.addEventListener(type, begin, { passive: true });
  element.addEventListener('click', press, true);
  if (value === '' || location.search !== '') begin();
  if (!isKept(String(value))) return;
  const watch = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      watch.disconnect();
      begin();
    },
    { rootMargin: '400px' },
  );
  for (const child of element.children) watch.observe(child); // the island itself has no box
};

export default wanted;

/** Whether the reader has left something of a lesson in the browser. */
function isKept(slug: string): boolean {
  try {
    return [localStorage, sessionStorage].some((storage) =>
      Object.keys(storage).some((key) => key.startsWith(`on-the-wire:${slug}.`)),
    );
  } catch {
    return false; // storage is refused
  }
}
