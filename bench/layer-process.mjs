// A process with a channel layer: node layer-process.mjs (memory | pubsub | core) (url of a Redis)
// (group). It joins the group, and sends to it, when it is asked to. layer_process.py does the same.
import { setTimeout as pause } from 'node:timers/promises';
import { InMemoryChannelLayer, RedisLayer, RedisPubSubLayer } from '../server/channels/index.ts';
import { answer, now, quantile, sum } from './measure.mjs';

const LAYERS = { memory: InMemoryChannelLayer, pubsub: RedisPubSubLayer, core: RedisLayer };

const [kind, url, group] = process.argv.slice(2);
const layer = new LAYERS[kind]({ url });
await layer.link?.settled(5_000);
/** Of what came since `delays` was last asked, in ms. */
let delays = [];

/** About 200 bytes, as a room's message is. */
const message = () => ({
  type: 'chat.message',
  message: { id: 'k3v9x2ab.1f', sender: 'Alice', text: 'm'.repeat(110), at: Date.now() },
  sent: now(),
});

async function sendUntil(end, rest) {
  let many = 0;
  for (; now() < end; many += 1) {
    await layer.groupSend(group, message());
    if (rest) await pause(rest);
  }
  return many;
}

async function receiveAll(channel) {
  for (;;) {
    const { sent } = await layer.receive(channel);
    delays.push(now() - sent);
  }
}

answer({
  async join() {
    const channel = await layer.newChannel();
    await layer.groupAdd(group, channel);
    void receiveAll(channel);
  },

  /** Sends for so many ms, so many at a time, with a rest of so many ms after each. */
  async send({ ms, inFlight, rest }) {
    const began = now();
    const senders = Array.from({ length: inFlight }, () => sendUntil(began + ms, rest));
    const sent = sum(await Promise.all(senders));
    return { sent, perSecond: sent / ((now() - began) / 1000) };
  },

  arrived: () => delays.length,

  delays() {
    const taken = delays;
    delays = [];
    return { arrived: taken.length, p50: quantile(taken, 0.5), p99: quantile(taken, 0.99) };
  },
});
