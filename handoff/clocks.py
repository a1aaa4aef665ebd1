"""When a promise is due and what rings on the way there. Pure sums on a person's working time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from handoff.hours import DAY, WorkingTime
from handoff.model import BLOCKS, Alarm, Case, Commitment, Did, Step
from handoff.policy import Clock, Promise, QuickAction

LOOK_AGAIN = timedelta(minutes=30)  # how long Outlook may take before Baton looks again
LATE = timedelta(minutes=5)  # within which a sweep comes: what rings to the minute is not too late
LOOK_BEFORE = timedelta(minutes=5)  # an alarm, what the person did in Outlook is looked at
CHASE_EVERY = timedelta(hours=8)  # of working time: about once a working day
SHORTEST_WITH_REMINDER = timedelta(minutes=30)  # of working time; below it one alarm is enough


FOR_MEETING = frozenset({Promise.ANSWER, Promise.SETTLE, Promise.REPLY, Promise.REWORK})
"""What must be settled before the meeting that it is about, while that is ahead."""


def latest(
    case: Case, what: Promise, at: datetime, about: Promise | None = None
) -> datetime | None:
    """The moment after which keeping the promise, asked for *at*, no longer saves the meeting.

    An answer, a word on another time and what becomes of a lead that was sent back must leave time
    to find someone else and to tell the prospect; so must a manager's word on any of these. None
    where no meeting is ahead, or the promise is not *about* one.
    """
    start = _begins(case, what, at, about)
    if start is None:
        return None
    if what is Promise.DECIDE:
        return start - case.policy.least if about in FOR_MEETING else None
    if what is Promise.REPLY:
        return start
    return start - case.policy.reassign if what in FOR_MEETING else None


def _begins(
    case: Case, what: Promise, at: datetime, about: Promise | None = None
) -> datetime | None:
    """The beginning of the meeting for whose sake it is hurried: of the one that is booked or the
    one that is proposed, whichever is first and ahead.
    """
    handoff = case.handoff
    begins = [handoff.meeting.span.start] if handoff.meeting else []
    if handoff.proposal and Promise.SETTLE in (what, about):
        begins.append(handoff.proposal.start)
    offered = what in (Promise.ANSWER, Promise.SETTLE)  # also of a meeting that has begun
    return min(
        (one for one in begins if one > at), default=begins[0] if begins and offered else None
    )


def _about(case: Case, promise: Commitment) -> Promise | None:
    return next((c.what for c in case.handoff.commitments if c.n == promise.about), None)


def latest_of(case: Case, promise: Commitment, at: datetime) -> datetime | None:
    """As `latest`, for a promise that was made."""
    return latest(case, promise.what, at, _about(case, promise))


def risk_at(case: Case) -> datetime | None:
    """From when on a silent prospect is a risk: the policy's time before the meeting.

    A meeting booked at short notice gives the prospect as long to answer as the policy takes for
    notice. None when that is not before the meeting.
    """
    meeting, offered = case.handoff.meeting, case.handoff.last(Promise.ANSWER)
    if meeting is None or offered is None:
        return None
    near = meeting.span.start - case.policy.confirm_before
    invited = case.handoff.deed(Did.ADDRESS)  # somebody else was, before
    since = max(offered.made_at, invited.at) if invited else offered.made_at
    at = max(near, since + case.policy.notice)
    return at if at < meeting.span.start else None


def told(case: Case) -> tuple[str, ...]:
    """Who hears of a lead that its qualifier is to decide on: they, and the managers above."""
    managers = case.person(case.handoff.qualifier).managers
    above = [one for one in managers if one in case.people and case.people[one].present]
    return (case.handoff.qualifier, *above[: case.policy.levels])


def untaken_at(case: Case, at: datetime, known: datetime | None) -> datetime | None:
    """When a meeting that nobody takes while its rep is away goes to whoever decides about it: the
    first of `told` who has the time at work for that, or most of it; else who is at work before it
    begins; None where nobody is. *known* is when it would so far. What is noticed late leaves its
    rep time to say, as far as there is any, and rings when whoever decides is at work.
    """
    meeting = case.handoff.meeting
    if meeting is None:
        return None
    start = meeting.span.start
    able = [who for who in told(case) if at_work_before(case, who, at, start)]
    late = {who: _late(case, who, at, start, known) for who in able}
    for who in able:
        early = _time_to_find(case, who, at, start)
        if early and early > at:
            return _not_at_once(case, who, early, at, known)
        if _has_most(case, who, late[who]):
            return late[who]
    said = (late[who] for who in able if at_work_before(case, who, late[who], start))
    left = case.policy.least + LATE
    just = (_with_left(case, who, at, start, left) for who in able)
    return next(said, None) or next((one for one in just if one and one > at), None)


def at_work_before(case: Case, who: str, at: datetime, start: datetime) -> bool:
    """Whether they are at work between the two for long enough to do anything."""
    return case.person(who).hours.between(at, start) >= case.policy.least


def _time_to_find(case: Case, who: str, at: datetime, start: datetime) -> datetime | None:
    """When *who* has just as much time at work left as it takes to find somebody before it is too
    late; None where less than that is left from *at* on.
    """
    left = max(case.policy.reassign, case.policy.least)
    return _with_left(case, who, at, start - case.policy.reassign, left)


def _with_left(
    case: Case, who: str, at: datetime, latest: datetime, left: timedelta
) -> datetime | None:
    """When *who* has just so much time at work *left* before *latest*; None where less than that is
    left from *at* on.
    """
    for span in reversed(list(case.person(who).hours.spans(at, latest))):
        if span.end - span.start >= left:
            return span.end - left
        left -= span.end - span.start
    return None


def leaves_time(case: Case, at: datetime) -> bool:
    """Whether somebody of `told` has most of the time, from *at* on, that it takes to find somebody
    before it is too late.
    """
    assert case.handoff.meeting
    in_time = at < case.handoff.meeting.span.start - case.policy.reassign
    return in_time and any(_has_most(case, who, at) for who in told(case))


def _has_most(case: Case, who: str, at: datetime) -> bool:
    """Whether *who* is at work for most of the time that it takes to find somebody, from *at* on
    and before it is too late.
    """
    assert case.handoff.meeting
    latest = case.handoff.meeting.span.start - case.policy.reassign
    return 2 * case.person(who).hours.between(at, latest) >= case.policy.reassign


def _not_at_once(
    case: Case, who: str, early: datetime, at: datetime, known: datetime | None
) -> datetime:
    """*early*; or, where its rep is asked just before, once they were at work for long enough to
    say who takes it, if that leaves *who* most of the time. It stays when it was *known* to be.
    """
    assert case.handoff.meeting
    rep, hours = case.person(case.handoff.rep or "").hours, case.person(who).hours
    latest = case.handoff.meeting.span.start - case.policy.reassign
    soon = known is not None and early <= known <= rep.after(early, LOOK_AGAIN)
    if known and soon and _has_most(case, who, known) and hours.at_work(known):
        return known
    said = hours.next_at_work(max(early, rep.after(at, LOOK_AGAIN)))
    return said if _has_most(case, who, said) and said <= latest else early


def _late(case: Case, who: str, at: datetime, start: datetime, known: datetime | None) -> datetime:
    """As `_once_said`; or when it was *known* to be, where that is a time for *who*."""
    fits = known and known > at and at_work_before(case, who, known, start)
    if known and fits and case.person(who).hours.at_work(known):
        return known
    return _once_said(case, who, at, start)


def _once_said(case: Case, who: str, at: datetime, start: datetime) -> datetime:
    """When *who* is at work and the rep was for long enough to say who takes it; without that,
    where it would be too late then.
    """
    here = case.person(who).hours.next_at_work(at + LOOK_AGAIN)
    said = case.person(case.handoff.rep or "").hours.after(at, LOOK_AGAIN)
    both = max(here, said)
    return both if at_work_before(case, who, both, start) else here


def soonest(time: WorkingTime, at: datetime, least: timedelta) -> datetime:
    """The first moment at which whoever hears of something *at* has been at work for *least*: no
    meeting is offered that begins before, and nobody is asked to stand in who reaches it later.
    """
    return time.after(at, least)


def hears_of(case: Case, who: str | None, at: datetime, start: datetime) -> bool:
    """Whether whoever is told *at* of a meeting that begins at *start* is at work before it for
    long enough.
    """
    person = case.people.get(who or "")
    return person is None or soonest(person.hours, at, case.policy.least) <= start


def too_near(case: Case, at: datetime) -> bool:
    """Whether the meeting is ahead and begins before anybody could be asked to take it."""
    meeting = case.handoff.meeting
    return meeting is not None and at < meeting.span.start < at + case.policy.least


def due(
    hours: timedelta,
    time: WorkingTime,
    at: datetime,
    *,
    latest: datetime | None,
    least: timedelta,
    begins: datetime | None,
) -> tuple[datetime, bool]:
    """When a promise made at *at* is due, and whether *latest* brought it forward.

    min(*hours* of working time, *latest*). Where *latest* falls into time off, the end of the
    last working stretch before it counts, for nobody can be expected to act in between. But
    never less than *least* of working time from now, unless the meeting *begins* first.
    """
    full = time.after(at, hours)
    if latest is None or full <= latest:
        return full, False
    first = soonest(time, at, least)
    forward = time.last_at_work(latest, floor=first) or first
    return min(forward, begins) if begins and begins > at else forward, True


def alarms(clock: Clock, time: WorkingTime, at: datetime, due_at: datetime) -> tuple[Alarm, ...]:
    """A reminder at the policy's share of the working time until it is due, then the breach."""
    breach = Alarm(due_at, Step.BREACH)
    available = time.between(at, due_at)
    if clock.reminder is None or available < SHORTEST_WITH_REMINDER:
        return (breach,)
    return (Alarm(time.after(at, available * clock.reminder), Step.REMINDER), breach)


def with_looks(what: Promise, ahead: tuple[Alarm, ...], at: datetime) -> tuple[Alarm, ...]:
    """*ahead*, with a look at the person's sent mail before each alarm of a reply.

    Whoever has answered hears nothing, also when no notification told of it.
    """
    if what is not Promise.REPLY:
        return ahead
    looks = (Alarm(max(at, alarm.at - LOOK_BEFORE), Step.LOOK) for alarm in ahead)
    return tuple(sorted((*looks, *ahead), key=lambda alarm: alarm.at))


BEGINS = frozenset({Promise.ANSWER, Promise.SETTLE, Promise.REWORK})
"""What somebody is told of when the meeting begins and it is still owed."""


def recounted(case: Case, promise: Commitment, at: datetime) -> Commitment | None:
    """The promise with its clock counted anew, if time off has moved its end past *at*.

    Someone who turned out to be out of office (or whose hours changed) since the promise was
    made is not late. None when the clock stands as it was.
    """
    if promise.hours is None or not _counts(promise):
        return None
    time, since = case.person(promise.who).hours, promise.since
    due_at, forward = _due(case, promise, promise.hours, since)
    if due_at <= max(promise.due_at, at):
        return None
    ahead = alarms(case.policy.clocks[promise.what], time, since, due_at)
    ahead = with_looks(promise.what, ahead, since)
    stay = (a for a in promise.alarms if a.step in (Step.START, *STAYS))
    left = sorted((*(a for a in ahead if a.at > at), *stay), key=lambda alarm: alarm.at)
    return replace(promise, due_at=due_at, brought_forward=forward, alarms=tuple(left))


def sooner(case: Case, promise: Commitment, at: datetime) -> Commitment | None:
    """The promise with its hours from *at* on, where it would be due later than that: nobody has
    more of their working time than these, however long they were to be away, or Baton was. None
    where it is due by then.
    """
    if promise.hours is None or not _counts(promise):
        return None
    anew = timed(case, replace(promise, counted_from=at, reached=None), promise.hours, at)
    if anew.due_at >= promise.due_at:
        return None
    ahead = (*anew.alarms, *(a for a in promise.alarms if a.step in STAYS))
    return replace(anew, alarms=tuple(sorted(ahead, key=lambda alarm: alarm.at)))


STAYS = (Step.CHECK, Step.UNTAKEN)
"""What rings whenever it is due."""


def _counts(promise: Commitment) -> bool:
    """Whether a clock runs on it, and nobody was told that it is overdue. What has a time of its
    own in the calendar is due after that.
    """
    said = promise.said_at or promise.excused_at or promise.what in BLOCKS
    return not said and promise.reached not in (Step.BREACH, Step.CHASE)


def timed(case: Case, promise: Commitment, hours: timedelta, at: datetime) -> Commitment:
    """The promise with *hours* of its maker's working time on the clock from *at*."""
    time = case.person(promise.who).hours
    due_at, forward = _due(case, promise, hours, at)
    ahead = with_looks(promise.what, alarms(case.policy.clocks[promise.what], time, at, due_at), at)
    meeting, sent_back = case.handoff.meeting, promise.what is Promise.REWORK
    if meeting and promise.what in BEGINS and (meeting.span.start > at or not sent_back):
        begins = _begins(case, promise.what, at) if promise.what is Promise.SETTLE else None
        ahead = (*ahead, Alarm(max(begins or meeting.span.start, due_at), Step.START))
    return replace(promise, due_at=due_at, hours=hours, brought_forward=forward, alarms=ahead)


def _due(case: Case, promise: Commitment, hours: timedelta, at: datetime) -> tuple[datetime, bool]:
    """As `due`, for a promise of that case."""
    bound, time = latest_of(case, promise, at), case.person(promise.who).hours
    begins = _begins(case, promise.what, at, _about(case, promise))
    return due(hours, time, at, latest=bound, least=case.policy.least, begins=begins)


def in_time_to_reply(case: Case, at: datetime) -> bool:
    """Whether there is time left to answer an introduction before the meeting begins."""
    meeting = case.handoff.meeting
    return meeting is not None and meeting.span.start > at + case.policy.least


def follow_up_from(action: QuickAction, time: WorkingTime, at: datetime) -> datetime:
    """The moment from which a quick action looks for free time, on the rep's own wall clock."""
    zone = ZoneInfo(time.zone)
    local = at.astimezone(zone)
    day = local.date()
    if action.weekday is not None:
        day += DAY * ((action.weekday - day.weekday() - 1) % 7 + 1)
    for _ in range(action.days):
        day += DAY
        while day.weekday() not in time.days or day in time.holidays:
            day += DAY
    clock = action.at or (time.start if action.weekday is not None else local.time())
    return max(at, datetime.combine(day, clock, zone).astimezone(UTC))


def follow_up_on(day: date, time: WorkingTime, at: datetime) -> datetime:
    """The moment from which free time is looked for on a day that the rep names."""
    start = datetime.combine(day, time.start, ZoneInfo(time.zone)).astimezone(UTC)
    return max(at, start)
