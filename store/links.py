"""Links in mails: signed, for one person, good until a moment and for one act; passes, with which a
prospect may change their meeting as long as it is ahead; and ways to a file, good for ten minutes.

A link carries what it is for and a signature (HMAC-SHA256), so that nothing is asked of the
database for one that is not ours: the keys are remembered, and asked for anew at most every few
seconds, however many strangers name one that there is not. Whether it was used stands in the
database, for a signature cannot say. The key is made by the database's first use of it and changed
by itself.
"""

import asyncio
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import monotonic
from uuid import UUID, uuid5

from handoff import addresses
from handoff.errors import RefusedError
from store.database import Reads
from store.door import Tx

LIFE = timedelta(days=7)  # the longest that a link is good
PASS_LIFE = timedelta(days=90)  # of a pass; no meeting is booked further ahead
NEW_KEY = timedelta(
    days=30
)  # after which another key signs; the old one proves as long as any link
REMEMBERED = timedelta(days=30)  # after its end, a used link is still known as used
LONGEST = 1_000  # characters of a link
KEY = 32  # bytes
MEETING = "meeting"  # the last part of the address that a pass opens
KIND = "pass"  # in what is signed, so that no link is taken for one
FILE = "file"  # … of a way to a file
FILE_LIFE = timedelta(minutes=10)
NOT_SOONER = 5  # seconds between two looks for a key that is not known
MAKING = 0x6B6579  # our corner of PostgreSQL's advisory locks


class NotOursError(RefusedError):
    """This link is not complete, or was changed on its way. Nothing has happened."""


class ExpiredError(RefusedError):
    """This link has expired. Nothing has happened."""


class LapsedError(ExpiredError):
    """This link has expired. Nothing has happened."""

    def __init__(self, handoff: UUID) -> None:
        super().__init__()
        self.handoff = handoff  # of whoever held it, whose address is still the same


class UsedError(RefusedError):
    """This link was used already, and works only once. Nothing more has happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Whoever holds it may change the meeting of *handoff*: the prospect, and whom they show it.

    It is for one address of theirs: once that is mended, it is good no more.
    """

    id: UUID
    handoff: UUID
    expires_at: datetime  # UTC, whole seconds

    def opens(self, mail: str) -> None:
        """Raises ExpiredError where the prospect's address is another than this was made for."""
        if self.id != _pass_id(self.handoff, mail):
            raise ExpiredError


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWay:
    """Whoever holds it may fetch that file, as its person sees it at that moment."""

    person: str  # Entra object id
    what: str  # is in it: as an address says it
    expires_at: datetime  # UTC, whole seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    id: UUID
    handoff: UUID
    person: str  # whose it is: Entra object id
    n: int  # the promise that it is about
    expires_at: datetime  # UTC, whole seconds


class Links:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._keys: dict[int, bytes] = {}
        self._looked_at = -float(NOT_SOONER)
        self._looking: asyncio.Task[None] | None = None

    async def make(self, tx: Tx, link: Link, at: datetime) -> str:
        """*link*, signed, for an address; it may be used once from now on.

        Made again with the same id it is the same link, and used if it was.
        """
        number, key = await self._key(tx, at)
        await tx.execute(
            "insert into link (id, handoff, person, expires_at) values (%s, %s, %s, %s) "
            "on conflict do nothing",
            [link.id, link.handoff, link.person, link.expires_at],
        )
        said = _said(number, link)
        return f"{_text(said.encode())}.{_text(_signature(key, said))}"

    async def make_pass(self, tx: Tx, handoff: UUID, mail: str, at: datetime) -> str:
        """The pass of the prospect with that address, signed, for an address: the same each time,
        so that a text with it in does not change.
        """
        number, _ = await self._key(tx, at)
        expires = (at + PASS_LIFE).replace(microsecond=0)
        row = await tx.execute(
            "insert into pass (handoff, id, key, expires_at) values (%s, %s, %s, %s) "
            "on conflict (handoff) do update set id = excluded.id, key = excluded.key, "
            "expires_at = excluded.expires_at where pass.id <> excluded.id "
            "or pass.expires_at < excluded.expires_at - %s "
            "returning key, expires_at",
            [handoff, _pass_id(handoff, mail), number, expires, PASS_LIFE / 2],
        )
        kept = (
            await row.fetchone()
            or await (
                await tx.execute("select key, expires_at from pass where handoff = %s", [handoff])
            ).fetchone()
        )
        assert kept
        number, expires = kept
        found = await tx.execute("select key from signing_key where id = %s", [number])
        key = await found.fetchone()
        assert key
        said = _said_of_pass(
            number, Pass(id=_pass_id(handoff, mail), handoff=handoff, expires_at=expires)
        )
        return f"{_text(said.encode())}.{_text(_signature(key[0], said))}"

    async def read_pass(self, text: str, at: datetime) -> Pass:
        """The pass, proved. Raises NotOursError, ExpiredError where the address was mended since,
        whoever has heard of that by now, and LapsedError for one that was good for long enough.
        """
        said, signature = _parts(text)
        try:
            number, kind, id, handoff, expires = said.split(" ")
            found = Pass(
                id=UUID(id),
                handoff=UUID(handoff),
                expires_at=datetime.fromtimestamp(int(expires), UTC),
            )
            wanted = int(number)
        except (ValueError, OverflowError, OSError) as error:
            raise NotOursError from error
        await self._prove(wanted, said, signature)
        if kind != KIND:
            raise NotOursError
        async with self._reads.connection() as tx:
            row = await (
                await tx.execute(
                    "select p.id, l.contact_email from pass p join handoff h on h.id = p.handoff "
                    "join lead l on l.id = h.lead where p.handoff = %s",
                    [found.handoff],
                )
            ).fetchone()
        if row is None or row[0] != found.id:
            raise ExpiredError
        found.opens(row[1])
        if found.expires_at <= at:
            raise LapsedError(found.handoff)
        return found

    async def make_way(self, tx: Tx, person: str, what: str, at: datetime) -> str:
        """The way to a file, signed, for an address. Nothing of it is kept."""
        number, key = await self._key(tx, at)
        expires = int((at + FILE_LIFE).timestamp())
        said = f"{number} {FILE} {expires} {person} {what}"
        return f"{_text(said.encode())}.{_text(_signature(key, said))}"

    async def read_way(self, text: str, at: datetime) -> FileWay:
        """The way, proved. Raises NotOursError, ExpiredError."""
        said, signature = _parts(text)
        try:
            number, kind, expires, person, what = said.split(" ")
            ends = datetime.fromtimestamp(int(expires), UTC)
            wanted = int(number)
        except (ValueError, OverflowError, OSError) as error:
            raise NotOursError from error
        await self._prove(wanted, said, signature)
        if kind != FILE:
            raise NotOursError
        if ends <= at:
            raise ExpiredError
        return FileWay(person=person, what=what, expires_at=ends)

    async def read(self, text: str, at: datetime) -> Link:
        """The link, proved. Raises NotOursError, ExpiredError, UsedError."""
        said, signature = _parts(text)
        try:
            number, id, handoff, n, expires, person = said.split(" ")
            link = Link(
                id=UUID(id),
                handoff=UUID(handoff),
                person=person,
                n=int(n),
                expires_at=datetime.fromtimestamp(int(expires), UTC),
            )
            wanted = int(number)
        except (ValueError, OverflowError, OSError) as error:
            raise NotOursError from error
        await self._prove(wanted, said, signature)
        async with self._reads.connection() as tx:
            found = await tx.execute("select used_at from link where id = %s", [link.id])
            row = await found.fetchone()
        used_at = row[0] if row else None
        if used_at:
            raise UsedError
        if link.expires_at <= at or row is None:
            raise ExpiredError
        return link

    @staticmethod
    async def use(tx: Tx, link: Link, at: datetime) -> None:
        """The link is used, if the transaction commits. Raises UsedError for a second time."""
        done = await tx.execute(
            "update link set used_at = %s where id = %s and used_at is null", [at, link.id]
        )
        if done.rowcount != 1:
            raise UsedError

    async def forget_old(self, tx: Tx, at: datetime) -> None:
        """Links long past, and keys that no living link is signed with."""
        await tx.execute("delete from link where expires_at < %s", [at - REMEMBERED])
        await tx.execute(
            "delete from signing_key where made_at < %s and id not in (select key from pass)",
            [at - NEW_KEY - LIFE - REMEMBERED],
        )

    async def _prove(self, number: int, said: str, signature: bytes) -> None:
        """Raises NotOursError, and what the database raises where it does not answer: then nobody
        can say whose the link is. Without the key the sum is made all the same: how long it takes
        tells nothing.
        """
        key = await self._key_of(number) or secrets.token_bytes(KEY)
        if not hmac.compare_digest(_signature(key, said), signature):
            raise NotOursError

    async def _key_of(self, number: int) -> bytes | None:
        """A key never changes, so it is asked for once; another process may have made a newer. Who
        comes while it is asked for waits for the same answer, and none that failed is one.
        """
        if number not in self._keys:
            if self._looking is None and monotonic() - self._looked_at >= NOT_SOONER:
                self._looking = asyncio.create_task(self._look())
                self._looking.add_done_callback(self._looked)
            if self._looking:
                await asyncio.shield(self._looking)
        return self._keys.get(number)

    async def _look(self) -> None:
        async with self._reads.connection() as tx:
            found = await tx.execute("select id, key from signing_key")
            self._keys = {id: key async for id, key in found}
        self._looked_at = monotonic()

    def _looked(self, done: asyncio.Task[None]) -> None:
        self._looking = None
        if not done.cancelled():
            done.exception()  # also where nobody waits any more

    async def _key(self, tx: Tx, at: datetime) -> tuple[int, bytes]:
        """The key that signs now. Of several processes one makes it, and the others wait."""
        newest = (
            "select id, key from signing_key where made_at > %s order by made_at desc, id limit 1"
        )
        found = await (await tx.execute(newest, [at - NEW_KEY])).fetchone()
        if found is None:
            await tx.execute("select pg_advisory_xact_lock(%s)", [MAKING])
            await tx.execute(
                "insert into signing_key (key, made_at) select %s, %s where not exists "
                "(select from signing_key where made_at > %s)",
                [secrets.token_bytes(KEY), at, at - NEW_KEY],
            )
            found = await (await tx.execute(newest, [at - NEW_KEY])).fetchone()
        assert found
        self._keys[found[0]] = found[1]  # whoever follows the link here need not look for it
        return found[0], found[1]


def _said(number: int, link: Link) -> str:
    expires = int(link.expires_at.timestamp())
    return f"{number} {link.id} {link.handoff} {link.n} {expires} {link.person}"


def _pass_id(handoff: UUID, mail: str) -> UUID:
    return uuid5(handoff, addresses.one(mail))


def _said_of_pass(number: int, given: Pass) -> str:
    expires = int(given.expires_at.timestamp())
    return f"{number} {KIND} {given.id} {given.handoff} {expires}"


def _signature(key: bytes, said: str) -> bytes:
    return hmac.digest(key, said.encode(), sha256)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _parts(text: str) -> tuple[str, bytes]:
    """Raises NotOursError for what is written in any other way than ours."""
    said, dot, signature = text.partition(".")
    if not dot or len(text) > LONGEST or not text.isascii():
        raise NotOursError
    try:
        parts = [urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in (said, signature)]
        if [_text(part) for part in parts] != [said, signature]:
            raise NotOursError
        return parts[0].decode("ascii"), parts[1]
    except (NotBase64Error, ValueError) as error:
        raise NotOursError from error
