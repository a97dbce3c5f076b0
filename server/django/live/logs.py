"""The rooms' logs in this process. With a Redis they are there, and other processes share them."""

import asyncio
import json
import secrets
import time
from collections import OrderedDict, defaultdict, deque
from contextlib import contextmanager

from django.conf import settings

from live.words import START, Cursor


def reading(messages, after, skipped):
    return {"messages": messages, "after": str(after), "skipped": skipped}


class Logs:
    """What every kind of log has: those who wait for the next message of a room."""

    def __init__(self):
        self._waiting = defaultdict(set)

    @contextmanager
    def news(self, room):
        """A future that is done when something is said in a room."""
        future = asyncio.get_running_loop().create_future()
        self._waiting[room].add(future)
        try:
            yield future
        finally:
            self._waiting[room].discard(future)
            if not self._waiting[room]:
                del self._waiting[room]

    def wake(self, room):
        for future in self._waiting.get(room, ()):
            if not future.done():
                future.set_result(None)

    # #region wait
    async def wait(self, room, cursor, seconds, over):
        """What comes after a cursor, as soon as there is something: at most for `seconds`, or until `over` is done."""
        with self.news(room) as news:
            found = await self.after(room, cursor)
            if found["messages"] or found["skipped"] != 0:
                return found
            await asyncio.wait({news, over}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return await self.after(room, cursor)
    # #endregion


class MemoryLogs(Logs):
    """A few rooms, each with a few messages: the oldest go first."""

    away = ()  # what its methods raise when it is out of reach
    MOST_ROOMS = settings.ROOMS_BYTES // settings.ROOM_BYTES

    def __init__(self):
        super().__init__()
        self._rooms = OrderedDict()

    # #region append
    async def append(self, room, words):
        log = self._rooms.setdefault(room, RoomLog())
        self._rooms.move_to_end(room)
        if len(self._rooms) > self.MOST_ROOMS:
            self._rooms.popitem(last=False)
        message = log.append(words)
        self.wake(room)
        return message
    # #endregion

    async def after(self, room, cursor):
        if room not in self._rooms:
            return reading([], START, None if cursor.epoch else 0)
        return self._rooms[room].after(cursor)


class RoomLog:
    def __init__(self):
        self.epoch = secrets.token_hex(6)  # so that a cursor of an earlier log is known to be foreign
        self.last = 0
        self.bytes = 0
        self.kept = deque()

    def append(self, words):
        self.last += 1
        at = time.time_ns() // 1_000_000
        message = {"id": str(Cursor(self.epoch, self.last)), **words, "at": at}
        size = len(json.dumps(message))
        self.kept.append((message, size))
        self.bytes += size
        while len(self.kept) > settings.ROOM_MESSAGES or self.bytes > settings.ROOM_BYTES:
            self.bytes -= self.kept.popleft()[1]
        return message

    # #region after
    def after(self, cursor):
        foreign = cursor.epoch not in (None, self.epoch) or cursor.sequence > self.last
        known = 0 if foreign else cursor.sequence
        evicted = self.last - len(self.kept)
        messages = [message for message, _ in self.kept][max(0, known - evicted) :]
        skipped = None if foreign else max(0, evicted - known)
        return reading(messages, Cursor(self.epoch, self.last), skipped)
    # #endregion
