"""Which handoffs, asked of PostgreSQL: by number, by who owes what, by what is due, by event."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from handoff.addresses import domains, one, spellings
from handoff.earlier import Earlier, Known, known
from handoff.hours import Span
from handoff.policy import Promise
from store import rows
from store.database import Connection, Reads
from store.routing_inputs import company_of

LOOKED_AHEAD = 50  # of what is to come
LOOKED_AT = 50  # earlier leads of one company


class Whose(StrEnum):
    """What an event in Outlook is to a handoff."""

    REP = "rep"
    ORGANIZER = "organizer"
    PREP = "prep"  # and the rep's next steps


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that is to come at a moment: of a handoff, of a person, or both."""

    at: datetime
    handoff: UUID | None
    who: str | None  # whose card waits, or who has pledged
    what: str | None  # which pledge


class Lookups:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def numbered(self, number: int) -> UUID | None:
        found = await self._ids("select id from handoff where number = %s", [number])
        return found[0] if found else None

    async def numbers(self, handoffs: Sequence[UUID]) -> dict[UUID, int]:
        """Of each handoff the number by which people know it."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select id, number from handoff where id = any(%s)", [list(handoffs)]
            )
            return {id: number async for id, number in found}

    async def owed_by(self, person: str) -> list[UUID]:
        """The handoffs in which *person* owes something, the most pressing first."""
        return await self._ids(
            "select handoff from commitment where who = %s and ended_at is null "
            "group by handoff order by min(due_at), handoff",
            [person],
        )

    async def most_pressing(self, person: str, most: int) -> tuple[list[tuple[UUID, int]], int]:
        """What *person* owes with something left to do, at most so many, the most pressing first:
        each as its handoff and its number there. And how much it is in all.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select c.handoff, c.n, count(*) over () from commitment c "
                "join handoff h on h.id = c.handoff where c.who = %s and c.ended_at is null "
                "and not (c.what = 'meet' and c.rings_at is null) "
                "order by c.due_at, h.number, c.n limit %s",
                [person, most],
            )
            rows = await found.fetchall()
        return [(id, n) for id, n, _ in rows], rows[0][2] if rows else 0

    async def handed_over(self, qualifier: str, most: int) -> tuple[list[UUID], int]:
        """Their open leads in which nothing is asked of them, at most so many, the newest first;
        and how many there are in all.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select h.id, count(*) over () from handoff h where h.qualifier = %(who)s "
                "and h.state <> 'ended' and not exists (select from commitment c "
                "where c.handoff = h.id and c.who = %(who)s and c.ended_at is null) "
                "order by h.number desc limit %(most)s",
                {"who": qualifier, "most": most},
            )
            rows = await found.fetchall()
        return [id for id, _ in rows], rows[0][1] if rows else 0

    async def standing_out(self, person: str, soon: datetime, most: int) -> list[UUID]:
        """Leads in which nothing is owed by *person*, and of which their card may be red all the
        same: a meeting until *soon* that its prospect has not answered, something that is late or
        wrong, or that Outlook would not do. At most so many, the latest meeting first.
        """
        return await self._ids(
            "select id from (select h.id, h.meeting, h.number from handoff h "
            "where h.qualifier = %(who)s and h.state <> 'ended' and h.state = any(%(states)s) "
            "and (h.trouble is not null or (h.state <> 'following' and "
            "(h.prospect_other is not null or h.join_url is null or lower(h.meeting) <= %(soon)s "
            "or (h.leave is not null and not h.leave_kept))) "
            "or exists (select from commitment c where c.handoff = h.id and c.ended_at is null "
            "and (c.reached is not null or c.kind = 'not_moved' or c.undelivered is not null)) "
            "or exists (select from person p where p.id = h.rep and h.state <> 'following' "
            "and (p.dark is not null or p.unreachable is not null))) "
            "union select h.id, h.meeting, h.number from handoff h where h.undone <> '[]' "
            "and (h.qualifier = %(who)s or h.undone @> %(whose)s::jsonb)) one "
            "where not exists (select from commitment c where c.handoff = one.id "
            "and c.who = %(who)s and c.ended_at is null) "
            "order by lower(one.meeting) desc, one.number limit %(most)s",
            {
                "who": person,
                "states": ["offered", "proposed", "accepting", "accepted", "following"],
                "soon": soon,
                "whose": json.dumps([{"whose": person}]),
                "most": most,
            },
        )

    async def untold(self, person: str, tx: Connection | None = None) -> list[UUID]:
        """The handoffs in which *person* owes what they could not be told of."""
        return await self._ids(
            "select handoff from commitment where who = %s and undelivered is not null "
            "and ended_at is null group by handoff order by min(due_at), handoff",
            [person],
            tx,
        )

    async def to_book(self, qualifier: str) -> list[tuple[UUID, str, str, int]]:
        """The leads that a qualifier has yet to hand over: id, company, contact and number."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select h.id, l.company, l.contact_name, h.number "
                "from handoff h join lead l on l.id = h.lead"
                " where h.qualifier = %s and h.state = 'qualified' order by h.number",
                [qualifier],
            )
            return [(id, company, contact, n) async for id, company, contact, n in found]

    async def waiting_for(self, qualifier: str, who: str) -> list[tuple[UUID, str, str, int]]:
        """As `to_book`, of those whose mail address *who* is, or whose contact or company begins
        like that.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select h.id, l.company, l.contact_name, h.number "
                "from handoff h join lead l on l.id = h.lead "
                "where h.qualifier = %(by)s and h.state = 'qualified' "
                "and (lower(l.contact_email) = any(%(mails)s) or position('@' in %(who)s) = 0 "
                "and (starts_with(lower(l.company), lower(%(who)s)) "
                "or starts_with(lower(l.contact_name), lower(%(who)s)))) order by h.number",
                {"by": qualifier, "who": who, "mails": list(spellings(who))},
            )
            return [(id, company, contact, n) async for id, company, contact, n in found]

    async def known_of(self, who: str) -> Known | None:
        """What earlier leads say of whoever has the address *who*, or of their company; or of the
        one company that begins so. Of a prospect who is forgotten, nothing.
        """
        domain = company_of(who) if "@" in who else None
        like = who.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_").lower()
        begins = "lower(l.company) like %(like)s"
        of = "lower(l.contact_email) = any(%(mails)s)" if "@" in who else begins
        if domain:
            of += " or lower(split_part(l.contact_email, '@', 2)) = any(%(domains)s)"
        async with self._reads.connection() as tx:
            rows = await (
                await tx.execute(
                    "select l.company, l.contact_name, l.contact_email, l.contact_zone, h.number "  # noqa: S608
                    f"from lead l join handoff h on h.lead = l.id where ({of}) "
                    "and l.contact_gone_at is null order by "
                    "lower(l.contact_email) = any(%(mails)s) desc, h.number desc limit %(most)s",
                    {
                        "mails": list(spellings(who)),
                        "domains": list(domains(domain or "")),
                        "like": f"{like}%",
                        "most": LOOKED_AT,
                    },
                )
            ).fetchall()
        return known([Earlier(*row) for row in rows], who)

    async def owing(self, person: str, what: Promise, by: datetime | None = None) -> list[UUID]:
        """The handoffs in which *person* owes a promise of that kind, made *by* then."""
        return await self._ids(
            "select handoff from commitment where who = %s and what = %s and ended_at is null "
            "and made_at <= coalesce(%s::timestamptz, 'infinity') order by made_at, handoff",
            [person, what, by],
        )

    async def unbooked(self, since: datetime, most: int) -> list[UUID]:
        """Leads that were to be handed over, or decided on, since then or longer and are not, the
        oldest first.
        """
        return await self._ids(
            "select c.handoff from handoff h join commitment c on c.handoff = h.id "
            "where h.state = 'qualified' and c.what in ('book', 'fit') and c.ended_at is null "
            "and c.made_at <= %s order by c.made_at limit %s",
            [since, most],
        )

    async def told_by_list(self, person: str) -> list[UUID]:
        """The handoffs of which a list tells *person*: theirs to hand over, or to decide on as it
        was not.
        """
        return await self._ids(
            "select owed.handoff from commitment owed "
            "left join commitment about on about.handoff = owed.handoff and about.n = owed.about "
            "where owed.who = %s and owed.ended_at is null "
            "and 'book' in (owed.what, about.what) order by owed.made_at, owed.handoff",
            [person],
        )

    async def overdue(self, at: datetime) -> list[UUID]:
        """All handoffs with an alarm due by *at*, the longest overdue first: what an outage left
        behind is excused in one look, however much it is.
        """
        return await self._ids(
            "select handoff from commitment where rings_at <= %s "
            "group by handoff order by min(rings_at)",
            [at],
        )

    async def next_alarm(self, after: datetime, until: datetime) -> datetime | None:
        """The first moment between the two at which an alarm rings or a card has waited enough."""
        async with self._reads.connection() as tx:
            row = await (
                await tx.execute(
                    "select min(at) from (select rings_at as at from commitment "
                    "union all select rings_at from pledge "
                    "union all select held_until from card) as alarms where at > %s and at < %s",
                    [after, until],
                )
            ).fetchone()
        return row[0] if row else None

    async def happens_next(self, after: datetime) -> list[Happening]:
        """What comes first after that moment: alarms, cards that wait, meetings that begin."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select at, handoff, who, what from ("
                "select rings_at as at, handoff, null as who, null as what from commitment "
                "union all select rings_at, null, who, what from pledge "
                "union all select held_until, handoff, person, null from card "
                "union all select lower(meeting), id, null, null from handoff where state in "
                "('offered', 'proposed', 'accepting', 'accepted')) as ahead "
                "where at > %s order by at limit %s",
                [after, LOOKED_AHEAD],
            )
            return [Happening(*row) async for row in found]

    async def zones_of(self, mails: Sequence[str]) -> dict[str, str]:
        """In which time zone prospects with these addresses are, by the newest lead of each."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select l.contact_email, l.contact_zone from lead l "
                "join handoff h on h.lead = l.id where lower(l.contact_email) = any(%s) "
                "order by h.number",
                [[way for mail in mails for way in spellings(mail)]],
            )
            return {one(mail): zone async for mail, zone in found}

    async def asked_about(self, rep: str) -> set[str]:
        """The meetings that Baton itself asks *rep* about, by the event in their own mailbox."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select rep_event from handoff where rep = %s and state <> 'ended' "
                "and rep_event is not null",
                [rep],
            )
            return {event async for (event,) in found}

    async def told(self, events: Mapping[str, str | None]) -> dict[UUID, set[Whose]]:
        """Open handoffs with one of *events* whose version has not been read, and what each is to
        them: the rep's copy, the organizer's, or the rep's prep.

        *events* are event ids and versions; None for one that is gone or of unknown version.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select h.id, h.whose from unnest(%s::text[], %s::text[]) as told (event, etag) "
                "join lateral (select id, 'rep' as whose from handoff "
                "where rep_event = told.event and state <> 'ended' "
                "union all select id, 'organizer' from handoff "
                "where organizer_event = told.event and state <> 'ended' "
                "union all select handoff, 'prep' from commitment "
                "where event = told.event and what in ('prepare', 'follow_up') "
                "and ended_at is null) as h on true "
                "left join seen on seen.event = told.event and seen.etag = told.etag "
                "where seen.event is null",
                [list(events), list(events.values())],
            )
            ids: dict[UUID, set[Whose]] = {}
            async for id, whose in found:
                ids.setdefault(id, set()).add(Whose(whose))
        return ids

    async def ours(self, events: Sequence[str]) -> set[str]:
        """Those of *events* that are of an open handoff."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select rep_event from handoff where rep_event = any(%(events)s) "
                "and state <> 'ended' union select organizer_event from handoff "
                "where organizer_event = any(%(events)s) and state <> 'ended' "
                "union select event from commitment where event = any(%(events)s) "
                "and ended_at is null",
                {"events": list(events)},
            )
            return {event async for (event,) in found}

    async def unread_in(self, mailbox: str, events: Sequence[str]) -> set[UUID]:
        """Open handoffs whose event in *mailbox* is not among *events*, or was never read."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select id from handoff h where state <> 'ended' and organizer_event is not null "
                "and %(mailbox)s in (rep, coalesce(organizer, qualifier)) "
                "and not (case when rep = %(mailbox)s "
                "then rep_event else organizer_event end = any(%(events)s) "
                "and exists (select from seen where seen.event = h.rep_event))",
                {"mailbox": mailbox, "events": list(events)},
            )
            return {id async for (id,) in found}

    async def nearly_late(self, at: datetime, ahead: timedelta, fresh: timedelta) -> list[UUID]:
        """Handoffs whose rep will be overdue with an answer within *ahead*, and of which Outlook
        has told nothing for *fresh*.
        """
        return await self._ids(
            "select h.id from commitment c join handoff h on h.id = c.handoff "
            "left join seen on seen.event = h.rep_event "
            "where c.rings_at is not null and c.what = 'answer' and c.said_at is null "
            "and c.due_at > %(at)s and c.due_at <= %(at)s + %(ahead)s "
            "and coalesce(seen.at, '-infinity') <= %(at)s - %(fresh)s",
            {"at": at, "ahead": ahead, "fresh": fresh},
        )

    async def answered_by_rule(self, since: datetime) -> list[str]:
        """Whose mailboxes have answered invitations by themselves since then."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select distinct detail ->> 'to' from entry "
                "where what in ('accepted_by_rule', 'declined_by_rule') and at >= %s",
                [since],
            )
            return [row[0] async for row in found if row[0]]

    async def unanswered(self, ids: Sequence[UUID]) -> list[UUID]:
        """Those of *ids* that wait for an answer which may stand in Outlook already."""
        return await self._ids(
            "select id from handoff where id = any(%s) and rep_event is not null "
            "and state in ('offered', 'proposed', 'accepting') order by id",
            [list(ids)],
        )

    async def of_whose_absence(self, person: str, tx: Connection | None = None) -> list[UUID]:
        """Open handoffs on which the absences of *person* bear, in the order in which they are
        locked: those that are with them, and those that nobody takes while their rep is away,
        where it is theirs to decide, as qualifier or as a manager of that one.
        """
        return await self._ids(
            "select id from handoff where rep = %(who)s and state <> 'ended' union "
            "select id from handoff where leave is not null and not leave_kept "
            "and state <> 'ended' and qualifier in (select id from person where id = %(who)s "
            "or managers @> array[%(who)s]::text[]) order by id",
            {"who": person},
            tx,
        )

    async def waits_for(self, qualifier: str, rep: str) -> bool:
        """Whether *qualifier* has an open lead that is with *rep*."""
        return bool(
            await self._ids(
                "select id from handoff where qualifier = %s and rep = %s and state <> 'ended' "
                "limit 1",
                [qualifier, rep],
            )
        )

    async def reserved(
        self, people: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, tuple[Span, ...]]:
        """What Baton itself holds for *people* between two moments, also where Outlook lags."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select p.id, r.during from reservation r join person p on p.n = r.rep "
                "where p.id = any(%s) and r.during && tstzrange(%s, %s)",
                [list(people), start, end],
            )
            reserved: dict[str, list[Span]] = {person: [] for person in people}
            async for person, during in found:
                if span := rows.to_span(during):
                    reserved[person].append(span)
        return {person: tuple(spans) for person, spans in reserved.items()}

    async def holding(self, rep: str, span: Span) -> list[UUID]:
        """The handoffs that hold any of *span* in the rep's day."""
        return await self._ids(
            "select distinct r.handoff from reservation r join person p on p.n = r.rep "
            "where p.id = %s and r.during && %s",
            [rep, rows.to_range(span)],
        )

    async def _ids(
        self, sql: str, args: list[Any] | dict[str, Any], tx: Connection | None = None
    ) -> list[UUID]:
        """As *tx* sees it, where one is given."""
        if tx is None:
            async with self._reads.connection() as own:
                return await self._ids(sql, args, own)
        return [id async for (id,) in await tx.execute(sql, args)]
