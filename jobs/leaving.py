"""Who has left owns nothing any more: in the transaction in which Baton is sure of it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog

from handoff.model import State
from jobs.services import Services
from store.door import Tx
from store.successors import left_in, successors

log = structlog.get_logger()


async def settle(services: Services, tx: Tx, gone: Collection[str], at: datetime) -> None:
    """All that those have who are not here is somebody else's. *gone* left just now.

    Each lead counts in the turn of the next, so that one colleague does not get all of them. One
    that cannot be read or changed stops neither the others nor the reading of who is who; it is
    tried again with the next.
    """
    ids = await left_in(tx, gone)
    if not ids:
        return
    heirs = await successors(tx)
    leads, nurtured = dict(heirs.leads), dict(heirs.nurtured)
    heirs = replace(heirs, leads=leads, nurtured=nurtured)
    rule = partial(heirs.settle, at=at)
    for id in ids:
        case = await services.stores.handoffs.try_in(tx, id, rule)
        if case is None:
            continue
        now = case.handoff
        leads[now.qualifier] = leads.get(now.qualifier, 0) + 1
        if now.state is State.NURTURED:
            nurtured[now.owner] = nurtured.get(now.owner, 0) + 1
    log.info("handoffs of those who have left", count=len(ids))
