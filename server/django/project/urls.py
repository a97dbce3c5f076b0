"""Which view answers which address."""

from django.urls import path

from live import views

# #region urls
LONG_POLLING = "live/long-polling/rooms/<room>"

urlpatterns = [
    path("live/polling/rooms/<room>/messages", views.messages),
    path(f"{LONG_POLLING}/messages", views.new_message),
    path(f"{LONG_POLLING}/readers", views.new_reader),
    path(f"{LONG_POLLING}/readers/<reader>", views.reader),
    path(f"{LONG_POLLING}/readers/<reader>/messages", views.reader_messages),
]
# #endregion

handler404 = views.not_found
