"""Whose pages may open a WebSocket."""

from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host


# #region origin
class OwnOrigin:
    """
    Lets in the pages of this server itself, those of ALLOWED_ORIGINS, and programs, which name no
    origin. Channels' OriginValidator would refuse programs, and not look at the port.
    """

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin1")
        origin = headers.get(b"origin", b"").decode("latin1")
        own = not origin or origin in settings.ALLOWED_ORIGINS or urlsplit(origin).netloc == host
        known = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
        application = self.application if own and known else WebsocketDenier()
        return await application(scope, receive, send)
# #endregion
