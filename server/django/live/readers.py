"""Long polling's readers: the server keeps the place of each while it is away."""

import asyncio
import secrets
import time
from collections import OrderedDict
from contextlib import contextmanager

from live.refusals import Refusal

IDLE_SECONDS = 60
MOST = 1000


class Reader:
    """`place` is up to where it has said that it received."""

    def __init__(self, place):
        self.place = place
        self.over = None

    @contextmanager
    def held(self):
        """A question of it is held; the one before is over."""
        self.end("taken-over", "A later request of this reader took over. Ask with one at a time.")
        self.over = over = asyncio.get_running_loop().create_future()
        try:
            yield over
            if over.done():
                raise over.result()
        finally:
            over.cancel()

    def end(self, name, detail):
        if self.over and not self.over.done():
            self.over.set_result(Refusal(name, detail))


class Readers:
    def __init__(self):
        self._known = OrderedDict()  # the one idle longest comes first

    @staticmethod
    def new_id():
        return secrets.token_hex(16)

    def add(self, room, name, place):
        if place is None:
            raise Refusal("unknown-reader", 'Ask with the "after" you have, or make a reader with POST.')
        self._sweep()
        if len(self._known) >= MOST:
            raise Refusal("too-many-readers", "Wait until some have left.")
        self._known[room, name] = (Reader(place), time.monotonic())
        return self._known[room, name][0]

    def find(self, room, name):
        if (room, name) not in self._known:
            return None
        reader, _ = self._known.pop((room, name))
        self._known[room, name] = (reader, time.monotonic())
        return reader

    def forget(self, room, name):
        reader, _ = self._known.pop((room, name), (None, None))
        if reader:
            reader.end("unknown-reader", "This reader was deleted.")

    def _sweep(self):
        while self._known:
            key, (_, asked) = next(iter(self._known.items()))
            if time.monotonic() - asked < IDLE_SECONDS:
                return
            self.forget(*key)
