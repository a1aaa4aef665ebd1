"""Whether people could be told: by card, else by mail, else their manager instead. Rules.

What its maker could not be told of is nobody's miss. Told means that Teams has taken the card or
Outlook the mail; whether it was read is not known, and not asked.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from handoff import outage
from handoff.clocks import LOOK_AGAIN
from handoff.draft import CLOCK, Draft
from handoff.effects import SendNotice
from handoff.errors import MovedOnError
from handoff.escalating import ask_manager, chase_again
from handoff.model import Case, Commitment, Decision, Person, State, Step
from handoff.policy import Promise

NO_ANSWER = "could not be sent a card: Teams does not answer"
AT_ONCE = timedelta(minutes=10)  # a mail within this is as good as the card: the clock runs on
BY_MAIL = "by_mail"  # in an entry's detail: it was done by a link in a mail


def quiet_until(case: Case, reader: Person, at: datetime) -> datetime | None:
    """When a new card may come, if not now: quiet hours are a person's time off.

    Something due by when they are back from a night or a weekend cannot wait, and neither can a
    prospect who does not know that a meeting before then is off, or the question who takes a
    meeting, when it is asked, where they are not at work again before they leave.
    """
    if reader.hours.at_work(at):
        return None
    back = reader.hours.next_at_work(at)
    if back <= at:  # replies until further notice: by the hours that they have otherwise
        back = replace(reader.hours, away=()).next_at_work(at)
    handoff, leave = case.handoff, case.handoff.leave
    asked = handoff.leave_asked_at is None or at - handoff.leave_asked_at < LOOK_AGAIN
    if leave and asked and not handoff.leave_kept and reader.id == handoff.rep:
        return back if at < back <= leave.start else None
    in_it = reader.id in (handoff.rep, handoff.qualifier)
    if in_it and any(one.begins and one.begins <= back for one in handoff.undone):
        return None
    pressing = not reader.away_at(at) and any(
        c.waiting and c.who == reader.id and c.due_at <= back for c in case.handoff.commitments
    )
    return None if pressing or back <= at else back


def undeliverable(
    case: Case,
    *,
    at: datetime,
    person: str,
    why: str,
    nudge: bool,
    first: bool,
    tried: datetime | None = None,
    once: bool = False,
) -> Decision | None:
    """Teams does not deliver to *person*. What they were to be nudged about goes by mail, but for
    an introduction: that is a mail to them already.

    With *first* whoever waits for them is told; once for each handoff, so whoever calls knows.
    *tried* is since when a card for them is tried in vain; *once*: what a mail has told is told.
    None when that is known and nothing is to be mailed.
    """
    handoff = case.handoff
    untold = [c for c in handoff.commitments if nudge and _may_excuse(c, person)]
    untold = [c for c in untold if c.undelivered is None and c.excused_at is None]
    untold = [c for c in untold if not _told_by_letter(c) and not (once and told_by_mail(c))]
    if not handoff.open or not (first or untold):
        return None
    draft = Draft(case, at=at, by=CLOCK, rule="undeliverable")
    draft.say("undeliverable", to=person, why=why)
    for promise in untold:
        draft.update(_untold(promise, why, at, tried))
    if untold:
        draft.follow(SendNotice(person))
    waiting = {c.who for c in handoff.commitments if c.open} | {handoff.qualifier}
    for who in sorted(waiting - {person}) if first else ():
        draft.show(who, alert=True)
    return draft.decision()


def unmailed(case: Case, *, at: datetime, person: str, why: str) -> Decision | None:
    """The mail could not be delivered either: *person* is excused, and their manager decides."""
    waiting = waits_for_mail(case, person)
    if not waiting:
        return None
    draft = Draft(case, at=at, by=CLOCK, rule="undeliverable")
    draft.say("unmailed", to=person, why=why)
    for promise in waiting:
        excuse(draft, promise, promise.undelivered or why)
    return draft.decision()


def mailed(case: Case, *, at: datetime, person: str, until: datetime) -> Decision | None:
    """A mail has told *person* what the card could not, as far as it was untold *until* then."""
    return _told(case, at=at, person=person, until=until)


def delivered(case: Case, *, at: datetime, person: str) -> Decision | None:
    """Teams delivers to *person* again, and this handoff's card has reached them."""
    return _told(case, at=at, person=person)


def waits_for_card(draft: Draft, promise: Commitment, tried: datetime | None) -> Commitment:
    """The promise, of which something is to be held against its maker now, while a new card of the
    handoff waits for Teams, which is *tried* in vain since then: if its own has not come, nothing
    is, and a mail is to tell them. The meeting begins all the same.
    """
    due = {one.step for one in promise.alarms if one.at <= draft.at}
    begins = Step.START in due
    if tried is None or not (begins or due & outage.COUNTED):
        return promise
    known = promise.excused_at or promise.undelivered or told_by_mail(promise)
    if (
        known
        or _told_by_letter(promise)
        or not _may_excuse(promise, promise.who)
        or not _came_after(promise, tried)
    ):
        return promise
    promise = _untold(promise, NO_ANSWER, draft.at, tried)
    if begins:
        promise = replace(promise, excused_at=draft.at)
    else:
        promise = outage.later(promise, draft.at)
        draft.follow(SendNotice(promise.who))
    draft.update(promise)
    draft.say("undeliverable", to=promise.who, why=NO_ANSWER, rule="undeliverable")
    return promise


def told_by_mail(promise: Commitment) -> bool:
    """Whether a mail has told its maker of it, as it stands, where Teams took no card."""
    return promise.mailed_at is not None and promise.mailed_at >= promise.since


def _untold(promise: Commitment, why: str, at: datetime, tried: datetime | None) -> Commitment:
    """The promise, of which its maker knows nothing since no card can be brought, or since then."""
    since = max(promise.since, tried) if tried and _came_after(promise, tried) else at
    return replace(promise, undelivered=why, undelivered_at=at, untold_since=since)


def _came_after(promise: Commitment, tried: datetime) -> bool:
    """Whether it was made when no card could be brought any more, or so shortly before that its own
    may not have been. Of one whose card was held back for somebody's time off the sweep that brings
    it sees whether it is tried in vain, and has a mail tell.
    """
    return promise.since > tried - AT_ONCE


def untold(case: Case, person: str) -> list[Commitment]:
    """What *person* owes here and could not be told of."""
    return [c for c in case.handoff.commitments if c.undelivered and _may_excuse(c, person)]


def waits_for_mail(case: Case, person: str) -> list[Commitment]:
    """Of that, what no mail has told them of either, and they are not excused from."""
    theirs = (c for c in case.handoff.commitments if c.who == person)
    return [c for c in theirs if could_not_be_told(c)]


def could_not_be_told(promise: Commitment) -> bool:
    """Whether its clock has run while its maker knew nothing of it: no card, and no mail yet."""
    undelivered = promise.undelivered is not None and promise.excused_at is None
    return undelivered and _may_excuse(promise, promise.who)


def excuse(draft: Draft, promise: Commitment, why: str) -> None:
    """Nobody is late with *promise* from now on. Its maker's manager decides at once.

    What has to happen when the meeting begins still will. Where no manager is left, its maker is
    told again each working day, for Teams may deliver by then.
    """
    starts = tuple(a for a in promise.alarms if a.step is Step.START)
    promise = replace(
        promise,
        undelivered=why,
        undelivered_at=promise.undelivered_at or draft.at,
        excused_at=draft.at,
        alarms=starts,
    )
    draft.update(promise)
    draft.say("excused", to=promise.who, why=why, promise=promise.what.value)
    about = promise
    if promise.what is Promise.DECIDE:
        about = next(c for c in draft.handoff.commitments if c.n == promise.about)
    # One question to the manager is enough for all that somebody owes in a handoff.
    decided = promise.what is not Promise.DECIDE and draft.handoff.owed(Promise.DECIDE) is not None
    asked = not decided and ask_manager(draft, promise, about)
    if not asked and not starts:
        draft.update(chase_again(draft, promise))
    if promise.who != draft.handoff.qualifier:
        draft.show(draft.handoff.qualifier)


UNASKED = frozenset({Promise.INVITE, Promise.PREPARE, Promise.MEET})
"""What nobody is asked to say anything to."""


def asks(case: Case, person: str, at: datetime) -> bool:
    """Whether something is asked of *person* here: a promise of theirs that waits for their word,
    or who takes the meeting while they are away.
    """
    handoff = case.handoff
    open_ = handoff.leave and not handoff.leave_kept and not handoff.proposal
    if open_ and person == handoff.rep:
        return True
    return any(
        c.waiting and c.who == person and c.said_at is None and c.what not in UNASKED
        for c in handoff.commitments
        if not (c.what is Promise.FOLLOW_UP and (c.span is None or c.span.end > at))
    )


def answerable(case: Case, person: str, n: int) -> Commitment:
    """The answer that a link in a mail to *person* asks for, if it is still asked of them.

    Raises MovedOnError.
    """
    promise = next((c for c in case.handoff.commitments if c.n == n), None)
    asked = case.handoff.state in (State.OFFERED, State.PROPOSED)
    if promise is None or case.handoff.rep != person or promise.who != person or not asked:
        raise MovedOnError
    if not promise.open or promise.said_at or promise.what is not Promise.ANSWER:
        raise MovedOnError
    return promise


def by_mail(decision: Decision) -> Decision:
    """The decision, with a timeline that says that a link in a mail made it."""
    return replace(
        decision,
        entries=tuple(
            replace(entry, detail={**entry.detail, BY_MAIL: "yes"}) for entry in decision.entries
        ),
    )


def _told(
    case: Case, *, at: datetime, person: str, until: datetime | None = None
) -> Decision | None:
    """The clock of whatever waited starts now, but where it was told of with hardly a wait: by a
    card of all that there is, by a mail of what waited *until* then.
    """
    by_card = until is None
    waiting = [c for c in untold(case, person) if not until or (c.undelivered_at or at) <= until]
    if not waiting:
        return None
    draft = Draft(case, at=at, by=CLOCK, rule="undeliverable")
    if by_card:
        draft.say("reached_again", to=person)
    else:
        draft.say("mailed", to=person)
    for promise in waiting:
        since = promise.untold_since or promise.undelivered_at or at
        if not by_card:
            promise = replace(promise, mailed_at=at)  # noqa: PLW2901  # what is known of it by now
        if promise.excused_at is None and at - since <= AT_ONCE:
            known = replace(promise, undelivered=None, undelivered_at=None, untold_since=None)
            draft.update(known)
            continue
        draft.update(promise)
        assert promise.hours is not None
        draft.more_time(promise, promise.hours)
        draft.release_managers(about=promise.n)
        if not by_card:
            draft.show(draft.handoff.qualifier)
    return draft.decision()


def _told_by_letter(promise: Commitment) -> bool:
    """The introduction itself is in their inbox, and they have yet to be reminded to answer it."""
    return promise.what is Promise.REPLY and promise.reached is None


def _may_excuse(promise: Commitment, person: str) -> bool:
    """Whether it is *person*'s, has a clock that still runs, and was not missed already."""
    runs = promise.hours is not None and promise.said_at is None and promise.span is None
    missed = promise.reached in (Step.BREACH, Step.CHASE) and promise.excused_at is None
    return promise.open and promise.who == person and runs and not missed
