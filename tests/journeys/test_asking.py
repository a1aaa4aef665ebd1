"""What anyone may ask, in any words Teams may bring them in."""

import pytest

from cards.timeline import NOT_YOURS
from tests.journeys.rotation import waiting
from tests.world import World


@pytest.mark.parametrize("words", ["help", "Help", " HELP! ", "hi", "Hello", "hello."])
async def test_help_in_any_case(world: World, words: str) -> None:
    assert "BATON" in (await world.say("quinn", words)).texts()


async def test_an_unknown_sentence_gets_help_and_not_silence(world: World) -> None:
    card = await world.say("rita", "please move my meeting to Friday")

    assert "I did not understand that." in card.texts()
    assert card.verbs()


async def test_mine_lists_what_i_owe_the_most_pressing_first(world: World) -> None:
    assert "Nothing is waiting for you" in (await world.say("rita", "mine")).texts()
    await world.offer(wanted="2026-03-05")
    await world.offer(company="Fabrikam", contact_email="bo@fabrikam.example")

    card = await world.say("rita", "mine")

    words = card.texts()
    assert "4 open" in words, "an answer to the meeting and to the introduction, of both"
    assert words.index("Contoso Logistics, Ines Prado") < words.index("Fabrikam, Ines Prado")
    before = world.cards("rita")
    await world.box.teams.click("rita", card, "show", matching={"handoff": await first(world)})
    await world.work()
    assert world.cards("rita") == before + 1
    assert "accept" in world.newest("rita").verbs()


async def test_mine_lists_what_i_handed_over_and_where_it_stands(world: World) -> None:
    id = await world.offer(wanted="2026-03-05")
    asked = (await world.say("quinn", "mine")).texts()
    assert "Nothing is waiting for you" in asked
    assert "Rita Osei is asked, Thu 09:00 · no. 1" in asked
    await world.press("rita", "accept")

    listed = await world.say("quinn", "mine")

    assert "Rita Osei said yes, Thu 09:00 · no. 1" in listed.texts()
    before = world.cards("quinn")
    await world.box.teams.click("quinn", listed, "show", matching={"handoff": str(id)})
    await world.work()
    assert world.cards("quinn") == before + 1
    assert "Handed over" not in (await world.say("rita", "mine")).texts()


async def test_of_many_that_i_handed_over_mine_lists_the_newest(world: World) -> None:
    for n in range(7):
        await world.offer(company=f"Firm {n}", contact_email=f"bo@firm{n}.example")

    words = (await world.say("quinn", "mine")).texts()

    assert words[words.index("Handed over") + 1] == "Firm 6, Ines Prado"
    assert "Firm 1, Ines Prado" not in words
    assert "And 2 more." in words


async def test_why_tells_everything_by_which_rule_to_those_whose_business_it_is(
    world: World,
) -> None:
    await world.offer(wanted="2026-03-05")
    await world.pass_(hours=4)

    words = "\n".join((await world.say("rita", "why 1")).texts())

    for line in (
        "**Answer the meeting**, Rita Osei, was due Mon 14:00 (4 working hours from Mon 10:00)",
        "a rep answers an offered meeting within 4 working hours",
        "Quinn Avery chose a time with Rita Osei",
        "Overdue, Rita Osei: answer the meeting",
        "Mara Lind was asked to decide",
        "What is not done in time is passed up",
    ):
        assert line in words
    assert "Contoso" in "\n".join((await world.say("mara", "why 1")).texts()), "her manager"
    assert "Contoso" in "\n".join((await world.say("helen", "why #1")).texts()), "and hers"
    stranger = "\n".join((await world.say("ravi", "why 1")).texts())
    assert "Contoso" not in stranger
    assert stranger == "\n".join((await world.say("rita", "why 99")).texts()) == NOT_YOURS
    assert "why 17" in "\n".join((await world.say("rita", "why me")).texts())
    for typed in ("why ١", "why #１", "warum १", "WHY \u200f٠١\u200f?"):
        assert "Contoso" in "\n".join((await world.say("rita", typed)).texts()), typed
    for typed in ("why 99999999999999999999", "why ٠"):
        assert (await world.say("rita", typed)).texts() == [NOT_YOURS]
    for typed in ("why " + "9" * 5_000, "why ²", "why -1", "why 1.0", "why 1 2"):
        assert "I did not understand" in "\n".join((await world.say("rita", typed)).texts())


async def test_a_person_is_welcomed_once(world: World) -> None:
    before = world.cards("rita")

    await world.install("rita")

    assert world.cards("rita") == before


async def test_someone_the_policy_does_not_name_is_told_so(world: World) -> None:
    words = "\n".join((await world.say("milo", "mine")).texts())
    assert "Nothing is waiting" in words, "Milo is in marketing, and named"
    await world.run("delete from person where id = %s", world.box.person("milo").id)
    assert "does not know you yet" in "\n".join((await world.say("milo", "mine")).texts())


async def first(world: World) -> str:
    [(id,)] = await world.rows("select id from handoff where number = 1")
    return str(id)


async def test_of_a_handoff_that_is_not_theirs_nobody_learns_that_there_is_one(
    world: World,
) -> None:
    """Neither of one that somebody has, nor of one for which a time is looked for."""
    await world.install("noah")
    await world.offer("rita")
    [waits] = await waiting(world, 1)
    number = (await world.case(waits)).handoff.number
    for words in ("why {}", "fairness {}", "stage {} proposal"):
        for there in (1, number):
            found = await answer(world, "noah", words, there)
            none = await answer(world, "noah", words, 4_711)
            assert found.replace(f"no. {there}", "no. 4711") == none, words
            assert there != 1 or found != await answer(world, "mara", words, there)


async def answer(world: World, who: str, words: str, number: int) -> str:
    return "\n".join((await world.say(who, words.format(number))).texts())
