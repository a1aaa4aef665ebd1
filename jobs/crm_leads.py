"""Leads come in from the CRM by themselves, where the policy says which contacts there are any: in
the order in which they were changed, each once, by the same door as from a form. How far they were
read is written after them, so one that a job died over is read again, and is known by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from json import dumps
from uuid import UUID, uuid5

import structlog
from procrastinate import JobContext

from crm.errors import CrmError, CrmRefusedError, CrmSignInError
from crm.port import Crm, LeadsPage, LeadsWanted, LeadThere
from handoff import addresses
from handoff.amounts import Style
from handoff.effects import ReadLeads
from handoff.handing_over import missing
from handoff.lead_list import CURRENCY, LONGEST, ZONE, Listed, UnfitError, lead_of, zone_ok
from handoff.model import Lead
from handoff.policy import LONG, CrmLeads, Policy
from jobs.crm import look
from jobs.services import Services
from jobs.tasks import task
from store.coming_in import CameIn, Intake, Why, take_in
from store.crm_leads import Reading
from store.door import DoneAlreadyError, Tx
from store.lead_sources import LeadSource

log = structlog.get_logger()

IN_CRM = UUID("6f1f2c7e-3a86-4d5b-9d0c-52b0f4ad11c7")
AGAIN = timedelta(minutes=15)
"""Before the last change that was read, from where it is read again: HubSpot's index was seen to
lag by half a minute, Salesforce's stamps by five: https://github.com/airbytehq/airbyte/issues/27146
"""
TURNED_DOWN: Mapping[Why, str] = {
    Why.COLLEAGUE: "it is somebody who works here",
    Why.OURS: "its address is one of our own",
    Why.OPEN: "its company has a handoff open",  # and is held for that instead
    Why.OBJECTED: "",  # of whom nothing is kept
}
NO_SOURCE = "there is no source {!r}"
NOBODY = "nobody hands leads over"


@task(ReadLeads, cron="*/2 * * * *")
async def read_leads(context: JobContext, do: ReadLeads) -> None:
    """What became a lead there since this was asked for first is one here. Raises CrmBusyError."""
    services = Services.of(context)
    crm, store = services.crm, services.stores.crm_leads
    rules = await services.stores.policies.current()
    wanted = rules.crm.leads
    if crm is None or wanted is None:
        async with services.stores.door.open() as tx:
            await store.over(tx)
        return
    async with services.stores.door.open() as tx:
        reading = await store.reading(tx, _which(wanted), services.now())
    trouble = ""
    try:
        await _read(services, crm, rules, wanted, reading)
    except (CrmSignInError, CrmRefusedError, CrmError, _NobodyError) as error:
        log.warning("leads of the CRM are not read: doctor says more", why=str(error))
        trouble = str(error)
    if trouble != reading.trouble:
        async with services.stores.door.open() as tx:
            await store.troubled(tx, trouble)


class _NobodyError(Exception):
    """Whose they are cannot be said just now: they are read again."""


def _which(wanted: CrmLeads) -> str:
    """By which it is known whether the policy asks for others than before."""
    return dumps([wanted.by, sorted(wanted.values)])


def asked_of(wanted: CrmLeads) -> LeadsWanted:
    return LeadsWanted(field=wanted.by, values=wanted.values, fields=wanted.fields)


async def _read(
    services: Services, crm: Crm, rules: Policy, wanted: CrmLeads, reading: Reading
) -> None:
    known = await services.stores.crm.known() or await look(services, crm)
    taking = _Taking(services, crm, rules, wanted.source, reading, known.currency)
    since, after = reading.read_to - AGAIN, ""
    while True:
        page = await crm.leads(asked_of(wanted), since, after)
        await taking.all_of(page)
        async with services.stores.door.open() as tx:
            # Never beyond now: what is changed until a time that is ahead would be passed over.
            until = min(page.until or reading.read_to, services.now())
            await services.stores.crm_leads.read(tx, until)
        if not page.after or page.after == after:
            return
        after = page.after


@dataclass(frozen=True, slots=True)
class _Taking:
    """By what a contact becomes a lead."""

    services: Services
    crm: Crm
    rules: Policy
    source: str
    reading: Reading
    currency: str  # of an amount that names none

    async def all_of(self, page: LeadsPage) -> None:
        """Each in a transaction of its own, so that none of them waits for a colleague's."""
        for one in page.found:
            if one.since < self.reading.began_at:
                continue
            try:
                await self.one(one)
            except DoneAlreadyError:  # by another job, at the same moment
                continue
        for record, why in page.unread.items():
            await self._leave_out(record, f"it could not be read: {why}")

    async def one(self, there: LeadThere) -> None:
        """It is somebody's lead, as one of a form would be, or is named by the doctor."""
        stores, at = self.services.stores, self.services.now()
        id = self._id(there.id)
        ids = [id, *map(self._id, sorted(there.former))]
        try:
            listed = Listed(id, *_lead(there.values, self.rules, self.currency))
        except UnfitError as error:
            listed, unfit = None, str(error)
        mail = listed.lead.contact_email if listed else ""
        async with stores.door.open() as tx:
            if await stores.handoffs.known(tx, ids) or await stores.crm_leads.ours(
                tx, {there.id, *there.former}, mail
            ):
                await stores.crm_leads.taken(tx, there.id)
                return
            if listed is None:
                await stores.crm_leads.left_out(tx, there.id, unfit, at)
                return
            found = await self._take(tx, listed, there)
            if found.why and (words := TURNED_DOWN[found.why]):
                await stores.crm_leads.left_out(tx, there.id, words, at)
            else:
                await stores.crm_leads.taken(tx, there.id)
        if found.owner:
            log.info("a lead came in from the CRM", handoff=str(id), held=bool(found.held))

    async def _take(self, tx: Tx, listed: Listed, there: LeadThere) -> CameIn:
        """Raises _NobodyError, DoneAlreadyError."""
        stores, at = self.services.stores, self.services.now()
        source = await stores.lead_sources.named(tx, self.source)
        if source is None:
            raise _NobodyError(NO_SOURCE.format(self.source))
        qualifier = await stores.people.next_qualifier(tx, source.qualifiers, at)
        if qualifier is None:
            raise _NobodyError(NOBODY)
        intake = Intake(qualifier=qualifier, policy=self.rules, at=at, source=source.name)
        [found] = await take_in(stores, tx, [_of(source, listed)], intake, new=True)
        if found.owner:
            digest = sha256(dumps(dict(there.values), sort_keys=True).encode()).digest()
            await stores.lead_sources.arrived(tx, listed.id, source.id, digest, at)
            await stores.crm_leads.comes_from(tx, listed.id, listed.lead.contact_email, there.id)
        return found

    def _id(self, record: str) -> UUID:
        return uuid5(IN_CRM, f"{self.crm.name} {record}")

    async def _leave_out(self, record: str, why: str) -> None:
        async with self.services.stores.door.open() as tx:
            await self.services.stores.crm_leads.left_out(tx, record, why, self.services.now())


def _of(source: LeadSource, listed: Listed) -> Listed:
    """With the campaign of its source, where it names none."""
    lead = listed.lead
    return replace(listed, lead=replace(lead, campaign=lead.campaign or source.campaign))


def _lead(values: Mapping[str, str], policy: Policy, currency: str) -> tuple[Lead, tuple[str, ...]]:
    """The lead, and what of its brief nobody knows yet. Its address it must have; who names no
    company is of the address's domain, and who has no name goes by the address, until somebody has
    looked. Raises UnfitError.
    """
    known = {name: _kept(name, said) for name, said in values.items()}
    mail = known.get("contact_email", "").strip()
    if not zone_ok(known.get(ZONE, "")):
        known.pop(ZONE, None)
    if not known.get(CURRENCY):
        known[CURRENCY] = currency
    instead = {"company": addresses.one(mail).rpartition("@")[2], "contact_name": mail}
    blank = {name for name in instead if not known.get(name, "").strip()}
    filled = known | {name: instead[name] for name in blank}
    lead = lead_of(filled, policy, Style.POINT, whole=False)
    lacks = {*missing(lead, policy), *blank}
    return lead, tuple(name for name in policy.required if name in lacks)


def _kept(name: str, said: str) -> str:
    """A text that is too long ends where there is no more room: all of it stands in the CRM."""
    cut = name in LONG and len(said) > LONGEST
    return f"{said[: LONGEST - 1].rstrip()}…" if cut else said
