"""What the CRM knows of the blanks of a brief is proposed to whoever has the lead."""

from functools import partial

import structlog
from procrastinate import JobContext

from crm.errors import CrmError, CrmRefusedError, CrmSignInError
from handoff import blanks
from handoff.deals import amount_of
from handoff.effects import LookForBlanks
from handoff.errors import NoSuchHandoffError
from handoff.lead_list import CURRENCY, LONGEST
from handoff.model import Proposed
from jobs.crm import look
from jobs.services import Services
from jobs.tasks import task

log = structlog.get_logger()


@task(LookForBlanks)
async def look_for_blanks(context: JobContext, do: LookForBlanks) -> None:
    """Whatever its contact there says of what nobody has said here is proposed; where it may not be
    read, nothing is.
    """
    services = Services.of(context)
    crm, stores = services.crm, services.stores
    wanted = (await stores.policies.current()).crm.leads
    try:
        handoff = (await stores.handoffs.case(do.handoff_id)).handoff
    except NoSuchHandoffError:
        return
    fields = wanted.fields if wanted else {}
    names = [name for name in blanks.blank(handoff) if name in fields]
    if crm is None or not names or not handoff.lead.contact_email:
        return
    asked = {name: fields[name] for name in (*names, CURRENCY) if name in fields}
    try:
        said = await crm.known_of(handoff.lead.contact_email, asked)
    except (CrmSignInError, CrmRefusedError, CrmError) as error:
        log.warning("blanks are not looked for: doctor says more", why=str(error))
        return
    known = await stores.crm.known() or await look(services, crm)
    found = []
    for name in names:
        words = said.get(name, "").strip()
        if name == "value":
            if worth := amount_of(words, said.get(CURRENCY) or known.currency):
                plain, currency = worth.plain(), worth.currency
                found.append(Proposed(name=name, said=plain, currency=currency, by=crm.name))
        elif words:
            kept = words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"
            found.append(Proposed(name=name, said=kept, by=crm.name))
    await stores.handoffs.change(
        handoff.id, partial(blanks.read, at=services.now(), found=tuple(found))
    )
