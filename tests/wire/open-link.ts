import { vi } from 'vitest';
import { Link } from '../../server/wire/link.ts';
import { CLEAR, type Conditions } from '../../src/protocol/conditions.ts';

/** A link whose outlet takes what comes, unless it is told not to. */
export function openLink(random?: () => number) {
  const start = performance.now();
  const since = () => Math.round(performance.now() - start);
  const came: { at: number; bytes: Buffer }[] = [];
  const untaken: (() => void)[] = [];
  const outlet = {
    takes: true,
    endedAt: undefined as number | undefined,
    pass(bytes: Buffer, done: () => void) {
      came.push({ at: since(), bytes });
      if (outlet.takes) done();
      else untaken.push(done);
    },
    end() {
      outlet.endedAt = since();
    },
  };
  const link = new Link(outlet, ({ timeout }) => timeout !== null, random);
  return {
    link,
    outlet,
    /** The outlet takes what it has been given. */
    take: () => untaken.splice(0).forEach((done) => done()),
    /** Returns whether more is asked for at once. */
    push: (bytes: Buffer | string, worse: Partial<Conditions> = {}, ends = true): boolean => {
      let asked = false;
      link.push(Buffer.from(bytes), { ...CLEAR, ...worse }, ends, () => (asked = true));
      return asked;
    },
    end: (worse: Partial<Conditions> = {}) => link.end({ ...CLEAR, ...worse }),
    changed: (worse: Partial<Conditions> = {}) => link.changed({ ...CLEAR, ...worse }),
    texts: () => came.map(({ bytes }) => bytes.toString()),
    times: () => came.map(({ at }) => at),
    sizes: () => came.map(({ bytes }) => bytes.length),
    all: () => Buffer.concat(came.map(({ bytes }) => bytes)),
  };
}

/** Timers that a test moves on by hand. */
export const holdTime = () =>
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
