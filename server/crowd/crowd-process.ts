import { quantile } from '../../src/protocol/clock.ts';
import {
  byTransport,
  CROWD_TRANSPORTS,
  type CrowdCounts,
  type CrowdTransport,
  parseCrowdWish,
} from '../../src/protocol/crowd.ts';
import { isRecord } from '../../src/protocol/parse.ts';
import { PlainReader } from './plain-reader.ts';

// The readers of one crowd, as a process of its own: it does what it is told, says once a second what
// came of it, and ends when its parent is gone.

/** ms between two beginnings: all at once would be a load of its own. */
const STEP = 5;
/** Delays of a transport that are remembered. */
const REMEMBERED = 2_000;
const TELL = 500;

const url = process.argv[2] ?? '';
const readers = byTransport((): PlainReader[] => []);
const delays = byTransport((): number[] => []);
let beginning: NodeJS.Timeout[] = [];
let of = '';

process.once('disconnect', () => process.exit());
if (!process.connected) process.exit();

process.on('message', (message) => {
  if (!isRecord(message)) return;
  const wish = parseCrowdWish(message['wish']);
  if (!wish.ok) return;
  const { interval, wait, room, atA, tags, readers: many } = wish.value;
  const isAnother = of !== `${room} ${atA} ${Object.values(tags).join()}`;
  of = `${room} ${atA} ${Object.values(tags).join()}`;
  beginning.splice(0).forEach(clearTimeout);
  for (const name of CROWD_TRANSPORTS) {
    const all = readers[name];
    for (const reader of all.splice(isAnother ? 0 : many)) reader.close();
    if (isAnother) delays[name] = [];
    for (const reader of all) Object.assign(reader, { interval, wait });
  }
  const open = (name: CrowdTransport) =>
    readers[name].push(
      new PlainReader(name, {
        url: atA ? `${url}/pair/a/pubsub` : url,
        room,
        interval,
        wait,
        tag: tags[name],
        onMessage: (_message, delay) => {
          if (delay === undefined) return;
          delays[name].push(delay);
          if (delays[name].length > REMEMBERED) delays[name].shift();
        },
      }),
    );
  const missing = CROWD_TRANSPORTS.flatMap((name) =>
    Array.from({ length: many - readers[name].length }, (_, place) => ({ name, place })),
  ).sort((one, other) => one.place - other.place);
  beginning = missing.map(({ name }, place) => setTimeout(() => open(name), place * STEP));
});

setInterval(() => process.send?.({ counts: byTransport(countsOf) }), TELL);

function countsOf(name: CrowdTransport): CrowdCounts {
  const all = readers[name];
  const had = all.map(({ delivered }) => delivered);
  const sum = (key: 'missed' | 'repeated' | 'requests') =>
    all.reduce((total, reader) => total + reader[key], 0);
  return {
    open: all.filter(({ open }) => open).length,
    least: had.length ? Math.min(...had) : 0,
    most: Math.max(0, ...had),
    missed: sum('missed'),
    repeated: sum('repeated'),
    requests: sum('requests'),
    p50: quantile(delays[name], 0.5) ?? null,
    p95: quantile(delays[name], 0.95) ?? null,
  };
}
