import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** Whether we may install packages here: as root, on Debian or what is made of it. */
export const mayInstall = () => process.getuid?.() === 0 && existsSync('/etc/debian_version');

/** The command that installs packages (a list separated by blanks), as somebody would type it. */
export const installCommand = (packages) =>
  `apt-get install -y --no-install-recommends ${packages}`;

/** Installs packages with apt-get, its words shown, and starts no service; says so first. */
export function installPackages(packages, flags = '') {
  console.log(`Installing ${packages} (apt-get) …`);
  withoutStartingServices(() => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const shown = { env, stdio: 'inherit', shell: true };
    spawnSync(`apt-get update -q=2 ${flags}`, shown);
    spawnSync(`${installCommand(packages)} -q=2 ${flags}`, shown);
  });
}

/** Debian starts a service as it installs it, unless this program says no (invoke-rc.d(8)). */
function withoutStartingServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return install();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(policy);
  }
}
