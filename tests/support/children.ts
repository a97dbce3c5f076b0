import { spawnSync } from 'node:child_process';

/** The processes that a process has started. */
export function childrenOf(parent: number): { pid: number; command: string }[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return [...stdout.matchAll(/^ *(\d+) +(\d+) +(.*)$/gm)]
    .filter(([, , its]) => Number(its) === parent)
    .map(([, pid, , command = '']) => ({ pid: Number(pid), command }));
}
