"""The door: each protocol has its application."""

import os

from django.core.asgi import get_asgi_application

# #region asgi
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
http = get_asgi_application()  # first: it makes the settings and apps ready for what is imported next

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from project import daphne_options  # noqa: E402, F401
from project.origins import OwnOrigin  # noqa: E402
from project.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": OwnOrigin(URLRouter(websocket_urlpatterns)),
    }
)
# #endregion
