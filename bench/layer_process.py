"""
A Python with a channel layer of channels_redis: layer_process.py (pubsub | core) (url of a Redis) (group).
What layer-process.mjs does, asked and answered in lines of JSON.
"""

import asyncio
import json
import sys
import time

from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

LAYERS = {"pubsub": RedisPubSubChannelLayer, "core": RedisChannelLayer}


def now():
    """ms of the machine's monotonic clock, as in measure.mjs."""
    return time.monotonic_ns() / 1e6


def message():
    """About 200 bytes, as a room's message is."""
    at = time.time_ns() // 1_000_000
    said = {"id": "k3v9x2ab.1f", "sender": "Alice", "text": "m" * 110, "at": at}
    return {"type": "chat.message", "message": said, "sent": now()}


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else None


class Member:
    def __init__(self, kind, url, group):
        self.layer = LAYERS[kind](hosts=[{"address": url, "socket_timeout": None}])
        self.group = group
        self.taken = []  # of what came since `delays` was last asked, in ms
        self.receiving = None

    async def join(self, words):
        channel = await self.layer.new_channel()
        await self.layer.group_add(self.group, channel)
        self.receiving = asyncio.ensure_future(self.receive_all(channel))

    async def receive_all(self, channel):
        while True:
            received = await self.layer.receive(channel)
            self.taken.append(now() - received["sent"])

    async def send(self, words):
        """Sends for so many ms, so many at a time, with a rest of so many ms after each."""
        began = now()
        rest = words.get("rest", 0) / 1_000
        senders = [self.send_until(began + words["ms"], rest) for _ in range(words["inFlight"])]
        sent = sum(await asyncio.gather(*senders))
        return {"sent": sent, "perSecond": sent / ((now() - began) / 1_000)}

    async def send_until(self, end, rest):
        many = 0
        while now() < end:
            await self.layer.group_send(self.group, message())
            many += 1
            if rest:
                await asyncio.sleep(rest)
        return many

    async def arrived(self, words):
        return len(self.taken)

    async def delays(self, words):
        taken, self.taken = self.taken, []
        return {"arrived": len(taken), "p50": quantile(taken, 0.5), "p99": quantile(taken, 0.99)}


async def main():
    member = Member(*sys.argv[1:])
    questions = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    async for line in questions:
        question = json.loads(line)
        answer = await getattr(member, question["task"])(question.get("words"))
        print(json.dumps({"id": question["id"], "answer": answer}), flush=True)


asyncio.run(main())
