import { NONE_COUNTED, type Counts, parseAsked, type Told } from '../../src/protocol/observing.ts';
import { changesBetween, type Glass } from '../../src/protocol/glass.ts';
import type { WireEvent } from '../../src/protocol/wire.ts';
import { asApplication, type Route, route } from '../channels/index.ts';
import type { Context } from '../context.ts';
import { take } from '../guard/refusal.ts';
import { TellingConsumer } from '../guard/telling-consumer.ts';
import { type Observer, wireClock } from './wire.ts';

/** ms for which events are gathered before they are sent. */
const GATHER = 40;
/** ms from one look at the server's inside to the next, while nothing is seen to happen. */
const LOOK = 500;
/** ms between two looks inside, at least. */
const LOOK_AGAIN = 150;
/** Events, and characters of their bytes, that wait to be sent; of more, the oldest are left out. */
const MOST_EVENTS = 1_000;
const MOST_CHARACTERS = 262_144;

/** `WS /live/wire/{lesson}/room/{room}/`: what goes on in a room, and at the readers that a page knows. */
export function routing({ wire, inside, clock }: Context): Route[] {
  class ObserverConsumer extends TellingConsumer implements Observer {
    readonly #room = this.kwarg('room');
    readonly #lesson = this.kwarg('lesson');
    #tags: readonly string[] = [];
    #stop = () => {};
    #close = () => {};
    #events: WireEvent[] = [];
    #characters = 0;
    #dropped = 0;
    #counts = new Map<string, Counts>();
    #gathering: NodeJS.Timeout | undefined;
    #looking: NodeJS.Timeout | undefined;
    #glass: Glass | undefined;
    #shown = '';

    override connect() {
      this.accept();
      this.#close = inside.open();
      this.#watch([]);
      void this.#look();
      this.#looking = setInterval(() => void this.#look(), LOOK);
    }

    override receiveJson(content: unknown) {
      return this.orSayWhyNot(async () => {
        const asked = take(parseAsked(content));
        if (asked.kind === 'ping')
          this.#tell({ pong: asked.ping, at: clock.wall(), wire: wireClock() });
        else if (asked.kind === 'watch') this.#watch(asked.tags);
        else {
          wire.setConditions(asked.tag, asked.conditions, this.scope.client?.[0]);
          this.#tellConditions();
        }
      });
    }

    override disconnect() {
      this.#stop();
      this.#close();
      clearTimeout(this.#gathering);
      clearInterval(this.#looking);
    }

    take(event: WireEvent) {
      this.#events.push(event);
      this.#characters += charactersOf(event);
      while (this.#events.length > MOST_EVENTS || this.#characters > MOST_CHARACTERS) {
        const [oldest] = this.#events.splice(0, 1);
        this.#characters -= oldest ? charactersOf(oldest) : 0;
        this.#dropped += 1;
      }
      this.#gather();
    }

    count(tag: string, way: 'up' | 'down', heads: number, bodies: number) {
      const counts = this.#counts.get(tag) ?? { ...NONE_COUNTED };
      this.#counts.set(tag, counts);
      counts[`${way}Heads`] += heads;
      counts[`${way}Bodies`] += bodies;
      this.#gather();
    }

    #watch(tags: readonly string[]) {
      this.#stop();
      this.#tags = tags;
      this.#stop = wire.observe(this, { room: this.#room, tags, address: this.scope.client?.[0] });
      this.#tellConditions();
    }

    #tellConditions() {
      const conditions = this.#tags.map((tag) => [tag, wire.conditionsOf(tag)] as const);
      this.#tell({ conditions: Object.fromEntries(conditions) });
    }

    #gather() {
      this.#gathering ??= setTimeout(() => {
        this.#gathering = undefined;
        const counts = Object.fromEntries(this.#counts);
        this.#tell({ events: this.#events, dropped: this.#dropped, counts });
        this.#events = [];
        this.#characters = 0;
        this.#dropped = 0;
        if (wireClock() - (this.#glass?.at ?? 0) > LOOK_AGAIN) void this.#look();
      }, GATHER);
    }

    /** Looks inside, and tells what is there if it is another than before. */
    async #look() {
      const glass = await inside.of(this.#lesson, this.#room, this.#tags);
      const before = this.#glass;
      this.#glass = glass;
      const shown = JSON.stringify({ ...glass, at: 0, process: 0 });
      if (before && shown !== this.#shown)
        for (const what of changesBetween(before, glass)) this.take(wire.ofRoom(what));
      this.#shown = shown;
      this.#tell({ glass });
    }

    #tell(told: Told) {
      this.sendJson(told);
    }
  }

  const pattern = /live\/wire\/(?<lesson>[a-z.-]{1,40})\/room\/(?<room>\w{1,64})\//;
  return [route(pattern, asApplication(ObserverConsumer))];
}

const charactersOf = (event: WireEvent): number =>
  ['head', 'body', 'bytes'].reduce((sum, name) => {
    const bytes: unknown = Reflect.get(event, name);
    return (
      sum +
      (typeof bytes === 'object' && bytes && 'base64' in bytes ? String(bytes.base64).length : 0)
    );
  }, 200);
