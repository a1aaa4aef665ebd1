"""Who is reached and who is not: the last that Teams and Outlook took for each person."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from handoff.effects import ToPerson
from store.database import Connection, Reads
from store.door import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How it stands with one person. Every moment is None for what has not happened."""

    person: str
    name: str
    delivered_at: datetime | None  # the last card that Teams took
    failing_at: datetime | None  # since when it takes none; None while it does
    failed_at: datetime | None  # the last that it did not take
    why: str | None  # in words that follow the person's name
    mailed_at: datetime | None  # the last mail instead of a card
    unmailed_at: datetime | None  # since then Outlook has taken none
    mail_why: str | None
    excused: int  # promises that nobody holds against them, for they could not be told

    @property
    def reached(self) -> bool:
        """Whether the last attempt reached them, one way or the other."""
        return self.failing_at is None or (self.mailed_at is not None and self.unmailed_at is None)


_HEALTH = (
    "select d.person, p.name, d.delivered_at, d.failing_at, d.failed_at, d.why, d.mailed_at, "
    "d.unmailed_at, d.mail_why, (select count(*) from commitment c where c.who = d.person "
    "and (c.ending = 'excused' or c.excused_at is not null and c.ended_at is null)) as excused "
    "from delivery d join person p on p.id = d.person"
)


class Delivery:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def delivered(self, tx: Tx, person: str, at: datetime) -> bool:
        """Teams took a card. True if it had not taken the one before."""
        row = await (
            await tx.execute(
                "with before as (select failing_at from delivery where person = %(person)s) "
                "insert into delivery (person, delivered_at) "
                "select id, %(at)s from person where id = %(person)s "
                "on conflict (person) do update set delivered_at = excluded.delivered_at, "
                "failing_at = null, why = null "
                "returning exists (select from before where failing_at is not null)",
                {"person": person, "at": at},
            )
        ).fetchone()
        await self.done_trying(tx, person)
        return bool(row and row[0])

    async def failed(self, tx: Tx, person: str, at: datetime, why: str) -> None:
        """Teams did not take a card, and since when it takes none stays as it was."""
        await self._note(
            tx,
            person,
            "failed_at = %(at)s, failing_at = coalesce(failing_at, %(at)s), why = %(why)s",
            at,
            why,
        )

    async def trying(self, tx: Tx, person: str, at: datetime) -> datetime:
        """Teams is away, or busy, as a card for them is to go out; since when that is so."""
        await self._note(tx, person, "trying_since = coalesce(trying_since, %(at)s)", at)
        return await self.tried_since(person, tx.connection) or at

    async def told_instead(
        self, tx: Tx, person: str, told: list[int], held: list[int], until: datetime | None
    ) -> None:
        """What the new cards of the jobs *told* were to tell them a mail tells. Those of *held*
        wait for their working hours, and are looked at again then.
        """
        await tx.execute(
            "update delivery set told_instead = %s, held_instead = %s, held_until = %s "
            "where person = %s",
            [told, held, until, person],
        )

    async def done_trying(self, tx: Tx, person: str) -> None:
        """What was tried in vain has been done, or is not to be done any more; unless something
        else still waits to be tried again, whatever may have passed it.
        """
        await tx.execute(
            "update delivery set trying_since = null "
            "where person = %s and trying_since is not null and not exists (select from "
            "procrastinate_jobs where lock = %s and status = 'todo' and attempts > 0)",
            [person, ToPerson(person).lock],
        )

    async def tried_since(self, person: str, tx: Connection | None = None) -> datetime | None:
        """Since when a card for them is tried in vain; None while none is."""
        if tx is None:
            async with self._reads.connection() as own:
                return await self.tried_since(person, own)
        found = await tx.execute("select trying_since from delivery where person = %s", [person])
        row = await found.fetchone()
        return row[0] if row else None

    async def mailed(self, tx: Tx, person: str, at: datetime) -> None:
        await self._note(tx, person, "mailed_at = %(at)s, unmailed_at = null, mail_why = null", at)

    async def not_mailed(self, tx: Tx, person: str, at: datetime, why: str) -> None:
        await self._note(
            tx, person, "unmailed_at = coalesce(unmailed_at, %(at)s), mail_why = %(why)s", at, why
        )

    async def of(self, person: str) -> Health | None:
        """None for someone to whom nothing was ever sent."""
        return next(iter(await self._select("where d.person = %s", [person])), None)

    async def visible_to(self, viewer: str) -> list[Health]:
        """Of the viewer and of whoever they manage, as far as something did not arrive."""
        return await self._select(
            "where d.failed_at is not null and p.present and (p.id = %s or %s = any(p.managers)) "
            "order by d.failing_at nulls last, p.name",
            [viewer, viewer],
        )

    async def failing(self) -> list[Health]:
        """Whoever Teams does not deliver to now, the longest first."""
        return await self._select(
            "where d.failing_at is not null and p.present order by d.failing_at, p.name", []
        )

    async def _note(self, tx: Tx, person: str, what: str, at: datetime, why: str = "") -> None:
        """Of someone Baton does not know, nothing is kept."""
        await tx.execute(
            "insert into delivery (person) select id from person where id = %s "
            "on conflict do nothing",
            [person],
        )
        await tx.execute(
            f"update delivery set {what} where person = %(person)s",  # noqa: S608  # our words
            {"person": person, "at": at, "why": why},
        )

    async def _select(self, where: str, args: list[str]) -> list[Health]:
        async with (
            self._reads.connection() as tx,
            tx.cursor(row_factory=class_row(Health)) as found,
        ):
            await found.execute(f"{_HEALTH} {where}", args)
            return [row async for row in found]
