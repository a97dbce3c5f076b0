import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installCommand, installPackages, mayInstall } from './debian-packages.mjs';
import { root } from './setup.mjs';

/** It could not be installed, and is not tried at each start. Goes with the next npm ci. */
const triedMark = join(root, 'node_modules/.redis-tried');

/** So that a machine without a network is not waited for. */
const FLAGS = '-o Acquire::Retries=0 -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10';

/** Installs redis-server where that is allowed; else says in one line how to. Never fails. */
export async function wantRedis() {
  const { findRedisServer } = await import('../server/processes/redis-server.ts');
  if (findRedisServer()) return;
  if (mayInstall() && !existsSync(triedMark)) {
    installPackages('redis-server', FLAGS);
    if (findRedisServer()) return;
    writeFileSync(triedMark, '');
  }
  const apt = `sudo ${installCommand('redis-server')}`;
  const how = process.platform === 'linux' ? apt : 'brew install redis';
  console.log(
    `There is no redis-server, so some lessons do without: install it, for example by "${how}", or start with --no-redis.`,
  );
}
