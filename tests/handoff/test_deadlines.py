"""Nobody answers; the hours pass. Nine to five in Madrid, and the meeting is on Thursday."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest

from handoff import answering, deciding, prep
from handoff.deadlines import deadline
from handoff.effects import ChangeRep, FindStandIns, Invite, Show, ShowMine
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError, NotYoursError
from handoff.escalating import next_manager
from handoff.hours import OPEN_END, Span
from handoff.model import Ending, State, Step
from handoff.policy import Policy, Promise
from tests.cards import gallery
from tests.handoff.conftest import PEOPLE, THURSDAY, Story


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A day of March 2026 in Madrid, before the clocks change."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


def test_a_reminder_at_half_time_then_overdue_then_manager_then_managers_manager(
    story: Story,
) -> None:
    story.offered()
    answer = story.owed(Promise.ANSWER)
    assert answer.due_at == at(2, 14), "4 working hours from Mon 10:00"

    assert not story.until(at(2, 11, 59))
    assert story.until(at(2, 12))
    assert (story.said()[-1], story.alerted()) == ("reminded", {"rita"})
    assert not story.until(at(2, 13, 59))
    assert story.until(at(2, 14))
    assert story.alerted() == {"rita", "quinn", "mara"}
    assert story.owed(Promise.DECIDE).who == "mara"
    assert FindStandIns in story.jobs()
    assert story.until(at(2, 16)), "2 working hours for the manager"
    assert story.owed(Promise.DECIDE, "helen")
    assert story.alerted() == {"helen"}
    assert story.until(at(3, 10))
    assert story.said()[-1] == "overdue", "nobody is left above; Helen is told again in a while"
    assert story.until(at(4, 10))
    assert story.alerted() == {"helen"}


def test_a_deadline_a_moment_early_does_nothing(story: Story) -> None:
    story.offered()
    reminder = story.owed(Promise.ANSWER).rings_at
    assert reminder

    assert deadline(story.case, at=reminder - timedelta(microseconds=1)) is None
    assert deadline(story.case, at=reminder)


def test_a_reminder_that_comes_after_the_breach_is_not_sent(story: Story) -> None:
    story.offered()

    story.until(at(2, 15))

    assert "reminded" not in story.said()
    assert story.said().count("overdue") == 1


def test_the_answer_is_due_before_the_meeting_is_too_near_to_pass_on(story: Story) -> None:
    soon = Span(at(2, 13), at(2, 13, 30))
    story.offered(soon)

    answer = story.owed(Promise.ANSWER)

    assert (answer.due_at, answer.brought_forward) == (at(2, 11), True)


def test_nobody_gets_less_than_a_quarter_of_an_hour(story: Story) -> None:
    story.offered(Span(at(2, 11), at(2, 11, 30)))

    assert story.owed(Promise.ANSWER).due_at == at(2, 10, 15)


@pytest.mark.parametrize(
    ("asked", "begins", "due"),
    [
        (at(6, 23, 50), at(9, 9, 30), at(9, 9, 15)),
        (at(6, 23, 50), at(9, 9), at(9, 9)),
        (at(6, 16, 50), at(9, 9, 30), at(9, 9, 5)),
        (at(2, 10), at(2, 10, 5), at(2, 10, 5)),
    ],
    ids=["at work before it", "not at work before it", "over a weekend", "in five minutes"],
)
def test_of_a_meeting_that_is_near_an_answer_is_due_at_work_or_when_it_begins(
    story: Story, asked: datetime, begins: datetime, due: datetime
) -> None:
    """As its organizer may move it in Outlook: no such time is offered."""
    story.offered(Span(at(12, 9), at(12, 9, 30)))
    story.outlook("accepted")
    story.at = asked
    story.outlook("none", span=Span(begins, begins + timedelta(minutes=30)))
    answer = story.owed(Promise.ANSWER)
    enough = PEOPLE["rita"].hours.between(asked, due) >= timedelta(minutes=15)

    assert answer.due_at == due
    story.until(begins)

    [ended] = [c for c in story.handoff.commitments if c.n == answer.n]
    assert (story.state, ended.ending) == (
        State.SENT_BACK,
        Ending.PASSED_ON if enough else "excused",
    )
    assert (ended.missed_at is not None) == enough, "nobody misses what they could not hear of"


def test_a_meeting_early_in_the_morning_is_answered_the_day_before(story: Story) -> None:
    story.at = at(2, 15)
    story.offered(Span(at(3, 9, 30), at(3, 10)))

    assert story.owed(Promise.ANSWER).due_at == at(2, 17)


def test_a_proposal_that_lapses_is_off_the_reps_card_as_well(policy_in_force: Policy) -> None:
    """Nobody manages Quinn, so that nothing else has it drawn anew."""
    alone = {**PEOPLE, "quinn": replace(PEOPLE["quinn"], managers=())}
    story = Story(policy_in_force, people=alone).accepted()
    for step in (gallery.ask, gallery.others, gallery.propose):
        step(story)
    story.until(story.owed(Promise.SETTLE).due_at)
    story.until(THURSDAY.start - timedelta(minutes=1))  # and the prospect's silence has been told

    story.until(THURSDAY.start)

    assert story.handoff.proposal is None
    assert {one.person for one in story.effects if isinstance(one, Show)} >= {"rita", "quinn"}


def test_a_meeting_that_begins_unanswered_goes_back_to_the_qualifier(story: Story) -> None:
    story.offered()

    story.until(THURSDAY.start)

    assert (story.state, story.handoff.reason) == (State.SENT_BACK, "no_answer")
    assert story.handoff.owed(Promise.DECIDE) is None
    answer = story.handoff.last(Promise.ANSWER)
    assert answer
    assert answer.ending is Ending.PASSED_ON
    assert story.owed(Promise.REWORK).who == "quinn"


def test_who_turns_out_to_be_away_is_not_late(policy_in_force: Policy) -> None:
    story = Story(policy_in_force).offered()
    rita = PEOPLE["rita"]
    away = replace(rita.hours, away=(Span(at(2, 11), at(3, 11)),))
    story.people = {**PEOPLE, "rita": replace(rita, hours=away)}
    story.case = replace(story.case, people=story.people)

    story.until(at(2, 14))

    assert "overdue" not in story.said()
    assert story.said()[-1] == "clock_waited"
    assert story.owed(Promise.ANSWER).due_at == at(3, 14), "1 hour on Monday, 3 on Tuesday from 11"
    story.until(at(3, 14))
    assert "overdue" in story.said()


def test_a_manager_who_is_away_until_the_meeting_is_passed_over(policy_in_force: Policy) -> None:
    mara = PEOPLE["mara"]
    away = replace(mara.hours, away=(Span(at(1, 9), at(20, 9)),))
    story = Story(policy_in_force, people={**PEOPLE, "mara": replace(mara, hours=away)})
    story.offered()

    story.until(at(2, 14))

    assert story.owed(Promise.DECIDE).who == "helen"


@pytest.mark.parametrize(
    ("moment", "mara", "asked"),
    [
        (at(5, 9, 50), Span(at(2, 10), OPEN_END), "helen"),  # no time is left before it begins
        (at(5, 9, 50), Span(at(2, 10), at(2, 11)), "mara"),
        (at(6, 19), Span(at(6, 17), at(20, 9)), "helen"),  # a weekend, and no meeting
        (at(6, 19), Span(at(6, 17), at(6, 18)), "mara"),
    ],
)
def test_where_none_can_decide_in_time_the_nearest_of_who_is_at_work_first_is_asked(
    policy_in_force: Policy, moment: datetime, mara: Span, asked: str
) -> None:
    """Helen begins an hour earlier each day, which is no reason to ask her."""
    away = replace(PEOPLE["mara"].hours, away=(mara,))
    early = replace(PEOPLE["helen"].hours, start=time(8))
    people = {
        **PEOPLE,
        "mara": replace(PEOPLE["mara"], hours=away),
        "helen": replace(PEOPLE["helen"], hours=early),
    }
    story = Story(policy_in_force, people=people)
    owed = story.owed(Promise.BOOK)
    if moment == at(5, 9, 50):
        owed = story.offered().owed(Promise.ANSWER)

    assert next_manager(story.case, moment, owed) == asked


def test_a_lead_without_any_manager_is_not_forgotten(policy_in_force: Policy) -> None:
    alone = replace(PEOPLE["rita"], managers=())
    story = Story(policy_in_force, people={**PEOPLE, "rita": alone})
    story.offered()

    story.until(at(2, 14))

    assert story.handoff.owed(Promise.DECIDE) is None
    assert story.owed(Promise.ANSWER).rings_at == THURSDAY.start


def test_a_manager_gives_the_meeting_to_a_rep_who_is_free(story: Story) -> None:
    story.offered()
    story.until(at(2, 14))
    with pytest.raises(NotOfferedError):
        deciding.reassign(story.case, by="mara", at=story.at, rep="ravi")
    story.do(partial(deciding.stand_ins_found, at=story.at, reps=("ravi",)))

    story.do(partial(deciding.reassign, by="mara", at=story.at, rep="ravi"))

    assert (story.state, story.handoff.rep) == (State.BOOKING, "ravi")
    assert ChangeRep in story.jobs()
    assert list(story.handoff.reservations) == [("ravi", THURSDAY)]
    first = next(c for c in story.handoff.commitments if c.what is Promise.ANSWER)
    assert first.ending is Ending.PASSED_ON
    story.offered()
    assert story.owed(Promise.ANSWER).who == "ravi"


def test_a_manager_gives_more_time_with_a_reason(story: Story) -> None:
    story.offered()
    story.until(at(2, 14))
    with pytest.raises(IncompleteError):
        deciding.extend(story.case, by="mara", at=story.at, hours=2, reason=" ")
    with pytest.raises(NotOfferedError):
        deciding.extend(story.case, by="mara", at=story.at, hours=3, reason="Trade fair")

    story.do(partial(deciding.extend, by="mara", at=story.at, hours=2, reason="Trade fair"))

    answer = story.owed(Promise.ANSWER)
    assert (answer.due_at, answer.reached) == (at(2, 16), None)
    assert story.handoff.owed(Promise.DECIDE) is None
    story.until(at(2, 16))
    assert story.owed(Promise.DECIDE).who == "helen", "Mara has decided once; now Helen does"


def test_talking_stops_the_clock_for_the_shortest_extension(story: Story) -> None:
    story.offered()
    story.until(at(2, 14))

    story.do(partial(deciding.talk, by="mara", at=story.at))

    assert story.owed(Promise.ANSWER).due_at == at(2, 16)
    with pytest.raises(MovedOnError):  # a second tap is no second talk
        deciding.talk(story.case, by="mara", at=story.at)


def test_nobody_decides_for_the_manager_and_nobody_decides_twice(story: Story) -> None:
    story.offered()
    story.until(at(2, 14))
    with pytest.raises(NotYoursError):
        deciding.talk(story.case, by="rita", at=story.at)
    story.do(partial(answering.accept, by="rita", at=story.at))

    with pytest.raises(MovedOnError):
        deciding.talk(story.case, by="mara", at=story.at)


def test_an_answer_ends_every_alarm(story: Story) -> None:
    story.offered()
    story.until(at(2, 14))
    story.outlook("accepted")
    n = story.owed(Promise.PREPARE).n
    span = Span(THURSDAY.start - timedelta(minutes=15), THURSDAY.start)
    book = partial(prep.booked, at=story.at, n=n, meeting=THURSDAY, span=span, event="prep")
    story.do(book)

    assert not story.until(at(3, 16))

    assert {c.what for c in story.handoff.commitments if c.open} == {Promise.MEET, Promise.PREPARE}


def test_a_decline_without_a_reason_is_followed_up(story: Story) -> None:
    story.offered()
    story.outlook("declined")

    story.until(at(3, 10))

    assert story.owed(Promise.REASON).reached is Step.BREACH
    assert any(
        c.about == story.owed(Promise.REASON).n
        for c in story.handoff.commitments
        if c.what is Promise.DECIDE
    )


def test_an_invitation_that_outlook_does_not_send_is_said_once(story: Story) -> None:
    story.booked()

    story.later(minutes=30)
    assert Invite in story.jobs()
    assert story.alerted() == {"quinn"}
    story.later(minutes=30)
    assert Invite in story.jobs()
    assert story.alerted() == set()
    story.until(THURSDAY.start)
    assert (story.state, story.handoff.rep) == (State.QUALIFIED, None)


def test_leads_not_handed_over_come_as_one_list(story: Story) -> None:
    story.until(at(9, 10))

    assert story.jobs() == {ShowMine}
    assert {one for one in story.effects if isinstance(one, ShowMine)} == {
        ShowMine("quinn"),
        ShowMine("mara"),
    }
    assert story.owed(Promise.DECIDE, "mara").about == story.owed(Promise.BOOK).n
    story.until(at(9, 12))
    assert story.effects == [ShowMine("helen")], "nor does it stop with her"


# --- What a manager decides is one thing, and what else the rep does leaves it open -----------


@pytest.fixture
def strict(policy_in_force: Policy) -> Story:
    """Where managers decide about introductions that are not answered, too."""
    clocks = policy_in_force.clocks
    replies = replace(clocks[Promise.REPLY], escalate=True)
    return Story(replace(policy_in_force, clocks={**clocks, Promise.REPLY: replies}))


def test_a_next_step_does_not_take_from_the_manager_what_was_never_said(story: Story) -> None:
    """Rita has not said how the meeting went; to plan a call is no answer to that."""
    story.accepted()
    story.until(THURSDAY.end)
    story.until(at(6, 17))
    outcome = story.owed(Promise.OUTCOME)
    assert story.owed(Promise.DECIDE, "mara").about == outcome.n

    gallery.call(story)

    assert story.owed(Promise.DECIDE, "mara").about == outcome.n


def test_whoever_accepts_still_owes_the_manager_the_answer_to_the_introduction(
    strict: Story,
) -> None:
    story = strict.offered()
    gallery.introduced(story)
    story.until(at(3, 17))
    both = {c.about for c in story.handoff.commitments if c.open and c.what is Promise.DECIDE}
    assert both == {story.owed(Promise.ANSWER).n, story.owed(Promise.REPLY).n}
    decide = partial(deciding.extend, by="mara", at=story.at, hours=4, reason="She is ill")

    story.outlook("accepted")

    assert story.owed(Promise.DECIDE, "mara").about == story.owed(Promise.REPLY).n
    assert story.do(decide)
    assert story.handoff.owed(Promise.DECIDE) is None
    assert story.owed(Promise.REPLY).rings_at


def test_nobody_decides_about_an_answer_that_nobody_waits_for_any_more(strict: Story) -> None:
    """The meeting is over, and with it the answer to the introduction."""
    story = strict.accepted()
    gallery.introduced(story)
    story.until(at(3, 17))
    assert story.owed(Promise.DECIDE, "mara").about == story.owed(Promise.REPLY).n

    story.until(THURSDAY.end)

    assert story.handoff.owed(Promise.DECIDE) is None
    assert Show("mara", story.handoff.id) in story.effects, "her card says so"
