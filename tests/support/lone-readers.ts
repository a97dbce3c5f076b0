// Readers in a process of their own: node lone-readers.ts http://127.0.0.1:port room
// One on each transport; a line for each that is connected, for each message, and for a connection lost.
import { transportsTo } from './transports.ts';

const [url = '', room = ''] = process.argv.slice(2);
for (const [name, transport] of Object.entries(transportsTo(url, room))) {
  transport.addEventListener('open', () => console.log(`${name} is open`));
  transport.addEventListener('error', () => console.log(`${name} is lost`));
  transport.addEventListener('skipped', ({ detail }) => console.log(`${name} misses ${detail}`));
  transport.addEventListener('message', ({ data }) => console.log(`${name} hears ${data.id}`));
}
