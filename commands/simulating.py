"""`python app.py simulate`: the leads of the last ninety days under a draft of the policy."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from commands.writing import write
from handoff.model import Lead
from handoff.passing import leader_of
from handoff.policy import Policy
from handoff.routing.caps import Got
from handoff.routing.drafted import Known, Past, drafted, untried
from handoff.routing.gate import below
from handoff.routing.gather import tags_of
from handoff.routing.policy import Routing
from handoff.routing.rules import route
from handoff.routing.simulate import Run, Simulation, picture
from jobs.services import Services
from policy import reading
from policy.file import PolicyFile
from policy.rules import rules_of
from store.read_audit import COMMAND
from store.routing_chain import Record
from store.routing_inputs import LONGEST

SPAN = timedelta(days=90)
AT_A_TIME = 200  # leads that are read together
LOOKS_BACK = timedelta(days=365)  # the most that performance may
TRIED = frozenset({"currency", "routing", "traits", "reps", "pairs", "leaders", "rules", "pools"})
"""The tables that say who gets a lead, looked at key by key; of the others no choice tells."""
OF_A_POOL = ("reps", "holidays")  # keys that say who is in it and when they are there


async def simulation(services: Services, draft: PolicyFile, out: Path | None = None) -> None:
    """The last ninety days under a draft, against the policy in force: said, and drawn in *out*.

    Whatever the draft says otherwise is tried, or named as not tried. Raises NotWrittenError.
    """
    since = services.now() - SPAN
    file = reading.read(await services.stores.policies.text())
    in_force, proposed = rules_of(file, 0), rules_of(draft, 0)
    until = services.now()
    ids, handoffs = set[str](), list[UUID | None]()
    async for one in _choices(services, since, until):
        ids |= {row[0] for row in one.record["members"]}
        handoffs.append(one.handoff)
    leads = await _leads(services, handoffs, in_force.routing)
    past = await _past(services, handoffs, sorted(ids), leads, since)
    given = await services.stores.fairness.given(sorted(ids), since - LONGEST)
    runs = [
        Simulation(drafted(routing, replace(past, got=_got(given, leads, routing))))
        for routing in (in_force.routing, proposed.routing)
    ]
    async for one in _choices(services, since, until):
        for run in runs:
            run.decide(one.record)
    before, after = (run.run for run in runs)
    async with services.stores.door.open() as tx:
        await services.stores.read_audit.record(tx, COMMAND, ids, "simulation", services.now())
    names = {id: person.name for id, person in past.people.items()}
    answered = {id: _counted(own, since) for id, own in past.answers.items()}
    _say(before, after, names, answered)
    lines = [
        *_leaders([known.lead for known in leads.values()], in_force, proposed),
        *_elsewhere([known.lead for known in leads.values()], in_force.routing, proposed.routing),
        *await _let_go(services, since, in_force.routing, proposed.routing),
    ]
    left = _untried(file, draft, in_force.routing, proposed.routing)
    if left:
        lines.append(f"not tried, for what was decided then does not tell: {', '.join(left)}")
    elif not lines and before == after:
        lines.append("no difference")
    print("\n".join(lines))
    if out:
        title = f"{len(handoffs)} leads of the last {SPAN.days} days under a draft"
        drawn = picture(before, after, names, title, answered)
        await asyncio.to_thread(write, out, drawn)
        print(f"drawn in {out}")


async def _choices(services: Services, since: datetime, until: datetime) -> AsyncIterator[Record]:
    """Those in which a rep was chosen, in order. They are read each time that they are wanted: all
    of them are more than memory holds.
    """
    async for one in services.stores.fairness.chain.records(since, until):
        if one.kind == "turn":
            yield one


async def _leads(
    services: Services, handoffs: Sequence[UUID | None], in_force: Routing
) -> dict[UUID, Known]:
    """What is known of each lead of which a rep was chosen. One that is below a line of the policy
    in force was let through by its qualifier, or came before that line.
    """
    found = {}
    ids = list(dict.fromkeys(id for id in handoffs if id))
    for first in range(0, len(ids), AT_A_TIME):
        for case in await services.stores.handoffs.readable(ids[first : first + AT_A_TIME]):
            handoff = case.handoff
            found[handoff.id] = Known(
                lead=handoff.lead,
                qualifier=case.person(handoff.qualifier).mail,
                by_rule=bool(handoff.search and handoff.search.rule),
                let_through=below(handoff.lead, in_force) is not None,
            )
    return found


async def _past(
    services: Services,
    handoffs: Sequence[UUID | None],
    ids: Sequence[str],
    leads: Mapping[UUID, Known],
    since: datetime,
) -> Past:
    stores = services.stores
    return Past(
        people=await stores.people.get(ids),
        leads=[leads.get(id) if id else None for id in handoffs],
        got={},
        answers=await stores.fairness.answers(ids, since - LOOKS_BACK),
    )


def _got(
    given: Mapping[str, Sequence[tuple[UUID, Got]]], leads: Mapping[UUID, Known], routing: Routing
) -> dict[str, list[Got]]:
    """Every lead that counts, by rep, as what the policy has it for, where that is known."""
    tags = {id: frozenset(tags_of(known.lead, routing)) for id, known in leads.items()}
    return {
        rep: [replace(got, tags=tags.get(handoff, got.tags)) for handoff, got in own]
        for rep, own in given.items()
    }


def _counted(answers: Sequence[tuple[datetime, bool]], since: datetime) -> tuple[int, int]:
    """Those kept in time since then, and all."""
    own = [kept for at, kept in answers if at > since]
    return sum(own), len(own)


def _say(
    before: Run,
    drafted: Run,
    names: Mapping[str, str],
    answered: Mapping[str, tuple[int, int]],
) -> None:
    was, now = before.got, drafted.got
    print(f"{'':30} in force   draft")
    for rep in sorted(was.keys() | now.keys(), key=lambda r: names.get(r, r)):
        full = drafted.full[rep]
        limit = f"   at a limit {full} times" if full else ""
        print(f"{names.get(rep, rep):30} {was[rep]:8} {now[rep]:7}{limit}")
    changed = sum(a != b for a, b in zip(before.chosen, drafted.chosen, strict=True))
    kept = f", {drafted.kept} kept below a line" if drafted.kept else ""
    print(
        f"{len(drafted.chosen)} leads; {changed} would go otherwise, "
        f"{drafted.nobody} to nobody{kept}"
    )
    first, second = before.in_time(answered), drafted.in_time(answered)
    if first is not None and second is not None:
        print(f"answers in time, as each has answered: {first} % in force, {second} % drafted")


def _leaders(leads: Sequence[Lead], in_force: Policy, draft: Policy) -> list[str]:
    """How many of the leads each leader would be invited for, where that differs."""
    was, now = (
        Counter(one.who for lead in leads if (one := leader_of(lead.value, policy)))
        for policy in (in_force, draft)
    )
    return [
        f"{who} is invited for {now[who]} of the leads, {was[who]} in force"
        for who in sorted(was.keys() | now.keys())
        if was[who] != now[who]
    ]


def _elsewhere(leads: Sequence[Lead], in_force: Routing, draft: Routing) -> list[str]:
    moved = sum(route(lead, in_force).to != route(lead, draft).to for lead in leads)
    if not moved:
        return []
    return [
        f"{moved} leads would go to another pool by the draft's rules; who is free there",
        "was not asked then, so they are counted where they went.",
    ]


async def _let_go(
    services: Services, since: datetime, in_force: Routing, draft: Routing
) -> list[str]:
    """Leads that the policy in force keeps below a line and the draft does not."""
    kept = 0
    for id in await services.stores.fairness.below(since):
        lead = (await services.stores.handoffs.case(id)).handoff.lead
        kept += below(lead, in_force) is not None and below(lead, draft) is None
    if not kept:
        return []
    return [
        f"{kept} leads that are below a line would go to a rep; who was free then was not asked,",
        "so they are not counted.",
    ]


def _untried(
    file: PolicyFile, draft: PolicyFile, in_force: Routing, proposed: Routing
) -> list[str]:
    """What the draft says otherwise that is not tried."""
    pools = {pool.code: pool for pool in file.pools}
    found = untried(in_force, proposed)
    for pool in draft.pools:
        was = pools.get(pool.code)
        if was is None:
            found.append(f"the pool {pool.code}")
            continue
        keys = [key for key in OF_A_POOL if getattr(was, key) != getattr(pool, key)]
        found += [f"{key} of {pool.code}" for key in keys]
    tables = [name for name in PolicyFile.model_fields if name not in TRIED]
    return found + [name for name in tables if getattr(file, name) != getattr(draft, name)]
