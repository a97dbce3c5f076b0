import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Stop } from './setup.mjs';

const browsers = [
  process.env.CHROME_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser that the tests use, or undefined. `CHROME_PATH` comes first. */
export const findChromium = () => browsers.find((path) => path && existsSync(path));

const hasChineseFont = () =>
  process.platform !== 'linux' ||
  (spawnSync('fc-list', [':lang=zh'], { encoding: 'utf8' }).stdout ?? '').trim() !== '';

/**
 * Chromium, and a font that has Chinese: installs them with apt where that is allowed, else says
 * the command. Throws Stop where they are still missing.
 */
export function ensureTestTools() {
  const missing = [
    ...(findChromium() ? [] : ['chromium']),
    ...(hasChineseFont() ? [] : ['fonts-noto-cjk', 'fontconfig']),
  ];
  if (missing.length === 0) return;
  const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (!mayInstall)
    throw new Stop(
      process.platform === 'linux'
        ? `The tests need ${missing.join(', ')}: run "sudo ${command}", or set CHROME_PATH.`
        : 'The tests need Chrome or Chromium: install one, or set CHROME_PATH to its program.',
    );
  console.log(`Installing ${missing.join(', ')} (apt-get) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const shown = { env, stdio: 'inherit', shell: true };
  spawnSync('apt-get update -q=2', shown);
  spawnSync(`${command} -q=2`, shown);
  if (!findChromium() || !hasChineseFont())
    throw new Stop(`apt-get could not install ${missing.join(', ')}: run "${command}" to see why.`);
}
