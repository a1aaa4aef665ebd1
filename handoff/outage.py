"""What fell due while Baton did not look, or Outlook did not do its part: nobody is late because of
it.

The time in which no sweep ran does not count. Whatever would have rung in it gets the working
time that was left when the sweeps stopped, and is looked up in Outlook before it rings. Nor does
the time in which whoever is to book a meeting waited for times to choose from.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from handoff import clocks, letters
from handoff.draft import CLOCK, MOVED_BY_PROSPECT, OUTLOOK, WAITING, Draft
from handoff.hours import WorkingTime
from handoff.model import Alarm, Case, Commitment, Decision, Handoff, State, Step
from handoff.policy import Promise

SLOW = timedelta(minutes=10)  # that times may take, of which nobody is to blame
LONGEST = timedelta(days=1)  # that a clock waits for times: then somebody must look why
FOR_TIMES = frozenset({Promise.BOOK, Promise.NEXT_STEP, Promise.PROGRESS})
"""What is kept by choosing one of the times that are looked for."""

LEAST = timedelta(minutes=10)  # that anybody has after an outage, and Baton to look
COUNTED = frozenset({Step.REMINDER, Step.BREACH, Step.CHASE})
"""What is held against somebody; whatever else rings only asks or looks."""


def excuse(case: Case, *, since: datetime, at: datetime) -> Decision | None:
    """No sweep ran from *since* to *at*. Twice is once: what has been moved is ahead."""
    draft = Draft(case, at=at, by=CLOCK, rule="outage")
    for promise in case.handoff.commitments:
        if promise.open and any(_fell(alarm, since, at) for alarm in promise.alarms):
            later = moved(promise, case.person(promise.who).hours, since, at)
            draft.update(clocks.sooner(case, later, at) or later)
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


def later(promise: Commitment, at: datetime) -> Commitment:
    """What would be held against its maker by now rings later, in case it may be then."""
    again = at + clocks.LOOK_AGAIN
    alarms = (
        replace(one, at=again) if one.at <= at and one.step in COUNTED else one
        for one in promise.alarms
    )
    return replace(promise, alarms=tuple(sorted(alarms, key=lambda one: one.at)))


def waits_for_outlook(handoff: Handoff, promise: Commitment, at: datetime) -> bool:
    """Whether nobody can be late with it yet: an answer to a time of which Outlook has yet to be
    told, a reply that is due early for such a time, or to an introduction that has yet to go out.
    """
    if promise.what is Promise.ANSWER:  # of a time that the prospect chose, they know
        return handoff.hangs and promise.kind != MOVED_BY_PROSPECT
    early = handoff.untold and promise.brought_forward and promise.due_at <= at
    return promise.what is Promise.REPLY and (early or letters.goes_out_anew(handoff))


def took_the_time(draft: Draft) -> None:
    """Outlook has been told of another time of the meeting: where that took long, who is asked to
    be there has their hours from now on.
    """
    asked = draft.handoff.owed(Promise.ANSWER)
    unsaid = asked is not None and asked.said_at is None
    if asked and unsaid and draft.at - asked.made_at >= SLOW and asked.kind != MOVED_BY_PROSPECT:
        draft.update(draft.from_now(asked))
    if draft.handoff.trouble == WAITING and draft.handoff.state is not State.ACCEPTING:
        draft.set(trouble=None)
        for who in (draft.handoff.rep, draft.handoff.qualifier):
            if who:
                draft.show(who)


def waits_for_times(handoff: Handoff, promise: Commitment, at: datetime) -> bool:
    """Whether its maker has asked for times in time, and Outlook has yet to give any."""
    since = _looking_since(handoff, promise)
    return since is not None and at - since < LONGEST


def times_came(draft: Draft) -> None:
    """There are times to choose from. Where that took long, what waited for them has the working
    time that was left when they were asked for.
    """
    handoff, at = draft.handoff, draft.at
    for promise in handoff.commitments:
        since = _looking_since(handoff, promise)
        if since is None or at - since < SLOW or promise.missed_at:
            continue
        time = draft.case.person(promise.who).hours
        waited = moved(promise, time, since, at)
        clock = draft.case.policy.clocks[promise.what]
        ahead = clocks.alarms(clock, time, at, waited.due_at)
        again = promise.reached is Step.REMINDER  # once is enough
        left = tuple(one for one in ahead if not (again and one.step is Step.REMINDER))
        draft.update(replace(waited, alarms=left))
        draft.say("no_times", by=OUTLOOK, rule="outage", since=since.isoformat())


def _looking_since(handoff: Handoff, promise: Commitment) -> datetime | None:
    """Since when times are looked for without which *promise* cannot be kept, and was not late."""
    search = handoff.search
    if search is None or search.since is None or search.found is not None:
        return None
    whose = handoff.rep if search.again else handoff.qualifier
    theirs = promise.open and promise.what in FOR_TIMES and promise.who == whose
    return search.since if theirs and promise.due_at > search.since else None
