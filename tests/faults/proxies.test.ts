import { expect, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { isLong } from '../support/long-form.ts';
import { startNginx } from '../support/nginx.ts';
import { openApp } from '../support/open-app.ts';
import { openReaders, talk } from '../support/readers.ts';
import { logOf, unbounded } from '../support/rooms.ts';

/** Seconds after which the proxy takes an answer for dead. */
const SECONDS = isLong ? 10 : 1;

test(
  'a proxy that ends what is silent for 10 s: readers come back each time, nothing is lost, and nothing comes twice',
  { timeout: 90_000 },
  async () => {
    await using app = await openApp({ env: { ...unbounded, TRUST_PROXY: 'loopback' } });
    const nginx = await startNginx(
      (port) => `server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass ${app.url};
          proxy_http_version 1.1;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection $http_connection;
          proxy_set_header Host $http_host;
          proxy_read_timeout ${SECONDS}s;
        }
      }`,
    );
    const room = randomRoom();
    const readers = await openReaders(nginx.url, room);
    for (let time = 0; time < 3; time += 1) {
      // Silence, until each who holds a connection has lost it; polling has none to lose.
      const connected = readers.filter(({ name }) => name !== 'polling');
      const before = connected.map(({ events }) => events.length);
      await Promise.all(
        connected.map(({ events }, place) =>
          expect
            .poll(() => events.slice(before[place]), { timeout: SECONDS * 3_000 })
            .not.toEqual([]),
        ),
      );
      const talking = talk(app.url, room);
      await talking.more(30);
      await talking.stop();
    }
    const log = await logOf(app.url, room);
    await Promise.all(readers.map(({ hears }) => hears(log.at(-1) ?? '')));
    for (const { name, ids } of readers) expect([name, ids]).toEqual([name, log]);
    for (const { name, events } of readers)
      expect([name, events.filter((event) => event.startsWith('skipped'))]).toEqual([name, []]);
  },
);
