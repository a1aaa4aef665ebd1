"""What campaigns have cost comes from the CRM, for those that stand in the list."""

from collections import defaultdict

import structlog
from procrastinate import JobContext

from crm.errors import CrmError, CrmRefusedError, CrmSignInError
from handoff.campaigns import key
from handoff.deals import amount_of
from handoff.effects import ReadSpending
from handoff.money import Money
from jobs.crm import look
from jobs.services import Services
from jobs.tasks import task

log = structlog.get_logger()


@task(ReadSpending, cron="25 * * * *")
async def read_spending(context: JobContext, do: ReadSpending) -> None:
    """Each campaign of the list that the CRM has by its name, or by its code, has cost what is said
    there; two of one name what they have cost together, and nothing where their currencies differ.
    """
    services = Services.of(context)
    crm, stores = services.crm, services.stores
    if crm is None or not (await stores.policies.current()).crm.spending:
        return
    try:
        spending = await crm.spending()
    except (CrmSignInError, CrmRefusedError, CrmError) as error:
        log.warning("what campaigns have cost is not read: doctor says more", why=str(error))
        return
    known = await stores.crm.known() or await look(services, crm)
    found: dict[str, list[Money]] = defaultdict(list)
    for one in spending:
        if spent := amount_of(one.amount, one.currency or known.currency):
            found[key(one.campaign)].append(spent)
    async with stores.door.open() as tx:
        for campaign in await stores.campaigns.all():
            mine = [*found[key(campaign.name)]]
            if key(campaign.code) != key(campaign.name):
                mine += found[key(campaign.code)]
            if len({one.currency for one in mine}) == 1:
                spent = Money(sum(one.minor for one in mine), mine[0].currency)
                await stores.campaigns.cost(tx, campaign.code, spent, crm.name)
