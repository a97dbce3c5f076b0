// A process with a layer: node layer-process.ts (core | pubsub) redis://127.0.0.1:port
// Its member of "room" answers each question to "answers", until it is told to stop.
import { RedisLayer, RedisPubSubLayer } from '../../server/channels/index.ts';

const [kind, url = ''] = process.argv.slice(2);
const layer = kind === 'core' ? new RedisLayer({ url }) : new RedisPubSubLayer({ url });
await layer.link.settled(5_000);
const channel = await layer.newChannel();
await layer.groupAdd('room', channel);
console.log(`listening as ${channel}`);
for (;;) {
  const { type, n = null } = await layer.receive(channel);
  if (type === 'stop') break;
  await layer.groupSend('answers', { type: 'answer', n, pid: process.pid });
}
await layer.close(); // nothing is left that would keep the process
