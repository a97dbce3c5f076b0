"""What lives behind a WebSocket: every connection has a consumer of its own."""

import json
from collections import defaultdict
from urllib.parse import parse_qs

from asgiref.sync import async_to_sync
from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer

from live.refusals import Refusal
from live.rooms import Place, say
from live.words import parse_message, parse_new_message


# #region reply
class ReplyConsumer(WebsocketConsumer):
    """Every text is answered: “Do not reply, do not reply, do not reply.”"""

    def connect(self):
        self.accept()

    def receive(self, text_data=None, bytes_data=None):
        if bytes_data is not None:
            return self.close(1003)
        if text_data:
            self.send("不要回复不要回复不要回复")

    def disconnect(self, code):
        """It is over: there is nobody to send to. Channels raises StopConsumer after this."""
# #endregion


# #region list
lists = defaultdict(list)


class ListConsumer(WebsocketConsumer):
    """Who is connected stands in a list, and a text goes to all of it."""

    def connect(self):
        self.name = self.scope["url_route"]["kwargs"].get("list", "default")
        self.accept()
        lists[self.name].append(self)

    def receive(self, text_data=None, bytes_data=None):
        if bytes_data is not None:
            return self.close(1003)
        if text_data == "close":
            return self.close()
        if text_data:
            # A copy: while it is walked, somebody may leave.
            for consumer in list(lists[self.name]):
                consumer.send(text_data + " ✓")

    def disconnect(self, code):
        if self in lists[self.name]:
            lists[self.name].remove(self)
        if not lists[self.name]:
            del lists[self.name]
# #endregion


def after_of(scope):
    """The query's `after`, or None."""
    query = parse_qs(scope["query_string"].decode("latin1"), keep_blank_values=True)
    return query.get("after", [None])[0]


# #region group
class GroupConsumer(AsyncWebsocketConsumer):
    """Each room is a group, and the channel layer takes what is said to its members, wherever they are."""

    async def connect(self):
        self.group = self.scope["url_route"]["kwargs"]["group"]
        try:
            self.place = await Place.begin(self.group, after_of(self.scope))
        except Refusal:
            return await self.close()
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self.tell(self.place.missed())

    async def receive(self, text_data=None, bytes_data=None):
        if bytes_data is not None:
            return await self.close(1003)
        try:
            await say(self.group, parse_new_message(text_data))
        except Refusal as refusal:
            await self.send(json.dumps({"problem": refusal.problem}))

    async def chat_message(self, event):
        """Called with what the group is sent as `chat.message`: the dot becomes an underscore."""
        heard = parse_message(event.get("message"))
        if heard:
            await self.tell(self.place.frames(*heard))

    async def tell(self, frames):
        try:
            for frame in await frames:
                await self.send(json.dumps(frame))
        except Refusal as refusal:
            await self.send(json.dumps({"problem": refusal.problem}))

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group, self.channel_name)
# #endregion


# #region sync
class SyncGroupConsumer(WebsocketConsumer):
    """The same without await: what the layer does is asynchronous, so it is called through async_to_sync."""

    def connect(self):
        self.group = self.scope["url_route"]["kwargs"]["group"]
        try:
            self.place = async_to_sync(Place.begin)(self.group, after_of(self.scope))
        except Refusal:
            return self.close()
        async_to_sync(self.channel_layer.group_add)(self.group, self.channel_name)
        self.accept()
        self.tell(self.place.missed)

    def receive(self, text_data=None, bytes_data=None):
        if bytes_data is not None:
            return self.close(1003)
        try:
            async_to_sync(say)(self.group, parse_new_message(text_data))
        except Refusal as refusal:
            self.send(json.dumps({"problem": refusal.problem}))

    def chat_message(self, event):
        heard = parse_message(event.get("message"))
        if heard:
            self.tell(self.place.frames, *heard)

    def tell(self, frames, *args):
        try:
            for frame in async_to_sync(frames)(*args):
                self.send(json.dumps(frame))
        except Refusal as refusal:
            self.send(json.dumps({"problem": refusal.problem}))

    def disconnect(self, code):
        async_to_sync(self.channel_layer.group_discard)(self.group, self.channel_name)
# #endregion


class NowhereConsumer(AsyncWebsocketConsumer):
    """No route leads here: the handshake is refused."""

    async def connect(self):
        await self.close()
