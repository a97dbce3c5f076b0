import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { MemberView } from '../../src/protocol/views.ts';
import { LAYERS, type LayerName, type Ports } from './layers.ts';

const PROGRAM = fileURLToPath(new URL('member.ts', import.meta.url));
const Report = z.object({ ports: z.partialRecord(z.enum(LAYERS), z.number()) });

/** Times are in ms. */
const TIMES = {
  /** In which it must be up. */
  start: 20_000,
  /** In which it may close what is open when it is stopped. */
  stop: 2_000,
  /** After which it comes back when it was killed. */
  back: 3_000,
  /** After which it comes back when it died by itself, doubled each time. */
  again: 1_000,
  /** Up for so long, its earlier deaths are forgotten. */
  healthy: 60_000,
};

/** So often it comes back after it died by itself, one death soon after the other. */
const TRIES = 5;

/** A process that was just started. */
export interface Launched {
  child: ChildProcess;
  /** Where it listens, once it does. */
  ports: Promise<Ports>;
  /** Lets it close what is open, and end. */
  stop: () => void;
}

/** A companion for each layer, in a Node of their own. */
export function launchNode(name: string, environment: Record<string, string>): Launched {
  const child = fork(PROGRAM, [name], {
    env: environment,
    execArgv: [],
    detached: true, // a Ctrl-C in the terminal is for us
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ports = new Promise<Ports>((resolve) => {
    child.once('message', (message) => {
      const report = Report.safeParse(message);
      if (report.success) resolve(report.data.ports);
    });
  });
  const stop = () => {
    if (child.connected) child.send('stop', () => undefined);
  };
  return { child, ports, stop };
}

/** One process of the pair, as its parent has it: it comes back when it dies, until it is stopped. */
export class MemberProcess {
  readonly #name: string;
  readonly #onDeath: (pid: number) => void;
  #launchIt: () => Launched = () => launchNode(this.#name, {});
  #state: MemberView['state'] = 'stopped';
  #since = Date.now();
  #child: ChildProcess | undefined;
  #askToStop: () => void = () => {};
  #ports: Ports = {};
  /** Settled when it is up next, or stopped. */
  #arrival = expectation();
  #wasUp = false;
  #fate: 'killed' | 'stopped' | undefined;
  #comeBack: NodeJS.Timeout | undefined;
  /** How often it died by itself of late. */
  #deaths = 0;

  /** `onDeath` is told each of its processes that has ended. */
  constructor(name: string, onDeath: (pid: number) => void) {
    this.#name = name;
    this.#onDeath = onDeath;
  }

  get view(): MemberView {
    const pid = this.#child?.pid;
    return { state: this.#state, since: this.#since, ...(pid !== undefined && { pid }) };
  }

  /** Where its companion for a layer listens; undefined while it is not up. */
  port(layer: LayerName): number | undefined {
    return this.#ports[layer];
  }

  /** Resolves when it is up; starts it if it is stopped. Rejects where it cannot start. */
  start(launch: () => Launched): Promise<void> {
    if (this.#state === 'stopped') {
      this.#launchIt = launch;
      this.#wasUp = false;
      this.#deaths = 0;
      this.#arrival = expectation();
      this.#launch();
    }
    return this.#arrival.promise;
  }

  /** Kills it (SIGKILL) if it is up; resolves when it is gone. It comes back by itself. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || this.#state !== 'up') return;
    this.#fate = 'killed';
    this.#ports = {};
    await gone(child, () => child.kill('SIGKILL'));
  }

  /** Lets it close what is open, within 2 s; resolves when it is gone. */
  async stop(): Promise<void> {
    clearTimeout(this.#comeBack);
    const child = this.#child;
    if (!child) return this.#end();
    this.#fate = 'stopped';
    this.#ports = {};
    const late = setTimeout(() => child.kill('SIGKILL'), TIMES.stop);
    await gone(child, this.#askToStop);
    clearTimeout(late);
  }

  #launch(): void {
    this.#become('starting');
    const { child, ports, stop } = this.#launchIt();
    this.#child = child;
    this.#askToStop = stop;
    this.#fate = undefined;
    const late = setTimeout(() => child.kill('SIGKILL'), TIMES.start);
    void ports.then((found) => {
      if (this.#child !== child || this.#fate) return;
      clearTimeout(late);
      this.#ports = found;
      this.#wasUp = true;
      this.#become('up');
      this.#arrival.resolve();
    });
    const onGone = () => {
      clearTimeout(late);
      this.#died();
    };
    child.once('exit', onGone);
    child.on('error', () => {
      if (child.pid === undefined) onGone(); // it never came to be
    });
  }

  #died(): void {
    const upFor = this.#state === 'up' ? Date.now() - this.#since : 0;
    if (this.#state === 'up') this.#arrival = expectation();
    if (this.#child?.pid !== undefined) this.#onDeath(this.#child.pid);
    this.#child = undefined;
    this.#ports = {};
    if (this.#fate !== 'killed') this.#deaths = upFor > TIMES.healthy ? 1 : this.#deaths + 1;
    if (this.#fate === 'stopped' || !this.#wasUp || this.#deaths > TRIES) return this.#end();
    this.#become('away');
    const wait = this.#fate === 'killed' ? TIMES.back : TIMES.again * 2 ** (this.#deaths - 1);
    this.#comeBack = setTimeout(() => this.#launch(), wait);
  }

  #end(): void {
    this.#become('stopped');
    this.#arrival.reject(new Error(`Process ${this.#name.toUpperCase()} is stopped.`));
  }

  #become(state: MemberView['state']): void {
    if (this.#state !== state) this.#since = Date.now();
    this.#state = state;
  }
}

/** A promise that may be rejected though nobody waits for it. */
function expectation(): PromiseWithResolvers<void> {
  const expected = Promise.withResolvers<void>();
  expected.promise.catch(() => undefined);
  return expected;
}

/** Does what ends a process, and resolves when it has ended. */
async function gone(child: ChildProcess, end: () => void): Promise<void> {
  const exited = once(child, 'exit');
  end();
  await exited;
}
