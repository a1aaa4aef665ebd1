"""A lead that stands still is said to, once and then to a manager; another meeting brings it on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from handoff import (
    answering,
    booking,
    deciding,
    ending,
    following,
    giving,
    handing_over,
    leaving,
    next_meeting,
    outlook,
)
from handoff.effects import (
    AcceptMeeting,
    CancelMeeting,
    FindTimes,
    GiveTo,
    Invite,
    RemoveBlock,
    Show,
)
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError, NotYoursError
from handoff.hours import Span
from handoff.model import Ending, MeetingOutcome, Outcome, State
from handoff.policy import Promise
from handoff.routing.credits import Credit, Given, movements
from tests.cards import gallery
from tests.handoff.conftest import PEOPLE, Story


def met(story: Story) -> Story:
    """Rita has met the prospect, and says so."""
    story.accepted()
    gallery.over(story)
    gallery.held(story)
    return story


def follows_up(story: Story, kind: str, *, spoke: bool = False) -> None:
    """She plans it, it is in her calendar, and done half an hour after its time."""
    plan = partial(following.follow_up, kind=kind, not_before=story.at, minutes=15)
    story.do(partial(plan, by="rita", at=story.at))
    n = story.owed(Promise.FOLLOW_UP).n
    span = Span(story.at, story.at + timedelta(minutes=15))
    story.do(partial(following.follow_up_booked, at=story.at, n=n, span=span, event="block"))
    story.later(minutes=45)
    story.do(partial(following.follow_up_done, by="rita", at=story.at, n=n, spoke=spoke))


def test_no_more_than_five_next_steps_of_a_lead_are_planned_at_once(story: Story) -> None:
    met(story)
    plan = partial(following.follow_up, kind="call", by="rita", minutes=15)
    for days in range(5):
        story.do(partial(plan, at=story.at, not_before=story.at + timedelta(days=days)))
    sixth = story.at + timedelta(days=5)
    with pytest.raises(NotOfferedError, match="say of one whether it happened"):
        plan(story.case, at=story.at, not_before=sixth)

    done = story.owed(Promise.FOLLOW_UP).n
    story.do(partial(following.follow_up_done, by="rita", at=story.at, n=done))
    assert story.do(partial(plan, at=story.at, not_before=sixth))


# --- Outlook is away --------------------------------------------------------------------------


def found(story: Story) -> None:
    """The times that were asked for have come."""
    search = story.handoff.search
    assert search
    come = partial(handing_over.times_found, at=story.at, search=search, found=(), nobody=())
    assert story.do(come)


@pytest.mark.parametrize("what", [Promise.BOOK, Promise.NEXT_STEP, Promise.PROGRESS])
def test_who_waits_for_times_while_outlook_is_away_is_not_late_and_loses_no_time(
    story: Story, what: Promise
) -> None:
    if what is Promise.BOOK:
        found(story)
    else:
        met(story)
    if what is Promise.PROGRESS:
        plan = partial(following.follow_up, kind="mail", not_before=story.at, minutes=15)
        story.do(partial(plan, by="rita", at=story.at))
    due = story.owed(what).due_at
    story.until(due - timedelta(minutes=20))
    if what is Promise.BOOK:
        assert story.handoff.search
        ask = partial(handing_over.look_for_times, by="quinn", search=story.handoff.search)
    else:
        ask = partial(
            next_meeting.look_for_times,
            by="rita",
            wanted=story.at.date(),
            type="demo",
            minutes=45,
        )
    story.do(partial(ask, at=story.at))

    for minutes in (20, 30, 30, 40):
        story.later(minutes=minutes)
        assert "overdue" not in story.said()
    found(story)

    owed = story.owed(what)
    hours = PEOPLE[owed.who].hours
    assert (owed.due_at, owed.first_due_at) == (hours.after(story.at, timedelta(minutes=20)), due)
    assert story.said()[-1] == "no_times"
    story.until(owed.due_at)
    assert story.said()[-2:] == ["overdue", "escalated"]


def test_a_clock_waits_a_day_for_times_and_then_somebody_looks_why(story: Story) -> None:
    found(story)
    due = story.owed(Promise.BOOK).due_at
    story.until(due - timedelta(minutes=20))
    assert story.handoff.search
    ask = partial(handing_over.look_for_times, by="quinn", search=story.handoff.search)
    story.do(partial(ask, at=story.at))

    story.later(hours=23, minutes=45)
    assert "overdue" not in story.said()
    story.later(minutes=30)
    assert story.said()[-2:] == ["overdue", "escalated"]
    found(story)
    assert story.owed(Promise.BOOK).due_at == due, "nothing of that is undone afterwards"


# --- It stands still --------------------------------------------------------------------------


def test_eight_mails_in_a_row_are_no_progress_and_rep_qualifier_and_manager_hear_in_turn(
    story: Story,
) -> None:
    met(story)
    owed = story.owed(Promise.PROGRESS)
    told = False
    while story.handoff.owed(Promise.DECIDE) is None:
        follows_up(story, "mail")
        story.later(hours=7)
        if "stalled" in story.said() and not told:
            told = True
            assert story.alerted() >= {"rita", "quinn"}
            assert "mara" not in story.alerted()
        assert story.at < owed.due_at + timedelta(days=2), "nobody ever hears of it"

    assert story.said().count("stalled") == 1
    assert story.said().count("follow_up_done") >= 8
    late, decide = story.owed(Promise.PROGRESS), story.owed(Promise.DECIDE)
    assert (decide.who, decide.about, late.missed_at) == ("mara", late.n, owed.due_at)
    assert late.made_at == owed.made_at, "no mail has begun it anew"


@pytest.mark.parametrize("what", ["call that got through", "call without an answer"])
def test_a_call_brings_it_further_if_somebody_answered(story: Story, what: str) -> None:
    met(story)
    first = story.owed(Promise.PROGRESS)

    follows_up(story, "call", spoke=what == "call that got through")

    kept = what == "call that got through"
    assert (story.owed(Promise.PROGRESS).n != first.n) is kept
    ended = next(c.ending for c in story.handoff.commitments if c.n == first.n)
    assert ended is (Ending.KEPT if kept else None)


def test_who_says_how_it_ends_or_sends_it_back_in_time_has_kept_it(story: Story) -> None:
    met(story)
    story.do(partial(ending.no_further_step, by="rita", at=story.at, outcome=Outcome.OPPORTUNITY))
    last = story.handoff.last(Promise.PROGRESS)
    assert last
    assert last.ending is Ending.KEPT


@pytest.mark.parametrize("when", ["in time", "late"])
def test_who_sends_it_back_has_kept_it_or_was_late(story: Story, when: str) -> None:
    met(story)
    if when == "late":
        gallery.is_overdue(story)
        story.later(minutes=1)
    story.do(partial(answering.send_back, by="rita", at=story.at, reason="no_need", note=""))
    last = story.handoff.last(Promise.PROGRESS)
    assert last
    assert last.ending is (Ending.LATE if when == "late" else Ending.KEPT)
    assert story.handoff.owed(Promise.DECIDE) is None


# --- Another meeting --------------------------------------------------------------------------


def looks(story: Story) -> Story:
    met(story)
    gallery.again(story)
    gallery.times_again(story)
    return story


def booked(story: Story) -> Story:
    looks(story)
    gallery.meets_again(story)
    return story


def test_another_meeting_is_booked_as_the_first_was_and_the_choice_is_the_yes(
    story: Story,
) -> None:
    met(story)
    gallery.again(story)
    assert FindTimes in story.jobs()
    gallery.times_again(story)

    gallery.meets_again(story)

    assert (story.state, story.handoff.owner) == (State.BOOKING, "rita")
    assert Invite in story.jobs()
    assert story.owed(Promise.INVITE).who == "rita"
    assert {c.ending for c in story.handoff.commitments if c.what is Promise.PROGRESS} == {
        Ending.KEPT
    }
    letters = len(story.handoff.letters)
    story.offered()
    assert (story.state, story.handoff.met) == (State.ACCEPTING, 1)
    assert AcceptMeeting in story.jobs()
    assert len(story.handoff.letters) == letters, "the prospect is not introduced again"
    story.outlook("accepted")
    assert story.state is State.ACCEPTED
    assert story.owed(Promise.PREPARE).who == story.owed(Promise.MEET).who == "rita"
    answer = story.handoff.last(Promise.ANSWER)
    assert answer
    assert answer.ending is Ending.RELEASED
    assert story.handoff.meeting_outcome is MeetingOutcome.TOOK_PLACE, "of the first, so far"

    story.until(gallery.NEXT_TIME.end)

    assert (story.state, story.handoff.meeting_outcome) == (State.FOLLOWING, None)
    assert story.owed(Promise.OUTCOME).who == "rita"
    assert not story.handoff.again


def test_nobody_else_books_it_nor_before_it_is_said_how_the_last_one_went(story: Story) -> None:
    ask = partial(
        next_meeting.look_for_times,
        wanted=story.at.date(),
        type="first",
        minutes=30,
    )
    story.accepted()
    with pytest.raises(NotOfferedError, match="still ahead"):
        ask(story.case, by="rita", at=story.at)
    gallery.over(story)
    with pytest.raises(IncompleteError, match="How it went"):
        ask(story.case, by="rita", at=story.at)
    gallery.held(story)
    with pytest.raises(NotYoursError):
        ask(story.case, by="quinn", at=story.at)
    choose = partial(booking.choose, start=gallery.NEXT_TIME.start, rep="rita", at=story.at)
    with pytest.raises(NotOfferedError):
        choose(story.case, by="rita")  # no times were looked for
    gallery.again(story)
    gallery.times_again(story)
    with pytest.raises(NotYoursError):
        choose(story.case, by="quinn")


FALLS_THROUGH: dict[str, Callable[[Story], object]] = {
    "Outlook refuses it": gallery.refused_by_outlook,
    "its time comes first": lambda s: s.until(gallery.NEXT_TIME.start),
    "the organizer cancels it": lambda s: (
        s.offered(),
        s.do(partial(outlook.cancelled, at=s.at)),
    ),
    "the prospect says no": lambda s: (
        s.offered(),
        s.outlook("accepted"),
        gallery.prospect_says("declined")(s),
    ),
    "its organizer has left": lambda s: leaves(s, "quinn"),
}


def leaves(story: Story, who: str) -> None:
    gone = replace(story.people[who], present=False)
    heir = replace(PEOPLE["ravi"], id="quincy")
    story.people = {**story.people, who: gone, "quincy": heir}
    story.case = replace(story.case, people=story.people)
    story.do(partial(leaving.settle, at=story.at, heirs=("quincy",)))


@pytest.mark.parametrize("how", FALLS_THROUGH)
def test_where_it_comes_to_nothing_the_lead_is_still_the_reps_with_its_clocks(
    story: Story, how: str
) -> None:
    booked(story)

    FALLS_THROUGH[how](story)

    handoff = story.handoff
    assert (story.state, handoff.owner, handoff.rep) == (State.FOLLOWING, "rita", "rita")
    assert story.owed(Promise.NEXT_STEP).who == story.owed(Promise.PROGRESS).who == "rita"
    assert not {Promise.MEET, Promise.PREPARE, Promise.BOOK, Promise.INVITE} & {
        c.what for c in handoff.commitments if c.open
    }
    assert "rita" in story.alerted()
    assert handoff.meeting_outcome is MeetingOutcome.TOOK_PLACE, "that they met stays said"
    looked_for = how in ("the prospect says no", "its organizer has left")
    assert (FindTimes in story.jobs()) is looked_for is handoff.again
    assert (CancelMeeting in story.jobs()) is (how == "the prospect says no")


def test_who_plans_something_else_meanwhile_looks_for_no_times_any_more(story: Story) -> None:
    looks(story)
    gallery.call(story)
    assert not story.handoff.again
    with pytest.raises(NotOfferedError):
        booking.choose(
            story.case, by="rita", at=story.at, start=gallery.NEXT_TIME.start, rep="rita"
        )


def test_who_has_not_chosen_when_a_call_is_over_is_asked_about_the_call(story: Story) -> None:
    met(story)
    gallery.call(story)
    gallery.again(story)
    gallery.times_again(story)
    story.until(gallery.CALL.end)
    assert not story.handoff.again


def test_a_colleague_who_is_given_another_meeting_has_yet_to_say_yes(story: Story) -> None:
    booked(story).offered()
    story.outlook("accepted")
    story.do(partial(giving.look_for, by="quinn", at=story.at))
    gallery.stand_ins(story)
    story.do(partial(giving.hand_on, by="quinn", at=story.at, rep="ravi"))

    story.offered()

    assert (story.state, story.owed(Promise.ANSWER).who) == (State.OFFERED, "ravi")


@pytest.mark.parametrize("before", [MeetingOutcome.TOOK_PLACE, MeetingOutcome.PROSPECT_ABSENT])
def test_what_becomes_of_another_meeting_makes_a_lead_no_less_of_one(
    story: Story, before: MeetingOutcome
) -> None:
    if before is MeetingOutcome.TOOK_PLACE:
        met(story)
    else:
        story.accepted()
        gallery.over(story)
        gallery.went(story)
    gallery.again(story)
    gallery.times_again(story)
    choose = partial(booking.choose, start=gallery.NEXT_TIME.start, rep="rita")
    chosen = choose(story.case, by="rita", at=story.at)
    credit = replace(story.policy.routing, credit=("no_show", "cancelled"))
    assert movements(story.handoff, chosen, credit) == (Given("rita", "named"),)
    gallery.meets_again(story)
    story.offered()
    cancelled = outlook.cancelled(story.case, at=story.at)
    assert cancelled

    moved = movements(story.handoff, cancelled, credit)

    credited = before is MeetingOutcome.PROSPECT_ABSENT
    assert moved == ((Credit("rita", "cancelled"),) if credited else ())


# --- Given to a colleague after the meeting ---------------------------------------------------


@pytest.mark.parametrize("unsaid", [True, False], ids=["not said how it went", "said"])
def test_after_the_meeting_a_colleague_follows_up_with_clocks_of_their_own(
    story: Story, unsaid: bool
) -> None:
    story.accepted()
    gallery.call(story)
    gallery.over(story)
    if not unsaid:
        gallery.held(story)
    story.later(minutes=1)
    with pytest.raises(NotYoursError):
        giving.look_for(story.case, by="ravi", at=story.at)
    story.do(partial(giving.look_for, by="mara", at=story.at))
    story.do(partial(deciding.stand_ins_found, at=story.at, reps=("ravi",)))

    story.do(partial(giving.hand_on, by="mara", at=story.at, rep="ravi", reason="Rita is ill"))

    handoff = story.handoff
    assert (story.state, handoff.owner, handoff.rep) == (State.FOLLOWING, "ravi", "ravi")
    owed = {c.what: c.who for c in handoff.commitments if c.waiting}
    mine = [Promise.OUTCOME] if unsaid else [Promise.PROGRESS, Promise.NEXT_STEP]
    assert owed == dict.fromkeys(mine, "ravi")
    hers = {c.ending for c in handoff.commitments if c.who == "rita" and c.ended_at == story.at}
    assert hers == {Ending.RELEASED}
    assert RemoveBlock in story.jobs()
    assert story.alerted() == {"rita", "ravi"}
    if unsaid:
        gallery.held(story, by="ravi")
        meet = story.handoff.last(Promise.MEET)
        assert meet
        assert (meet.who, meet.ending) == ("rita", Ending.KEPT), "by what is said of it"
    with pytest.raises((NotYoursError, MovedOnError)):
        story.do(partial(answering.send_back, by="rita", at=story.at, reason="brief", note=""))


def test_what_was_overdue_when_it_is_given_away_stays_missed(story: Story) -> None:
    met(story)
    gallery.is_overdue(story)
    story.do(partial(giving.look_for, by="mara", at=story.at))
    gallery.stand_ins(story)

    story.do(partial(giving.hand_on, by="mara", at=story.at, rep="ravi"))

    missed = next(
        c for c in story.handoff.commitments if c.what is Promise.PROGRESS and c.who == "rita"
    )
    assert missed.ending is Ending.MISSED
    assert story.handoff.owed(Promise.DECIDE) is None


def test_who_gave_it_on_is_told_where_it_had_moved_on_before_anybody_could_look(
    story: Story,
) -> None:
    story.offered()
    story.outlook("accepted")
    story.do(partial(giving.look_for, by="quinn", at=story.at))
    gallery.stand_ins(story)
    story.do(partial(giving.ask, by="quinn", at=story.at, how="hand_on", rep="ravi"))
    asked = next(one for one in story.effects if isinstance(one, GiveTo))
    assert story.handoff.meeting
    story.at = story.handoff.meeting.span.start

    story.do(partial(giving.give, at=story.at, asked=asked))

    assert story.handoff.giving is None
    assert (story.entries[-1].what, story.entries[-1].detail["to"]) == ("not_given", "ravi")
    assert Show("quinn", story.handoff.id, alert=True) in story.effects
