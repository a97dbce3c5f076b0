// The readers of npm run soak, on every transport, by the project's own: some leave and others come,
// all the time, and a tenth is reached through a proxy that cuts it off now and then.
import { EventSource } from 'eventsource';
import { LongPollingTransport } from '../src/transports/long-polling.ts';
import { PollingTransport } from '../src/transports/polling.ts';
import { ServerSentEventsTransport } from '../src/transports/server-sent-events.ts';
import { TextSocketTransport } from '../src/transports/text-socket.ts';
import { Transport } from '../src/transports/transport.ts';
import { WebSocketTransport } from '../src/transports/websocket.ts';
import { openCuttingProxy } from '../tests/support/cutting-proxy.ts';
import { answer } from './measure.mjs';

const AT_ONCE = 50;
const sender = 'Alice';
const socketAt = (url, path) => `${url.replace('http', 'ws')}/live/${path}/`;

const KINDS = [
  (url, room) =>
    new PollingTransport(`${url}/live/polling/rooms/${room}/messages`, { sender, interval: 5_000 }),
  (url, room) => new LongPollingTransport(`${url}/live/long-polling/rooms/${room}`, { sender }),
  (url, room) =>
    new ServerSentEventsTransport(`${url}/live/server-sent-events/rooms/${room}/messages`, {
      sender,
      Source: EventSource,
    }),
  (url, room) => new TextSocketTransport(socketAt(url, `websocket/room/${room}`), { sender }),
  (url, room) =>
    new TextSocketTransport(socketAt(url, `connection-list/${room}/room/${room}`), { sender }),
  (url, room) => new WebSocketTransport(socketAt(url, `channel-layer/room/${room}`), { sender }),
];

const readers = [];
let url = '';
let proxy;
let rooms = [];
let heard = 0;
let turn = 0;

const any = (list) => list[Math.floor(Math.random() * list.length)];

/** A reader of a kind, in any room; resolves when it is open. */
function come(kind) {
  const transport = KINDS[kind](Math.random() < 0.1 ? proxy.url : url, any(rooms));
  const reader = { kind, transport };
  readers.push(reader);
  transport.addEventListener('message', () => (heard += 1));
  // A bare socket that was cut off stays so: another takes its place.
  transport.addEventListener('close', () => {
    const index = readers.indexOf(reader);
    if (index < 0) return;
    readers.splice(index, 1);
    void come(kind);
  });
  return new Promise((resolve) => transport.addEventListener('open', resolve, { once: true }));
}

function leave(reader) {
  readers.splice(readers.indexOf(reader), 1);
  reader.transport.close();
}

answer({
  async open({ url: server, rooms: all, many }) {
    url = server;
    rooms = all;
    proxy = await openCuttingProxy(Number(new URL(url).port));
    for (let begun = 0; begun < many; begun += AT_ONCE)
      await Promise.all(
        Array.from({ length: Math.min(AT_ONCE, many - begun) }, () => come(turn++ % KINDS.length)),
      );
  },
  /** So many WebSockets that give themselves a name and go: fills what remembers the last of them. */
  async pass({ many }) {
    for (let begun = 0; begun < many; begun += AT_ONCE)
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const transport = KINDS[3](url, any(rooms));
          const closed = new Promise((resolve) => transport.addEventListener('close', resolve));
          transport.close();
          await closed;
        }),
      );
  },
  /** Some leave, chosen by chance, and as many of their kinds come. */
  change({ many }) {
    for (let count = 0; count < many; count += 1) {
      const reader = any(readers);
      leave(reader);
      void come(reader.kind);
    }
  },
  /** One reader of each kind says something, if it is open. */
  say() {
    for (const kind of KINDS.keys()) {
      const { transport } = any(readers.filter((reader) => reader.kind === kind));
      if (transport.readyState === Transport.OPEN)
        transport.send('news '.repeat(20)).catch(() => {});
    }
  },
  cut: () => proxy.cut(),
  /** How many are open, and how many messages they have heard. */
  figures: () => ({
    open: readers.filter(({ transport }) => transport.readyState === Transport.OPEN).length,
    heard,
  }),
  /** Every second one leaves in order. The others go with this process. */
  part() {
    for (const reader of readers.filter((_, index) => index % 2)) leave(reader);
  },
});
