"""Whatever a form is sent with that cannot be, the answer says so at the field that it is about."""

import random

import pytest

from cards.elements import Card, banner
from cards.opening import forms, opened
from handoff.policy import Policy
from sandbox.teams import cards
from tests.beginnings import Beginning
from tests.cards.gallery import gallery
from tests.cards.variants import walk
from tests.failures.acts import Click
from tests.failures.stories import STORIES, Story
from tests.thoroughness import THOROUGH
from tests.world import World, a_world

SEED = 20260302
WRONG = {
    "Input.ChoiceSet": "none of them",
    "Input.Date": "soon",
    "Input.Number": "some",
    "Input.Text": " ",
}
ON_FORMS = frozenset({"who_and_when", "brief", "find_times", "fix_brief", "mend_worth"})
ON_FORMS |= {"correct_brief", "update_crm"}
ON_FORMS |= {"add_note", "give_to", "give_lead", "follow_up", "no_further_step", "contest"}
ON_FORMS |= {"extend", "extend_early", "give_time", "excuse"}
"""What is sent from a form and can be refused for what is in it."""
FREE = frozenset(
    {"call_off", "end", "send_reply", "confirm", "rebook"}
)  # words alone, whatever they say
CHOSEN = frozenset({"propose", "move_to", "book", "reassign", "hand_on", "pass_on", "choose_lead"})
"""What is chosen by a tap, and from a form only of more than there is room for."""
FIRST = {verb: story for story in reversed(STORIES) for verb in story.verbs & ON_FORMS}
PLAYED = sorted(FIRST) if THOROUGH else random.Random(SEED).sample(sorted(FIRST), 4)


def test_every_form_is_tried(policy_in_force: Policy) -> None:
    sent = set[str]()
    for card in gallery(policy_in_force).values():
        for shown in (card, *(opened(card, form) for form in forms(card))):
            if any(str(one.get("type", "")).startswith("Input.") for one in walk(shown)):
                sent |= {
                    one["verb"]
                    for one in walk(shown)
                    if one.get("type") == "Action.Execute" and "associatedInputs" not in one
                }
    assert sent - FREE - CHOSEN == ON_FORMS


def above(card: Card, field: str) -> Card:
    """What stands directly above that field, which is in view."""
    parts = [one for one in walk(card) if any(name in one for name in ("body", "items"))]
    for part in parts:
        inside = part.get("body") or part["items"]
        for n, one in enumerate(inside):
            if one.get("id") == field:
                assert part.get("isVisible") is not False, field
                return dict(inside[n - 1])
    raise AssertionError(f"{field} is not there any more")


def says_so(card: Card | None, field: str) -> bool:
    """Whether what is directly above the field is what was refused."""
    line = above(card or {}, field)
    told = banner(str(line.get("text")))
    return told is not None and line == told.model_dump(by_alias=True, exclude_none=True)


async def sends(world: World, story: Story) -> None:
    act = await story.tell(world)
    assert isinstance(act, Click)
    await act.ready(world)
    card = act.card or world.newest(act.who)
    shown = world.box.teams.chats.message(act.who, card.id)
    assert shown
    assert shown.card
    inputs = dict(act.inputs)
    titled = inputs.pop("titled", None)
    action, data = cards.press(shown.card, act.verb, inputs, titled=titled)
    for one in action.inputs:
        if one["type"] == "Input.Text" and not one.get("isRequired") and one["id"] != "contact":
            continue
        wrong = {**data, one["id"]: WRONG[one["type"]]}
        answer = await world.box.teams.execute(act.who, card, act.verb, wrong)
        assert says_so(answer.card, one["id"]), (act.verb, one["id"])


@pytest.mark.large
@pytest.mark.parametrize("verb", PLAYED)
async def test_what_is_wrong_with_it_is_said_at_its_field(verb: str, database: str) -> None:
    more = {"CRM": "hubspot"} if FIRST[verb].crm else {}
    async with a_world(database, begins=Beginning.INSTALLED, more=more) as world:
        await sends(world, FIRST[verb])


async def test_a_time_of_the_list_that_is_none_is_asked_for_again_at_the_list(
    world: World,
) -> None:
    await world.brief()
    card = world.newest("quinn")
    await world.press("quinn", "open", card, titled="More times…")
    shown = world.box.teams.chats.message("quinn", card.id)
    assert shown
    assert shown.card
    _, data = cards.press(shown.card, "book", {})

    answer = await world.box.teams.execute("quinn", card, "book", {**data, "choice": "none"})

    assert says_so(answer.card, "choice")
