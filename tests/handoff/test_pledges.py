"""Promises that are about no handoff: reminded, passed up, settled for all by whoever does it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from handoff import pledges
from handoff.effects import TellReport
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


def test_a_manager_whom_teams_does_not_reach_is_excused_and_the_next_is_asked(
    policy_in_force: Policy,
) -> None:
    people = {**PEOPLE, "mara": replace(PEOPLE["mara"], unreachable="blocked Baton")}

    rang = pledges.rang(dispute(policy_in_force), (), people, policy_in_force, at=at(3, 10))

    assert rang
    mara, helen = rang.pledges
    assert (mara.promise.missed_at, helen.promise.who) == (None, "helen")
    assert pledges.settled(mara, at=at(4, 10)).promise.ending is Ending.EXCUSED


def test_time_in_which_baton_did_not_run_is_no_managers(policy_in_force: Policy) -> None:
    pledge = dispute(policy_in_force)

    later = pledges.after_outage(pledge, PEOPLE["mara"], since=at(2, 12), at=at(3, 12))

    assert later.promise.due_at == at(4, 10), "6 working hours were left"
