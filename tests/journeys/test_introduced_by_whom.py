"""An introduction is in the name of who has the lead and of the rep who comes; both are on it."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.journeys.test_introduced_anew import loses_the_answer, outlook_is_back
from tests.journeys.test_introducing import SUBJECT
from tests.journeys.test_leaving import leaves
from tests.journeys.test_not_told import begins, for_good
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


async def test_who_stood_in_and_said_yes_is_introduced_though_the_qualifier_left_meanwhile(
    world: World, accepted: UUID
) -> None:
    await world.install("priya")
    world.clock.forward(timedelta(minutes=20))
    await world.press("rita", "cannot", titled="Something came up")
    instead = (await world.case(accepted)).handoff.rep
    assert instead
    world.box.faults.graph_status(503, "", times=None, path="sendMail")
    await world.press(instead, "accept")
    await leaves(world, "quinn")
    await outlook_is_back(world)

    theirs = f"Ines Prado, meet {world.box.person(instead).name}"
    [mail] = [one for one in world.mails(INES) if one.subject == theirs]
    assert mail.sender.mail == world.box.person("priya").mail
    for who in (instead, "priya"):
        assert "is being sent" not in world.reads(who)


async def test_a_confirmation_does_not_go_out_in_the_name_of_who_has_left(
    world: World, accepted: UUID
) -> None:
    await world.install("priya")
    await world.until(await begins(world, accepted) - timedelta(hours=15))
    world.box.faults.graph_status(503, "", times=None, path="sendMail")
    await world.press("quinn", "confirm")
    before = len(world.mails())
    await leaves(world, "quinn")
    await outlook_is_back(world)
    assert len(world.mails()) == before

    await world.until(await begins(world, accepted) - timedelta(minutes=45))
    await world.press("priya", "confirm", await world.found("priya", "confirm"))

    assert len(world.mails()) == before + 1


async def test_an_introduction_from_a_mailbox_that_is_gone_is_not_said_to_be_on_its_way(
    world: World,
) -> None:
    await world.install("priya")
    world.box.faults.graph_status(503, "", times=None, path="sendMail")
    id = await world.offer()
    await world.press("rita", "accept")
    await leaves(world, "quinn", deleted=True)
    await world.until(await begins(world, id) + timedelta(minutes=5))
    await outlook_is_back(world)

    assert "is being sent" not in world.reads("rita")
    assert await world.rows("select 1 from procrastinate_jobs where status = 'failed'") == []


@pytest.mark.parametrize("keeps", [True, False], ids=["our Message-ID", "one of Exchange's"])
async def test_nobody_is_introduced_twice_where_the_mailbox_of_who_did_is_gone(
    world: World, *, keeps: bool
) -> None:
    """It went out, and nobody heard; then its sender left, and their mailbox with them."""
    world.box.tenant.mail.keeps_message_ids = keeps
    await world.install("priya")
    await loses_the_answer(world)
    await world.offer()
    await world.press("rita", "accept")
    await leaves(world, "quinn", deleted=True)
    await outlook_is_back(world)

    assert [one.subject for one in world.mails(INES)] == [SUBJECT]
    assert "is being sent" not in world.reads("priya")


async def test_who_inherits_the_lead_introduces_where_the_one_before_could_not(
    world: World,
) -> None:
    """Outlook refused the mailbox of who left; that of the heir is well."""
    await world.install("priya")
    refused = world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="sendMail")
    await world.offer()
    await for_good(world)
    await world.press("rita", "accept")
    await for_good(world)
    world.box.faults.lift(refused)
    assert world.mails() == []

    await leaves(world, "quinn")
    await outlook_is_back(world)

    [mail] = world.mails()
    assert mail.sender.mail == world.box.person("priya").mail
