import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { bytesOf } from '../../src/protocol/wire-bytes.ts';
import type { WireEvent } from '../../src/protocol/wire.ts';
import { openApp } from '../support/open-app.ts';
import { observe } from '../support/observe.ts';
import { request } from '../support/raw-http.ts';
import { rawFrame } from '../support/raw-websocket.ts';
import { openRelay } from '../support/relay.ts';

const TAG = 'a1B2c3D4e5F6g7H8';

/** What a page is told crossed, each way, in order. */
function told(events: readonly WireEvent[], way: 'up' | 'down'): string {
  const parts = events
    .filter((event) => {
      if (event.kind === 'frame') return event.way === way;
      return (event.kind === 'request') === (way === 'up');
    })
    .map((event) => Buffer.from(bytesOf(event)?.bytes ?? []));
  return Buffer.concat(parts).toString('latin1');
}

const crossed = (pieces: readonly Buffer[]) => Buffer.concat(pieces).toString('latin1');

/** Each asks through the relay; resolves when all that it wants has come. */
const CLIENTS: Record<
  string,
  { lesson: string; speak: (port: number, app: number) => Promise<void> }
> = {
  polling: {
    lesson: 'polling',
    async speak(port) {
      const socket = connect(port, '127.0.0.1');
      const post = (n: number) => {
        const body = JSON.stringify({ sender: '爱丽丝', text: `hi ${n} 你好` });
        return request(
          `POST /live/polling/rooms/kitchen/messages?as=${TAG}.${n}`,
          {
            Connection: 'keep-alive',
            'Content-Type': 'application/json',
            'Content-Length': String(Buffer.byteLength(body)),
          },
          body,
        );
      };
      socket.write(post(1));
      await once(socket, 'data');
      socket.write(
        request(`GET /live/polling/rooms/kitchen/messages?after=0&as=${TAG}.2`, {
          Connection: 'close',
        }),
      );
      socket.resume();
      await once(socket, 'close');
    },
  },
  'long-polling': {
    lesson: 'long-polling',
    async speak(port) {
      const answer = await fetch(
        `http://127.0.0.1:${port}/live/long-polling/rooms/kitchen/readers?as=${TAG}.1`,
        { method: 'POST' },
      );
      const { reader } = (await answer.json()) as { reader: string };
      const held = fetch(
        `http://127.0.0.1:${port}/live/long-polling/rooms/kitchen/readers/${reader}/messages?wait=20&as=${TAG}.2`,
      );
      await fetch(`http://127.0.0.1:${port}/live/long-polling/rooms/kitchen/messages?as=${TAG}.3`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ sender: 'Bob', text: 'wake up' }),
      });
      await (await held).text();
    },
  },
  'server-sent-events': {
    lesson: 'server-sent-events',
    async speak(port, app) {
      const socket = connect(port, '127.0.0.1');
      socket.write(
        request(`GET /live/server-sent-events/rooms/kitchen/messages?as=${TAG}.1`, {
          Accept: 'text/event-stream',
        }),
      );
      await once(socket, 'data');
      for (const text of ['one', 'two 二'])
        await fetch(`http://127.0.0.1:${app}/live/server-sent-events/rooms/kitchen/messages`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ sender: 'Bob', text }),
        });
      let heard = '';
      for await (const bytes of socket) {
        heard += String(bytes);
        if (heard.includes('two 二')) break;
      }
    },
  },
  websocket: {
    lesson: 'websocket',
    speak: (port) => speakSocket(port, `/live/websocket/room/kitchen/?as=${TAG}.1`, '你好'),
  },
  'connection-list': {
    lesson: 'connection-list',
    speak: (port) =>
      speakSocket(port, `/live/connection-list/kitchen/room/a/?as=${TAG}.1`, 'x'.repeat(300)),
  },
  'channel-layer': {
    lesson: 'channel-layer',
    speak: (port) =>
      speakSocket(
        port,
        `/live/channel-layer/room/kitchen/?as=${TAG}.1`,
        JSON.stringify({ sender: 'Alice', text: 'hi' }),
      ),
  },
};

async function speakSocket(port: number, path: string, text: string) {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    request(`GET ${path}`, {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    }),
  );
  await once(socket, 'data');
  socket.write(Buffer.concat([rawFrame(0x81, text), rawFrame(0x89, 'ping'), rawFrame(0x01, '"')]));
  socket.write(rawFrame(0x80, '"'));
  let heard = '';
  for await (const bytes of socket.iterator({ destroyOnReturn: false })) {
    heard += (bytes as Buffer).toString('latin1');
    if (heard.includes('ping')) break; // its pong: what came before is answered soon
  }
  socket.resume();
  socket.write(rawFrame(0x88, Buffer.from([3, 232])));
  await once(socket, 'close');
}

for (const [name, { lesson, speak }] of Object.entries(CLIENTS))
  test(`${name}: the bytes that a page is told are those that crossed the wire, to the byte`, async () => {
    await using app = await openApp();
    await using relay = await openRelay(app.port);
    await using watch = await observe(app.port, { lesson, room: 'kitchen', tags: [TAG] });
    await speak(relay.port, app.port);
    const all = (way: 'up' | 'down') =>
      relay.connections.map((connection) => crossed(connection[way])).toSorted();
    // Several connections may be used: each exchange is put to its own by what the relay saw.
    const exchanges = () =>
      [...new Set(watch.events.map(({ exchange }) => exchange))].filter(Boolean);
    const length = (way: 'up' | 'down') => all(way).join('').length;
    await watch.until(
      () =>
        told(watch.events, 'up').length >= length('up') &&
        told(watch.events, 'down').length >= length('down'),
    );
    for (const way of ['up', 'down'] as const) {
      const mine = exchanges().map((exchange) =>
        told(
          watch.events.filter((event) => event.exchange === exchange),
          way,
        ),
      );
      const whole = all(way);
      // Every byte that crossed is told once, and nothing else: exchanges tile the connections.
      expect(mine.join('').length).toBe(whole.join('').length);
      for (const bytes of mine) expect(whole.some((one) => one.includes(bytes))).toBe(true);
    }
    const counted = watch.counts[TAG];
    expect(counted && counted.upHeads + counted.upBodies).toBe(length('up'));
    expect(counted && counted.downHeads + counted.downBodies).toBe(length('down'));
  });
