"""A room is a log of what was said, and a group of those who listen."""

from channels.layers import get_channel_layer
from django.conf import settings

from live.logs import MemoryLogs
from live.words import START, parse_cursor

if settings.REDIS_URL:
    from live.redis_logs import RedisLogs

    logs = RedisLogs(settings.REDIS_URL, f"{settings.REDIS_PREFIX}:{settings.CHANNEL_LAYER}")
else:
    logs = MemoryLogs()


# #region say
async def say(room, words):
    """Into the log, then to the group. The type is ours to say, never a client's: it names a method."""
    message = await logs.append(room, words)
    try:
        await get_channel_layer().group_send(room, {"type": "chat.message", "message": message})
    except logs.away:
        pass  # it is in the log
    return message
# #endregion


# #region place
class Place:
    """How far a connection has been told what was said in its room."""

    @classmethod
    async def begin(cls, room, after=None):
        """After a cursor, or without one from now on."""
        cursor = (await logs.after(room, START))["after"] if after is None else after
        return cls(room, parse_cursor(cursor))

    def __init__(self, room, cursor):
        self.room = room
        self.cursor = cursor

    async def missed(self):
        """The frames of what it has not been told yet. First, from where on it hears."""
        found = await logs.after(self.room, self.cursor)
        begin = str(self.cursor) if found["messages"] else found["after"]
        self.cursor = parse_cursor(found["after"])
        return [{"after": begin, "skipped": found["skipped"]}, *found["messages"]]

    async def frames(self, cursor, message):
        """What to send when a message comes: nothing of what was told, and what was missed before it."""
        if self.cursor.covers(cursor):
            return []
        if not self.cursor.is_next(cursor):
            return await self.missed()
        self.cursor = cursor
        return [message]
# #endregion
