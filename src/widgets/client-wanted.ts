import type { ClientDirective } from 'astro';

/**
 * `client:wanted={slug}`: a part of the page comes alive when somebody reaches for it, by pointer,
 * touch or keyboard; or when it is in sight, if the reader has been here before and something of
 * `slug` is kept; at once without a slug, or where the address has a query that says how it is to be.
 * What is pressed before it is alive is pressed again when it is.
 */
const wanted: ClientDirective = (load, { value }, element) => {
  const reach = ['pointerover', 'touchstart', 'focusin'] as const;
  let pressed: HTMLElement | undefined;
  let begun = false;

  const press = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const target = event.target instanceof Element ? event.target.closest('button, a') : null;
    if (!(target instanceof HTMLElement)) return;
    event.preventDefault();
    event.stopPropagation();
    pressed = target;
    begin();
  };
  const begin = () => {
    if (begun) return;
    begun = true;
    for (const type of reach) element.removeEventListener(type, begin);
    void load()
      .then((hydrate) => hydrate())
      .then(() => {
        element.removeEventListener('click', press, true);
        pressed?.click();
      })
      .catch((error: unknown) => {
        // It could not be loaded: the next press tries again.
        console.error(error);
        begun = false;
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
