import { defineCollection } from 'astro:content';
import { docsSchema, i18nSchema } from '@astrojs/starlight/schema';
import { glob } from 'astro/loaders';
import { z } from 'astro/zod';

/** `lessons/polling/zh-cn.mdx` is the page `zh-cn/lessons/polling`; `pages/home/en.mdx` is `index`. */
function pageId(entry: string): string {
  const [folder = '', name = '', file = ''] = entry.split('/');
  const language = file.replace(/\.mdx$/, '');
  const path = folder === 'lessons' ? `lessons/${name}` : name === 'not-found' ? '404' : name;
  if (language === 'en') return path === 'home' ? 'index' : path;
  return path === 'home' ? language : `${language}/${path}`;
}

export const collections = {
  i18n: defineCollection({
    loader: glob({
      base: './content/ui',
      pattern: '*.json',
      generateId: ({ entry }) => (entry === 'zh-cn.json' ? 'zh-CN' : 'en'),
    }),
    schema: i18nSchema(),
  }),
  docs: defineCollection({
    loader: glob({
      base: './content',
      pattern: '{lessons,pages}/*/*.mdx',
      generateId: ({ entry }) => pageId(entry),
    }),
    schema: docsSchema({
      extend: z.object({
        /** The sentence under a lesson's title. */
        lede: z.string().optional(),
      }),
    }),
  }),
};
