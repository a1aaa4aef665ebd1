"""A rep leaves: clocks wait, and the rep is asked once who takes what they will miss."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff import (
    absence,
    answering,
    changing,
    deadlines,
    deciding,
    delivery,
    following,
    giving,
    letters,
    meeting_outcome,
    outage,
    proposing,
    sending,
    slots,
    writing,
)
from handoff.draft import AWAY, THERE_AFTER_ALL, YES_SINCE, Draft
from handoff.effects import AcceptMeeting, CancelMeeting, ChangeRep, FindStandIns, Show
from handoff.errors import MovedOnError, NotOfferedError, NotYoursError
from handoff.hours import OPEN_END, Span
from handoff.model import PROSPECT, Ending, MeetingOutcome, State, Step
from handoff.policy import Policy, Promise
from tests.handoff.conftest import THURSDAY, Story


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A day of March 2026 in Madrid, before the clocks change."""
    return datetime(2026, 3, day, tzinfo=UTC) + timedelta(hours=hour - 1, minutes=minute)


def away(story: Story, *spans: Span) -> bool:
    """Rita's absences are these now; whether anything follows."""
    rita = story.people["rita"]
    story.people = {**story.people, "rita": replace(rita, hours=replace(rita.hours, away=spans))}
    story.case = replace(story.case, people=story.people)
    return story.do(lambda case: absence.changed(case, at=story.at))


def free(story: Story, *reps: str) -> None:
    story.do(lambda case: deciding.stand_ins_found(case, at=story.at, reps=reps))


DAY_OFF = Span(at(5, 0), at(6, 0))
DENTIST = Span(at(5, 9), at(5, 10, 15))


def test_an_absence_over_the_meeting_is_asked_about_once(story: Story) -> None:
    story.accepted()

    assert away(story, DAY_OFF)
    assert story.said()[-1] == "asked_who_takes_it"
    assert FindStandIns in story.jobs()
    assert story.alerted() == {"rita"}
    assert away(story, replace(DAY_OFF, end=at(7, 0))), "it grew, and the card says so"
    assert story.alerted() == set()
    assert not away(story, replace(DAY_OFF, end=at(7, 0)))
    assert story.said().count("asked_who_takes_it") == 1


def test_automatic_replies_until_further_notice_cover_every_meeting(story: Story) -> None:
    story.offered()

    assert away(story, Span(story.at, OPEN_END))

    assert story.handoff.leave == Span(story.at, OPEN_END)


@pytest.mark.parametrize(
    ("span", "why"),
    [
        (Span(at(2, 11), at(2, 12)), "an hour of today"),
        (Span(at(5, 11), at(9, 0)), "it begins after the meeting"),
        (Span(at(3, 0), at(5, 0)), "back in time for the meeting, and to answer"),
    ],
)
def test_an_absence_that_misses_nothing_is_not_asked_about(
    story: Story, span: Span, why: str
) -> None:
    story.offered()

    away(story, span)

    assert story.handoff.leave is None, why


def test_who_cannot_answer_in_time_is_asked_too(story: Story) -> None:
    """Back an hour before the meeting, when it is too late to pass it on."""
    story.offered(Span(at(3, 16), at(3, 16, 30)))

    assert away(story, Span(at(2, 10), at(3, 15)))

    assert story.handoff.leave


def test_the_clock_stops_as_soon_as_it_is_known(story: Story) -> None:
    story.offered()
    assert story.owed(Promise.ANSWER).due_at == at(2, 14)

    away(story, Span(at(2, 11), at(3, 11)))

    assert story.owed(Promise.ANSWER).due_at == at(3, 14), "one hour used, three left"
    assert "clock_waited" in story.said()
    assert not story.until(at(2, 16))


def test_giving_it_away_keeps_the_time_and_blames_nobody(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    free(story, "ravi")

    story.do(lambda case: absence.pass_on(case, by="rita", at=story.at, rep="ravi"))

    handoff = story.handoff
    assert (story.state, handoff.rep, handoff.owner) == (State.BOOKING, "ravi", "quinn")
    assert handoff.meeting
    assert handoff.meeting.span == THURSDAY
    assert ChangeRep in story.jobs()
    assert CancelMeeting not in story.jobs()
    meet = handoff.last(Promise.MEET)
    assert meet
    assert meet.ending is Ending.RELEASED
    assert handoff.leave is None
    story.offered()
    assert story.owed(Promise.ANSWER).who == "ravi"


def test_keeping_it_ends_the_question_and_nothing_else(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)

    story.do(lambda case: absence.keep(case, by="rita", at=story.at))

    assert story.state is State.ACCEPTED
    assert story.owed(Promise.MEET).who == "rita"
    with pytest.raises(MovedOnError):
        absence.keep(story.case, by="rita", at=story.at)


def test_coming_back_early_ends_the_question(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)

    assert away(story)

    assert story.handoff.leave is None


def test_only_the_rep_decides_and_only_for_whom_is_free(story: Story) -> None:
    story.accepted()
    with pytest.raises(MovedOnError):
        absence.keep(story.case, by="rita", at=story.at)
    away(story, DAY_OFF)
    free(story, "ravi")

    with pytest.raises(NotYoursError):
        absence.pass_on(story.case, by="ravi", at=story.at, rep="ravi")
    with pytest.raises(NotOfferedError):
        absence.pass_on(story.case, by="rita", at=story.at, rep="helen")


def rings(story: Story) -> list[datetime]:
    """When it would be its qualifier's to decide."""
    found = (one for c in story.handoff.commitments if c.open for one in c.alarms)
    return [one.at for one in found if one.step is Step.UNTAKEN]


@pytest.mark.parametrize("said", [Story.offered, Story.accepted])
def test_a_meeting_that_nobody_takes_is_its_qualifiers_while_somebody_can_be_found(
    story: Story, said: Callable[[Story], None]
) -> None:
    """Two hours of Quinn's before it is two hours to the meeting at 10:00 on Thursday."""
    said(story)
    away(story, DAY_OFF)
    free(story)
    assert rings(story) == [at(4, 15)]

    story.until(at(4, 15))

    assert story.state is State.SENT_BACK
    assert story.alerted() == {"quinn"}
    assert story.handoff.reason == AWAY
    assert story.handoff.owed(Promise.REWORK)
    ended = {c.what: c.ending for c in story.handoff.commitments if c.who == "rita"}
    asked = Ending.MISSED if said is Story.offered else Ending.KEPT  # at work, she had till Monday
    assert ended[Promise.ANSWER] is asked, "nothing more counts against her"
    story.until(at(4, 17))
    assert "mara" in story.alerted(), "her manager hears that nobody decides"


def test_who_keeps_it_has_it_to_the_end(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.do(lambda case: absence.keep(case, by="rita", at=story.at))
    assert rings(story) == []

    away(story)
    away(story, DAY_OFF)
    assert len(rings(story)) == 1, "another absence: asked anew"


def test_what_is_noticed_too_late_for_anybody_is_told_to_its_qualifier_at_once(
    story: Story,
) -> None:
    story.accepted()
    story.until(at(5, 9, 40))
    away(story, Span(at(5, 9, 30), at(6, 0)))
    assert rings(story) == []
    assert story.alerted() == {"rita", "quinn"}


@pytest.mark.parametrize("before", [21, 35, 44])
def test_who_falls_ill_shortly_before_it_leaves_somebody_the_time_to_tell_the_prospect(
    story: Story, before: int
) -> None:
    """Half an hour to say who takes it is not left; what there is of it is hers."""
    story.accepted()
    story.until(THURSDAY.start - timedelta(minutes=before))
    away(story, Span(story.at, at(6, 0)))
    assert rings(story) == [THURSDAY.start - timedelta(minutes=20)]

    story.until(THURSDAY.start - timedelta(minutes=19))  # the sweep is late
    assert story.state is State.SENT_BACK
    assert "quinn" in story.alerted()


def test_who_is_back_in_time_has_it_to_the_end(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    away(story, Span(at(5, 14), at(6, 0)))
    assert rings(story) == []


def test_whose_absence_has_no_end_is_no_reason_to_take_it_at_once(story: Story) -> None:
    story.accepted()
    quinn = story.people["quinn"]
    off = replace(quinn.hours, away=(Span(at(2, 10), OPEN_END),))
    story.people = {**story.people, "quinn": replace(quinn, hours=off)}
    away(story, DAY_OFF)

    assert rings(story) == [at(4, 15)], "Mara's time"


def off(story: Story, who: str, *spans: Span) -> None:
    """Their absences are these, and nothing is decided by that."""
    one = story.people[who]
    story.people = {**story.people, who: replace(one, hours=replace(one.hours, away=spans))}
    story.case = replace(story.case, people=story.people)


@pytest.mark.parametrize("days", [3, 19, 60])
def test_it_is_a_managers_in_daylight_however_long_its_qualifier_is_away(
    story: Story, days: int
) -> None:
    story.accepted()
    off(story, "quinn", Span(at(5, 0) - timedelta(days=days), at(5, 9, 45)))
    away(story, DAY_OFF)

    assert rings(story) == [at(4, 15)], "Mara's time, though Quinn is back before it begins"


def test_who_has_most_of_the_time_it_takes_comes_before_a_manager_who_has_all_of_it(
    story: Story,
) -> None:
    """Mara works until 19:00, Quinn until 17:00."""
    mara = story.people["mara"]
    longer = replace(mara.hours, end=time(19))
    story.people = {**story.people, "mara": replace(mara, hours=longer)}
    story.accepted()
    story.at = at(4, 15, 5)
    away(story, DAY_OFF)
    assert rings(story) == [at(4, 15, 35)], "an hour and 25 minutes of Quinn's"

    away(story)
    story.at = at(4, 16)
    away(story, DAY_OFF)
    assert rings(story) == [at(4, 17)], "half an hour of his is too little: Mara's"


def test_a_proposal_that_nobody_settles_leaves_the_time_that_stands_to_be_decided(
    story: Story,
) -> None:
    story.accepted()
    proposes(story, at(6, 10))
    away(story, DAY_OFF)
    settle = story.owed(Promise.SETTLE)
    story.until(settle.due_at)
    story.until(story.owed(Promise.DECIDE).due_at)

    [ring] = rings(story)
    story.until(ring)

    assert story.state is State.SENT_BACK


def test_who_accepts_though_away_keeps_it(story: Story) -> None:
    story.offered()
    away(story, DAY_OFF)

    story.do(lambda case: answering.accept(case, by="rita", at=story.at))

    assert story.handoff.leave_kept
    assert rings(story) == []


def test_what_is_noticed_late_leaves_her_time_to_say_and_him_time_to_act(story: Story) -> None:
    story.accepted()
    story.until(at(5, 9))
    away(story, DAY_OFF)
    assert rings(story) == [at(5, 9, 30)]
    story.do(lambda case: deciding.stand_ins_found(case, at=story.at, reps=()))
    assert rings(story) == [at(5, 9, 30)], "and not later with each change"


@pytest.mark.parametrize(
    ("noticed", "start", "leave", "rung"),
    [
        (at(4, 14, 45), at(5, 10), DAY_OFF, at(4, 15, 15)),
        (at(3, 21), at(4, 13), Span(at(4, 12, 30), at(4, 15)), at(4, 9, 30)),
        (at(4, 14, 45), at(5, 10), Span(at(4, 14, 45), at(6, 0)), at(4, 15)),
    ],
    ids=["minutes before", "in the night before", "she is away already"],
)
def test_who_was_only_just_asked_has_half_an_hour_at_work_to_say(
    story: Story, noticed: datetime, start: datetime, leave: Span, rung: datetime
) -> None:
    story.offered(Span(start, start + timedelta(minutes=30)))
    story.at += timedelta(minutes=30)
    story.outlook("accepted")
    story.at = noticed

    away(story, leave)

    assert rings(story) == [rung]
    story.at += timedelta(minutes=10)
    free(story)
    assert rings(story) == [rung], "and not later with each change"


def test_where_nobody_could_do_anything_before_it_begins_it_stays_hers(story: Story) -> None:
    story.offered(Span(at(3, 9), at(3, 9, 30)))
    story.until(at(2, 19))

    away(story, Span(at(3, 0), at(4, 0)))

    assert story.handoff.leave
    assert rings(story) == []


def test_a_meeting_that_is_moved_into_an_absence_is_asked_about_whatever_was_said_before(
    story: Story,
) -> None:
    story.accepted()
    away(story, Span(at(4, 0), at(6, 0)))
    story.do(lambda case: absence.keep(case, by="rita", at=story.at))

    story.outlook("none", span=Span(at(4, 16), at(4, 16, 30)))

    assert not story.handoff.leave_kept, "she kept Thursday, and not this"
    assert story.said()[-1] == "asked_who_takes_it"
    assert len(rings(story)) == 1


def test_who_says_yes_in_outlook_after_being_asked_keeps_it(story: Story) -> None:
    story.offered()
    away(story, DAY_OFF)
    story.outlook("accepted")
    assert story.handoff.leave_kept
    assert rings(story) == []


def test_a_yes_in_outlook_of_before_she_was_asked_keeps_nothing(story: Story) -> None:
    """Baton reads it later than her absence."""
    story.offered()
    before = story.at
    story.at += timedelta(minutes=10)
    away(story, DAY_OFF)
    story.at += timedelta(minutes=10)
    story.outlook("accepted", at=before + timedelta(minutes=1))

    assert story.state is State.ACCEPTED
    assert not story.handoff.leave_kept
    assert len(rings(story)) == 1, "asked on"


def test_a_yes_ends_the_question_of_who_cannot_answer_in_time(story: Story) -> None:
    story.offered()
    away(story, Span(story.at, at(5, 9, 30)))
    assert story.handoff.leave

    story.do(lambda case: answering.accept(case, by="rita", at=story.at))

    assert story.handoff.leave is None
    assert rings(story) == []


def test_who_is_not_sure_any_more_keeps_it_no_more(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.do(lambda case: absence.keep(case, by="rita", at=story.at))
    story.at += timedelta(hours=1)

    story.outlook("tentativelyAccepted")

    assert not story.handoff.leave_kept
    assert story.said()[-1] == "asked_who_takes_it"
    assert len(rings(story)) == 1
    story.do(lambda case: answering.accept(case, by="rita", at=story.at))
    assert story.handoff.leave_kept


def test_what_she_keeps_is_not_asked_about_again_where_it_was_moved_there_and_back(
    story: Story,
) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.do(lambda case: absence.keep(case, by="rita", at=story.at))
    story.outlook("none", span=Span(at(5, 11), at(5, 11, 30)))
    asked = story.said().count("asked_who_takes_it")

    story.outlook("none", span=THURSDAY)

    assert story.handoff.leave_kept
    assert story.said().count("asked_who_takes_it") == asked
    assert rings(story) == []


@pytest.mark.parametrize("off_for_a_while", [False, True])
def test_a_time_that_outlook_does_not_take_leaves_her_what_she_kept(
    story: Story, *, off_for_a_while: bool
) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.do(lambda case: absence.keep(case, by="rita", at=story.at))
    friday = at(6, 10)
    moved(story, friday)
    assert not story.handoff.leave_kept, "she is there on Friday"
    if off_for_a_while:
        away(story)
        away(story, DAY_OFF)

    story.do(lambda case: proposing.not_moved(case, at=story.at))

    assert story.handoff.leave_kept is not off_for_a_while, "another absence: asked anew"


def moved(story: Story, start: datetime) -> None:
    """By whoever settles it, to a time that she proposes; Outlook has yet to be told."""
    proposes(story, start)
    story.do(lambda case: proposing.move_meeting(case, by="quinn", at=story.at))


def proposes(story: Story, start: datetime) -> None:
    story.do(lambda case: proposing.ask_other_times(case, by="rita", at=story.at))
    story.do(lambda case: proposing.other_times_found(case, at=story.at, times=(start,)))
    story.do(lambda case: proposing.propose(case, by="rita", at=story.at, start=start))


def test_who_keeps_the_time_though_she_proposed_another_is_asked_no_more(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    proposes(story, at(6, 10))

    story.do(lambda case: proposing.withdraw(case, by="rita", at=story.at))

    assert story.handoff.leave_kept
    assert rings(story) == []


def test_an_absence_over_a_time_that_she_wants_moved_is_told_by_no_new_card(story: Story) -> None:
    story.accepted()
    proposes(story, at(6, 10))

    away(story, DAY_OFF)

    assert "rita" not in story.alerted(), "nothing is asked of her while that is open"
    assert len(rings(story)) == 1
    story.do(lambda case: proposing.keep_time(case, by="quinn", at=story.at))
    assert "rita" in story.alerted()


def test_another_time_that_she_proposed_is_not_taken_for_silence(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    proposes(story, at(6, 10))
    settle = story.owed(Promise.SETTLE)
    assert rings(story) == [at(4, 15)], "not before it was to be settled"
    assert settle.due_at < at(4, 15)

    story.do(lambda case: proposing.keep_time(case, by="quinn", at=story.at))
    assert len(rings(story)) == 1, "asked on"


def test_a_proposal_puts_it_off_no_further_than_somebody_can_still_be_found(story: Story) -> None:
    """She proposes late: what is to be settled by two hours before it begins leaves no time."""
    story.accepted()
    away(story, DAY_OFF)
    assert rings(story) == [at(4, 15)]
    story.at = at(4, 14)
    friday = at(6, 10)
    story.do(lambda case: proposing.ask_other_times(case, by="rita", at=story.at))
    story.do(lambda case: proposing.other_times_found(case, at=story.at, times=(friday,)))
    story.do(lambda case: proposing.propose(case, by="rita", at=story.at, start=friday))

    assert story.owed(Promise.SETTLE).due_at > at(4, 15)
    assert rings(story) == [at(4, 15)]


def test_who_could_not_answer_in_time_and_proposes_has_answered(story: Story) -> None:
    story.offered()
    story.at = at(2, 17, 30)
    away(story, Span(at(3, 0), at(5, 9, 30)))
    assert len(rings(story)) == 1
    friday = at(6, 10)
    story.do(lambda case: proposing.ask_other_times(case, by="rita", at=story.at))
    story.do(lambda case: proposing.other_times_found(case, at=story.at, times=(friday,)))
    story.do(lambda case: proposing.propose(case, by="rita", at=story.at, start=friday))

    assert story.handoff.leave is None
    assert rings(story) == []


@pytest.mark.parametrize("said", [Story.offered, Story.accepted])
def test_a_proposal_takes_no_time_from_a_manager_whose_qualifier_is_away(
    story: Story, said: Callable[[Story], None]
) -> None:
    said(story)
    quinn = story.people["quinn"]
    off = replace(quinn.hours, away=(Span(at(2, 10), at(6, 0)),))
    story.people = {**story.people, "quinn": replace(quinn, hours=off)}
    away(story, DAY_OFF)
    before = rings(story)
    proposes(story, at(6, 10))

    assert rings(story) == before


def test_what_is_noticed_as_the_week_ends_waits_for_the_next_one(story: Story) -> None:
    monday = Span(at(9, 12), at(9, 12, 30))
    story.offered(monday)
    story.outlook("accepted")
    story.until(at(6, 18, 10))

    away(story, Span(at(6, 18), at(10, 0)))

    assert rings(story) == [at(9, 9)], "nobody reads it before, and she may say so till then"


def test_where_her_qualifier_is_away_too_a_manager_decides(story: Story) -> None:
    story.accepted()
    quinn = story.people["quinn"]
    off = replace(quinn.hours, away=(Span(at(2, 10), at(6, 0)),))
    story.people = {**story.people, "quinn": replace(quinn, hours=off)}
    away(story, DAY_OFF)
    [ring] = rings(story)

    story.until(ring)

    assert story.handoff.owed(Promise.DECIDE, "mara")
    assert "mara" in story.alerted()

    # He is back sooner than he said; she talks to him when what he had is over.
    story.people = {**story.people, "quinn": quinn}
    story.case = replace(story.case, people=story.people)
    story.at = at(5, 9)
    story.do(lambda case: deciding.talk(case, by="mara", at=story.at))

    assert story.owed(Promise.REWORK).due_at > story.at, "and it is not left without a clock"


def test_that_she_is_there_after_all_is_read_by_whoever_decides(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.until(rings(story)[0])
    assert story.state is State.SENT_BACK

    assert away(story)

    assert story.handoff.trouble == THERE_AFTER_ALL
    assert story.alerted() == {"quinn"}
    assert not away(story), "once"


@pytest.mark.parametrize("how", ["in Teams", "in Outlook"])
def test_who_could_merely_not_answer_in_time_and_says_yes_is_asked_no_more(
    story: Story, how: str
) -> None:
    """From tomorrow on she is away until half an hour before it begins."""
    story.offered()
    story.at = at(2, 17, 30)
    away(story, Span(at(3, 0), at(5, 9, 30)))
    assert rings(story) == [at(4, 15)]

    story.at += timedelta(hours=1)
    if how == "in Teams":
        story.do(lambda case: answering.accept(case, by="rita", at=story.at))
        assert rings(story) == []
    story.outlook("accepted")

    assert story.state is State.ACCEPTED
    assert (story.handoff.leave, story.handoff.leave_kept) == (None, False)
    assert rings(story) == []


def test_a_yes_that_outlook_has_yet_to_show_is_looked_at_again_whatever_else_rings(
    story: Story,
) -> None:
    """She says yes, notes the day off, and no sweep runs until ten minutes before it begins."""
    story.offered()
    story.at = at(4, 14, 30)
    story.do(lambda case: answering.accept(case, by="rita", at=story.at))
    away(story, DAY_OFF)
    assert len(rings(story)) == 1

    story.at = at(5, 9, 50)
    story.do(lambda case: deadlines.deadline(case, at=story.at))

    assert story.state is State.ACCEPTING
    assert AcceptMeeting in story.jobs()
    assert story.owed(Promise.ANSWER).alarms, "and again, until Outlook says so"


def test_who_is_still_away_when_it_is_too_late_to_pass_it_on_is_decided_about(
    story: Story,
) -> None:
    story.at = at(4, 16, 40)
    story.offered()
    away(story, Span(story.at, at(5, 9, 45)))
    [ring] = rings(story)
    assert ring > THURSDAY.start - timedelta(hours=2)

    story.until(ring)

    assert story.state is State.SENT_BACK
    assert story.alerted() == {"quinn"}


@pytest.mark.parametrize(
    ("kept", "now", "asks"),
    [
        (DENTIST, (DENTIST, Span(at(4, 14), at(14, 0))), True),
        (Span(at(2, 17), OPEN_END), (Span(at(2, 17), at(14, 0)),), True),
        (Span(at(4, 0), at(14, 0)), (DAY_OFF,), False),
        (DAY_OFF, (Span(at(5, 0), at(7, 0)),), False),
        (DENTIST, (Span(DENTIST.start, at(14, 0)),), True),
        (DAY_OFF, (Span(at(4, 12), at(6, 0)),), True),
        (DENTIST, (replace(DENTIST, end=at(5, 10, 10)),), False),
        (Span(at(5, 9, 45), at(5, 17)), (Span(at(5, 9, 45), at(14, 0)),), True),
    ],
    ids=[
        "a dentist, and ten days",
        "without end, and then dated",
        "less of it",
        "a day more",
        "ill from there on",
        "from the day before",
        "back sooner",
        "from the second hour, and then for long",
    ],
)
def test_her_word_holds_for_the_absence_that_she_spoke_of(
    story: Story, kept: Span, now: tuple[Span, ...], *, asks: bool
) -> None:
    story.accepted()
    away(story, kept)
    story.do(lambda case: absence.keep(case, by="rita", at=story.at))

    away(story, *now)

    assert story.handoff.leave_kept is not asks
    assert story.said().count("asked_who_takes_it") == 1 + asks
    if not asks:
        away(story, kept)
        assert story.handoff.leave_kept, "as it was when she spoke of it"


@pytest.mark.parametrize("by", [PROSPECT, "rita"])
def test_a_time_that_the_prospect_chose_is_none_that_its_rep_has_kept(
    story: Story, by: str
) -> None:
    """After a meeting to which nobody came: from a page that was opened before she noted a week
    off, or by herself.
    """
    story.accepted()
    story.until(at(5, 10, 31))
    absent = MeetingOutcome.PROSPECT_ABSENT
    story.do(partial(meeting_outcome.how_it_went, by="rita", at=story.at, outcome=absent))
    then, to = at(11, 10), letters.recipient(story.handoff.lead)
    read = partial(writing.rebook, words="Hello Ines", start=THURSDAY.start, to=to)
    story.do(partial(read, by="rita", at=story.at))
    n = story.handoff.letters[-1].n
    story.do(partial(sending.sent, at=story.at, n=n, message="<m@halden.example>"))
    story.do(partial(changing.prospect_looks, at=story.at))
    story.do(partial(proposing.other_times_found, at=story.at, times=(then,)))
    away(story, Span(at(9, 0), at(14, 0)))
    story.do(partial(changing.prospect_books, at=story.at, start=then))
    if by == "rita":
        assert story.handoff.search
        own = replace(story.handoff.search, rule="")
        story.case = replace(story.case, handoff=replace(story.handoff, search=own))

    story.offered()

    assert story.handoff.leave
    assert story.handoff.leave_kept is (by == "rita")
    assert ("asked_who_takes_it" in story.said()) is (by == PROSPECT)


@pytest.mark.parametrize("start", [at(5, 9), at(5, 19)], ids=["her first hour", "after work"])
def test_who_is_back_before_it_is_there_at_whatever_hour_it_begins(
    story: Story, start: datetime
) -> None:
    story.offered(Span(start, start + timedelta(minutes=30)))
    story.outlook("accepted")
    away(story, Span(at(4, 12), at(5, 23)))
    story.until(rings(story)[0])
    assert story.state is State.SENT_BACK
    story.at = at(4, 17)

    away(story)

    assert story.handoff.trouble == THERE_AFTER_ALL
    story.at = start - timedelta(minutes=10)
    away(story, Span(start - timedelta(minutes=15), start))
    assert story.handoff.trouble == THERE_AFTER_ALL, "what ends as it begins takes nothing back"


def test_what_rings_too_late_for_anybody_leaves_it_where_it_is(story: Story) -> None:
    """No sweep ran until five minutes before it begins; its qualifier hears of it."""
    story.accepted()
    away(story, DAY_OFF)
    assert story.handoff.meeting
    coming = replace(story.handoff.meeting, prospect="accepted")
    story.case = replace(story.case, handoff=replace(story.handoff, meeting=coming))
    story.at = at(5, 9, 55)

    story.do(lambda case: deadlines.deadline(case, at=story.at))

    assert story.state is State.ACCEPTED
    assert story.alerted() == {"quinn"}


def test_who_is_offered_a_meeting_that_they_will_miss_is_asked_at_once(story: Story) -> None:
    """A qualifier has sent it to who is away then."""
    away(story, DAY_OFF)
    story.offered()
    assert story.handoff.leave == DAY_OFF
    assert len(rings(story)) == 1


@given(
    name=st.text(min_size=1),
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    hours=st.integers(1, 200),
)
def test_every_mailbox_has_a_moment_of_its_own_in_each_interval(
    name: str, moment: datetime, hours: int
) -> None:
    every = timedelta(hours=hours)

    first = slots.after(name, moment, every)

    assert moment < first <= moment + every
    assert slots.after(name, first, every) == first + every, "and then each interval"


def test_what_is_done_together_shares_a_moment_and_each_moment_has_its_share() -> None:
    noon, half = datetime(2026, 3, 4, 12, tzinfo=UTC), timedelta(hours=12)
    moments = [slots.after(f"mailbox {n}", noon, half, 12) for n in range(1_200)]

    assert len(set(moments)) == 12
    assert {at.minute for at in moments} == {0}
    assert max(moments.count(at) for at in set(moments)) < 150


def test_ten_thousand_moments_make_no_crowd() -> None:
    day = timedelta(days=1)
    seconds = [slots.slot(f"mailbox {n}", day) for n in range(10_000)]

    assert max(seconds.count(s) for s in set(seconds)) < 6, "renewals due in the same second"


def proposes_and_it_is_kept(story: Story) -> None:
    proposes(story, at(6, 10))
    story.at += timedelta(hours=1)
    story.do(lambda case: proposing.keep_time(case, by="quinn", at=story.at))


def is_unsure(story: Story) -> None:
    story.outlook("accepted")
    story.at += timedelta(hours=1)
    story.outlook("tentativelyAccepted")


@pytest.mark.parametrize("is_asked_anew", [proposes_and_it_is_kept, is_unsure])
def test_who_is_asked_anew_and_cannot_answer_in_time_is_asked_who_takes_it(
    story: Story, is_asked_anew: Callable[[Story], None]
) -> None:
    """She is away from Wednesday on until half an hour before it begins."""
    story.offered()
    story.at = at(3, 17, 10)
    away(story, Span(at(4, 0), at(5, 9, 30)))
    is_asked_anew(story)

    assert story.state is State.OFFERED
    assert story.handoff.leave
    assert rings(story) == [at(4, 15)]


def test_who_decides_by_then_is_whom_it_rings_for(story: Story) -> None:
    """Mara, in New York, would have: Quinn is back, and has all of his Wednesday."""
    story.accepted()
    quinn, mara = story.people["quinn"], story.people["mara"]
    off = replace(quinn.hours, away=(Span(at(2, 10), at(6, 0)),))
    far = replace(mara.hours, zone="America/New_York")
    story.people = {
        **story.people,
        "quinn": replace(quinn, hours=off),
        "mara": replace(mara, hours=far),
    }
    away(story, Span(at(4, 12), at(6, 0)))
    [hers] = rings(story)
    assert hers.hour >= 18

    story.people = {**story.people, "quinn": quinn}
    story.case = replace(story.case, people=story.people)
    story.do(lambda case: absence.changed(case, at=story.at))

    assert rings(story) == [at(4, 15)]


@pytest.mark.parametrize("before", [True, False], ids=["after a yes", "as she is there"])
def test_who_has_said_no_since_is_not_there_after_all(story: Story, *, before: bool) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.until(rings(story)[0])
    story.at += timedelta(minutes=5)
    if before:
        story.outlook("accepted")
        assert story.handoff.trouble == YES_SINCE
    else:
        away(story)
        assert story.handoff.trouble == THERE_AFTER_ALL
    story.at += timedelta(minutes=5)

    assert story.outlook("declined")
    away(story)

    assert story.handoff.trouble is None


def lives_in(story: Story, zone: str, *who: str) -> None:
    for one in who:
        person = story.people[one]
        there = replace(person.hours, zone=zone)
        story.people = {**story.people, one: replace(person, hours=there)}
    story.case = replace(story.case, people=story.people)


def test_whose_absence_is_over_when_no_work_is_left_to_answer_is_decided_about(
    story: Story,
) -> None:
    """She is away until six on the eve, and those who decide are in New York."""
    lives_in(story, "America/New_York", "quinn", "mara")
    story.at = at(4, 15, 30)
    story.offered(Span(at(5, 9), at(5, 9, 30)))
    story.at = at(4, 15, 40)
    away(story, Span(at(4, 15, 40), at(4, 18)))
    [ring] = rings(story)
    assert ring > at(4, 18)

    story.until(ring)

    assert story.state is State.SENT_BACK
    assert story.alerted() & {"quinn", "mara"}


def test_who_shortens_their_leave_to_before_the_meeting_is_there_after_all(story: Story) -> None:
    """It begins in her first hour, and until midnight she is on leave."""
    story.offered(Span(at(5, 9), at(5, 9, 30)))
    story.outlook("accepted")
    away(story, Span(at(4, 12), at(5, 12)))
    story.until(rings(story)[0])

    away(story, Span(at(4, 12), at(5, 0)))

    assert story.handoff.trouble == THERE_AFTER_ALL


@pytest.mark.parametrize("news", ["she is there", "she says yes"])
def test_a_manager_who_decides_reads_that_she_is_there_after_all(story: Story, news: str) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.until(rings(story)[0])
    story.until(story.owed(Promise.REWORK).due_at)
    assert story.owed(Promise.DECIDE).who == "mara"

    if news == "she is there":
        away(story)
    else:
        story.outlook("accepted")

    assert "mara" in {one.person for one in story.effects if isinstance(one, Show)}


def test_who_is_back_at_work_answers_for_themselves(story: Story) -> None:
    """Nothing was left of the time to answer; fifteen minutes before it begins she is there."""
    story.at = at(4, 16, 40)
    story.offered()
    away(story, Span(story.at, at(5, 9, 45)))
    assert story.handoff.leave
    story.at = at(5, 9, 50)

    away(story, Span(at(4, 16, 40), at(5, 9, 45)), Span(at(20, 9), at(20, 10)))

    assert story.handoff.leave is None


def test_where_a_policy_takes_no_time_to_find_somebody_it_rings_before_it_begins(
    policy_in_force: Policy,
) -> None:
    story = Story(replace(policy_in_force, reassign=timedelta()))
    story.accepted()

    away(story, Span(at(2, 10), at(14, 0)))

    assert all(ring < THURSDAY.start for ring in rings(story))


def test_that_they_keep_it_is_no_answer_where_one_is_owed(story: Story) -> None:
    story.offered()
    story.at = at(2, 17, 30)
    away(story, Span(at(3, 0), at(5, 9, 30)))

    with pytest.raises(MovedOnError):
        absence.keep(story.case, by="rita", at=story.at)


def test_nobody_invites_again_for_whom_there_is_no_rep(story: Story) -> None:
    with pytest.raises(MovedOnError):
        answering.invite_again(story.case, by="quinn", at=story.at)


def test_a_yes_of_her_mailbox_while_she_is_away_is_none_of_hers_since(story: Story) -> None:
    story.accepted()
    away(story, Span(at(4, 12), at(6, 0)))
    story.until(rings(story)[0])
    assert story.state is State.SENT_BACK
    story.at += timedelta(minutes=5)

    assert not story.outlook("accepted")
    assert story.handoff.trouble is None


def test_who_is_away_hears_of_it_once_and_not_again_in_the_night(story: Story) -> None:
    """Her replies are on until further notice: what is said again waits for her hours."""
    story.offered()
    away(story, Span(story.at, OPEN_END))
    rita = story.people["rita"]
    assert delivery.quiet_until(story.case, rita, story.at) is None, "the question"

    assert delivery.quiet_until(story.case, rita, at(3, 1, 48)) == at(3, 9)


def test_for_whom_is_away_without_an_end_no_clock_runs_at_night(story: Story) -> None:
    rita = replace(story.people["rita"].hours, away=(Span(at(2, 10), OPEN_END),))

    assert rita.after(at(2, 15), timedelta(hours=4)) == at(3, 11), "two of today, two of tomorrow"


def test_who_is_away_still_is_not_there_after_all_for_any_news(story: Story) -> None:
    """It went back for she could not answer: until a quarter of an hour before it she is away."""
    story.offered()
    story.at = at(2, 17, 30)
    gone = Span(at(3, 0), at(5, 9, 45))
    away(story, gone)
    story.until(rings(story)[0])
    assert story.state is State.SENT_BACK

    away(story, gone, Span(at(20, 9), at(20, 10)))
    assert story.handoff.trouble is None

    away(story)
    assert story.handoff.trouble == THERE_AFTER_ALL


def test_a_no_from_before_she_is_there_counts_as_well(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.until(rings(story)[0])
    story.at += timedelta(minutes=5)

    assert story.outlook("declined")
    away(story)

    assert story.handoff.trouble is None


def test_who_is_back_early_has_their_hours_and_not_all_the_time_they_would_have_been_away(
    story: Story,
) -> None:
    """Her replies were on by mistake, or she is well again on the next morning."""
    story.offered()
    away(story, Span(story.at, at(5, 9, 30)))
    assert story.owed(Promise.ANSWER).due_at > at(5, 9)
    story.at = at(3, 9)

    away(story)

    assert story.handoff.leave is None
    asked = story.owed(Promise.ANSWER)
    assert asked.due_at == at(3, 13), "four hours, as ever"
    assert asked.missed_at is None
    story.until(at(3, 13))
    assert story.owed(Promise.DECIDE).who == "mara"


@pytest.mark.parametrize("was", [(), (Span(at(4, 17, 5), at(5, 7, 55)),)], ids=["gone", "over"])
def test_who_turns_their_replies_off_in_the_morning_is_asked_no_more(
    story: Story, was: tuple[Span, ...]
) -> None:
    """They were on without an end, and a holiday stands in her calendar."""
    story.at = at(4, 16, 45)
    story.offered()
    holiday = Span(at(26, 0), at(31, 0))
    story.at = at(4, 17, 5)
    away(story, Span(story.at, OPEN_END), holiday)
    assert story.handoff.leave
    story.at = at(5, 7, 55)

    away(story, *was, holiday)

    assert story.handoff.leave is None
    assert rings(story) == []


def test_a_few_minutes_are_no_time_to_answer(story: Story) -> None:
    """It is offered five minutes before she goes, until half an hour before it begins."""
    story.at = at(4, 11, 55)
    story.offered()

    away(story, Span(at(4, 12), at(5, 9, 30)))

    assert story.handoff.leave
    assert rings(story) == [at(4, 15)]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ((Span(at(2, 10, 5), at(2, 15)), Span(at(2, 16), at(5, 9, 30))), at(2, 16)),
        ((Span(at(2, 10, 5), at(2, 15)), Span(at(4, 0), at(5, 9, 30))), at(3, 11)),
        ((Span(at(2, 10, 5), at(2, 15)),), at(3, 11)),
    ],
    ids=["begins later", "begins on another day", "gone"],
)
def test_a_due_time_does_not_stay_where_an_absence_had_moved_it(
    story: Story, now: tuple[Span, ...], due: datetime
) -> None:
    """Until three she was said to be away to the end; then it turns out that she is not."""
    story.offered()
    story.at = at(2, 10, 5)
    away(story, Span(story.at, at(5, 9, 30)))
    assert story.owed(Promise.ANSWER).due_at > at(5, 9, 30)
    story.at = at(2, 15)

    away(story, *now)

    assert story.handoff.leave is None
    asked = story.owed(Promise.ANSWER)
    assert asked.due_at == due
    story.until(due)
    assert story.owed(Promise.DECIDE).who == "mara"


def test_what_a_manager_gave_stays_however_absences_change(story: Story) -> None:
    story.offered()
    n = story.owed(Promise.ANSWER).n
    more = partial(deciding.extend_early, by="mara", n=n, hours=4, reason="A fair")
    story.do(partial(more, at=story.at))
    given = story.owed(Promise.ANSWER).due_at
    assert given == at(3, 10)
    away(story, Span(at(2, 15), at(2, 16)))
    assert story.owed(Promise.ANSWER).due_at == at(3, 11)

    story.at = at(2, 11)
    away(story)

    assert story.owed(Promise.ANSWER).due_at >= given


def test_no_answer_is_due_after_the_meeting_for_that_nothing_ran(story: Story) -> None:
    """On a Saturday; Baton is down as she goes on leave, and until Friday evening."""
    saturday = at(7, 10)
    story.offered(Span(saturday, saturday + timedelta(minutes=30)))
    down, up = at(2, 13, 30), at(6, 18)
    off(story, "rita", Span(at(2, 13, 30), at(6, 17)))
    story.at = up

    story.do(partial(outage.excuse, since=down, at=up))

    assert story.owed(Promise.ANSWER).due_at <= saturday


def test_what_should_have_rung_is_not_put_off_by_news(story: Story) -> None:
    """The sweep is late, and Outlook is quicker."""
    story.accepted()
    away(story, DAY_OFF)
    assert rings(story) == [at(4, 15)]
    story.at = at(4, 15, 5)

    away(story, replace(DAY_OFF, end=at(7, 0)))
    free(story)

    assert rings(story) == [at(4, 15)]


def test_what_should_have_rung_of_another_time_does_not_ring_for_this_one(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF, Span(at(10, 0), at(11, 0)))
    story.at = at(4, 15, 5)

    story.outlook("accepted", span=Span(at(10, 10), at(10, 10, 30)))

    assert story.state is State.ACCEPTED
    assert all(ring > at(9, 9) for ring in rings(story))


def test_what_rings_for_who_is_back_by_then_asks_them_no_more(story: Story) -> None:
    """No sweep has come until she is, in her last half hour of work before it."""
    story.at = at(4, 16, 50)
    story.offered(Span(at(5, 18), at(5, 18, 30)))
    away(story, Span(at(4, 17), at(5, 16, 30)))
    assert story.handoff.leave
    assert len(rings(story)) == 1
    story.at = at(5, 16, 40)

    story.do(lambda case: deadlines.deadline(case, at=story.at))

    assert story.state is State.OFFERED
    assert story.handoff.leave is None
    assert rings(story) == []


@pytest.mark.parametrize("word", ["declined", "tentativelyAccepted"])
@pytest.mark.parametrize("yes_first", [False, True])
def test_what_she_says_herself_since_counts_whoever_has_it_by_now(
    story: Story, word: str, *, yes_first: bool
) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.until(rings(story)[0])
    for said in ["accepted"] * yes_first + [word]:
        story.at += timedelta(minutes=5)
        assert story.outlook(said)
    assert absence.said_since(story.handoff) == word
    assert story.handoff.trouble is None
    story.at += timedelta(minutes=5)
    story.people = {**story.people, "rosa": replace(story.people["quinn"], id="rosa")}
    story.case = replace(story.case, people=story.people)
    story.do(partial(giving.give_lead, by="quinn", at=story.at, to="rosa"))

    away(story)

    assert absence.said_since(story.handoff) == word
    assert story.handoff.trouble is None


def test_a_word_that_was_taken_back_is_none_for_an_absence_that_shrinks(story: Story) -> None:
    """She kept it; the leave grew, so she is asked again, and then she is not sure."""
    story.offered()
    away(story, DAY_OFF)
    story.outlook("accepted")
    away(story, Span(at(4, 12), at(6, 0)))
    assert not story.handoff.leave_kept
    story.at += timedelta(minutes=5)
    story.outlook("tentativelyAccepted")

    away(story, DAY_OFF)

    assert not story.handoff.leave_kept
    assert len(rings(story)) == 1


def test_a_next_step_that_makes_way_is_due_after_its_time_whatever_becomes_of_an_absence(
    story: Story,
) -> None:
    story.accepted()
    story.until(THURSDAY.end)
    met = partial(
        meeting_outcome.how_it_went, by="rita", at=story.at, outcome=MeetingOutcome.TOOK_PLACE
    )
    story.do(met)
    span = Span(at(20, 11), at(20, 11, 15))
    call = partial(following.follow_up, by="rita", kind="call", not_before=span.start, minutes=15)
    story.do(partial(call, at=story.at))
    n = story.owed(Promise.FOLLOW_UP).n
    for event in (None, "block"):
        booked = partial(following.follow_up_booked, n=n, span=span, event=event)
        story.do(partial(booked, at=story.at))
    making_way = Draft(story.case, at=story.at, by="rita", rule="follow_up")
    following.move(making_way, story.owed(Promise.FOLLOW_UP))
    story.do(lambda _: making_way.decision(quiet=True))
    due = story.owed(Promise.FOLLOW_UP).due_at
    assert due > span.end

    away(story, Span(at(10, 0), at(11, 0)))
    away(story)

    assert story.owed(Promise.FOLLOW_UP).due_at == due
