"""The CRM knows each handoff: all of how it stands, told after each change, so that neither the
order nor a repetition matters. What it does not take a person reads, in the CRM's own words.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from procrastinate import JobContext

from cards.crm import crm_card
from crm.errors import CrmGoneError, CrmRefusedError, CrmSignInError
from crm.port import Contact, Crm
from handoff import addresses
from handoff.effects import ForgetContact, ReadCrm, TellCrm, TellOfCrm
from handoff.errors import NoSuchHandoffError
from handoff.model import Case
from handoff.policy import Promise
from handoff.snapshot import OF_ONE_REP, TOLD, moment, snapshot
from jobs.messages import tell
from jobs.services import Services
from jobs.tasks import task
from store.crm import Known, Link

log = structlog.get_logger()

NOBODY = "nobody"
DELETED = (
    "The contact was deleted in {crm}. Baton tells nothing of this lead there until it is back."
)
GONE = (
    "The contact is no more in {crm}, and cannot be restored. Where the prospect asked for that, "
    "whoever looks after Baton forgets them here too."
)


@task(TellCrm)
async def tell_crm(context: JobContext, do: TellCrm) -> None:
    """The handoff stands in the CRM as it stands here, in fields where there are such, the rest in
    one note; each of them once.
    """
    services = Services.of(context)
    crm, links = services.crm, services.stores.crm
    try:
        case = await services.stores.handoffs.case(do.handoff_id)
        if (by := case.handoff.changed_by) and by not in case.people:  # one who is not in it
            case = await services.stores.handoffs.case(do.handoff_id, by)
    except NoSuchHandoffError:
        return
    said = snapshot(case)
    if crm is None or said is None or (await links.standing(do.handoff_id))[0]:
        return
    known = await links.known() or await look(services, crm)
    rules = await services.stores.policies.current()  # of what is told now, and not as it began
    if rules.figures.works_council:
        said = {name: "" if name in OF_ONE_REP else words for name, words in said.items()}
    owner = known.users.get(case.handoff.owner) if rules.crm.owner else None
    telling = Telling(services, crm, case, said, known, owner)
    link = await links.link(do.handoff_id)
    if link and link.told == telling.digest and not link.trouble:
        return
    await telling.tell(link)


@dataclass(slots=True)
class Telling:
    """One handoff, being told."""

    services: Services
    crm: Crm
    case: Case
    said: Mapping[str, str]
    known: Known
    owner: str | None  # who is to own the contact
    trouble: list[str] = field(default_factory=list)
    asked: str = ""

    @property
    def id(self) -> UUID:
        return self.case.handoff.id

    @property
    def digest(self) -> bytes:
        """Of all that is told, and of where."""
        fields = sorted(self.known.fields & TOLD.keys())
        all = [self.case.handoff.lead.contact_email, dict(self.said), fields, self.owner]
        return hashlib.sha256(json.dumps(all, sort_keys=True).encode()).digest()

    async def tell(self, link: Link | None) -> None:
        stores, digest = self.services.stores, self.digest
        before = (link.trouble, link.asked) if link else ("", "")
        is_earlier = True
        if link:
            async with stores.door.open() as tx:
                await stores.crm.begun(tx, self.id, self.services.now())
        try:
            contact = await self._contact(link)
            link = await stores.crm.link(self.id)
            if contact is None or link is None:  # the prospect was forgotten meanwhile
                return
            _, is_earlier = await stores.crm.standing(self.id)
            rest = dict(self.said)
            if not is_earlier:
                rest = await self._fields(link, contact)
            await self._note(link, contact, rest)
        except CrmRefusedError as error:
            self.trouble.append(str(error))
        except CrmGoneError as error:
            words = DELETED if error.may_return else GONE
            self.trouble.append(words.format(crm=self.crm.name))
        words = "\n".join(dict.fromkeys(self.trouble))
        async with stores.door.open() as tx:
            await stores.crm.told(
                tx, self.id, digest, self.services.now(), trouble=words, asked=self.asked
            )
            owner = self.case.handoff.owner
            is_news = bool(self.asked) and self.asked != before[1]
            if words and words != before[0]:
                is_news |= await stores.crm.said(tx, self.id, owner, words, self.services.now())
            if is_news:
                tx.follow(TellOfCrm(owner, self.id))
            if link and not is_earlier:
                # One of the same contact that came meanwhile has the last word.
                for later in await stores.crm.later(tx, self.id):
                    tx.follow(TellCrm(later))

    async def _contact(self, link: Link | None) -> Contact | None:
        """The prospect's, which is known from now on; None where they are forgotten meanwhile."""
        stores, lead, at = self.services.stores, self.case.handoff.lead, self.services.now()
        if link and link.contact and link.address == lead.contact_email:
            contact = await self.crm.contact(link.contact)
            if contact.id != link.contact:
                async with stores.door.open() as tx:
                    await stores.crm.moved(tx, link.contact, contact.id)
            return contact
        if link is None:  # so that what is said of it has a place, should none be made
            async with stores.door.open() as tx:
                if not await stores.crm.found(tx, self.id, lead.contact_email, None, at):
                    return None
        former = await self._former(link.contact) if link and link.contact else None
        found: Contact | None = None
        refused: CrmRefusedError | None = None
        try:
            found = await self.crm.contact_of(lead.contact_email, lead.contact_name, lead.company)
        except CrmRefusedError as error:
            refused = error
        if link and former and found and former.id == found.id:
            async with stores.door.open() as tx:  # it has got the other address there as well
                await stores.crm.moved(tx, link.contact or "", found.id)
                await stores.crm.readdressed(tx, self.id, lead.contact_email)
            return found
        others = await stores.crm.others(self.id)
        if link and former:
            await self._leave(link, former, is_shared=bool(others))
        async with stores.door.open() as tx:
            id = found.id if found else None
            is_kept = await stores.crm.found(tx, self.id, lead.contact_email, id, at)
            if former:
                await stores.crm.anew(tx, others)
                tx.follow(*map(TellCrm, others))
        if refused:
            raise refused
        return found if is_kept else None

    async def _former(self, contact: str) -> Contact | None:
        """The one of the address that was corrected; None where it is no more."""
        try:
            return await self.crm.contact(contact)
        except CrmGoneError:
            return None

    async def _leave(self, link: Link, contact: Contact, *, is_shared: bool) -> None:
        """Nothing of this handoff stands at *contact*, who is somebody else, and whoever owned it
        owns it, unless somebody chose another. The fields of a *shared* one are another's.
        """
        owner = link.owner_found if link.owner and contact.owner == link.owner else None
        fields = () if is_shared else self.known.fields & TOLD.keys()
        await self._write(contact, dict.fromkeys(fields, ""), owner)
        if note := await self._known_note(link, contact):
            with suppress(CrmGoneError):
                await self.crm.rewrite_note(note, self._marker)

    async def _fields(self, link: Link, contact: Contact) -> dict[str, str]:
        """What has a field, and is taken, stands there. Returns what is left."""
        values = {name: said for name, said in self.said.items() if name in self.known.fields}
        owner = await self._owner(link, contact)
        taken, is_owned = await self._write(contact, values, owner)
        if is_owned:
            await self._owned()
        return {name: said for name, said in self.said.items() if name not in taken}

    async def _write(
        self, contact: Contact, values: dict[str, str], owner: str | None
    ) -> tuple[Collection[str], bool]:
        """Which of it is taken; and whether the owner is. Nobody's change of the owner since that
        was read is undone.
        """
        while values or owner is not None:
            version = contact.version if owner is not None else ""
            try:
                await self.crm.write(contact.id, values, owner, version=version)
                break
            except CrmRefusedError as error:
                self.trouble.append(str(error))
                named = error.fields & values.keys()
                if owner is not None and not named:
                    owner = None
                elif named:
                    values = {n: said for n, said in values.items() if n not in named}
                else:
                    return await self._each(contact, values), False
        return values.keys(), owner is not None

    async def _each(self, contact: Contact, values: Mapping[str, str]) -> Collection[str]:
        """Where the CRM does not say which it refuses, each is written alone; which are taken."""
        taken = []
        for name, said in values.items() if len(values) > 1 else ():
            try:
                await self.crm.write(contact.id, {name: said})
            except CrmRefusedError as error:
                self.trouble.append(str(error))
            else:
                taken.append(name)
        return taken

    async def _owner(self, link: Link, contact: Contact) -> str | None:
        """Who is to become the owner; None where they are, or somebody chose another there."""
        if self.owner is None:
            return None
        if self.owner == contact.owner:
            if self.owner == link.owner:  # which nobody had heard
                await self._owned()
            return None
        if link.owner is not None and contact.owner not in {link.owner, link.owner_before}:
            self.asked = contact.owner or NOBODY
            return None
        async with self.services.stores.door.open() as tx:
            await self.services.stores.crm.trying_owner(
                tx, self.id, self.owner, before=contact.owner
            )
        return self.owner

    async def _owned(self) -> None:
        """Who it was before is known until here, for the CRM may refuse."""
        async with self.services.stores.door.open() as tx:
            await self.services.stores.crm.owned(tx, self.id)

    async def _note(self, link: Link, contact: Contact, rest: Mapping[str, str]) -> None:
        """One note holds the rest. Where it is unknown whether one was made, it is looked for."""
        stores, at = self.services.stores, self.services.now()
        lines = [f"{TOLD[name]}: {said}" for name, said in rest.items() if said]
        if link.note is None and not lines:
            return
        text = "\n".join([self._marker, *lines])
        note = await self._known_note(link, contact)
        if note is not None:
            try:
                await self.crm.rewrite_note(note, text)
            except CrmGoneError:  # somebody has deleted it: it is written anew
                note = None
        if note is None:
            async with stores.door.open() as tx:
                await stores.crm.noted(tx, self.id, None)
                await stores.crm.trying_note(tx, self.id, at)
            note = await self.crm.add_note(contact.id, text, moment(at))
        if note != link.note:
            async with stores.door.open() as tx:
                await stores.crm.noted(tx, self.id, note)

    async def _known_note(self, link: Link, contact: Contact) -> str | None:
        if link.note or not link.note_tried_at:
            return link.note
        there = await self.crm.notes(contact.id)
        return next((id for id, said in there.items() if self._marker in said), None)

    @property
    def _marker(self) -> str:
        """By which a note is known again: its first line."""
        return f"Baton, no. {self.case.handoff.number} ({self.id})"


@task(ReadCrm, cron="*/15 * * * *")
async def read_crm(context: JobContext, do: ReadCrm) -> None:
    """Which fields there are and who is who is known anew; what the CRM has not heard is told, and
    whoever is to be forgotten there is here.
    """
    services = Services.of(context)
    if services.crm is None:
        return
    await look(services, services.crm)
    stores, at = services.stores, services.now()
    try:
        marked = await stores.crm.told_at(await services.crm.to_forget())
    except CrmSignInError:  # the doctor says so; nothing else needs it
        marked = []
    again = await stores.crm.untold(at)
    over = await stores.pledges.without_ask()
    async with stores.door.open() as tx:
        for about in over:
            await stores.pledges.settle(tx, Promise.UPDATE_CRM, about, by=None, at=at)
        await stores.crm.again(tx, again, at)
        tx.follow(*map(TellCrm, again), *map(ForgetContact, marked))


async def look(services: Services, crm: Crm) -> Known:
    """Which fields there are, who is who and what an amount is in are known as they are now."""
    fields, users = await crm.fields(), await crm.users()
    try:
        currency = (await crm.account()).currency
    except CrmSignInError:  # which the key may not read; nothing else needs it
        currency = ""
    by_mail = {addresses.one(user.mail): user.id for user in users}
    everyone = await services.stores.people.everyone()
    known = Known(
        fields=frozenset(fields),
        users={
            person.id: by_mail[mail]
            for person in everyone.values()
            for mail in [next((m for m in map(addresses.one, person.mails) if m in by_mail), None)]
            if mail is not None
        },
        currency=currency,
    )
    async with services.stores.door.open() as tx:
        await services.stores.crm.looked(tx, known, services.now())
    return known


@task(TellOfCrm)
async def tell_of_crm(context: JobContext, do: TellOfCrm) -> None:
    """A person reads what the CRM did not take, as it stands by now."""
    services = Services.of(context)
    link = await services.stores.crm.link(do.handoff_id)
    if services.crm is None or link is None or not (link.trouble or link.asked):
        return
    case = await services.stores.handoffs.case(do.handoff_id, do.person)
    reader = case.people.get(do.person)
    if reader is None or not reader.present:
        return
    owner = await _named(services, link.asked) if link.asked else ""
    card = crm_card(case, services.crm.name, refused=link.trouble, owner=owner)
    await tell(services, do.person, card, last=context)


async def _named(services: Services, user: str) -> str:
    """Who that user of the CRM is, as people call them."""
    known = await services.stores.crm.known()
    who = next((person for person, id in (known.users if known else {}).items() if id == user), "")
    person = await services.stores.people.find(who) if who else None
    return person.name if person else NOBODY if user == NOBODY else "somebody Baton does not know"
