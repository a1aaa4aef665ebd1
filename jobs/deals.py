"""The deals of the CRM come back: read from its records a page of contacts at a time, and written
handoff by handoff with what follows. Where a deal stands otherwise there than was said here, its
people read so once it has stood for a day; neither side is changed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from procrastinate import JobContext

from cards.deals import deal_card
from cards.view import View
from crm import port
from crm.errors import CrmBusyError, CrmError, CrmGoneError, CrmRefusedError, CrmSignInError
from crm.port import Crm
from handoff import accountable, deals
from handoff.effects import ReadDeals, Show, TellOfDeal
from handoff.errors import NoSuchHandoffError
from handoff.model import Case, Deal, DealState, Decision
from handoff.policy import DealField, Policy, Promise
from jobs.crm import look
from jobs.crm_asks import Asking
from jobs.messages import tell
from jobs.services import Services
from jobs.tasks import task
from store.crm import Compared
from store.door import Tx
from store.handoffs import together

log = structlog.get_logger()

AT_A_TIME = 500  # contacts whose deals are read in one job
TOGETHER = 25  # handoffs that are written in one transaction
A_DAY = timedelta(days=1)  # in which people may say here what they have entered there
FOR_GOOD = (CrmRefusedError, CrmGoneError, CrmError)
NOT_YET = Compared(how="", since=None, said="")


@task(ReadDeals, cron="*/15 * * * *")
async def read_deals(context: JobContext, do: ReadDeals) -> None:
    """The deals of the next contacts are known as the CRM has them, and what follows is queued."""
    services = Services.of(context)
    crm, links = services.crm, services.stores.crm
    if crm is None:
        return
    since = do.since or services.now()
    contacts = await links.deals_due(since, AT_A_TIME)
    if not contacts:
        return
    here: Collection[str] = ()
    try:
        here = await _read(services, crm, contacts)
    except CrmBusyError:
        async with services.stores.door.open() as tx:
            await links.is_away(tx, services.now())
        raise
    except CrmSignInError as error:  # who updates has yet to give the key its scope
        log.warning("deals are not read: doctor says more", why=str(error))
        async with services.stores.door.open() as tx:
            await links.is_away(tx, services.now())
        return
    except FOR_GOOD as error:  # the other pages do not wait for it
        log.exception("deals of a page are not read", contacts=len(contacts), why=str(error))
    async with services.stores.door.open() as tx:
        await links.deals_read(tx, [*contacts, *here], services.now())
        if away := await links.answers(tx):
            await services.stores.pledges.while_away(tx, Promise.UPDATE_CRM, away, services.now())
        if len(contacts) == AT_A_TIME:
            tx.follow(ReadDeals(since))


async def _read(services: Services, crm: Crm, contacts: Collection[str]) -> Collection[str]:
    """The deals beside these are known as the CRM has them; of which contacts, by the ids of now,
    all is known.
    """
    rules = await services.stores.policies.current()
    reading = await _reading(services, crm, rules)
    there = await _there(services, crm, contacts, dated=any(one.days for one in rules.crm.wants))
    await _Page(services, there, reading, rules).take_in()
    return there.contacts


@dataclass(frozen=True, slots=True)
class _There:
    """What the CRM has of a page."""

    contacts: Collection[str]  # by the ids of now, those of which all is known
    deals: Collection[port.Deal]


async def _there(services: Services, crm: Crm, contacts: Collection[str], *, dated: bool) -> _There:
    """By the id of before a merge no deals may be found: of whoever has none it is asked whether
    they are there, before any are given up. Of a contact that is gone nothing new is known, nor of
    one of which not all could be read: that is named in the log, and stops nobody else.
    """
    links = services.stores.crm
    read = await crm.deals(contacts, dated=dated)
    found, unread = list(read.found), dict(read.unread)
    known = {contact for one in found for contact in one.contacts}
    without = [one for one in contacts if one not in known and one not in unread]
    if without:
        present = await crm.present(without)
        unread |= present.unread
        without = [one for one in without if one not in present.found and one not in unread]
    here, moved = dict.fromkeys(contacts), list[str]()
    for contact in without:
        del here[contact]
        try:
            now = await crm.contact(contact)
        except CrmGoneError:
            continue
        except (CrmRefusedError, CrmError) as error:
            unread[contact] = str(error)
            continue
        here[now.id] = None
        if now.id != contact:
            async with services.stores.door.open() as tx:
                await links.moved(tx, contact, now.id)
            moved.append(now.id)
    if moved:
        ids = {one.id for one in found}
        read = await crm.deals(moved, dated=dated)
        found += [one for one in read.found if one.id not in ids]
        unread |= read.unread
    if unread:
        why = sorted({*unread.values()})
        log.warning("deals of some contacts are not read", contacts=len(unread), why=why)
    return _There([one for one in here if one not in unread], found)


@dataclass(frozen=True, slots=True)
class _Reading:
    """By what a deal of the CRM is read as one of ours."""

    stages: Mapping[str, port.Stage]
    mapped: Mapping[str, str]  # by the policy
    currency: str

    def __call__(self, one: port.Deal) -> Deal:
        stage = self.stages.get(one.stage)
        said = stage.state if stage else DealState.OPEN
        return Deal(
            id=one.id,
            made_at=one.made_at,
            stage=one.stage,
            stage_name=stage.name if stage else one.stage,
            state=deals.counts_as(one.stage, said, self.mapped),
            amount=deals.amount_of(one.amount, one.currency or self.currency),
            owner=one.owner,
            next_step=one.fields.get(DealField.NEXT_STEP, ""),
        )


async def _reading(services: Services, crm: Crm, rules: Policy) -> _Reading:
    stages = await crm.stages()
    known = await services.stores.crm.known() or await look(services, crm)
    return _Reading(stages, rules.crm.stages, known.currency)


@dataclass(frozen=True, slots=True)
class _Row:
    """A handoff, and the deals that may be its."""

    case: Case
    contact: str
    found: list[Deal]
    said: Compared | None

    @property
    def id(self) -> UUID:
        return self.case.handoff.id

    @property
    def was(self) -> Compared:
        return self.said or NOT_YET

    def is_due(self, at: datetime, texts: timedelta) -> bool:
        """Whether anything comes of it."""
        decision = deals.read(self.case, at=at, deals=self.found, texts=texts)
        now = self.case.handoff
        how = deals.differs(decision.handoff if decision else now)
        waits = accountable.came_to(now.deal, now.deal)
        return decision is not None or waits or _is_news(how, self.was, at)


@dataclass(frozen=True, slots=True)
class _Page:
    """What is to be written of what the CRM has."""

    services: Services
    there: _There
    reading: _Reading
    rules: Policy

    async def take_in(self) -> None:
        stores = self.services.stores
        everyone = {contact for one in self.there.deals for contact in one.contacts}
        leads = await stores.crm.beside({*everyone, *self.there.contacts})
        told = {one.handoff: one.contact for one in leads if one.contact in self.there.contacts}
        mine: dict[UUID, list[Deal]] = {id: [] for id in told}
        for one in self.there.deals:
            whose = deals.belongs_to(one.contacts, one.made_at, leads)
            if whose in mine:
                mine[whose].append(self.reading(one))
        compared = await stores.crm.compared(mine)
        found = [
            _Row(case, told[case.handoff.id], mine[case.handoff.id], compared.get(case.handoff.id))
            for case in await stores.handoffs.readable(mine)
        ]
        texts = self.rules.retention.texts
        due = {row.id: row for row in found if row.is_due(self.services.now(), texts)}
        alone = [[id] for id, row in due.items() if self._gives_on(row)]
        rest = [id for id, row in due.items() if not self._gives_on(row)]
        for ids in (*alone, *(rest[n : n + TOGETHER] for n in range(0, len(rest), TOGETHER))):
            await together(ids, partial(self._write, due))
        asking = Asking(
            services=self.services,
            rules=self.rules,
            stages=self.reading.stages,
            currency=self.reading.currency,
        )
        await asking.of(mine, {one.id: one for one in self.there.deals})

    def _gives_on(self, row: "_Row") -> bool:
        """Whether it may be another's by that: then turns are taken, one handoff at a time."""
        return any(one.stage in self.rules.crm.accountable for one in row.found)

    async def _write(self, rows: Mapping[UUID, "_Row"], ids: Sequence[UUID]) -> None:
        """These handoffs, in one transaction. What was read beside a contact is not their handoff's
        any more once its prospect is forgotten, or is another.
        """
        stores, at = self.services.stores, self.services.now()
        texts = self.rules.retention.texts
        before: dict[UUID, Deal | None] = {}

        async def read(tx: Tx, cases: Sequence[Case]) -> Mapping[UUID, Decision | None]:
            before.update({one.handoff.id: one.handoff.deal for one in cases})
            still = await stores.crm.told_of(tx, {id: rows[id].contact for id in ids})
            there = [one for one in cases if one.handoff.id in still]
            return {
                one.handoff.id: deals.read(
                    one, at=at, deals=rows[one.handoff.id].found, texts=texts
                )
                for one in there
            }

        async with stores.door.open() as tx:
            cases = await stores.handoffs.change_each_in(tx, ids, read)
            await self._leave_unseen(tx, ids)
            for case in cases:
                now, was = case, rows[case.handoff.id].was
                if accountable.came_to(before[case.handoff.id], now.handoff.deal):
                    now = await self._give_on(tx, now) or now
                how = deals.differs(now.handoff)
                if how != was.how:
                    await stores.crm.differs(tx, now.handoff.id, how, at)
                elif _is_news(how, was, at):
                    await stores.crm.differs_said(tx, now.handoff.id)
                    tx.follow(*(TellOfDeal(who, now.handoff.id) for who in _whom(now)))

    async def _leave_unseen(self, tx: Tx, ids: Sequence[UUID]) -> None:
        """Nothing is drawn anew where nobody has a card of it."""
        shows = [one for one in tx.effects if isinstance(one, Show) and not one.alert]
        people = {one.person for one in shows}
        seen = await self.services.stores.conversations.may_read(tx, ids, people) if shows else ()
        tx.leave(*(one for one in shows if (one.handoff_id, one.person) not in seen))

    async def _give_on(self, tx: Tx, case: Case) -> Case | None:
        """Its deal came to a stage: it is whose it is by that, if the policy says so, or is looked
        at again where nobody can have it now.
        """
        stores, deal = self.services.stores, case.handoff.deal
        to = self.rules.crm.accountable.get(deal.stage) if deal else None
        if to is None:
            return None
        if to.startswith(accountable.POOL):
            pool = to.removeprefix(accountable.POOL)
            rule, also = partial(self._by_turn, pool), await stores.routing.members(tx, pool)
            return await stores.handoffs.try_in(tx, case.handoff.id, rule, *also)
        person = await stores.people.with_mail(to)
        able = person and person.present and person.id != case.handoff.qualifier
        who = person.id if person and able else None
        give = partial(accountable.give, at=self.services.now(), to=who)
        return await stores.handoffs.try_in(tx, case.handoff.id, give, who or "")

    async def _by_turn(self, pool: str, tx: Tx, case: Case) -> Decision | None:
        """Whoever is next in *pool* has it; who is in it and has it already keeps it."""
        at, rep = self.services.now(), case.people.get(case.handoff.rep or "")
        who, turn = (rep.id if rep and rep.present and pool in rep.pools else None), None
        if who is None and accountable.may_be_given(case.handoff):
            found = await self.services.stores.routing.turn(tx, case, pool, at)
            who, turn = found or (None, None)
        return accountable.give(case, at=at, to=who, turn=turn)


def _is_news(how: str, was: Compared, at: datetime) -> bool:
    """Whether it is otherwise than it was, or has been so for a day and nobody has read it."""
    if how != was.how:
        return True
    return bool(how) and how != was.said and was.since is not None and was.since <= at - A_DAY


def _whom(case: Case) -> list[str]:
    """Whoever has the lead, its rep, and the nearest manager of the rep who is here."""
    handoff = case.handoff
    rep = case.people.get(handoff.rep or handoff.owner)
    above = [case.people.get(one) for one in (rep.managers if rep else ())]
    manager = next((one.id for one in above if one and one.present), None)
    return list(dict.fromkeys(filter(None, (handoff.owner, handoff.rep, manager))))


@task(TellOfDeal)
async def tell_of_deal(context: JobContext, do: TellOfDeal) -> None:
    """They read which deals may be the lead's, if they are to say, and what stands otherwise there
    than here, as it is by now; nothing where neither is so any more.
    """
    services = Services.of(context)
    link = await services.stores.crm.link(do.handoff_id)
    if services.crm is None or link is None or link.contact is None:
        return
    try:
        case = await services.stores.handoffs.case(do.handoff_id, do.person)
    except NoSuchHandoffError:
        return
    reader = case.people.get(do.person)
    if reader is None or not reader.present:
        return
    view = View(case=case, viewer=reader, at=services.now())
    if not view.scope.reads(case.handoff):
        return
    asks = deals.may_choose(case.handoff, do.person)
    if not asks and not deals.differs(case.handoff):
        return
    names = await _names(services.crm, link.contact) if asks else {}
    card = deal_card(view, services.crm.name, names)
    await tell(services, do.person, card, last=context, asks=bool(asks))


async def _names(crm: Crm, contact: str) -> Mapping[str, str]:
    """What the deals are called there, which is kept nowhere here."""
    return {one.id: one.name for one in (await crm.deals([contact])).found}
