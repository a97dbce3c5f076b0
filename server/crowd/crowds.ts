import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  byTransport,
  CROWD_TRANSPORTS,
  type CrowdView,
  type CrowdWish,
  NO_COUNTS,
  parseCrowdView,
} from '../../src/protocol/crowd.ts';
import { isRecord } from '../../src/protocol/parse.ts';
import { Refusal } from '../guard/refusal.ts';
import { inherited } from '../inherited.ts';

const PROGRAM = fileURLToPath(new URL('crowd-process.ts', import.meta.url));

/** Readers of all crowds together. */
export const MOST_READERS = 400;
/** ms after which a crowd that nobody has asked about ends: its page is gone. */
const FORGOTTEN = 5_000;

interface Crowd {
  child: ChildProcess;
  readers: number;
  counts: CrowdView['counts'];
  forgotten: NodeJS.Timeout;
}

/** Further readers for pages that ask for them, each page's in a process of its own. */
export class Crowds {
  readonly #all = new Map<string, Crowd>();
  #isOver = false;

  /**
   * Makes a crowd as it is wished for, or changes it. Throws a Refusal where it would be one too many.
   * @param url where the server answers the crowd
   */
  wish(name: string, wish: CrowdWish, url: string): CrowdView {
    const readers = wish.readers * CROWD_TRANSPORTS.length;
    const others = [...this.#all].filter(([other]) => other !== name);
    const taken = others.reduce((sum, [, crowd]) => sum + crowd.readers, 0);
    if (this.#isOver || taken + readers > MOST_READERS)
      throw new Refusal(
        'too-many-readers',
        `All crowds together have at most ${MOST_READERS} readers: take fewer, or wait until another page is closed.`,
        { 'Retry-After': '5' },
      );
    const crowd = this.#all.get(name) ?? this.#launch(name, url);
    crowd.readers = readers;
    crowd.child.send({ wish }, () => undefined);
    return this.view(name);
  }

  /** What a crowd has done; whoever asks keeps it alive. Throws a Refusal where there is none. */
  view(name: string): CrowdView {
    const crowd = this.#all.get(name);
    if (!crowd) throw new Refusal('not-found', 'This crowd is not there: POST what it is to be.');
    crowd.forgotten.refresh();
    const { child, readers, counts } = crowd;
    return { pid: child.pid ?? 0, readers, counts };
  }

  end(name: string): void {
    const crowd = this.#all.get(name);
    if (!crowd) return;
    this.#all.delete(name);
    clearTimeout(crowd.forgotten);
    crowd.child.kill('SIGKILL'); // it has nothing that it could leave behind
  }

  /** Ends all, for good. */
  stop(): void {
    this.#isOver = true;
    for (const name of this.#all.keys()) this.end(name);
  }

  #launch(name: string, url: string): Crowd {
    const child = fork(PROGRAM, [url], {
      env: inherited(),
      execArgv: [],
      detached: true, // a Ctrl-C in the terminal is for us
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const crowd: Crowd = {
      child,
      readers: 0,
      counts: byTransport(() => NO_COUNTS),
      forgotten: setTimeout(() => this.end(name), FORGOTTEN).unref(),
    };
    this.#all.set(name, crowd);
    child.on('message', (message) => {
      const told = parseCrowdView({ pid: 0, readers: 0, ...(isRecord(message) && message) });
      if (told.ok) crowd.counts = told.value.counts;
    });
    const gone = () => {
      if (this.#all.get(name) === crowd) this.end(name);
    };
    child.once('exit', gone).on('error', gone);
    return crowd;
  }
}
