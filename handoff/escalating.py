"""Who decides what its owner does not: the next manager up, and if there is none, patience."""

from dataclasses import replace
from datetime import datetime, timedelta

from handoff import clocks
from handoff.draft import Draft
from handoff.effects import FindStandIns, ShowMine
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


def ask_manager(draft: Draft, promise: Commitment, about: Commitment) -> bool:
    """The next manager up owes a decision on *about*, for *promise* waits. False without one."""
    manager = next_manager(draft.case_now, draft.at, about)
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


def next_manager(case: Case, at: datetime, about: Commitment) -> str | None:
    """Who would be asked to decide *about* next: the nearest manager, within the policy's levels,
    who has not been asked and can be.

    Who has left is no level. Managers who are away longer than the matter can wait, or whom Teams
    does not reach, are passed over while another is left.
    """
    asked = {c.who for c in case.handoff.commitments if c.about == about.n}
    above = case.person(about.who).managers
    chain = [m for m in above if m in case.people and case.person(m).present]
    left = [m for m in chain[: case.policy.levels] if m not in asked and m != about.who]
    bound = clocks.latest(case, Promise.DECIDE, at, about.what)
    limit = bound or at + timedelta(days=1)
    able = [
        m
        for m in left
        if case.person(m).unreachable is None and case.person(m).hours.between(at, limit)
    ]
    return next(iter(able or left), None)


def chase_again(draft: Draft, promise: Commitment) -> Commitment:
    """*promise*, with its maker told again after a working day."""
    hours = draft.case.person(promise.who).hours
    return replace(promise, alarms=(Alarm(hours.after(draft.at, clocks.CHASE_EVERY), Step.CHASE),))
