import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Slug } from '../../content/lessons.ts';
import { START } from '../../src/protocol/cursor.ts';
import type { Glass, LogView, ProcessView } from '../../src/protocol/glass.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { wireClock } from './wire.ts';

/** What a lesson has of a room, by its name in the view. */
type Part = {
  [Name in Exclude<keyof Glass, 'at' | 'process'>]?: (room: string) => Promise<Glass[Name]>;
};

/** Messages and characters of each that are shown of a log. */
const SHOWN = 8;
const LONGEST = 60;

/** Rejections are for a log or a layer that is away: that part is left out until it is back. */
const orNothing = (value: Promise<unknown>) => value.catch(() => undefined);

/** What is inside the server, for people to look at. It costs nothing while nobody does. */
export class Inside {
  readonly #parts = new Map<string, Part>();
  readonly #rooms: Rooms;
  #lateness: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #looking = 0;

  /** How many connections are open; the server that has them says so. */
  connections = () => 0;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** A lesson says what it has of a room. */
  show(slug: Slug, part: Part): void {
    this.#parts.set(slug, { ...this.#parts.get(slug), ...part });
  }

  /** The process is looked at, until the function returned is called. */
  open(): () => void {
    if (this.#looking++ === 0) {
      this.#lateness = monitorEventLoopDelay({ resolution: 10 });
      this.#lateness.enable();
    }
    return () => {
      if (--this.#looking > 0) return;
      this.#lateness?.disable();
      this.#lateness = undefined;
    };
  }

  async of(slug: string, room: string): Promise<Glass> {
    const parts = Object.entries(this.#parts.get(slug) ?? {});
    const views = await Promise.all(
      parts.map(async ([name, part]) => [name, await orNothing(part(room))] as const),
    );
    return {
      at: wireClock(),
      process: this.#process(),
      ...Object.fromEntries(views.filter(([, view]) => view !== undefined)),
    };
  }

  /** A room's log, for the lessons that have one. */
  readonly log = async (room: string): Promise<LogView> => {
    const { messages } = await this.#rooms.after(room, START);
    const last = messages.slice(-SHOWN).map(({ id, sender, text }) => ({
      id,
      sender,
      text: text.slice(0, LONGEST),
    }));
    return { many: messages.length, last };
  };

  #process(): ProcessView {
    // The monitor measures from one tick to the next: its own 10 ms are no lateness.
    const late = this.#lateness ? Math.max(0, this.#lateness.max / 1e6 - 10) : 0;
    this.#lateness?.reset();
    return {
      pid: process.pid,
      connections: this.connections(),
      memory: process.memoryUsage.rss(),
      lateness: Number.isFinite(late) ? Math.round(late * 10) / 10 : 0,
    };
  }
}
