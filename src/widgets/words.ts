import en from '../../content/ui/en.json';
import zh from '../../content/ui/zh-cn.json';
import type { Words } from './say.ts';

export { say } from './say.ts';

export type Language = 'en' | 'zh-cn';

const all: Record<Language, Words> = { en, 'zh-cn': zh };

/** The language of one of Starlight's locales; the root is English. */
export const languageOf = (locale: string | undefined): Language =>
  locale === 'zh-cn' ? 'zh-cn' : 'en';

/** The words that a widget needs: those whose keys begin with one of the prefixes. */
export function words(language: Language, ...prefixes: string[]): Words {
  const entries = Object.entries(all[language]);
  return Object.fromEntries(
    entries.filter(([key]) => prefixes.some((prefix) => key.startsWith(prefix))),
  );
}

/** Where a language's pages begin. */
export const baseOf = (language: Language): string => (language === 'en' ? '/' : `/${language}/`);

/** The words of a lesson's demo: those of every demo, and all of its own but the claims'. */
export function demoWords(language: Language, slug: string): Words {
  const shared = [
    'demo.',
    'meter.',
    'strip.',
    'timeline.',
    'picture.',
    'run.',
    'code.',
    'predict.',
    'checklist.',
    'share.',
    'wire.',
    'glass.',
    'net.',
    'bytes.',
    'yours.',
  ];
  const elsewhere = ['claim.', 'hint.', 'pair.', 'lab.', 'walk.', 'asgi.', 'title', 'home'].map(
    (key) => `${slug}.${key}`,
  );
  const entries = Object.entries(words(language, ...shared, 'problem.', `${slug}.`));
  return Object.fromEntries(
    entries.filter(([key]) => !elsewhere.some((prefix) => key.startsWith(prefix))),
  );
}

/** The words of a lesson's two processes: those of every pair, and its own. */
export const pairWords = (language: Language, slug: string): Words =>
  words(language, 'demo.', 'pair.', 'checklist.', 'problem.', `${slug}.pair.`);
