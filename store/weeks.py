"""Weekly calendar checks in PostgreSQL; what people say to one comes in by `Weeks.change`."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from handoff.addresses import spellings
from handoff.calendar import Finding, Phantom, Shows
from handoff.errors import NoSuchWeekError
from handoff.hours import Span
from handoff.phantoms import Left
from handoff.week import Day, Line, Standing, Week, WeekDecision
from store.database import Reads
from store.door import Door, Tx
from store.heard import Heard
from store.rows import finding_to_json, json_to_finding

LEAVERS_FOR = timedelta(days=30)  # that somebody has left is believed for so long
ASKED_FOR = timedelta(days=5)  # nobody is asked about again before that

Rule = Callable[[Week], WeekDecision]


class Weeks:
    def __init__(self, reads: Reads, door: Door, heard: Heard) -> None:
        self._reads = reads
        self._door = door
        self._heard = heard

    async def change(
        self, person: str, monday: date, rule: Rule, *, once: str | None = None
    ) -> Week:
        """Apply *rule* to the person's check of that week; what must follow commits with it. What
        was done under the name *once* before is not done again.

        The row stays locked meanwhile, so of two clicks at once the second sees the first.
        Raises NoSuchWeekError when there is no such check, and whatever *rule* raises; then
        nothing has changed.
        """
        async with self._door.open() as tx:
            return await self.change_in(tx, person, monday, rule, once=once)

    async def change_in(
        self, tx: Tx, person: str, monday: date, rule: Rule, *, once: str | None = None
    ) -> Week:
        """As `change`, together with whatever else is written in *tx*."""
        before = await _locked(tx, person, monday)
        if before is None:
            raise NoSuchWeekError
        if not await self._heard.is_new(tx, once):
            return before
        decision = rule(before)
        if decision.week != before:
            await tx.execute(UPSERT, _row(decision.week))
            for line in _silenced(before, decision.week):
                await tx.execute(
                    "insert into silenced (person, key, kind, at) values (%s, %s, %s, now()) "
                    "on conflict do nothing",
                    [person, line.key, line.finding and line.finding.kind],
                )
        tx.follow(*decision.effects)
        return decision.week

    async def check(self, tx: Tx, person: str, monday: date, checking: Callable[..., Week]) -> Week:
        """What was seen now takes the place of what was seen *before*; so does what was said."""
        week = checking(before=await _locked(tx, person, monday))
        await tx.execute(UPSERT, _row(week))
        return week

    async def of(self, person: str, monday: date) -> Week | None:
        async with self._reads.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "select * from week where person = %s and monday = %s", [person, monday]
            )
            row = await cursor.fetchone()
        return _week(row) if row else None

    async def newest(self, people: Sequence[str], since: datetime) -> Mapping[str, Week]:
        """The last look at each calendar, by person, where it was after *since*."""
        async with self._reads.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "select distinct on (person) * from week where person = any(%s) "
                "and checked_at >= %s order by person, checked_at desc",
                [list(people), since],
            )
            return {row["person"]: _week(row) async for row in cursor}

    async def about(self, people: Sequence[str], monday: date) -> Mapping[str, Week]:
        """The check of that week by person, of those who were sent one."""
        async with self._reads.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "select * from week where person = any(%s) and monday = %s and sent_at is not null",
                [list(people), monday],
            )
            return {row["person"]: _week(row) async for row in cursor}

    async def checked(self, mondays: Mapping[str, date]) -> set[str]:
        """Those whose check of that week has been made."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select person from week join unnest(%s::text[], %s::date[]) as asked (who, what) "
                "on person = who and monday = what where sent_at is not null",
                [list(mondays), list(mondays.values())],
            )
            return {person async for (person,) in found}

    async def silenced(self, people: Sequence[str]) -> Mapping[str, list[tuple[str, Phantom]]]:
        """What each of *people* has called real, for good."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select person, key, kind from silenced where person = any(%s)", [list(people)]
            )
            quiet: dict[str, list[tuple[str, Phantom]]] = {person: [] for person in people}
            async for person, key, kind in found:
                quiet[person].append((key, Phantom(kind)))
        return quiet

    async def leavers(self, at: datetime) -> Mapping[str, Left]:
        """Who has left, as far as was seen lately."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select who, how from leaver where how is not null and seen_at >= %s",
                [at - LEAVERS_FOR],
            )
            return {who: Left(how) async for who, how in found}

    async def asked_lately(self, at: datetime) -> set[str]:
        """Whoever was asked about in the last days, whatever the answer was."""
        async with self._reads.connection() as tx:
            found = await tx.execute("select who from leaver where seen_at >= %s", [at - ASKED_FOR])
            return {who async for (who,) in found}

    async def were_users(self, names: Collection[str]) -> set[str]:
        """Those of *names*, addresses or ids, that were once seen to be somebody's account."""
        ways = {way: name for name in names for way in spellings(name)}
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select who from leaver where was_user and who = any(%(names)s) union "
                "select one from person, unnest(array[id, lower(mail)] || aliases || "
                "array(select lower(old) from unnest(former) old)) one "
                "where one = any(%(names)s)",
                {"names": list(ways)},
            )
            return {ways[who] async for (who,) in found}

    async def left(
        self,
        tx: Tx,
        asked: Iterable[str],
        found: Mapping[str, Left],
        users: Collection[str],
        at: datetime,
    ) -> None:
        """Of those *asked* about, *found* have left; the others have not, whatever was thought.
        *users* are somebody's accounts.
        """
        for who in asked:
            await tx.execute(
                "insert into leaver (who, how, was_user, seen_at) values (%s, %s, %s, %s) "
                "on conflict (who) do update set how = excluded.how, "
                "was_user = leaver.was_user or excluded.was_user, seen_at = excluded.seen_at",
                [who, found.get(who), who in users, at],
            )

    async def told(self, tx: Tx, manager: str, monday: date, at: datetime) -> bool:
        """True once for each manager and week: who confirmed is to be told now."""
        done = await tx.execute(
            "insert into roll_call (manager, monday, sent_at) values (%s, %s, %s) "
            "on conflict do nothing",
            [manager, monday, at],
        )
        return done.rowcount == 1

    async def forget_old(self, tx: Tx, today: date, keep: timedelta) -> None:
        """What was seen in calendars is not kept longer than it is needed."""
        await tx.execute("delete from week where monday < %s", [today - keep])
        await tx.execute("delete from leaver where seen_at < %s", [today - LEAVERS_FOR])
        await tx.execute("delete from roll_call where monday < %s", [today - keep])


COLUMNS = (
    *("person", "monday", "checked_at", "days", "lines", "sent_at", "confirmed_at", "activity"),
)
UPSERT = (
    f"insert into week ({', '.join(COLUMNS)}) "  # noqa: S608  # our own columns
    f"values ({', '.join(f'%({name})s' for name in COLUMNS)}) "
    "on conflict (person, monday) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:])
)


async def _locked(tx: Tx, person: str, monday: date) -> Week | None:
    async with tx.connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select * from week where person = %s and monday = %s for update", [person, monday]
        )
        row = await cursor.fetchone()
    return _week(row) if row else None


def _silenced(before: Week, after: Week) -> list[Line]:
    """The lines that were called real just now."""
    was = {line.event: line.standing for line in before.lines}
    return [
        line
        for line in after.lines
        if line.finding and line.standing is Standing.REAL is not was.get(line.event)
    ]


def _row(week: Week) -> dict[str, Any]:
    return {
        "person": week.person,
        "monday": week.monday,
        "checked_at": week.checked_at,
        "days": Jsonb(
            [
                [d.day.isoformat(), d.works.total_seconds(), d.taken.total_seconds()]
                for d in week.days
            ]
        ),
        "lines": Jsonb([_line_to_json(line) for line in week.lines]),
        "sent_at": week.sent_at,
        "confirmed_at": week.confirmed_at,
        "activity": week.activity,
    }


def _week(row: Mapping[str, Any]) -> Week:
    return Week(
        person=row["person"],
        monday=row["monday"],
        checked_at=row["checked_at"],
        days=tuple(
            Day(
                day=date.fromisoformat(day),
                works=timedelta(seconds=works),
                taken=timedelta(seconds=taken),
            )
            for day, works, taken in row["days"]
        ),
        lines=tuple(_json_to_line(json) for json in row["lines"]),
        sent_at=row["sent_at"],
        confirmed_at=row["confirmed_at"],
        activity=row["activity"],
    )


def _line_to_json(line: Line) -> dict[str, Any]:
    return {
        "event": line.event,
        "key": line.key,
        "span": [line.span.start.isoformat(), line.span.end.isoformat()],
        "series": line.series,
        "more": line.more,
        "all_day": line.all_day,
        "subject": line.subject,
        "finding": finding_to_json(line.finding),
        "waits_since": _iso(line.waits_since),
        "outside": line.outside,
        "mark": line.mark,
        "standing": line.standing,
        "was": line.was,
        "freed_at": _iso(line.freed_at),
    }


def _json_to_line(json: Mapping[str, Any]) -> Line:
    start, end = json["span"]
    finding: Finding | None = json_to_finding(json["finding"])
    return Line(
        event=json["event"],
        key=json["key"],
        span=Span(datetime.fromisoformat(start), datetime.fromisoformat(end)),
        series=json["series"],
        more=json["more"],
        all_day=json["all_day"],
        subject=json["subject"],
        finding=finding,
        waits_since=_moment(json["waits_since"]),
        outside=json["outside"],
        mark=json["mark"],
        standing=Standing(json["standing"]),
        was=Shows(json["was"]) if json["was"] else None,
        freed_at=_moment(json["freed_at"]),
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
