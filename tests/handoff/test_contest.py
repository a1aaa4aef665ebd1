"""What was said is put right by who said it, or contested once: a manager decides."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from handoff import (
    accountable,
    answering,
    booking,
    contest,
    deciding,
    ending,
    giving,
    meeting_outcome,
)
from handoff.draft import NOT_ENDED
from handoff.effects import TellCrm
from handoff.errors import MovedOnError, NotOfferedError, NotYoursError
from handoff.model import Contested, Ending, MeetingOutcome, Outcome, State
from handoff.policy import Promise
from tests.cards.gallery import NEXT_TIME, again, times_again
from tests.handoff.conftest import THURSDAY, Story


def went(story: Story, outcome: MeetingOutcome) -> Story:
    story.accepted()
    story.until(THURSDAY.end)
    story.do(partial(meeting_outcome.how_it_went, by="rita", at=story.at, outcome=outcome))
    return story


def ended(story: Story, outcome: Outcome, reason: str = "") -> None:
    rule = partial(ending.no_further_step, by="rita", outcome=outcome, reason=reason)
    story.do(partial(rule, at=story.at))


def contests(
    story: Story, claim: str, what: Contested = Contested.ENDING, by: str = "quinn"
) -> None:
    story.do(partial(contest.contest, by=by, at=story.at, what=what, claim=claim))


def decides(story: Story, *, right: bool, by: str = "mara") -> None:
    story.do(partial(contest.judge, by=by, at=story.at, right=right))


def puts_right(story: Story, outcome: MeetingOutcome, by: str = "rita") -> None:
    story.do(partial(contest.put_right, by=by, at=story.at, outcome=outcome))


def test_a_wrong_word_is_put_right_within_two_days_and_what_is_counted_follows(
    story: Story,
) -> None:
    went(story, MeetingOutcome.PROSPECT_ABSENT)
    assert (story.handoff.met, story.handoff.no_shows) == (0, 1)
    story.at += timedelta(days=2)

    puts_right(story, MeetingOutcome.TOOK_PLACE)

    assert story.handoff.meeting_outcome is MeetingOutcome.TOOK_PLACE
    assert (story.handoff.met, story.handoff.no_shows) == (1, 0)
    assert story.alerted() == {"quinn"}


def test_a_customer_is_its_reps_again_where_the_meeting_had_not_taken_place(story: Story) -> None:
    went(story, MeetingOutcome.TOOK_PLACE)
    ended(story, Outcome.WON)
    story.do(partial(accountable.hand_over, at=story.at, to="ravi", turn=7))
    assert (story.handoff.owner, story.handoff.rep) == ("ravi", "rita")
    contests(story, MeetingOutcome.REP_ABSENT.value, Contested.MEETING)

    decides(story, right=True)

    assert (story.handoff.state, story.handoff.outcome) == (State.FOLLOWING, None)
    assert story.handoff.owner == "rita", "nobody has won it, so nobody looks after a customer"
    assert "ravi" in story.alerted()
    assert TellCrm(story.handoff.id) in story.effects


def test_what_the_promise_to_meet_counts_as_goes_with_it_and_its_ending_stays(
    story: Story,
) -> None:
    went(story, MeetingOutcome.PROSPECT_ABSENT)
    contests(story, MeetingOutcome.REP_ABSENT.value, Contested.MEETING)

    decides(story, right=True)

    [meet] = [c for c in story.handoff.commitments if c.what is Promise.MEET]
    assert meet.ending is Ending.KEPT
    assert meet.corrected
    assert (meet.corrected.ending, meet.corrected.by) == (Ending.MISSED, "mara")


def test_after_two_days_it_stands(story: Story) -> None:
    went(story, MeetingOutcome.PROSPECT_ABSENT)
    story.at += timedelta(days=2, seconds=1)

    with pytest.raises(MovedOnError):
        puts_right(story, MeetingOutcome.TOOK_PLACE)


def test_nobody_else_puts_it_right_and_nobody_what_is_contested(story: Story) -> None:
    went(story, MeetingOutcome.PROSPECT_ABSENT)
    with pytest.raises(NotYoursError):
        puts_right(story, MeetingOutcome.TOOK_PLACE, by="quinn")
    contests(story, MeetingOutcome.REP_ABSENT.value, Contested.MEETING)

    with pytest.raises(MovedOnError):
        puts_right(story, MeetingOutcome.TOOK_PLACE)


def test_a_deal_that_was_said_of_a_meeting_that_never_was_is_no_ending(story: Story) -> None:
    went(story, MeetingOutcome.TOOK_PLACE)
    ended(story, Outcome.OPPORTUNITY)

    puts_right(story, MeetingOutcome.PROSPECT_ABSENT)

    assert (story.state, story.handoff.outcome) == (State.FOLLOWING, None)
    assert story.owed(Promise.NEXT_STEP).who == "rita"


def test_an_ending_is_put_right_by_its_rep_within_two_days(story: Story) -> None:
    went(story, MeetingOutcome.TOOK_PLACE)
    ended(story, Outcome.LOST, "price")
    story.at += timedelta(days=2)

    ended(story, Outcome.OPPORTUNITY)

    assert (story.handoff.outcome, story.handoff.ended_for) == (Outcome.OPPORTUNITY, None)
    assert story.said()[-2:] == ["put_right", "done"]


def test_what_ended_without_a_deal_is_contested_once_and_waits_for_the_managers_word(
    story: Story,
) -> None:
    went(story, MeetingOutcome.TOOK_PLACE)
    ended(story, Outcome.LOST, "price")

    contests(story, contest.GOES_ON)

    assert (story.state, story.handoff.outcome) == (State.CONTESTED, Outcome.LOST)
    assert story.owed(Promise.JUDGE).who == "mara"
    assert story.alerted() == {"mara", "rita"}
    with pytest.raises(MovedOnError, match="contested once"):
        contests(story, contest.GOES_ON)
    with pytest.raises(NotYoursError):
        decides(story, right=True, by="quinn")


def test_who_is_right_has_the_lead_again(story: Story) -> None:
    went(story, MeetingOutcome.TOOK_PLACE)
    ended(story, Outcome.LOST, "price")
    contests(story, contest.GOES_ON)

    decides(story, right=True)

    assert (story.state, story.handoff.outcome) == (State.SENT_BACK, None)
    assert (story.handoff.owner, story.handoff.reason) == ("quinn", NOT_ENDED)
    assert story.owed(Promise.REWORK).who == "quinn"
    assert story.handoff.contests[0].upheld is True


def test_what_stands_stays_as_it_was_said_and_is_contested_no_more(story: Story) -> None:
    went(story, MeetingOutcome.TOOK_PLACE)
    ended(story, Outcome.LOST, "price")
    contests(story, Outcome.NO_NEED.value)

    decides(story, right=False)

    assert (story.state, story.handoff.outcome) == (State.ENDED, Outcome.LOST)
    assert story.handoff.ended_for == "price"
    assert story.said()[-1] == "rejected"
    with pytest.raises(MovedOnError, match="contested once"):
        contests(story, contest.GOES_ON)


def test_another_code_takes_the_place_of_the_one_that_was_wrong(story: Story) -> None:
    went(story, MeetingOutcome.TOOK_PLACE)
    ended(story, Outcome.LOST, "price")
    contests(story, Outcome.NO_NEED.value)

    decides(story, right=True)

    assert (story.state, story.handoff.outcome) == (State.ENDED, Outcome.NO_NEED)
    assert story.handoff.ended_for is None


@pytest.mark.parametrize("outcome", [Outcome.OPPORTUNITY, Outcome.WON])
def test_a_deal_is_nothing_to_contest(story: Story, outcome: Outcome) -> None:
    went(story, MeetingOutcome.TOOK_PLACE)
    ended(story, outcome)

    with pytest.raises(MovedOnError):
        contests(story, contest.GOES_ON)


def test_a_manager_who_does_not_decide_is_reminded_and_the_next_one_does(story: Story) -> None:
    went(story, MeetingOutcome.PROSPECT_ABSENT)
    contests(story, MeetingOutcome.REP_ABSENT.value, Contested.MEETING)
    judge = story.owed(Promise.JUDGE)
    story.until(judge.alarms[0].at)
    assert "mara" in story.alerted()
    story.until(judge.due_at)
    assert story.owed(Promise.DECIDE, "helen")

    decides(story, right=True, by="helen")

    assert story.handoff.meeting_outcome is MeetingOutcome.REP_ABSENT
    judged = story.handoff.last(Promise.JUDGE)
    assert judged
    assert judged.ending is Ending.PASSED_ON
    assert story.handoff.owed(Promise.DECIDE, "helen") is None


def test_what_ends_while_it_is_contested_waits_too(story: Story) -> None:
    went(story, MeetingOutcome.PROSPECT_ABSENT)
    contests(story, MeetingOutcome.REP_ABSENT.value, Contested.MEETING)

    ended(story, Outcome.NO_NEED)
    assert (story.state, story.handoff.outcome) == (State.CONTESTED, Outcome.NO_NEED)
    decides(story, right=True)

    assert (story.state, story.handoff.outcome) == (State.ENDED, Outcome.NO_NEED)
    assert story.handoff.no_shows == 0


def test_where_nobody_is_above_nothing_is_contested(story: Story) -> None:
    went(story, MeetingOutcome.PROSPECT_ABSENT)
    people = {id: p for id, p in story.people.items() if id not in ("mara", "helen")}
    story.case = type(story.case)(handoff=story.handoff, policy=story.policy, people=people)

    with pytest.raises(NotOfferedError, match="no manager"):
        contests(story, MeetingOutcome.REP_ABSENT.value, Contested.MEETING)


# --- Who may contest what ---------------------------------------------------------------------

CONTESTABLE = {
    **dict.fromkeys((Outcome.LOST, Outcome.NO_NEED, Outcome.NOT_REACHABLE), True),
    **dict.fromkeys((Outcome.OPPORTUNITY, Outcome.WON), False),
}


@pytest.mark.parametrize("outcome", CONTESTABLE)
def test_the_qualifier_alone_may_contest_what_ended_without_a_deal(
    story: Story, outcome: Outcome
) -> None:
    went(story, MeetingOutcome.TOOK_PLACE)
    for who in ("quinn", "rita", "mara", "ravi"):
        meeting = (Contested.MEETING,) if who == "quinn" else ()
        assert contest.may_contest(story.handoff, who) == meeting
    ended(story, outcome, "price" if outcome is Outcome.LOST else "")

    may = (Contested.MEETING, *([Contested.ENDING] if CONTESTABLE[outcome] else []))
    assert contest.may_contest(story.handoff, "quinn") == may
    assert contest.may_contest(story.handoff, "rita") == ()
    story.case = replace(story.case, handoff=replace(story.handoff, qualifier="rita"))
    assert contest.may_contest(story.handoff, "rita") == (), "nobody contests their own word"


def test_before_it_is_said_there_is_nothing_to_contest_nor_what_a_qualifier_ended(
    story: Story,
) -> None:
    story.accepted()
    assert contest.may_contest(story.handoff, "quinn") == ()
    story.until(THURSDAY.end)
    assert contest.may_contest(story.handoff, "quinn") == ()
    story.do(partial(answering.send_back, by="rita", at=story.at, reason="no_need", note=""))
    story.do(partial(ending.end, by="quinn", at=story.at, outcome=Outcome.NO_NEED))
    assert story.state is State.ENDED
    assert contest.may_contest(story.handoff, "quinn") == ()


def test_what_a_predecessor_said_is_put_right_and_answered_for_by_nobody_else(
    story: Story,
) -> None:
    went(story, MeetingOutcome.PROSPECT_ABSENT)
    story.do(partial(giving.look_for, by="quinn", at=story.at))
    story.do(partial(deciding.stand_ins_found, at=story.at, reps=("ravi",)))
    story.do(partial(giving.hand_on, by="quinn", at=story.at, rep="ravi"))

    assert not contest.may_put_right(story.handoff, "ravi", story.at)
    contests(story, MeetingOutcome.REP_ABSENT.value, Contested.MEETING)
    assert story.handoff.contests[-1].against == "rita"


def another_meeting(story: Story, outcome: MeetingOutcome) -> None:
    """Rita books it while it is still to be decided what was said of the first, and it is over."""
    again(story)
    times_again(story)
    story.do(partial(booking.choose, by="rita", at=story.at, start=NEXT_TIME.start, rep="rita"))
    story.offered()
    story.outlook("accepted")
    story.until(NEXT_TIME.end)
    story.do(partial(meeting_outcome.how_it_went, by="rita", at=story.at, outcome=outcome))


def test_what_is_decided_of_one_meeting_says_nothing_of_the_next(story: Story) -> None:
    absent = MeetingOutcome.PROSPECT_ABSENT
    went(story, absent)
    contests(story, MeetingOutcome.REP_ABSENT.value, Contested.MEETING)
    another_meeting(story, absent)

    decides(story, right=True)

    assert (story.handoff.meeting_outcome, story.handoff.no_shows) == (absent, 1)
    first, second = [c for c in story.handoff.commitments if c.what is Promise.MEET]
    assert first.corrected
    assert first.corrected.ending is Ending.MISSED
    assert second.corrected is None


def test_nothing_is_claimed_that_the_meetings_do_not_bear(story: Story) -> None:
    went(story, MeetingOutcome.PROSPECT_ABSENT)
    ended(story, Outcome.NOT_REACHABLE)

    for never in (Outcome.OPPORTUNITY, Outcome.NO_SHOW):
        with pytest.raises(NotOfferedError):
            contests(story, never.value)
    assert story.state is State.ENDED


def test_an_ending_that_a_meeting_undoes_is_decided_by_nobody_any_more(story: Story) -> None:
    went(story, MeetingOutcome.TOOK_PLACE)
    ended(story, Outcome.LOST, "price")
    contests(story, MeetingOutcome.PROSPECT_ABSENT.value, Contested.MEETING)
    contests(story, Outcome.NO_NEED.value)

    decides(story, right=True)

    assert (story.state, story.handoff.outcome) == (State.FOLLOWING, None)
    assert story.handoff.owed(Promise.JUDGE) is None
    assert story.owed(Promise.NEXT_STEP).who == "rita"


def test_a_claim_that_was_borne_and_is_no_more_ends_nothing(story: Story) -> None:
    went(story, MeetingOutcome.TOOK_PLACE)
    ended(story, Outcome.NO_NEED)
    contests(story, MeetingOutcome.PROSPECT_ABSENT.value, Contested.MEETING)
    contests(story, Outcome.OPPORTUNITY.value)

    decides(story, right=True)
    decides(story, right=True)

    assert (story.state, story.handoff.outcome) == (State.FOLLOWING, None)
