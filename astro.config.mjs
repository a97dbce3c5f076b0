import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import mdx from '@astrojs/mdx';
import node from '@astrojs/node';
import starlight from '@astrojs/starlight';
import svelte from '@astrojs/svelte';
import { defineConfig } from 'astro/config';
import { lessons } from './content/lessons.ts';
import en from './content/ui/en.json' with { type: 'json' };
import zh from './content/ui/zh-cn.json' with { type: 'json' };
import { companion } from './scripts/companion-in-dev.mjs';
import { compressedFiles } from './scripts/compress.mjs';

function page(slug, key, number) {
  for (const [file, words] of Object.entries({ 'en.json': en, 'zh-cn.json': zh }))
    if (!words[key])
      throw new Error(`content/ui/${file} lacks "${key}", the name of ${slug} in the sidebar.`);
  const label = (words) => (number ? `${number} · ${words[key]}` : words[key]);
  return { slug, label: label(en), translations: { 'zh-CN': label(zh) } };
}

export default defineConfig({
  output: 'static',
  adapter: node({ mode: 'middleware' }),
  devToolbar: { enabled: false },
  integrations: [
    starlight({
      title: { en: en['site.title'], 'zh-CN': zh['site.title'] },
      defaultLocale: 'root',
      locales: {
        root: { label: 'English', lang: 'en' },
        'zh-cn': { label: '简体中文', lang: 'zh-CN' },
      },
      sidebar: [
        {
          label: en['nav.lessons'],
          translations: { 'zh-CN': zh['nav.lessons'] },
          items: lessons.map(({ slug }, index) =>
            page(`lessons/${slug}`, `${slug}.title`, index + 1),
          ),
        },
        {
          label: en['nav.together'],
          translations: { 'zh-CN': zh['nav.together'] },
          items: [
            page('side-by-side', 'nav.sideBySide'),
            page('which-one', 'nav.whichOne'),
            page('more-than-one-machine', 'nav.machines'),
            page('django', 'nav.django'),
            page('looking-back', 'nav.lookingBack'),
          ],
        },
        {
          label: en['nav.reference'],
          translations: { 'zh-CN': zh['nav.reference'] },
          items: [
            page('troubleshooting', 'nav.troubleshooting'),
            page('contract', 'nav.contract'),
            page('glossary', 'nav.glossary'),
          ],
        },
      ],
      customCss: ['./src/styles/look.css'],
      components: {
        PageSidebar: './src/layouts/PageSidebar.astro',
        PageTitle: './src/layouts/PageTitle.astro',
        Search: './src/layouts/Search.astro',
        Sidebar: './src/layouts/Sidebar.astro',
        SiteTitle: './src/layouts/SiteTitle.astro',
        TwoColumnContent: './src/layouts/TwoColumnContent.astro',
      },
      disable404Route: true,
      lastUpdated: false,
      credits: false,
    }),
    svelte(),
    mdx(),
    clientWanted(),
    scriptHashes(),
    companion(),
    compressedFiles(), // last: after all that writes files
  ],
  vite: {
    server: { strictPort: true },
    build: {
      rolldownOptions: {
        onLog(level, log, handler) {
          if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handler(level, log);
        },
      },
    },
  },
});

/** Demos come alive when somebody reaches for them: see src/widgets/client-wanted.ts. */
function clientWanted() {
  return {
    name: 'client-wanted',
    hooks: {
      'astro:config:setup': ({ addClientDirective }) =>
        addClientDirective({ name: 'wanted', entrypoint: './src/widgets/client-wanted.ts' }),
    },
  };
}

/** After the build: the hashes of all inline scripts, for the Content-Security-Policy. */
function scriptHashes() {
  return {
    name: 'script-hashes',
    hooks: {
      'astro:build:done': async ({ dir }) => {
        const hashes = new Set();
        for (const file of await readdir(dir, { recursive: true })) {
          if (!file.endsWith('.html') || file.startsWith('foreign')) continue; // it has headers of its own
          const html = await readFile(new URL(file, dir), 'utf8');
          for (const [, attributes, script] of html.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)) {
            if (!script || /\bsrc=|application\/(ld\+)?json/.test(attributes)) continue;
            hashes.add(`sha256-${createHash('sha256').update(script).digest('base64')}`);
          }
        }
        await writeFile(new URL('../csp-hashes.json', dir), JSON.stringify([...hashes].sort()));
      },
    },
  };
}
