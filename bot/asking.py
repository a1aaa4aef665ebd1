"""What anyone may ask: help, mine, why. Each answers with a card."""

import re
import unicodedata

from bot import away, fairness, reports
from bot.baton import Baton, says
from bot.booking import booking_card
from bot.click import Click, in_english_figures
from bot.verbs import Verbs
from cards import lists
from cards.elements import Card, told
from cards.lists import help_card, line_card, mine_card, welcome_card
from cards.pledges import Lines, name_of, of_team
from cards.read_audit import MOST, ReadLine, read_audit_card
from cards.rotation import ON_A_CARD, shown, small_print
from cards.standing_out import among, besides, standing_out
from cards.timeline import NOT_YOURS, timeline_card
from cards.view import View
from cards.why import rule_of
from handoff.effects import ReadWeeks, Show
from handoff.errors import NotYoursError, RefusedError, StrangerError
from handoff.model import Person, Role
from handoff.pledges import may_have_more_time, tells
from handoff.scope import scope_of
from store.owed import owed_by

NUMBER = re.compile(r"#?[0-9]{1,20}")
MOST_OF_TEAM = 6  # lines of what others owe
MOST_HANDED = 5  # leads that somebody handed over and waits for, in a list
ADMIN = "An administrator of Baton"
STAGE = re.compile(r"[a-z][a-z0-9_]{0,39}")
GREETINGS = frozenset({"help", "hi", "hello", "hey", "start"})
# Teams types a command's title for whoever clicks it, in the language of their Teams.
TITLES = {
    "book": ("buchen", "réserver", "reservar", "marcar"),
    "mine": ("meine", "à faire", "pendientes", "minhas"),
    "calendar": ("kalender", "calendrier", "calendario", "calendário"),
    "why": ("warum", "pourquoi", "por qué", "por quê"),
    "away": ("abwesend", "absent", "ausente"),
    "report": ("bericht", "rapport", "informe", "relatório"),
    "week": ("woche", "semaine", "semana", "esta semana"),
    "team": ("mein team", "équipe", "equipo", "equipe"),
    "help": ("hilfe", "aide", "ayuda", "ajuda"),
}
OURS = {title: ours for ours, titles in TITLES.items() for title in titles}


def command(words: str) -> str:
    """What was said, as one of ours: "help", "mine", "book", "calendar", "why 17" or "unknown".

    Only this travels further, so that nothing else that people type is kept anywhere.
    """
    typed = unicodedata.normalize("NFC", " ".join(words.split()))  # some phones send é as e and ´
    said = _in_english(in_english_figures(typed).strip(" .!?¿¡").lower()) or "help"
    if said in GREETINGS:
        return "help"
    if said in ("mine", "my", "open"):
        return "mine"
    if said in reports.WORDS:
        return said
    if said in ("who looked", "looked"):
        return "looked"
    if absent := away.command(said):
        return absent
    first, _, rest = said.partition(" ")
    number, _, stage = rest.partition(" ")
    if NUMBER.fullmatch(number):
        number = number.lstrip("#0") or "0"
        if first in ("why", "fairness") and not stage:
            return f"{first} {number}"
        if first == "stage" and STAGE.fullmatch(stage):
            return f"stage {number} {stage}"
    return said if said in ("book", "calendar", "why", "fairness", "agree") else "unknown"


def _in_english(said: str) -> str:
    """A title in another language, alone or with a number after it, as ours."""
    title, _, rest = said.rpartition(" ")
    if rest.lstrip("#").isdecimal() and title in OURS:
        return f"{OURS[title]} {rest}"
    return OURS.get(said, said)


OTHERS = {"away": away.mark, **dict.fromkeys(reports.WORDS, reports.answer)}
"""What is answered elsewhere, by the first word."""


async def answer(baton: Baton, by: str, said: str, once: str) -> Card:
    """What Baton says to a command; a refusal, in its own words. What follows from it does so a
    single time under the name *once*, however often it is said.
    """
    try:
        return await OTHERS.get(said.partition(" ")[0], _answer)(baton, by, said, once)
    except RefusedError as refusal:
        return line_card(str(refusal))


async def _answer(baton: Baton, by: str, said: str, once: str) -> Card:
    """An unknown sentence gets help, not silence."""
    match said.split():
        case ["mine"]:
            return await mine_card_of(baton, by)
        case ["book"]:
            return await booking_card(baton, by)
        case ["calendar"]:
            return await calendar(baton, by, once)
        case ["welcome"]:
            return welcome_card(await baton.stores.people.find(by))
        case ["looked"]:
            return await read_audit(baton, by)
        case ["why", number]:
            return await why(baton, by, int(number))
        case ["fairness" | "stage" | "agree", *rest]:
            return await fairness.answer(baton, by, said.split(maxsplit=1)[0], rest, once)
        case ["why"]:
            return line_card("Say *why* and the number of a handoff: *why 17*.")
        case ["unknown"]:
            return help_card(await baton.stores.people.find(by), "I did not understand that.")
    return help_card(await baton.stores.people.find(by))


async def mine_card_of(baton: Baton, by: str) -> Card:
    person, at = await baton.person(by), baton.now()
    policy = await baton.stores.policies.current()
    soon = at + policy.confirm_before
    found = await owed_by(baton.stores, by, lists.MOST, MOST_HANDED, soon=soon)
    owed = [(View(case=case, viewer=person, at=at), one) for case, one in found.promises]
    rules = [rule_of(policy, pledge.promise.what) for pledge in found.pledges]
    red = standing_out([View(case=case, viewer=person, at=at) for case in found.looked])
    handed = besides([View(case=case, viewer=person, at=at) for case in found.handed], red)
    others = [
        *lists.handed_over(handed, among(found.all_handed, red)),
        *await _owed_to(baton, person),
    ]
    if found.unread:
        others.insert(0, told(lists.UNREAD.format(found.unread)))
    tab = baton.tab.button("mine", "Mine")
    return mine_card(
        person, owed, found.pledges, others, red=red, at=at, more=found.more, by=rules, tab=tab
    )


async def _owed_to(baton: Baton, manager: Person) -> Lines:
    """What those owe who report to *manager*, as far as they may have more time for it."""
    policy, at = await baton.stores.policies.current(), baton.now()
    found = await baton.stores.pledges.of_team(manager.id, MOST_OF_TEAM)
    people = await baton.stores.people.get({one.promise.who for one in found})
    owed = [
        (one, people[one.promise.who])
        for one in found
        if one.promise.due_at > at and may_have_more_time(one, policy, at=at)
    ]
    return of_team(owed, policy, viewer=manager, at=at)


async def calendar(baton: Baton, by: str, once: str) -> Card:
    """Reading a calendar takes a moment: the card with it comes by itself."""
    person = await baton.person(by)
    if Role.REP not in person.roles:
        return line_card("Baton looks after the calendars of those who take leads.")
    async with baton.stores.door.open() as tx:
        if await baton.stores.heard.is_new(tx, once):
            tx.follow(ReadWeeks((by,)))
    return line_card("Reading your calendar in Outlook. What stands in it comes in a moment.")


async def why(baton: Baton, by: str, number: int) -> Card:
    """Everything that happened in a handoff, for those whose business it is: whoever else asks
    learns as little of it as of one that there is not.
    """
    person = await baton.person(by)
    id = await baton.stores.lookups.numbered(number)
    if id is None:
        return line_card(NOT_YOURS)
    case = await baton.stores.handoffs.case(id, by)
    ground = await baton.ground(id)
    rotation = tuple(small_print(ground, person, baton.now())) if ground else ()
    view = View(case=case, viewer=person, at=baton.now(), rotation=rotation)
    policy = await baton.stores.policies.current()
    if not scope_of(person, case.people, (), policy).reads(case.handoff):
        return line_card(NOT_YOURS)
    others = {c.who for c in case.handoff.commitments} | {case.handoff.qualifier}
    if ground:
        others |= {one.id for one in shown(ground.reasons, by, ON_A_CARD)}
    async with baton.stores.door.open() as tx:
        await baton.stores.read_audit.record(tx, by, others, "why", baton.now(), handoff=id)
    entries = await baton.stores.handoffs.timeline(id)
    tab = baton.tab.button(f"handoff/{number}", f"No. {number}")
    return timeline_card(view, entries, await baton.choices(case, person), tab)


async def read_audit(baton: Baton, by: str) -> Card:
    """Who looked at the figures of whoever asks, whatever has become of them here."""
    person = await baton.stores.people.find(by)
    if person is None:
        raise StrangerError
    found, more = await baton.stores.read_audit.of(by, person.zone, MOST)
    known = await baton.stores.people.get({one.by for one in found})
    looks = [
        ReadLine(
            by=known[one.by].name if one.by in known else ADMIN,
            what=one.what,
            number=one.number,
            at=one.at,
            times=one.times,
        )
        for one in found
    ]
    days = (await baton.stores.policies.current()).retention.looks.days
    return read_audit_card(person, looks, more, days)


async def mine(baton: Baton, click: Click) -> Card:
    await baton.answered(click, "mine")
    return await mine_card_of(baton, click.by)


async def help(baton: Baton, click: Click) -> Card:
    await baton.answered(click, "help")
    return help_card(await baton.stores.people.find(click.by))


async def show(baton: Baton, click: Click) -> Card:
    """The handoff's live card comes anew, below; the list stays as it is."""
    person = await baton.person(click.by)
    if click.handoff is None:
        raise NotYoursError
    case = await baton.stores.handoffs.case(click.handoff, click.by)
    async with baton.stores.door.open() as tx:
        says(tx, click, "mine")
        theirs = View(case=case, viewer=person, at=click.at).scope.works_on(case.handoff)
        if theirs and await baton.stores.heard.is_new(tx, click.once):
            tx.follow(Show(click.by, click.handoff, alert=True, asked=True))
    return await mine_card_of(baton, click.by)


async def show_pledge(baton: Baton, click: Click) -> Card:
    """As `show`, of what is owed that is about no handoff."""
    name = click.text("pledge", 300)
    async with baton.stores.door.open() as tx:
        says(tx, click, "mine")
        owed = await baton.stores.pledges.owed_by(click.by)
        asked = next((pledge for pledge in owed if name_of(pledge) == name), None)
        if asked and await baton.stores.heard.is_new(tx, click.once):
            tx.follow(tells(asked))
    return await mine_card_of(baton, click.by)


VERBS: Verbs = {"mine": mine, "help": help, "show": show, "show_pledge": show_pledge}
