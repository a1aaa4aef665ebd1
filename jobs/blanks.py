"""What the CRM knows of the blanks of a brief is proposed to whoever has the lead; first and last
touch stand beside where it came from.
"""

from functools import partial

import structlog
from procrastinate import JobContext

from crm.errors import CrmError, CrmRefusedError, CrmSignInError
from handoff import blanks, touches
from handoff.deals import amount_of
from handoff.effects import LookForBlanks
from handoff.errors import NoSuchHandoffError
from handoff.lead_list import CURRENCY, LONGEST
from handoff.model import Proposed, Touched
from jobs.crm import look
from jobs.services import Services
from jobs.tasks import task

log = structlog.get_logger()


@task(LookForBlanks)
async def look_for_blanks(context: JobContext, do: LookForBlanks) -> None:
    """Whatever its contact there says of what nobody has said here is proposed, and what it says of
    touches is known; where it may not be read, neither is.
    """
    services = Services.of(context)
    crm, stores = services.crm, services.stores
    rules = (await stores.policies.current()).crm
    try:
        handoff = (await stores.handoffs.case(do.handoff_id)).handoff
    except NoSuchHandoffError:
        return
    fields = rules.leads.fields if rules.leads else {}
    names = [name for name in blanks.blank(handoff) if name in fields]
    mail = handoff.lead.contact_email
    if crm is None or not (names or rules.touches) or not mail:
        return
    asked = {name: fields[name] for name in (*names, CURRENCY) if name in fields} if names else {}
    try:
        said = await crm.known_of(mail, {**asked, **rules.touches})
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
            found.append(Proposed(name=name, said=_cut(words), by=crm.name))
    at = services.now()
    if names:
        await stores.handoffs.change(handoff.id, partial(blanks.read, at=at, found=tuple(found)))
    first, last = (_cut(said.get(name, "").strip()) for name in (touches.FIRST, touches.LAST))
    touched = Touched(first=first, last=last, by=crm.name)
    await stores.handoffs.change(
        handoff.id, partial(touches.read, at=at, mail=mail, touched=touched)
    )


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"
