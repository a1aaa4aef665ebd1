"""Promises that are about no handoff: reminded, passed up, settled for all by whoever does it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from handoff import pledges
from handoff.effects import TellReport
from handoff.errors import IncompleteError, MovedOnError, NotOfferedError, NotYoursError
from handoff.hours import Span
from handoff.model import Ending, Person, Step
from handoff.pledges import Pledge
from handoff.policy import Policy, Promise
from tests.handoff.conftest import PEOPLE

REPORT = UUID(int=7)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Madrid, before the clocks change."""
    return datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)


def dispute(policy: Policy, people: Mapping[str, Person] = PEOPLE) -> Pledge:
    return pledges.made(
        Promise.ANSWER_REPORT,
        people["mara"],
        about=str(REPORT),
        to="rita",
        policy=policy,
        at=at(2, 10),
    )


def test_a_dispute_is_reminded_of_then_asked_of_the_next_manager_too(
    policy_in_force: Policy,
) -> None:
    pledge = dispute(policy_in_force)
    assert pledge.promise.due_at == at(3, 10), "8 working hours"
    assert pledges.rang(pledge, (), PEOPLE, policy_in_force, at=at(2, 13, 59)) is None

    reminded = pledges.rang(pledge, (), PEOPLE, policy_in_force, at=at(2, 14))
    assert reminded
    [pledge] = reminded.pledges
    assert reminded.effects == (TellReport(REPORT, "mara"),)
    assert pledge.promise.reached is Step.REMINDER
    passed_up = pledges.rang(pledge, (), PEOPLE, policy_in_force, at=at(3, 10))
    assert passed_up
    mara, helen = passed_up.pledges
    assert mara.promise.missed_at == at(3, 10)
    assert (helen.promise.who, helen.promise.n) == ("helen", 2)
    assert passed_up.effects == (TellReport(REPORT, "mara"), TellReport(REPORT, "helen"))

    last = pledges.rang(helen, (mara,), PEOPLE, policy_in_force, at=helen.promise.due_at)
    assert last
    [helen] = last.pledges
    assert [alarm.step for alarm in helen.promise.alarms] == [Step.CHASE], "nobody is left above"


def test_whoever_answers_first_settles_it_and_the_other_has_missed_it(
    policy_in_force: Policy,
) -> None:
    passed_up = pledges.rang(dispute(policy_in_force), (), PEOPLE, policy_in_force, at=at(3, 10))
    assert passed_up
    mara, helen = passed_up.pledges

    helen = pledges.settled(helen, at=at(3, 11))
    mara = pledges.settled(mara, at=at(3, 11), ending=Ending.RELEASED)

    assert (mara.promise.ending, helen.promise.ending) == (Ending.MISSED, Ending.KEPT)


def test_a_manager_who_is_away_has_a_clock_that_waits(policy_in_force: Policy) -> None:
    mara = PEOPLE["mara"]
    away = replace(mara.hours, away=(Span(at(2, 11), at(4, 11)),))
    people = {**PEOPLE, "mara": replace(mara, hours=away)}

    waited = pledges.rang(dispute(policy_in_force), (), people, policy_in_force, at=at(3, 10))

    assert waited
    [pledge] = waited.pledges
    assert pledge.promise.missed_at is None
    assert pledge.promise.due_at == away.after(at(2, 10), timedelta(hours=8))


def untold(policy: Policy) -> Pledge:
    """Teams does not deliver the card that asks Mara."""
    asked = pledges.undelivered(dispute(policy), at=at(2, 10), why="has blocked Baton")
    assert asked
    assert pledges.undelivered(asked, at=at(2, 11), why="has blocked Baton") is None, "one mail"
    return asked


def test_whom_neither_card_nor_mail_tells_is_excused_and_the_next_is_asked_at_once(
    policy_in_force: Policy,
) -> None:
    told = pledges.excused(untold(policy_in_force), (), PEOPLE, policy_in_force, at=at(2, 10, 5))

    mara, helen = told.pledges
    assert (mara.promise.missed_at, mara.promise.excused_at) == (None, at(2, 10, 5))
    assert (helen.promise.who, helen.promise.due_at) == ("helen", at(3, 10, 5))
    assert told.effects == (TellReport(REPORT, "helen"),)
    assert pledges.rang(mara, (helen,), PEOPLE, policy_in_force, at=at(3, 12)) is None
    assert pledges.settled(mara, at=at(4, 10)).promise.ending is Ending.EXCUSED


def test_a_clock_that_rings_before_any_mail_went_is_no_miss(policy_in_force: Policy) -> None:
    rang = pledges.rang(untold(policy_in_force), (), PEOPLE, policy_in_force, at=at(2, 14))
    assert rang
    mara, helen = rang.pledges
    assert (mara.promise.excused_at, mara.promise.missed_at) == (at(2, 14), None)
    assert helen.promise.who == "helen"


def test_a_mail_at_once_is_as_good_as_the_card_and_a_later_one_starts_the_clock(
    policy_in_force: Policy,
) -> None:
    asked, mara = untold(policy_in_force), PEOPLE["mara"]

    quick = pledges.told(asked, mara, policy_in_force, at=at(2, 10, 5))
    late = pledges.told(asked, mara, policy_in_force, at=at(2, 12))

    assert quick
    assert (quick.promise.due_at, quick.promise.undelivered) == (at(3, 10), None)
    assert late
    assert (late.promise.due_at, late.promise.since) == (at(3, 12), at(2, 12))
    assert late.promise.first_due_at == at(3, 10)
    assert pledges.told(late, mara, policy_in_force, at=at(2, 13)) is None
    missed = pledges.rang(quick, (), PEOPLE, policy_in_force, at=at(3, 10))
    assert missed
    assert missed.pledges[0].promise.missed_at == at(3, 10), "they knew of it"


def test_time_in_which_baton_did_not_run_is_no_managers(policy_in_force: Policy) -> None:
    pledge = dispute(policy_in_force)

    later = pledges.after_outage(pledge, PEOPLE["mara"], since=at(2, 12), at=at(3, 12))

    assert later.promise.due_at == at(4, 10), "6 working hours were left"


# --- More time --------------------------------------------------------------------------------


def test_a_manager_gives_more_time_once_before_it_is_late_and_undoes_no_miss_after(
    policy_in_force: Policy,
) -> None:
    pledge, mara = dispute(policy_in_force), PEOPLE["mara"]
    give = partial(pledges.more_time, who=mara, policy=policy_in_force, hours=4, why="Trade fair")
    with pytest.raises(NotYoursError):
        give(pledge, by="quinn", at=at(2, 12))
    with pytest.raises(IncompleteError):
        give(pledge, by="helen", at=at(2, 12), why=" ")
    with pytest.raises(NotOfferedError):
        give(pledge, by="helen", at=at(2, 12), hours=3)

    early = give(pledge, by="helen", at=at(2, 12))

    assert (early.promise.due_at, early.promise.first_due_at) == (at(3, 14), at(3, 10))
    assert early.promise.missed_at is None
    assert (early.given_by, early.given_why) == ("helen", "Trade fair")
    with pytest.raises(MovedOnError):
        give(early, by="helen", at=at(2, 13))  # once
    late = give(pledge, by="helen", at=at(3, 11))
    assert (late.promise.due_at, late.promise.missed_at) == (at(3, 15), at(3, 10))
    assert pledges.settled(late, at=at(3, 12)).promise.ending is Ending.LATE
    with pytest.raises(MovedOnError):
        give(untold(policy_in_force), by="helen", at=at(2, 12))  # they have all of it still
