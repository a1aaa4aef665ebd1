"""Prospects who are not to be kept: what is open with them ends, they are forgotten, and nobody
takes them in again. An administrator says so, or the CRM.
"""

from dataclasses import dataclass
from functools import partial

import structlog
from procrastinate import JobContext

from crm.errors import CrmBusyError
from handoff import ending
from handoff.effects import ForgetContact
from jobs.services import Services
from jobs.tasks import task

log = structlog.get_logger()

SOON = 3600.0  # seconds until it is asked again of a contact that is there still
MOST = 72  # times, after which it is believed that another account's was meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    ended: int  # handoffs that were open
    removed: list[str]  # in words


async def forget_for_good(services: Services, mail: str) -> Forgotten:
    """What is open with the prospect of that address ends, with a word to those who had a part in
    it; they are forgotten, and no list and no form brings them in again. Again does no harm.
    """
    stores = services.stores
    async with stores.door.open() as tx:
        await stores.objections.add(tx, mail, services.now())
    # From here on nobody takes them in, and whoever just did is there to be found.
    async with stores.door.open() as tx:
        ended = await stores.about.open_with(tx, mail)
        for id in ended:
            await stores.handoffs.change_in(tx, id, partial(ending.objected, at=services.now()))
        removed = await stores.about.forget_in(tx, mail)
    return Forgotten(ended=len(ended), removed=removed)


@task(ForgetContact)
async def forget_contact(context: JobContext, do: ForgetContact) -> None:
    """Whoever that contact was is forgotten here too, if the CRM says that it is so. One that is
    there still is asked about again, each hour for three days: HubSpot may tell of it first.
    """
    services = Services.of(context)
    crm, stores = services.crm, services.stores
    if crm is None:
        return
    mails = await stores.crm.addresses_of(do.contact)
    if not mails:
        async with stores.door.open() as tx:
            await stores.crm_leads.taken(tx, do.contact)  # nor is it named by the doctor any more
        return
    if not await crm.forgets(do.contact):
        if context.job.attempts >= MOST:
            log.warning("a contact is to be forgotten, and there still", contact=do.contact)
            return
        raise CrmBusyError("the contact is there still", SOON)
    for mail in mails:
        found = await stores.about.find(mail)
        if found.id:
            log.warning("a contact is to be forgotten, and works here", contact=do.contact)
            continue
        done = await forget_for_good(services, mail)
        log.info("a prospect is forgotten, as in the CRM", ended=done.ended)
