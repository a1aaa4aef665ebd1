"""Reports of weeks that are over, as they were sent: made once, and never changed.

What a report says of a person or a campaign, and where teams are seen by name of a team, stands
there once, whoever reads it. What says less to one than to another, for it is about too few people
whom they do not see by name, stands there for each: as their own scope shows it. Of each reader it
is kept what of it is theirs.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from handoff import weekly
from handoff.figures import Period, Share, Spread, Unit, Value
from handoff.model import Person
from handoff.policy import Policy
from handoff.scope import Ground, Kind, Scope, scope_of
from handoff.weekly import ITEMS, OF_CAMPAIGN, OWN, Item, Line, Numbers, Report, Told
from store.database import Reads
from store.disclosure import SOME, Crowds, of_few
from store.door import Tx
from store.fact_terms import GROUNDS as TERMS
from store.fact_terms import Look, arguments, condition
from store.figures import Figures
from store.people import People
from store.read_audit import ReadAudit
from store.statement_batch import StatementBatch

LOOKED_AT = "weekly"  # in who looked
AT_ONCE = 500  # rows of one statement
GROUNDS: Mapping[str, Kind] = {
    "organisation": Kind.ORGANISATION,
    "below": Kind.BELOW,
    "team": Kind.TEAM,
    "person": Kind.PERSON,
    "campaign": Kind.CAMPAIGN,
}
_REPORT = "week, zone, made_at, cut_off, definition, policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whose a report is, and what of it is theirs."""

    person: Person
    scope: Scope
    due: datetime
    campaigns: frozenset[str] = frozenset()  # each once, by the key of its code


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One entry of an archive."""

    week: Period
    made_at: datetime


class WeeklyReports:
    def __init__(self, reads: Reads, figures: Figures, people: People, audit: ReadAudit) -> None:
        self._reads = reads
        self._figures = figures
        self._people = people
        self._audit = audit

    # --- Making one ---------------------------------------------------------------------------

    async def made(self, week: Period) -> bool:
        async with self._reads.connection() as tx:
            found = await tx.execute("select from weekly_report where week = %s", [week.since])
            return await found.fetchone() is not None

    async def any_event(self, week: Period, known: datetime) -> bool:
        """Whether anything at all is counted of it, as it was *known* then."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select from fact where at >= %s and at < %s and known_at <= %s limit 1",
                [week.begin, week.end, known],
            )
            return await found.fetchone() is not None

    async def last_missed(self, week: Period, known: datetime) -> datetime:
        """When it was last found, after it was *known*, that something was overdue in it; as it was
        known where nothing was.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select max(known_at) from fact where at >= %s and at < %s and known_at > %s "
                "and what in ('overdue', 'missed', 'passed_on')",
                [week.begin, week.end, known],
            )
            row = await found.fetchone()
        return row[0] if row and row[0] else known

    async def readers(self, week: Period, policy: Policy) -> list[Reader]:
        """Everyone whose the report of that week is, with what they may see now."""
        everyone = await self._people.everyone()
        campaigns: dict[str, list[str]] = defaultdict(list)
        codes: dict[str, set[str]] = defaultdict(set)
        async with self._reads.connection() as tx:
            found = await tx.execute("select owner, code_key, name_key from campaign")
            async for owner, code, name in found:
                campaigns[owner] += [code, name]
                codes[owner].add(code)
        below: dict[str, dict[str, Person]] = defaultdict(dict)
        for one in everyone.values():
            for manager in one.managers:
                below[manager][one.id] = one
        return [
            Reader(
                person=one,
                scope=scope_of(one, below[one.id], campaigns[one.id], policy),
                due=weekly.due(one.hours, week),
                campaigns=frozenset(codes[one.id]),
            )
            for one in everyone.values()
            if weekly.gets(one)
        ]

    async def read(self, week: Period, readers: Sequence[Reader], known: datetime) -> list[Line]:
        """Every line of the report, as it was *known* then. The organisation's is the first."""
        found: dict[object, Any] = {}
        whose = "organisation", ""
        everybody = await self.line(everybodys(readers[0].scope), *whose, week, known, found=found)
        lines = [everybody]
        # What is hidden from somebody hangs on whom they see by name of those few whose it is.
        wholes = {frozenset[str](): everybody}
        few: dict[int, frozenset[str]] = {}
        teams: set[str] = set()
        campaigns: set[str] = set()
        for one in readers:
            scope = one.scope
            many = len(scope.names)
            if many not in few:
                few[many] = of_few(found, scope)
            named = scope.names & few[many] if many <= SOME else scope.names
            if named not in wholes:
                seen = replace(scope, names=named)
                wholes[named] = await self.line(seen, *whose, week, known, found=found)
            lines.append(replace(wholes[named], reader=scope.who))
            lines.append(await self.line(scope, "person", scope.who, week, known))
            if scope.teams:
                lines.append(await self.line(scope, "below", scope.who, week, known))
            lines += [
                await self.line(scope, kind, which, week, known)
                for kind, new in (
                    ("team", scope.teams - teams),
                    ("campaign", one.campaigns - campaigns),
                )
                for which in sorted(new)
            ]
            if scope.by_name:  # else each sees as much of a team as they see of those in it
                teams |= scope.teams
            campaigns |= one.campaigns
        return lines

    async def line(
        self,
        scope: Scope,
        kind: str,
        whose: str,
        week: Period,
        known: datetime | None,
        *,
        found: dict[object, Any] | None = None,
    ) -> Line:
        """One line, as whoever's *scope* it is may see it; what was *found* for another's is not
        looked for again. Raises NotShownError.
        """
        before = Period(week.since - timedelta(days=7), week.since, week.zone)
        return Line(
            kind=kind,
            whose=whose,
            reader=_reader(scope, kind),
            now=await self.numbers(scope, kind, whose, week, known, found=found),
            before=await self.numbers(scope, kind, whose, before, known, found=found, parted=False),
        )

    async def numbers(
        self,
        scope: Scope,
        kind: str,
        whose: str,
        week: Period,
        known: datetime | None,
        *,
        found: dict[object, Any] | None = None,
        parted: bool = True,
    ) -> Numbers:
        """What each figure of such a line came to in that week, as it was *known* then or is now,
        and of a campaign its parts, where they are asked for. Raises NotShownError.
        """
        ground = Ground(GROUNDS[kind], "" if kind == "below" else whose)
        items = ITEMS if kind in ("organisation", "below") else OWN
        items = OF_CAMPAIGN if kind == "campaign" and parted else items
        told: dict[str, Told] = {}
        together: dict[tuple[Any, int], list[Item]] = defaultdict(list)
        for item in items:
            together[item.by, item.back].append(item)
        crowds = Crowds(scope, found if found is not None else {})
        for (by, _), alike in together.items():
            look = Look(ground=ground, period=alike[0].period(week), by=by, known=known)
            shown = await self._figures.values(
                scope, [one.of for one in alike], look, week.end, crowds
            )
            for item, one in zip(alike, shown, strict=True):
                told[item.key] = Told(
                    one.whole.value,
                    {
                        cell.part: cell.value
                        for cell in one.parts
                        if item.codes is None or cell.part in item.codes
                    },
                )
        return {item.key: told[item.key] for item in items}

    async def keep(
        self,
        tx: Tx,
        week: Period,
        lines: Iterable[Line],
        readers: Iterable[Reader],
        *,
        made_at: datetime,
        known: datetime,
        policy: int,
    ) -> bool:
        """It is made: from now on it says what it says. False where somebody was quicker."""
        done = await tx.execute(
            f"insert into weekly_report ({_REPORT}) values (%s, %s, %s, %s, %s, %s) "  # noqa: S608
            "on conflict do nothing",
            [week.since, week.zone, made_at, known, weekly.DEFINITION, policy],
        )
        if not done.rowcount:
            return False
        rows = [
            {
                "week": week.since,
                "kind": line.kind,
                "whose": line.whose,
                "reader": line.reader,
                "now": _written(line.now),
                "before": _written(line.before),
            }
            for line in lines
        ]
        theirs = [
            {
                "week": week.since,
                "person": one.person.id,
                "names": sorted(one.scope.names),
                "teams": sorted(one.scope.teams),
                "campaigns": sorted(one.scope.campaigns),
                "due_at": one.due,
            }
            for one in readers
        ]
        for table, all_of_them in (("weekly_line", rows), ("weekly_reader", theirs)):
            for first in range(0, len(all_of_them), AT_ONCE):
                batch = StatementBatch()
                batch.insert_by_name(table, all_of_them[first : first + AT_ONCE])
                await tx.run(batch)
        return True

    # --- Sending it ---------------------------------------------------------------------------

    async def due_cards(self, tx: Tx, week: date, at: datetime, most: int) -> list[str]:
        """Whose card is due and not in line yet, at most so many; it is from now on."""
        return await self._due(tx, "card_at", week, at, most)

    async def due_mails(self, tx: Tx, week: date, at: datetime, most: int) -> list[str]:
        return await self._due(tx, "mail_at", week, at, most)

    @staticmethod
    async def _due(tx: Tx, column: str, week: date, at: datetime, most: int) -> list[str]:
        found = await tx.execute(
            f"update weekly_reader set {column} = %(at)s where (week, person) in "  # noqa: S608
            f"(select week, person from weekly_reader where week = %(week)s and {column} is null "
            "and due_at <= %(at)s order by due_at, person limit %(most)s for update skip locked) "
            "returning person",
            {"week": week, "at": at, "most": most},
        )
        return sorted([person async for (person,) in found])

    async def mail_in_line(self, week: date, person: str) -> datetime | None:
        """Since when their mail is."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select mail_at from weekly_reader where week = %s and person = %s", [week, person]
            )
            row = await found.fetchone()
            return row[0] if row else None

    # --- Reading it ---------------------------------------------------------------------------

    async def archive(self, person: str, most: int) -> list[Sent]:
        """The reports that are theirs, the newest first."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select r.week, r.zone, r.made_at from weekly_reader p "
                "join weekly_report r using (week) where p.person = %s order by 1 desc limit %s",
                [person, most],
            )
            return [
                Sent(week=_period(week, zone), made_at=made) async for week, zone, made in found
            ]

    async def of(self, scope: Scope, week: date | None = None) -> Report | None:
        """The report of that week, or their newest, as it was sent to whoever's *scope* it is now;
        None where none is theirs. Whom or what they may not see any more is left out.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                f"select {', '.join(f'r.{name.strip()}' for name in _REPORT.split(','))}, "  # noqa: S608
                "p.names, p.teams, p.campaigns from weekly_reader p join weekly_report r "
                "using (week) where p.person = %(who)s and %(week)s::date is null or "
                "p.person = %(who)s and week = %(week)s order by week desc limit 1",
                {"who": scope.who, "week": week},
            )
            row = await found.fetchone()
            if row is None:
                return None
            since, zone, made_at, known, definition, policy, names, teams, campaigns = row
            found = await tx.execute(
                "select kind, whose, reader, now, before from weekly_line "
                "where week = %(week)s and (kind = 'organisation' and reader in ('', %(who)s) "
                "or kind = 'below' and whose = %(who)s and %(leads)s and reader = any(%(for)s) "
                "or kind = 'person' and whose = any(%(names)s) "
                "or kind = 'team' and whose = any(%(teams)s) and reader = any(%(for)s) "
                # Once there was one for each of its two keys.
                "or kind = 'campaign' and whose = any(%(campaigns)s) and (whose in "
                "(select code_key from campaign) or whose not in (select name_key from campaign))) "
                "order by kind, whose, reader desc",
                {
                    "week": since,
                    "who": scope.who,
                    "leads": bool(scope.teams),
                    # What is the same for all was made when everyone in it was shown by name.
                    "for": ["", scope.who] if scope.by_name else [scope.who],
                    "names": sorted(scope.names.intersection(names)),
                    "teams": sorted(scope.teams.intersection(teams)),
                    "campaigns": sorted(scope.campaigns.intersection(campaigns)),
                },
            )
            lines = [
                Line(kind=kind, whose=whose, reader=reader, now=_read(now), before=_read(before))
                async for kind, whose, reader, now, before in found
            ]

        def those(kind: str) -> list[Line]:
            return [one for one in lines if one.kind == kind]

        own = next((one for one in those("person") if one.whose == scope.who), None)
        week_then = _period(since, zone)
        organisation = those("organisation")[0]
        if not organisation.reader:
            organisation = await self._as_theirs(scope, organisation, week_then, known)
        return Report(
            week=week_then,
            made_at=made_at,
            cut_off=known,
            definition=definition,
            policy=policy,
            organisation=organisation,
            own=own,
            below=next(iter(those("below")), None),
            teams=tuple(those("team")),
            people=tuple(one for one in those("person") if one is not own),
            campaigns=tuple(those("campaign")),
        )

    async def _as_theirs(self, scope: Scope, line: Line, week: Period, known: datetime) -> Line:
        """A *line* that was made once for everybody, before one was made for each: of it what
        whoever's *scope* it is may see today, where that can be read of what was *known* then.
        """
        may = await self.line(scope, line.kind, line.whose, week, known)
        return replace(
            line,
            reader=scope.who,
            now=_no_more(line.now, may.now),
            before=_no_more(line.before, may.before),
        )

    async def called(self, report: Report) -> tuple[dict[str, Person], dict[str, str]]:
        """Whoever stands in it, by id, and the names of its campaigns, by key, as they are now."""
        ids = {one.whose for one in (*report.people, *report.teams)}
        campaigns: dict[str, str] = {}
        if report.campaigns:
            async with self._reads.connection() as tx:
                found = await tx.execute("select code_key, name_key, name from campaign")
                async for code, key, name in found:
                    campaigns |= {code: name, key: name}
        return await self._people.called(sorted(ids)), campaigns

    async def sources(self, report: Report) -> dict[str, str]:
        """What kind of effort each of its campaigns is, by key, where the list says so."""
        if not report.campaigns:
            return {}
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select code_key, name_key, source from campaign where source <> ''"
            )
            return {one: source async for code, name, source in found for one in (code, name)}

    async def later(self, scope: Scope, line: Line, item: Item, report: Report) -> frozenset[str]:
        """Of whom anything became known after a *report* was made that such a figure counts."""
        figure = item.of
        ground = Ground(GROUNDS[line.kind], "" if line.kind == "below" else line.whose)
        look = Look(ground=ground, period=item.period(report.week))
        args = {**arguments(scope, look), "cut_off": report.cut_off}
        in_time = f"at >= %(since)s and at < %(until)s and {TERMS[ground.kind]}"
        counted = [condition(those) for those in (figure.top, figure.bottom) if those]
        asked = f"select who from fact where {in_time} and ({' or '.join(counted)})"  # noqa: S608
        if figure.cohort:
            asked += (
                f" and known_at > %(cut_off)s union select who from fact where {counted[0]} "  # noqa: S608
                f"and handoff in (select handoff from fact where {counted[1]} and {in_time})"
            )
        async with self._reads.connection() as tx:
            found = await tx.execute(f"{asked} and known_at > %(cut_off)s", args)
            return frozenset([str(who) async for (who,) in found])

    async def looked(self, tx: Tx, by: str, report: Report, at: datetime) -> None:
        """Whoever stands in it by name may read that it was shown."""
        whose: Collection[str] = {one.whose for one in report.people}
        await self._audit.record(tx, by, whose, LOOKED_AT, at)


def _reader(scope: Scope, kind: str) -> str:
    """For whom alone such a line is, as their *scope* shows it; empty where it is for all."""
    apart = kind == "organisation" or (kind in ("below", "team") and not scope.by_name)
    return scope.who if apart else ""


def _no_more(sent: Numbers, may: Numbers) -> Numbers:
    """Of what was *sent* what is the same in what they *may* see."""
    return {
        key: Told(
            told.whole if key in may and may[key].whole == told.whole else None,
            {
                part: value if key in may and may[key].parts.get(part) == value else None
                for part, value in told.parts.items()
            },
        )
        for key, told in sent.items()
    }


def everybodys(scope: Scope) -> Scope:
    """By which the organisation's figures are nobody's in particular: no names are seen."""
    return replace(scope, who="", names=frozenset(), by_name=False)


def _period(since: date, zone: str) -> Period:
    return Period(since, since + timedelta(days=7), zone)


def _written(numbers: Numbers) -> dict[str, Any]:
    return {
        key: {"whole": _value(told.whole)}
        | ({"parts": {p: _value(v) for p, v in told.parts.items()}} if told.parts else {})
        for key, told in numbers.items()
    }


def _value(value: Value | None) -> Any:
    match value:
        case Share():
            return [value.top, value.bottom]
        case Spread():
            return [value.n, value.median, value.p90]
        case Mapping():
            return dict(value)
        case _:
            return value


def _read(kept: Mapping[str, Any]) -> Numbers:
    found = {}
    for key, told in kept.items():
        if key not in weekly.BY_KEY:
            continue  # of a definition before
        unit = weekly.BY_KEY[key].of.unit
        parts = {part: _of(unit, value) for part, value in told.get("parts", {}).items()}
        found[key] = Told(_of(unit, told["whole"]), parts)
    return found


def _of(unit: Unit, value: Any) -> Value | None:
    if value is None:
        return None
    match unit:
        case Unit.SHARE | Unit.PER_HUNDRED:
            return Share(*value)
        case Unit.WORKING | Unit.PLAIN:
            return Spread(*value)
        case _:
            found: Value = value
            return found
