import { say, type Words } from '../widgets/say.ts';

interface PagefindResult {
  data(): Promise<{
    meta: { title?: string };
    /** The page's parts, by heading, the best first. */
    sub_results: { url: string; title: string; plain_excerpt: string }[];
  }>;
}

interface Pagefind {
  debouncedSearch(query: string): Promise<{ results: PagefindResult[] } | null>;
}

const MOST_RESULTS = 8;

/** The search of the site: Pagefind (pagefind.app/docs/api) is loaded when it is first opened. */
export class SiteSearch extends HTMLElement {
  #pagefind: Promise<Pagefind> | undefined;
  /** Which question is the newest. */
  #turn = 0;

  connectedCallback(): void {
    this.#find('.open').addEventListener('click', () => this.#open());
    this.#find('input').addEventListener('input', () => void this.#search());
    this.#find('form').addEventListener('submit', (event) => this.#submit(event));
    // A result may be on this very page.
    this.#find('ol').addEventListener('click', () => this.#dialog().close());
    this.#find('.close').addEventListener('click', () => this.#dialog().close());
    document.addEventListener('keydown', (event) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#open();
    });
  }

  #open(): void {
    const dialog = this.#dialog();
    if (!dialog.open) dialog.showModal();
    this.#pagefind ??= load();
    this.#pagefind.catch(() => this.#status('search.unavailable'));
  }

  /** Enter goes to the first result. */
  #submit(event: Event): void {
    event.preventDefault();
    this.querySelector<HTMLAnchorElement>('ol a')?.click();
  }

  async #search(): Promise<void> {
    const turn = ++this.#turn;
    const query = (this.#find('input') as HTMLInputElement).value.trim();
    const found = await this.#pagefind
      ?.then((pagefind) => pagefind.debouncedSearch(query))
      .catch(() => null);
    if (!found) return; // a newer question is under way, or there is no index
    const pages = await Promise.all(found.results.slice(0, MOST_RESULTS).map((one) => one.data()));
    if (turn !== this.#turn) return;
    this.#find('ol').replaceChildren(
      ...pages.flatMap(({ meta, sub_results: [best] }) => {
        if (!best) return [];
        const part = best.title === meta.title ? '' : ` › ${best.title}`;
        return [resultItem(best.url, (meta.title ?? '') + part, best.plain_excerpt)];
      }),
    );
    this.#status(query === '' ? '' : 'search.found', found.results.length);
  }

  #status(key: string, count = 0): void {
    const words = JSON.parse(this.dataset['words'] ?? '{}') as Words;
    this.#find('[role=status]').textContent = key && say(words, key, { count });
  }

  #dialog(): HTMLDialogElement {
    return this.#find('dialog') as HTMLDialogElement;
  }

  #find(selector: string): HTMLElement {
    const element = this.querySelector<HTMLElement>(selector);
    if (!element) throw new Error(`The search lacks ${selector}.`);
    return element;
  }
}

/** What a page says is put in as text, never as HTML. */
function resultItem(href: string, title: string, excerpt: string): HTMLLIElement {
  const link = Object.assign(document.createElement('a'), { href });
  link.append(
    Object.assign(document.createElement('strong'), { textContent: title }),
    Object.assign(document.createElement('small'), { textContent: excerpt }),
  );
  const item = document.createElement('li');
  item.append(link);
  return item;
}

async function load(): Promise<Pagefind> {
  const path = '/pagefind/pagefind.js';
  return (await import(/* @vite-ignore */ path)) as Pagefind;
}
