"""What the CRM has been told, in PostgreSQL: a row for each handoff that it knows of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row

from handoff.deals import Beside
from handoff.effects import ReadDeals
from handoff.model import Outcome
from store.database import Reads
from store.door import Tx

AT_A_TIME = 200  # handoffs that are told again in one look
AGAIN = timedelta(hours=1)  # after which what was not taken is told again
SELDOM = timedelta(days=1)  # and what nobody waits for
ROUND = timedelta(minutes=15)  # in which all of them are read
LATELY = timedelta(days=30)  # after the end, in which deals are often looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where one handoff is told, and what was."""

    handoff: UUID
    address: str
    contact: str | None  # None where none could be made
    note: str | None
    note_tried_at: datetime | None
    owner: str | None
    owner_before: str | None
    owner_found: str | None  # before Baton made anybody the owner
    told: bytes | None
    trouble: str
    asked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the CRM itself."""

    fields: frozenset[str]
    users: Mapping[str, str]  # by person, the id of their user there
    currency: str  # of an amount that names none; empty: nobody knows


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """One handoff of which the CRM did not take something."""

    number: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What is known of how a deal stands there and is said to stand here."""

    how: str  # there, where it is otherwise here; else empty
    since: datetime | None
    said: str  # what of that its people have read


class CrmLinks:
    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    async def link(self, handoff: UUID) -> Link | None:
        async with self._reads.connection() as tx, tx.cursor(row_factory=class_row(Link)) as cursor:
            await cursor.execute(
                "select handoff, address, contact, note, note_tried_at, owner, owner_before, "
                "owner_found, told, trouble, asked from crm_link where handoff = %s",
                [handoff],
            )
            return await cursor.fetchone()

    async def standing(self, handoff: UUID) -> tuple[bool, bool]:
        """Whether the prospect is forgotten; and whether a later handoff is told of the same
        contact, whose fields are that one's.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select h.prospect_gone_at is not null or l.contact_gone_at is not null, "
                "exists (select from crm_link mine join crm_link other using (contact) "
                "join handoff later on later.id = other.handoff "
                "where mine.handoff = h.id and later.number > h.number) "
                "from handoff h join lead l on l.id = h.lead where h.id = %s",
                [handoff],
            )
            row = await found.fetchone()
        return (bool(row[0]), bool(row[1])) if row else (True, False)

    async def known(self) -> Known | None:
        """None until it has been looked at."""
        async with self._reads.connection() as tx:
            found = await (await tx.execute("select fields, currency from crm_account")).fetchone()
            if found is None:
                return None
            users = {
                person: id
                async for person, id in await tx.execute("select person, id from crm_user")
            }
        return Known(fields=frozenset(found[0]), users=users, currency=found[1])

    async def looked(self, tx: Tx, known: Known, at: datetime) -> None:
        """The CRM is as it is *known*."""
        users = known.users
        await tx.execute(
            "insert into crm_account (fields, currency, looked_at) values (%s, %s, %s) "
            "on conflict (single) do update set fields = excluded.fields, "
            "currency = excluded.currency, looked_at = excluded.looked_at",
            [sorted(known.fields), known.currency, at],
        )
        await tx.execute("delete from crm_user where person <> all(%s)", [list(users)])
        await tx.execute(
            "insert into crm_user (person, id) select * from unnest(%s::text[], %s::text[]) "
            "on conflict (person) do update set id = excluded.id where crm_user.id <> excluded.id",
            [list(users), list(users.values())],
        )

    async def found(
        self, tx: Tx, handoff: UUID, address: str, contact: str | None, at: datetime
    ) -> bool:
        """It is told of that contact from now on; of another than before, all of it anew. False
        where the prospect is forgotten, and stays so.
        """
        found = await tx.execute(
            "insert into crm_link (handoff, address, contact, trouble_at) "
            "select h.id, %s, %s, %s from handoff h join lead l on l.id = h.lead "
            "where h.id = %s and h.prospect_gone_at is null and l.contact_gone_at is null "
            "for share of h "  # whoever forgets them at this moment comes before it or after it
            "on conflict (handoff) do update set address = excluded.address, "
            "contact = excluded.contact, note = null, note_tried_at = null, owner = null, "
            "owner_before = null, owner_found = null, told = null, asked = '', "
            "former = array(select distinct one from unnest(crm_link.former || crm_link.contact) "
            "one where one is distinct from excluded.contact and one is not null) returning true",
            [address, contact, at, handoff],
        )
        return await found.fetchone() is not None

    async def readdressed(self, tx: Tx, handoff: UUID, address: str) -> None:
        """Its contact has that address by now."""
        await tx.execute("update crm_link set address = %s where handoff = %s", [address, handoff])

    async def others(self, handoff: UUID) -> list[UUID]:
        """Whatever else is told of the same contact."""
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select other.handoff from crm_link mine join crm_link other using (contact) "
                "where mine.handoff = %s and other.handoff <> mine.handoff order by 1",
                [handoff],
            )
            return [id async for (id,) in found]

    async def anew(self, tx: Tx, handoffs: Collection[UUID]) -> None:
        """What was told of these is written again."""
        await tx.execute(
            "update crm_link set told = null where handoff = any(%s)", [list(handoffs)]
        )

    async def begun(self, tx: Tx, handoff: UUID, at: datetime) -> None:
        """It is being told: what was told before may stand there no more. Where nothing more is
        heard of that, it is told again.
        """
        await tx.execute(
            "update crm_link set told = null, trouble_at = coalesce(trouble_at, %s) "
            "where handoff = %s",
            [at, handoff],
        )

    async def moved(self, tx: Tx, contact: str, to: str) -> None:
        """The contact was merged into another; what is beside it went along."""
        await tx.execute("update crm_link set contact = %s where contact = %s", [to, contact])

    async def trying_owner(self, tx: Tx, handoff: UUID, owner: str, *, before: str) -> None:
        """They are about to be the owner there, which was another *before*."""
        await tx.execute(
            "update crm_link set owner_before = %s, owner = %s, "
            "owner_found = coalesce(owner_found, %s) where handoff = %s",
            [before, owner, before, handoff],
        )

    async def trying_note(self, tx: Tx, handoff: UUID, at: datetime) -> None:
        """A note is about to be made."""
        await tx.execute("update crm_link set note_tried_at = %s where handoff = %s", [at, handoff])

    async def noted(self, tx: Tx, handoff: UUID, note: str | None) -> None:
        """That note is the handoff's; None where somebody has deleted it."""
        await tx.execute(
            "update crm_link set note = %s, note_tried_at = null where handoff = %s",
            [note, handoff],
        )

    async def owned(self, tx: Tx, handoff: UUID) -> None:
        """Whom Baton tried to make the owner there is the owner."""
        await tx.execute(
            "update crm_link set owner_before = null where handoff = %s "
            "and owner_before is not null",
            [handoff],
        )

    async def told(
        self, tx: Tx, handoff: UUID, digest: bytes, at: datetime, *, trouble: str, asked: str
    ) -> None:
        """All of it was told, but for what *trouble* says. *asked* is an owner of their choice."""
        await tx.execute(
            "update crm_link set told = %s, told_at = %s, trouble = %s, "
            "trouble_at = case when %s = '' then null else %s end, asked = %s where handoff = %s",
            [digest, at, trouble, trouble + asked, at, asked, handoff],
        )

    async def said(self, tx: Tx, handoff: UUID, person: str, words: str, at: datetime) -> bool:
        """They read of it now. False where they have read the same *words* of another lead within
        a day.
        """
        found = await tx.execute(
            "update crm_link set said_at = %(at)s where handoff = %(handoff)s and not exists "
            "(select from crm_link k join handoff h on h.id = k.handoff where h.owner = %(person)s "
            "and k.handoff <> %(handoff)s and k.trouble = %(words)s and k.said_at > %(day)s) "
            "returning true",
            {"at": at, "handoff": handoff, "person": person, "words": words, "day": at - SELDOM},
        )
        return await found.fetchone() is not None

    async def later(self, tx: Tx, handoff: UUID) -> list[UUID]:
        """Later handoffs that are told of the same contact: they are to be told again."""
        found = await tx.execute(
            "update crm_link other set told = null from crm_link mine, handoff h, handoff later "
            "where mine.handoff = %s and h.id = mine.handoff and other.contact = mine.contact "
            "and later.id = other.handoff and later.number > h.number returning other.handoff",
            [handoff],
        )
        return [id async for (id,) in found]

    async def untold(self, at: datetime) -> list[UUID]:
        """What is to be told again: handoffs under way of which nothing has been told, for there
        was no CRM then, and those of which it did not take all, an hour ago. What only a person can
        end, or has ended already, is looked at once a day.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select h.id from handoff h where h.state <> 'ended' "
                "and h.place -> 'reached' ? 'handed_over' "
                "and not exists (select from crm_link k where k.handoff = h.id) "
                "order by h.number limit %s",
                [AT_A_TIME],
            )
            new = [id async for (id,) in found]
            found = await tx.execute(
                "select k.handoff from crm_link k join handoff h on h.id = k.handoff "
                "where k.trouble_at <= %(hour)s and case "
                "when h.state = 'ended' then k.trouble_at <= %(day)s "
                "and (k.trouble <> '' or k.asked = '') "  # who owns it then is nobody's question
                "when k.asked <> '' and k.trouble = '' then k.trouble_at <= %(day)s "
                "else true end order by k.trouble_at limit %(most)s",
                {"hour": at - AGAIN, "day": at - SELDOM, "most": AT_A_TIME},
            )
            return [*new, *[id async for (id,) in found]]

    async def again(self, tx: Tx, handoffs: Collection[UUID], at: datetime) -> None:
        """What was not taken of these is tried anew, and not before an hour again."""
        await tx.execute(
            "update crm_link set told = null, trouble_at = %s "
            "where handoff = any(%s) and trouble_at is not null",
            [at, list(handoffs)],
        )

    async def is_away(self, tx: Tx, at: datetime) -> None:
        """It did not answer, or did not let Baton in."""
        await tx.execute("update crm_account set away_since = coalesce(away_since, %s)", [at])

    async def answers(self, tx: Tx) -> datetime | None:
        """It answers again: since when it had not; None where it did all the time."""
        found = await tx.execute(
            "update crm_account now set away_since = null from crm_account was "
            "where was.away_since is not null returning was.away_since"
        )
        row = await found.fetchone()
        return row[0] if row else None

    async def deals_due(self, since: datetime, most: int) -> list[str]:
        """The contacts whose deals were not read since then, those of long ago first. Where it has
        ended for long, and no deal goes on, once a day is enough.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select k.contact from crm_link k join handoff h on h.id = k.handoff "
                "where k.contact is not null and (k.deals_read_at is null or k.deals_read_at < "
                "case when h.state <> 'ended' or h.outcome = 'opportunity' "
                "or h.ended_at > %(lately)s then %(since)s else %(day)s end) group by k.contact "
                "order by min(coalesce(k.deals_read_at, '-infinity')), k.contact limit %(most)s",
                {"since": since, "lately": since - LATELY, "day": since - SELDOM, "most": most},
            )
            return [contact async for (contact,) in found]

    async def activity_due(self, since: datetime, most: int) -> list[Beside]:
        """Handoffs that are followed up, or whose deal goes on, of whose contacts it was not asked
        since then who was in touch with them; those of long ago first.
        """
        async with (
            self._reads.connection() as tx,
            tx.cursor(row_factory=class_row(Beside)) as cursor,
        ):
            await cursor.execute(
                "select h.id as handoff, h.number, k.contact, "
                "(h.place ->> 'begun')::timestamptz as begun, h.ended_at as over "
                "from crm_link k join handoff h on h.id = k.handoff where k.contact is not null "
                "and h.place is not null and (k.activity_read_at is null or k.activity_read_at "
                "< %(since)s) and h.rep is not null and (h.state <> 'ended' "
                "or (h.outcome = 'opportunity' and h.deal_id is not null)) "
                "order by coalesce(k.activity_read_at, '-infinity'), k.contact limit %(most)s",
                {"since": since, "most": most},
            )
            return await cursor.fetchall()

    async def activity_read(self, tx: Tx, contacts: Collection[str], at: datetime) -> None:
        """Who was in touch with these was asked then."""
        await tx.execute(
            "update crm_link set activity_read_at = %s where contact = any(%s)",
            [at, list(contacts)],
        )

    async def beside(self, contacts: Collection[str]) -> list[Beside]:
        """Every handoff that is told of one of *contacts*."""
        async with (
            self._reads.connection() as tx,
            tx.cursor(row_factory=class_row(Beside)) as cursor,
        ):
            await cursor.execute(
                "select h.id as handoff, h.number, k.contact, "
                "(h.place ->> 'begun')::timestamptz as begun, "
                "case when h.outcome <> all(%s) then h.ended_at end as over "
                "from crm_link k join handoff h on h.id = k.handoff "
                "where k.contact = any(%s) and h.place is not null order by h.number",
                [[Outcome.OPPORTUNITY, Outcome.WON], list(contacts)],
            )
            return await cursor.fetchall()

    async def addresses_of(self, contact: str) -> list[str]:
        """By which prospects are known of whom that contact is told; none of those who are
        forgotten. Of an address that was corrected the contact is somebody else's.
        """
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select distinct l.contact_email from crm_link k "
                "join handoff h on h.id = k.handoff join lead l on l.id = h.lead "
                "where k.contact = %s and h.prospect_gone_at is null order by 1",
                [contact],
            )
            return [mail async for (mail,) in found]

    async def told_at(self, contacts: Collection[str]) -> list[str]:
        """Those of *contacts* which are told of a handoff."""
        if not contacts:
            return []
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select distinct contact from crm_link where contact = any(%s) order by 1",
                [list(contacts)],
            )
            return [id async for (id,) in found]

    async def told_of(self, tx: Tx, contacts: Mapping[UUID, str]) -> set[UUID]:
        """Which of these handoffs are told of that contact by now. It stays so for as long as *tx*
        has them locked: whoever forgets a prospect locks theirs first.
        """
        found = await tx.execute(
            "select k.handoff from crm_link k join unnest(%s::uuid[], %s::text[]) as one (id, at) "
            "on k.handoff = one.id and k.contact = one.at",
            [list(contacts), list(contacts.values())],
        )
        return {id async for (id,) in found}

    @staticmethod
    async def read_again(tx: Tx, handoff: UUID, at: datetime) -> None:
        """The deals of its contact are read soon, before their turn."""
        await tx.execute("update crm_link set deals_read_at = null where handoff = %s", [handoff])
        tx.follow(ReadDeals(at - ROUND))

    async def deals_read(self, tx: Tx, contacts: Collection[str], at: datetime) -> None:
        """The deals of these contacts are known as they were then."""
        await tx.execute(
            "update crm_link set deals_read_at = %s where contact = any(%s)", [at, list(contacts)]
        )

    async def compared(self, handoffs: Collection[UUID]) -> dict[UUID, Compared]:
        async with self._reads.connection() as tx:
            found = await tx.execute(
                "select handoff, differs, differs_at, differs_said from crm_link "
                "where handoff = any(%s)",
                [list(handoffs)],
            )
            return {
                id: Compared(how=how, since=since, said=said)
                async for id, how, since, said in found
            }

    async def differs(self, tx: Tx, handoff: UUID, how: str, at: datetime) -> None:
        """Its deal stands so there, and otherwise here, from now on; empty: they agree."""
        await tx.execute(
            "update crm_link set differs = %s, differs_at = %s, "
            "differs_said = case when %s = '' then '' else differs_said end where handoff = %s",
            [how, at if how else None, how, handoff],
        )

    async def differs_said(self, tx: Tx, handoff: UUID) -> None:
        """Whoever has the lead, and their manager, read of it now."""
        await tx.execute("update crm_link set differs_said = differs where handoff = %s", [handoff])

    async def refused(self) -> list[Untold]:
        """What it did not take, by the number of the handoff."""
        return await self._untold("k.trouble")

    async def asked(self) -> list[Untold]:
        """Whom it has as an owner whom Baton did not choose."""
        return await self._untold("k.asked")

    async def _untold(self, column: str) -> list[Untold]:
        async with (
            self._reads.connection() as tx,
            tx.cursor(row_factory=class_row(Untold)) as cursor,
        ):
            await cursor.execute(
                f"select h.number, {column} as words from crm_link k "  # noqa: S608  # our own
                f"join handoff h on h.id = k.handoff where {column} <> '' "
                "and h.prospect_gone_at is null order by h.number"
            )
            return await cursor.fetchall()


async def known_in_crm(tx: Tx, leads: Collection[UUID]) -> list[str]:
    """The ids there of the contacts of these leads, those of corrected addresses among them."""
    found = await tx.execute(
        "select distinct one from crm_link k join handoff h on h.id = k.handoff, "
        "unnest(k.former || k.contact) one where h.lead = any(%s) and one is not null order by 1",
        [list(leads)],
    )
    return [id async for (id,) in found]


async def named_in_crm(tx: Tx, person: str) -> int:
    """At how many contacts a handoff of theirs is told of."""
    found = await tx.execute(
        "select count(distinct k.contact) from crm_link k join handoff h on h.id = k.handoff "
        "where %s in (h.qualifier, h.owner, h.rep, h.changed_by)",
        [person],
    )
    row = await found.fetchone()
    return int(row[0]) if row else 0
