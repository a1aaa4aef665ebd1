"""What each person does on the desk once a meeting is booked, each a walk of its own: for a test,
and for the pictures that are taken on the way.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from playwright.async_api import Page

from tests.browser.desk import BRIEF, Seat, follows_link, goes_on
from tests.browser.terminal import MISTAKES, shown, typed

NOTES_POINTERS = "addEventListener('pointerdown', () => { window.pointed = true }, true)"
Walk = Callable[["Scene"], Awaitable[None]]


async def _unseen(_name: str) -> None:
    """No picture is taken."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The desk with a qualifier, a rep and a manager; *picture* keeps how it looks by a name."""

    page: Page
    quinn: Seat
    rita: Seat
    mara: Seat
    picture: Callable[[str], Awaitable[None]] = _unseen

    async def offered(self) -> None:
        """Quinn has handed a lead to Rita."""
        await self.quinn.say("book")
        await self.quinn.fill_in(BRIEF, "Rita Osei")
        await self.quinn.book()
        await self.rita.reads("NEW MEETING FOR YOU")

    async def accepted(self) -> None:
        """… and Rita has accepted it."""
        await self.offered()
        await self.rita.press("Accept meeting")
        await self.quinn.reads("ACCEPTED")
        await self.quinn.reads("Time to prepare")  # the last that comes of it

    async def outside(self, answer: str) -> None:
        """The prospect answers the newest invitation."""
        newest = self.page.locator("#outside").get_by_role("button", name=answer, exact=True)
        await newest.first.click()


async def the_rep_asks_for_another_time(scene: Scene) -> None:
    """… to which the qualifier moves it, by one click each."""
    quinn, rita = scene.quinn, scene.rita
    await scene.accepted()
    await rita.press("Another time")
    await rita.shows("Both you and Quinn are free")
    await scene.picture("another time")
    await rita.book()
    await quinn.reads("RITA PROPOSES ANOTHER TIME")
    await scene.picture("proposed")
    await quinn.press("Move the meeting")
    await quinn.reads("ACCEPTED")
    await rita.reads("MOVED TO")
    await scene.picture("moved")


async def the_rep_cannot_be_there(scene: Scene) -> None:
    """Ill, and nobody else is free at ten: nobody is blamed, and its qualifier moves it."""
    quinn, rita = scene.quinn, scene.rita
    await scene.accepted()
    await rita.press("I cannot then")
    await rita.reads("Nothing counts against you")
    await scene.picture("reasons of their own")
    await rita.press("Ill")
    await quinn.reads("RITA CANNOT BE THERE: ILL")
    await quinn.reads("Nobody else is free at that time and at work before it.")
    await rita.reads("YOU CANNOT BE THERE")
    await scene.picture("ill, and nobody else is free then")
    await quinn.press("Move it")
    await quinn.reads("One tap moves it")
    await scene.picture("other times with the same rep")
    await quinn.book()
    await rita.reads("DOES IT SUIT?")


async def the_qualifier_changes_it(scene: Scene) -> None:
    """Everything in one place: moved, called off in their own words, then corrected."""
    quinn, rita = scene.quinn, scene.rita
    await scene.accepted()
    await quinn.press("Change…")
    await scene.picture("what may be changed")
    await quinn.press("Move it")
    await quinn.reads("One tap moves it")
    await quinn.book()
    await rita.reads("MOVED TO")
    await scene.picture("moved")
    await quinn.press("Change…")
    await quinn.press("Call it off")
    await quinn.writes("What Ines Prado reads", "Sorry, Ines: another week.")
    await scene.picture("called off in own words")
    await quinn.press("Call it off and tell everyone")
    await quinn.reads("YOU CALLED THE MEETING OFF")
    await quinn.press("Correct the brief…")
    await quinn.reads("Correcting it sends nothing")
    await quinn.changes("Company", "Contoso Freight", by="Correct it")
    await quinn.say("mine")
    await quinn.reads("Choose a time")
    await scene.picture("what is theirs")


async def nothing_leaves_unseen(scene: Scene) -> None:
    """The invitation and the introduction before they go; the reply before it is sent."""
    quinn, rita = scene.quinn, scene.rita
    await quinn.say("book")
    await quinn.fill_in(BRIEF, "Rita Osei")
    await quinn.reads("What Ines Prado gets from you")
    await scene.picture("before it is booked")
    await quinn.book()
    await rita.press("Accept meeting")
    await quinn.reads("ACCEPTED")
    await rita.press("Send my reply…")
    await rita.reads("from your mailbox")
    await scene.picture("before the reply is sent")
    await rita.press("Send it")
    await rita.reads("You answered")


async def what_happened_is_said_first(scene: Scene) -> None:
    """The prospect says no: the first line says it, and its first button answers it."""
    await scene.accepted()
    await scene.outside("Decline")
    await scene.quinn.reads("INES PRADO SAID NO")
    await scene.picture("the prospect said no")


async def what_is_typed_stays(scene: Scene) -> None:
    """News of another line of the card comes while somebody writes."""
    quinn, rita = scene.quinn, scene.rita
    await scene.accepted()
    typed = {"What they need": "Live customs tracking for 5 warehouses"}
    await quinn.press("Change…")
    await quinn.press("Correct the brief or an address")
    await quinn.reads("Correct it and tell everyone")
    await quinn.types_in(typed)
    await scene.outside("Accept")
    await rita.reads("Ines Prado has accepted")
    await scene.picture("typed while it was answered")
    assert await quinn.holds("What they need") == typed["What they need"]
    await quinn.press("Correct it and tell everyone")
    await quinn.reads("Ines Prado has accepted")


async def why_it_came_is_true(scene: Scene) -> None:
    """By which rule, due when, and what follows."""
    await scene.offered()
    await scene.rita.say("why 1")
    await scene.rita.shows("a rep answers an offered meeting within")
    await scene.picture("why it came")


async def the_manager_can_always_decide(scene: Scene) -> None:
    """Nobody answers: talk, and then give more time or give it to somebody, in one place."""
    mara = scene.mara
    await scene.offered()
    await mara.is_asked_to_decide("Next thing that happens")
    await scene.picture("asked to decide")
    await mara.press("I will talk to Rita")
    await mara.reads("Rita")
    await scene.picture("they talk")


async def the_words_are_plain(scene: Scene) -> None:
    """What was done on a card, and what is in no card: no blame, no jargon."""
    await scene.accepted()
    await scene.rita.say("fairness")
    await scene.rita.shows("of a lead ahead of a fair share")
    await scene.picture("fairness in a sentence")


async def the_desk_is_lived_in(scene: Scene) -> None:
    """Out of office by a switch; a handoff's life without counting hours."""
    await scene.accepted()
    said = await goes_on(scene.page)
    assert said
    await scene.rita.column.get_by_role("switch", name="Out of office").check()
    await scene.rita.reads("You are out of office")
    await scene.picture("out of office")


async def the_prospect_changes_their_mind(scene: Scene) -> None:
    """By the page that the mail leads to: moved, then called off with a word."""
    await scene.accepted()
    theirs = await follows_link(scene.page, "Choose another time")
    await theirs.get_by_role("button", name="Find another time").click()
    await theirs.get_by_role("radio").first.check()
    await theirs.get_by_role("button", name="Move the meeting").click()
    await theirs.get_by_text("Your meeting was moved").wait_for()
    await scene.rita.reads("MOVED IT TO")
    await scene.picture("the prospect moved it")
    await theirs.get_by_text("I cannot meet at all").click()
    await theirs.get_by_label("Anything Quinn should know? (optional)").fill("We chose another.")
    await theirs.get_by_role("button", name="Call the meeting off").click()
    await scene.quinn.reads("We chose another.")
    await scene.picture("the prospect called it off")


async def the_command_line_says_what_to_do(scene: Scene) -> None:
    """What Baton is, and of every mistake one line."""
    about = await typed("--help")
    assert about.told.partition("\n\n")[2].startswith("Baton is a Microsoft Teams bot")
    await shown(scene.page, [about])
    await scene.picture("what Baton is")
    said = []
    for words, (command, settings) in MISTAKES.items():
        one = await typed(*command, **settings)
        assert one.status, one
        assert words in one.told, one
        assert len(one.told.splitlines()) == 1, one
        said.append(one)
    await shown(scene.page, said)
    await scene.picture("one line for each mistake")


async def it_is_done_by_keyboard_alone(scene: Scene) -> None:
    """Booked, accepted and corrected without a pointer, by whoever has none."""
    quinn, rita = scene.quinn, scene.rita
    await scene.page.evaluate(NOTES_POINTERS)
    await quinn.says_by_keyboard("book")
    await quinn.reads("Who and when")
    await quinn.types_in({"The prospect": BRIEF["Contact e-mail"]})
    await quinn.by_keyboard("Continue")
    await quinn.reads("What the rep must know")
    await quinn.types_in(BRIEF)
    await scene.picture("a brief, typed")
    await quinn.by_keyboard("Find times")
    await quinn.by_keyboard(await quinn.first_time())
    await rita.by_keyboard("Accept meeting")
    await quinn.reads("ACCEPTED")
    await scene.picture("accepted")
    await quinn.by_keyboard("Change…")
    await quinn.by_keyboard("Correct the brief or an address")
    await quinn.reads("Correct it and tell everyone")
    await quinn.types_in({"What they need": "Live customs tracking for 5 warehouses"})
    await scene.picture("a correction, typed")
    await quinn.by_keyboard("Correct it and tell everyone")
    read = scene.page.locator("#outside").get_by_text("for 5 warehouses")
    await read.first.wait_for(state="attached")
    assert not await scene.page.evaluate("window.pointed"), "nothing was clicked"


WALKS: Mapping[str, Walk] = {
    "the rep asks for another time": the_rep_asks_for_another_time,
    "the rep cannot be there": the_rep_cannot_be_there,
    "the qualifier changes it": the_qualifier_changes_it,
    "nothing leaves unseen": nothing_leaves_unseen,
    "what happened is said first": what_happened_is_said_first,
    "what is typed stays": what_is_typed_stays,
    "why it came is true": why_it_came_is_true,
    "the manager can always decide": the_manager_can_always_decide,
    "the words are plain": the_words_are_plain,
    "the command line says what to do": the_command_line_says_what_to_do,
    "it is done by keyboard alone": it_is_done_by_keyboard_alone,
    "the desk is lived in": the_desk_is_lived_in,
    "the prospect changes their mind": the_prospect_changes_their_mind,
}
