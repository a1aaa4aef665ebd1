"""From where leads come in by themselves, and how each proves that it is it.

A source bears a token, of which its digest is kept; or it signs with a secret, which is kept as it
is, for who proves a signature makes it anew. Either is shown once, when it is made. What is good is
remembered, so that nothing is asked of the database for a stranger; it is asked for anew at most
every few seconds, however many of them come. That it is good still is asked where a lead is
written.
"""

import asyncio
import hmac
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from time import monotonic
from uuid import UUID, uuid4

from psycopg.rows import class_row

from handoff.campaigns import key as name_key
from handoff.errors import RefusedError
from store.database import Reads
from store.door import Tx

BEGINS = "baton_lead_"  # of a token, so that whoever finds one knows what it opens
TOKEN = re.compile(r"baton_lead_[\w-]{43}", re.ASCII)  # of those bytes in base64
SIGNS = "whsec_"  # of a secret: https://www.standardwebhooks.com
BYTES = 32
NOT_SOONER = 5  # seconds between two looks for a key that is not known
REMEMBERED = timedelta(days=30)  # what came in; and a key after its end
OLD = timedelta(days=365)  # a key that should be another by then


class NoSourceError(RefusedError):
    """Nothing comes in by that: it is none of ours, its time is over, or it was revoked."""


class KnownSourceError(RefusedError):
    """There is a source of that name already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadSource:
    id: UUID
    name: str
    owner: str  # Entra object id
    qualifiers: Sequence[str]  # Entra object ids
    campaign: str
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKey:
    """How a source proves itself; *signs* says which way."""

    id: UUID
    source: UUID
    signs: bool
    made_at: datetime
    until: datetime | None
    used_at: datetime | None

    def good(self, at: datetime) -> bool:
        return self.until is None or self.until > at


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A lead that is there."""

    number: int
    held: bool
    remembered: bool  # whether it came in lately
    digest: bytes | None  # of what was sent then; None once whoever it is of is forgotten

    def says(self, digest: bytes) -> bool:
        """Whether it may be what is sent now."""
        return self.digest is None or self.digest == digest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    id: UUID
    source: UUID
    digest: bytes | None
    secret: bytes | None
    until: datetime | None


class LeadSources:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._known: Sequence[_Known] = ()
        self._looked_at = -float(NOT_SOONER)
        self._looking: asyncio.Task[None] | None = None

    async def make(self, tx: Tx, source: LeadSource) -> None:
        """It is there, and has yet to get a key. Raises KnownSourceError."""
        done = await tx.execute(
            "insert into lead_source (id, name, name_key, owner, qualifiers, campaign, made_at) "
            "values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            [
                source.id,
                source.name,
                name_key(source.name),
                source.owner,
                list(source.qualifiers),
                source.campaign,
                source.made_at,
            ],
        )
        if done.rowcount != 1:
            raise KnownSourceError

    async def add_key(self, tx: Tx, source: UUID, at: datetime, *, signs: bool) -> str:
        """A token or a secret, which nobody can read again."""
        content = secrets.token_bytes(BYTES)
        token = BEGINS + secrets.token_urlsafe(BYTES)
        await tx.execute(
            "insert into lead_source_key (id, source, digest, secret, made_at) "
            "values (%s, %s, %s, %s, %s)",
            [
                uuid4(),
                source,
                None if signs else _digest(token),
                content if signs else None,
                at,
            ],
        )
        return SIGNS + b64encode(content).decode() if signs else token

    async def end_keys(self, tx: Tx, source: UUID, at: datetime, until: datetime) -> int:
        """Those that it has are good until then, and no longer. How many those are."""
        done = await tx.execute(
            "update lead_source_key set until = %(until)s where source = %(source)s "
            "and made_at <= %(at)s and (until is null or until > %(until)s)",
            {"source": source, "at": at, "until": until},
        )
        return done.rowcount

    async def revoke(self, tx: Tx, source: UUID, at: datetime) -> None:
        """Nothing comes in from it any more."""
        await self.end_keys(tx, source, at, at)
        await tx.execute(
            "update lead_source set ended_at = %s where id = %s and ended_at is null", [at, source]
        )

    async def named(self, tx: Tx, name: str) -> LeadSource | None:
        """The source that goes by that name and is in use, locked."""
        async with tx.connection.cursor(row_factory=class_row(LeadSource)) as cursor:
            await cursor.execute(
                f"select {_COLUMNS} from lead_source where name_key = %s and ended_at is null "  # noqa: S608
                "for no key update",
                [name_key(name)],
            )
            return await cursor.fetchone()

    async def all(self) -> list[tuple[LeadSource, list[SourceKey]]]:
        """Every source, the newest first, with its keys."""
        async with self._reads.connection() as tx:
            async with tx.cursor(row_factory=class_row(LeadSource)) as cursor:
                await cursor.execute(
                    f"select {_COLUMNS} from lead_source order by made_at desc, id"  # noqa: S608
                )
                sources = await cursor.fetchall()
            async with tx.cursor(row_factory=class_row(SourceKey)) as cursor:
                await cursor.execute(
                    "select id, source, secret is not null as signs, made_at, until, used_at "
                    "from lead_source_key order by made_at desc, id"
                )
                keys = await cursor.fetchall()
        return [(one, [key for key in keys if key.source == one.id]) for one in sources]

    async def bearer(self, token: str, at: datetime) -> UUID:
        """The key that is that token. Raises NoSourceError: at once for what does not look like
        one of ours.
        """
        if not TOKEN.fullmatch(token):
            raise NoSourceError
        digest = _digest(token)
        return await self._proved(
            lambda one: one.digest is not None and hmac.compare_digest(one.digest, digest), at
        )

    async def signer(self, source: UUID, signed: Callable[[bytes], bool], at: datetime) -> UUID:
        """The key of *source* of whose secret *signed* says that it made the signature. Raises
        NoSourceError.
        """
        return await self._proved(
            lambda one: one.source == source and one.secret is not None and signed(one.secret), at
        )

    async def source_of(self, tx: Tx, key: UUID, at: datetime) -> LeadSource:
        """Whose *key* that is, which is used. Raises NoSourceError where it was revoked since."""
        async with tx.connection.cursor(row_factory=class_row(LeadSource)) as cursor:
            await cursor.execute(
                f"select {_COLUMNS} from lead_source where id = "  # noqa: S608
                "(select source from lead_source_key where id = %s "
                "and (until is null or until > %s))",
                [key, at],
            )
            found = await cursor.fetchone()
        if found is None:
            raise NoSourceError
        return found

    async def used(self, tx: Tx, key: UUID, at: datetime) -> None:
        """On that day it was. Once a day it is written, so that many at once wait for nobody."""
        await tx.execute(
            "update lead_source_key set used_at = %(at)s where id = %(key)s "
            "and (used_at is null or used_at < %(day)s)",
            {"key": key, "at": at, "day": at.replace(hour=0, minute=0, second=0, microsecond=0)},
        )

    async def arrived(
        self, tx: Tx, handoff: UUID, source: UUID, digest: bytes, at: datetime
    ) -> int:
        """The lead's number, once it is known from where it came."""
        found = await tx.execute(
            "insert into arrival (handoff, source, digest, at) values (%s, %s, %s, %s) "
            "returning (select number from handoff h where h.id = arrival.handoff)",
            [handoff, source, digest, at],
        )
        [(number,)] = await found.fetchall()
        return int(number)

    async def arrivals(self, tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Arrival]:
        """Those of *ids* that are there."""
        found = await tx.execute(
            "select h.id, h.number, h.state = 'qualified' and coalesce(h.reason, '') = 'held', "
            "a.handoff is not null, a.digest from handoff h "
            "left join arrival a on a.handoff = h.id where h.id = any(%s)",
            [list(ids)],
        )
        return {
            id: Arrival(
                number=number,
                held=held,
                remembered=remembered,
                digest=bytes(digest) if digest else None,
            )
            async for id, number, held, remembered, digest in found
        }

    async def forget_old(self, tx: Tx, at: datetime) -> None:
        await tx.execute("delete from arrival where at < %s", [at - REMEMBERED])
        await tx.execute("delete from lead_source_key where until < %s", [at - REMEMBERED])

    async def _proved(self, fits: Callable[[_Known], bool], at: datetime) -> UUID:
        found = next((one for one in self._known if fits(one)), None)
        if found is None:
            await self._look()
            found = next((one for one in self._known if fits(one)), None)
        if found is None or (found.until is not None and found.until <= at):
            raise NoSourceError
        return found.id

    async def _look(self) -> None:
        """All that is good is known, as it was a few seconds ago at most. Who comes while it is
        asked for waits for the same answer, and none that failed is one.
        """
        if self._looking is None and monotonic() - self._looked_at >= NOT_SOONER:
            self._looking = asyncio.create_task(self._read())
            self._looking.add_done_callback(self._looked)
        if self._looking:
            await asyncio.shield(self._looking)

    async def _read(self) -> None:
        async with (
            self._reads.connection() as tx,
            tx.cursor(row_factory=class_row(_Known)) as cursor,
        ):
            await cursor.execute("select id, source, digest, secret, until from lead_source_key")
            self._known = await cursor.fetchall()
        self._looked_at = monotonic()

    def _looked(self, done: asyncio.Task[None]) -> None:
        self._looking = None
        if not done.cancelled():
            done.exception()  # also where nobody waits any more


_COLUMNS = "id, name, owner, qualifiers, campaign, made_at, ended_at"


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()  # whatever bytes a header held
