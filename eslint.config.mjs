import js from '@eslint/js';
import astro from 'eslint-plugin-astro';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

/** The rooms of the house and what each may open: CONTRIBUTING.md, "Invariants". */
const invariant = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

export default defineConfig(
  { ignores: ['dist', '.astro', '.first-node', 'node_modules', 'test-results'] },
  js.configs.recommended,
  ...ts.configs.recommendedTypeChecked,
  ...svelte.configs.recommended,
  ...astro.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.node },
      parserOptions: {
        projectService: { allowDefaultProject: ['*.mjs', 'scripts/*.mjs', 'bench/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte', '.astro'],
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  { files: ['src/**'], languageOptions: { globals: { ...globals.browser } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  { files: ['**/*.mjs', '**/*.astro'], ...ts.configs.disableTypeChecked },
  {
    files: ['**/*.{ts,svelte}'],
    rules: { 'no-undef': 'off' },
  },
  invariant(
    ['src/protocol/**'],
    [{ regex: '^(?!\\./)', message: 'src/protocol is pure: it imports nothing outside itself.' }],
  ),
  invariant(
    ['src/**/*.{ts,svelte,astro}'],
    [
      {
        regex: '(^|/)server/(?!.*\\?raw$)',
        message: 'The site never runs server code; it may only show its text.',
      },
    ],
    ['src/protocol/**'],
  ),
  invariant(
    ['server/**'],
    [
      {
        regex: '/src/(?!protocol/)',
        message: 'The server takes only src/protocol from the site.',
      },
      {
        regex: '/content/(?!lessons\\.ts$)',
        message: 'The server takes only lessons.ts from content.',
      },
    ],
    ['server/channels/**'],
  ),
  invariant(
    ['server/channels/**'],
    [
      {
        regex: '^(?!\\.|node:|(ws|redis|@msgpack/msgpack)$)|^\\.\\./\\.\\./|/lessons/',
        message:
          'server/channels imports itself, ws, redis, @msgpack/msgpack and Node, nothing else.',
      },
    ],
  ),
);
