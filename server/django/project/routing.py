"""Routing is to WebSocket what urls are to HTTP, and consumers are what views are."""

from django.urls import re_path

from live import consumers

NAME = r"[A-Za-z0-9_]{1,64}"

# #region routing
websocket_urlpatterns = [
    re_path(
        rf"^live/websocket/room/(?P<group>{NAME})/\Z",
        consumers.ReplyConsumer.as_asgi(),
    ),
    re_path(
        rf"^live/connection-list/(?P<list>{NAME})/room/(?P<group>{NAME})/\Z",
        consumers.ListConsumer.as_asgi(),
    ),
    re_path(rf"^room/(?P<group>{NAME})/\Z", consumers.ListConsumer.as_asgi()),
    re_path(
        rf"^live/channel-layer/room/(?P<group>{NAME})/\Z",
        consumers.GroupConsumer.as_asgi(),
    ),
    re_path(
        rf"^sync/live/channel-layer/room/(?P<group>{NAME})/\Z",
        consumers.SyncGroupConsumer.as_asgi(),
    ),
    # Without a last one for all else, a path that no route matches is HTTP 500. This is 403:
    # Channels has no 404 to give.
    re_path(r"", consumers.NowhereConsumer.as_asgi()),
]
# #endregion
