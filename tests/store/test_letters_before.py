"""Letters that a version wrote which kept no address of them have it after the migration."""

import json
from datetime import timedelta
from uuid import UUID

from tests.conftest import ROOT
from tests.journeys.test_introduced_anew import OTHER, THIRD, outlook_is_back
from tests.world import INES, World

MIGRATION = (ROOT / "store/migrations/0086_letters_to.sql").read_text()
NEW = ("to", "answered_at")  # that the version before did not write


async def as_before(world: World, id: UUID, **more: object) -> None:
    """The rows as that version wrote them; *more* stands in the last letter."""
    [(letters,)] = await world.rows("select letters from handoff where id = %s", id)
    old = [{name: said for name, said in one.items() if name not in NEW} for one in letters]
    old = [one | {"withdrawn": False} for one in old]
    old[-1] |= more
    await world.run("update handoff set letters = %s where id = %s", json.dumps(old), id)


async def test_each_letter_went_to_the_address_that_the_lead_had_then(
    world: World, accepted: UUID
) -> None:
    """Corrected twice; the rep had answered the first by then."""
    world.clock.forward(timedelta(minutes=20))
    await world.press("rita", "send_reply", words="I look forward to it. Rita")
    await outlook_is_back(world)
    for address in (OTHER, THIRD):
        await world.press("quinn", "fix_brief", contact_email=address)
        await outlook_is_back(world)
    before = world.reads("rita")
    assert f"answered the one to {INES}" in before
    await as_before(world, accepted)

    await world.run(MIGRATION)

    letters = (await world.case(accepted)).handoff.letters
    assert [one.to for one in letters if one.what == "introduction"] == [INES, OTHER, THIRD]
    assert [bool(one.answered_at) for one in letters] == [True, False, False, False]
    await world.press("quinn", "fix_brief", contact_email=INES)
    await outlook_is_back(world)
    assert len(world.mails(INES)) == 2, "the introduction and its answer, and no second one"


async def test_what_was_withdrawn_is_the_introduction_to_no_address(
    world: World, accepted: UUID
) -> None:
    world.box.faults.graph_status(503, "", times=None, path="sendMail")
    await world.press("quinn", "fix_brief", contact_email=OTHER)
    await world.press("quinn", "fix_brief", contact_email=INES)
    await as_before(world, accepted, withdrawn=True)
    world.box.faults.clear()

    await world.run(MIGRATION)
    await outlook_is_back(world)

    assert len(world.mails(INES)) == 1
    assert world.mails(OTHER) == []
    assert "Introduction sent Mon 10:00." in world.reads("rita")
