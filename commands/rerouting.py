"""Commands about who gets a lead: replay what was decided, and try a draft of the policy."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from handoff.model import Person
from handoff.policy import Policy
from handoff.routing.caps import Got, caps
from handoff.routing.gather import ramp
from handoff.routing.inputs import RULES, Cap, Member, Out, RoutingRequest
from handoff.routing.policy import Limits, Routing
from handoff.routing.rules import route
from handoff.routing.simulate import Draft, Moved, Run, picture, replayed, simulate
from jobs.services import Services
from store.read_audit import COMMAND

SPAN = timedelta(days=90)


async def replay(
    services: Services,
    since: datetime | None,
    until: datetime | None,
    heads: Sequence[tuple[int, str]] = (),
) -> int:
    """Decide every choice of a span again, and read the chain, also against *heads* that were
    logged. Returns how much is wrong.
    """
    wrong = await services.stores.fairness.chain.broken()
    for n, hash in heads:
        other = await services.stores.fairness.chain.other_than(n, hash)
        wrong += [other] if other else []
    choices = earlier = 0
    async for one in services.stores.fairness.chain.records(since, until):
        if one.kind != "turn":
            continue
        if one.record["asked"].get("rules", 1) != RULES:
            earlier += 1
            continue
        choices += 1
        differs = replayed(one.n, one.chosen, one.record)
        if differs:
            wrong.append(differs.words)
    for line in wrong:
        print(f"✖ {line}")
    same = "all the same, to the last part" if not wrong else f"{len(wrong)} things are wrong"
    print(f"{choices} choices made again: {same}")
    if earlier:
        print(f"{earlier} were made by rules no longer in force: read in the chain, not made again")
    return len(wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a draft is tried on."""

    people: Mapping[str, Person]
    got: Mapping[str, Sequence[Got]]


async def simulation(
    services: Services, draft: Policy, days: timedelta = SPAN, out: Path | None = None
) -> None:
    """The last ninety days under a draft, against the policy in force: said, and drawn in *out*."""
    now = services.now()
    in_force = await services.stores.policies.current()
    choices = [
        one
        async for one in services.stores.fairness.chain.records(now - days, None)
        if one.kind == "turn"
    ]
    ids = {row[0] for one in choices for row in one.record["members"]}
    past = Past(
        people=await services.stores.people.get(ids),
        got=await services.stores.fairness.given(sorted(ids)),
    )
    answered = await services.stores.fairness.answered(sorted(ids), now - days)
    records = [one.record for one in choices]
    before = simulate(records, _draft(in_force.routing, past))
    drafted = simulate(records, _draft(draft.routing, past))
    async with services.stores.door.open() as tx:
        await services.stores.read_audit.record(tx, COMMAND, ids, "simulation", now)
    names = {id: person.name for id, person in past.people.items()}
    _say(before, drafted, names, answered)
    moved = 0
    for one in choices:
        if one.handoff:
            lead = (await services.stores.handoffs.case(one.handoff)).handoff.lead
            moved += route(lead, in_force.routing).to != route(lead, draft.routing).to
    if untried := _not_tried(in_force.routing, draft.routing):
        print(f"not tried, for what was decided then does not tell: {', '.join(untried)}")
    elif not moved and before.chosen == drafted.chosen and before.full == drafted.full:
        print("no difference")
    if moved:
        print(f"{moved} leads would go to another pool by the draft's rules; who is free there")
        print("was not asked then, so they are counted where they went.")
    if out:
        title = f"{len(choices)} leads of the last {days.days} days under a draft"
        drawn = picture(before, drafted, names, title, answered)
        await asyncio.to_thread(out.write_text, drawn, encoding="utf-8")
        print(f"drawn in {out}")


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
    nobody = sum(rep is None for rep in drafted.chosen)
    print(f"{len(drafted.chosen)} leads; {changed} would go to someone else, {nobody} to nobody")
    first, second = before.in_time(answered), drafted.in_time(answered)
    if first is not None and second is not None:
        print(f"answers in time, as each has answered: {first} % in force, {second} % drafted")


def _draft(routing: Routing, past: Past) -> Draft:
    """Members and question as a policy has them: what was known then, with its numbers."""

    def drafted(
        asked: RoutingRequest, member: Member, moved: Moved
    ) -> tuple[RoutingRequest, Member]:
        terms = routing.terms(asked.pool)
        person = past.people.get(member.id)
        at = datetime.fromtimestamp(asked.at / 1_000_000, UTC)
        own = routing.of(person.mail) if person else None
        question = replace(
            asked,
            mode=terms.mode,
            within=terms.within,
            load_per_lead=routing.load_per_lead,
            preference=routing.preference,
            pair_within=routing.pair_within,
            skills_on_top=terms.skills_on_top,
        )
        weight = own.weight if own and own.weight is not None else terms.weight
        share = routing.performance
        limits = (own.limits if own else None) or terms.limits
        return question, replace(
            member,
            weight=weight or member.weight,
            out=_out(member, weight),
            ramp=ramp(own.since if own else None, _today(at, person), routing.ramp),
            performance=max(share.floor, min(share.ceiling, member.performance)),
            prefers=bool(own and set(own.prefers) & set(asked.tags)),
            caps=_caps(limits, asked, member, person=person, past=past, moved=moved, at=at),
        )

    return drafted


def _out(member: Member, weight: int) -> Out | None:
    """Without a weight nobody takes part, and with one again."""
    if not weight:
        return member.out or Out.NO_SHARE
    return None if member.out is Out.NO_SHARE else member.out


def _not_tried(in_force: Routing, draft: Routing) -> list[str]:
    """What the draft says otherwise that cannot be tried on choices which were made."""
    names = ("credit", "fault", "fit", "interest", "signed", "pairs", "stages", "traits")
    found = [name for name in names if getattr(in_force, name) != getattr(draft, name)]
    for code in sorted(in_force.pools.keys() | draft.pools.keys()):
        was, now = in_force.terms(code), draft.terms(code)
        keys = ("needs", "overflow", "counter")
        found += [f"{key} of {code}" for key in keys if getattr(was, key) != getattr(now, key)]
    skilled = {rep.who: rep.skills for rep in in_force.reps}
    if any(rep.skills != skilled.get(rep.who, ()) for rep in draft.reps):
        found.append("skills of reps")
    return found


def _today(at: datetime, person: Person | None) -> date:
    return at.astimezone(ZoneInfo(person.hours.zone) if person else UTC).date()


def _caps(
    limits: Limits,
    asked: RoutingRequest,
    member: Member,
    *,
    person: Person | None,
    past: Past,
    moved: Moved,
    at: datetime,
) -> tuple[Cap, ...]:
    """The draft's limits, with what the rep would have got by then."""
    if person is None:
        return member.caps
    inside = [got for got in past.got.get(member.id, ()) if got.at < at]
    for when, more in moved:
        moment = datetime.fromtimestamp(when / 1_000_000, UTC)
        if more > 0:
            inside.append(Got(moment, frozenset(asked.tags)))
        else:
            inside = [got for got in inside if got.at != moment]
    known = next((cap.used for cap in member.caps if cap.kind == "open"), 0)
    return caps(limits, got=inside, open=known, tags=asked.tags, zone=person.hours.zone, at=at)
