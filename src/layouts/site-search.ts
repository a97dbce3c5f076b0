import { say, type Words } from '../widgets/say.ts';

interface PagefindResult {
  data(): Promise<{ url: string; meta: { title?: string }; plain_excerpt: string }>;
}

interface Pagefind {
  debouncedSearch(query: string): Promise<{ results: PagefindResult[] } | null>;
}

const MOST_RESULTS = 8;

/** The search of the site: Pagefind (pagefind.app/docs/api) is loaded when it is first opened. */
export class SiteSearch extends HTMLElement {
  #pagefind: Promise<Pagefind> | undefined;

  connectedCallback(): void {
    this.#find('.open').addEventListener('click', () => this.#open());
    this.#find('input').addEventListener('input', () => void this.#search());
    this.#find('form').addEventListener('submit', (event) => this.#submit(event));
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
    const query = (this.#find('input') as HTMLInputElement).value.trim();
    const found = await (await this.#pagefind)?.debouncedSearch(query);
    if (!found) return; // a newer question is under way
    const pages = await Promise.all(found.results.slice(0, MOST_RESULTS).map((one) => one.data()));
    this.#find('ol').replaceChildren(
      ...pages.map(({ url, meta, plain_excerpt }) => {
        const link = Object.assign(document.createElement('a'), { href: url });
        const title = Object.assign(document.createElement('strong'), {
          textContent: meta.title ?? url,
        });
        const excerpt = Object.assign(document.createElement('small'), {
          textContent: plain_excerpt,
        });
        link.append(title, excerpt);
        const item = document.createElement('li');
        item.append(link);
        return item;
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

async function load(): Promise<Pagefind> {
  const path = '/pagefind/pagefind.js';
  return (await import(/* @vite-ignore */ path)) as Pagefind;
}
