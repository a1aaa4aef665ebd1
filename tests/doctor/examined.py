"""What the doctor says of a world."""

from datetime import timedelta
from ssl import create_default_context
from typing import Any

from doctor.check import Check, Examine, Examined
from doctor.examination import examine
from doctor.reach import web
from running import running
from tests.doctor.faults import INSIDE, OUTSIDE
from tests.hour import machine
from tests.world import World


async def examined(world: World, **changes: Any) -> dict[str, Check]:
    """What the doctor says, asked as the command asks it: by an app of its own."""
    skew = changes.pop("machine_ahead", timedelta())
    mailboxes = {"test_mailbox": INSIDE, "outside_mailbox": OUTSIDE}
    settings = world.settings.model_copy(update={**mailboxes, **changes})
    trust = create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    async with running(settings, world.clock) as app, web(trust) as http:
        of = Examined(
            settings=settings,
            services=app.services,
            web=http,
            machine=lambda: machine() + skew,
        )
        checks = [check async for check in examine(of)]
    assert len(checks) == len({check.what for check in checks}), "each line is about one thing"
    assert all(bool(check.then) is not check.well for check in checks), "a next step where needed"
    return {check.what: check for check in checks}


async def looked(world: World, look: Examine, **changes: Any) -> dict[str, Check]:
    """What one part says."""
    far = changes.pop("far", lambda _done, _all: None)
    trust = create_default_context(cafile=str(world.settings.ca_file))
    async with web(trust) as http:
        of = Examined(
            settings=world.settings.model_copy(update=changes),
            services=world.app.services,
            web=http,
            machine=machine,
            far=far,
        )
        return {check.what: check async for check in look(of)}


def ill(checks: dict[str, Check]) -> set[str]:
    return {what for what, check in checks.items() if not check.well}
