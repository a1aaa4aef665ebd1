"""What qualifiers do: hand over a lead, settle a time, rework what was sent back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID, uuid4

from bot import giving
from bot.baton import Baton, shows, timed
from bot.click import Click, moment, standing
from bot.verbs import Verbs, applies
from cards.choosing import NURTURE
from cards.elements import Card, plain
from cards.forms import WHO, brief_form, corrected_since, who_form
from cards.opening import at_its_field, begun, refilled
from handoff import (
    addresses,
    amounts,
    correcting,
    ending,
    handing_over,
    next_meeting,
    nurture,
    proposing,
    prospect,
    worth,
)
from handoff.addresses import mail_ok
from handoff.amounts import UnclearError, code_of
from handoff.effects import CloseCard, Effect, Show
from handoff.errors import (
    CorrectedError,
    IncompleteError,
    NotAQualifierError,
    NotOfferedError,
    OpenAlreadyError,
    RefusedError,
)
from handoff.hours import DAY
from handoff.lead_list import zone_ok
from handoff.model import Case, Decision, Lead, Outcome, Person, Role, Search, State
from handoff.money import Money
from handoff.policy import FIELDS, Policy, Pool
from handoff.routing.rules import route
from store.coming_in import Intake, against_letting_in, below_a_line, open_already, our_domain
from store.door import DoneAlreadyError, Tx
from store.handoffs import RuleInTx
from store.routing_inputs import company_of

LEFT_ALONE = (
    "Whoever has that address asked not to be stored or contacted. Please leave it at that."
)
WHOM = "Please choose whom it goes to."
NO_MAIL = "That does not look like a mail address."
WHO_OF = "Who of {team}? Please choose below."
BY_RULES = "*"  # the policy's rules choose the pool
TAKEN = ("company", "contact_name", "contact_zone")  # of what is known of whoever is on the line
SHOWN = 5  # of those who may be meant
FURTHEST = timedelta(days=60)  # ahead of today that times are looked for


async def start_booking(baton: Baton, click: Click) -> Card:
    """About whom it is, with the leads that wait."""
    return await booking_card(baton, click.by)


async def booking_card(baton: Baton, by: str) -> Card:
    person = await _qualifier(baton, by)
    return await _first(
        baton, person, form=uuid4(), leads=await baton.stores.lookups.to_book(person.id)
    )


async def blank_form(baton: Baton, by: str, needs: str) -> Card:
    """The form for a new lead, whatever else waits, with its first text filled in."""
    person = await _qualifier(baton, by)
    return await _form(baton, person, form=uuid4(), typed={"needs": needs})


async def who_and_when(baton: Baton, click: Click) -> Card:
    """The brief of whoever that is, with what is known of them; the card of their lead, where it
    waits already. Whatever is in the way is said before anything more is typed.
    """
    person = await _qualifier(baton, click.by)
    form, who = click.id("form"), click.text("contact", 120)
    again = partial(_first, baton, person, form=form, typed=click.filled, since=click.since)
    policy = await baton.stores.policies.current()
    mail = who if "@" in who else ""
    if not who:
        return await again(wrong=IncompleteError({"contact": WHO}))
    if mail and not mail_ok(mail):
        return await again(wrong=NotOfferedError(NO_MAIL, at=("contact",)))
    if team := _team(click, policy):
        return await again(wrong=_who_of(team), team=team)
    waiting = await baton.stores.lookups.waiting_for(person.id, who)
    if mail and waiting:
        return await _chosen(baton, click, waiting[0][0])
    if waiting and not click.text("anew"):
        return await again(leads=waiting, meant=True)
    already = ""
    try:
        await _from_outside(baton, mail, person, policy)
        _goes_to_somebody(await _search(baton, click, policy))
        if mail:
            async with baton.stores.door.open() as tx:
                await _may_be_taken_in(baton, tx, mail)
                already = (await open_already(baton.stores, [mail], [form], policy, tx)).get(
                    mail, ""
                )
    except RefusedError as refusal:
        return await again(wrong=_at_contact(refusal))
    known = await baton.stores.lookups.known_of(who)
    typed = click.filled | {"contact_email": mail, "company": "" if mail else who}
    if known:
        typed |= {name: getattr(known, name) for name in TAKEN}
    return await _form(
        baton,
        person,
        form=form,
        typed=typed,
        wrong=OpenAlreadyError(already, mail) if already else None,
        anyway=mail if already else "",
        asked=True,
        known=known.number if known else None,
        since=click.since,
    )


async def choose_lead(baton: Baton, click: Click) -> Card:
    """The card of the chosen lead, which becomes its live card."""
    return await _chosen(baton, click, click.id("lead"))


async def _chosen(baton: Baton, click: Click, id: UUID) -> Card:
    case = await baton.stores.handoffs.case(id, click.by)
    card = refilled(await baton.card(case, click.by), click.filled)
    if case.handoff.qualifier != click.by:
        return card
    async with baton.stores.door.open() as tx:
        if await baton.stores.heard.is_new(tx, click.once):
            await _live(baton, tx, id, click)
    return standing(card)


async def brief(baton: Baton, click: Click) -> Card:
    """A filled-in form."""
    return await begin(baton, click)


async def begin(baton: Baton, click: Click, *then: Effect) -> Card:
    """A handoff begins with a filled-in form, and *then* follows. Incomplete, the form comes back
    with what was typed and what is missing.

    The form carries the id that the handoff will have, so that two clicks make one handoff.
    """
    person = await _qualifier(baton, click.by)
    form = click.id("form")
    policy = await baton.stores.policies.current()
    again = partial(_form, baton, person, form=form, typed=click.filled, since=click.since)
    if team := _team(click, policy):
        return await again(wrong=_who_of(team), team=team)
    try:
        found = await _search(baton, click, policy)
    except RefusedError as refusal:
        return await again(wrong=refusal)
    asked = bool(click.text("asked")) and _goes_somewhere(found)
    try:
        lead = _lead(click, policy)
        await _from_outside(baton, lead.contact_email, person, policy)
        search = _routed(_goes_to_somebody(found), lead, policy)
        handing_over.complete(lead, policy)
    except RefusedError as refusal:
        return await again(wrong=refusal, asked=asked)
    already = ""
    try:
        async with baton.stores.door.open() as tx:
            await _may_be_taken_in(baton, tx, lead.contact_email)
            mail = lead.contact_email
            if click.text("anyway", 320) != mail:
                already = (await open_already(baton.stores, [mail], [form], policy, tx)).get(
                    mail, ""
                )
            if not already:
                intake = Intake(qualifier=person, policy=policy, at=click.at)
                marketer, under = await below_a_line(baton.stores, tx, lead, intake)
                decision = handing_over.begin(
                    id=form,
                    lead=lead,
                    qualifier=person,
                    policy=policy,
                    at=click.at,
                    search=search,
                    below=under,
                    marketer=marketer,
                )
                await baton.stores.handoffs.add_in(tx, timed(click, decision))
                await _live(baton, tx, form, click)
                tx.follow(*then)
    except RefusedError as refusal:
        return await again(wrong=refusal, asked=asked)
    except DoneAlreadyError:
        pass
    if already:
        return await again(wrong=OpenAlreadyError(already, mail), anyway=mail, asked=asked)
    card = await baton.card(await baton.stores.handoffs.case(form, click.by), click.by)
    return standing(card) if click.card else card


async def find_times(baton: Baton, click: Click) -> Card:
    """Times for a lead that is there already: other days, someone else, another length; for a rep
    who books a later meeting, other days and another length.
    """
    policy = await baton.stores.policies.current()

    def rule(case: Case) -> Decision:
        if case.handoff.state is State.FOLLOWING:
            return next_meeting.look_for_times(
                case,
                by=click.by,
                at=click.at,
                wanted=wanted.wanted,
                type=wanted.type,
                minutes=wanted.minutes,
            )
        lead = _somewhere(case.handoff.lead, click)
        before = case.handoff.search
        search = wanted
        if not (click.text("target") or click.text("named")) and before:
            search = replace(search, pool=before.pool, rep=before.rep, rule=before.rule)
        if not click.text("type") and before:
            search = replace(search, type=before.type, minutes=before.minutes)
        if not click.text("wanted") and before:
            search = replace(search, wanted=max(before.wanted, click.at.date() - DAY))
        search = _routed(_goes_to_somebody(search), lead, policy)
        reason = click.text("reason", 200)
        return handing_over.look_for_times(
            case,
            by=click.by,
            at=click.at,
            search=search,
            zone=lead.contact_zone,
            reason=reason,
        )

    if team := _team(click, policy):
        return await baton.redraw(click, _who_of(team), team)
    try:
        wanted = await _search(baton, click, policy)
    except RefusedError as refusal:
        return await baton.redraw(click, refusal)
    return await baton.apply(click, rule, *([wanted.rep] if wanted.rep else []))


async def book(baton: Baton, click: Click) -> Card:
    """One click books: the time is held, Outlook follows."""
    start, _, rep = click.text("choice", 100).partition("|")
    rule = partial(
        baton.stores.routing.book,
        by=click.by,
        at=click.at,
        start=moment(start, "choice"),
        rep=rep,
        words=click.text("words"),
    )
    return await baton.apply(click, rule, rep)


async def move_meeting(baton: Baton, click: Click) -> Card:
    """To the time that stood on the card."""
    start = click.moment("start") if click.text("start") else None
    rule = partial(proposing.move_meeting, by=click.by, at=click.at, start=start)
    return await baton.apply(click, rule)


class BriefRule(Protocol):
    """What becomes of a lead whose brief is put right."""

    def __call__(
        self, case: Case, *, by: str, at: datetime, lead: Lead, why: str = ""
    ) -> Decision: ...


async def fix_brief(baton: Baton, click: Click) -> Card:
    booked = bool(click.text("booked"))
    return await _mend(baton, click, partial(correcting.fix_brief, booked=booked))


async def correct_brief(baton: Baton, click: Click) -> Card:
    return await _mend(baton, click, correcting.correct_brief)


async def _mend(baton: Baton, click: Click, by_rule: BriefRule) -> Card:
    """The brief is as typed, unless somebody has corrected it since the form was opened."""
    person, policy = await baton.person(click.by), await baton.stores.policies.current()
    await _from_outside(baton, click.text("contact_email"), person, policy)

    async def rule(tx: Tx, case: Case) -> Decision:
        if corrected := corrected_since(click.text("was"), case.handoff.lead):
            raise CorrectedError(corrected)
        lead = _lead(click, case.policy)
        await _may_be_taken_in(baton, tx, lead.contact_email)
        if click.text("anyway", 320) != lead.contact_email:
            await _is_no_others(baton, tx, case, lead.contact_email)
        why = click.text("campaign_why", 200)
        return by_rule(case, by=click.by, at=click.at, lead=lead, why=why)

    return await baton.apply(click, rule)


async def _is_no_others(baton: Baton, tx: Tx, case: Case, mail: str) -> None:
    """Raises OpenAlreadyError where a corrected address is of another company, or somebody else's
    who is of none, and that one has a handoff open.
    """
    mails = (case.handoff.lead.contact_email, mail)
    before, now = (company_of(one) or addresses.one(one) for one in mails)
    if before == now:
        return
    found = await open_already(baton.stores, [mail], [case.handoff.id], case.policy, tx)
    if mail in found:
        raise OpenAlreadyError(found[mail], mail)


async def mend_worth(baton: Baton, click: Click) -> Card:
    """What an open lead is worth, as typed; empty where nobody knows it any more."""

    def rule(case: Case) -> Decision:
        return worth.mend(case, by=click.by, at=click.at, worth=_worth(click, case.policy))

    return await baton.apply(click, rule)


async def give_to(baton: Baton, click: Click) -> Card:
    return await giving.ask(baton, click, "give_to")


async def let_in(baton: Baton, click: Click) -> Card:
    """What was held is a lead: its qualifier's, or marketing's, as any other. What speaks against
    it since it came in, its card says first.
    """

    async def rule(tx: Tx, case: Case) -> Decision:
        who = case.person(case.handoff.qualifier)
        intake = Intake(qualifier=who, policy=case.policy, at=click.at)
        marketer, under = await below_a_line(baton.stores, tx, case.handoff.lead, intake)
        people = {**case.people, **({marketer.id: marketer} if marketer else {})}
        case = replace(case, people=people)
        return handing_over.let_in(
            case,
            by=click.by,
            at=click.at,
            below=under,
            marketer=marketer,
            already=await against_letting_in(baton.stores, tx, case),
        )

    return await baton.apply(click, rule)


async def end(baton: Baton, click: Click) -> Card:
    outcome = click.text("outcome")
    if outcome == NURTURE:
        return await baton.apply(click, _nurture(baton, click))
    if outcome not in set(Outcome):
        raise NotOfferedError
    words = click.text("words", 1000)
    rule = partial(ending.end, by=click.by, at=click.at, outcome=Outcome(outcome), words=words)
    return await baton.apply(click, rule)


def _nurture(baton: Baton, click: Click) -> RuleInTx:
    """The lead goes to whoever is next in marketing; without any, it stays with who gives it."""

    async def rule(tx: Tx, case: Case) -> Decision:
        found = await baton.stores.people.next_marketer(tx, click.at)
        known = {**case.people, **({found.id: found} if found else {})}
        return nurture.nurture(
            replace(case, people=known),
            by=click.by,
            at=click.at,
            marketer=found.id if found else click.by,
            words=click.text("words", 1000),
        )

    return rule


async def _qualifier(baton: Baton, by: str) -> Person:
    """Whoever that is. Raises StrangerError, and NotAQualifierError for who may not hand over."""
    person = await baton.person(by)
    if Role.QUALIFIER not in person.roles:
        raise NotAQualifierError
    return person


def _who_of(team: Pool) -> RefusedError:
    return NotOfferedError(WHO_OF.format(team=plain(team.name)), at=("target",))


def _at_contact(refusal: RefusedError) -> RefusedError:
    """Of the first form, where the address is what says who it is about."""
    at = tuple("contact" if name == "contact_email" else name for name in refusal.at)
    return NotOfferedError(str(refusal), at=at)


async def _first(
    baton: Baton,
    person: Person,
    *,
    form: UUID,
    leads: Sequence[tuple[UUID, str, str, int]] = (),
    typed: dict[str, str] | None = None,
    wrong: RefusedError | None = None,
    team: Pool | None = None,
    meant: bool = False,
    since: datetime | None = None,
) -> Card:
    card = who_form(
        form=form,
        policy=await baton.stores.policies.current(),
        qualifier=person,
        targets=await baton.targets(person, team),
        at=baton.now(),
        leads=leads,
        typed=typed,
        problem=str(wrong or ""),
        meant=meant,
    )
    return begun(at_its_field(card, wrong), since or baton.now())


async def _form(
    baton: Baton,
    person: Person,
    *,
    form: UUID,
    typed: dict[str, str] | None = None,
    wrong: RefusedError | None = None,
    anyway: str = "",
    team: Pool | None = None,
    asked: bool = False,
    known: int | None = None,
    since: datetime | None = None,
) -> Card:
    card = brief_form(
        form=form,
        policy=await baton.stores.policies.current(),
        qualifier=person,
        targets=await baton.targets(person, team),
        at=baton.now(),
        typed=typed,
        problem=str(wrong or ""),
        anyway=anyway,
        asked=asked,
        known=known,
    )
    return begun(at_its_field(card, wrong), since or baton.now())


def _lead(click: Click, policy: Policy) -> Lead:
    """The lead as typed. Raises IncompleteError or NotOfferedError, naming the field."""
    typed = handing_over.as_kept({name: click.text(name) for name in FIELDS})
    del typed["value"]
    gaps = {
        name: label
        for name, label in FIELDS.items()
        if name in policy.required and not click.text(name)
    }
    if gaps:
        raise IncompleteError(gaps)
    if not mail_ok(typed["contact_email"]):
        raise NotOfferedError(NO_MAIL, at=("contact_email",))
    return Lead(contact_zone=_zone(click), value=_worth(click, policy), **typed)


def _somewhere(lead: Lead, click: Click) -> Lead:
    """The lead, in the zone that was chosen where none was known."""
    return lead if lead.contact_zone else replace(lead, contact_zone=_zone(click))


def _zone(click: Click) -> str:
    """Where the prospect is. Nothing chosen is not where the qualifier happens to be: raises
    NotOfferedError.
    """
    zone = click.text("contact_zone")
    if not zone_ok(zone):
        raise NotOfferedError("Please choose where the prospect is.", at=("contact_zone",))
    return zone


def _worth(click: Click, policy: Policy) -> Money | None:
    """As typed, in the currency chosen. Raises NotOfferedError for what is no amount for certain,
    or in a currency that there is not.
    """
    written, chosen = click.figures("value"), click.text("currency")
    currency = code_of(chosen) if chosen else policy.currency
    if currency is None:
        raise NotOfferedError(f"{chosen!r} is no currency; write EUR or USD.", at=("currency",))
    try:
        return amounts.read(written, currency)
    except UnclearError as error:
        raise NotOfferedError(f"{FIELDS['value']}: {error}.", at=("value",)) from error


async def _from_outside(baton: Baton, mail: str, person: Person, policy: Policy) -> None:
    """A prospect is nobody who works here. Raises NotOfferedError, naming who it is, or the domain
    of the company, where nobody is known by that address.
    """
    colleague = await baton.stores.people.with_mail(mail)
    if colleague:
        raise NotOfferedError(
            f"{plain(colleague.name)} works here. Please give the prospect's own address.",
            at=("contact_email",),
        )
    if domain := our_domain(mail, person, policy):
        raise NotOfferedError(
            f"{plain(domain)} is ours, so that is no prospect's address. Please give their own.",
            at=("contact_email",),
        )


async def _may_be_taken_in(baton: Baton, tx: Tx, mail: str) -> None:
    """Nobody with that address has asked to be left alone, nor does before *tx* ends. Raises
    NotOfferedError.
    """
    if await baton.stores.objections.of(tx, [mail]):
        raise NotOfferedError(LEFT_ALONE, at=("contact_email",))


async def _search(baton: Baton, click: Click, policy: Policy) -> Search:
    """Whom, how long and from when, as chosen. Raises NotOfferedError, naming what is wrong."""
    kind, _, name = click.text("target", 100).partition(":")
    if who := click.text("named", 100):
        kind, name = await _called(baton, who, policy)
    rule = BY_RULES if kind == "next" else ""
    pool = name if kind == "pool" else None
    rep = name if kind == "rep" else None
    if pool is not None and policy.pool(pool) is None:
        raise NotOfferedError(WHOM, at=("target",))
    if rep is not None:
        person = await baton.stores.people.find(rep)
        if person is None or "rep" not in person.roles or rep == click.by:
            raise NotOfferedError(WHOM, at=("target",))
    type = policy.meeting(click.text("type", 40)) if click.text("type") else policy.meetings[0]
    if type is None:
        raise NotOfferedError("Please choose what kind of meeting it is.", at=("type",))
    return Search(
        pool=pool,
        rep=rep,
        type=type.code,
        minutes=type.minutes,
        wanted=_wanted(click),
        rule=rule,
    )


def _goes_to_somebody(search: Search) -> Search:
    """Raises NotOfferedError where nobody was chosen: an iPhone sends null for what it shows."""
    if not _goes_somewhere(search):
        raise NotOfferedError(WHOM, at=("target",))
    return search


def _goes_somewhere(search: Search) -> bool:
    return bool(search.pool or search.rep or search.rule)


def _team(click: Click, policy: Policy) -> Pool | None:
    """The team that was chosen, of which one is to be chosen next."""
    kind, _, name = click.text("target", 100).partition(":")
    return policy.pool(name) if kind == "team" and not click.text("named") else None


async def _called(baton: Baton, who: str, policy: Policy) -> tuple[str, str]:
    """The one rep or team that is meant by what was typed. Raises NotOfferedError, naming those
    that may be.
    """
    typed = who.casefold()
    reps = await baton.stores.people.with_role(Role.REP)
    known: dict[tuple[str, str], tuple[str, ...]]
    known = {("pool", pool.code): (pool.name,) for pool in policy.pools}
    known |= {("rep", rep.id): (rep.name, *rep.mails) for rep in reps.values()}
    exactly = [key for key, names in known.items() if typed in map(str.casefold, names)]
    found = exactly or [key for key, names in known.items() if typed in names[0].casefold()]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotOfferedError(f"No rep and no team is called {plain(who)}.", at=("named",))
    some = ", ".join(_told_apart(known[key]) for key in found[:SHOWN])
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    raise NotOfferedError(
        f"Several are called so: {some}{more}. Please write more of the name, or the mail address.",
        at=("named",),
    )


def _told_apart(names: Sequence[str]) -> str:
    """Two people may have one name."""
    name, *mails = names
    return plain(f"{name} ({mails[0]})" if mails else name)


def _routed(search: Search, lead: Lead, policy: Policy) -> Search:
    """Where the rules say who gets it, the pool of the first rule that fits."""
    if search.rule != BY_RULES:
        return search
    rule = route(lead, policy.routing)
    return replace(search, pool=rule.to, rule=rule.name)


def _wanted(click: Click) -> date:
    today = click.at.date()
    wanted = click.day("wanted") if click.text("wanted") else today
    if wanted > today + FURTHEST:
        raise NotOfferedError("Please choose a day within the next two months.", at=("wanted",))
    return max(wanted, today - DAY)  # where the qualifier is, it may still be yesterday


async def _live(baton: Baton, tx: Tx, handoff: UUID, click: Click) -> None:
    """The card that was just answered is the qualifier's live card on the handoff; an older one
    points to it. What else it was the live card of has one of its own.
    """
    if click.card:
        conversations = baton.stores.conversations
        before = (await conversations.standing(handoff, click.by)).live
        if before and before != click.card:
            tx.follow(CloseCard(click.by, handoff, before))
        for other in await conversations.also_live(handoff, click.by, click.card):
            await conversations.is_live(tx, other, click.by, None)
            tx.follow(Show(click.by, other, alert=True, asked=True))
        await conversations.is_live(tx, handoff, click.by, click.card)
        await shows(baton.stores, tx, click, handoff)


VERBS: Verbs = {
    "start_booking": start_booking,
    "who_and_when": who_and_when,
    "choose_lead": choose_lead,
    "brief": brief,
    "find_times": find_times,
    "book": book,
    "move_meeting": move_meeting,
    "keep_time": applies(proposing.keep_time),
    "fix_brief": fix_brief,
    "correct_brief": correct_brief,
    "mend_worth": mend_worth,
    "give_to": give_to,
    "let_in": let_in,
    "is_them": applies(prospect.is_them),
    "end": end,
    "recycle": applies(nurture.recycle),
    "keep_in_touch": applies(nurture.keep_in_touch),
}
