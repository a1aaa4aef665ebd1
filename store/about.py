"""All that is held about one person: found, given out, and forgotten when they ask.

Found by mail address, present or former; a prospect by the address that was written down. Given
out under the plain names that `stored` has for every column.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from handoff import addresses
from handoff.effects import Show
from store.called import Words
from store.crm import known_in_crm, named_in_crm
from store.database import Connection, Reads
from store.door import Door, Tx
from store.forgetting import forget_colleague, forget_prospect, forget_words, hashed
from store.stored import PARTS, TABLES, Stored


class StillHereError(Exception):
    """The policy still names them, so they would come back with the next reading of Entra."""


class StillOpenError(Exception):
    """They have a part in open handoffs, whose numbers these are."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(", ".join(f"no. {number}" for number in numbers))
        self.numbers = tuple(numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Whom an address belongs to."""

    id: str | None  # of a colleague
    name: str
    mails: tuple[str, ...]
    named: bool  # the policy names them
    present: bool  # it does, or something open is theirs
    leads: tuple[UUID, ...]  # in which they are the prospect
    corrected: bool = False  # it was that of a lead which has another by now, and is nobody's else

    def __bool__(self) -> bool:
        return self.id is not None or bool(self.leads)


class About:
    def __init__(self, reads: Reads, door: Door) -> None:
        self._reads = reads
        self._door = door

    async def find(self, mail: str) -> Found:
        """Who is meant; falsy when nothing is held of that address."""
        async with self._reads.connection() as tx:
            return await _find(tx, mail)

    async def export(self, mail: str) -> dict[str, Any]:
        """Everything held about whoever has that address, empty parts left out. JSON throughout.

        They themselves are "you"; others are named as Baton knows them.
        """
        async with self._reads.connection() as tx:
            found = await _find(tx, mail)
            names = {id: name async for id, name in await tx.execute("select id, name from person")}
            if found.id:
                names[found.id] = "you"
            held: dict[str, Any] = {}
            for part in PARTS:
                tables = {
                    one.what: rows
                    for one in part.tables
                    if (rows := await _rows(tx, one, found, names))
                }
                if tables:
                    held[part.title] = tables
            if found.id and (lines := await _of_policies(tx, found)):
                held["The policy"] = {TABLES["policy"].what: lines}
        return held

    async def open_with(self, tx: Tx, mail: str) -> list[UUID]:
        """The open handoffs with that prospect. None of theirs changes before *tx* ends but by it,
        so that none that has ended is open again when they are forgotten.
        """
        found = await _find(tx.connection, mail)
        rows = await tx.execute(
            "select id, state from handoff where lead = any(%s) order by id for no key update",
            [list(found.leads)],
        )
        return [id async for id, state in rows if state != "ended"]

    async def forget(self, mail: str, also: Sequence[str] = ()) -> list[str]:
        """They are forgotten, all of it or nothing. Returns what was done, in words.

        Live cards that named them are drawn anew. Raises StillHereError, StillOpenError.
        """
        async with self._door.open() as tx:
            return await self.forget_in(tx, mail, also)

    async def still_invited(self, mail: str) -> list[int]:
        """As `still_invited`."""
        async with self._reads.connection() as tx:
            return await still_invited(tx, mail)

    async def forget_words(self, also: Sequence[str]) -> list[str]:
        """As `forget`, of somebody of whom nothing else is held any more."""
        async with self._door.open() as tx:
            texts = await forget_words(tx, also)
        return [f"{', '.join(also)} in {texts.rows} texts", *texts.said]

    async def forget_in(self, tx: Tx, mail: str, also: Sequence[str] = ()) -> list[str]:
        """As `forget`, together with whatever else is written in *tx*."""
        found = await _find(tx.connection, mail)
        if found.named:
            raise StillHereError
        if numbers := await _open(tx.connection, found):
            raise StillOpenError(numbers)
        if found.present:
            raise StillHereError
        cards = await _cards(tx.connection, found)
        done: list[str] = []
        if found.leads:
            known = await known_in_crm(tx, found.leads)
            texts = await forget_prospect(tx, found.leads, also)
            count = len(found.leads)
            done.append(f"their name, address and all that was written in {count} handoffs")
            done.append(f"their name and address in {texts.rows} other texts")
            done += texts.said
            if known:
                ids = ", ".join(known)
                done.append(f"NOT removed: contact {ids} in the CRM, which is forgotten there")
        if found.id:
            contacts = await named_in_crm(tx, found.id)
            done += await forget_colleague(tx, found.id, also)
            if contacts:
                done.append(
                    f"NOT removed: their name at {contacts} contacts in the CRM, which is changed "
                    "there"
                )
        if left := await hashed(tx, Words.of(found.name, found.mails, "").whole):
            done.append(f"NOT removed: {left} records of choices hold their name in a trait")
        if cards:
            tx.follow(*(Show(reader, handoff) for handoff, reader in cards))
            done.append(f"their name on {len(cards)} cards in Teams, as the jobs are done")
        return done


async def _find(tx: Connection, mail: str) -> Found:
    written = list(addresses.spellings(mail))
    person = await (
        await tx.execute(
            "select id, name, mail, former || aliases, present, roles <> '{}' "
            "from person "
            "where forgotten_at is null and "
            "(lower(mail) = any(%(mails)s) or exists (select from unnest(former || aliases) one "
            "where lower(one) = any(%(mails)s))) order by present desc limit 1",
            {"mails": written},
        )
    ).fetchone()
    found = await tx.execute(
        "select id, contact_name from lead where lower(contact_email) = any(%s) "
        "and contact_gone_at is null order by id",
        [written],
    )
    leads = await found.fetchall()
    mails = (person[2], *person[3]) if person else (mail.strip(),)
    corrected = not person and not leads and await _was_corrected(tx, written)
    return Found(
        corrected=corrected,
        id=person[0] if person else None,
        name=person[1] if person else (leads[0][1] if leads else ""),
        mails=tuple(mails),
        named=bool(person and person[4] and person[5]),
        present=bool(person and person[4]),
        leads=tuple(id for id, _ in leads),
    )


async def still_invited(tx: Connection, mail: str) -> list[int]:
    """The open leads, by number, that had the address before it was corrected, and whose meeting in
    Outlook may still have it: it is with the lead's qualifier, or a job has yet to tell Outlook.
    """
    rows = await tx.execute(
        "select distinct h.number from entry e join handoff h on h.id = e.handoff "
        "where e.what in ('fixed', 'mended') and h.state <> 'ended' "
        "and lower(e.detail ->> 'was_contact_email') = any(%s) "
        "and (h.state in ('sent_back', 'booking') or exists (select from procrastinate_jobs j "
        "where j.status in ('todo', 'doing') and j.args ->> 'handoff_id' = h.id::text)) "
        "order by h.number",
        [list(addresses.spellings(mail))],
    )
    return [number async for (number,) in rows]


async def _was_corrected(tx: Connection, written: list[str]) -> bool:
    found = await tx.execute(
        "select exists (select from entry where what in ('fixed', 'mended') and "
        "(lower(detail ->> 'was_contact_email') = any(%(written)s) "
        "or lower(detail ->> 'now_contact_email') = any(%(written)s))) or exists ("
        "select from handoff h cross join jsonb_array_elements(h.letters) one "
        "where lower(one ->> 'to') = any(%(written)s))",
        {"written": written},
    )
    [(there,)] = await found.fetchall()
    return bool(there)


async def _open(tx: Connection, found: Found) -> list[int]:
    """The open handoffs that they have a part in, by number."""
    rows = await tx.execute(
        "select number from handoff h where state <> 'ended' and (lead = any(%(leads)s) "
        "or %(id)s::text in (qualifier, owner, rep) or exists (select from commitment c "
        "where c.handoff = h.id and c.who = %(id)s and c.ended_at is null)) order by number",
        {"leads": list(found.leads), "id": found.id},
    )
    return [number async for (number,) in rows]


async def _cards(tx: Connection, found: Found) -> list[tuple[UUID, str]]:
    """The live cards of others on handoffs that name them."""
    rows = await tx.execute(
        "select c.handoff, c.person from card c join handoff h on h.id = c.handoff "
        "where c.activity is not null and c.person is distinct from %(id)s "
        "and (h.lead = any(%(leads)s) or %(id)s::text in (h.qualifier, h.owner, h.rep, h.leader)) "
        "order by 1, 2",
        {"leads": list(found.leads), "id": found.id},
    )
    return [(handoff, person) async for handoff, person in rows]


async def _rows(
    tx: Connection, one: Stored, found: Found, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The rows of a table that are about them, under plain names: of each what they may read."""
    values = {
        "id": found.id,
        "mails": [way for mail in found.mails for way in addresses.spellings(mail)],
        "leads": list(found.leads),
    }
    others = names.keys() - {found.id}
    rows, before = [], "false"
    for given in (*(one.colleague if found.id else ()), *(one.prospect if found.leads else ())):
        theirs = (one.columns.keys() if given.columns is None else given.columns) - one.nobodys
        async with tx.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                f"select {', '.join(name for name in one.columns if name in theirs)} "  # noqa: S608
                f"from {one.table} where ({given.where}) and not coalesce({before}, false)",
                values,
            )
            rows += [
                {
                    plain_name(one.columns[column]): plain(
                        value if column in given.naming else own(value, found.id, others), names
                    )
                    for column, value in row.items()
                    if value not in (None, "", [], {})
                }
                async for row in cursor
            ]
        before = f"({before} or ({given.where}))"
    return rows


async def _of_policies(tx: Connection, found: Found) -> list[dict[str, Any]]:
    """Of each version that names them, the lines that do, without the addresses of others."""
    versions = await tx.execute("select version, since, text from policy order by version")
    return [
        {"version": version, "since_when": since.isoformat(), "text": lines}
        async for version, since, text in versions
        if (lines := lines_about(text, found.mails))
    ]


def lines_about(text: str, mails: Sequence[str]) -> list[str]:
    """The lines of a policy that name any of *mails*, and all of a table that is about them alone;
    of others … stands there.
    """
    mine = {addresses.one(mail) for mail in mails}
    lines: list[str] = []
    for table in re.split(r"(?m)^(?=\[)", text):
        named = {addresses.one(mail) for mail in _ADDRESS.findall(table)}
        head, *rest = table.splitlines() or [""]
        about = [
            one for one in rest if not mine.isdisjoint(map(addresses.one, _ADDRESS.findall(one)))
        ]
        if about and named <= mine:
            about = [one for one in rest if one.strip()]
        if about:
            shown = [
                _ADDRESS.sub(lambda m: m[0] if addresses.one(m[0]) in mine else "…", o)
                for o in about
            ]
            lines += [head, *shown]
    return lines


_APART = r"\s\"'\[\],="
_ADDRESS = re.compile(rf"(?<![^{_APART}])[^{_APART}]+@[^{_APART}]+")


def own(value: Any, me: str | None, others: AbstractSet[str]) -> Any:  # whatever a column holds
    """*value* without what it holds of *others*: each part that names one of them, and with the
    name all that stands beside it, unless *me* does too.
    """
    match value:
        case dict():
            return {
                key: own(one, me, others)
                for key, one in value.items()
                if key not in others and key not in BY_PLACE and not _anothers(one, me, others)
            }
        case list():
            return [own(one, me, others) for one in value if not _anothers(one, me, others)]
    return value


def _anothers(part: Any, me: str | None, others: AbstractSet[str]) -> bool:
    """Whether *part* is one of *others*, or names one and not *me*."""
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else [part]
    named = {one for one in inside if isinstance(one, str)}
    return not named.isdisjoint(others) and me not in named


BY_PLACE = frozenset({"targets"})  # figures of everyone in a pool, in the order of its members


def plain_name(label: str) -> str:
    """what_was_promised"""
    return re.sub(r"\W+", "_", label).strip("_").lower()


def plain(value: Any, names: Mapping[str, str]) -> Any:  # whatever a column holds
    """As JSON has it; whoever is named by an id is named."""
    match value:
        case str():
            return names.get(value, value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return f"{value.total_seconds() / 3600:g} hours"
        case Range():
            return {"from": plain(value.lower, names), "to": plain(value.upper, names)}
        case Multirange() | list() | tuple():
            return [plain(one, names) for one in value]
        case dict():
            return {names.get(key, key): plain(one, names) for key, one in value.items()}
        case bool() | int() | float() | None:
            return value
    return str(value)
