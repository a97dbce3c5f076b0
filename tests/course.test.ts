import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import glossary from '../content/glossary.json' with { type: 'json' };
import { lessons } from '../content/lessons.ts';
import en from '../content/ui/en.json' with { type: 'json' };
import zh from '../content/ui/zh-cn.json' with { type: 'json' };
import { VARIABLE_NAMES } from '../server/settings.ts';
import type { Claim } from '../src/lessons/claim.ts';
import { FIELD_NAMES } from '../src/protocol/byte-field.ts';
import { PROBLEMS } from '../src/protocol/problem.ts';

// The repository checks its own course. Each failure says how to mend it.

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) =>
  existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
const list = (path: string) => (existsSync(join(root, path)) ? readdirSync(join(root, path)) : []);
const slugs: readonly string[] = lessons.map(({ slug }) => slug);
const languages = ['en', 'zh-cn'] as const;

const claimsOf = async (slug: string) => {
  const path = `src/lessons/${slug}/claims.ts`;
  if (!existsSync(join(root, path)))
    throw new Error(`Write ${path}: CONTRIBUTING.md, "Add a lesson".`);
  const module = (await import(`../src/lessons/${slug}/claims.ts`)) as {
    claims?: readonly Claim[];
  };
  if (module.claims === undefined)
    throw new Error(
      `${path} must export "claims", at least four: CONTRIBUTING.md, "Add a lesson".`,
    );
  return module.claims;
};

describe.each(slugs)('the lesson %s', (slug) => {
  test.each([
    `content/lessons/${slug}/en.mdx`,
    `content/lessons/${slug}/zh-cn.mdx`,
    `server/lessons/${slug}.ts`,
    `src/lessons/${slug}/Demo.astro`,
    `src/lessons/${slug}/Demo.svelte`,
    `src/lessons/${slug}/claims.ts`,
    `tests/lessons/${slug}.test.ts`,
    `tests/browser/${slug}.spec.ts`,
  ])('has %s', (path) => {
    expect(read(path).trim() !== '', `Write ${path}: CONTRIBUTING.md, "Add a lesson".`).toBe(true);
  });

  test('is named in both languages, for the sidebar and the home page', () => {
    for (const [file, words] of Object.entries({ en, 'zh-cn': zh }))
      for (const key of ['title', 'home'])
        expect(words, `Add "${slug}.${key}" to content/ui/${file}.json.`).toHaveProperty([
          `${slug}.${key}`,
        ]);
  });

  test('has its endpoints in the server, and in the contract in both languages', () => {
    const served = [read('server/live.ts'), read('server/sockets.ts')].join('\n');
    expect(
      served.includes(`./lessons/${slug}.ts`),
      `Add ${slug} to server/live.ts (HTTP) or server/sockets.ts (WebSocket).`,
    ).toBe(true);
    for (const language of languages)
      expect(
        read(`content/pages/contract/${language}.mdx`).includes(`/live/${slug}/`),
        `Add the endpoints of ${slug}, /live/${slug}/…, to content/pages/contract/${language}.mdx.`,
      ).toBe(true);
  });

  test('has a lede, its demo and the code that runs on its page, in both languages', () => {
    for (const language of languages) {
      const path = `content/lessons/${slug}/${language}.mdx`;
      for (const part of ['\nlede: ', '<Demo />', ` file="server/lessons/${slug}.ts"`])
        expect(read(path).includes(part), `${path} lacks ${part.trim()}.`).toBe(true);
    }
  });

  test('has at least four claims, with words in both languages', async () => {
    const claims = await claimsOf(slug);
    expect(claims.length, `Add claims to src/lessons/${slug}/claims.ts.`).toBeGreaterThanOrEqual(4);
    for (const { id } of claims)
      for (const [file, words] of Object.entries({ en, 'zh-cn': zh }))
        for (const key of [`claim.${id}`, `claim.${id}.expected`, `claim.${id}.came`, `hint.${id}`])
          expect(words, `Add "${slug}.${key}" to content/ui/${file}.json.`).toHaveProperty([
            `${slug}.${key}`,
          ]);
  });

  test('has every claim run by its test and by the page, in both languages', () => {
    const tested = read(`tests/lessons/${slug}.test.ts`);
    expect(
      tested,
      `Call testClaims('${slug}', claims) in tests/lessons/${slug}.test.ts.`,
    ).toContain(`testClaims('${slug}', claims)`);
    for (const language of languages)
      expect(
        read(`content/lessons/${slug}/${language}.mdx`).includes(`<ClaimList slug="${slug}" />`),
        `Put <ClaimList slug="${slug}" /> in content/lessons/${slug}/${language}.mdx.`,
      ).toBe(true);
  });

  test('keeps its server file short enough to read on one page', () => {
    const lines = read(`server/lessons/${slug}.ts`).trimEnd().split('\n').length;
    expect(lines, `server/lessons/${slug}.ts: move hardening to guard/.`).toBeLessThanOrEqual(80);
  });

  test('has a colour of its own, in light and dark', () => {
    const uses = read('src/styles/look.css').split(`--${slug}: #`).length - 1;
    expect(uses, `Define --${slug} for both themes in src/styles/look.css.`).toBe(2);
  });
});

test('every file under a lesson’s name belongs to a lesson of content/lessons.ts', () => {
  const isShared = (name: string) => name.endsWith('.ts');
  const isOfAll = (name: string) =>
    [
      'site.spec.ts',
      'light.spec.ts',
      'keyboard.spec.ts',
      'seen.spec.ts',
      'faults.spec.ts',
      'wire.spec.ts',
      'picture.spec.ts',
      'lab.spec.ts',
      'code-tabs.spec.ts',
      'your-server.spec.ts',
    ].includes(name);
  const names = [
    ...list('content/lessons'),
    ...list('src/lessons').filter((name) => !isShared(name)),
    ...list('server/lessons').map((name) => basename(name, '.ts')),
    ...list('tests/lessons').map((name) => basename(name, '.test.ts')),
    ...list('tests/browser')
      .filter((name) => name.endsWith('.spec.ts') && !isOfAll(name))
      .map((name) => basename(name, '.spec.ts')),
  ];
  const strays = names.filter((name) => !slugs.includes(name));
  expect(strays, 'Add these to content/lessons.ts, or remove them.').toEqual([]);
});

describe('the two languages', () => {
  const pages = ['lessons', 'pages'].flatMap((room) =>
    list(`content/${room}`).map((name) => `content/${room}/${name}`),
  );

  /** What must be the same on both sides: the kinds of headings, the widgets, the code fences. */
  const skeleton = (text: string) =>
    [
      ...text.replace(/^---[^]*?^---/m, '').matchAll(/^(#{1,4}) |<([A-Z]\w*)([^>]*)|^```(\w*)/gm),
    ].map(
      ([, heading, widget, attributes, fence]) =>
        heading ?? (widget ? `${widget} ${props(attributes ?? '')}` : `code ${fence ?? ''}`),
    );
  const props = (attributes: string) =>
    [...attributes.matchAll(/(\w+)="([^"]*)"/g)]
      .map(([, name, value]) => `${name}=${value}`)
      .join(' ');

  test.each(pages)('%s has the same headings, widgets and code in both', (page) => {
    const [english, chinese] = languages.map((language) =>
      skeleton(read(`${page}/${language}.mdx`)),
    );
    expect(chinese, `${page}: one language has what the other lacks.`).toEqual(english);
  });

  test('have the same words of the widgets, with the same values in them', () => {
    const shape = (words: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(words)
          .filter(([key]) => !key.endsWith('.one'))
          .map(([key, text]) => [key, [...new Set(text.match(/\{\w+\}/g))].sort()] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    expect(shape(zh), 'Give both files of content/ui the same keys and values.').toEqual(shape(en));
  });

  test('have a word for every refusal of the contract', () => {
    for (const name of Object.keys(PROBLEMS)) expect(en).toHaveProperty([`problem.${name}`]);
  });

  test('have a name and an explanation for every field of captured bytes, and for no other', () => {
    for (const prefix of ['bytes.field.', 'bytes.means.']) {
      const named = Object.keys(en).filter((key) => key.startsWith(prefix));
      expect(named.sort()).toEqual(FIELD_NAMES.map((name) => prefix + name).sort());
    }
  });

  test('have words that are all used', () => {
    const sources = [...filesUnder('src'), ...filesUnder('scripts'), 'astro.config.mjs']
      .map(read)
      .join('\n');
    const unused = Object.keys(en).filter((key) => {
      const stem = key.replace(/\.one$/, '');
      if (sources.includes(stem)) return false;
      // Keys that are put together from a name: `${slug}.claim.${id}`, `meter.${key}` and the like.
      const pattern =
        /^(\w[\w-]*)\.(claim|hint|needs|pair|see|predict|home|title|state|clock|reach|end|lab|walk|asgi)\b|^(meter|problem|side|ability|demo\.state|demo\.sample|wire\.(kind|by|because|many|side|tab)|glass\.stored|net|bytes\.(field|means|header)|picture\.(arrow|moment)|run\.(why|fault))\./;
      return !pattern.test(stem);
    });
    expect(unused, 'Remove these from content/ui.').toEqual([]);
  });
});

describe('the pages', () => {
  const mdx = filesUnder('content').filter((path) => path.endsWith('.mdx'));

  test.each(mdx)('%s imports only widgets and demos', (path) => {
    const foreign = [...read(path).matchAll(/^import .* from '([^']+)'/gm)]
      .map(([, from]) => from ?? '')
      .filter((from) => !/^\.\.\/\.\.\/\.\.\/src\/(widgets|lessons)\//.test(from));
    expect(foreign, 'A page takes only from src/widgets and src/lessons.').toEqual([]);
  });

  test.each(mdx)('%s shows the project’s code by <Source>, never by copy', (path) => {
    const lines = new Set(
      [...filesUnder('server'), ...filesUnder('src')]
        .filter((file) => /\.(ts|svelte|py)$/.test(file))
        .flatMap((file) => read(file).split('\n'))
        .map((line) => line.trim())
        .filter((line) => line.length > 24),
    );
    const copied = [...read(path).matchAll(/^```(\w*)\n([^]*?)^```/gm)]
      .flatMap(([, , code]) => (code ?? '').split('\n'))
      .map((line) => line.trim())
      .filter((line) => lines.has(line));
    expect(copied, 'Use <Source file region> instead of a copy.').toEqual([]);
  });

  test.each(mdx)('%s links each term to one that the glossary has', (path) => {
    const ids = new Set(glossary.map(({ id }) => id));
    const unknown = [...read(path).matchAll(/<Term id="([^"]+)"/g)].filter(
      ([, id]) => !ids.has(id ?? ''),
    );
    expect(
      unknown.map(([, id]) => id),
      'Add these to content/glossary.json.',
    ).toEqual([]);
  });

  test.each(mdx.filter((path) => path.includes('zh-cn')))('%s links to Chinese pages', (path) => {
    const english = [...read(path).matchAll(/\]\((\/(?!zh-cn\/)[^)]*)\)/g)].map(([, href]) => href);
    expect(english, 'Begin the links of a Chinese page with /zh-cn/.').toEqual([]);
  });

  test.each(mdx)('%s says the number of checks that there are', async (path) => {
    const slug = /lessons\/([^/]+)\//.exec(path)?.[1];
    const said = /the (\w+) checks above|上面的(.)项检查/.exec(read(path));
    if (!slug || !said) return;
    const many = (await claimsOf(slug)).length;
    const numbers = ['', ...'one two three four five six seven eight nine ten'.split(' ')];
    expect([numbers[many], '〇一二三四五六七八九十'[many]]).toContain(said[1] ?? said[2]);
  });
});

test('the README’s table has every environment variable, and no other', () => {
  const named = [...read('README.md').matchAll(/^\| `([A-Z_]+)` *\|/gm)].map(([, name]) => name);
  expect(named.toSorted(), 'Mend the table of variables in README.md.').toEqual(
    VARIABLE_NAMES.toSorted(),
  );
});

test('every term of the glossary has its name and meaning in both languages, once', () => {
  expect(new Set(glossary.map(({ id }) => id)).size).toBe(glossary.length);
  for (const term of glossary)
    for (const language of languages) {
      expect(term[language].name).not.toBe('');
      expect(term[language].means).toMatch(/[.。？]$/);
    }
});

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}
