"""A mailbox that Baton may not write to: how long that is taken for a hitch, and who reads what is
left to them.
"""

from functools import partial
from uuid import UUID

import structlog
from procrastinate import JobContext

from graph.errors import DeniedError
from handoff import outlook
from handoff.model import Undoing
from jobs.services import Services

log = structlog.get_logger()
ADMITTED = 7  # tries, about four minutes, after which a closed mailbox is no hitch


async def not_let_in(context: JobContext, id: UUID) -> None:
    """A permission that was only just taken or given waits a little, as any that lacks. Then the
    job ends, for all others on this meeting wait behind it.

    Raises DeniedError while it waits.
    """
    if context.job.attempts < ADMITTED:
        raise DeniedError("403 for the mailbox")
    log.warning("a mailbox stays closed", job=context.job.task_name, handoff=str(id))


async def left_to_people(services: Services, id: UUID, person: str, what: Undoing) -> None:
    """Whoever can do it themselves reads that Outlook would not."""
    refused = partial(outlook.not_let_in, at=services.now(), person=person, what=what)
    await services.stores.handoffs.change(id, refused)
