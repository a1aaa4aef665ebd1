"""Ids as Exchange hands them out: opaque, case-sensitive, in an ordinary and an immutable form.

https://learn.microsoft.com/graph/outlook-immutable-id
The ordinary form changes when an item is filed elsewhere; the immutable one stays. Either form is
understood in a URL.
"""

import base64
import binascii
import functools
import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import uuid4

from sandbox.exchange.model import Event, Message

_IMMUTABLE = bytes.fromhex("00000b000000000079")
_ORDINARY = bytes.fromhex("00000c0064376230")
_GLOBAL = "040000008200E00074C5B7101A82E008"  # how Exchange begins every iCalUId


class MalformedIdError(ValueError):
    """The text is no id of any item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemId:
    mailbox: bytes
    item: str  # 32 hexadecimal digits, and a date after a dot when it is one of a series
    moves: int | None  # None in the immutable form


def new_item() -> str:
    return uuid4().hex


def occurrence(master: str, day: date) -> str:
    """The id inside a mailbox of one occurrence; it keeps it when it becomes an exception."""
    return f"{master}.{day:%Y%m%d}"


def split(item: str) -> tuple[str, date | None]:
    """The id of the series and the day, or the id as it is."""
    master, dot, day = item.partition(".")
    return master, datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).date() if dot else None


def external(owner: str, item: str, *, moves: int, immutable: bool) -> str:
    master, _, day = item.partition(".")
    raw = _mailbox(owner) + bytes.fromhex(master) + struct.pack(">I", int(day or 0))
    if immutable:
        raw = _IMMUTABLE + raw
    else:
        # The folder's own part makes it longer, and changes whenever the item is filed elsewhere.
        folder = hashlib.sha256(_mailbox(owner) + struct.pack(">I", moves)).digest()[:16]
        raw = _ORDINARY + raw + struct.pack(">I", moves) + folder
    return base64.urlsafe_b64encode(raw).decode()


def of(item: Event | Message, *, immutable: bool) -> str:
    return external(item.owner, item.id, moves=item.moves, immutable=immutable)


def parse(text: str) -> ItemId:
    """Raises MalformedIdError."""
    try:
        raw = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError) as problem:
        raise MalformedIdError(text) from problem
    if raw.startswith(_IMMUTABLE) and len(raw) == len(_IMMUTABLE) + 28:
        rest, moves = raw[len(_IMMUTABLE) :], None
    elif raw.startswith(_ORDINARY) and len(raw) == len(_ORDINARY) + 48:
        rest = raw[len(_ORDINARY) : -20]
        (moves,) = struct.unpack(">I", raw[-20:-16])
    else:
        raise MalformedIdError(text)
    (day,) = struct.unpack(">I", rest[24:28])
    item = rest[8:24].hex() + (f".{day:08}" if day else "")
    return ItemId(mailbox=rest[:8], item=item, moves=moves)


def belongs(item: ItemId, owner: str) -> bool:
    return item.mailbox == _mailbox(owner)


def new_uid(now: datetime) -> str:
    """A global object id; its date part is empty in single events and in series.

    https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxocal
    """
    ticks = int((now - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds() * 10_000_000)
    return (
        f"{_GLOBAL}00000000{struct.pack('<Q', ticks).hex().upper()}"
        f"{'0' * 16}10000000{uuid4().hex.upper()}"
    )


def uid_of(uid: str, day: date | None) -> str:
    """The iCalUId of one occurrence: every occurrence has its own."""
    if day is None:
        return uid
    if uid.startswith(_GLOBAL):
        return f"{_GLOBAL}{day.year:04X}{day.month:02X}{day.day:02X}{uid[len(_GLOBAL) + 8 :]}"
    return f"{uid}_{day:%Y%m%d}"  # a series from another system, known by that system's own id


def change_key(change: int) -> str:
    raw = bytes.fromhex("c2030b055dc90443a7588f5418") + struct.pack(">Q", change)
    return base64.b64encode(raw).decode()


@functools.lru_cache(maxsize=4096)
def _mailbox(owner: str) -> bytes:
    return hashlib.sha256(owner.encode()).digest()[:8]
