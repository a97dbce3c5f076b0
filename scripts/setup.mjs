// What every npm script does first. Plain JavaScript for any Node >= 18: before the install there
// is nothing else. After `setUp()` the script runs on the project's own Node, with all packages.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { progress } from './progress.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));
const localNode = join(root, 'node_modules/.bin/node');
/** Where an old Node puts a newer one, for as long as npm needs it. */
const firstNode = join(root, '.first-node');
const installedMark = join(root, 'node_modules/.installed');
/** What Node has compiled of our files and the packages': each start after the first has it. */
const compiled = join(root, 'node_modules/.cache/node');
const builtMark = join(root, 'dist/.built');
/** All that a page is made of; the server's files because lessons print them. */
const sources = [
  'content',
  'public',
  'scripts/compress.mjs',
  'server',
  'src',
  'astro.config.mjs',
  'ec.config.mjs',
  'tsconfig.json',
];
const lock = ['package-lock.json'];

// Whoever read our words may have gone, as in "npm start | head": the work goes on.
process.stdout.on('error', () => undefined);

/** A failure that the user can mend: printed as its one sentence, exit code 1. */
export class Stop extends Error {}

/** Runs `work`; a Stop becomes its sentence and exit code 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

/**
 * Installs what the lock file names if that changed, and continues on the project's own Node; then
 * builds the site (`build`), finds what tests need (`testTools`, by their names in `test-tools.mjs`)
 * and looks for what they can do without (`wanted`).
 */
export async function setUp({ build = false, testTools = [], wanted = [] } = {}) {
  if (Number(process.versions.node.split('.')[0]) < 18)
    throw new Stop(
      `Node ${process.versions.node} is too old to start this: install Node 18 or newer.`,
    );
  process.chdir(root);
  await install();
  if (!existsSync(localNode))
    throw new Stop('npm left out the project’s own Node: run "npm ci --include=optional".');
  if (realpathSync(process.execPath) !== realpathSync(localNode)) await continueOnLocalNode();
  process.env.NODE_COMPILE_CACHE ??= compiled;
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  if (build) await buildSite();
  if (!testTools.length && !wanted.length) return;
  const tools = await import('./test-tools.mjs');
  tools.wantTestTools(wanted);
  tools.ensureTestTools(testTools);
}

async function install() {
  const wanted = hash(lock);
  if (read(installedMark) === wanted) return;
  const locked = Object.entries(JSON.parse(read(join(root, 'package-lock.json'))).packages);
  const packages = locked
    .filter(([path, { os, cpu }]) => path && fits(os, process.platform) && fits(cpu, process.arch))
    .map(([path]) => path);
  const flags = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const code = await npm('Installing packages', flags, {
    node: await newerNode(),
    detail: () => {
      const here = packages.filter((path) => existsSync(join(root, path, 'package.json')));
      return `${here.length} of ${packages.length} packages`;
    },
  });
  rmSync(firstNode, { recursive: true, force: true });
  if (code !== 0)
    throw new Stop('The packages could not be installed: see npm’s words above, then start again.');
  writeFileSync(installedMark, wanted);
}

/** Runs npm, on another Node where one is given. */
function npm(label, args, { node, detail } = {}) {
  const program =
    process.env.npm_execpath ?? spawnSync('which', ['npm'], { encoding: 'utf8' }).stdout.trim();
  return progress(label, node ?? process.execPath, [program, ...args], {
    env: { ...process.env, npm_config_loglevel: 'error' },
    detail,
  });
}

/**
 * npm leaves out optional packages that the Node under it is too old for, and compiled parts of the
 * tools are such: so an old Node first fetches the project's own, and npm runs on that.
 */
async function newerNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return undefined;
  const { optionalDependencies } = JSON.parse(read(join(root, 'package.json')));
  const name = Object.keys(optionalDependencies).find((name) =>
    name.endsWith(`${process.platform}-${process.arch}`),
  );
  if (!name)
    throw new Stop(
      `There is no Node for ${process.platform}-${process.arch} to fetch: install Node 22.12 or newer.`,
    );
  const wanted = `${name}@${optionalDependencies[name]}`;
  const flags = [
    'install',
    '--prefix',
    firstNode,
    '--no-save',
    '--no-package-lock',
    '--no-audit',
    '--no-fund',
  ];
  if ((await npm(`Fetching Node ${optionalDependencies[name]}`, [...flags, wanted])) !== 0)
    throw new Stop(
      'Node could not be fetched: see npm’s words above, or install Node 22.12 or newer.',
    );
  return join(firstNode, 'node_modules', name, 'bin/node');
}

/** Stops with a sentence for each environment variable that is set to what it cannot be. */
export async function checkSettings() {
  const { readSettings, SettingsError } = await import('../server/settings.ts');
  try {
    return readSettings(process.env);
  } catch (error) {
    throw error instanceof SettingsError ? new Stop(error.message) : error;
  }
}

/** Builds the site if one of its sources changed. */
export async function buildSite() {
  const wanted = hash([...lock, ...sources]);
  if (read(builtMark) === wanted) return;
  rmSync(builtMark, { force: true });
  let pages = 0;
  const code = await progress(
    'Building the site',
    localNode,
    ['node_modules/astro/bin/astro.mjs', 'build'],
    {
      env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' },
      onLine: (line) => (pages += /└─|├─/.test(line) ? 1 : 0),
      detail: () => (pages ? `${pages} files written` : 'bundling'),
    },
  );
  if (code !== 0)
    throw new Stop('The site could not be built: mend the error above, then start again.');
  writeFileSync(builtMark, wanted);
}

/** Starts this same script on the project's Node, passes signals on, and ends as it ends. */
function continueOnLocalNode() {
  const child = spawn(localNode, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  return new Promise(() => {
    child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** Runs a tool of `node_modules` with its output shown; its exit code. */
export function tool(file, args = [], env = {}) {
  const { status } = spawnSync(localNode, [join('node_modules', file), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return status ?? 1;
}

/** The same while other things go on: resolves to its exit code, and what it printed. */
export async function toolAside(file, args = [], env = {}) {
  const child = spawn(localNode, [join('node_modules', file), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const chunks = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  return { code: code ?? 1, output: Buffer.concat(chunks).toString() };
}

const fits = (allowed, mine) => !allowed || allowed.includes(mine);

const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

function hash(paths) {
  const sum = createHash('sha256');
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    const entries = tryList(full);
    if (path.endsWith('__pycache__')) return; // what Python made of a file
    if (entries) for (const entry of entries.sort()) add(join(path, entry));
    else sum.update(path).update('\0').update(readFileSync(full)).update('\0');
  };
  paths.forEach(add);
  return sum.digest('hex');
}

function tryList(path) {
  try {
    return readdirSync(path);
  } catch {
    return undefined;
  }
}
