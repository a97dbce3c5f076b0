"""What answers over HTTP: views, which urls find."""

from django.http import HttpResponse, JsonResponse

from live.readers import Readers
from live.refusals import Refusal, endpoint
from live.rooms import logs, say
from live.words import START, parse_cursor, parse_new_message, parse_room_name, parse_wait

readers = Readers()


# #region polling
@endpoint("GET", "POST")
async def messages(request, room):
    """Polling: what was said after a cursor, at once."""
    if request.method == "POST":
        return await take(request, parse_room_name(room))
    cursor = parse_cursor(request.GET.get("after", "0"))
    return JsonResponse(await logs.after(parse_room_name(room), cursor))


async def take(request, room):
    if request.content_type != "application/json":
        raise Refusal("not-json", "Send the header Content-Type: application/json.")
    return JsonResponse(await say(room, parse_new_message(request.body)), status=201)
# #endregion


@endpoint("POST")
async def new_message(request, room):
    return await take(request, parse_room_name(room))


# #region reader
@endpoint("POST")
async def new_reader(request, room):
    """A reader has a place of its own in the room's log: from now on."""
    room = parse_room_name(room)
    after = (await logs.after(room, START))["after"]
    name = Readers.new_id()
    readers.add(room, name, parse_cursor(after))
    return JsonResponse({"reader": name, "after": after}, status=201)
# #endregion


@endpoint("DELETE")
async def reader(request, room, reader):
    readers.forget(room, reader)
    return HttpResponse(status=204)


# #region hold
@endpoint("GET")
async def reader_messages(request, room, reader):
    """
    Long polling: held until there is an answer. It is async so that it can wait without a thread:
    in Django 3.2 all sync views and consumers share one, and the first that waits holds up all.
    """
    room = parse_room_name(room)
    after = request.GET.get("after")
    place = None if after is None else parse_cursor(after)
    seconds = parse_wait(request.GET.get("wait", "20"))
    known = readers.find(room, reader) or readers.add(room, reader, place)
    if place is not None:
        known.place = place  # it has what came before
    with known.held() as over:
        reading = await logs.wait(room, known.place, seconds, over)
    return JsonResponse(reading)
# #endregion


def not_found(request, exception):
    return Refusal("not-found", "Nothing lives at this address.").response()
