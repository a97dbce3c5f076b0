import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const parts = ['content', 'public', 'scripts', 'server', 'src'];
const files = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'astro.config.mjs',
  'ec.config.mjs',
];

/** A copy of the project whose files a test may change; its packages are hard links where they can be. */
export async function copyProject() {
  const folder = await mkdtemp(join(tmpdir(), 'on the wire 线上-'));
  for (const name of [...parts, ...files])
    await cp(join(root, name), join(folder, name), { recursive: true });
  for (const how of ['-al', '-a', '-R']) {
    await rm(join(folder, 'node_modules'), { recursive: true, force: true });
    if (spawnSync('cp', [how, join(root, 'node_modules'), folder]).status === 0) break;
  }
  for (const cache of ['.astro', '.vite'])
    await rm(join(folder, 'node_modules', cache), { recursive: true, force: true });
  return {
    folder,
    /** Replaces a text in one of its files. */
    async edit(file: string, from: string, to: string) {
      const path = join(folder, file);
      const text = await readFile(path, 'utf8');
      if (!text.includes(from)) throw new Error(`${file} has no "${from}".`);
      await writeFile(path, text.replace(from, to));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
