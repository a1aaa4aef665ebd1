"""How a lead may end: by one code, as far as it has come, said by whoever has it."""

from datetime import timedelta
from functools import partial

import pytest

from handoff import ending, following, meeting_outcome
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError, NotYoursError
from handoff.hours import Span
from handoff.model import MeetingOutcome, Outcome, State
from handoff.policy import Promise
from tests.handoff.conftest import THURSDAY, Story


def said(story: Story, outcome: MeetingOutcome) -> Story:
    """The meeting's time has passed and Rita says how it went."""
    story.accepted()
    story.until(THURSDAY.end)
    story.do(partial(meeting_outcome.how_it_went, by="rita", at=story.at, outcome=outcome))
    return story


def ends(story: Story, outcome: Outcome | None, reason: str = "", by: str = "rita") -> None:
    story.do(partial(ending.no_further_step, by=by, at=story.at, outcome=outcome, reason=reason))


def calls(story: Story, *, spoke: bool) -> None:
    plan = partial(following.follow_up, kind="call", not_before=story.at, minutes=15)
    story.do(partial(plan, by="rita", at=story.at))
    n = story.owed(Promise.FOLLOW_UP).n
    span = Span(story.at, story.at)
    story.do(partial(following.follow_up_booked, at=story.at, n=n, span=span, event="block"))
    story.do(partial(following.follow_up_done, by="rita", at=story.at, n=n, spoke=spoke))


@pytest.mark.parametrize("outcome", [Outcome.OPPORTUNITY, Outcome.WON, Outcome.LOST])
def test_what_never_met_is_no_deal(story: Story, outcome: Outcome) -> None:
    said(story, MeetingOutcome.PROSPECT_ABSENT)

    with pytest.raises(NotOfferedError, match="not spoken"):
        ends(story, outcome, "price")

    assert story.state is State.FOLLOWING


def test_a_call_that_got_through_counts_as_having_met_and_one_without_an_answer_does_not(
    story: Story,
) -> None:
    said(story, MeetingOutcome.PROSPECT_ABSENT)
    calls(story, spoke=False)
    with pytest.raises(NotOfferedError):
        ends(story, Outcome.OPPORTUNITY)
    calls(story, spoke=True)

    ends(story, Outcome.OPPORTUNITY)

    assert (story.state, story.handoff.outcome) == (State.ENDED, Outcome.OPPORTUNITY)
    assert (story.handoff.ended_by, story.handoff.ended_at) == ("rita", story.at)
    assert story.alerted() == {"quinn"}


def test_one_no_show_is_not_two(story: Story) -> None:
    said(story, MeetingOutcome.PROSPECT_ABSENT)

    with pytest.raises(NotOfferedError, match="twice"):
        ends(story, Outcome.NO_SHOW)


def test_a_loss_needs_one_of_the_policys_reasons(story: Story) -> None:
    said(story, MeetingOutcome.TOOK_PLACE)
    for reason in ("", "because"):
        with pytest.raises(IncompleteError, match="Why it was lost"):
            ends(story, Outcome.LOST, reason)

    ends(story, Outcome.LOST, "price")

    assert (story.handoff.outcome, story.handoff.ended_for) == (Outcome.LOST, "price")


def test_a_deal_that_goes_on_is_won_or_lost_later_by_its_rep_and_stays_so(story: Story) -> None:
    said(story, MeetingOutcome.TOOK_PLACE)
    ends(story, Outcome.OPPORTUNITY)
    story.at += timedelta(days=30)
    with pytest.raises(NotOfferedError):
        ends(story, Outcome.NOT_REACHABLE)
    with pytest.raises(NotYoursError):
        ends(story, Outcome.WON, by="ravi")

    ends(story, Outcome.WON)

    assert story.handoff.outcome is Outcome.WON
    story.at += timedelta(days=3)
    with pytest.raises(MovedOnError):
        ends(story, Outcome.LOST, "price")


def test_nothing_ends_without_a_code_nor_before_it_is_said_how_the_meeting_went(
    story: Story,
) -> None:
    story.accepted()
    story.until(THURSDAY.end)
    with pytest.raises(IncompleteError, match="How it went"):
        ends(story, Outcome.NO_NEED)
    went = partial(meeting_outcome.how_it_went, outcome=MeetingOutcome.MOVED)
    story.do(partial(went, by="rita", at=story.at))

    with pytest.raises(IncompleteError, match="How it ends"):
        ends(story, None)


@pytest.mark.parametrize("outcome", [Outcome.OPPORTUNITY, Outcome.WON, Outcome.LOST])
def test_a_qualifier_closes_no_deal(story: Story, outcome: Outcome) -> None:
    with pytest.raises(NotOfferedError):
        story.do(partial(ending.end, by="quinn", at=story.at, outcome=outcome))
