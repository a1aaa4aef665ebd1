"""How a pool stands, for whoever may read it: what each is owed and got, as a picture with its
sentence and as a table, with the numbers of the card `fairness`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import htpy as h

import charts
from cards.elements import bare, clean
from cards.figures import (
    Figures,
    own_weight,
    pair_lines,
    rules_aloud,
    state_words,
    weight,
    who,
)
from cards.rotation import HOW_IT_IS_SUMMED, shown
from cards.words import names
from handoff.asked import OfPool
from handoff.errors import NotYoursError
from handoff.model import Person
from handoff.policy import Policy, Pool
from handoff.routing.inputs import LEAD
from handoff.routing.reasons import CHOSEN, Reason, leads
from tabs.page import leads_to, prose, section, table
from tabs.page import page as whole
from tabs.reading import Reader
from tabs.taking import offered

NOT_YOURS = "There is no such pool, or it is not yours to see: a pool is shown to those in it."
NONE = "You are in no pool, so there is none to show."


async def page(reader: Reader, asked: Mapping[str, str]) -> h.Element:
    """The pool that was asked for, or the first of those that are theirs to read. Raises
    NotYoursError alike for one that is not and for one that there is not.
    """
    viewer, stores = reader.viewer, reader.stores
    policy = reader.policy
    pools = [pool for pool in policy.pools if reader.scope.reads_pool(pool.code)]
    pools.sort(key=lambda pool: pool.code not in viewer.pools)
    code = asked.get("pool")
    chosen = next((pool for pool in pools if code in (None, pool.code)), None)
    if chosen is None and code is not None:
        raise NotYoursError(NOT_YOURS)
    if chosen is None:
        return whole("Fairness", section("Your pools", h.p[NONE]), code="fairness")
    figures = await reader.figures(chosen.code, chosen.name)
    ids = {one.id for one in figures.members} | {id for pair in figures.pairs for id in pair[:2]}
    await reader.looked(ids, "figures")
    people = await stores.people.called(ids)
    return fairness_page(figures, policy, pools, people, viewer=viewer, at=reader.at)


def fairness_page(
    figures: Figures,
    policy: Policy,
    pools: Sequence[Pool],
    people: Mapping[str, Person],
    *,
    viewer: Person,
    at: datetime,
) -> h.Element:
    ranked = shown(figures.reasons, "", len(figures.reasons))  # nobody before their place
    seen = _Seen(viewer=viewer, people=people, at=at)
    own = own_weight(figures, policy.routing.performance, viewer.id)
    return whole(
        f"Fairness in {clean(figures.name)}",
        _others(figures.code, pools),
        section(
            "Who is next, and how it adds up",
            h.figure[
                h.figcaption[summary(figures, viewer, people)],
                charts.bars(
                    [_bar(one, seen) for one in ranked], says=summary(figures, viewer, people)
                ),
                charts.key(("got", "got"), ("target", "target, with credits")),
            ]
            if ranked
            else h.p["Nobody is in this pool."],
            table(
                f"{clean(figures.name)}: each rep's share and what came of it",
                [
                    *("Rep", "If a lead came now", "Target", "Got", "Credits", "Short by"),
                    *("Load", "Leads in 30 days", "Weight"),
                ],
                [*[_row(one, figures, seen) for one in ranked], _together(figures)],
                numbers=7,
            )
            if ranked
            else None,
            h.p(".quiet")[ONE_MORE] if _next(figures) else None,
            h.p[prose(own)] if own else None,
            [h.p[prose(line)] for line in pair_lines(figures, people)],
            h.p(".quiet")[HOW_IT_IS_SUMMED],
            offered(OfPool(figures.code)),
        ),
        section(
            "Who gets a lead",
            h.ul(".plain")[[h.li[clean(line)] for line in rules_aloud(policy, [figures.code])]],
            h.p[leads_to("rules", "All rules")],
        ),
        code="fairness",
    )


def summary(figures: Figures, viewer: Person, people: Mapping[str, Person]) -> str:
    """What the picture shows, as a person would say it."""
    if not figures.reasons:
        return "Nobody is in this pool."
    got = sum(one.got for one in figures.reasons)
    reps, some = len(figures.reasons), sum(one.got > 0 for one in figures.reasons)
    went = f"{got} lead{'s' * (got != 1)} went to {'' if some == reps else f'{some} of '}{reps} "
    went += f"rep{'s' * (reps != 1)}."
    ahead = sorted((r for r in figures.reasons if _whole(r.shortfall)), key=lambda r: r.shortfall)
    if not ahead:
        return f"{went} Nobody is owed as much as half a lead: it is even."
    owed = [r for r in ahead if r.shortfall > 0]
    over = [r for r in ahead if r.shortfall < 0]
    said = []
    if owed:
        most = [r.id for r in owed if r.shortfall == owed[-1].shortfall]
        said.append(f"{_people(most, viewer, people)} owed most")
    if over:
        most = [r.id for r in over if r.shortfall == over[0].shortfall]
        said.append(f"{_people(most, viewer, people)} furthest ahead")
    line = ", and ".join(said)
    return f"{went} {line[0].upper()}{line[1:]}."


def _people(ids: Sequence[str], viewer: Person, people: Mapping[str, Person]) -> str:
    """Ravi and Rosa are; you are; Rita is."""
    own = viewer.id in ids
    others = [bare(who(id, viewer, people)) for id in ids if id != viewer.id]
    return f"{names([*others, *(['you'] if own else [])])} {'are' if own or others[1:] else 'is'}"


def _whole(shortfall: int) -> bool:
    return abs(shortfall) >= LEAD // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """Whoever looks, at whom and when."""

    viewer: Person
    people: Mapping[str, Person]
    at: datetime

    def name(self, one: Reason) -> str:
        return bare(who(one.id, self.viewer, self.people))


def _bar(one: Reason, seen: _Seen) -> charts.Bar:
    due = one.target + one.credits * LEAD
    return charts.Bar(
        name=seen.name(one),
        value=one.got,
        mark=due / LEAD,
        says=f"{one.got}, target {_leads(due)}",
    )


def _row(one: Reason, figures: Figures, seen: _Seen) -> list[h.Node]:
    said = state_words(one, seen.viewer, seen.people, seen.at)
    size = weight(one, seen.viewer, seen.people)
    return [
        seen.name(one),
        "next" if one.code == CHOSEN else prose(said or "could too"),
        _leads(one.target),
        str(one.got),
        str(one.credits),
        _short(one.shortfall),
        str(one.load),
        str(figures.recent.get(one.id, 0)),
        "–" if size is None else str(size),
    ]


ONE_MORE = (
    "Each target has its share of a lead that would come now, so that those who take part are "
    "together short by one lead; who is away stands as when they left. Each number is rounded to "
    "tenths for itself, and the last row adds them up as they are."
)


def _next(figures: Figures) -> bool:
    """Whether somebody would get a lead that came now."""
    return any(one.code == CHOSEN for one in figures.reasons)


def _together(figures: Figures) -> list[h.Node]:
    """The last row: what is rounded in each row is not in their sum."""
    all_ = figures.reasons
    return [
        "Together",
        None,
        _leads(sum(one.target for one in all_)),
        str(sum(one.got for one in all_)),
        str(sum(one.credits for one in all_)),
        _short(sum(one.shortfall for one in all_)),
        str(sum(one.load for one in all_)),
        str(sum(figures.recent.get(one.id, 0) for one in all_)),
        None,
    ]


def _short(shortfall: int) -> str:
    return _leads(shortfall) if shortfall >= 0 else f"ahead by {_leads(-shortfall)}"


def _others(code: str, pools: Sequence[Pool]) -> h.Node:
    others = [pool for pool in pools if pool.code != code]
    if not others:
        return None
    return h.p(".screen")[
        "Other pools: ",
        [
            [", " if n else "", leads_to(f"fairness/{pool.code}", clean(pool.name))]
            for n, pool in enumerate(others)
        ],
    ]


def _leads(parts: int) -> str:
    """4.3, or −0.2"""
    return leads(parts).replace("-", "−")
