"""The people Baton knows, as Entra and their mailboxes last described them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier, Placeholder
from psycopg.types.multirange import TimestamptzMultirange

from handoff import addresses
from handoff.draft import AWAY
from handoff.errors import FormerError, StrangerError
from handoff.hours import Span
from handoff.model import Person, Role
from store import rows
from store.database import Reads
from store.door import Tx

MARKETING = 0x6D61726B  # our corners of PostgreSQL's advisory locks
QUALIFYING = 0x7175616C
HERE = {"present": True, "left_at": None, "cleared_at": None, "forgotten_at": None}
LEFT = "the account is disabled, or the policy no longer names them and they owe nothing"
_IS_AWAY = """
with told as (
    select id, away, coalesce(%(replies)s::tstzmultirange, replies) as replies,
           coalesce(%(absent)s::tstzmultirange, absent) as absent,
           coalesce(%(said)s::tstzmultirange, said) as said,
           tstzmultirange(tstzrange(%(at)s, null)) as ahead
    from person where id = %(id)s for no key update
)
update person set replies = told.replies, absent = told.absent, said = told.said,
    away = (told.away - told.ahead) * tstzmultirange(tstzrange(%(at)s - interval '90 days', null))
        + told.replies + told.absent + told.said,
    settings_at = case when %(replies)s::tstzmultirange is null then settings_at else %(at)s end
from told where person.id = told.id
returning told.away * told.ahead <> (told.replies + told.absent + told.said) * told.ahead
"""
_COLUMNS = ", ".join(rows.PERSON)
WITH_MANAGERS = (
    f"select {_COLUMNS} from person where id = any(%(ids)s || "  # noqa: S608  # our own words
    "array(select unnest(managers) from person where id = any(%(ids)s)))"
)
"""Those of *ids*, and the managers of all of them."""


@dataclass(frozen=True, slots=True)
class Below:
    """Where somebody is in the organisation."""

    id: str
    managers: tuple[str, ...]  # nearest first
    pools: tuple[str, ...]


class People:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def get(self, ids: Iterable[str]) -> dict[str, Person]:
        """Those of *ids* that are known."""
        return await self._select("id = any(%s)", list(ids))

    async def called(self, ids: Iterable[str]) -> dict[str, Person]:
        """Those of *ids* that are known, for a page on which they stand by their names: of two who
        are called the same, each by the mail address too.
        """
        known = await self.get(ids)
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select name from person where name = any(%s) group by name having count(*) > 1",
                [list({one.name for one in known.values()})],
            )
            alike = {name async for (name,) in found}
        return {
            id: replace(one, name=f"{one.name} ({one.mail})") if one.name in alike else one
            for id, one in known.items()
        }

    async def next_marketer(self, tx: Tx, at: datetime) -> Person | None:
        """Whose turn it is in marketing: who is there, and had a lead to nurture longest ago.

        Of two at once, one waits for the other. None where nobody can be reached.
        """
        await tx.execute("select pg_advisory_xact_lock(%s)", [MARKETING])
        found = await tx.execute(
            "select p.id from person p where 'marketer' = any(p.roles) and p.present "
            "and p.unreachable is null order by p.away @> %s, (select max(c.made_at) "
            "from commitment c where c.who = p.id and c.what = 'nurture') nulls first, p.id "
            "limit 1",
            [at],
        )
        row = await found.fetchone()
        return await self.find(str(row[0])) if row else None

    async def next_qualifier(self, tx: Tx, of: Sequence[str], at: datetime) -> Person | None:
        """Whose turn it is among *of*: who is there, and got a lead to hand over longest ago. Where
        none of them hands over any more, among all who do; None where nobody does.

        Of two at once, one waits for the other where there are turns to take.
        """
        if len(of) > 1:
            await tx.execute("select pg_advisory_xact_lock(%s)", [QUALIFYING])
        for among in (list(of), None):
            found = await tx.execute(
                "select p.id from person p where 'qualifier' = any(p.roles) and p.present "
                "and (%(among)s::text[] is null or p.id = any(%(among)s)) "
                "order by p.unreachable is not null, p.away @> %(at)s, "
                "(select max(c.made_at) from commitment c where c.who = p.id "
                "and c.what in ('book', 'fit')) nulls first, p.id limit 1",
                {"among": among, "at": at},
            )
            if row := await found.fetchone():
                return await self.find(str(row[0]))
        return None

    async def find(self, id: str) -> Person | None:
        return (await self.get([id])).get(id)

    async def here(self, id: str) -> Person:
        """Whoever that is. Raises StrangerError for someone whom no policy has named, FormerError
        for someone whom it names no longer and who owes nothing.
        """
        found = await self.find(id)
        if found is None:
            raise StrangerError
        if not found.present:
            raise FormerError
        return found

    async def below(self, manager: str) -> dict[str, Below]:
        """Everyone whom *manager* manages, however far down, and no more of each than where they
        are: of the head of thousands it is asked with every page.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select id, managers, pools from person "
                "where present and managers @> array[%s]::text[]",
                [manager],
            )
            return {
                id: Below(id, tuple(managers), tuple(pools)) async for id, managers, pools in found
            }

    async def with_mail(self, mail: str) -> Person | None:
        """Whoever any address belongs to, or the sign-in name; of several whoever is there."""
        return (await self.with_mails([mail])).get(mail)

    async def with_mails(self, mails: Collection[str]) -> dict[str, Person]:
        """As `with_mail`, for each of *mails* that is anybody's here."""
        asked = {mail: (addresses.untagged(mail), mail) for mail in mails}
        ways = [
            way for both in asked.values() for mail in both for way in addresses.spellings(mail)
        ]
        found = await self._select(
            "lower(mail) = any(%(mails)s) or aliases && %(mails)s::text[]", {"mails": ways}
        )
        if not found:  # as nearly always, of prospects
            return {}
        here = await self._select("present and id = any(%s)", list(found))
        whose: dict[str, Person] = {}
        for person in (*here.values(), *found.values()):
            for mail in (person.mail, *person.aliases):
                whose.setdefault(addresses.one(mail), person)
        return {
            mail: whose[key]
            for mail, both in asked.items()
            for key in map(addresses.one, both)  # as it is written before what is without a tag
            if key in whose
        }

    async def in_pool(self, pool: str) -> dict[str, Person]:
        return await self._select("present and pools @> array[%s]::text[]", pool)

    async def pools_under(self, manager: str) -> frozenset[str]:
        """The pools of those whom *manager* manages."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select distinct unnest(pools) from person where present and %s = any(managers)",
                [manager],
            )
            return frozenset([pool async for (pool,) in found])

    async def with_role(self, role: Role) -> dict[str, Person]:
        return await self._select("present and %s = any(roles)", role)

    async def bookable(self, but: str, most: int, pool: str = "") -> dict[str, Person]:
        """Reps whose calendar can be read, of that *pool* where one is named, at most so many of
        them, by name; *but* is none.
        """
        return await self._select(
            "present and 'rep' = any(roles) and dark is null and id <> %(but)s "
            "and (%(pool)s = '' or %(pool)s = any(pools))",
            {"but": but, "most": most, "pool": pool},
            "limit %(most)s",
        )

    async def qualifiers(self, but: str, most: int) -> dict[str, Person]:
        """Qualifiers, at most so many of them, by name; *but* is none."""
        return await self._select(
            "present and 'qualifier' = any(roles) and id <> %(but)s",
            {"but": but, "most": most},
            "limit %(most)s",
        )

    async def everyone(self) -> dict[str, Person]:
        """All whom the policy names now, and those who have something open from before."""
        return await self._select("present and %s", True)

    async def in_groups(self) -> dict[str, frozenset[str]]:
        """Who was in each group of the policy when it was last read, by what the policy says."""
        async with self._reads.connection() as tx:
            rows = await tx.execute("select entry, members from group_reading")
            return {entry: frozenset(members) async for entry, members in rows}

    async def groups_read(
        self, tx: Tx, groups: Mapping[str, Collection[str]], at: datetime
    ) -> None:
        """*groups* are all that the policy names, and who is in them by this reading."""
        await tx.execute("delete from group_reading where entry <> all(%s)", [list(groups)])
        for entry, members in groups.items():
            await tx.execute(
                "insert into group_reading (entry, members, read_at) values (%s, %s, %s) "
                "on conflict (entry) do update "
                "set members = excluded.members, read_at = excluded.read_at",
                [entry, sorted(members), at],
            )

    async def replace_all(self, tx: Tx, people: Iterable[Person], at: datetime) -> tuple[str, ...]:
        """*people* are whom the policy names now, and who has something open. Others stay on
        record, but are not present. Returns who was until now.

        What Baton learnt by itself (who cannot be reached) is kept, and a mail address that is
        no longer theirs is remembered: invitations still carry it. Absences: see `is_away`.
        """
        found = [rows.of_person(person) | HERE | {"synced_at": at} for person in people]
        if found:
            row = found[0]
            # One journey for all of them.
            await tx.connection.cursor().executemany(
                SQL(
                    "insert into person ({}, away) values ({}, '{{}}') "
                    "on conflict (id) do update set {}, former = case "
                    "when person.forgotten_at is not null then '{{}}' "
                    "when lower(person.mail) = lower(excluded.mail) then person.former "
                    "else array_append(array_remove(person.former, person.mail), person.mail) "
                    "end"
                ).format(
                    SQL(", ").join(map(Identifier, row)),
                    SQL(", ").join(map(Placeholder, row)),
                    SQL(", ").join(
                        SQL("{0} = excluded.{0}").format(Identifier(name)) for name in row
                    ),
                ),
                found,
            )
        left = await tx.execute(
            "update person set present = false, dark = %s, left_at = %s "
            "where id <> all(%s) and present returning id",
            [LEFT, at, [row["id"] for row in found]],
        )
        return tuple([id async for (id,) in left])

    async def is_away(
        self,
        tx: Tx,
        id: str,
        *,
        at: datetime,
        replies: Iterable[Span] | None = None,
        absent: Iterable[Span] | None = None,
        said: Iterable[Span] | None = None,
    ) -> bool:
        """When *id* is out of office: by automatic replies, by the calendar, by what somebody
        said, or only by what is named. True if that differs from what was known of the time from
        *at* on.

        What was true of the time before stays: no clock ran then, whatever is set now.
        """
        ranges = {
            name: TimestamptzMultirange([rows.to_range(span) for span in spans])
            if spans is not None
            else None
            for name, spans in (("replies", replies), ("absent", absent), ("said", said))
        }
        row = await (await tx.execute(_IS_AWAY, {"id": id, "at": at, **ranges})).fetchone()
        return bool(row and row[0])

    async def said_away(self, tx: Tx, id: str, by: str | None) -> str | None:
        """It was *by* who said that *id* is away; None where they are not any more. Who had said
        so before.
        """
        found = await tx.execute(
            "update person set said_by = %s from (select id, said_by from person where id = %s "
            "for no key update) as before where person.id = before.id returning before.said_by",
            [by, id],
        )
        row = await found.fetchone()
        return str(row[0]) if row and row[0] else None

    async def said_of(self, id: str, at: datetime) -> tuple[str, datetime] | None:
        """Who said that *id* is away, and until when; None where nobody did, or it is over."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select said_by, upper(said) from person where id = %s and upper(said) > %s "
                "and said_by is not null",
                [id, at],
            )
            row = await found.fetchone()
        return (str(row[0]), row[1]) if row else None

    async def restless(self, at: datetime, soon: timedelta, every: timedelta) -> dict[str, Person]:
        """Those whose automatic replies have not been read for *every* and bear on a meeting ahead:
        reps who owe an answer or meet a prospect within *soon*, or did before it went back for they
        are away; and where they are and nobody has taken it, whoever decides, as qualifier or as
        a manager of that one.
        """
        return await self._select(
            "coalesce(settings_at, '-infinity') <= %(at)s - %(every)s and dark is null and (id in "
            "(select rep from handoff where state in ('offered', 'proposed') "
            "or (state in ('accepting', 'accepted') and lower(meeting) between %(at)s "
            "and %(at)s + %(soon)s) or (state = 'sent_back' and reason = %(away)s "
            "and lower(meeting) > %(at)s)) or id in (select unnest(of.managers || of.id) "
            "from handoff h join person of on of.id = h.qualifier where lower(h.meeting) > %(at)s "
            "and ((h.state in ('offered', 'proposed', 'accepting', 'accepted') "
            "and h.leave is not null and not h.leave_kept) "
            "or (h.state = 'sent_back' and h.reason = %(away)s))))",
            {"at": at, "soon": soon, "every": every, "away": AWAY},
        )

    async def stirred(self, at: datetime) -> dict[str, Person]:
        """People in whose calendars something of their own has changed by *at*."""
        return await self._select(
            "dark is null and id in (select mailbox from subscription where stirred_at <= %s)", at
        )

    async def is_dark(self, tx: Tx, id: str, why: str | None) -> None:
        """Their calendar cannot be read, and why; None once it can be again."""
        await self._update(tx, "dark = %s where id = %s and dark is distinct from %s", why, id, why)

    async def is_unreachable(self, tx: Tx, id: str, why: str | None) -> bool:
        """Teams does not deliver to them, and why; None once they write again.

        True if that is news.
        """
        return await self._update(
            tx,
            "unreachable = %s where id = %s and (unreachable is null) <> (%s::text is null)",
            why,
            id,
            why,
        )

    async def _select(self, where: str, arg: object, limit: str = "") -> dict[str, Person]:
        """*arg* is the one argument, or a dict of those that are named."""
        args = arg if isinstance(arg, dict) else [arg]
        async with self._reads.connection() as tx, tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                f"select {_COLUMNS} from person where {where} order by name, id {limit}",  # noqa: S608
                args,
            )
            return {row["id"]: rows.to_person(row) async for row in cursor}

    async def _update(self, tx: Tx, rest: str, *args: object) -> bool:
        done = await tx.execute(f"update person set {rest}", args)  # noqa: S608
        return done.rowcount > 0
