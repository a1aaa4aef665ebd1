"""What every test may lean on: people, a policy, and a working week in one place."""

from datetime import UTC, datetime, time
from pathlib import Path

import pytest

import policy
from handoff.hours import WorkingTime
from handoff.model import Person
from handoff.policy import Policy

ROOT = Path(__file__).parents[1]
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 in Madrid


def working(zone: str = "Europe/Madrid", start: int = 9, end: int = 17) -> WorkingTime:
    """Monday to Friday on the hour."""
    return WorkingTime(zone=zone, days=frozenset(range(5)), start=time(start), end=time(end))


def person(
    name: str, *roles: str, zone: str = "Europe/Madrid", managers: tuple[str, ...] = ()
) -> Person:
    """Someone whose id is their first name."""
    first = name.partition(" ")[0].lower()
    return Person(
        id=first,
        name=name,
        mail=f"{first}@halden.example",
        hours=working(zone),
        managers=managers,
        roles=frozenset(roles),
        pools=("emea",) if "rep" in roles else (),
    )


@pytest.fixture(scope="session")
def policy_in_force() -> Policy:
    """The policy that comes with the project."""
    return policy.rules_of(policy.read((ROOT / "policy.toml").read_text()), 1)
