import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installCommand, installPackages, mayInstall } from './debian-packages.mjs';
import { Stop } from './setup.mjs';

const browsers = [
  process.env.CHROME_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
/** Chromium's engine alone, without its windows, menus and profiles: a page in it costs a third. */
const headless = '/usr/bin/chromium-headless-shell';

const proxies = ['/usr/sbin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'];

const firstOf = (paths) => paths.find((path) => path && existsSync(path));

/** The whole browser, with windows and tabs, or undefined. `CHROME_PATH` comes first. */
export const findChromium = () => firstOf(browsers);

/** What most tests use, or undefined: the engine alone where it is there. */
export const findHeadless = () => firstOf([process.env.CHROME_PATH, headless, ...browsers]);

/** The nginx that the tests use, or undefined. */
export const findNginx = () => proxies.find((path) => existsSync(path));

const onPath = (name) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

/** The redis-server that the tests use, or undefined. */
export const findRedis = () => onPath('redis-server');

const pythons = ['/usr/bin/python3', 'python3'];

/** The Python that has channels_redis, which the tests of both together use, or undefined. */
export const findPython = () =>
  pythons.find((python) => spawnSync(python, ['-c', 'import channels_redis']).status === 0);

/** The Python that has Django, Channels, Daphne and channels_redis, or undefined. */
export const findDjango = () =>
  pythons.find(
    (python) =>
      spawnSync(python, ['-c', 'import channels, channels_redis.pubsub, daphne, django']).status ===
      0,
  );

const hasChineseFont = () =>
  process.platform !== 'linux' ||
  (spawnSync('fc-list', [':lang=zh'], { encoding: 'utf8' }).stdout ?? '').trim() !== '';

/** Daphne, which the benches compare with, or undefined. */
export const findDaphne = () => onPath('daphne');

/** What tests and benches need: how to see that it is there, Debian's packages for it, and words for elsewhere. */
const tools = {
  browser: [
    {
      isThere: findChromium,
      packages: ['chromium'],
      elsewhere: 'Chrome or Chromium: install one, or set CHROME_PATH to its program',
    },
    {
      isThere: hasChineseFont,
      packages: ['fonts-noto-cjk', 'fontconfig'],
      elsewhere: 'a font that has Chinese: install one',
    },
  ],
  headless: [
    {
      isThere: () => process.env.CHROME_PATH || existsSync(headless),
      packages: ['chromium-headless-shell'],
    },
  ],
  proxy: [
    {
      isThere: findNginx,
      packages: ['nginx-light'],
      elsewhere: 'nginx: install it, for example by "brew install nginx"',
    },
  ],
  redis: [
    {
      isThere: findRedis,
      packages: ['redis-server'],
      elsewhere: 'Redis 6 or newer: install it, for example by "brew install redis"',
    },
  ],
  python: [
    {
      isThere: findPython,
      packages: ['python3-channels-redis'],
      elsewhere: 'a python3 with channels_redis: "python3 -m pip install channels_redis"',
    },
  ],
  django: [
    {
      isThere: findDjango,
      packages: ['python3-django-channels', 'python3-channels-redis', 'daphne'],
      elsewhere: 'Python with Channels: "python3 -m pip install channels daphne channels_redis"',
    },
  ],
  daphne: [
    {
      isThere: () => findDaphne() && findPython(),
      packages: ['daphne', 'python3-channels-redis'],
      elsewhere: 'Daphne: "python3 -m pip install daphne channels_redis"',
    },
  ],
};

/**
 * What the kinds of tests need, by their names in `tools`: installs it with apt where that is allowed, else says the command. Throws Stop where it is still missing.
 */
export function ensureTestTools(kinds) {
  const needed = kinds.flatMap((kind) => tools[kind]);
  const missing = needed.filter(({ isThere }) => !isThere());
  if (missing.length === 0) return;
  const packages = missing.flatMap((tool) => tool.packages).join(' ');
  const command = installCommand(packages);
  if (!mayInstall())
    throw new Stop(
      process.platform === 'linux'
        ? `This needs ${packages}: run "sudo ${command}" (for a browser, CHROME_PATH may name one).`
        : `This needs ${missing.map(({ elsewhere }) => elsewhere).join('; ')}.`,
    );
  installPackages(packages);
  if (!needed.every(({ isThere }) => isThere()))
    throw new Stop(`apt-get could not install ${packages}: run "${command}" to see why.`);
}

/** The same for what tests can do without: those that need it are skipped, and say so. */
export function wantTestTools(kinds) {
  for (const kind of kinds)
    try {
      ensureTestTools([kind]);
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
}
