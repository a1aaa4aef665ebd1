"""The policy that comes with the project, led to a tenant that is real."""

from doctor import rules
from settings import PUBLIC
from tests.doctor.examined import ill, looked
from tests.world import World

WHAT = "the policy is your own"


async def test_the_examples_company_is_named_where_it_is_nobodys(world: World) -> None:
    """As if Microsoft's own Graph were asked; who answers is the sandbox."""
    checks = await looked(world, rules.checks, graph_url=PUBLIC.graph)

    assert ill(checks) == {WHAT}
    assert checks[WHAT].found == "company Halden Systems"
    assert "write your own name there" in checks[WHAT].then
    assert "python app.py migrate" in checks[WHAT].then


async def test_in_the_sandbox_it_is_at_home(world: World) -> None:
    assert ill(await looked(world, rules.checks)) == set()
