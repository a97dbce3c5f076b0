import { type Message, parseMessage } from '../../protocol/message.ts';
import { ABILITIES, type TransportName } from '../../transports/abilities.ts';
import { LongPollingTransport } from '../../transports/long-polling.ts';
import { PollingTransport } from '../../transports/polling.ts';
import { ServerSentEventsTransport } from '../../transports/server-sent-events.ts';
import { type Method, pageClock, type Transport } from '../../transports/transport.ts';
import { WebSocketTransport } from '../../transports/websocket.ts';
import { DemoSession } from '../demo-session.svelte.ts';
import { GATHERED, type Reader } from '../reader/reader.svelte.ts';
import { socketUrl } from '../socket-url.ts';

export const NAMES = Object.keys(ABILITIES) as TransportName[];

/** What asks for messages, or begins a connection over which they come. */
const ASKING: readonly Method[] = ['GET', 'STREAM', 'SOCKET'];

/** Where the readers read, and where a message is posted: paths before `/live/`. */
export interface Place {
  readonly readers: string;
  readonly posts: string;
}

/** At the server that the page is from. */
export const HERE: Place = { readers: '', posts: '' };
/** Behind it: they read at process A and what they read comes in at process B, over Redis. */
export const PAIR: Place = { readers: '/pair/a/pubsub', posts: '/pair/b/pubsub' };

/** One reader on each transport in one room, and what is said to all of them at once. */
export class FourReaders {
  readonly session: DemoSession<Transport>;
  place: Place = HERE;
  /** The message that was sent last, as the server stamped it. */
  newest = $state.raw<Message>();
  sentCount = $state(0);
  failed = $state(false);
  /** Messages on their way, of which nobody knows yet whether the server took them. */
  sending = $state(0);
  /** Told each message that the server took. */
  onSent: (message: Message) => void = () => {};
  /** Questions that were asked and connections that were begun, of each transport. */
  #requests = $state.raw<Readonly<Record<string, number>>>({});
  #interval = $state(2_000);
  #wait = $state(20);
  readonly #sender: string;

  /** @param watches whether what crosses the wire is watched */
  constructor(sender: string, watches: boolean) {
    this.#sender = sender;
    this.session = new DemoSession<Transport>({
      slug: 'side-by-side',
      names: NAMES,
      room: undefined,
      stagger: () => 0,
      transport: (reader, room) => this.#counting(reader.name, this.#connect(reader, room)),
      watches,
    });
  }

  /** ms from one question of polling to the next. */
  get interval(): number {
    return this.#interval;
  }
  set interval(value: number) {
    this.#interval = value;
    for (const { transport } of this.session.readers)
      if (transport instanceof PollingTransport) transport.interval = value;
  }

  /** s for which long polling is held at most. */
  get wait(): number {
    return this.#wait;
  }
  set wait(value: number) {
    this.#wait = value;
    for (const { transport } of this.session.readers)
      if (transport instanceof LongPollingTransport) transport.wait = value;
  }

  /** Requests that a transport has sent: each counts at once, whether or not an answer ever comes. */
  requestsOf(name: string): number {
    return this.#requests[name] ?? 0;
  }

  get ready(): boolean {
    return this.session.readers.every(({ state }) => state === 'open');
  }

  /** The delay of the newest message at each reader, in ms; undefined where it is not (yet). */
  get delays(): (number | undefined)[] {
    return this.session.readers.map((reader) => {
      const heard = reader.heard.findLast(({ message }) => message.id === this.newest?.id);
      return heard && reader.delay(heard);
    });
  }

  /** Posts a message. `failed` tells whether the server took it. */
  async send(text: string): Promise<void> {
    const { session } = this;
    const { room } = session;
    const posted = pageClock();
    this.sending += 1;
    try {
      const url = `${this.place.posts}/live/polling/rooms/${room}/messages`;
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ sender: this.#sender, text }),
      });
      const message = parseMessage(await response.json());
      const answered = pageClock();
      // To show it takes the thread on which the readers are about to get it.
      await new Promise((resolve) => setTimeout(resolve, GATHERED));
      this.failed = !message.ok;
      if (!message.ok || session.room !== room) return;
      session.clock.compare(posted, message.value.at, answered);
      this.newest = message.value;
      this.sentCount += 1;
      this.onSent(message.value);
    } catch {
      this.failed = true;
    } finally {
      this.sending -= 1;
    }
  }

  /** Whoever lost its process tries again now, and who gave up for good begins anew from its cursor. */
  comeBack(): void {
    for (const reader of this.session.readers)
      if (reader.transport) reader.transport.wake();
      else reader.connect();
  }

  #counting(name: string, transport: Transport): Transport {
    transport.addEventListener('traffic', ({ detail }) => {
      const isAsked = detail.kind === 'request' && ASKING.includes(detail.method);
      if (isAsked) this.#requests = { ...this.#requests, [name]: this.requestsOf(name) + 1 };
    });
    return transport;
  }

  #connect({ name, numbering: exchanges, after }: Reader, room: string): Transport {
    const sender = this.#sender;
    const at = this.place.readers;
    switch (NAMES.find((one) => one === name)) {
      case 'long-polling':
        return new LongPollingTransport(`${at}/live/long-polling/rooms/${room}`, {
          sender,
          exchanges,
          wait: this.wait,
          after,
        });
      case 'server-sent-events':
        return new ServerSentEventsTransport(
          `${at}/live/server-sent-events/rooms/${room}/messages`,
          { sender, exchanges, after },
        );
      case 'websocket':
        return new WebSocketTransport(socketUrl(`${at}/live/channel-layer/room/${room}/`), {
          sender,
          exchanges,
          after,
        });
      default:
        return new PollingTransport(`${at}/live/polling/rooms/${room}/messages`, {
          sender,
          exchanges,
          interval: this.interval,
          after,
        });
    }
  }
}
