"""The rooms' logs in a Redis, where the companion in Node has them too: by the same scripts, under the same keys."""

import asyncio
import json
import secrets
import time
from pathlib import Path

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from live.logs import Logs, reading
from live.refusals import Refusal
from live.words import START, Cursor

SCRIPTS = Path(__file__).parents[2] / "rooms" / "scripts"
ROOM_IN_REDIS_BYTES = 5_120
SWEEP_SECONDS = 10


class RedisLogs(Logs):
    away = (RedisError, OSError)

    def __init__(self, url, name):
        super().__init__()
        self._redis = redis.asyncio.from_url(url, decode_responses=True)
        self._base = f"on-the-wire:{name}:"
        self._lapse = 2 * settings.ROOM_IDLE_SECONDS + 60
        self._append = self._script("shared", "run", "append")
        self._read = self._script("run", "read")
        self._sweep = self._script("shared", "sweep")
        self._used = set()
        self._tasks = []

    def _script(self, *names):
        text = "\n".join((SCRIPTS / f"{name}.lua").read_text() for name in names)
        return self._redis.register_script(text)

    # #region redis
    async def append(self, room, words):
        self._use(room)
        said = {**words, "at": time.time_ns() // 1_000_000}
        bounds = [settings.ROOM_MESSAGES, settings.ROOM_BYTES]
        bounds += [ROOM_IN_REDIS_BYTES, settings.ROOMS_BYTES]
        fresh = secrets.token_hex(6)
        line = json.dumps(said, ensure_ascii=False)
        args = [self._base, room, fresh, line, self._lapse, *bounds]
        try:
            epoch, sequence = await self._append(args=args)
        except self.away:
            raise Refusal("outcome-unknown", "Look whether it appears before you send it again.")
        return {"id": str(Cursor(epoch, sequence)), **said}

    async def after(self, room, cursor):
        self._use(room)
        try:
            found = await self._read(args=[self._base, room, cursor.epoch or "", cursor.sequence])
            foreign = found and cursor.epoch and (found[0] != cursor.epoch or found[1] < cursor.sequence)
            if foreign:
                found = await self._read(args=[self._base, room, "", 0])
        except self.away:
            raise Refusal("log-away", "Try again in a moment.")
        if not found:
            return reading([], START, None if cursor.epoch else 0)
        epoch, last, entries = found
        messages = [
            {"id": str(Cursor(epoch, int(place.split("-")[0]))), **json.loads(fields[1])}
            for place, fields in entries
        ]
        skipped = None if foreign else last - cursor.sequence - len(messages)
        return reading(messages, Cursor(epoch, last), skipped)
    # #endregion

    def _use(self, room):
        self._used.add(room)
        if not self._tasks:
            self._tasks = [asyncio.ensure_future(each()) for each in (self._listen, self._upkeep)]

    async def _listen(self):
        """Hears what any process appends, and wakes who waits for it; after an outage, everybody."""
        while True:
            try:
                subscription = self._redis.pubsub()
                await subscription.subscribe(f"{self._base}said")
                for room in list(self._waiting):
                    self.wake(room)
                async for event in subscription.listen():
                    if event["type"] == "message":
                        self.wake(event["data"].split(" ", 1)[0])
            except self.away:
                await asyncio.sleep(1)

    async def _upkeep(self):
        """Rooms that were used, or are waited for, live on; those that nobody uses go."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            rooms = self._used | set(self._waiting)
            self._used.clear()
            try:
                await self._sweep(args=[self._base, self._lapse, settings.ROOM_IDLE_SECONDS, *rooms])
            except self.away:
                pass
