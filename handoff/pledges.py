"""Promises that are no step of a handoff: a week that is to be confirmed, a dispute, an alarm, what
the CRM is to say. Pure.

They have the columns, the clocks and the endings of any other promise. Whoever is asked is
reminded once; when it is overdue the next manager up is asked too, and whoever of them does it
first settles it for all. The last who was asked is told again each working day. Whom Teams does
not reach is told by mail; whom no mail reaches either is excused, and the next is asked at once. A
week that a rep does not confirm is their manager's to settle from Monday on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from handoff import clocks
from handoff.delivery import AT_ONCE
from handoff.effects import AskForField, Effect, RollCall, ShowWeek, TellAlarm, TellReport
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError, NotYoursError
from handoff.model import Alarm, Commitment, Ending, Person, Step
from handoff.outage import SLOW, moved
from handoff.policy import Policy, Promise

A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """One promise of one person that is about no handoff. `promise.n` counts whom it was passed
    up to: the first who was asked is 1.
    """

    about: str  # what it is about: the id of a report or an alarm, the week, with whose team
    to: str | None  # to whom it was given: Entra object id; None for everybody
    promise: Commitment
    given_by: str | None = None  # who gave more time for it last
    given_why: str = ""


@dataclass(frozen=True, slots=True)
class PledgeDecision:
    """What a clock that rang has done: pledges as they then are, new ones, what must follow."""

    pledges: tuple[Pledge, ...]
    effects: tuple[Effect, ...] = ()


def made(
    what: Promise,
    who: Person,
    *,
    about: str,
    to: str | None,
    policy: Policy,
    at: datetime,
    n: int = 1,
) -> Pledge:
    """*who* promises it now, with the clock that the policy has for it."""
    clock = policy.clocks[what]
    due_at = who.hours.after(at, clock.hours)
    return Pledge(
        about=about,
        to=to,
        promise=Commitment(
            n=n,
            what=what,
            who=who.id,
            made_at=at,
            due_at=due_at,
            first_due_at=due_at,
            hours=clock.hours,
            alarms=clocks.alarms(clock, who.hours, at, due_at),
        ),
    )


def rang(
    pledge: Pledge,
    others: Sequence[Pledge],
    people: Mapping[str, Person],
    policy: Policy,
    *,
    at: datetime,
) -> PledgeDecision | None:
    """What of *pledge* is due by *at*. None where nothing is.

    *others* are all that is pledged about the same. Who turned out to be away has a clock that
    waited; whom neither card nor mail has told is excused, and the next is asked.
    """
    promise, who = pledge.promise, people.get(pledge.promise.who)
    if promise.rings_at is None or promise.rings_at > at:
        return None
    if who is None:
        return PledgeDecision((settled(pledge, at=at, ending=Ending.RELEASED),))
    if waited := _waited(promise, who, policy, at):
        return PledgeDecision((replace(pledge, promise=waited),))
    passed = [alarm for alarm in promise.alarms if alarm.at <= at]
    step = passed[-1].step
    promise = replace(promise, alarms=promise.alarms[len(passed) :], reached=step)
    if could_not_be_told(pledge):
        return excused(pledge, others, people, policy, at=at)
    if step is Step.REMINDER:
        return PledgeDecision((replace(pledge, promise=promise),), (tells(pledge),))
    if step is Step.BREACH:
        promise = promise.missed()
    up = _next(pledge, others, people, policy) if step is Step.BREACH else None
    if up is None and (promise.what is not Promise.CONFIRM_WEEK or pledge.to is None):
        chase = Alarm(who.hours.after(at, clocks.CHASE_EVERY), Step.CHASE)
        promise = replace(promise, alarms=(chase,))
    now = replace(pledge, promise=promise)
    if up is None:
        return PledgeDecision((now,), (tells(now),))
    passed_up = _passed_up(pledge, up, others, policy, at)
    return PledgeDecision((now, passed_up), (tells(now), tells(passed_up)))


def _passed_up(
    pledge: Pledge, up: Person, others: Sequence[Pledge], policy: Policy, at: datetime
) -> Pledge:
    n = max(other.promise.n for other in (pledge, *others)) + 1
    return made(
        pledge.promise.what, up, about=pledge.about, to=pledge.to, policy=policy, at=at, n=n
    )


# --- Whether they could be told ---------------------------------------------------------------


def undelivered(pledge: Pledge, *, at: datetime, why: str) -> Pledge | None:
    """The card that asks for it was not delivered: a mail is to tell of it. None where that is
    known, or it is over, missed or excused already.
    """
    promise = pledge.promise
    missed = promise.reached in (Step.BREACH, Step.CHASE)
    if not promise.open or promise.undelivered or promise.excused_at or missed:
        return None
    return replace(pledge, promise=replace(promise, undelivered=why, undelivered_at=at))


def could_not_be_told(pledge: Pledge) -> bool:
    """Whether its clock runs while its maker knows nothing of it: no card, and no mail yet."""
    promise = pledge.promise
    return promise.open and promise.undelivered is not None and promise.excused_at is None


def told(pledge: Pledge, who: Person, policy: Policy, *, at: datetime) -> Pledge | None:
    """A card or a mail has told *who* after all: the clock starts now, but where that took hardly
    a wait. None where nothing was open of it.
    """
    promise = pledge.promise
    if not promise.open or promise.undelivered is None or promise.hours is None:
        return None
    known = replace(promise, undelivered=None, undelivered_at=None)
    if promise.excused_at is None and at - (promise.undelivered_at or at) <= AT_ONCE:
        return replace(pledge, promise=known)
    due_at = who.hours.after(at, promise.hours)
    ahead = clocks.alarms(policy.clocks[promise.what], who.hours, at, due_at)
    anew = replace(known, counted_from=at, excused_at=None, reached=None)
    return replace(pledge, promise=replace(anew, due_at=due_at, alarms=ahead))


def excused(
    pledge: Pledge,
    others: Sequence[Pledge],
    people: Mapping[str, Person],
    policy: Policy,
    *,
    at: datetime,
) -> PledgeDecision:
    """Neither card nor mail has told of it: it is nobody's miss, and the next manager up is asked
    at once. Where none is left, its maker is told again each working day.
    """
    promise, who = pledge.promise, people[pledge.promise.who]
    up = _next(pledge, others, people, policy)
    chase = () if up else (Alarm(who.hours.after(at, clocks.CHASE_EVERY), Step.CHASE),)
    now = replace(pledge, promise=replace(promise, excused_at=at, alarms=chase))
    if up is None:
        return PledgeDecision((now,))
    passed_up = _passed_up(pledge, up, others, policy, at)
    return PledgeDecision((now, passed_up), (tells(passed_up),))


def settled(pledge: Pledge, *, at: datetime, ending: Ending | None = None) -> Pledge:
    """It was done, or, as *ending* says, needs to be done by this person no more. What was missed
    stays so, though the clock of a CRM goes behind ours.
    """
    promise = pledge.promise
    late = promise.missed_at
    when = at if late is None else max(at, late + A_MOMENT)
    return replace(pledge, promise=promise.ended(when, ending))


def more_time(
    pledge: Pledge, who: Person, policy: Policy, *, by: str, at: datetime, hours: int, why: str
) -> Pledge:
    """A manager gives *who* more time, saying why. Before it is late, once, the hours are added to
    those that are left; given after, the clock starts anew, and what was missed stays missed.

    Raises NotYoursError, NotOfferedError, IncompleteError, MovedOnError.
    """
    promise = pledge.promise
    if by not in who.managers:
        raise NotYoursError(
            "Only a manager of whoever owes it can do that, so nothing has changed."
        )
    if hours not in policy.more_time:
        raise NotOfferedError(at=("hours",))
    if not why.strip():
        raise IncompleteError({"reason": "Why"})
    if not may_have_more_time(pledge, policy, at=at) or promise.hours is None:
        raise MovedOnError
    late = promise.due_at <= at
    since = at if late else promise.since
    length = timedelta(hours=hours) + (timedelta() if late else promise.hours)
    due_at = who.hours.after(since, length)
    ahead = clocks.alarms(policy.clocks[promise.what], who.hours, since, due_at)
    longer = replace(
        promise.missed() if late else promise,
        counted_from=at if late else promise.counted_from,
        hours=length,
        due_at=due_at,
        reached=None,
        alarms=tuple(alarm for alarm in ahead if alarm.at > at),
    )
    return replace(pledge, promise=longer, given_by=by, given_why=why.strip())


def may_have_more_time(pledge: Pledge, policy: Policy, *, at: datetime) -> bool:
    """Whether more may be given: it is open and its maker knows of it; before it is late, once."""
    promise = pledge.promise
    known = promise.undelivered is None and promise.excused_at is None
    if not promise.open or promise.hours is None or not known:
        return False
    first = promise.hours <= policy.clocks[promise.what].hours and promise.counted_from is None
    return promise.due_at <= at or first


def after_outage(pledge: Pledge, who: Person, *, since: datetime, at: datetime) -> Pledge:
    """No sweep ran from *since* to *at*: that time is nobody's."""
    return replace(pledge, promise=moved(pledge.promise, who.hours, since, at))


def not_looked(pledge: Pledge, *, at: datetime) -> Pledge:
    """Nobody knows yet whether it was done elsewhere by now: what rings does so a little later."""
    again = at + clocks.LOOK_BEFORE
    promise = pledge.promise
    alarms = tuple(replace(one, at=max(one.at, again)) for one in promise.alarms)
    return replace(pledge, promise=replace(promise, alarms=alarms))


def while_away(
    pledge: Pledge, who: Person, policy: Policy, *, since: datetime, at: datetime
) -> Pledge:
    """What it takes was away from *since* to *at*: the working time that was left then counts from
    now on. What was due before, or took hardly a wait, stays as it is.
    """
    promise = pledge.promise
    if at - since < SLOW or promise.due_at <= since or promise.missed_at or promise.excused_at:
        return pledge
    later = moved(promise, who.hours, since, at)
    ahead = clocks.alarms(policy.clocks[promise.what], who.hours, at, later.due_at)
    reminded = promise.reached is Step.REMINDER  # once is enough
    left = tuple(one for one in ahead if not (reminded and one.step is Step.REMINDER))
    return replace(pledge, promise=replace(later, alarms=left))


def team_of(about: str) -> tuple[date, str]:
    """The week and the manager whose team it is, of what is to be settled on Monday."""
    monday, _, manager = about.partition(" ")
    return date.fromisoformat(monday), manager


def tells(pledge: Pledge) -> Effect:
    """The card that asks for it, anew."""
    who, about = pledge.promise.who, pledge.about
    match pledge.promise.what:
        case Promise.CONFIRM_WEEK:
            return ShowWeek(who, date.fromisoformat(about), alert=True)
        case Promise.SETTLE_WEEKS:
            monday, manager = team_of(about)
            return RollCall(who, monday, manager)
        case Promise.ANSWER_REPORT:
            return TellReport(UUID(about), who)
        case Promise.ANSWER_ALARM:
            return TellAlarm(UUID(about), who)
        case Promise.UPDATE_CRM:
            return AskForField(UUID(about), who)
        case what:
            raise ValueError(f"{what} is about a handoff")


def _waited(promise: Commitment, who: Person, policy: Policy, at: datetime) -> Commitment | None:
    """The promise, counted anew, where time off has moved its end past *at*."""
    if promise.hours is None or promise.reached in (Step.BREACH, Step.CHASE):
        return None
    due_at = who.hours.after(promise.since, promise.hours)
    if due_at <= max(promise.due_at, at):
        return None
    ahead = clocks.alarms(policy.clocks[promise.what], who.hours, promise.since, due_at)
    return replace(promise, due_at=due_at, alarms=tuple(a for a in ahead if a.at > at))


def _next(
    pledge: Pledge, others: Sequence[Pledge], people: Mapping[str, Person], policy: Policy
) -> Person | None:
    """The next manager up, so many levels as the policy has; whoever was asked is not again."""
    if not policy.clocks[pledge.promise.what].escalate or pledge.promise.n >= policy.levels:
        return None
    asked = {other.promise.who for other in (pledge, *others)} | {pledge.to}
    chain = [people[id] for id in people[pledge.promise.who].managers if id in people]
    return next((up for up in chain if up.id not in asked), None)
