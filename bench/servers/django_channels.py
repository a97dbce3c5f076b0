"""Django Channels under Daphne: a group over Redis' publish and subscribe, and the notes' own list."""

import os

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["channels"],
    SECRET_KEY="bench",
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [os.environ["REDIS_URL"]]},
        }
    },
)
django.setup()

from channels.exceptions import StopConsumer  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402


class GroupConsumer(AsyncWebsocketConsumer):
    groups = ["bench"]

    async def receive(self, text_data):
        await self.channel_layer.group_send("bench", {"type": "chat.message", "text": text_data})

    async def chat_message(self, event):
        await self.send(text_data=event["text"])


connected = []


class ListConsumer(WebsocketConsumer):
    def connect(self):
        self.accept()
        connected.append(self)

    def receive(self, text_data):
        for consumer in list(connected):
            consumer.send(text_data)

    def disconnect(self, code):
        connected.remove(self)
        raise StopConsumer()


application = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [
                re_path(r"^group/$", GroupConsumer.as_asgi()),
                re_path(r"^list/$", ListConsumer.as_asgi()),
            ]
        )
    }
)
