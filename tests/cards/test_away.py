"""What each reads of a rep who is out of office: the time that is meant, one deadline, what waits.

Drawn from the rules alone, at hours that are named.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from cards.choosing import search_inputs
from cards.draw import card_for
from cards.opening import closed
from cards.timeline import timeline_card
from cards.view import View
from handoff import absence, deciding, outlook, proposing
from handoff.calendar import Conflict, Obstacle
from handoff.effects import Show
from handoff.hours import OPEN_END, Span
from handoff.model import State
from handoff.policy import Policy, Promise
from tests.cards.gallery import TARGETS
from tests.cards.variants import walk
from tests.handoff.conftest import Story
from tests.handoff.test_absence import DAY_OFF, at, away, free, moved, proposes, rings


@pytest.fixture
def story(policy_in_force: Policy) -> Story:
    return Story(policy_in_force)


FRIDAY = at(6, 10)
MONDAY_OFF = Span(at(2, 10), at(2, 13))


def reads(story: Story, who: str) -> str:
    """What stands on their card, and on its buttons; without why they see it."""
    view = View(
        case=replace(story.case, people=story.people), viewer=story.people[who], at=story.at
    )
    *body, _why, _opens = closed(card_for(view, TARGETS))["body"]
    return "\n".join(str(part.get("text") or part.get("title") or "") for part in walk(body))


def lit(story: Story) -> list[str]:
    """The highlighted buttons of the rep's card."""
    view = View(
        case=replace(story.case, people=story.people), viewer=story.people["rita"], at=story.at
    )
    found = walk(closed(card_for(view, TARGETS))["body"])
    return [str(one["title"]) for one in found if one.get("style") == "positive"]


def whose_managers(story: Story, who: str, *managers: str) -> None:
    one = replace(story.people[who], managers=managers)
    story.people = {**story.people, who: one}
    story.case = replace(story.case, people=story.people)


def overdue(story: Story) -> None:
    story.until(story.owed(Promise.SETTLE).due_at)


def test_the_clock_waits_where_an_answer_does(story: Story) -> None:
    story.offered()
    away(story, MONDAY_OFF)
    assert "Rita is out of office, back Mon 13:00. The clock waits." in reads(story, "quinn")
    story.outlook("accepted", at=story.at - timedelta(minutes=1))
    assert "Rita is out of office, back Mon 13:00." in reads(story, "quinn")
    assert "waits" not in reads(story, "quinn"), "nothing does, once it is accepted"


def test_the_clock_of_who_is_away_until_further_notice_does_not_wait(story: Story) -> None:
    story.offered()
    away(story, Span(story.at, OPEN_END))
    assert "Rita is out of office, until further notice." in reads(story, "quinn")
    assert "waits" not in reads(story, "quinn")


def test_whoever_settles_another_time_reads_at_which_time_she_is_away(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    proposes(story, FRIDAY)
    overdue(story)
    for who in ("quinn", "mara"):
        line = "Rita is out of office at **Thu 10:00**: kept, it needs somebody else."
        assert line in reads(story, who)
        assert "waits" not in reads(story, who)
        assert "then," not in reads(story, who)
    away(story, DAY_OFF, Span(at(6, 0), at(7, 0)))
    shown = {one.person for one in story.effects if isinstance(one, Show)}
    assert shown == {"rita", "quinn", "mara"}
    for who in ("quinn", "mara"):
        read = reads(story, who)
        assert "Rita is out of office at **Fri 10:00**, the time proposed." in read
        assert read.index("the time proposed.") < read.index("Move the meeting")


def test_an_absence_that_is_not_at_the_meeting_is_not_said_to_be_then(story: Story) -> None:
    story.offered()
    away(story, Span(at(3, 8), at(5, 9, 30)))
    assert "out of office then" not in reads(story, "quinn")


def test_a_manager_who_is_not_hers_reads_no_absence(story: Story) -> None:
    whose_managers(story, "rita", "helen")
    story.accepted()
    away(story, DAY_OFF)
    proposes(story, FRIDAY)
    overdue(story)
    assert "Rita cannot be there at **Thu 10:00**" in reads(story, "mara")
    story.do(partial(absence.changed, at=story.at))
    story.until(rings(story)[0])
    story.until(story.owed(Promise.REWORK).due_at)
    read = reads(story, "mara")
    assert "It came back: Rita cannot be there, and nobody took it." in read
    assert "out of office" not in read


@pytest.mark.parametrize("who", ["rita", "quinn"])
@pytest.mark.parametrize(
    ("leave", "said", "unsaid"),
    [
        (DAY_OFF, "Mon 14:00", "Wed 15:00"),
        (Span(at(2, 10), at(6, 0)), "Wed 15:00", "Thu 10:00**."),
    ],
)
def test_of_two_deadlines_a_card_says_the_first(
    story: Story, who: str, leave: Span, said: str, unsaid: str
) -> None:
    story.offered()
    away(story, leave)
    free(story)
    read = reads(story, who)
    assert said in read
    assert unsaid not in read


def test_its_qualifier_reads_that_she_keeps_the_time_after_all(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    proposes(story, FRIDAY)
    story.do(partial(proposing.withdraw, by="rita", at=story.at))
    read = reads(story, "quinn")
    assert "ACCEPTED · RITA KEEPS THU 10:00" in read
    assert "Rita keeps the meeting all the same." in read
    assert "WHO TAKES IT" not in reads(story, "rita")


def test_who_is_asked_who_takes_it_reads_that_the_time_is_kept(story: Story) -> None:
    story.offered()
    proposes(story, FRIDAY)
    away(story, DAY_OFF)
    story.do(partial(proposing.keep_time, by="quinn", at=story.at))
    read = reads(story, "rita")
    assert "WHO TAKES IT WHILE YOU ARE AWAY?" in read
    assert "Quinn keeps the time." in read


def test_a_yes_of_after_it_went_back_heads_the_card_until_it_is_taken_back(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.until(rings(story)[0])
    story.at += timedelta(minutes=5)
    away(story)
    story.outlook("accepted")
    read = reads(story, "quinn")
    assert "RITA HAS ACCEPTED SINCE" in read
    assert "is out of office" not in read
    story.at += timedelta(minutes=5)
    story.outlook("tentativelyAccepted")
    read = reads(story, "quinn")
    assert "RITA IS NOT SURE" in read, "her word, and not her calendar"
    assert "THERE AFTER ALL" not in read


@pytest.mark.parametrize("who", ["quinn", "rita", "mara"])
def test_after_a_no_nobody_reads_that_she_is_out_of_office(story: Story, who: str) -> None:
    whose_managers(story, "rita", "helen")  # Mara may not know what keeps her
    story.accepted()
    away(story, DAY_OFF)
    story.until(rings(story)[0])
    story.until(story.owed(Promise.REWORK).due_at)
    away(story)
    story.at += timedelta(minutes=5)
    story.outlook("declined")
    read = reads(story, who)
    assert f"{'You have' if who == 'rita' else 'Rita has'} declined since" in read
    assert "out of office" not in read
    assert "THERE AFTER ALL" not in read


@pytest.mark.parametrize("who", ["quinn", "rita", "helen"])
def test_who_could_not_answer_is_not_said_to_be_away_then(story: Story, who: str) -> None:
    story.offered()
    story.at = at(2, 17, 30)
    away(story, Span(at(3, 0), at(5, 9, 45)))
    story.until(rings(story)[0])
    story.until(story.owed(Promise.REWORK).due_at)
    story.until(story.owed(Promise.DECIDE).due_at)
    read = reads(story, who)
    assert "had no time to answer, being out of office" in read
    assert "out of office then" not in read


def test_a_time_that_was_proposed_is_read_where_the_lead_goes_back_before_it_was_settled(
    story: Story,
) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.at = at(4, 14)
    proposes(story, FRIDAY)
    story.until(rings(story)[0])
    assert story.state is State.SENT_BACK
    assert "Rita had proposed **Fri 10:00** instead" in reads(story, "quinn")
    story.at = at(6, 10)
    assert "had proposed" not in reads(story, "quinn"), "it is over"


def test_only_what_a_manager_gave_is_called_more_time(story: Story) -> None:
    story.offered()
    away(story, Span(at(2, 11), at(2, 13)))
    story.at = at(2, 13)
    assert "THE CLOCK WAITED: ANSWER BY MON 16:00" in reads(story, "rita")
    assert "THE CLOCK WAITED FOR RITA" in reads(story, "quinn")
    more = partial(deciding.extend_early, by="mara", n=story.owed(Promise.ANSWER).n, hours=2)
    story.do(partial(more, at=story.at, reason="She is at a fair"))
    assert "MORE TIME: ANSWER BY TUE 10:00" in reads(story, "rita")
    assert "MORE TIME FOR RITA" in reads(story, "quinn")


def test_who_is_asked_of_a_time_that_they_proposed_reads_why(story: Story) -> None:
    story.accepted()
    moved(story, FRIDAY)
    assert story.handoff.meeting
    span = story.handoff.meeting.span
    there = replace(story.handoff.meeting, was=None, moving=False)
    story.case = replace(story.case, handoff=replace(story.handoff, meeting=there))
    board = Obstacle(Conflict.BUSY, span, "Board")
    story.do(partial(outlook.around, at=story.at, span=span, obstacles=(board,)))
    assert "MOVED TO FRI 10:00, NO LONGER FREE. CAN YOU?" in reads(story, "rita")
    read = reads(story, "quinn")
    assert "MOVED TO FRI 10:00: CAN RITA STILL?" in read
    assert "Board" not in read


def test_who_is_there_after_all_does_not_read_that_they_are_out_of_office(story: Story) -> None:
    story.accepted()
    away(story, DAY_OFF)
    story.until(rings(story)[0])
    assert "You are out of office then, and nobody has taken it" in reads(story, "rita")

    away(story)

    assert "out of office then" not in reads(story, "rita")
    assert "Quinn reads that you are there" in reads(story, "rita")


def test_while_calendars_are_read_no_answer_is_highlighted_that_is_not_so(story: Story) -> None:
    """She is away: that she keeps it is not what most will say."""
    story.accepted()
    away(story, DAY_OFF)
    assert lit(story) == ["I cannot then"]
    free(story, "ravi")
    assert lit(story) == ["Give to Ravi"]
    free(story)
    assert lit(story) == ["I cannot then"]


def test_why_tells_whom_it_does_not_concern_nothing_of_an_absence(story: Story) -> None:
    """Mara leads Quinn, and not Rita."""
    whose_managers(story, "rita", "helen")
    story.accepted()
    away(story, DAY_OFF)
    story.until(rings(story)[0])
    told = {}
    for who in ("quinn", "helen", "mara"):
        view = View(
            case=replace(story.case, people=story.people), viewer=story.people[who], at=story.at
        )
        lines = [str(part.get("text") or "") for part in walk(timeline_card(view, story.entries))]
        told[who] = [line for line in lines if "out of office" in line or "away" in line]

    assert told["quinn"]
    assert told["helen"]
    assert told["mara"] == []


def test_who_has_said_that_they_cannot_is_not_proposed_for_it_again(story: Story) -> None:
    """Rita was ill, and so is Ravi, who stood in for her."""
    story.accepted()
    assert story.handoff.search
    back = replace(
        story.handoff,
        state=State.SENT_BACK,
        rep="ravi",
        search=replace(story.handoff.search, pool=None, rep="rita"),
    )
    view = View(case=replace(story.case, handoff=back), viewer=story.people["quinn"], at=story.at)
    parts = [part.model_dump() for part in search_inputs(view, TARGETS)]
    [whom] = [one for part in parts for one in walk(part) if one.get("id") == "target"]
    assert whom["value"] == "pool:emea"
