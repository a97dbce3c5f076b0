"""A process of Python's channels_redis: commands as lines of JSON in, answers as lines of JSON out.

Usage: channels_redis_peer.py (core | pubsub) redis://127.0.0.1:port
"""

import asyncio
import json
import sys

from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer


def to_json(value):
    """What JSON lacks, or would blur, is an object with one key that begins with $."""
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return {"$int": str(value)}
    if isinstance(value, float):
        return {"$float": repr(value)}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    return {key: to_json(item) for key, item in value.items()}


def from_json(value):
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return bytes.fromhex(value["$bytes"])
    if "$int" in value:
        return int(value["$int"])
    if "$float" in value:
        return float(value["$float"])
    return {key: from_json(item) for key, item in value.items()}


async def answer(layer, command):
    name, *rest = command
    if name == "new_channel":
        return await layer.new_channel()
    if name == "group_add":
        return await layer.group_add(*rest)
    if name == "group_discard":
        return await layer.group_discard(*rest)
    if name == "send":
        channel, message = rest
        return await layer.send(channel, from_json(message))
    if name == "group_send":
        group, messages = rest
        for message in messages:
            await layer.group_send(group, from_json(message))
        return None
    if name == "receive":
        channel, many = rest
        return [to_json(await layer.receive(channel)) for _ in range(many)]
    raise ValueError(name)


async def main(kind, address):
    kinds = {"core": RedisChannelLayer, "pubsub": RedisPubSubChannelLayer}
    layer = kinds[kind](hosts=[{"address": address, "socket_timeout": None}])
    loop = asyncio.get_running_loop()

    async def work(number, command):
        try:
            result = {"result": await answer(layer, command)}
        except Exception as error:
            result = {"error": repr(error)}
        print(json.dumps({"id": number, **result}), flush=True)

    print(json.dumps({"id": 0, "result": "ready"}), flush=True)
    tasks = set()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = asyncio.ensure_future(work(*json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


asyncio.run(main(*sys.argv[1:]))
