"""The CRM, where there is one: whether Baton is let in, what it may write, and who is who there."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from cards.crm_ask import FIELDS_THERE
from crm.errors import CrmBusyError, CrmError, CrmRefusedError, CrmSignInError
from crm.port import Account, Crm, LeadsWanted, User
from doctor.check import Check, Examined, fine, ill, listed, vital
from handoff import addresses
from handoff.accountable import POOL
from handoff.campaigns import key
from handoff.model import Role
from handoff.policy import CrmLeads, CrmRules
from handoff.snapshot import LINES, MOMENTS, OF_ONE_REP, TOLD

FEW = 1_000  # calls that are left of a day
WORKING = frozenset({Role.QUALIFIER, Role.REP, Role.MARKETER})
WAIT = "wait, and run doctor again; nothing is lost meanwhile"
MAKE = "{}; until then they stand in a note beside the contact"
USERS = "make them users there with that address; until then Baton makes them nobody's owner"
SCOPE = "{}; until then no deal is known here"
WRITE = "{}; what was entered waits, and is written then"
NAME = "name somebody in the policy who is here; until then a deal of that stage stays where it is"
SLOW = timedelta(hours=1)  # that the CRM may take
SEES = "{}; until then nobody is told of a lead that lies idle"
MAKE_SOURCE = "python app.py sources make {!r} --crm --owner … --for …; until then none comes in"
NAME_FIELDS = "name fields in [crm.leads] of the policy that it has and Baton may read"
NAME_TOUCHES = "name fields in [crm.touches] of the policy that it has and Baton may read"
WAIT_FOR_SOMEBODY = "put that right; they are read again every two minutes"
FILL_IN = "fill that in there, and it comes in; what is none need not stay one there"
SPENDING = "{}; until then it is known from your list alone"
FORGET = "{}; until then python app.py person forget does it"
ACT = "{}; what people enter waits until then"
NOBODY_ACTS = "take in_their_name out of [crm] in the policy; everything is written as Baton"
THEIR_RIGHTS = "let their role write Opportunity, or make them users there"
CURRENCY = "{}; an amount that names no currency is not known here"
MEND = "put right in the CRM what it says; Baton tries again each hour"
CHOOSE = "give the lead on in Teams, or choose in the CRM whoever has it here"


async def checks(of: Examined) -> AsyncIterator[Check]:
    crm, links = of.services.crm, of.services.stores.crm
    if crm is None:
        return
    what = f"{crm.name} lets Baton in"
    try:
        fields, users = await crm.fields(), await crm.users()
        account = await _account(crm)
    except CrmSignInError as error:
        yield vital(ill(what, crm.guide.let_in, str(error)))
        return
    except (CrmBusyError, CrmError) as error:
        yield vital(ill(what, WAIT, str(error)))
        return
    yield fine(what, f"account {account.id}, {account.kind.lower()}" if account else "")
    if account and account.calls_left is not None:
        what, left = "calls of today are left", f"{account.calls_left}"
        yield fine(what, left) if account.calls_left >= FEW else ill(what, WAIT, left)
    rules = await of.services.stores.policies.current()
    async for check in _deals(crm, account, rules.crm):
        yield check
    async for check in _of_contacts(of, crm, rules.crm):
        yield check
    async for check in _campaigns(crm, rules.crm):
        yield check
    async for check in _forgetting(of, crm):
        yield check
    heirs = [one for one in rules.crm.accountable.values() if not one.startswith(POOL)]
    known = await of.services.stores.people.with_mails(heirs)
    nobody = sorted(one for one in heirs if one not in known or not known[one].present)
    yield listed("whoever [crm.accountable] names is here", nobody, NAME)
    async for check in _entered(of, crm, users, rules.crm):
        yield check
    told = TOLD.keys() - (OF_ONE_REP if rules.figures.works_council else ())
    lacking = [_field(crm, one) for one in TOLD if one in told and one not in fields]
    make = MAKE.format(crm.guide.fields)
    yield listed("each thing that is told has a field of its own", lacking, make)
    mails = {addresses.one(user.mail) for user in users}
    everyone = (await of.services.stores.people.everyone()).values()
    strangers = [
        f"{one.name} ({one.mail})"
        for one in everyone
        if one.roles & WORKING and not mails & set(map(addresses.one, one.mails))
    ]
    yield listed("everyone who may have a lead is a user there", sorted(strangers), USERS)
    refused = [f"no. {one.number}: {one.words}" for one in await links.refused()]
    yield listed("it has taken all that it was told", refused, MEND)
    chosen = [f"no. {one.number}: {one.words}" for one in await links.asked()]
    yield listed("contacts are owned by whoever has the lead", chosen, CHOOSE)


async def _deals(crm: Crm, account: Account | None, rules: CrmRules) -> AsyncIterator[Check]:
    what = "its deals may be read"
    try:
        await crm.reads_deals()
        stages = await crm.stages()
    except CrmSignInError as error:
        yield ill(what, SCOPE.format(crm.guide.deals), str(error))
        return
    except (CrmBusyError, CrmError) as error:
        yield ill(what, WAIT, str(error))
        return
    yield fine(what)
    what = "it is known in which currency its amounts are"
    currency = account.currency if account else ""
    yield fine(what, currency) if currency else ill(what, CURRENCY.format(crm.guide.currency))
    named = dict.fromkeys(rules.stages, "[crm.stages]")
    named |= dict.fromkeys(rules.accountable, "[crm.accountable]")
    named |= {id: "[[crm.wants]]" for want in rules.wants for id in want.stages}
    unknown = sorted(f"{id} in {where}" for id, where in named.items() if id not in stages)
    ways = ", ".join(sorted(f"{one.id} ({one.name})" for one in stages.values()))
    yield listed("the policy names stages that there are", unknown, f"there are: {ways}")


async def _of_contacts(of: Examined, crm: Crm, rules: CrmRules) -> AsyncIterator[Check]:
    """What is read of them."""
    async for check in _leads(of, crm, rules.leads):
        yield check
    async for check in _activity(of, crm, rules):
        yield check


async def _leads(of: Examined, crm: Crm, wanted: CrmLeads | None) -> AsyncIterator[Check]:
    if wanted is None:
        return
    stores, what = of.services.stores, "leads come in from there"
    sources = [one.name for one, _ in await stores.lead_sources.all() if one.ended_at is None]
    if key(wanted.source) not in map(key, sources):
        yield ill(what, MAKE_SOURCE.format(wanted.source), f"no source {wanted.source!r}")
        return
    asked = LeadsWanted(field=wanted.by, values=wanted.values, fields=wanted.fields)
    try:
        await crm.leads(asked, of.services.now())
    except (CrmSignInError, CrmRefusedError) as error:
        yield ill(what, NAME_FIELDS, str(error))
        return
    except (CrmBusyError, CrmError) as error:
        yield ill(what, WAIT, str(error))
        return
    trouble, out = await stores.crm_leads.standing()
    yield ill(what, WAIT_FOR_SOMEBODY, trouble) if trouble else fine(what, wanted.source)
    left = [f"{record}: {why}" for record, why in out]
    yield listed("each lead there can be one here", left, FILL_IN)


async def _activity(of: Examined, crm: Crm, rules: CrmRules) -> AsyncIterator[Check]:
    if not rules.activity:
        return
    what, at = "it says when prospects were called, written to and met", of.services.now()
    due = await of.services.stores.crm.activity_due(at, 1)
    try:
        await crm.activities([one.contact for one in due], at, at)
    except CrmSignInError as error:
        yield ill(what, SEES.format(crm.guide.activity), str(error))
        return
    except (CrmBusyError, CrmError) as error:
        yield ill(what, WAIT, str(error))
        return
    yield fine(what)


async def _campaigns(crm: Crm, rules: CrmRules) -> AsyncIterator[Check]:
    """By what leads came, and what that has cost."""
    async for check in _touches(crm, rules):
        yield check
    async for check in _spending(crm, rules):
        yield check


async def _touches(crm: Crm, rules: CrmRules) -> AsyncIterator[Check]:
    if not rules.touches:
        return
    what = "it has the fields of first and last touch"
    try:
        lacking = await crm.lacks({*rules.touches.values()})
    except CrmSignInError as error:
        yield ill(what, NAME_TOUCHES, str(error))
        return
    except (CrmBusyError, CrmError) as error:
        yield ill(what, WAIT, str(error))
        return
    yield listed(what, sorted(lacking), NAME_TOUCHES)


async def _spending(crm: Crm, rules: CrmRules) -> AsyncIterator[Check]:
    if not rules.spending:
        return
    what = "it says what campaigns have cost"
    try:
        await crm.spending()
    except (CrmSignInError, CrmRefusedError) as error:
        yield ill(what, SPENDING.format(crm.guide.spending), str(error))
        return
    except (CrmBusyError, CrmError) as error:
        yield ill(what, WAIT, str(error))
        return
    yield fine(what)


async def _entered(
    of: Examined, crm: Crm, users: Sequence[User], rules: CrmRules
) -> AsyncIterator[Check]:
    """What people enter of deals is written there, and as whom."""
    late = await of.services.stores.crm_asks.untaken(of.services.now() - SLOW)
    slow = [f"no. {number}: {FIELDS_THERE[field]}" for number, field in late]
    yield listed("it has taken what people entered of deals", slow, WRITE.format(crm.guide.writing))
    async for check in _acting(crm, users, rules):
        yield check


async def _acting(crm: Crm, users: Sequence[User], rules: CrmRules) -> AsyncIterator[Check]:
    """Looked at by one of them: that it is anybody is one right."""
    if not rules.in_their_name:
        return
    what = "what people enter may be written as them"
    if not crm.guide.acting:
        yield ill(what, NOBODY_ACTS, f"{crm.name} has no way to")
        return
    try:
        for one in users[:1]:
            await crm.writes_for(one.id)
    except CrmSignInError as error:
        yield ill(what, ACT.format(crm.guide.acting), str(error))
        return
    except CrmRefusedError as error:
        yield ill(what, THEIR_RIGHTS, str(error))
        return
    except (CrmBusyError, CrmError) as error:
        yield ill(what, WAIT, str(error))
        return
    yield fine(what)


async def _forgetting(of: Examined, crm: Crm) -> AsyncIterator[Check]:
    """Nothing is said of a CRM that has no way to tell."""
    if not crm.guide.forgetting:
        return
    what, then = "whoever is forgotten there is forgotten here", FORGET.format(crm.guide.forgetting)
    if of.settings.crm == "hubspot" and not of.settings.crm_webhook_secret:
        yield ill(what, then, "HubSpot tells nobody here of it")
        return
    try:
        await crm.to_forget()
    except CrmSignInError as error:
        yield ill(what, then, str(error))
        return
    except (CrmBusyError, CrmError) as error:
        yield ill(what, WAIT, str(error))
        return
    yield fine(what)


async def _account(crm: Crm) -> Account | None:
    """None where the key may not look; whether one may stands on no page, and nothing needs it."""
    try:
        return await crm.account()
    except CrmSignInError:
        return None


def _field(crm: Crm, name: str) -> str:
    """What it is called there, and what it is to be."""
    guide = crm.guide
    type = guide.lines if name in LINES else guide.moment if name in MOMENTS else guide.line
    return f"{crm.called(name)} ({type})"
