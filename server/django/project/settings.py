"""Settings, from the environment, under the names that the companion in Node has for them."""

import os
import secrets


def environment(name, default=""):
    return os.environ.get(name) or default


# #region apps
INSTALLED_APPS = [
    "daphne",  # since Channels 4; it stands first, so that `runserver` serves WebSockets too
    "channels",
    "live",
]
ASGI_APPLICATION = "project.asgi.application"
ROOT_URLCONF = "project.urls"
# #endregion

SECRET_KEY = secrets.token_hex()  # nothing is signed: there are no sessions
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", environment("HOST", "127.0.0.1")]
ALLOWED_HOSTS += filter(None, environment("ALLOWED_HOSTS").split(","))
ALLOWED_ORIGINS = list(filter(None, environment("ALLOWED_ORIGINS").split(",")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 65_536
DEBUG = False
TIME_ZONE = "UTC"
USE_TZ = True

ROOM_MESSAGES = int(environment("ROOM_MESSAGES", "300"))
ROOM_BYTES = int(environment("ROOM_BYTES", "262144"))
ROOMS_BYTES = int(environment("ROOMS_BYTES", "67108864"))
ROOM_IDLE_SECONDS = int(environment("ROOM_IDLE_SECONDS", "120"))

REDIS_URL = environment("REDIS_URL")
REDIS_PREFIX = environment("REDIS_PREFIX", "asgi")
CHANNEL_LAYER = environment("CHANNEL_LAYER", "pubsub" if REDIS_URL else "memory")

# #region layers
BACKENDS = {
    "memory": "channels.layers.InMemoryChannelLayer",
    "core": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}
# From redis-py 8 on, a time-out of five seconds is the default, and as long as core waits.
HOSTS = [{"address": REDIS_URL, "socket_timeout": None}]
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": BACKENDS[CHANNEL_LAYER],
        "CONFIG": {"hosts": HOSTS, "prefix": REDIS_PREFIX} if CHANNEL_LAYER != "memory" else {},
    }
}
# #endregion
