"""Handoffs in which somebody has a part who has left, and what decides who has it instead."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from psycopg.rows import dict_row

from handoff import leaving
from handoff.model import Case, Decision, Person, Role
from store import rows
from store.database import Reads
from store.door import Tx

_COLUMNS = ", ".join(f"p.{column}" for column in rows.PERSON)

THEIRS = """
select h.id from handoff h where h.state <> 'ended' and (
    exists (select from person p where not p.present and (
        p.id in (h.qualifier, h.owner)
        or p.id = h.rep
        and h.state in ('booking', 'offered', 'proposed', 'accepting', 'accepted', 'following')))
    or exists (select from commitment c join person p on p.id = c.who
               where c.handoff = h.id and c.ended_at is null and not p.present)
    or h.state = 'qualified' and exists (
        select from unnest(%(gone)s::text[]) as one (id)
        where position(one.id in h.search::text) > 0)
) order by h.id for no key update
"""
"""Open handoffs in which somebody has left who has, owes or decides something; and those that look
for a time with one of *gone*. Locked in the order in which everyone locks them.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Successors:
    """Who may take something over, and how much they have."""

    people: Mapping[str, Person]
    leads: Mapping[str, int]  # open ones that each is the qualifier of
    nurtured: Mapping[str, int]  # those of which each keeps in touch
    were: Mapping[str, frozenset[Role]]  # what those were who are no longer here

    @property
    def admins(self) -> tuple[str, ...]:
        """Who decides what no manager is left for."""
        return tuple(id for id, person in self.people.items() if Role.ADMIN in person.roles)

    def settle(self, case: Case, at: datetime) -> Decision | None:
        """As the rule of `leaving`, by what the database knows."""
        case = replace(case, people={**self.people, **case.people})
        was = self.were.get(case.handoff.qualifier, frozenset())
        return leaving.settle(
            case,
            at=at,
            heirs=leaving.successors(case, at=at, people=self.people, leads=self.leads, was=was),
            marketers=leaving.in_marketing(at=at, people=self.people, nurtured=self.nurtured),
            admins=self.admins,
        )


async def left_in(tx: Tx, gone: Collection[str]) -> list[UUID]:
    found = await tx.execute(THEIRS, {"gone": list(gone)})
    return [id async for (id,) in found]


async def still_in_it(reads: Reads) -> set[str]:
    """Everyone who has, owes or decides something that is open."""
    async with reads.connection() as tx:
        found = await tx.execute(
            "select unnest(array[qualifier, owner, case when state in ('booking', 'offered', "
            "'proposed', 'accepting', 'accepted', 'following') then rep end]) from handoff "
            "where state <> 'ended' union select who from commitment where ended_at is null"
        )
        return {id async for (id,) in found if id}


async def successors(tx: Tx) -> Successors:
    """Everyone who hands leads over, keeps in touch, decides or looks after Baton, as *tx* has
    them.
    """
    people: dict[str, Person] = {}
    leads: dict[str, int] = {}
    nurtured: dict[str, int] = {}
    async with tx.connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"select {_COLUMNS}, (select count(*) from handoff h where h.qualifier = p.id "  # noqa: S608
            "and h.state <> 'ended') as leads, (select count(*) from handoff h "
            "where h.owner = p.id and h.state = 'nurtured') as nurtured "
            "from person p where p.present "
            "and p.roles && array['qualifier', 'marketer', 'admin', 'manager'] order by p.id"
        )
        async for row in cursor:
            people[row["id"]] = rows.to_person(row)
            leads[row["id"]], nurtured[row["id"]] = row["leads"], row["nurtured"]
    were = await _roles_before(tx)
    return Successors(people=people, leads=leads, nurtured=nurtured, were=were)


async def _roles_before(tx: Tx) -> dict[str, frozenset[Role]]:
    """What those were who are no longer here, by id."""
    found = await tx.execute("select id, roles from person where not present")
    return {id: frozenset(Role(one) for one in roles) async for id, roles in found}
