"""Who decides what its owner does not: the next manager up, and if there is none, patience."""

from dataclasses import replace
from datetime import datetime

from handoff import clocks
from handoff.draft import Draft
from handoff.effects import FindStandIns, ShowMine
from handoff.hours import DAY, HORIZON, OPEN_END, WorkingTime
from handoff.model import Alarm, Case, Commitment, Step
from handoff.policy import Promise


def escalate(draft: Draft, promise: Commitment, about: Commitment) -> None:
    """The next manager up decides *about*, for *promise* is overdue; where nobody can, it is
    chased.
    """
    if draft.case.policy.clocks[promise.what].escalate and ask_manager(draft, promise, about):
        return
    if not promise.alarms:
        draft.update(chase_again(draft, promise))


def ask_manager(draft: Draft, promise: Commitment, about: Commitment, *, above: str = "") -> bool:
    """The next manager up, or the next *above* that one, owes a decision on *about*, for *promise*
    waits. False without one.
    """
    manager = next_manager(draft.case_now, draft.at, about, above=above)
    if manager is None:
        return False
    if about.what in (Promise.ANSWER, Promise.REWORK) and promise.what is not Promise.DECIDE:
        draft.follow(FindStandIns(draft.id))
    draft.promise(Promise.DECIDE, manager, about=about.n)
    draft.say("escalated", to=manager, promise=about.what.value)
    if about.what is Promise.BOOK:  # a list of leads falls due together: they read one list of it
        draft.follow(ShowMine(manager))
        return True
    asked = (c.who for c in draft.handoff.commitments if c.about == about.n)
    for before in dict.fromkeys(asked):
        draft.show(before)  # who was asked first reads who decides by now
    draft.show(manager, alert=True)
    return True


def next_manager(case: Case, at: datetime, about: Commitment, *, above: str = "") -> str | None:
    """Who would be asked to decide *about* next: the nearest manager, within the policy's levels,
    and *above* that one, who has not been asked and can be.

    Who has left is no level. Managers who are away longer than the matter can wait, or whom Teams
    does not reach, are passed over while another is left. Where that is none, it is the nearest of
    those who are at work first.
    """
    asked = {c.who for c in case.handoff.commitments if c.about == about.n}
    managers = case.person(about.who).managers
    chain = [m for m in managers if m in case.people and case.person(m).present]
    left = [m for m in chain[: case.policy.levels] if m not in asked and m != about.who]
    if above in chain:
        left = [m for m in left if m in chain[chain.index(above) :]]
    bound = clocks.latest(case, Promise.DECIDE, at, about.what)
    limit = bound or at + DAY
    able = [
        m
        for m in left
        if case.person(m).unreachable is None and case.person(m).hours.between(at, limit)
    ]
    if able or not left:
        return next(iter(able), None)
    reached = [m for m in left if case.person(m).unreachable is None] or left
    back = {m: _at_work_from(case.person(m).hours, at) for m in reached}
    first = min(back.values())
    same_day = first if bound else first + DAY
    return next(m for m in reached if back[m] <= same_day)


def _at_work_from(hours: WorkingTime, at: datetime) -> datetime:
    """When they are at work next; not at all where that is not within months."""
    span = next(hours.spans(at, at + HORIZON), None)
    return span.start if span else OPEN_END


def chase_again(draft: Draft, promise: Commitment) -> Commitment:
    """*promise*, with its maker told again after a working day."""
    hours = draft.case.person(promise.who).hours
    return replace(promise, alarms=(Alarm(hours.after(draft.at, clocks.CHASE_EVERY), Step.CHASE),))
