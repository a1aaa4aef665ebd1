"""A lead handed over from a message: in Teams from a chat of two, or in Outlook."""

from typing import Any

from bot.handing import words_of
from sandbox.teams.cards import inputs, texts
from tests.world import BRIEF, World

MESSAGE = (
    "<p>Hello Quinn,</p><p>they need <b>tracking</b> for 3&nbsp;warehouses &amp; a "
    "<a href='https://evil.example'>demo</a><script>alert(1)</script></p>"
)


async def test_a_message_becomes_the_first_text_of_the_brief_and_times_come_in_private(
    world: World,
) -> None:
    teams = world.box.teams
    before = await world.rows("select * from conversation")
    opened = await teams.extend("quinn", "handOver", message=MESSAGE)
    assert opened.dialog
    [needs] = [one for one in inputs(opened.dialog) if one["id"] == "needs"]
    assert needs["value"] == "Hello Quinn,\nthey need tracking for 3 warehouses & a demo"

    filled = {**BRIEF, "needs": needs["value"], "target": "pool:emea"}
    again = await teams.extend(
        "quinn", "handOver", dialog=opened.dialog, **{**filled, "contact_email": "none"}
    )
    assert again.dialog
    assert "mail address" in "\n".join(texts(again.dialog))
    for _ in range(2):  # a double click
        sent = await teams.extend("quinn", "handOver", dialog=again.dialog, **filled)
        assert "in your chat" in (sent.closing or ""), sent
    await world.work()

    assert await world.rows("select count(*) from handoff") == [(1,)]
    assert "book" in world.newest("quinn").verbs()
    now = await world.rows("select * from conversation")
    assert len(now) >= len(before)
    assert "_two@" not in str(now), "the chat of two is not where Baton writes"


async def test_outlook_is_no_way_in(world: World) -> None:
    """Baton has no channel for it, so Outlook does not show the command; what comes by it all the
    same is refused, and the log says why.
    """
    answer = await world.box.teams.extend("quinn", "handOver", outlook=True)

    assert (answer.status, answer.dialog) == (401, None)
    assert "not endorsed for this channel" in str(answer.body)


async def test_where_teams_names_no_chat_the_lead_is_handed_over_all_the_same(
    world: World,
) -> None:
    teams = world.box.teams
    before = await world.rows("select * from conversation order by person")
    opened = await teams.extend("quinn", "handOver", chat=False)
    assert opened.dialog

    filled: dict[str, Any] = {**BRIEF, "target": "pool:emea"}
    sent = await teams.extend("quinn", "handOver", dialog=opened.dialog, chat=False, **filled)
    assert "in your chat" in (sent.closing or ""), sent
    await world.work()

    assert "book" in world.newest("quinn").verbs()
    assert await world.rows("select * from conversation order by person") == before
    click = teams.activity("quinn", "invoke") | {"name": "adaptiveCard/action", "value": {}}
    del click["conversation"]
    assert (await teams.send("quinn", click)).status == 400, "of anything else a chat is asked"


async def test_from_the_compose_box_the_form_is_empty_and_only_qualifiers_get_it(
    world: World,
) -> None:
    opened = await world.box.teams.extend("quinn", "handOver")
    assert opened.dialog
    assert not any(one.get("value") for one in inputs(opened.dialog) if one["id"] == "needs")

    refused = await world.box.teams.extend("rita", "handOver", message=MESSAGE)
    assert refused.dialog
    assert "for qualifiers" in "\n".join(texts(refused.dialog))
    for odd in ("nothing", ""):
        answer = await world.box.teams.extend("quinn", odd)
        assert answer.dialog
        assert "no longer in use" in "\n".join(texts(answer.dialog))


def test_what_is_no_message_has_no_words_and_a_long_one_is_cut() -> None:
    payloads: tuple[object, ...] = (None, [], {"body": 1}, {"body": {"content": 7}})
    for odd in payloads:
        assert not words_of(odd)
    assert len(words_of({"body": {"content": "<p>x</p>" * 9000}})) <= 500
