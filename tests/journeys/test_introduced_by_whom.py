"""An introduction is in the name of who has the lead and of the rep who comes; both are on it."""

import pytest

from tests.journeys.test_introduced_anew import loses_the_answer, outlook_is_back
from tests.journeys.test_introducing import SUBJECT
from tests.journeys.test_not_told import for_good
from tests.world import INES, World

TO_RAVI = "Ines Prado, meet Ravi Patel"


async def given_to_priya_and_sent_again(world: World) -> None:
    """Rita sends the lead back, Quinn gives it away, and Priya has Rita meet them all the same."""
    await world.press("rita", "send_back", reason="brief")
    await world.press(
        "quinn", "give_lead", to=world.box.person("priya").id, note="Quinn is away for a week"
    )
    await world.press("priya", "fix_brief", needs="See customs live")


@pytest.mark.parametrize("went_out", [False, True], ids=["never sent", "sent, and not heard"])
async def test_whoever_has_the_lead_now_introduces_unless_the_one_before_has(
    world: World, *, went_out: bool
) -> None:
    await world.install("priya")
    if went_out:
        await loses_the_answer(world)
    else:
        world.box.faults.graph_status(503, "", times=None, path="sendMail")
    await world.offer()
    await given_to_priya_and_sent_again(world)
    await outlook_is_back(world)

    [mail] = world.mails(INES)
    by = "quinn" if went_out else "priya"
    assert mail.sender.mail == world.box.person(by).mail
    assert world.box.person("rita").mail in [one.mail for one in mail.attendees]
    assert [m.subject for m in world.box.outlook.mail("rita", "inbox")].count(SUBJECT) == 1
    await world.press("rita", "accept")
    await world.press("rita", "send_reply", words="I look forward to it. Rita")
    await outlook_is_back(world)
    assert "I look forward to it." in str(world.mails(INES))


@pytest.mark.parametrize("first", ["sent, and not heard", "refused"])
async def test_who_stands_in_is_introduced_with_their_yes_whatever_became_of_the_first_mail(
    world: World, first: str
) -> None:
    """Until then the invitation names Rita, and no mail says that it is somebody else."""
    if first == "refused":
        refused = world.box.faults.graph_status(
            403, "ErrorAccessDenied", times=None, path="sendMail"
        )
        await world.offer()
        await for_good(world)
        world.box.faults.lift(refused)
    else:
        await loses_the_answer(world)
        await world.offer()
    await world.press("rita", "send_back", reason="wrong_owner")
    await world.press("quinn", "give_to", rep=world.box.person("ravi").id)
    await outlook_is_back(world)

    assert TO_RAVI not in [one.subject for one in world.mails()]
    assert "once you have said yes" in world.reads("ravi")
    await world.press("ravi", "accept")
    assert [one.subject for one in world.mails()].count(TO_RAVI) == 1


@pytest.mark.parametrize("then", ["the rep says yes", "the brief is corrected"])
async def test_what_outlook_refused_goes_out_once_the_right_is_there_and_somebody_acts(
    world: World, then: str
) -> None:
    refused = world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="sendMail")
    await world.offer()
    await for_good(world)
    world.box.faults.lift(refused)
    assert "THE INTRODUCTION WAS NOT SENT" in world.reads("quinn")

    if then == "the rep says yes":
        await world.press("rita", "accept")
    else:
        await world.press("quinn", "fix_brief", needs="See customs live")

    assert [one.subject for one in world.mails()] == [SUBJECT]
    for who in ("rita", "quinn"):
        assert "not sent" not in world.reads(who).lower()
