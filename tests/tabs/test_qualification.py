"""What those who qualify leads cost stands on Team beside what was won, for whoever leads all of
sales.
"""

from datetime import timedelta

import pytest

from policy.reading import BadPolicyError, read_new
from tests.journeys.test_crm_leads import publish
from tests.journeys.test_deals import met
from tests.tabs.opened import opens
from tests.world import POLICY, World

TITLE = "What qualification costs, and brings"


def costs(euros: int, since: str = "2026-03-01", more: str = "") -> str:
    return f"{POLICY.read_text()}\n[qualification]\ncost = {euros}\nsince = {since}\n{more}"


async def test_whoever_leads_all_of_sales_reads_when_qualification_pays_for_itself(
    world: World,
) -> None:
    await met(world, "won")  # worth 48,000 by its brief
    page = await opens(world, "helen", "/team")
    assert TITLE not in page.reads, "the policy names no cost"

    await publish(world, costs(60_000))
    told = (await opens(world, "helen", "/team")).reads
    assert "€60,000 in 1 month since March 2026, and €48,000 was won of 1 lead" in told
    assert "It has not paid for itself yet: €12,000 is left." in told

    await publish(world, costs(12_000))
    told = (await opens(world, "helen", "/team")).reads
    assert "What was won passed what it had cost in the first month, in March 2026." in told
    world.clock.forward(timedelta(days=140))
    told = (await opens(world, "helen", "/team")).reads
    assert "€60,000 in 5 months since March 2026" in told
    assert "By now it has cost more than was won again." in told


async def test_nobody_else_reads_it_and_none_where_teams_are_without_names(world: World) -> None:
    await met(world, "won")
    await publish(world, costs(12_000))
    for who in ("mara", "rita", "quinn", "milo"):
        assert TITLE not in (await opens(world, who, "/team")).reads, who
    assert TITLE not in (await opens(world, "helen", "/team/organisation/4w")).reads
    await publish(world, costs(12_000, more="[figures]\nworks_council = true\n"))
    assert TITLE not in (await opens(world, "helen", "/team")).reads


async def test_before_it_begins_nothing_is_said(world: World) -> None:
    await met(world, "won")
    await publish(world, costs(12_000, since="2026-04-01"))
    assert TITLE not in (await opens(world, "helen", "/team")).reads


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("cost = 12000", "say both"),
        ("since = 2026-01-01", "say both"),
        ("cost = 12000\nsince = 2026-01-15", "the first day of a month"),
        ("cost = 0\nsince = 2026-01-01", "leave the table out"),
    ],
)
def test_a_cost_that_says_half_is_refused(said: str, wrong: str) -> None:
    with pytest.raises(BadPolicyError, match=wrong):
        read_new(f"{POLICY.read_text()}\n[qualification]\n{said}\n", "policy.toml")
