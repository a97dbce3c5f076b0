import type { Logger } from 'pino';
import type { PairView } from '../../src/protocol/views.ts';
import { Refusal } from '../guard/refusal.ts';
import { inherited } from '../inherited.ts';
import { environmentOf, type Settings } from '../settings.ts';
import { LAYERS, type LayerName } from './layers.ts';
import { findDjango, launchDjango } from './django-member.ts';
import { launchNode, MemberProcess } from './member-process.ts';
import type { PortProxy, Target } from '../passing/proxy.ts';
import { PairRedis } from './pair-redis.ts';

export type MemberName = keyof PairView['members'] | 'django';

export const isMember = (text: string | undefined): text is MemberName =>
  text === 'a' || text === 'b' || text === 'django';

/** The layers over Redis, which alone reach Django: it has a process for each. */
export const SHARED = ['pubsub', 'core'] as const;
export type SharedLayer = (typeof SHARED)[number];
export const isShared = (layer: string | undefined): layer is SharedLayer =>
  SHARED.some((name) => name === layer);

/**
 * Two processes, A and B, behind one server: started when somebody wants them, and stopped some
 * minutes after their last use. One that is never started holds nothing. Where this machine has
 * Python with Channels, Django can be a third in their rooms.
 */
export class Pair {
  readonly redis: PairRedis;
  readonly #settings: Settings;
  readonly #members: Record<'a' | 'b', MemberProcess>;
  readonly #django: Record<SharedLayer, MemberProcess>;
  /** The Python that has Django; undefined while nobody has looked, or where there is none. */
  #python: Promise<string | undefined> | undefined;
  #hasDjango = false;
  #environment: Record<string, string> = {};
  #layers: readonly LayerName[] = [];
  #proxy: PortProxy | undefined;
  #starting: Promise<void> | undefined;
  #resting: Promise<unknown> | undefined;
  #closed = false;
  #users = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(settings: Settings, log: Logger, ownRedis = false) {
    this.#settings = settings;
    const onDeath = (pid: number) => this.#proxy?.drop(pid);
    this.#members = { a: new MemberProcess('a', onDeath), b: new MemberProcess('b', onDeath) };
    this.#django = {
      pubsub: new MemberProcess('django', onDeath),
      core: new MemberProcess('django', onDeath),
    };
    this.redis = new PairRedis(settings.REDIS_URL, ownRedis, log);
  }

  /** Resolves when both are up. Throws a Refusal where they cannot start. */
  async start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    await this.#starting;
  }

  /** What is to be seen of them; `allowed` is for who asks. */
  status(): Omit<PairView, 'allowed'> {
    const { a, b } = this.#members;
    const redis = this.redis.source;
    const layers = this.#started ? this.#layers : layersWith(redis !== 'none');
    const { pubsub, core } = this.#django;
    return {
      redis,
      layers: [...layers],
      members: { a: a.view, b: b.view },
      ...(this.#hasDjango && { django: { pubsub: pubsub.view, core: core.view } }),
    };
  }

  /** Starts Django with a layer beside A and B. Throws a Refusal where it cannot. */
  async startDjango(layer: SharedLayer): Promise<void> {
    this.ask();
    const python = await this.#python;
    if (!python || !this.#layers.includes(layer))
      throw new Refusal(
        'not-found',
        'There is no Python with Channels, or no Redis, on this server’s machine: "npm run django" installs the first where it may.',
      );
    try {
      await this.#django[layer].start(() => launchDjango(python, layer, this.#environment));
    } catch {
      throw new Refusal('member-away', 'Django could not start: try again.', {
        'Retry-After': '5',
      });
    }
  }

  async killDjango(layer: SharedLayer): Promise<void> {
    this.ask();
    await this.#django[layer].kill();
  }

  /** Kills a member if it is up; it comes back after 3 s. Throws a Refusal if the pair is stopped. */
  async kill(name: 'a' | 'b'): Promise<void> {
    this.ask();
    await this.#members[name].kill();
  }

  /** Where a member answers for a layer, and what passes requests there. Throws a Refusal if nowhere. */
  target(name: MemberName, layer: LayerName): Target & { proxy: PortProxy } {
    this.ask();
    if (!this.#layers.includes(layer))
      throw new Refusal('not-found', `Without Redis there is no layer "${layer}": use memory.`);
    const member = name === 'django' ? this.#djangoWith(layer) : this.#members[name];
    const [port, { pid, state }] = [member.port(layer), member.view];
    if (state === 'stopped') throw notStarted();
    if (port === undefined || pid === undefined || !this.#proxy) throw away(name);
    return { port, pid, proxy: this.#proxy };
  }

  #djangoWith(layer: LayerName): MemberProcess {
    if (isShared(layer)) return this.#django[layer];
    throw new Refusal('not-found', 'Django shares a room over Redis alone: use pubsub or core.');
  }

  /** Throws a Refusal if the pair is stopped. */
  ask(): void {
    if (!this.#started) throw notStarted();
  }

  /** Keeps the pair from idling away until the function that is returned is called. */
  use(): () => void {
    clearTimeout(this.#idle);
    this.#users += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#users -= 1;
      if (this.#users === 0) this.#restLater();
    };
  }

  /** Stops both members; the pair can be started again. */
  rest(): Promise<unknown> {
    clearTimeout(this.#idle);
    const all = [...Object.values(this.#members), ...Object.values(this.#django)];
    this.#resting = Promise.all(all.map((member) => member.stop()));
    return this.#resting;
  }

  /** Stops both, and a Redis of our own, for good. */
  async stop(): Promise<void> {
    this.#closed = true;
    const starting = this.#starting?.catch(() => undefined);
    await Promise.all([this.rest(), this.redis.stop()]);
    await starting;
  }

  async #start(): Promise<void> {
    const release = this.use();
    try {
      await this.#resting;
      const url = await this.redis.start();
      const { portProxy } = await import('../passing/proxy.ts');
      if (this.#closed) throw new Error('The server stops.');
      this.#proxy ??= portProxy();
      if (!this.#started) this.#layers = layersWith(url !== undefined);
      const environment = memberEnvironment(this.#settings, url);
      this.#environment = environment;
      // Whether there is Django is seen meanwhile: it takes a second, as the two do.
      this.#python ??= findDjango();
      const { a, b } = this.#members;
      await Promise.all([
        a.start(() => launchNode('a', environment)),
        b.start(() => launchNode('b', environment)),
        this.#python.then((python) => (this.#hasDjango = python !== undefined)),
      ]);
    } catch {
      await this.rest();
      throw new Refusal(
        'member-away',
        'The two processes could not start: see what the server printed, then POST again.',
        { 'Retry-After': '5' },
      );
    } finally {
      release();
    }
  }

  get #started(): boolean {
    return Object.values(this.#members).some(({ view }) => view.state !== 'stopped');
  }

  #restLater(): void {
    if (!this.#started) return;
    const wait = this.#settings.PAIR_IDLE_SECONDS * 1000;
    this.#idle = setTimeout(() => void this.rest(), wait).unref();
  }
}

const notStarted = () =>
  new Refusal('member-away', 'The two processes are not started: POST /live/pair first.');

/** The refusal of what was meant for a member that is not up. */
export const away = (name: MemberName) =>
  new Refusal(
    'member-away',
    `${name === 'django' ? 'Django' : `Process ${name.toUpperCase()}`} is away: it comes back by itself, so try again in a few seconds.`,
    { 'Retry-After': '3' },
  );

const layersWith = (redis: boolean) => (redis ? LAYERS : LAYERS.slice(0, 1));

/** Two layers' logs have to find room in a Redis of our own, whose 64 MB bound more than their bytes. */
const withinOurs = ({ ROOM_BYTES, ROOMS_BYTES }: Settings) => ({
  ROOMS_BYTES: String(Math.min(ROOMS_BYTES, 2 ** 24)),
  ROOM_BYTES: String(Math.min(ROOM_BYTES, 2 ** 23)),
});

/** The server's own settings, but reached only through the server, and without a pair of its own. */
export function memberEnvironment(settings: Settings, redis: string | undefined) {
  return {
    ...environmentOf(settings),
    ...inherited(),
    HOST: '127.0.0.1',
    PORT: '0',
    TRUST_PROXY: 'loopback',
    REDIS_URL: redis ?? '',
    ...(!settings.REDIS_URL && withinOurs(settings)),
    PAIR: 'nobody',
    YOURS: 'nobody',
    LOG_LEVEL: 'error', // visitors let Redis go away as often as they like
  };
}
