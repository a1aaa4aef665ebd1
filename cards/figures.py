"""How the pools stand, for whoever is in them and whoever manages them, and the rules aloud."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.elements import Card, do, finished, head, plain, told
from cards.rotation import (
    HOW_IT_IS_SUMMED,
    MOST,
    code_words,
    may_know,
    more_words,
    share_words,
    shown,
    sum_words,
)
from handoff.model import Person
from handoff.policy import Policy
from handoff.routing.aloud import gate_aloud, pool_aloud, rule_aloud, trait_aloud
from handoff.routing.inputs import ABSENT, Member
from handoff.routing.policy import Performance
from handoff.routing.reasons import CHOSEN, LATER, Reason

MOST_POOLS = 12  # on one card
MANY, FEW = 4, 3  # of more pools than MANY on one card, FEW members each


def most_of(pools: int) -> int:
    """How many members of each of so many pools are on one card."""
    return MOST if pools <= MANY else FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How a pool stands."""

    code: str
    name: str
    members: tuple[Member, ...]
    reasons: tuple[Reason, ...]  # as if a lead came now, with everyone free
    recent: Mapping[str, int]  # leads that count, of the last thirty days
    pairs: tuple[
        tuple[str, str, int, int], ...
    ] = ()  # qualifier, rep, leads together, leads in all
    answers: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))  # kept in time and all, of
    # whoever looks and of the pool


Standing = tuple[
    tuple[Member, ...],
    tuple[Reason, ...],
    Mapping[str, int],
    tuple[tuple[str, str, int, int], ...],
    tuple[tuple[int, int], tuple[int, int]],
]
"""As it is read: members, reasons, recent, pairs, answers."""


def figures_of(code: str, name: str, found: Standing) -> Figures:
    members, reasons, recent, pairs, answers = found
    return Figures(
        code=code,
        name=name,
        members=members,
        reasons=reasons,
        recent=recent,
        pairs=pairs,
        answers=answers,
    )


def pool_card(
    pools: Sequence[Figures],
    *,
    policy: Policy,
    people: Mapping[str, Person],
    viewer: Person,
    at: datetime,
    unreached: Sequence[str] = (),
    more: int = 0,
    tab: Action | None = None,
) -> Card:
    """Own and pool figures: the same for a rep and a manager. With *unreached*, lines on whoever
    Teams does not deliver to, for themselves and their managers. There are so many pools *more*;
    *tab* leads to the page of one.
    """
    body: list[CardElement | None] = [head("FAIRNESS", "Who is next, and how it adds up")]
    most = most_of(len(pools))
    for pool in pools:
        body.append(told(plain(pool.name), bold=True, spacing="Medium"))
        for one in shown(pool.reasons, viewer.id, most):
            body.append(told(standing(one, viewer, people, at), spacing="Small"))
            body.append(
                told(
                    f"{sum_words(one)} · {pool.recent.get(one.id, 0)} in 30 days{more_words(one)}"
                    f"{_weight(one, viewer, people)}",
                    size="Small",
                    subtle=True,
                    spacing="None",
                )
            )
        if line := own_weight(pool, policy.routing.performance, viewer.id):
            body.append(told(line, size="Small", subtle=True, spacing="Small"))
        left = len(pool.reasons) - most
        if left > 0:
            body.append(told(f"And {left} more in the pool.", size="Small"))
        body += [told(line, size="Small") for line in pair_lines(pool, people)]
    if more:
        others = f"And {more} more pools. Say *fairness 17* for how handoff no. 17 went to its rep."
        body.append(told(others, size="Small", spacing="Medium"))
    if not pools:
        body.append(told("You are in no pool.", spacing="Small"))
    if unreached:
        body.append(told("Cards that did not arrive", bold=True, spacing="Medium"))
        body += [told(line, size="Small") for line in unreached[:MOST]]
    body.append(told("Who gets a lead", bold=True, spacing="Medium"))
    codes = [pool.code for pool in pools]
    body += [told(plain(line), size="Small") for line in rules_aloud(policy, codes)]
    body.append(told(HOW_IT_IS_SUMMED, size="Small", subtle=True))
    return finished(body, [do("Mine", "mine"), tab], says="Fairness: how the pools stand")


def who(id: str, viewer: Person, people: Mapping[str, Person]) -> str:
    """A name; "You" for the one who looks."""
    return "You" if id == viewer.id else _name(id, people)


def _name(id: str, people: Mapping[str, Person]) -> str:
    person = people.get(id)
    return plain(person.name) if person else "someone who has left"


def state_words(one: Reason, viewer: Person, people: Mapping[str, Person], at: datetime) -> str:
    """Why they would not get a lead that came now; nothing where they could."""
    return "" if one.code in (CHOSEN, LATER) else code_words(one, viewer, people, at)


def standing(one: Reason, viewer: Person, people: Mapping[str, Person], at: datetime) -> str:
    """How it is for them if a lead came now, with the number behind it:
    Rita Osei is next, 0.3 of a lead behind a fair share.
    """
    mine = one.id == viewer.id
    name, verb = who(one.id, viewer, people), "are" if mine else "is"
    if state := state_words(one, viewer, people, at):
        passed = "you" if mine else name
        owed = f"{name} {verb} {share_words(one)}."
        return f"A lead that came now would pass **{passed}**: {state}. {owed}"
    place = f"number {one.place} in turn" if one.place else "free too"
    return f"**{name}** {verb} {'next' if one.code == CHOSEN else place}, {share_words(one)}."


def weight(one: Reason, viewer: Person, people: Mapping[str, Person]) -> int | None:
    """How much they weigh; of who takes no part for a time that is theirs and their manager's."""
    hidden = one.code in ABSENT and not may_know(viewer, one.id, people)
    return None if hidden else one.size // 10_000


def pair_lines(pool: Figures, people: Mapping[str, Person]) -> list[str]:
    """Of each qualifier and rep who work together, how often it came to that."""
    return [
        f"{_name(qualifier, people)} and {_name(rep, people)} are a pair: {together} of {all_} "
        f"leads stayed with it, {all_ - together} did not."
        for qualifier, rep, together, all_ in pool.pairs
    ]


def rules_aloud(policy: Policy, pools: Iterable[str]) -> list[str]:
    """All that decides who gets a lead in *pools*, by their codes, read from what runs."""
    routing, say = policy.routing, words.amount
    names = {pool.code: pool.name for pool in policy.pools}
    return [
        *[
            f"{n}. {rule_aloud(rule, names[rule.to], say)}"
            for n, rule in enumerate(routing.rules, 1)
            if rule.to in names
        ],
        *[pool_aloud(routing.terms(code), names[code], names) for code in pools if code in names],
        *gate_aloud(routing),
        *[trait_aloud(trait, say) for trait in routing.traits],
    ]


def _weight(one: Reason, viewer: Person, people: Mapping[str, Person]) -> str:
    known = weight(one, viewer, people)
    return "" if known is None else f" · weight {known}"


def own_weight(pool: Figures, performance: Performance, viewer: str) -> str:
    """What the weight of whoever looks is made of, with the figures behind it."""
    own = next((m for m in pool.members if m.id == viewer), None)
    if own is None or ((own.ramp, own.performance) == (100, 100) and not _counts(performance)):
        return ""
    line = f"Your weight: {own.weight}"
    if own.ramp != 100:
        line += f" × {own.ramp} % while you are new"
    if _counts(performance):
        (kept, given), (all_kept, all_given) = pool.answers
        line += (
            f" × {own.performance} % for answers in time. Of the last {performance.days} days: you "
            f"{kept} of {given}, the pool {all_kept} of {all_given}; your share by the pool's, "
            f"never under {performance.floor} % nor over {performance.ceiling} %"
        )
        if given < performance.least:
            line += f", and 100 % with fewer than {performance.least} answers"
    return f"{line}."


def _counts(performance: Performance) -> bool:
    return performance.floor != performance.ceiling
