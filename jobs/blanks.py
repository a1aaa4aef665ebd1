"""What the CRM knows of the blanks of a brief is proposed to whoever has the lead; first and last
touch stand beside where it came from.
"""

from collections.abc import Mapping
from functools import partial

import structlog
from procrastinate import JobContext

from crm.errors import CrmError, CrmRefusedError, CrmSignInError
from crm.port import Crm
from handoff import blanks, touches
from handoff.deals import amount_of
from handoff.effects import LookForBlanks
from handoff.errors import NoSuchHandoffError
from handoff.lead_list import CURRENCY, LONGEST
from handoff.model import Handoff, Proposed, Touched
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
    stores = services.stores
    rules = (await stores.policies.current()).crm
    try:
        handoff = (await stores.handoffs.case(do.handoff_id)).handoff
    except NoSuchHandoffError:
        return
    if services.crm is None or not handoff.lead.contact_email:
        return
    await _blanks(services, services.crm, handoff, rules.leads.fields if rules.leads else {})
    # A question of its own: where it names no field of theirs, blanks are known all the same.
    await _touches(services, services.crm, handoff, rules.touches)


async def _blanks(
    services: Services, crm: Crm, handoff: Handoff, fields: Mapping[str, str]
) -> None:
    names = [name for name in blanks.blank(handoff) if name in fields]
    if not names:
        return
    asked = {name: fields[name] for name in (*names, CURRENCY) if name in fields}
    said = await _said(crm, handoff, asked)
    if said is None:
        return
    known = await services.stores.crm.known() or await look(services, crm)
    found = []
    for name in names:
        words = said.get(name, "").strip()
        if name == "value":
            if worth := amount_of(words, said.get(CURRENCY) or known.currency):
                plain, currency = worth.plain(), worth.currency
                found.append(Proposed(name=name, said=plain, currency=currency, by=crm.name))
        elif words:
            found.append(Proposed(name=name, said=_cut(words), by=crm.name))
    rule = partial(blanks.read, at=services.now(), found=tuple(found))
    await services.stores.handoffs.change(handoff.id, rule)


async def _touches(
    services: Services, crm: Crm, handoff: Handoff, fields: Mapping[str, str]
) -> None:
    if not fields or handoff.touched is not None:
        return
    said = await _said(crm, handoff, fields)
    if said is None:
        return
    first, last = (_cut(said.get(name, "").strip()) for name in (touches.FIRST, touches.LAST))
    touched = Touched(first=first, last=last, by=crm.name)
    rule = partial(
        touches.read, at=services.now(), mail=handoff.lead.contact_email, touched=touched
    )
    await services.stores.handoffs.change(handoff.id, rule)


async def _said(crm: Crm, handoff: Handoff, fields: Mapping[str, str]) -> Mapping[str, str] | None:
    """None where it may not be read."""
    try:
        return await crm.known_of(handoff.lead.contact_email, fields)
    except (CrmSignInError, CrmRefusedError, CrmError) as error:
        log.warning("what the CRM knows of a lead is not read", why=str(error))
        return None


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"
