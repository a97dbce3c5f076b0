import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Slug } from '../../content/lessons.ts';
import { LRUCache } from 'lru-cache';
import { START } from '../../src/protocol/cursor.ts';
import type { Glass, LogView, ProcessView, Whose } from '../../src/protocol/glass.ts';
import type { GroupView } from '../../src/protocol/views.ts';
import type { Scope } from '../channels/index.ts';
import type { Rooms } from '../rooms/rooms.ts';
import { type Owned, tagIn, WHOSE } from './tag.ts';
import { wireClock } from './wire.ts';

type PartName = Exclude<keyof Glass, 'at' | 'process'>;

/** What a lesson has of a room, by its name in the view. */
type Part = {
  [Name in PartName]?: (room: string) => Promise<(Glass[Name] & Owned) | undefined>;
};

/** Messages and characters of each that are shown of a log. */
const SHOWN = 8;
const LONGEST = 60;
/** Channels of which is known whose they are; of more, the oldest are nobody's. */
const CHANNELS = 10_000;

/** Rejections are for a log or a layer that is away: that part is left out until it is back. */
const orNothing = <Value>(value: Promise<Value>) => value.catch(() => undefined);

/** A view that says whose its entries are, where whoever looks knows them. */
function withNames(view: object & Owned, known: ReadonlySet<string>): object & Whose {
  const whose = view[WHOSE]?.map((tag) => (tag !== undefined && known.has(tag) ? tag : null));
  return whose ? { ...view, whose } : view;
}

/** What is inside the server, for people to look at. It costs nothing while nobody does. */
export class Inside {
  readonly #parts = new Map<string, Part>();
  readonly #rooms: Rooms;
  /** Whose a channel is, by tag. */
  readonly #owners = new LRUCache<string, string>({ max: CHANNELS });
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

  /** A consumer has begun, on a channel; its scope says whose it is. */
  readonly began = (channel: string, scope: Scope): void => {
    const tag = tagIn(`?${scope.queryString}`)?.tag;
    if (tag !== undefined) this.#owners.set(channel, tag);
  };

  /** The members of a group, and whose they are. */
  readonly group = async (group: Promise<GroupView>): Promise<GroupView & Owned> => {
    const view = await group;
    return { ...view, [WHOSE]: view.members.map(({ channel }) => this.#owners.get(channel)) };
  };

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

  /** @param tags of those who may be told apart */
  async of(slug: string, room: string, tags: readonly string[]): Promise<Glass> {
    const known = new Set(tags);
    const parts = Object.entries(this.#parts.get(slug) ?? {});
    const views = await Promise.all(
      parts.map(async ([name, part]) => {
        const view = await orNothing<(object & Owned) | undefined>(part(room));
        return [name, view && withNames(view, known)] as const;
      }),
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
