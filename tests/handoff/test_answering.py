"""What people and Outlook do to a handoff, with no machine running."""

import ast
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from handoff import (
    answering,
    booking,
    changing,
    correcting,
    deciding,
    ending,
    following,
    handing_over,
    meeting_outcome,
    outlook,
    proposing,
)
from handoff.effects import (
    AcceptMeeting,
    AwaitMove,
    CancelMeeting,
    ChangeRep,
    DeclineMeeting,
    FindStandIns,
    MoveMeeting,
)
from handoff.errors import (
    IncompleteError,
    MovedOnError,
    NotOfferedError,
    NotYoursError,
    RefusedError,
)
from handoff.hours import Span
from handoff.model import Choice, Ending, MeetingOutcome, Outcome, Search, State
from handoff.policy import Promise
from tests.conftest import ROOT
from tests.handoff.conftest import LEAD, PEOPLE, THURSDAY, Story
from tests.hour import MONDAY


def test_an_incomplete_brief_is_refused_naming_every_missing_field(story: Story) -> None:
    lead = replace(LEAD, needs=" ", request="")

    with pytest.raises(IncompleteError, match="What they need, What they want to see"):
        handing_over.begin(
            id=story.handoff.id,
            lead=lead,
            qualifier=PEOPLE["quinn"],
            policy=story.policy,
            at=MONDAY,
            search=None,
        )


def test_a_lead_belongs_to_its_qualifier_until_the_invitation_has_arrived(story: Story) -> None:
    assert story.handoff.owner == "quinn"
    story.booked()
    assert (story.state, story.handoff.owner) == (State.BOOKING, "quinn")
    assert list(story.handoff.reservations) == [("rita", THURSDAY)]
    story.offered()
    assert (story.state, story.handoff.owner) == (State.OFFERED, "rita")
    assert story.alerted() == {"rita"}


def test_only_a_time_that_was_shown_can_be_booked(story: Story) -> None:
    with pytest.raises(NotOfferedError):
        booking.choose(story.case, by="quinn", at=MONDAY, start=THURSDAY.start, rep="rita")
    story.booked()


def test_times_for_an_older_question_are_not_shown(story: Story) -> None:
    asked = story.handoff.search
    assert asked
    other = Search(pool=None, rep="ravi", type="first", minutes=30, wanted=asked.wanted)
    story.do(partial(handing_over.look_for_times, by="quinn", at=MONDAY, search=other))

    late = (Choice(THURSDAY.start, "rita"),)

    assert not story.do(
        partial(handing_over.times_found, at=MONDAY, search=asked, found=late, nobody=())
    )


def test_a_click_on_accept_waits_for_outlook(story: Story) -> None:
    story.offered()

    story.do(partial(answering.accept, by="rita", at=story.at))

    assert story.state is State.ACCEPTING
    assert AcceptMeeting in story.jobs()
    story.later(minutes=1)
    story.outlook("accepted")
    assert story.state is State.ACCEPTED
    answer = story.handoff.last(Promise.ANSWER)
    assert answer
    assert (answer.ending, answer.ended_at) == (Ending.KEPT, MONDAY)
    assert "quinn" in story.alerted()


def test_an_answer_clicked_in_time_is_in_time_however_late_outlook_follows(story: Story) -> None:
    story.offered()
    story.do(partial(answering.accept, by="rita", at=story.at))

    for _ in range(10):
        story.later(minutes=31)
    assert "overdue" not in story.said()
    assert story.said().count("outlook_waits") == 1
    story.outlook("accepted")

    answer = story.handoff.last(Promise.ANSWER)
    assert answer
    assert answer.ending is Ending.KEPT


@pytest.mark.parametrize("by", ["quinn", "ravi", "mara"])
def test_nobody_answers_for_the_rep(story: Story, by: str) -> None:
    story.offered()

    for rule in (
        partial(answering.accept, by=by, at=MONDAY),
        partial(answering.send_back, by=by, at=MONDAY, reason="brief", note=""),
        partial(proposing.ask_other_times, by=by, at=MONDAY),
    ):
        with pytest.raises(NotYoursError):
            rule(story.case)


def test_no_rule_but_outlooks_word_makes_a_handoff_accepted() -> None:
    """The table of moves has one way in, and `outlook.says` alone takes it; but for a yes that
    Outlook had, and that stands: the invitation which was lost is sent again in vain, or the
    meeting was to be moved, and was not.
    """
    makers = {
        (file.stem, function.name)
        for file in (ROOT / "handoff").glob("**/*.py")
        for source in [file.read_text(encoding="utf-8")]
        for function in ast.walk(ast.parse(source))
        if isinstance(function, ast.FunctionDef)
        and "state=State.ACCEPTED" in (ast.get_source_segment(source, function) or "")
    }

    assert makers == {
        ("outlook", "_accepted"),
        ("outlook", "_moved_in_outlook"),
        ("outlook", "_not_come"),
        ("proposing", "_is_there"),
        ("proposing", "not_moved"),
    }


@pytest.mark.parametrize("says", ["yes", "nothing", "no"])
def test_who_is_back_at_the_time_that_outlook_has_meets_then(story: Story, says: str) -> None:
    """Moved to a later time, and back before Outlook was told of it; it is away until they meet."""
    story.accepted()
    start = THURSDAY.start
    for minutes, to in ((30, start + timedelta(hours=7)), (28, start)):
        story.until(start - timedelta(hours=2, minutes=minutes))
        moves(story, to)
    assert not story.handoff.untold, "everybody has that time"
    if says == "yes":
        story.do(partial(answering.accept, by="rita", at=story.at))
    if says == "no":
        story.do(partial(answering.send_back, by="rita", at=story.at, reason="brief", note=""))

    story.until(start)
    story.do(lambda c: proposing.not_moved(c, at=story.at))

    meeting = story.handoff.meeting
    assert meeting
    assert (meeting.span, meeting.was, meeting.moving) == (THURSDAY, None, False)
    assert "not_moved" not in story.said()
    if says == "no":
        assert story.state is State.SENT_BACK
        return
    assert story.state is State.ACCEPTED
    assert not [c for c in story.handoff.commitments if c.missed_at]
    story.until(THURSDAY.end)
    assert story.state is State.FOLLOWING


def moves(story: Story, to: datetime) -> None:
    story.do(lambda c: changing.look_for_other_times(c, by="quinn", at=story.at))
    story.do(lambda c: proposing.other_times_found(c, at=story.at, times=(to,)))
    story.do(lambda c: changing.move_to(c, by="quinn", at=story.at, start=to))


def test_the_clock_stops_at_outlooks_time_not_when_baton_sees_it(story: Story) -> None:
    story.offered()
    answered = story.at + timedelta(hours=1)
    story.later(hours=5)
    assert "overdue" in story.said()

    story.outlook("accepted", at=answered)

    answer = story.handoff.last(Promise.ANSWER)
    assert answer
    assert (answer.ending, answer.ended_at) == (Ending.KEPT, answered)
    assert story.handoff.owed(Promise.DECIDE) is None


def test_tentative_is_not_accepted(story: Story) -> None:
    story.offered()

    story.outlook("tentativelyAccepted")

    assert story.state is State.OFFERED
    assert story.owed(Promise.ANSWER).rings_at
    assert not story.outlook("tentativelyAccepted"), "the same word twice says nothing new"


def test_declining_in_outlook_sends_back_and_owes_a_reason(story: Story) -> None:
    story.offered()

    story.outlook("declined")

    assert (story.state, story.handoff.owner) == (State.SENT_BACK, "quinn")
    assert story.owed(Promise.REASON).who == "rita"
    assert story.owed(Promise.REWORK).who == "quinn"
    assert list(story.handoff.reservations) == []
    story.do(partial(answering.send_back, by="rita", at=story.at, reason="no_need", note="Asked"))
    assert story.handoff.reason == "no_need"
    assert story.handoff.owed(Promise.REASON) is None
    with pytest.raises(MovedOnError):
        answering.send_back(story.case, by="rita", at=story.at, reason="brief", note="")


def test_a_yes_from_before_a_lead_was_sent_back_is_none_after(story: Story) -> None:
    """Outlook shows it until it has been told."""
    story.accepted()
    said = story.at
    story.later(minutes=5)
    story.do(partial(answering.send_back, by="rita", at=story.at, reason="brief", note=""))

    assert not story.outlook("accepted", at=said)
    assert story.handoff.trouble is None

    assert story.outlook("accepted", at=story.at + timedelta(minutes=1))
    assert story.alerted() == {"quinn"}


def test_sending_back_releases_the_time_and_starts_the_qualifiers_clock(story: Story) -> None:
    story.offered()

    story.do(partial(answering.send_back, by="rita", at=story.at, reason="brief", note="Budget?"))

    assert (story.state, story.handoff.owner) == (State.SENT_BACK, "quinn")
    assert list(story.handoff.reservations) == []
    assert {DeclineMeeting, FindStandIns} <= story.jobs()
    assert story.owed(Promise.REWORK).due_at > story.at
    assert "quinn" in story.alerted()


def test_a_lead_cannot_be_sent_back_without_a_reason_of_the_policy(story: Story) -> None:
    story.offered()

    with pytest.raises(RefusedError, match="choose a reason"):
        answering.send_back(story.case, by="rita", at=story.at, reason="meh", note="")


def test_another_time_counts_as_the_reps_yes_when_the_qualifier_moves_it(story: Story) -> None:
    story.offered()
    friday = THURSDAY.start + timedelta(days=1)
    story.do(partial(proposing.ask_other_times, by="rita", at=story.at))
    story.do(partial(proposing.other_times_found, at=story.at, times=(friday,)))
    story.do(partial(proposing.propose, by="rita", at=story.at, start=friday))
    assert story.state is State.PROPOSED
    assert story.owed(Promise.SETTLE).who == "quinn"
    assert len(list(story.handoff.reservations)) == 2

    story.do(partial(proposing.move_meeting, by="quinn", at=story.at))

    assert story.jobs() >= {MoveMeeting}
    assert not story.outlook("notResponded", span=THURSDAY), "Outlook still has the old time"
    moved = story.handoff.meeting
    assert moved
    story.do(partial(proposing.meeting_moved, at=story.at, span=moved.span))
    assert AwaitMove in story.jobs()
    assert not story.outlook("accepted"), "the rep's copy may still be the old one"
    story.do(partial(outlook.shows, at=story.at))
    assert AcceptMeeting in story.jobs()
    story.outlook("accepted")
    assert story.state is State.ACCEPTED
    assert moved.span.start == friday


def test_keeping_the_time_asks_the_rep_again_who_may_propose_as_often_as_the_policy_says(
    story: Story,
) -> None:
    """One at a time; a time that the qualifier gives the meeting has as many of its own."""
    story.offered()
    assert story.case.policy.other_times == 3
    friday = THURSDAY.start + timedelta(days=1)
    times = [friday + timedelta(hours=n) for n in range(7)]

    def propose(start: datetime) -> None:
        story.do(partial(proposing.ask_other_times, by="rita", at=story.at))
        story.do(partial(proposing.other_times_found, at=story.at, times=tuple(times)))
        story.do(partial(proposing.propose, by="rita", at=story.at, start=start))

    for start in times[:3]:
        propose(start)
        with pytest.raises(MovedOnError):
            proposing.ask_other_times(story.case, by="rita", at=story.at)
        story.do(partial(proposing.keep_time, by="quinn", at=story.at))
        assert story.state is State.OFFERED
        assert story.owed(Promise.ANSWER).who == "rita"
    with pytest.raises(MovedOnError, match="as often as the policy"):
        proposing.ask_other_times(story.case, by="rita", at=story.at)

    story.do(partial(changing.look_for_other_times, by="quinn", at=story.at))
    story.do(partial(proposing.other_times_found, at=story.at, times=tuple(times)))
    story.do(partial(changing.move_to, by="quinn", at=story.at, start=times[3]))

    propose(times[4])
    assert story.handoff.proposal


def test_who_takes_a_proposal_back_has_asked_so_often_all_the_same(story: Story) -> None:
    story.accepted()
    times = tuple(THURSDAY.start + timedelta(days=1, hours=n) for n in range(3))
    for start in times:
        story.do(partial(proposing.ask_other_times, by="rita", at=story.at))
        story.do(partial(proposing.other_times_found, at=story.at, times=times))
        story.do(partial(proposing.propose, by="rita", at=story.at, start=start))
        story.do(partial(proposing.withdraw, by="rita", at=story.at))

    with pytest.raises(MovedOnError):
        proposing.ask_other_times(story.case, by="rita", at=story.at)


def test_a_meeting_moved_in_outlook_is_answered_anew(story: Story) -> None:
    story.accepted()
    later = Span(THURSDAY.start + timedelta(hours=3), THURSDAY.end + timedelta(hours=3))

    story.outlook("notResponded", span=later)

    assert story.state is State.OFFERED
    assert story.handoff.meeting
    assert story.handoff.meeting.span == later
    assert story.owed(Promise.ANSWER).who == "rita"


def test_a_meeting_cancelled_in_outlook_gives_the_lead_back_to_its_qualifier(story: Story) -> None:
    story.accepted()

    story.do(partial(outlook.cancelled, at=story.at))

    assert (story.state, story.handoff.owner) == (State.QUALIFIED, "quinn")
    assert story.owed(Promise.BOOK).who == "quinn"
    assert story.alerted() == {"quinn", "rita"}


def test_deleting_the_invitation_is_not_an_answer(story: Story) -> None:
    story.offered()

    story.do(partial(outlook.invite_gone, at=story.at, clicked=False))

    assert story.state is State.OFFERED
    assert not story.do(partial(outlook.invite_gone, at=story.at, clicked=False))
    story.do(partial(answering.accept, by="rita", at=story.at))
    story.do(partial(outlook.invite_gone, at=story.at, clicked=True))
    assert (story.state, story.handoff.reason) == (State.SENT_BACK, "invite_gone")


def test_a_fixed_brief_goes_to_the_same_rep_at_the_same_time(story: Story) -> None:
    story.offered()
    story.do(partial(answering.send_back, by="rita", at=story.at, reason="brief", note=""))

    story.do(
        partial(
            correcting.fix_brief,
            by="quinn",
            at=story.at,
            lead=replace(LEAD, needs="4 warehouses"),
        )
    )

    assert story.state is State.BOOKING
    assert ChangeRep in story.jobs()
    assert story.handoff.lead.needs == "4 warehouses"
    assert list(story.handoff.reservations) == [("rita", THURSDAY)]


def test_a_lead_sent_back_goes_only_to_a_rep_found_free(story: Story) -> None:
    story.offered()
    story.do(partial(answering.send_back, by="rita", at=story.at, reason="wrong_owner", note=""))
    with pytest.raises(NotOfferedError):
        handing_over.give_to(story.case, by="quinn", at=story.at, rep="ravi")

    story.do(partial(deciding.stand_ins_found, at=story.at, reps=("ravi", "rita")))
    story.do(partial(handing_over.give_to, by="quinn", at=story.at, rep="ravi"))

    assert (story.state, story.handoff.rep) == (State.BOOKING, "ravi")
    story.offered()
    assert story.handoff.owner == "ravi"


@pytest.mark.parametrize("outcome", [Outcome.NO_NEED, Outcome.CLOSED])
def test_ending_a_lead_cancels_the_meeting_and_every_promise(
    story: Story, outcome: Outcome
) -> None:
    story.offered()
    story.do(partial(answering.send_back, by="rita", at=story.at, reason="no_need", note=""))

    story.do(partial(ending.end, by="quinn", at=story.at, outcome=outcome))

    assert (story.state, story.handoff.outcome) == (State.ENDED, outcome)
    assert CancelMeeting in story.jobs()
    rework = story.handoff.last(Promise.REWORK)
    assert rework
    assert rework.ending is Ending.KEPT


def test_follow_ups_keep_a_lead_alive_until_the_rep_says_there_is_no_more(story: Story) -> None:
    story.accepted()
    span = Span(THURSDAY.end + timedelta(days=1), THURSDAY.end + timedelta(days=1, minutes=15))
    plan = partial(
        following.follow_up, by="rita", at=story.at, kind="call", not_before=span.start, minutes=15
    )
    story.do(plan)
    n = story.owed(Promise.FOLLOW_UP).n
    story.do(partial(following.follow_up_booked, at=story.at, n=n, span=span, event=None))
    assert list(story.handoff.reservations) == [("rita", THURSDAY), ("rita", span)]
    story.do(partial(following.follow_up_booked, at=story.at, n=n, span=span, event="block"))
    story.until(THURSDAY.end)
    assert story.state is State.FOLLOWING
    assert story.handoff.owed(Promise.NEXT_STEP) is None, "a next step is planned already"

    story.do(
        partial(
            meeting_outcome.how_it_went, by="rita", at=story.at, outcome=MeetingOutcome.TOOK_PLACE
        )
    )
    assert story.handoff.owed(Promise.NEXT_STEP) is None
    story.until(span.end)
    assert story.alerted() == {"rita"}
    story.do(partial(following.follow_up_done, by="rita", at=story.at, n=n))
    assert story.owed(Promise.NEXT_STEP).who == "rita"
    story.do(
        partial(
            ending.no_further_step, by="rita", at=story.at, outcome=Outcome.LOST, reason="price"
        )
    )

    assert (story.state, story.handoff.outcome) == (State.ENDED, Outcome.LOST)
    with pytest.raises(MovedOnError):
        plan(story.case)


def test_a_stale_click_changes_nothing(story: Story) -> None:
    story.accepted()
    before = story.handoff

    for rule in (
        partial(answering.accept, by="rita", at=MONDAY),
        partial(proposing.propose, by="rita", at=MONDAY, start=THURSDAY.start),
        partial(booking.choose, by="quinn", at=MONDAY, start=THURSDAY.start, rep="rita"),
        partial(proposing.keep_time, by="quinn", at=MONDAY),
        partial(proposing.move_meeting, by="quinn", at=MONDAY),
        partial(following.follow_up_done, by="rita", at=MONDAY, n=99),
        partial(ending.end, by="quinn", at=MONDAY, outcome=Outcome.CLOSED),
    ):
        with pytest.raises(RefusedError):
            rule(story.case)

    assert story.handoff == before
