// npm run soak: 2,000 readers on all transports, one in a hundred replaced each second, for half an
// hour or so many minutes as are given; whether the server's heap grows, and what is left at the end.
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { main, setUp, Stop } from '../scripts/setup.mjs';
import { now, printTable, startChild } from './measure.mjs';

const MINUTES = 30;
const READERS = 2_000;
const LEAVE_A_SECOND = READERS / 100;
const ROOMS = Array.from({ length: 10 }, (_, index) => `soak${index}`);
/** Seconds from one look at the server to the next; a cut follows every third. */
const LOOK = 10;
const LOOKS_A_CUT = 3;
/** More than the server remembers of those that are gone. */
const PASSERS_BY = 5_000;
/** MB an hour, judged from half an hour on: in less, what is compiled meanwhile weighs more. */
const MOST = 1;
const IDLE = { READER_IDLE_SECONDS: 30, ROOM_IDLE_SECONDS: 20 };
/** Seconds after which nothing may be left: the longest idle time, and what sweeps take. */
const REST = 30 + 15;
const SETTINGS = {
  ...IDLE,
  PORT: '0',
  HOST: '',
  REDIS_URL: '',
  CHANNEL_LAYER: '',
  LOG_LEVEL: 'error',
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
  MESSAGES_PER_SECOND: '10000',
  MESSAGE_BURST: '10000',
  ROOM_MESSAGES: '30', // full within a minute
};

/** Asks on a connection of its own, which is gone afterwards. */
const ask = (url) =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('end', () => resolve(JSON.parse(text)));
    }).on('error', reject);
  });

/** What the server still has of a room. The log is asked last: asking keeps it. */
async function leftOf(live, room) {
  const { many: readers } = await ask(`${live}/long-polling/rooms/${room}/readers`);
  const { many: list } = await ask(`${live}/connection-list/${room}/connections`);
  const { many: memberships } = await ask(`${live}/channel-layer/room/${room}/layer`);
  const { messages } = await ask(`${live}/polling/rooms/${room}/messages`);
  return { readers: readers + list, memberships, rooms: messages.length ? 1 : 0 };
}

/** The slope of a line through points [hours, MB], by least squares, and its standard error. */
function slopeOf(points) {
  const mean = (place) => points.reduce((all, point) => all + point[place], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const across = points.reduce((all, [hours]) => all + (hours - x) ** 2, 0);
  const slope = points.reduce((all, [hours, mb]) => all + (hours - x) * (mb - y), 0) / across;
  const rest = points.reduce((all, [hours, mb]) => all + (mb - y - slope * (hours - x)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (points.length - 2) / across) };
}

function minutesIn([minutes = String(MINUTES), ...more]) {
  if (more.length || !/^[1-9]\d{0,3}$/.test(minutes))
    throw new Stop(
      `npm run soak takes a number of minutes, such as "npm run soak -- 5", or nothing.`,
    );
  return Number(minutes);
}

await main(async () => {
  const minutes = minutesIn(process.argv.slice(2));
  await setUp();
  const server = startChild('soak-server.mjs', {
    env: { ...SETTINGS, NODE_OPTIONS: '--expose-gc' },
  });
  const url = `http://127.0.0.1:${await server.ask('port')}`;
  await ask(`${url}/healthz`);
  const before = await server.ask('state');
  const readers = startChild('soak-readers.mjs');
  await readers.ask('open', { url, rooms: ROOMS, many: READERS });
  await readers.ask('pass', { many: PASSERS_BY });

  const line = (words) => console.log(words.map((word) => String(word).padStart(12)).join(''));
  line(['minute', 'heap MB', 'resident MB', 'readers', 'descriptors', 'timers', 'heard']);
  const points = [];
  const begun = now();
  for (let second = 0; second <= minutes * 60; second += 1) {
    await pause(Math.max(0, begun + second * 1000 - now()));
    if (second % LOOK === 0) {
      const { heap, resident, descriptors, timers } = await server.ask('state');
      const { open, heard } = await readers.ask('figures');
      points.push([second / 3600, heap / 1e6]);
      const figures = [(heap / 1e6).toFixed(2), Math.round(resident / 1e6), open, descriptors];
      if (second % 60 === 0) line([second / 60, ...figures, timers, heard]);
    }
    if (second % (LOOK * LOOKS_A_CUT) === 0) await readers.ask('cut');
    await readers.ask('change', { many: LEAVE_A_SECOND });
    await readers.ask('say');
  }

  await readers.ask('part');
  await pause(1000);
  await readers.end();
  console.log(`\nAll have left. What they left is forgotten in ${REST} seconds …`);
  await pause(REST * 1000);
  const left = { readers: 0, memberships: 0, rooms: 0 };
  for (const room of ROOMS)
    for (const [name, many] of Object.entries(await leftOf(`${url}/live`, room)))
      left[name] += many;
  const after = await server.ask('state');
  for (const name of ['timers', 'handles', 'descriptors'])
    left[name] = Math.max(0, after[name] - before[name]);

  const { slope, error } = slopeOf(points.slice(Math.floor(points.length / 3)));
  const grows = minutes >= MINUTES && slope > MOST;
  printTable([['', 'left'], ...Object.entries(left)]);
  const [first, last] = [before, after].map(({ heap }) => (heap / 1e6).toFixed(2));
  console.log(
    `\nheap: ${first} MB before the first had come, ${last} MB when all were forgotten; with them, over\n` +
      `the last two thirds of the time, it grew by ${slope.toFixed(2)} MB/h (± ${error.toFixed(2)})`,
  );
  const leaves = Object.values(left).some(Boolean);
  if (grows || leaves) {
    const file = join(tmpdir(), `soak-${process.pid}.heapsnapshot`);
    await server.ask('snapshot', { file });
    console.error(`${leaves ? 'Something is left.' : 'The heap grows.'} A picture of it: ${file}`);
    process.exitCode = 1;
  }
  await server.end();
});
