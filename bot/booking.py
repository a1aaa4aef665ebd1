"""What qualifiers do: hand over a lead, settle a time, rework what was sent back."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from bot.baton import STRANGER, Baton
from bot.click import Click, moment
from cards.forms import brief_form, lead_list
from cards.lists import line_card
from cards.parts import Card
from handoff import rules
from handoff.errors import IncompleteError, NoSuchHandoffError, NotOfferedError, RefusedError
from handoff.hours import DAY
from handoff.lead_list import mail_ok
from handoff.model import Case, Decision, Lead, Outcome, Person, Search
from handoff.policy import FIELDS, Policy

NOT_A_QUALIFIER = "Handing over leads is for qualifiers. Ask your admin to name you in the policy."
FURTHEST = timedelta(days=60)  # ahead of today that times are looked for


async def start_booking(baton: Baton, click: Click) -> Card:
    """The leads that wait, or the form for a new one."""
    return await booking_card(baton, click.by)


async def booking_card(baton: Baton, by: str) -> Card:
    person = await _qualifier(baton, by)
    if isinstance(person, str):
        return line_card(person)
    waiting = await baton.handoffs.to_book(person.id)
    if waiting:
        return lead_list(leads=waiting, form=uuid4())
    return await _form(baton, person, form=uuid4())


async def new_lead(baton: Baton, click: Click) -> Card:
    person = await _qualifier(baton, click.by)
    if isinstance(person, str):
        return line_card(person)
    return await _form(baton, person, form=click.id("form"))


async def choose_lead(baton: Baton, click: Click) -> Card:
    """The card of the chosen lead, which becomes its live card."""
    id = click.id("lead")
    try:
        case = await baton.handoffs.case(id, click.by)
    except NoSuchHandoffError as gone:
        return line_card(str(gone))
    card = await baton.card(case, click.by)
    if case.handoff.qualifier == click.by:
        await _live(baton, id, click)
    return card


async def brief(baton: Baton, click: Click) -> Card:
    """A filled-in form. Incomplete, it comes back with what was typed and what is missing.

    The form carries the id that the handoff will have, so that two clicks make one handoff.
    """
    person = await _qualifier(baton, click.by)
    if isinstance(person, str):
        return line_card(person)
    form = click.id("form")
    policy = await baton.policies.current()
    try:
        lead = _lead(click, policy, person.hours.zone)
        search = await _search(baton, click, policy)
        decision = rules.begin(
            id=form, lead=lead, qualifier=person, policy=policy, at=click.at, search=search
        )
    except RefusedError as refusal:
        return await _form(baton, person, form=form, typed=click.data, problem=str(refusal))
    if await baton.handoffs.add(decision):
        await _live(baton, form, click)
    return await baton.card(await baton.handoffs.case(form, click.by), click.by)


async def find_times(baton: Baton, click: Click) -> Card:
    """Times for a lead that is there already: other days, someone else, another length."""
    policy = await baton.policies.current()

    def rule(case: Case) -> Decision:
        before = case.handoff.search
        search = wanted
        if not click.text("target") and before:
            search = replace(search, pool=before.pool, rep=before.rep)
        if not click.text("minutes") and before:
            search = replace(search, minutes=before.minutes)
        if not click.text("wanted") and before:
            search = replace(search, wanted=max(before.wanted, click.at.date() - DAY))
        if search.pool is None and search.rep is None:
            raise NotOfferedError("Please choose whom it goes to.")
        return rules.look_for_times(case, by=click.by, at=click.at, search=search)

    try:
        wanted = await _search(baton, click, policy)
    except RefusedError as refusal:
        return await baton.standing(click, str(refusal))
    return await baton.apply(click, rule)


async def book(baton: Baton, click: Click) -> Card:
    """One click books: the time is held, Outlook follows."""
    start, _, rep = click.text("choice", 100).partition("|")
    rule = partial(rules.choose, by=click.by, at=click.at, start=moment(start), rep=rep)
    return await baton.apply(click, rule, rep)


async def move_meeting(baton: Baton, click: Click) -> Card:
    return await baton.apply(click, partial(rules.move_meeting, by=click.by, at=click.at))


async def keep_time(baton: Baton, click: Click) -> Card:
    return await baton.apply(click, partial(rules.keep_time, by=click.by, at=click.at))


async def fix_brief(baton: Baton, click: Click) -> Card:
    def rule(case: Case) -> Decision:
        lead = _lead(click, case.policy, case.handoff.lead.contact_zone)
        return rules.fix_brief(case, by=click.by, at=click.at, lead=lead)

    return await baton.apply(click, rule)


async def give_to(baton: Baton, click: Click) -> Card:
    rep = click.text("rep", 100)
    rule = partial(rules.give_to, by=click.by, at=click.at, rep=rep)
    return await baton.apply(click, rule, rep)


async def end(baton: Baton, click: Click) -> Card:
    outcome = click.text("outcome")
    if outcome not in (Outcome.NURTURE, Outcome.CLOSED):
        raise NotOfferedError
    rule = partial(rules.end, by=click.by, at=click.at, outcome=Outcome(outcome))
    return await baton.apply(click, rule)


async def _qualifier(baton: Baton, by: str) -> Person | str:
    """The person, or the words for someone who may not hand over leads."""
    person = await baton.people.find(by)
    if person is None:
        return STRANGER
    return person if "qualifier" in person.roles else NOT_A_QUALIFIER


async def _form(
    baton: Baton,
    person: Person,
    *,
    form: UUID,
    typed: dict[str, str] | None = None,
    problem: str = "",
) -> Card:
    return brief_form(
        form=form,
        policy=await baton.policies.current(),
        qualifier=person,
        targets=await baton.targets(person),
        at=baton.now(),
        typed=typed,
        problem=problem,
    )


def _lead(click: Click, policy: Policy, home: str) -> Lead:
    """The lead as typed. Raises IncompleteError or NotOfferedError, naming the field."""
    typed = {name: click.text(name) for name in FIELDS}
    gaps = tuple(FIELDS[name] for name in FIELDS if name in policy.required and not typed[name])
    if gaps:
        raise IncompleteError(gaps)
    if not mail_ok(typed["contact_email"]):
        raise NotOfferedError("Contact e-mail does not look like a mail address.")
    zone = click.text("contact_zone") or home
    if zone not in available_timezones():
        raise NotOfferedError("Please choose where the prospect is.")
    return Lead(contact_zone=zone, **typed)


async def _search(baton: Baton, click: Click, policy: Policy) -> Search:
    """Whom, how long and from when, as chosen. Raises NotOfferedError, naming what is wrong."""
    kind, _, name = click.text("target", 100).partition(":")
    pool = name if kind == "pool" else None
    rep = name if kind == "rep" else None
    if pool is not None and policy.pool(pool) is None:
        raise NotOfferedError("Please choose whom it goes to.")
    if rep is not None:
        person = await baton.people.find(rep)
        if person is None or "rep" not in person.roles or rep == click.by:
            raise NotOfferedError("Please choose whom it goes to.")
    minutes = click.number("minutes") if click.text("minutes") else policy.lengths[0]
    if minutes not in policy.lengths:
        raise NotOfferedError("Please choose how long the meeting is.")
    return Search(pool=pool, rep=rep, minutes=minutes, wanted=_wanted(click))


def _wanted(click: Click) -> date:
    today = click.at.date()
    wanted = click.day("wanted") if click.text("wanted") else today
    if wanted > today + FURTHEST:
        raise NotOfferedError("Please choose a day within the next two months.")
    return max(wanted, today - DAY)  # where the qualifier is, it may still be yesterday


async def _live(baton: Baton, handoff: UUID, click: Click) -> None:
    """The card that was just answered is the qualifier's live card on the handoff."""
    if click.card:
        await baton.conversations.is_live(handoff, click.by, click.card)


VERBS = {
    "start_booking": start_booking,
    "new_lead": new_lead,
    "choose_lead": choose_lead,
    "brief": brief,
    "find_times": find_times,
    "book": book,
    "move_meeting": move_meeting,
    "keep_time": keep_time,
    "fix_brief": fix_brief,
    "give_to": give_to,
    "end": end,
}
