import { describe, expect, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import type { Message } from '../../src/protocol/message.ts';
import type { Problem } from '../../src/protocol/problem.ts';
import { ABILITIES, type TransportName } from '../../src/transports/abilities.ts';
import { SendError, Transport } from '../../src/transports/transport.ts';
import { openApp } from '../support/open-app.ts';

/** A transport under the contract. What it lacks is a flag, which is checked here and shown in a table. */
export interface Kind {
  name: TransportName;
  /** Connects to a room of the server at `url`; retries within a few ms. */
  connect: (url: string, room: string, options: Options) => Transport;
}

interface Options {
  sender: string;
  after?: string;
  /** It is not to ask by itself while the test looks. */
  patient?: boolean;
  /** ms to wait before a retry, by how many have failed in a row. */
  retry?: (tries: number) => number;
}

export const once = (
  transport: Transport,
  type: 'open' | 'error' | 'close' | 'skipped' | 'refused',
) => new Promise<Event>((resolve) => transport.addEventListener(type, resolve, { once: true }));

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
export function transportContract({ name, connect }: Kind): void {
  const can = ABILITIES[name];
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

    test('says what the server refused, with its problem, and stays open', async () => {
      await using app = await openApp();
      const transport = connect(app.url, randomRoom(), { sender: 'Alice' });
      await once(transport, 'open');
      const said = once(transport, 'refused');
      const sent = transport.send('\u0000').then(
        () => 'handed over',
        (error: unknown) => error,
      );
      if (can.answered) expect(await sent).toBeInstanceOf(SendError);
      else expect(await sent).toBe('handed over');
      const { detail } = can.answered
        ? ((await sent) as SendError).problem
        : ((await said) as CustomEvent<Problem>).detail;
      expect(detail).toMatch(/control character/);
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

    test(`${can.unasked ? 'brings' : 'does not bring'} a message that nobody asked for just then`, async () => {
      await using app = await openApp();
      const room = randomRoom();
      const alice = connect(app.url, room, { sender: 'Alice', patient: true });
      const bob = connect(app.url, room, { sender: 'Bob', patient: true });
      await Promise.all([once(alice, 'open'), once(bob, 'open')]);
      const inbox = collect(alice);
      await bob.send('hi');
      if (can.unasked) await inbox.atLeast(1);
      // Twice there and back: what was on its way would have come.
      await fetch(`${app.url}/healthz`).then(() => fetch(`${app.url}/healthz`));
      expect(inbox.texts()).toEqual(can.unasked ? ['hi'] : []);
      alice.wake();
      await inbox.atLeast(1);
      alice.close();
      bob.close();
    });

    test(`takes ${can.many ? 'one request' : 'a request each'} for several messages`, async () => {
      await using app = await openApp();
      const room = randomRoom();
      const alice = connect(app.url, room, { sender: 'Alice' });
      const bob = connect(app.url, room, { sender: 'Bob' });
      await Promise.all([once(alice, 'open'), once(bob, 'open')]);
      const inbox = collect(alice);
      let asked = 0;
      alice.addEventListener('traffic', ({ detail }) => {
        if (detail.kind === 'request') asked += 1;
      });
      for (const place of [1, 2, 3]) {
        await bob.send(`${place}`);
        await inbox.atLeast(place);
      }
      if (can.many) expect(asked).toBe(0);
      else expect(asked).toBeGreaterThanOrEqual(2);
      alice.close();
      bob.close();
    });

    test(`sends ${can.bothWays ? 'over its own connection' : 'by a request of its own'}`, async () => {
      await using app = await openApp();
      const alice = connect(app.url, randomRoom(), { sender: 'Alice', patient: true });
      await once(alice, 'open');
      const kinds: string[] = [];
      alice.addEventListener('traffic', ({ detail }) => {
        kinds.push(detail.kind === 'request' ? detail.method : detail.kind);
      });
      await alice.send('hi');
      expect(kinds.includes('POST')).toBe(!can.bothWays);
      expect(kinds.includes('sent')).toBe(can.bothWays);
      alice.close();
    });

    test(`has ${can.idle ? 'nothing' : 'something'} open at the server while nothing is said`, async () => {
      await using app = await openApp();
      const alice = connect(app.url, randomRoom(), { sender: 'Alice', patient: true });
      let open = 0;
      let ended = () => {};
      alice.addEventListener('traffic', ({ detail: { kind } }) => {
        if (kind === 'request') open += 1;
        if (kind === 'response' || kind === 'failure') open -= 1;
        ended();
      });
      await once(alice, 'open');
      // What it asks to begin with is answered; what it then asks, if anything, is held.
      await fetch(`${app.url}/healthz`).then(() => fetch(`${app.url}/healthz`));
      if (can.idle && open > 0) await new Promise<void>((resolve) => (ended = resolve));
      expect(open).toBe(can.idle ? 0 : 1);
      alice.close();
    });

    test('asks nothing more once it is closed, also where it waited for a retry', async () => {
      const app = await openApp();
      const transport = connect(app.url, randomRoom(), { sender: 'Alice' });
      await once(transport, 'open');
      const lost = once(transport, 'error');
      await app.stop();
      await lost;
      const closed = once(transport, 'close');
      transport.close();
      await closed;
      let asked = 0;
      transport.addEventListener('traffic', ({ detail }) => {
        if (detail.kind === 'request') asked += 1;
      });
      await using again = await openApp({ port: app.port });
      // Another comes back in less time than a retry takes.
      const other = connect(again.url, randomRoom(), { sender: 'Bob' });
      await once(other, 'open');
      const inbox = collect(other);
      await other.send('anyone?');
      await inbox.atLeast(1);
      expect([asked, transport.readyState]).toEqual([0, Transport.CLOSED]);
      other.close();
    });

    test.skipIf(name === 'server-sent-events')(
      'waits for each retry by how many have failed, and begins anew when one has not',
      async () => {
        const app = await openApp();
        const tries: number[] = [];
        let enough = () => {};
        const failed = (many: number) =>
          new Promise<void>((resolve) => (enough = () => tries.length >= many && resolve()));
        const transport = connect(app.url, randomRoom(), {
          sender: 'Alice',
          retry: (count) => {
            tries.push(count);
            enough();
            return 5;
          },
        });
        const inbox = collect(transport);
        await once(transport, 'open');
        const thrice = failed(3);
        await app.stop();
        await thrice;
        expect(tries.slice(0, 3)).toEqual([0, 1, 2]);
        const reopened = once(transport, 'open');
        const again = await openApp({ port: app.port });
        await reopened;
        await transport.send('there again');
        await inbox.atLeast(1);
        tries.length = 0;
        const oneMore = failed(1);
        await again.stop();
        await oneMore;
        expect(tries[0]).toBe(0);
        transport.close();
      },
    );

    test.runIf(can.resumes)('goes on from a cursor, and says when messages were lost', async () => {
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
