"""The rules in plain words, made from the policy in force for the handoff and from its numbers."""

import re
from collections.abc import Sequence
from itertools import takewhile

from cards import words
from cards.elements import clean, isolated, plain, stopped
from cards.view import View
from handoff.escalating import next_manager
from handoff.model import Alarm, Commitment, State, Step
from handoff.policy import PLEDGED, Policy, Promise

PROMISES = {
    Promise.ANSWER: "a rep answers an offered meeting",
    Promise.SETTLE: "a qualifier agrees to another time or keeps this one",
    Promise.REWORK: "a qualifier decides what becomes of a lead that was sent back",
    Promise.REASON: "a rep who declines in Outlook says why",
    Promise.REPLY: "a rep answers the introduction",
    Promise.OUTCOME: "a rep says how the meeting went",
    Promise.NEXT_STEP: "a rep says what comes next after the meeting",
    Promise.FOLLOW_UP: "a rep says that a follow-up is done",
    Promise.PROGRESS: "a rep brings a lead further, or says how it ends,",
    Promise.BOOK: "a qualifier hands over a lead that is ready",
    Promise.FIT: "a qualifier decides on a lead that is held or does not reach the line of fit",
    Promise.NURTURE: "marketing looks again at a lead that is not ready",
    Promise.DECIDE: "a manager decides what is overdue",
    Promise.JUDGE: "a manager decides what is contested",
    Promise.CONFIRM_WEEK: "a rep says whether the calendar of the week after is true",
    Promise.SETTLE_WEEKS: "a manager settles the calendars that are not confirmed",
    Promise.ANSWER_REPORT: "a manager answers whoever says that an assignment was wrong",
    Promise.ANSWER_ALARM: "a manager decides on a rep who has had no leads for a while",
    Promise.UPDATE_CRM: "a rep enters what is to stand in the CRM",
}

OWED = {
    Promise.BOOK: "Choose a time",
    Promise.INVITE: "The invitation goes out",
    Promise.ANSWER: "Answer the meeting",
    Promise.SETTLE: "Settle the time",
    Promise.REWORK: "Decide what becomes of it",
    Promise.REASON: "Say why you declined",
    Promise.REPLY: "Answer the introduction",
    Promise.PREPARE: "Prepare",
    Promise.MEET: "Meet",
    Promise.OUTCOME: "Say how it went",
    Promise.NEXT_STEP: "Choose the next step",
    Promise.FOLLOW_UP: "Follow up",
    Promise.PROGRESS: "Bring it further, or say how it ends",
    Promise.FIT: "Decide whether it is handed over",
    Promise.NURTURE: "Keep in touch",
    Promise.DECIDE: "Decide",
    Promise.JUDGE: "Decide what is contested",
    Promise.CONFIRM_WEEK: "Say whether your calendar is true",
    Promise.SETTLE_WEEKS: "Settle the calendars that are not confirmed",
    Promise.ANSWER_REPORT: "Answer who says an assignment was wrong",
    Promise.ANSWER_ALARM: "Decide on who has had no leads for a while",
    Promise.UPDATE_CRM: "Bring the CRM up to date",
}
"""What each promise asks of whoever made it, for lists."""


SHORT = 40  # characters of a name on a lock screen


def summary(view: View, what: str, owed: Commitment | None = None, *, news: str = "") -> str:
    """One line for whoever sees no more than a lock screen: when, about whom, what, and by when.
    What has happened, the *news*, is a sentence of its own before *what* is asked.

    Thu 10:00 Contoso Logistics (Ines Prado): answer by Mon 14:00
    Thu 10:00 Contoso Logistics (Ines Prado): Back from Rita – brief is incomplete. Answer by …
    """
    lead, meeting = view.handoff.lead, view.handoff.meeting
    when = f"{view.soon(meeting.span.start)} " if meeting and view.handoff.open else ""
    asked = [what]
    if owed:
        late, due = owed.due_at <= view.at, view.soon(owed.due_at)
        asked = [what, f"It was due {due}"] if late else [f"{what} by {due}"]
    said = sentences([news, *asked]).replace(": ", " – ")
    return f"{when}{short(lead.company)} ({short(lead.contact_name)}): {said}"


def sentences(said: Sequence[str]) -> str:
    """One after the other, the last without a stop, as a lock screen has it."""
    first, *rest = [part for part in said if part]
    line = first
    for part in rest:
        line = stopped(f"{line}. {part[0].upper()}{part[1:]}")
    return line


def spoken(view: View, kicker: str) -> str:
    """What stands above a card, in small letters but for the names in it."""
    said = kicker.lower()
    lead, people = view.handoff.lead, view.case.people.values()
    called = [name for one in people for name in (one.name, one.name.partition(" ")[0])]
    for name in (lead.company, lead.contact_name, *called, *NAMED):
        written = clean(name).replace("\\", r"\\")  # which would stand for something else
        said = re.sub(rf"(?<!\w){re.escape(clean(name).lower())}(?!\w)", written, said)
    return said


NAMED = ("Outlook", "Teams", "Baton", *words.DAYS, *words.MONTHS)


def short(name: str) -> str:
    """As much of a name as a lock screen has room for."""
    name = " ".join(clean(name).split())
    return isolated(name if len(name) <= SHORT else f"{name[: SHORT - 1].rstrip()}…")


def rule(view: View, what: Promise) -> str:
    """The rule as the policy has it: **Halden 3**: a rep answers within 4 working hours."""
    return rule_of(view.policy, what)


def rule_of(policy: Policy, what: Promise) -> str:
    """As `rule`, where there is no handoff."""
    clock = policy.clocks[what]
    line = f"Policy *{plain(policy.label())}*: {PROMISES[what]} within {words.working(clock.hours)}"
    if what in (Promise.ANSWER, Promise.SETTLE):
        line += (
            f", and {words.hours(policy.reassign)} before the meeting at the latest, "
            "so that someone else can still take it"
        )
    if what is Promise.REWORK:
        line += (
            f", and {words.hours(policy.reassign)} before its meeting at the latest while that "
            "stands, so that the prospect hears in time"
        )
    if what is Promise.DECIDE:
        line += (
            f"; what a meeting ahead waits for, {words.hours(policy.least)} before it at the latest"
        )
    if what is Promise.PROGRESS:
        line += (
            " of the last word with the prospect (a meeting that took place, a call that got "
            "through). An invitation to another meeting brings it further; follow-ups alone do not"
        )
    return line + "."


def counted(view: View, promise: Commitment) -> str:
    """Whose hours count, and which they are."""
    person = view.case.people.get(promise.who)
    if person is None:
        return ""
    whose = "Your" if person.id == view.viewer.id else f"{view.first(person.id)}'s"
    return (
        f"{whose} working hours: {words.week(person.hours)}. "
        "Time off, holidays and absences are not counted."
    )


def ahead(view: View, promise: Commitment) -> str:
    """What happens if the promise is not kept, with its times."""
    left = takewhile(lambda one: one.step is not Step.UNTAKEN, promise.alarms)
    ends = [one for one in promise.alarms if one.step is Step.UNTAKEN]  # by it the promise ends
    parts = [part for alarm in (*left, *ends) if (part := _alarm(view, promise, alarm))]
    if not parts:
        return ""
    return WITHOUT.format("; ".join(parts))


def origin(view: View) -> str:
    """Who offered the meeting, and why to this rep."""
    handoff = view.handoff
    booked = handoff.last(Promise.ANSWER)
    search = handoff.search
    if handoff.again and handoff.state is not State.OFFERED:
        return "You chose the time of this meeting, or offered it: that is your yes to it."
    line = f"{view.name(handoff.qualifier)} offered this meeting"
    if booked:
        line += f" on {words.day(booked.made_at, view.zone)} at "
        line += words.clock(booked.made_at, view.zone)
    pool = view.policy.pool(search.pool) if search and search.pool else None
    rep = view.first(handoff.rep)
    if pool:
        return (
            f"{line}. {rep.capitalize()} were next in turn in {pool.name}."
            if (rep == "you")
            else f"{line}. {rep} was next in turn in {pool.name}."
        )
    return f"{line} to {rep}."


def more(view: View) -> str:
    n = view.handoff.number
    return f"No. {n} is what this handoff goes by: say *why {n}* for everything that has happened."


def prepared(view: View) -> str:
    """How long the policy has for preparing such a meeting, and where it is put."""
    meeting = view.handoff.meeting
    search = view.handoff.search
    length = view.policy.prepare(search.type if search else "") if meeting else None
    if not length:
        return ""
    type = view.policy.meeting(search.type) if search else None
    such = f"a meeting of the kind “{type.name}”" if type else "such a meeting"
    return (
        f"Time to prepare: {words.minutes(length)} for {such}, booked when it is accepted, "
        "in the free working time nearest before it."
    )


def confirmed(view: View) -> str:
    """From when on a prospect's silence is a risk."""
    return (
        f"A prospect who has not answered {words.hours(view.policy.confirm_before)} before the "
        "meeting may not come; one click asks."
    )


WITHOUT = "Without it: {}."
AS_IT_STANDS = "the meeting begins as it stands"
NEXT_UP = "the next manager up"
ASKED_TOO = f"when it is over {NEXT_UP} is asked too"
"""What follows where what is owed is no step of a handoff."""
OF_QUALIFIERS = "a qualifier"  # how a promise of theirs begins in PROMISES


def ladder(policy: Policy, what: Promise) -> str:
    """As `ahead`, of whoever owes it: the same steps in the same words, whenever that is."""
    clock, whose = policy.clocks[what], "the qualifier"
    parts = []
    if clock.reminder:
        at = f"after {100 * clock.reminder:.0f} % of that time"
        parts.append(_stands_still(at, whose) if what is Promise.PROGRESS else _reminded(at))
    if what in PLEDGED:
        parts.append(ASKED_TOO if clock.escalate else "")
    else:
        told = [] if PROMISES[what].startswith(OF_QUALIFIERS) else [whose]
        told += [NEXT_UP] if clock.escalate else []
        parts.append(_heard("when it is over", told))
    if what in (Promise.ANSWER, Promise.SETTLE):
        parts.append(_goes_back(whose))
    if what is Promise.SETTLE:
        parts.append(f"where it is accepted {AS_IT_STANDS}")
    if what is Promise.REWORK:
        parts.append(_nobody("when a meeting that still stands begins,"))
    said = [part for part in parts if part]
    return WITHOUT.format("; ".join(said)) if said else ""


def _reminded(at: str) -> str:
    return f"one reminder {at}"


def _stands_still(at: str, whose: str) -> str:
    return f"{at} {whose} is told that it stands still"


def _heard(at: str, told: Sequence[str]) -> str:
    if not told:
        return ""
    return f"{at} {words.names(told)} {'hear' if len(told) > 1 else 'hears'} of it"


def _nobody(at: str) -> str:
    return f"{at} the prospect is there, and nobody else"


def _goes_back(whose: str) -> str:
    return f"when the meeting begins, the lead goes back to {whose}"


def _proposed_begins(view: View, promise: Commitment, alarm: Alarm) -> bool:
    """Whether what begins is the time that was proposed, the meeting being ahead."""
    return promise.what is Promise.SETTLE and alarm.at < view.meeting.span.start


def _begins(view: View, promise: Commitment, alarm: Alarm) -> str:
    """What follows where it is still owed when the meeting, or the time proposed, begins."""
    at = view.soon(alarm.at)
    if promise.what is Promise.REWORK:
        return _nobody(at)
    if _proposed_begins(view, promise, alarm):
        return f"{at} that time is over, and it stays {view.soon(view.meeting.span.start)}"
    if view.handoff.state is State.ACCEPTED:
        return f"{at} {AS_IT_STANDS}"
    return "" if view.handoff.untold else _goes_back(view.name(view.handoff.qualifier))


def _alarm(view: View, promise: Commitment, alarm: Alarm) -> str:
    at, qualifier = view.soon(alarm.at), view.name(view.handoff.qualifier)
    match alarm.step:
        case Step.REMINDER if promise.what is Promise.PROGRESS:
            return _stands_still(at, qualifier)
        case Step.REMINDER:
            return _reminded(at)
        case Step.BREACH:
            told = [qualifier] if promise.who != view.handoff.qualifier else []
            known = promise.who in view.case.people
            next_up = next_manager(view.case, alarm.at, promise) if known else None
            if view.policy.clocks[promise.what].escalate and next_up:
                told.append(view.name(next_up))
            return _heard(at, told)
        case Step.START:
            return _begins(view, promise, alarm)
        case Step.UNTAKEN:
            return f"{at} it is {qualifier}'s to decide"
        case Step.CHECK | Step.ASK | Step.LOOK | Step.RISK | Step.CHASE:
            return ""
