"""Around the meeting, with no machine running: prep, the introduction's clock, risk and outcome."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff import clocks, handing_over, letters, meeting_outcome, prep, prospect, sending, writing
from handoff.effects import BookPrep, ReadSentMail, RemoveBlock
from handoff.errors import MovedOnError, NotOfferedError, NotYoursError
from handoff.hours import Span
from handoff.model import Attendance, Ending, MeetingOutcome, State, Step
from handoff.policy import Policy, Promise
from handoff.sending import Due
from handoff.times import FINE_GRID, Availability, time_to_prepare
from tests.cards import gallery as told
from tests.conftest import working
from tests.handoff.conftest import LEAD, THURSDAY, Story
from tests.hour import MONDAY

QUARTER = timedelta(minutes=15)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid, before the clocks change."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


def rita(*busy: Span) -> Availability:
    return Availability(person="rita", hours=working(), busy=busy)


spans = st.builds(
    lambda start, length: Span(
        MONDAY + timedelta(minutes=start), MONDAY + timedelta(minutes=start + length)
    ),
    st.integers(-300, 6000),
    st.integers(1, 500),
)


@given(
    st.lists(spans, max_size=12),
    st.integers(0, 16 * 24 * 3),
    st.sampled_from([15, 30, 45, 60]),
)
def test_prep_is_the_latest_free_working_time_before_the_meeting(
    policy_in_force: Policy, busy: list[Span], quarters: int, minutes: int
) -> None:
    """Compared with a reading that tries every quarter of an hour, from the meeting backwards."""
    meeting, length = MONDAY + quarters * QUARTER, timedelta(minutes=minutes)
    day = rita(*busy)
    found = time_to_prepare(day, meeting=meeting, length=length, at=MONDAY, policy=policy_in_force)
    start = meeting - length
    expected = None
    while start >= MONDAY:
        span = Span(start, start + length)
        free = not any(span.overlaps(one) for one in busy)
        if free and day.hours.between(start, span.end) == length:
            near = day.hours.between(span.end, meeting) <= policy_in_force.prep_within
            expected = span if near else None
            break
        start -= FINE_GRID
    assert found == expected


def test_prep_too_far_from_the_meeting_is_no_prep(policy_in_force: Policy) -> None:
    full = Span(at(3, 9), at(5, 10))
    ask = partial(time_to_prepare, meeting=at(5, 10), length=QUARTER, at=MONDAY)

    assert ask(rita(full), policy=policy_in_force) is None, "17 working hours between them"
    near = replace(policy_in_force, prep_within=timedelta(hours=17))
    assert ask(rita(full), policy=near) == Span(at(2, 16, 45), at(2, 17))
    assert ask(rita(), policy=policy_in_force) == Span(at(5, 9, 45), at(5, 10))


def test_prep_booked_for_a_time_that_is_no_longer_the_meetings_is_looked_for_again(
    story: Story,
) -> None:
    story.accepted()
    n = story.owed(Promise.PREPARE).n
    span = Span(THURSDAY.start - QUARTER, THURSDAY.start)
    later = Span(THURSDAY.start + timedelta(hours=2), THURSDAY.end + timedelta(hours=2))
    story.outlook("notResponded", span=later)
    assert BookPrep in story.jobs()

    story.do(partial(prep.booked, at=story.at, n=n, meeting=THURSDAY, span=span, event="prep"))

    promise = story.owed(Promise.PREPARE)
    assert (promise.span, promise.event) == (None, "prep"), "it will be moved, not made twice"


@pytest.mark.parametrize("why", [prep.NO_ROOM, prep.REMOVED, prep.DENIED, prep.NO_MAILBOX])
def test_no_prep_is_said_of_the_time_that_the_meeting_has_and_of_no_other(
    story: Story, why: str
) -> None:
    """Her day was read for a time at which the meeting was to be; it has another since, and what
    was booked before that one is not removed.
    """
    story.accepted()
    n = story.owed(Promise.PREPARE).n
    span = Span(THURSDAY.start - QUARTER, THURSDAY.start)
    later = Span(THURSDAY.start + timedelta(hours=2), THURSDAY.end + timedelta(hours=2))
    story.do(partial(prep.booked, at=story.at, n=n, meeting=THURSDAY, span=span, event="prep"))
    story.outlook("notResponded", span=later)
    none = partial(prep.none_booked, at=story.at, n=n, why=why)

    assert none(story.case, meeting=THURSDAY) is None

    assert story.owed(Promise.PREPARE).event == "prep"
    story.do(partial(none, meeting=later))
    assert story.handoff.owed(Promise.PREPARE) is None
    assert "no_prep" in [entry.what for entry in story.entries]


def test_prep_made_for_a_lead_that_went_back_meanwhile_is_removed(story: Story) -> None:
    story.accepted()
    n = story.owed(Promise.PREPARE).n
    span = Span(THURSDAY.start - QUARTER, THURSDAY.start)
    told.send_back(story)

    story.do(partial(prep.booked, at=story.at, n=n, meeting=THURSDAY, span=span, event="prep"))

    assert [(type(e), getattr(e, "event", None)) for e in story.effects] == [(RemoveBlock, "prep")]


def test_a_policy_without_prep_owes_none_and_says_so(policy_in_force: Policy) -> None:
    none = tuple(replace(m, prepare=timedelta()) for m in policy_in_force.meetings)
    story = Story(replace(policy_in_force, meetings=none)).accepted()

    assert story.handoff.owed(Promise.PREPARE) is None
    ended = story.handoff.last(Promise.PREPARE)
    assert ended
    assert (ended.kind, ended.ending) == (prep.NOT_NEEDED, Ending.RELEASED)
    assert BookPrep not in story.jobs()


def test_sent_mail_is_looked_at_before_each_alarm_of_a_reply(story: Story) -> None:
    story.offered()
    told.introduced(story)

    alarms = [(a.at, a.step) for a in story.owed(Promise.REPLY).alarms]

    assert alarms == [
        (at(2, 13, 55), Step.LOOK),
        (at(2, 14), Step.REMINDER),
        (at(3, 10) - clocks.LOOK_BEFORE, Step.LOOK),
        (at(3, 10), Step.BREACH),
    ]
    story.until(at(2, 13, 55))
    assert [e for e in story.effects if isinstance(e, ReadSentMail)] == [ReadSentMail("rita")]


def test_a_refused_answer_is_owed_as_before(story: Story) -> None:
    story.offered()
    told.introduced(story)
    before = story.owed(Promise.REPLY)
    told.reply(story)
    assert story.owed(Promise.REPLY).said_at
    letter = letters.reply(story.handoff)
    assert letter

    story.do(partial(sending.refused, at=story.at, n=letter.n, why="No mailbox."))

    after = story.owed(Promise.REPLY)
    assert (after.due_at, after.said_at) == (before.due_at, None)
    assert after.alarms[-1] == before.alarms[-1]


def test_an_introduction_for_a_rep_who_no_longer_has_the_lead_is_not_sent(story: Story) -> None:
    story.offered()
    [letter] = story.handoff.letters
    assert sending.due(story.case, letter, story.at) is Due.SEND
    told.send_back(story)
    assert sending.due(story.case, letter, story.at) is Due.NOTHING

    told.stand_ins(story)
    story.do(partial(handing_over.give_to, by="quinn", at=story.at, rep="ravi"))
    story.offered()

    assert sending.due(story.case, letter, story.at) is Due.NOTHING
    assert letters.introduction(story.handoff) is None, "he stands in, and has not said yes"
    story.at += timedelta(minutes=5)
    story.outlook("accepted")
    fresh = letters.introduction(story.handoff)
    assert fresh
    assert (fresh.rep, fresh.by) == ("ravi", "quinn")


@pytest.mark.parametrize(
    ("recipients", "sender", "counts"),
    [
        (("Ines@Contoso.example",), "rita@halden.example", True),
        (("quinn@halden.example", "boss@contoso.example"), "rita@halden.example", True),
        (("quinn@halden.example",), "rita@halden.example", False),
        (("someone@elsewhere.example",), "rita@halden.example", False),
        (("quinn@contoso.example",), "rita@contoso.example", False),
        (("ines@contoso.example",), "rita@contoso.example", True),
        ((), "rita@halden.example", False),
    ],
)
def test_whom_a_mail_must_reach_to_be_an_answer(
    recipients: tuple[str, ...], sender: str, counts: bool
) -> None:
    """Where the prospect is a colleague, a word to another colleague is none."""
    assert letters.reaches(recipients, LEAD, sender) is counts


@pytest.mark.parametrize(
    ("steps", "moment", "risk"),
    [
        ((), THURSDAY.start - timedelta(hours=24, seconds=1), False),
        ((), THURSDAY.start - timedelta(hours=24), True),
        ((), THURSDAY.start, False),
        ((told.prospect_says("accepted"),), THURSDAY.start - QUARTER, False),
        ((told.prospect_says("tentativelyAccepted"),), THURSDAY.start - QUARTER, False),
        ((told.prospect_says("declined"),), THURSDAY.start - QUARTER, False),
        ((told.send_back,), THURSDAY.start - QUARTER, False),
    ],
)
def test_when_silence_is_a_risk(
    story: Story, steps: tuple[Callable[[Story], object], ...], moment: datetime, risk: bool
) -> None:
    story.accepted()
    for step in steps:
        step(story)

    assert prospect.at_risk(story.case, moment) is risk


def test_a_meeting_booked_at_short_notice_gives_the_prospect_as_long(story: Story) -> None:
    story.offered(Span(at(2, 15), at(2, 15, 30)))

    assert clocks.risk_at(story.case) == at(2, 12), "two hours, as the policy has for notice"
    assert not prospect.at_risk(story.case, at(2, 11, 59))


def test_a_confirmation_is_for_rep_and_qualifier_once_for_each_time(story: Story) -> None:
    story.accepted()
    to = letters.recipient(story.handoff.lead)
    with pytest.raises(NotYoursError):
        writing.confirm(
            story.case, by="ravi", at=story.at, words="Hello", start=THURSDAY.start, to=to
        )
    told.confirm(story)
    with pytest.raises(MovedOnError, match="already"):
        writing.confirm(
            story.case, by="rita", at=story.at, words="Hello", start=THURSDAY.start, to=to
        )

    later = Span(THURSDAY.start + timedelta(hours=2), THURSDAY.end + timedelta(hours=2))
    story.outlook("notResponded", span=later)

    assert writing.confirm(
        story.case, by="rita", at=story.at, words="Hello", start=later.start, to=to
    )
    with pytest.raises(MovedOnError):
        writing.confirm(
            story.case, by="rita", at=later.start, words="Hello", start=later.start, to=to
        )


def test_words_that_were_read_for_one_prospect_go_to_no_other(story: Story) -> None:
    """Their qualifier corrects who it is while the text stands open; or they answer meanwhile."""
    story.accepted()
    assert story.handoff.meeting
    to = letters.recipient(story.handoff.lead)
    confirm = partial(
        writing.confirm, by="rita", at=story.at, words="Hello Ines", start=THURSDAY.start, to=to
    )
    lead = replace(story.handoff.lead, contact_name="Jonas Holm", contact_email="jonas@c.example")
    corrected = replace(story.handoff, lead=lead)
    said_yes = replace(story.handoff, meeting=replace(story.handoff.meeting, prospect="accepted"))

    with pytest.raises(NotOfferedError, match="read it again"):
        confirm(replace(story.case, handoff=corrected))
    with pytest.raises(MovedOnError, match="has answered"):
        confirm(replace(story.case, handoff=said_yes))
    assert confirm(story.case)


def test_who_proposes_another_time_is_not_told_to_have_this_one_confirmed(story: Story) -> None:
    story.accepted()
    near = THURSDAY.start - timedelta(hours=4)
    assert prospect.at_risk(story.case, near)
    proposed = replace(story.handoff, proposal=Span(at(6, 9), at(6, 9, 30)))

    assert not prospect.at_risk(replace(story.case, handoff=proposed), near)


@pytest.mark.parametrize(
    ("rep", "guests", "expected"),
    [
        (5, 5, MeetingOutcome.TOOK_PLACE),
        (30, 4, MeetingOutcome.PROSPECT_ABSENT),
        (4, 30, MeetingOutcome.REP_ABSENT),
        (4, 4, None),
        (0, 0, None),
    ],
)
def test_what_a_report_makes_likely(rep: int, guests: int, expected: MeetingOutcome | None) -> None:
    found = Attendance(
        rep=timedelta(minutes=rep),
        guests=timedelta(minutes=guests),
        begun=THURSDAY.start,
        ended=THURSDAY.end,
    )

    assert meeting_outcome.suggested(found, timedelta(minutes=5)) is expected
    assert meeting_outcome.suggested(None, timedelta(minutes=5)) is None


def test_how_it_went_is_the_reps_to_say_once_and_is_passed_up_if_not(story: Story) -> None:
    story.accepted()
    story.until(THURSDAY.end)
    assert story.state is State.FOLLOWING
    say = partial(meeting_outcome.how_it_went, at=story.at, outcome=MeetingOutcome.MOVED)
    with pytest.raises(NotYoursError):
        say(story.case, by="quinn")
    story.until(story.owed(Promise.OUTCOME).due_at)
    assert story.owed(Promise.DECIDE).who == "mara"

    story.do(partial(say, by="rita"))

    assert story.handoff.owed(Promise.DECIDE) is None
    assert story.owed(Promise.NEXT_STEP).who == "rita"
    assert story.alerted() == {"quinn"}, "a meeting that was not held is told"
    with pytest.raises(MovedOnError):
        say(story.case, by="rita")
