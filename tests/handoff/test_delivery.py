"""Whoever could not be told is not late, and the lead is not lost: their manager decides."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from handoff import answering, deciding, delivery, sending
from handoff.effects import FindStandIns, SendNotice, Show
from handoff.model import Ending, Step
from handoff.policy import Promise
from tests.handoff.conftest import Story

WHY = "has blocked Baton"


def undelivered(story: Story, who: str = "rita", *, first: bool = True) -> bool:
    return story.do(
        partial(delivery.undeliverable, at=story.at, person=who, why=WHY, nudge=True, first=first)
    )


def unmailed(story: Story, who: str = "rita") -> bool:
    return story.do(partial(delivery.unmailed, at=story.at, person=who, why="Outlook refused it"))


def mailed(story: Story, until: datetime | None = None) -> bool:
    told = partial(delivery.mailed, at=story.at, person="rita", until=until or story.at)
    return story.do(told)


def reminded(story: Story) -> None:
    """Rita is reminded to answer the introduction."""
    while story.owed(Promise.REPLY).reached is not Step.REMINDER:
        story.later(minutes=30)


def test_a_card_that_does_not_arrive_goes_by_mail_once(story: Story) -> None:
    story.offered()

    assert undelivered(story)
    assert SendNotice in story.jobs()
    assert not undelivered(story, first=False)


def test_a_mail_at_once_is_as_good_as_the_card_and_the_clock_runs_on(story: Story) -> None:
    story.offered()
    before = story.owed(Promise.ANSWER).due_at
    undelivered(story)

    assert mailed(story)
    assert story.owed(Promise.ANSWER).due_at == before
    assert not mailed(story), "said once"
    story.later(hours=6)
    assert story.owed(Promise.DECIDE).who == "mara", "told by mail, so late like anyone"
    story.do(partial(answering.send_back, by="rita", at=story.at, reason="no_need", note=""))
    ended = story.handoff.last(Promise.ANSWER)
    assert ended
    assert ended.ending is Ending.LATE


def test_a_mail_tells_of_nothing_that_came_after_it_was_written(story: Story) -> None:
    story.offered()
    written = story.at
    story.at += timedelta(minutes=1)
    undelivered(story)

    assert not mailed(story, written)
    assert story.owed(Promise.ANSWER).undelivered == WHY
    assert mailed(story)


def test_an_introduction_is_a_mail_to_the_rep_already_until_they_are_reminded_of_it(
    story: Story,
) -> None:
    story.offered()
    [introduction] = story.handoff.letters
    story.do(partial(sending.sent, at=story.at, n=introduction.n))

    undelivered(story)
    assert story.owed(Promise.ANSWER).undelivered == WHY
    assert story.owed(Promise.REPLY).undelivered is None

    reminded(story)
    undelivered(story, first=False)
    assert story.owed(Promise.REPLY).undelivered == WHY


def test_a_mail_after_a_long_outage_starts_the_clock(story: Story) -> None:
    story.offered()
    before = story.owed(Promise.ANSWER).due_at
    undelivered(story)
    story.at += timedelta(hours=1)

    assert mailed(story)
    assert story.owed(Promise.ANSWER).due_at == before + timedelta(hours=1)


def test_whom_no_mail_reaches_is_excused_and_the_manager_decides_at_once(story: Story) -> None:
    story.offered()
    undelivered(story)

    assert unmailed(story)
    answer, decide = story.owed(Promise.ANSWER), story.owed(Promise.DECIDE)
    assert answer.excused_at == story.at
    assert decide.who == "mara"
    assert FindStandIns in story.jobs()
    story.later(hours=30)
    assert "overdue" not in story.said()[: story.said().index("excused")]
    assert not unmailed(story), "excused once"


def test_the_clock_rings_while_the_mail_is_still_waiting_and_nobody_is_late(story: Story) -> None:
    """Graph is down too, so it is not yet known whether a mail can go out."""
    story.offered()
    undelivered(story)

    story.later(hours=5)

    assert "excused" in story.said()
    assert "overdue" not in story.said()
    assert story.owed(Promise.DECIDE).who == "mara"


@pytest.mark.parametrize("how", ["reassigned", "meeting", "sent back late"])
def test_an_excused_answer_never_ends_as_a_miss(story: Story, how: str) -> None:
    story.offered()
    undelivered(story)
    unmailed(story)
    match how:
        case "reassigned":
            story.do(partial(deciding.stand_ins_found, at=story.at, reps=("ravi",)))
            story.do(partial(deciding.reassign, by="mara", at=story.at, rep="ravi"))
        case "meeting":
            story.later(days=3, minutes=1)
            assert story.state == "sent_back", "the lead is the qualifier's again"
        case _:
            story.at += timedelta(days=2)
            send = partial(answering.send_back, by="rita", at=story.at, reason="no_need", note="")
            story.do(send)

    ended = next(c for c in story.handoff.commitments if c.what is Promise.ANSWER)
    assert ended.ending is Ending.EXCUSED


def test_delivered_later_the_clock_starts_then_and_the_manager_has_nothing_to_do(
    story: Story,
) -> None:
    story.offered()
    undelivered(story)
    unmailed(story)
    story.at += timedelta(hours=20)

    assert story.do(partial(delivery.delivered, at=story.at, person="rita"))
    answer = story.owed(Promise.ANSWER)
    assert answer.excused_at is None
    assert answer.since == story.at
    assert answer.due_at > story.at
    assert story.handoff.owed(Promise.DECIDE) is None
    assert "mara" in {e.person for e in story.effects if isinstance(e, Show)}


def test_a_manager_who_cannot_be_told_either_passes_it_up(story: Story) -> None:
    story.offered()
    undelivered(story)
    unmailed(story)
    undelivered(story, "mara")
    unmailed(story, "mara")

    assert story.owed(Promise.DECIDE, "helen")
    undelivered(story, "helen")
    unmailed(story, "helen")
    assert story.owed(Promise.DECIDE, "helen").rings_at, "with nobody left, it is tried again"


def test_all_that_somebody_owes_in_a_handoff_is_one_question_to_their_manager(story: Story) -> None:
    story.offered()
    story.do(lambda c: sending.sent(c, at=story.at, n=1, message="<m>"))
    assert story.owed(Promise.REPLY).who == "rita"
    undelivered(story)
    unmailed(story)
    asked = story.said().count("escalated")
    reminded(story)
    before = story.said().count("escalated")

    undelivered(story, first=False)
    unmailed(story)

    assert story.said().count("excused") == 2
    assert asked == 1
    assert story.said().count("escalated") == before


def test_what_was_missed_before_is_not_excused_afterwards(story: Story) -> None:
    story.offered()
    story.later(hours=5)
    assert "overdue" in story.said()

    undelivered(story)

    assert not unmailed(story)
