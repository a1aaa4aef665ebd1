"""What Graph tells us about each mailbox: its subscriptions, and where the last poll left off.

A mailbox has a subscription for each kind of thing that is watched in it. IN_USE says which are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from handoff.effects import OfMailbox, Poll, ReadSentMail
from store.database import Reads
from store.door import Tx

IN_USE: Mapping[str, str] = {
    # Both in the meeting, for as long as its answer or its time must be followed, also while it is
    # settled who meets the prospect; and whoever has a next step in their calendar.
    "events": (
        "select unnest(array[rep, coalesce(organizer, qualifier)]) as mailbox from handoff "
        "where state in ('offered', 'proposed', 'accepting', 'accepted', 'sent_back') "
        "union all select who from commitment where what = 'follow_up' and ended_at is null"
    ),
    # Of whoever owes an answer to an introduction.
    "sent": ("select who as mailbox from commitment where what = 'reply' and ended_at is null"),
}
"""Whose mailbox is watched for each kind of thing. A kind with an entry here is switched on."""
READS: Mapping[str, type[OfMailbox]] = {"events": Poll, "sent": ReadSentMail}
"""What reads what changed in a mailbox, told or not, for each kind of thing."""

_WANTED = " union ".join(
    f"select distinct mailbox, '{kind}' as kind from ({sql}) as {kind}"  # noqa: S608  # our own words
    for kind, sql in IN_USE.items()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    mailbox: str
    kind: str
    id: str | None
    client_state: str
    expires_at: datetime | None
    renew_at: datetime | None
    delta: str | None
    delta_until: datetime | None
    polled_at: datetime | None
    poll_at: datetime | None
    stirred_at: datetime | None
    closed: bool
    trouble: str | None
    tries: int
    try_at: datetime | None

    def alive(self, at: datetime) -> bool:
        return self.id is not None and self.expires_at is not None and self.expires_at > at


# What is put together below is all our own words.
_ROWS = f"subscription s join ({_WANTED}) as wanted using (mailbox, kind)"
_BEGIN = (
    "insert into subscription (mailbox, kind, client_state) "  # noqa: S608
    "select mailbox, kind, gen_random_uuid()::text || gen_random_uuid()::text "
    f"from ({_WANTED}) as wanted on conflict do nothing"
)
_TO_RENEW = (
    f"select s.* from {_ROWS} where (s.id is null or s.renew_at <= %(at)s) "  # noqa: S608
    "and coalesce(s.try_at, '-infinity') <= %(at)s "
    "order by coalesce(s.expires_at, '-infinity'), mailbox, kind limit %(most)s"
)
_TO_POLL = (
    f"select s.* from {_ROWS} where not (closed and try_at > %(at)s) and "  # noqa: S608
    "(s.polled_at is null or s.poll_at <= %(at)s or "
    "((s.id is null or s.expires_at <= %(at)s) and s.polled_at <= %(at)s - %(blind)s)) "
    "order by coalesce(s.polled_at, '-infinity'), mailbox, kind limit %(most)s"
)
_IN_USE = f"select s.* from {_ROWS} order by mailbox, kind"  # noqa: S608
UNWATCHED = (
    f"select count(distinct mailbox) from {_ROWS} "  # noqa: S608
    "where s.id is null or s.expires_at <= %(at)s"
)
"""How many mailboxes in use Graph tells us nothing of, at a moment."""
_FORGET = (
    "delete from subscription s "  # noqa: S608
    "where coalesce(expires_at, '-infinity') < %s and not exists "
    f"(select from ({_WANTED}) as w where w.mailbox = s.mailbox and w.kind = s.kind)"
)


class Subscriptions:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def begin(self, tx: Tx) -> None:
        """Every mailbox in use has a row for each kind that is watched in it, with a secret.

        The secret is two random UUIDs of PostgreSQL's, which draws them from the system.
        """
        await self._run(tx, _BEGIN)

    async def to_renew(self, at: datetime, most: int) -> list[Subscription]:
        """Those in use that are not there or whose moment has come, the most pressing first."""
        return await self._select(_TO_RENEW, {"at": at, "most": most})

    async def to_poll(self, at: datetime, *, blind: timedelta, most: int) -> list[Subscription]:
        """Those in use whose poll is due, the longest unread first; where no subscription lives,
        they are read each *blind*.
        """
        return await self._select(_TO_POLL, {"at": at, "blind": blind, "most": most})

    async def of(self, mailbox: str, kind: str) -> Subscription | None:
        return (await self.of_all([mailbox], kind)).get(mailbox)

    async def of_all(self, mailboxes: Sequence[str], kind: str) -> dict[str, Subscription]:
        """As `of` of each, by mailbox."""
        found = await self._select(
            "select * from subscription where mailbox = any(%(mailboxes)s) and kind = %(kind)s",
            {"mailboxes": list(mailboxes), "kind": kind},
        )
        return {one.mailbox: one for one in found}

    async def with_ids(self, ids: Sequence[str]) -> dict[str, Subscription]:
        """Those of *ids* that are ours."""
        found = await self._select(
            "select * from subscription where id = any(%(ids)s)", {"ids": list(ids)}
        )
        return {one.id: one for one in found if one.id}

    async def in_use(self) -> list[Subscription]:
        """All that should be alive now."""
        return await self._select(_IN_USE, {})

    async def gone(self, tx: Tx, ids: Iterable[str], at: datetime) -> None:
        """As `lost`, of those that still have one of *ids*."""
        await self._run(
            tx,
            "update subscription set id = null, expires_at = null, renew_at = null, poll_at = %s "
            "where id = any(%s)",
            *(at, list(ids)),
        )

    async def alive(
        self, tx: Tx, mailbox: str, kind: str, *, id: str, expires_at: datetime, renew_at: datetime
    ) -> None:
        await self._set(
            tx,
            mailbox,
            kind,
            "id = %s, expires_at = %s, renew_at = %s, "
            "closed = false, trouble = null, tries = 0, try_at = null",
            *(id, expires_at, renew_at),
        )

    async def lost(self, tx: Tx, mailbox: str, kind: str, at: datetime) -> None:
        """Graph no longer has it; the next look makes a new one, and reads what was missed."""
        await self._set(
            tx, mailbox, kind, "id = null, expires_at = null, renew_at = null, poll_at = %s", at
        )

    async def failed(
        self, tx: Tx, mailbox: str, kind: str, *, why: str, closed: bool, try_at: datetime
    ) -> None:
        """It cannot be watched, or *closed* not even be read: not tried before *try_at*."""
        await self._set(
            tx,
            mailbox,
            kind,
            "trouble = %s, closed = %s, tries = tries + 1, try_at = %s",
            *(why, closed, try_at),
        )

    async def polling(
        self, tx: Tx, mailbox: str, kind: str, *, at: datetime, next_at: datetime
    ) -> None:
        """It is being read, and will be again at *next_at*."""
        await self._set(tx, mailbox, kind, "polled_at = %s, poll_at = %s", at, next_at)

    async def polled(
        self, tx: Tx, mailbox: str, kind: str, delta: str | None, until: datetime | None
    ) -> None:
        """The poll left off at *delta*; None to begin with a whole round next time."""
        await self._set(tx, mailbox, kind, "delta = %s, delta_until = %s", delta, until)

    async def doubt(self, tx: Tx, at: datetime) -> None:
        """Nobody listened for a while: everything is to be read again, as soon as may be."""
        await self._run(tx, "update subscription set poll_at = %s", at)

    async def stirred(self, tx: Tx, mailboxes: Iterable[str], at: datetime) -> None:
        """Something changed in these calendars that is no business of Baton's but may be an
        absence.
        """
        await self._run(
            tx,
            "update subscription set stirred_at = %s "
            "where mailbox = any(%s) and kind = 'events' and stirred_at is null",
            *(at, sorted(mailboxes)),
        )

    async def calm(self, tx: Tx, mailboxes: Iterable[str], at: datetime) -> None:
        """Their absences have been read as they were at *at*."""
        await self._run(
            tx,
            "update subscription set stirred_at = null "
            "where mailbox = any(%s) and stirred_at <= %s",
            *(sorted(mailboxes), at),
        )

    async def mark_read(self, tx: Tx, event: str, etag: str | None, at: datetime) -> None:
        """This version of an event has been read, and Baton stands as it says."""
        await self._run(
            tx,
            "insert into seen (event, etag, at) values (%s, %s, %s) "
            "on conflict (event) do update set etag = excluded.etag, at = excluded.at",
            *(event, etag, at),
        )

    async def forget_old(self, tx: Tx, before: datetime) -> None:
        """Versions read before that moment, and mailboxes that nobody has used since."""
        await self._run(tx, "delete from seen where at < %s", before)
        await self._run(tx, _FORGET, before)

    async def _select(self, sql: str, args: Mapping[str, object]) -> list[Subscription]:
        async with (
            self._reads.connection() as tx,
            tx.cursor(row_factory=class_row(Subscription)) as cursor,
        ):
            await cursor.execute(sql, args)
            return await cursor.fetchall()

    async def _set(self, tx: Tx, mailbox: str, kind: str, what: str, *args: object) -> None:
        await self._run(
            tx,
            f"update subscription set {what} where mailbox = %s and kind = %s",  # noqa: S608
            *(*args, mailbox, kind),
        )

    async def _run(self, tx: Tx, sql: str, *args: object) -> None:
        await tx.execute(sql, args)
