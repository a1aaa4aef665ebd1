"""What fell due while Baton did not look: nobody is late because of it.

The time in which no sweep ran does not count. Whatever would have rung in it gets the working
time that was left when the sweeps stopped, and is looked up in Outlook before it rings.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from handoff.draft import CLOCK, Draft
from handoff.hours import WorkingTime
from handoff.model import Alarm, Case, Commitment, Decision, Step

LEAST = timedelta(minutes=10)  # that anybody has after an outage, and Baton to look
COUNTED = frozenset({Step.REMINDER, Step.BREACH, Step.CHASE})
"""What is held against somebody; whatever else rings only asks or looks."""


def excuse(case: Case, *, since: datetime, at: datetime) -> Decision | None:
    """No sweep ran from *since* to *at*. Twice is once: what has been moved is ahead."""
    draft = Draft(case, at=at, by=CLOCK, rule="outage")
    for promise in case.handoff.commitments:
        if promise.open and any(_fell(alarm, since, at) for alarm in promise.alarms):
            draft.update(moved(promise, case.person(promise.who).hours, since, at))
    if draft.handoff == case.handoff:
        return None
    draft.say("outage", since=since.isoformat())
    return draft.decision()


def _fell(alarm: Alarm, since: datetime, at: datetime) -> bool:
    return alarm.step in COUNTED and since < alarm.at <= at


def moved(promise: Commitment, time: WorkingTime, since: datetime, at: datetime) -> Commitment:
    """The promise with the working time after *since* counted from *at* on."""

    def later(moment: datetime) -> datetime:
        if moment <= since:
            return moment
        return max(time.after(at, time.between(since, moment)), at + LEAST)

    return replace(
        promise,
        due_at=later(promise.due_at),
        alarms=tuple(
            sorted(
                (
                    replace(one, at=later(one.at)) if one.step in COUNTED else one
                    for one in promise.alarms
                ),
                key=lambda one: one.at,
            )
        ),
    )
