import { describe, expect, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import type { Message } from '../../src/protocol/message.ts';
import { SendError, Transport } from '../../src/transports/transport.ts';
import { openApp } from '../support/open-app.ts';

/** A transport under the contract. What it lacks is a flag here and a row in a lesson's table. */
export interface Kind {
  name: string;
  /** Connects to a room of the server at `url`; retries within a few ms. */
  connect: (url: string, room: string, options: { sender: string; after?: string }) => Transport;
  /** It can be given a cursor to go on from, and says `skipped`. */
  resumes: boolean;
}

export const once = (transport: Transport, type: 'open' | 'error' | 'close' | 'skipped') =>
  new Promise<Event>((resolve) => transport.addEventListener(type, resolve, { once: true }));

/** Collects what a transport delivers; resolves when there are so many. */
export function collect(transport: Transport) {
  const received: Message[] = [];
  let check = () => {};
  transport.addEventListener('message', ({ data }) => {
    received.push(data);
    check();
  });
  return {
    received,
    texts: () => received.map(({ text }) => text),
    atLeast: (many: number) =>
      new Promise<void>((resolve) => {
        check = () => received.length >= many && resolve();
        check();
      }),
  };
}

/** What every transport promises: the same suite, run over each. */
export function transportContract({ name, connect, resumes }: Kind): void {
  describe(`${name}, by the contract of all transports`, () => {
    test('opens, and takes every message to every reader once, in one order', async () => {
      await using app = await openApp();
      const room = randomRoom();
      const alice = connect(app.url, room, { sender: 'Alice' });
      const bob = connect(app.url, room, { sender: 'Bob' });
      expect(alice.readyState).toBe(Transport.CONNECTING);
      await Promise.all([once(alice, 'open'), once(bob, 'open')]);
      expect(alice.readyState).toBe(Transport.OPEN);
      const [atAlice, atBob] = [collect(alice), collect(bob)];
      await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? alice : bob).send(`${n}`)));
      await Promise.all([atAlice.atLeast(10), atBob.atLeast(10)]);
      expect(atAlice.received).toEqual(atBob.received);
      expect(atAlice.texts().toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`));
      alice.close();
      bob.close();
    });

    test('throws InvalidStateError for a send before it is open', async () => {
      await using app = await openApp();
      const transport = connect(app.url, randomRoom(), { sender: 'Alice' });
      await expect(transport.send('hi')).rejects.toMatchObject({ name: 'InvalidStateError' });
      transport.close();
    });

    test('rejects a send that the server refuses, with its problem, and stays open', async () => {
      await using app = await openApp();
      const transport = connect(app.url, randomRoom(), { sender: 'Alice' });
      await once(transport, 'open');
      const refused = transport.send('\u0000');
      await expect(refused).rejects.toBeInstanceOf(SendError);
      await expect(refused).rejects.toThrow(/control character/);
      const inbox = collect(transport);
      await transport.send('fine');
      await inbox.atLeast(1);
      transport.close();
    });

    test('closes once, with its code and reason; nothing is delivered or sent afterwards', async () => {
      await using app = await openApp();
      const room = randomRoom();
      const alice = connect(app.url, room, { sender: 'Alice' });
      const bob = connect(app.url, room, { sender: 'Bob' });
      await Promise.all([once(alice, 'open'), once(bob, 'open')]);
      const [atAlice, atBob] = [collect(alice), collect(bob)];
      let closes = 0;
      alice.addEventListener('close', () => (closes += 1));
      const closed = once(alice, 'close');
      alice.close(1000, 'enough');
      alice.close(4000, 'again');
      expect(await closed).toMatchObject({ code: 1000, reason: 'enough', wasClean: true });
      expect(alice.readyState).toBe(Transport.CLOSED);
      await expect(alice.send('late')).rejects.toBeInstanceOf(TypeError);
      await bob.send('anyone?');
      await atBob.atLeast(1);
      expect([closes, atAlice.texts(), atBob.texts()]).toEqual([1, [], ['anyone?']]);
      bob.close();
    });

    test('is made again when the server comes back', async () => {
      const app = await openApp();
      const room = randomRoom();
      const transport = connect(app.url, room, { sender: 'Alice' });
      const inbox = collect(transport);
      await once(transport, 'open');
      await transport.send('before');
      await inbox.atLeast(1);
      const lost = once(transport, 'error');
      await app.stop();
      await lost;
      expect(transport.readyState).toBe(Transport.CONNECTING);
      const reopened = once(transport, 'open');
      const again = await openApp({ port: app.port });
      await reopened;
      await transport.send('after');
      await inbox.atLeast(2);
      expect(inbox.texts()).toEqual(['before', 'after']);
      transport.close();
      await again.stop();
    });

    test.runIf(resumes)('goes on from a cursor, and says when messages were lost', async () => {
      await using app = await openApp({ env: { ROOM_MESSAGES: '3' } });
      const room = randomRoom();
      const bob = connect(app.url, room, { sender: 'Bob' });
      await once(bob, 'open');
      const atBob = collect(bob);
      for (const [place, text] of ['1', '2', '3', '4', '5'].entries()) {
        await bob.send(text);
        await atBob.atLeast(place + 1);
      }
      const resumed = connect(app.url, room, {
        sender: 'Alice',
        after: atBob.received[2]?.id ?? '',
      });
      const fresh = collect(resumed);
      await fresh.atLeast(2);
      expect(fresh.texts()).toEqual(['4', '5']);

      const late = connect(app.url, room, { sender: 'Carol', after: atBob.received[0]?.id ?? '' });
      const atLate = collect(late);
      expect(await once(late, 'skipped')).toMatchObject({ detail: 1 });
      await atLate.atLeast(3);
      expect(atLate.texts()).toEqual(['3', '4', '5']);
      for (const transport of [bob, resumed, late]) transport.close();
    });
  });
}
