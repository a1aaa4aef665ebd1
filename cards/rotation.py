"""Who was next and why: on a handoff's cards, as a card of its own, and as said to be wrong.

The numbers are those that decided. Each line carries its sum, so that anybody can check it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from microsoft_teams.cards import CardElement, Container

from cards import words
from cards.elements import Card, banner, do, finished, head, plain, told, why
from cards.pledges import aloud
from cards.reasons import NAMES, obstacle
from cards.view import View
from handoff.calendar import Conflict, Obstacle
from handoff.draft import NO_STAND_IN
from handoff.model import Person, Search
from handoff.routing.aloud import rule_aloud
from handoff.routing.choose import Assignment
from handoff.routing.inputs import ABSENT, Member, Mode, RoutingRequest
from handoff.routing.reasons import (
    BUSY,
    CAP,
    CHOSEN,
    LATER,
    PICKED,
    Reason,
    cap_words,
    leads,
    reasons,
)
from handoff.routing.rules import unknown
from handoff.timeline import Word

MOST = 12  # members on one card; those looked at and those chosen are always among them
ON_A_CARD = 6  # members in the small print of a handoff's card


UNKNOWN = {
    True: "What it is worth is not known: no rule that asks for a worth fits it.",
    False: "What it is worth is in another currency: no rule that asks for a worth fits it.",
}
CODES = {
    CHOSEN: "chosen",
    PICKED: "picked by the qualifier",
    LATER: "could too",
    "dark": "left out: Outlook cannot read the calendar, so it is not free",
    "unreachable": "left out: Teams does not deliver",
    "unsigned": "left out: has not agreed to the rules yet",
    "qualifier": "left out: hands this lead over",
    "skill": "left out: lacks what this lead asks for",
    "no_share": "left out: has a weight of 0",
}
HOW = {
    "next": "was next in turn",
    "pick": "was picked by the qualifier",
    "owner": "has the company already, and the rule puts that first",
    "pair": "works with the qualifier, and was owed nearly as much as whoever was next",
}
NOBODY = {
    "full": "every rep who is there has reached a limit",
    "pool": "the pool has got as many leads as it may",
    "away": "nobody is available",
    "unsigned": "whoever could take it has yet to agree to the rules in force; each is asked",
    "dark": "Outlook can read nobody's calendar",
    "busy": "no time suits you, a rep and the prospect's working day",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One choice with everything it was made from, and who the people are."""

    asked: RoutingRequest
    members: tuple[Member, ...]
    how: str
    reasons: tuple[Reason, ...]
    people: Mapping[str, Person]

    def name(self, id: str) -> str:
        person = self.people.get(id)
        return plain(person.name) if person else "someone who has left"


def ground_of(
    asked: RoutingRequest,
    members: tuple[Member, ...],
    then: Assignment,
    people: Mapping[str, Person],
    looking_at: str = "",
) -> Ground:
    """The choice *then* with reasons; for whoever is *looking_at* it, what would change it."""
    return Ground(
        asked=asked,
        members=members,
        how=then.how,
        reasons=reasons(asked, members, (looking_at,), then),
        people=people,
    )


def rotation_lines(view: View, search: Search) -> list[CardElement | None]:
    """On the card with times: who is next, and what happens when nobody can."""
    pool = view.policy.pool(search.pool or "")
    name = plain(pool.name) if pool else "the pool"
    if search.instead == "hold" and search.until:
        line = (
            f"{_why(search)}. The lead is held for the next free rep in {name} "
            f"until **{view.soon(search.until)}**; you are told then. It stays yours until it is "
            "booked."
        )
        return [told(line, spacing="Small")]
    if search.instead == "yours":
        line = f"{_why(search)}, and the policy names nobody else: it is yours."
        return [told(line, spacing="Small")]
    lines: list[CardElement | None] = []
    if search.instead == "owner":
        line = f"{_why(search)}, so it goes to {view.name(search.rep)}."
        return [told(line, size="Small")]
    if search.instead == "next":
        lines.append(told(f"Nobody in the first pool can, so it goes to {name}.", size="Small"))
    if len(search.next) > 1:
        then = words.names([view.name(rep) for rep in search.next[1:]])
        mode = view.policy.routing.terms(search.pool or "").mode
        pick = (
            f" Choosing another than {view.first(search.next[0])} is recorded."
            if mode is not Mode.STRICT
            else ""
        )
        line = f"**{view.name(search.next[0])}** is next, then {then}.{pick}"
        lines.append(told(line, size="Small"))
    return lines


def _why(search: Search) -> str:
    """Why nobody can, as the beginning of a sentence."""
    words_ = NOBODY.get(search.why, NOBODY["busy"])
    return words_[0].upper() + words_[1:]


def rule_line(view: View, search: Search) -> str:
    """The rule that chose the pool, aloud; made from the rule itself."""
    routing = view.policy.routing
    rule = next((r for r in routing.rules if r.name == search.rule), None)
    pool = view.policy.pool(rule.to) if rule else None
    if rule is None or pool is None:
        return ""
    aloud = rule_aloud(rule, pool.name, words.amount)
    known = (
        ""
        if not unknown(view.handoff.lead, routing)
        else f" {UNKNOWN[view.handoff.lead.value is None]}"
    )
    return f"By the rule *{plain(rule.name)}*. {plain(aloud)}{known}"


def small_print(ground: Ground, viewer: Person, at: datetime) -> list[str]:
    """The choice in a few lines, for the "why" of a handoff's card."""
    seen = shown(ground.reasons, viewer.id, ON_A_CARD)
    people = ground.people
    lines = [
        line
        for one in seen
        for line in (
            f"**{ground.name(one.id)}**: {code_words(one, viewer, people, at)}.",
            f"{sum_words(one)}.",
        )
    ]
    left = len(ground.reasons) - len(seen)
    return [*lines, f"And {left} more." if left else ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """Somebody was given the lead without a choice of the router's."""

    what: Word
    at: datetime
    by: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """How a lead came to whoever has it, or why nobody has it yet."""

    rep: str | None
    ground: Ground | None  # the router's last choice
    elsewhere: str  # the pool of that choice, where it is not the reader's
    passed: tuple[Ground, ...]  # pools in which nobody could take it
    since: tuple[Otherwise, ...]  # what came after that choice, or instead of one
    counts: Mapping[str, tuple[str, str | None]]  # by rep: in which pool, and why it does not
    pools: Mapping[str, str]  # code to name
    people: Mapping[str, Person]

    def name(self, id: str) -> str:
        person = self.people.get(id)
        return plain(person.name) if person else "someone who has left"

    def pool(self, code: str) -> str:
        return plain(self.pools.get(code, code))


def fairness_card(
    number: int, given: Given, *, viewer: Person, at: datetime, handoff: object, said: str = ""
) -> Card:
    """Why this rep and not another: every member with a reason and the numbers behind it, whatever
    way the lead came to them.
    """
    ground = given.ground
    members = {m.id for m in ground.members} if ground else frozenset[str]()
    return finished(
        [
            head(f"NO. {number} · WHO WAS NEXT", given.name(given.rep) if given.rep else "Nobody"),
            banner(said),
            *[part for one in given.passed for part in _passed(given, one, viewer, at)],
            *(_chosen(ground, viewer, at) if ground else ()),
            told(f"It went to {given.pool(given.elsewhere)}.") if given.elsewhere else None,
            *[told(_otherwise(given, one, viewer), spacing="Small") for one in given.since],
            *[told(line, size="Small", subtle=True) for line in _counted(given, viewer)],
            told(HOW_IT_IS_SUMMED, size="Small", subtle=True),
        ],
        [
            do("Pool figures", "pool_figures", first=True),
            do("This looks wrong", "report_assignment", handoff) if viewer.id in members else None,
        ],
        says=f"Who was next for number {number}",
    )


def _chosen(ground: Ground, viewer: Person, at: datetime) -> list[CardElement | None]:
    """The router's choice, and what it was made from."""
    chosen = next((r.id for r in ground.reasons if r.code in (CHOSEN, PICKED)), "")
    when = words.when(_when(ground), viewer.zone)
    line = f"{ground.name(chosen)} {HOW[ground.how]} on {when}. "
    return [
        told(f"{line}Policy version {ground.asked.policy}.", spacing="Small"),
        *_lines(ground, viewer, at),
    ]


def _lines(ground: Ground, viewer: Person, at: datetime) -> list[CardElement | None]:
    seen = shown(ground.reasons, viewer.id, MOST)
    left = len(ground.reasons) - len(seen)
    return [
        *[_line(ground, one, viewer, at) for one in seen],
        told(f"And {left} more in the pool.", size="Small") if left else None,
    ]


def _passed(given: Given, one: Ground, viewer: Person, at: datetime) -> list[CardElement | None]:
    """That nobody in that pool could; each with the reason for its members, and where there is no
    choice to show.
    """
    pool = given.pool(one.asked.pool)
    when = words.when(_when(one), viewer.zone)
    line = told(f"Nobody in {pool} could take it on {when}.", spacing="Small")
    inside = viewer.id in {m.id for m in one.members}
    return [line, *(_lines(one, viewer, at) if inside or not given.ground else ())]


def _when(ground: Ground) -> datetime:
    return datetime.fromtimestamp(ground.asked.at / 1_000_000, UTC)


OTHERWISE: Mapping[Word, str] = {
    "booked": "{by} asked for {to} by name",
    "given": "{by} gave it to {to}",
    "reassigned": "{by} gave it to {to}",
    "given_over": "{by} gave it to {to} for a time without them",
    "prospect_moved": "the prospect moved it to a time of {to}, for there was no other",
    "passed_on": "it went to {to} by the policy, for it was not answered in time or somebody could "
    "not be there",
}
"""How somebody is given a lead without a choice of the router's, by the timeline's word."""


def _otherwise(given: Given, one: Otherwise, viewer: Person) -> str:
    by = given.name(one.by) if one.by in given.people else "Baton"
    line = OTHERWISE[one.what]
    if one.what == "booked" and given.passed and not given.ground:
        line = "the policy names {to} for a lead that nobody can take"
    said = line.format(by=by, to=given.name(one.to))
    return f"{words.when(one.at, viewer.zone)}: {said}."


WHY_NOT = {
    "lead": "it was sent back as no lead",
    "no_show": "the prospect did not come",
    "cancelled": "the meeting was cancelled",
    "reassigned": "it was given to somebody else",
    "passed_on": "it went to somebody else unanswered",
    "ended": "it ended before the meeting",
    NO_STAND_IN: "asked to stand in for another, they could not",
}
"""Why a lead does not count for a rep: by the policy's `credit`, or by a no to standing in."""


def _counted(given: Given, viewer: Person) -> list[str]:
    """For whom it counts, and where."""
    lines = []
    for rep, (pool, credited) in given.counts.items():
        who = "you" if rep == viewer.id else given.name(rep)
        if credited is None:
            lines.append(f"It counts for {who} in {given.pool(pool)}, like any other.")
        else:
            lines.append(f"It does not count for {who}: {WHY_NOT[credited]}.")
    return lines


def in_the_way_card(number: int, found: Obstacle, *, viewer: Person, at: datetime) -> Card:
    """To its owner alone: what stands in their calendar then, without which it was their turn."""
    what = obstacle(found, viewer.zone, at)
    when = words.soon(found.span.start, viewer.zone, at)
    return finished(
        [
            head(f"NO. {number} · IN YOUR CALENDAR", "What was in your way"),
            told(f"{when}: {what}. Without it you were first.", spacing="Small"),
            told(
                "Read in Outlook just now, for you alone: the others in the pool read that you "
                "were not free, not with what.",
                size="Small",
                subtle=True,
            ),
        ],
        [do("Mine", "mine", first=True)],
        says=f"Number {number}: what was in your way",
    )


THE_RULE = (
    "You are owed your share of every lead that you could have taken; what you could not take "
    "(away, calendar full, at your limit) is not saved up beyond one lead; whatever you take "
    "counts, however you came to it."
)
HOW_IT_IS_SUMMED = (
    f"{THE_RULE} "
    "Each lead adds to everyone taking part their share of it; whoever gets it pays one. Short by "
    "= target − got + credits; the largest is next, less load above the average. When people come, "
    "go or are credited, targets are levelled, so that they add up."
)


def _line(ground: Ground, one: Reason, viewer: Person, at: datetime) -> Container:
    mine = one.id == viewer.id
    name = "You" if mine else ground.name(one.id)
    lines: list[CardElement] = [
        told(f"**{name}**: {code_words(one, viewer, ground.people, at)}", spacing="Small"),
        told(f"{sum_words(one)}{more_words(one)}", size="Small", subtle=True, spacing="None"),
    ]
    if one.would_be:
        who = "you" if mine else name
        lines.append(
            told(f"Otherwise it would have been {who}.", size="Small", spacing="None", bold=mine)
        )
    return Container(items=lines, spacing="Small", separator=True)


def code_words(one: Reason, viewer: Person, people: Mapping[str, Person], at: datetime) -> str:
    """The reason in words, with its number. Of whoever takes no part for a time, why that is reads
    who it is about and who manages them; for everybody else they are not available.
    """
    zone = viewer.zone
    if one.code in ABSENT and not may_know(viewer, one.id, people):
        return "not available"
    if one.code == CAP and one.cap:
        return f"no room ({plain(cap_words(one.cap, zone))})"
    if one.code == BUSY:
        free = _soon(one.next_free, zone, at)
        then = _soon(one.asked_for, zone, at) or "at that time"
        return f"not free {then}{_with(one, viewer, people)}; " + (
            f"next free {free}" if free else "nor at another"
        )
    if one.code == "away":
        back = _soon(one.until, zone, at)
        return f"out of office{' until ' + back if back else ''}"
    if one.code == CHOSEN:
        return f"{CODES[CHOSEN]}, {share_words(one)}"
    if one.code == LATER and one.place:
        return f"{CODES[LATER]} (place {one.place} in turn), {share_words(one)}"
    return CODES[one.code]


def may_know(viewer: Person, id: str, people: Mapping[str, Person]) -> bool:
    of = people.get(id)
    return viewer.id == id or (of is not None and viewer.id in of.managers)


def _with(one: Reason, viewer: Person, people: Mapping[str, Person]) -> str:
    """The kind of what was in the way; that somebody is out of office is not everybody's."""
    if not one.busy_with:
        return ""
    kind = Conflict(one.busy_with)
    if kind is Conflict.AWAY and not may_know(viewer, one.id, people):
        return ""
    return f" ({NAMES[kind]})"


def share_words(one: Reason) -> str:
    """0.3 of a lead behind a fair share"""
    by = leads(abs(one.shortfall))
    if by == leads(0):
        return "level with a fair share"
    many = "leads" if float(by) >= 1 else "of a lead"
    return f"{by} {many} {'ahead of' if one.shortfall < 0 else 'behind'} a fair share"


def sum_words(one: Reason) -> str:
    """The sum below it: target 4.3 − got 4 + credits 0 = short by 0.3"""
    ahead = one.shortfall < 0
    by = leads(abs(one.shortfall))
    return (
        f"target {leads(one.target)} − got {one.got} + credits {one.credits} = "
        f"{'ahead' if ahead else 'short'} by {by}"
    )


def more_words(one: Reason) -> str:
    parts = [f"load {one.load}"] if one.load else []
    if one.score != one.shortfall:
        parts.append(f"compared as {leads(one.score)}")
    return "".join(f" · {part}" for part in parts)


def _soon(at: int | None, zone: str, now: datetime) -> str:
    return words.soon(datetime.fromtimestamp(at, UTC), zone, now) if at is not None else ""


def shown(reasons: Sequence[Reason], viewer: str, most: int) -> list[Reason]:
    """The chosen first, then whoever looks, then by place, then by shortfall."""
    ranked = sorted(
        reasons,
        key=lambda r: (
            r.code not in (CHOSEN, PICKED),
            r.id != viewer,
            r.place or len(reasons),
            -r.shortfall,
            r.id,
        ),
    )
    return ranked[:most]


def report_card(
    number: int,
    ground: Ground,
    *,
    report: object,
    by: Person,
    viewer: Person,
    at: datetime,
    asked: Sequence[CardElement] = (),
) -> Card:
    """A manager is asked about an assignment that somebody thinks is wrong."""
    chosen = next((r.id for r in ground.reasons if r.code in (CHOSEN, PICKED)), "")
    theirs = next((r for r in ground.reasons if r.id == by.id), None)
    return finished(
        [
            head("SAID TO BE WRONG", f"No. {number}, given to {ground.name(chosen)}"),
            told(
                f"{plain(by.name)} thinks that this assignment is wrong. "
                f"{ground.name(chosen)} {HOW[ground.how]}.",
                spacing="Small",
            ),
            _line(ground, theirs, viewer, at) if theirs else None,
            *[_line(ground, r, viewer, at) for r in ground.reasons if r.id == chosen],
            told(
                f"Putting it right makes {plain(by.first_name)} owed one lead more; the others "
                "in the pool wait for it together.",
                size="Small",
                subtle=True,
            ),
            *asked,
            *why([f"You manage {plain(by.name)}, who is in that pool.", HOW_IT_IS_SUMMED]),
        ],
        [
            do("It was right", "answer_report", first=True, report=str(report), answer="right"),
            do("Put it right", "answer_report", report=str(report), answer="owed"),
        ],
        says=f"{plain(by.name)} says that number {number} went wrong. {aloud(asked)}",
    )


def answered_card(number: int, manager: Person, answer: str) -> Card:
    """Whoever asked reads what the manager says."""
    line = {
        "right": "looked at the numbers and finds the assignment right",
        "owed": "puts it right: you are owed one lead more",
    }[answer]
    return finished(
        [
            head("ANSWERED", f"No. {number}"),
            told(f"{plain(manager.name)} {line}.", spacing="Small"),
            told(f"Say *fairness {number}* for the numbers.", size="Small", subtle=True),
        ],
        says=f"Number {number}: answered",
    )
