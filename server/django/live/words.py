"""What crosses the wire, read: messages, cursors, names. What cannot be read is a Refusal."""

import json
import re
from typing import NamedTuple, Optional

from django.utils.http import int_to_base36

from live.refusals import Refusal

MAX_SENDER = 40
MAX_TEXT = 2000

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
CURSOR = re.compile(r"([a-z0-9]{1,16})\.(0|[1-9a-z][0-9a-z]{0,9})")
LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
NAME = re.compile(r"[A-Za-z0-9_]{1,64}")


class Cursor(NamedTuple):
    """A place in a room's log: without an epoch, the start."""

    epoch: Optional[str]
    sequence: int

    def __str__(self):
        return f"{self.epoch}.{int_to_base36(self.sequence)}" if self.epoch else "0"

    def covers(self, other):
        """Whether who is here has what is there."""
        return other.epoch == self.epoch and other.sequence <= self.sequence

    def is_next(self, other):
        """Whether what is there follows, with nothing in between."""
        return self.epoch in (None, other.epoch) and other.sequence == self.sequence + 1


START = Cursor(None, 0)


def parse_cursor(text):
    if text == "0":
        return START
    match = CURSOR.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise Refusal("malformed", 'This is no cursor: use "0", or an "after" or "id" you were given.')
    return Cursor(match[1], int(match[2], 36))


def parse_room_name(name):
    if not NAME.fullmatch(name):
        raise Refusal("malformed", "A room’s name has 1 to 64 letters, digits or underscores.")
    return name


def parse_wait(text):
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text) or float(text) > 25:
        raise Refusal("malformed", '"wait" must be a number of seconds from 0 to 25.')
    return float(text)


# #region message
def parse_new_message(text):
    """Reads `{"sender", "text"}` that a stranger sent, as str or bytes."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):  # [[[[… is deeper than Python goes
        said = None
    if not isinstance(said, dict):
        raise Refusal("malformed", 'Send a JSON object such as {"sender":"Alice","text":"hi"}.')
    return {
        "sender": parse_words("sender", said.get("sender"), MAX_SENDER),
        "text": parse_words("text", said.get("text"), MAX_TEXT),
    }


def parse_words(name, value, most):
    if not isinstance(value, str):
        raise Refusal("malformed", f'"{name}" must be a string.')
    # JSON can say half of a character, which no encoder can write.
    words = LONE_SURROGATE.sub("\ufffd", value)
    if not 1 <= len(words) <= most:
        raise Refusal("malformed", f'"{name}" must have 1 to {most} characters.')
    if CONTROL.search(words):
        raise Refusal("malformed", f'"{name}" has a control character.')
    return words
# #endregion


def parse_message(message):
    """Reads what another process sent to a group; None for what is no message."""
    try:
        cursor = parse_cursor(message["id"])
        words = {name: str(message[name]) for name in ("id", "sender", "text")}
        return cursor, {**words, "at": int(message["at"])}
    except (Refusal, KeyError, TypeError, ValueError, OverflowError):
        return None
