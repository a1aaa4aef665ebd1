"""What the policy wants of a deal, and the CRM lacks: its rep is asked for it, and what they enter
is written there, once, and never over what somebody has changed meanwhile.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from procrastinate import JobContext

from cards.crm_ask import ask_card, became_card
from cards.view import View
from crm import port
from crm.errors import CrmGoneError, CrmRefusedError
from crm.port import Crm
from handoff.crm_asks import Ask, Became, Lack, lacking, same, whose
from handoff.effects import AskForField, ShowAnswer, WriteField
from handoff.errors import NoSuchHandoffError
from handoff.policy import DealField, Policy, Promise
from jobs.messages import tell
from jobs.pledges import ask as asks_of
from jobs.pledges import pledged
from jobs.services import Services
from jobs.tasks import task
from store.door import Tx

TOLD = (Became.CHANGED, Became.GONE)  # what whoever entered it reads of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked for of deals as the CRM has them now."""

    services: Services
    rules: Policy
    stages: Mapping[str, port.Stage]
    currency: str  # of an amount that names none

    async def of(self, handoffs: Collection[UUID], deals: Mapping[str, port.Deal]) -> None:
        """Of each of these handoffs whoever has its deal is asked for what the CRM lacks of it, and
        for nothing else any more. *deals* are by their ids.
        """
        asks, wants = self.services.stores.crm_asks, self.rules.crm.wants
        there = await asks.open_of(handoffs)
        if not (wants or there):
            return
        entered = await asks.entered_at(handoffs)
        for case in await self.services.stores.handoffs.readable(handoffs):
            id, known = case.handoff.id, case.handoff.deal
            who, deal = whose(case), deals.get(known.id) if known else None
            found: list[Lack] = []
            if who and deal:
                times = {
                    f: at for (one, of, f), at in entered.items() if (one, of) == (id, deal.id)
                }
                found = self._lacking(deal, times)
            now = there.get(id)
            if (now and (not now.waits or _still(now, who, deal, found))) or not (now or found):
                continue
            async with self.services.stores.door.open() as tx:
                if now:
                    await _over(self.services, tx, now, deal)
                if found and who and deal:
                    await _ask(self.services, tx, self._asked(id, who, deal, found[0]))

    def _lacking(self, deal: port.Deal, entered: Mapping[DealField, datetime]) -> list[Lack]:
        """What is *entered* here, and stayed as it was, was looked at then all the same."""
        set_at = {
            one: max(at for at in (deal.set_at.get(one), entered.get(one)) if at)
            for one in {*deal.set_at, *entered}
        }
        wants, at = self.rules.crm.wants, self.services.now()
        return list(lacking(deal.stage, deal.fields, set_at, wants, at=at))

    def _asked(self, handoff: UUID, who: str, deal: port.Deal, lack: Lack) -> Ask:
        mine = self.stages.get(deal.stage)
        ways = [
            o for o in self.stages.values() if mine and o.in_use and o.pipeline == mine.pipeline
        ]
        is_stage = lack.field is DealField.STAGE
        return Ask(
            id=uuid4(),
            handoff=handoff,
            deal=deal.id,
            field=lack.field,
            why=lack.why,
            was=lack.was,
            currency=deal.currency or self.currency,
            choices=tuple((one.id, one.name) for one in ways) if is_stage else (),
            who=who,
            asked_at=self.services.now(),
        )


def _still(now: Ask, who: str | None, deal: port.Deal | None, found: list[Lack]) -> bool:
    """Whether just that is to be asked of them still."""
    if deal is None or (now.who, now.deal) != (who, deal.id):
        return False
    if now.field is DealField.AMOUNT and _in_another(now, deal.currency):
        return False
    return any(one.field is now.field and same(now.field, one.was, now.was) for one in found)


def _in_another(ask: Ask, currency: str) -> bool:
    """Whether an amount was asked for in another *currency* than it is by now, as far as both are
    known.
    """
    return bool(currency and ask.currency) and currency != ask.currency


async def _over(services: Services, tx: Tx, now: Ask, deal: port.Deal | None) -> None:
    """It is asked no more. Where it stands there by now whoever was asked has kept their promise,
    when the deal was changed.
    """
    at, there = services.now(), False
    if deal is not None and deal.id == now.deal:
        there = not same(now.field, deal.fields.get(now.field, ""), now.was)
    became = Became.THERE if there else Became.LEFT
    if not await services.stores.crm_asks.leaves(tx, now.id, became, at):
        return
    await _shown(services, tx, now)
    changed = min(at, max(now.asked_at, deal.changed_at)) if there and deal else at
    await services.stores.pledges.settle(
        tx, Promise.UPDATE_CRM, str(now.id), by=now.who if there else None, at=changed
    )


async def _shown(services: Services, tx: Tx, ask: Ask) -> None:
    """Every card that asks for it, or asked, says how it stands."""
    for person, card in await services.stores.pledges.cards(tx, Promise.UPDATE_CRM, str(ask.id)):
        tx.follow(ShowAnswer(person, card, f"crm {ask.id}", card))


async def _ask(services: Services, tx: Tx, ask: Ask) -> None:
    if not await services.stores.crm_asks.make(tx, ask):
        return
    await services.stores.pledges.make(
        tx, Promise.UPDATE_CRM, ask.who, about=str(ask.id), to=None, at=ask.asked_at
    )
    tx.follow(AskForField(ask.id, ask.who))


@task(AskForField)
async def ask_for_field(context: JobContext, do: AskForField) -> None:
    """They are asked for it; or read why what they entered is not written."""
    services, to = Services.of(context), do.to
    ask = await services.stores.crm_asks.ask(do.ask)
    if services.crm is None or ask is None:
        return
    try:
        case = await services.stores.handoffs.case(ask.handoff, to)
    except NoSuchHandoffError:
        return
    reader = case.people.get(to)
    if reader is None or not reader.present:
        return
    view, name = View(case=case, viewer=reader, at=services.now()), services.crm.name
    if ask.waits:
        lines = await pledged(services, Promise.UPDATE_CRM, str(ask.id), to)
        card = ask_card(ask, view, name, asked=lines)
        await asks_of(services, Promise.UPDATE_CRM, str(ask.id), to, card, last=context)
    elif ask.became in TOLD and ask.said_by == to:
        await tell(services, to, became_card(ask, view, name), last=context)


@task(WriteField)
async def write_field(context: JobContext, do: WriteField) -> None:
    """What was entered stands there. What the CRM refuses is asked for anew, in its words; what
    somebody has changed there meanwhile stays.
    """
    services = Services.of(context)
    crm, asks = services.crm, services.stores.crm_asks
    ask = await asks.ask(do.ask)
    if crm is None or ask is None or ask.value is None or ask.became:
        return
    became, refused = await _write(crm, ask, ask.value, await _writer(services, ask))
    at = services.now()
    async with services.stores.door.open() as tx:
        if not await asks.ends(tx, ask.id, became, at):
            return
        if became is Became.REFUSED:
            await _ask(services, tx, _anew(ask, refused, services))
        elif became in TOLD and ask.said_by:
            tx.follow(AskForField(ask.id, ask.said_by))
        await _shown(services, tx, ask)
        await services.stores.crm.read_again(tx, ask.handoff, at)


async def _writer(services: Services, ask: Ask) -> str:
    """The user there as whom it is written; empty: as Baton."""
    if services.crm is None or not services.crm.guide.acting:
        return ""
    if not (await services.stores.policies.current()).crm.in_their_name:
        return ""
    known = await services.stores.crm.known()
    return known.users.get(ask.said_by or "", "") if known else ""


async def _write(crm: Crm, ask: Ask, value: str, by: str) -> tuple[Became, str]:
    """What became of it, and what the CRM says against it. Where the CRM keeps no version of the
    deal, there is a moment between look and word.
    """
    try:
        deal = await crm.deal(ask.deal)
        now = deal.fields.get(ask.field, "")
        if ask.field is DealField.AMOUNT and _in_another(ask, deal.currency):
            return Became.CHANGED, ""
        if same(ask.field, now, value):
            return Became.WRITTEN, ""  # perhaps by a try of before, of which nobody has heard
        if not same(ask.field, now, ask.was):
            return Became.CHANGED, ""
        await crm.write_deal(deal.id, ask.field, value, version=deal.version, by=by)
    except CrmRefusedError as error:
        return Became.REFUSED, str(error)
    except CrmGoneError:
        return Became.GONE, ""
    return Became.WRITTEN, ""


def _anew(ask: Ask, refused: str, services: Services) -> Ask:
    """The same question again, with what the CRM said."""
    return replace(
        ask,
        id=uuid4(),
        asked_at=services.now(),
        refused=refused,
        value=None,
        said_by=None,
        said_at=None,
    )
