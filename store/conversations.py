"""Where people are reached in Teams, and the one live card each has on a handoff."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from handoff.effects import ToPerson
from store.database import Reads
from store.door import Tx

_NO_FORM = "form_in = null, form_until = null, form_name = null, news_waits = false"
Reference = dict[str, Any]  # Bot Framework's conversation reference, as plain JSON


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person has in Teams of a handoff, at one moment."""

    live: str | None  # the activity id of their live card
    form_in: str | None  # the message in which they may be filling in a form,
    form_until: datetime | None  # for so long
    form_name: str | None  # and which that is
    chat: Reference | None  # None for someone who never installed or wrote to Baton

    def is_form_open(self, message: str, at: datetime) -> bool:
        """Whether the person may be filling in a form in that *message*."""
        return self.form_in == message and self.form_until is not None and self.form_until > at


class Conversations:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def update_reference(self, tx: Tx, person: str, reference: Reference) -> bool:
        """Where *person* was last heard; the service address may change from one to the next.

        True if Teams had not been delivering to them, which is over now.
        """
        done = await tx.execute(
            "with heard as (insert into conversation (person, reference) values (%s, %s) "
            "on conflict (person) do update set reference = excluded.reference "
            "where conversation.reference <> excluded.reference) "
            "update person set unreachable = null where id = %s and unreachable is not null",
            [person, Jsonb(reference), person],
        )
        return done.rowcount > 0

    async def remember(self, tx: Tx, person: str, reference: Reference) -> None:
        """The chat that was begun with *person*."""
        await tx.execute(
            "insert into conversation (person, reference) values (%s, %s) "
            "on conflict (person) do nothing",
            [person, Jsonb(reference)],
        )

    async def begun_again(self, tx: Tx, person: str, reference: Reference) -> None:
        """The chat that was known is no more; this one is."""
        await tx.execute(
            "update conversation set reference = %s where person = %s", [Jsonb(reference), person]
        )

    async def a_service_url(self) -> str | None:
        """An address of Teams that somebody of the tenant was heard from."""
        async with self._reads.connection() as tx:
            row = await (
                await tx.execute("select reference ->> 'serviceUrl' from conversation limit 1")
            ).fetchone()
        return row[0] if row else None

    async def reference(self, person: str) -> Reference | None:
        """None for someone who never installed or wrote to Baton."""
        async with self._reads.connection() as tx:
            row = await (
                await tx.execute("select reference from conversation where person = %s", [person])
            ).fetchone()
        return row[0] if row else None

    async def welcome(self, tx: Tx, person: str, at: datetime) -> bool:
        """True once for each person: the first time they are to be welcomed."""
        done = await tx.execute(
            "update conversation set welcomed_at = %s where person = %s and welcomed_at is null",
            [at, person],
        )
        return done.rowcount == 1

    async def standing(self, handoff: UUID, person: str) -> Standing:
        """Their live card on the handoff, their form and their chat."""
        async with self._reads.connection() as tx:
            row = await (
                await tx.execute(
                    "select c.activity, c.form_in, c.form_until, c.form_name, t.reference "
                    "from (select) as one "
                    "left join card c on c.handoff = %s and c.person = %s "
                    "left join conversation t on t.person = %s",
                    [handoff, person, person],
                )
            ).fetchone()
        assert row
        return Standing(*row)

    async def also_live(self, handoff: UUID, person: str, message: str) -> list[UUID]:
        """Open handoffs that *person* hands over, but that one, whose live card the *message* is
        too: of a list that was open on two devices, a lead was chosen on each.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select c.handoff from handoff h join card c on c.handoff = h.id "
                "and c.person = h.qualifier where h.qualifier = %s and h.state <> 'ended' "
                "and c.activity = %s and h.id <> %s order by h.number",
                [person, message, handoff],
            )
            return [id async for (id,) in found]

    async def readers(self, tx: Tx, handoff: UUID) -> list[str]:
        """Whoever has a live card on the handoff."""
        found = await tx.execute(
            "select person from card where handoff = %s and activity is not null order by person",
            [handoff],
        )
        return [person async for (person,) in found]

    async def may_read(
        self, tx: Tx, handoffs: Collection[UUID], people: Collection[str]
    ) -> set[tuple[UUID, str]]:
        """Who of *people* has a live card on which of these, or is about to have one. Whatever is
        decided from then on is on it anyway, if *tx* has the handoffs locked.
        """
        found = await tx.execute(
            "select handoff, person from card "
            "where handoff = any(%(ids)s) and activity is not null union "
            "select (args ->> 'handoff_id')::uuid, args ->> 'person' from procrastinate_jobs "
            "where status in ('todo', 'doing') and lock = any(%(locks)s) "
            "and args ->> 'handoff_id' = any(%(texts)s)",
            {
                "ids": list(handoffs),
                "texts": [str(id) for id in handoffs],
                "locks": [ToPerson(person).lock for person in people],
            },
        )
        return {(id, person) async for id, person in found}

    async def is_live(self, tx: Tx, handoff: UUID, person: str, activity: str | None) -> None:
        """From now on *activity* is the person's live card, or one of which nobody knows the id:
        whichever is clicked is it. Nothing is held back any more.
        """
        await self._card(tx, handoff, person, activity=activity, held_until=None)

    async def postpone(self, tx: Tx, handoff: UUID, person: str, until: datetime) -> None:
        """The next card waits until *until*, the person's working hours."""
        await self._card(tx, handoff, person, held_until=until)

    async def postponed(self, at: datetime) -> list[tuple[UUID, str]]:
        """Cards that have waited long enough."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select handoff, person from card where held_until <= %s", [at]
            )
            return [(handoff, person) async for handoff, person in found]

    async def release(self, tx: Tx, handoff: UUID, person: str) -> None:
        """The card no longer waits: it is being posted."""
        await self._card(tx, handoff, person, held_until=None)

    async def form_open(
        self, tx: Tx, handoff: UUID, person: str, message: str, *, name: str, until: datetime
    ) -> str | None:
        """The person may be filling in the form of that *name* in that *message*, for so long, and
        in no other: the one in which they were until now.
        """
        found = await tx.execute(
            "select form_in, news_waits from card where handoff = %s and person = %s",
            [handoff, person],
        )
        row = await found.fetchone()
        before: str | None = row[0] if row else None
        waits = bool(row and row[1]) and before == message
        await self._card(
            tx,
            handoff,
            person,
            form_in=message,
            form_until=until,
            form_name=name,
            news_waits=waits,
        )
        return before if before != message else None

    async def form_done(self, tx: Tx, handoff: UUID, person: str, message: str) -> None:
        """The person fills in no form in that *message* any more."""
        await tx.execute(
            f"update card set {_NO_FORM} "  # noqa: S608  # our own words
            "where handoff = %s and person = %s and form_in = %s",
            [handoff, person, message],
        )

    async def news_waits(self, tx: Tx, handoff: UUID, person: str, message: str) -> None:
        """News is kept from that *message* until the form in it is done, or left."""
        await tx.execute(
            "update card set news_waits = true "
            "where handoff = %s and person = %s and form_in = %s and not news_waits",
            [handoff, person, message],
        )

    async def left_open(self, tx: Tx, at: datetime) -> list[tuple[UUID, str, str, str | None]]:
        """Handoff, person, message and live card where a form was left open until *at*, and news
        waits for it. Nothing is held back there any more. Where none does the form stays.
        """
        found = await tx.execute(
            f"update card c set {_NO_FORM} "  # noqa: S608  # our own words
            "from (select handoff, person, form_in from card where news_waits and form_until <= %s "
            "order by handoff, person for update) as open "
            "where c.handoff = open.handoff and c.person = open.person "
            "returning c.handoff, c.person, open.form_in, c.activity",
            [at],
        )
        return [(handoff, person, message, live) async for handoff, person, message, live in found]

    async def _card(self, tx: Tx, handoff: UUID, person: str, **columns: object) -> None:
        names = ", ".join(columns)
        await tx.execute(
            f"insert into card (handoff, person, {names}) "  # noqa: S608  # our own columns
            f"values (%s, %s{', %s' * len(columns)}) on conflict (handoff, person) do update set "
            + ", ".join(f"{name} = excluded.{name}" for name in columns),
            [handoff, person, *columns.values()],
        )
