"""A deal that is won is told to those who brought it, where the policy says so."""

from datetime import timedelta

from handoff.effects import LookForWins
from tests.journeys.rotation import policy
from tests.journeys.test_following_up import at
from tests.world import World

TELL = ("[brief]", "[wins]\ntell = true\n\n[brief]")
TEAM = ("rita", "ravi", "mara", "quinn", "milo")
"""The rep, a colleague, who leads both, the qualifier, the owner of the campaign."""


async def tells_wins(world: World, *changes: tuple[str, str]) -> None:
    await policy(world, TELL, *changes)
    await world.install(*TEAM, "helen", "sam")
    await world.run(
        "insert into campaign values ('fair26', 'fair26', 'Ports fair', 'ports fair', %s, "
        "'event', now())",
        world.box.person("milo").id,
    )


async def won(world: World, ending: str = "won") -> None:
    """Rita has met the prospect of a lead from Milo's campaign, and says how it ends."""
    await world.accepted(campaign="FAIR26")
    await world.until(at(3, 9, 30))
    await world.press("rita", "how_it_went", titled="It took place")
    await world.press("rita", "no_further_step", ending=ending)


async def look(world: World) -> None:
    await world.app.services.stores.door.follow(LookForWins())
    await world.work()


def heard(world: World, kicker: str = "A DEAL IS WON") -> list[str]:
    """Who has a card of it."""
    everyone = (*TEAM, "helen", "sam")
    return [who for who in everyone if kicker in world.newest(who).texts()]


async def test_a_win_is_told_to_the_team_the_qualifier_and_the_owner_of_the_campaign_once(
    world: World,
) -> None:
    await tells_wins(world)
    await won(world)

    await look(world)
    assert heard(world) == [], "a slip of the thumb can still be put right"
    world.clock.forward(timedelta(hours=1))
    await look(world)

    assert heard(world) == list(TEAM)
    read = world.reads("ravi")
    assert "Mara Lind’s team won Contoso Logistics, worth €48,000." in read
    assert "It came from the campaign Ports fair." in read
    assert "Quinn Avery handed it over and Rita Osei took it on." in read
    cards = {who: world.cards(who) for who in TEAM}
    await look(world)
    assert {who: world.cards(who) for who in TEAM} == cards, "once"


async def test_what_was_put_right_is_told_to_those_who_have_heard_of_a_win(world: World) -> None:
    await tells_wins(world)
    await won(world)
    card = world.newest("rita")
    world.clock.forward(timedelta(hours=1))
    await look(world)

    await world.press("rita", "no_further_step", card, ending="lost:price")
    world.clock.forward(timedelta(hours=1))
    await look(world)

    assert heard(world, "NOT WON AFTER ALL") == list(TEAM)


async def test_who_has_not_heard_of_a_win_hears_nothing_once_it_is_put_right(
    world: World,
) -> None:
    await tells_wins(world)
    await won(world)
    card = world.newest("rita")
    world.clock.set(at(3, 20))
    await look(world)
    await world.press("rita", "no_further_step", card, ending="lost:price")
    world.clock.set(at(4, 10))
    await look(world)

    assert heard(world) == []
    assert heard(world, "NOT WON AFTER ALL") == []


async def test_nobody_hears_of_a_win_in_their_time_off_and_a_loss_is_told_nobody(
    world: World,
) -> None:
    await tells_wins(world)
    await won(world, "lost:price")
    world.clock.forward(timedelta(hours=2))
    await look(world)
    assert heard(world) == []

    await world.press("rita", "no_further_step", ending="won")
    world.clock.set(at(3, 20))
    await look(world)
    assert heard(world) == []
    world.clock.set(at(4, 10))
    await look(world)
    assert heard(world) == list(TEAM)


async def test_with_a_works_council_the_team_alone_is_named(world: World) -> None:
    await tells_wins(world, ("[brief]", "[figures]\nworks_council = true\n\n[brief]"))
    await won(world)
    world.clock.forward(timedelta(hours=1))
    await look(world)

    read = world.reads("ravi")
    assert "Mara Lind’s team won Contoso Logistics" in read
    assert "Rita" not in read
    assert "Quinn" not in read


async def test_a_policy_that_does_not_ask_for_it_tells_nobody(world: World) -> None:
    await tells_wins(world)
    await policy(world)
    await won(world)
    world.clock.forward(timedelta(hours=1))
    await look(world)
    assert heard(world) == []


async def test_with_a_works_council_a_team_of_few_is_not_named_for_it_names_its_rep(
    world: World,
) -> None:
    council = "[figures]\nworks_council = true\nleast_people = 20\n\n[brief]"
    await tells_wins(world, ("[brief]", council))
    await won(world)
    world.clock.forward(timedelta(hours=1))
    await look(world)

    assert "We won Contoso Logistics" in world.reads("ravi")
    assert "Mara" not in world.reads("ravi")


async def test_a_win_that_is_contested_is_told_once_it_is_decided_however_long_that_takes(
    world: World,
) -> None:
    await tells_wins(world)
    await won(world)
    await world.press("quinn", "contest", claim_meeting="rep_absent")
    world.clock.forward(timedelta(hours=2))
    await look(world)
    assert heard(world) == []

    world.clock.set(at(6, 10))
    await look(world)
    await world.press("mara", "judge", titled="Rita is right")
    world.clock.forward(timedelta(hours=1))
    await look(world)
    assert heard(world) == list(TEAM)


async def test_a_win_that_is_found_to_go_on_is_taken_back_from_those_who_have_heard(
    world: World,
) -> None:
    await tells_wins(world)
    await won(world)
    card = world.newest("quinn")
    world.clock.forward(timedelta(hours=1))
    await look(world)
    assert heard(world) == list(TEAM)

    await world.press("quinn", "contest", card, claim_meeting="rep_absent")
    await look(world)
    assert heard(world, "NOT WON AFTER ALL") == [], "it is open"
    await world.press("mara", "judge", titled="Quinn is right")
    await look(world)
    assert heard(world, "NOT WON AFTER ALL") == list(TEAM)


async def test_what_waited_while_nothing_was_told_is_no_news_once_it_is(world: World) -> None:
    await tells_wins(world)
    await won(world)
    world.clock.set(at(3, 20))
    await look(world)

    await policy(world)
    await look(world)
    await policy(world, TELL)
    world.clock.set(at(4, 10))
    await look(world)

    assert heard(world) == []


async def test_a_win_that_is_put_right_twice_before_anybody_hears_is_no_news(world: World) -> None:
    """Told by day; in the evening it is lost, and won again, and nobody is at work for either."""
    await tells_wins(world)
    await won(world)
    card = world.newest("rita")
    world.clock.forward(timedelta(hours=1))
    await look(world)
    told = {who: world.cards(who) for who in TEAM}
    for hour, ending in ((19, "lost:price"), (21, "won")):
        world.clock.set(at(3, hour))
        await world.press("rita", "no_further_step", card, ending=ending)
        world.clock.forward(timedelta(minutes=70))
        await look(world)

    world.clock.set(at(4, 10))
    await look(world)
    assert heard(world) == list(TEAM)
    assert {who: world.cards(who) for who in TEAM} == told


async def test_whoever_believes_that_it_is_won_hears_in_the_end_that_it_is_not(
    world: World,
) -> None:
    """However often it was put right in between, and though the policy told nothing meanwhile."""
    await tells_wins(world)
    await won(world)
    card = world.newest("rita")
    world.clock.forward(timedelta(hours=1))
    await look(world)
    for hour, ending in ((18, "lost:price"), (20, "won"), (22, "lost:price")):
        world.clock.set(at(3, hour))
        await world.press("rita", "no_further_step", card, ending=ending)
        world.clock.forward(timedelta(minutes=70))
        await look(world)
    await policy(world)
    await look(world)

    world.clock.set(at(4, 10))
    await look(world)
    assert heard(world, "NOT WON AFTER ALL") == list(TEAM)
    cards = {who: world.cards(who) for who in TEAM}
    await look(world)
    assert {who: world.cards(who) for who in TEAM} == cards, "once"
