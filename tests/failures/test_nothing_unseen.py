"""Whatever a click sends to a prospect stood on the card, word by word, before it was clicked."""

import random
import re
from html import unescape

import pytest

from bot import teams
from sandbox.exchange.model import Letter, LetterKind
from tests.beginnings import Beginning
from tests.failures.acts import Click
from tests.failures.stories import STORIES, Story
from tests.thoroughness import THOROUGH
from tests.world import World, a_world

SEED = 20260302
SENDS = frozenset({"book", "give_to", "hand_on", "pass_on", "reassign", "move_to", "move_meeting"})
SENDS |= {"call_off", "end", "fix_brief", "mend_worth", "send_reply", "confirm", "rebook"}
"""Each of which sends something to the prospect, in one story at least."""
BY_RULE = frozenset({"cannot"})  # who takes it is found later: the card says what that sends
CLICKED = [story for story in STORIES if story.verbs & teams.VERBS.keys() - BY_RULE]
SENDING = [story for story in CLICKED if story.verbs & SENDS]
PLAYED = CLICKED if THOROUGH else random.Random(SEED).sample(SENDING, 5)
OUTLOOKS = ("Microsoft Teams meeting", "Join the meeting now")


async def addresses(world: World) -> set[str]:
    found = await world.rows(
        "select contact_email from lead union select detail ->> 'was_contact_email' from entry"
    )
    return {str(one) for (one,) in found if one}


def lines(letter: Letter) -> list[str]:
    """What somebody reads of it, but for what Outlook puts below, and what is quoted."""
    html = re.split(r"<hr|_{20}", letter.body.content)[0]
    text = re.sub(r"<[^>]*>", "", re.sub(r"<br>|</p>|</b>", "\n", html))
    said = (unescape(one).strip() for one in text.splitlines())
    return [one for one in said if one and one not in OUTLOOKS]


def unseen(letter: Letter, before: list[Letter], seen: str, chosen: list[str]) -> list[str]:
    """What of it did not stand on the card, on which the text may be as for another of those who
    could be *chosen*, or before something was typed: then the card says so.
    """
    said = [] if letter.kind is LetterKind.CANCELLATION else [letter.subject.removeprefix("RE: ")]
    known = [one for one in before if one.uid == letter.uid and one.uid]
    if letter.kind is LetterKind.UPDATE and known and lines(known[-1]) == lines(letter):
        return [] if "one update" in seen else ["that there is an update"]
    if letter.kind is LetterKind.CANCELLATION and known and lines(known[-1]) == lines(letter):
        return [] if "cancellation" in seen else ["that it is cancelled there"]
    texts = [*said, *lines(letter)]
    if "stands in" in seen:
        for word in chosen:
            seen = seen.replace(word, "…")
            texts = [one.replace(word, "…") for one in texts]
    return [one for one in texts if one.strip("… ") not in seen]


async def sent_unseen(world: World, story: Story) -> tuple[list[str], int]:
    """That, and how many letters there were."""
    act = await story.tell(world)
    if not isinstance(act, Click):
        return [], 0
    await act.ready(world)
    card = act.card or world.newest(act.who)
    shown = world.box.teams.chats.message(act.who, card.id) or card
    filled = [str(one.get("value", "")) for action in shown.actions() for one in action.inputs]
    seen = "\n".join([*shown.texts(), *filled, *map(str, act.inputs.values())])
    before = {one: list(world.box.outside.inbox(one)) for one in await addresses(world)}
    await act.run(world)
    await world.work()
    names = [world.box.person(who).name for who in ("rita", "ravi", "rosa")]
    chosen = [*names, *(one for one in map(str, act.inputs.values()) if one)]
    found, count = list[str](), 0
    for address in await addresses(world) | before.keys():
        known = before.get(address, [])
        for letter in world.box.outside.inbox(address)[len(known) :]:
            count += 1
            found += [f"{letter.kind}: {one}" for one in unseen(letter, known, seen, chosen)]
    return found, count


@pytest.mark.large
@pytest.mark.parametrize("story", PLAYED, ids=lambda story: story.name)
async def test_what_a_click_sends_stood_on_the_card(story: Story, database: str) -> None:
    more = {"CRM": "hubspot"} if story.crm else {}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        found, count = await sent_unseen(world, story)
        assert found == []
        assert not count or story.verbs & SENDS, "it sends something: name it above"
