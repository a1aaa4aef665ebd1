"""Microsoft 365 has its bad days: nothing is lost, nobody is blocked, nothing happens twice."""

import asyncio
import io
import json
import logging
import signal
from contextlib import redirect_stderr
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import structlog
from psycopg import AsyncConnection

from handoff.effects import Rescue, Show
from sandbox.company import Mailbox
from sandbox.faults import Part, Status
from store.database import pool
from store.door import Door
from store.pace import Pace
from telemetry import configure_logging
from tests.conftest import ROOT
from tests.infra.linux_host import Service
from tests.trial import free_ports
from tests.world import World

SENT = "select at from sent where conversation like %s order by at"
SUBJECT = "Contoso Logistics and Halden Systems"


async def waiting(world: World, job: str) -> list[tuple[object, ...]]:
    return await world.rows(
        "select round(extract(epoch from scheduled_at - now())) from procrastinate_jobs "
        "where task_name = %s and status = 'todo'",
        job,
    )


async def again(world: World) -> None:
    """The wait is over."""
    await world.run("update procrastinate_jobs set scheduled_at = now() where status = 'todo'")
    await world.work()


async def test_what_could_not_be_kept_is_not_done_either(world: World, offered: UUID) -> None:
    """The database refuses at the last moment, once everything about the click has been written."""
    await world.run(
        "create function refuse() returns trigger language plpgsql as "
        "$$ begin raise 'the disk is full'; end $$"
    )
    await world.run(
        "create constraint trigger refuse after update on handoff "
        "deferrable initially deferred for each row execute function refuse()"
    )
    try:
        await world.click("rita", "accept")
    finally:
        await world.run("drop function refuse cascade")

    assert (await world.case(offered)).handoff.state == "offered"
    assert not await waiting(world, "accept_meeting")
    await world.press("rita", "accept")
    assert (await world.case(offered)).handoff.state == "accepted"


async def test_a_message_that_teams_delivers_twice_is_answered_once(world: World) -> None:
    activity = world.box.teams.activity("rita", "message") | {"text": "help"}
    before = len(world.box.teams.chat("rita"))

    for _ in range(2):
        assert (await world.box.teams.send("rita", activity)).status in (200, 202)
        await world.work()

    assert len(world.box.teams.chat("rita")) == before + 1


async def test_a_throttled_graph_is_obeyed_to_the_second(world: World, offered: UUID) -> None:
    world.box.faults.graph_throttled(retry_after=120, times=1)

    await world.press("rita", "accept")

    [(seconds,)] = await waiting(world, "accept_meeting")
    assert 60 <= float(str(seconds)) <= 120  # some of it has passed, on a machine that is busy
    assert "Outlook is being told" in world.reads("rita")
    await again(world)
    assert await world.state(offered) == "accepted"


async def test_without_advice_graph_is_asked_again_ever_later(world: World, offered: UUID) -> None:
    """429 without Retry-After."""
    world.box.faults.graph_throttled(retry_after=None, times=2, path="/accept")

    await world.press("rita", "accept")
    [(first,)] = await waiting(world, "accept_meeting")
    await again(world)
    [(second,)] = await waiting(world, "accept_meeting")
    await again(world)

    assert 0 <= float(str(first)) <= 3
    assert float(str(second)) > float(str(first))
    assert await world.state(offered) == "accepted"


@pytest.mark.at_once
async def test_an_answer_that_was_given_though_nobody_heard_of_it_is_not_given_twice(
    world: World,
    offered: UUID,
) -> None:
    """A time-out after the work was done: another try looks first."""
    world.box.faults.graph_answer_lost(after=0, times=1, path="/accept")
    world.box.faults.notifications_lost()

    await world.press("rita", "accept")
    assert await world.state(offered) == "accepting"
    await again(world)

    assert await world.state(offered) == "accepted"
    assert world.box.requests.count("POST", "/accept") == 1


@pytest.mark.usefixtures("offered")
async def test_a_throttled_outlook_holds_up_no_message(world: World) -> None:
    world.box.faults.graph_throttled(retry_after=120)

    await world.press("rita", "send_back", reason="no_need")

    assert "BACK FROM RITA" in world.reads("quinn")


async def test_while_graph_is_down_people_click_and_afterwards_all_is_done_once(
    world: World,
) -> None:
    first, second = await world.offer(), await world.offer("ravi", contact_email="b@b.example")
    down = world.box.faults.graph_down()

    await world.press("rita", "accept")
    await world.press("ravi", "send_back", reason="no_need")
    await world.brief(contact_email="c@c.example")
    assert "LOOKING FOR TIMES" in world.reads("quinn")
    await world.pass_(minutes=31)
    assert "Outlook is not answering just now" in world.reads("rita")
    world.box.faults.lift(down)
    await again(world)
    await again(world)

    assert await world.state(first) == "accepted"
    assert await world.state(second) == "sent_back"
    assert not world.box.outlook.has("ravi", SUBJECT)
    assert any(card.says("Times that suit everyone") for card in world.box.teams.chat("quinn"))
    assert world.box.requests.count("POST", "/accept", status=202) == 1


async def test_a_booking_during_an_outage_goes_out_once(world: World) -> None:
    await world.brief()
    world.box.faults.graph_answer_lost(after=0, times=1, method="POST", path="/events")
    world.box.faults.graph_down(times=1, path="/events")

    await world.press("quinn", "book")
    assert "BOOKING" in world.reads("quinn")
    await again(world)
    await again(world)

    assert "WITH ROSA" in world.reads("quinn")
    assert [letter.kind for letter in world.invitations()] == ["invitation"]


async def test_someone_whose_calendar_cannot_be_read_is_not_booked_and_is_named(
    world: World,
) -> None:
    world.box.set_mailbox("rosa", Mailbox.DENIED)

    await world.brief()

    assert "Left out: Rosa Klein" in world.reads("quinn")
    assert ", Rosa Klein" not in world.reads("quinn").replace("Left out: Rosa Klein", "")
    dark = await world.rows("select name from person where dark is not null")
    assert dark == [("Rosa Klein",)]
    world.box.set_mailbox("rosa", Mailbox.OPEN)
    await world.press("quinn", "find_times", titled="Find times", wanted="2026-03-04")
    assert await world.rows("select name from person where dark is not null") == []


async def test_an_invitation_that_outlook_refuses_comes_back_with_a_reason(world: World) -> None:
    id = await world.offer_times()
    world.box.faults.graph_status(403, "ErrorAccessDenied", times=1, method="POST", path="/events")

    await world.press("quinn", "book")

    assert await world.state(id) == "qualified"
    assert "Baton may not write to this mailbox" in world.reads("quinn")


@pytest.mark.parametrize("status", [412, 429, 502, 503, 504])
async def test_teams_is_asked_again_as_late_as_it_says(world: World, status: int) -> None:
    await world.offer_times()
    world.box.faults.teams_status(status, retry_after=90, html=status > 500, times=1, person="rosa")

    await world.press("quinn", "book")
    [seconds] = [wait for (wait,) in await waiting(world, "show") if wait is not None]
    assert 45 <= float(str(seconds)) <= 90  # some of it has passed, on a machine that is busy
    await again(world)

    assert "NEW MEETING FOR YOU" in world.reads("rosa")


@pytest.mark.parametrize(("status", "code"), [(400, "Bad Argument"), (500, "ServiceError")])
async def test_nothing_else_is_tried_again(world: World, status: int, code: str) -> None:
    await world.offer_times()
    world.box.faults.teams_status(status, code, times=1, person="rosa")

    await world.press("quinn", "book")

    assert await waiting(world, "show") == []
    failed = await world.rows("select task_name from procrastinate_jobs where status = 'failed'")
    assert failed == [("show",)]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("ConversationBlockedByUser", "has blocked Baton"),
        ("MessageWritesBlocked", "has blocked or removed Baton"),
    ],
)
async def test_who_blocked_baton_is_remembered_and_whoever_waits_is_told(
    world: World, how: str, said: str
) -> None:
    world.box.teams.block("rita", how)
    id = await world.offer()

    assert "Teams does not deliver to Rita" in world.reads("quinn")
    assert (await world.timeline(id)).count("undeliverable") == 1
    [(why,)] = await world.rows("select unreachable from person where name = 'Rita Osei'")
    assert why == said
    before = world.cards("rita")
    await world.say("rita", "hello")
    assert await world.rows("select 1 from person where unreachable is not null") == []
    assert world.cards("rita") == before + 2, "the answer, and the card that was waiting"
    assert any("accept" in m.verbs() for m in world.box.teams.chat("rita"))


async def test_who_removed_baton_is_unreachable_until_they_install_it_again(world: World) -> None:
    await world.box.teams.remove("rita")
    assert await world.rows("select name from person where unreachable is not null") == [
        ("Rita Osei",)
    ]

    await world.install("rita")

    assert await world.rows("select name from person where unreachable is not null") == []


async def test_who_installs_baton_again_gets_one_list_of_all_that_is_open(
    world: World, offered: UUID
) -> None:
    for company in ("Adatum", "Fabrikam"):
        await world.offer(company=company, contact_email=f"buyer@{company.lower()}.example")
    before = world.cards("rita")
    await world.box.teams.remove("rita")

    await world.install("rita")

    assert world.cards("rita") == before + 1
    listed = world.reads("rita")
    assert all(company in listed for company in ("Contoso", "Adatum", "Fabrikam")), listed


async def test_someone_who_never_wrote_gets_the_card_when_baton_is_installed_for_them(
    world: World,
) -> None:
    world.clock.forward(timedelta(hours=6))  # ten in New York
    world.box.chats.set("noah", installed=True)
    await world.offer("noah")

    assert world.cards("noah") == 1


async def test_the_limits_of_teams_are_kept_by_all_workers_together(
    world: World, database: str
) -> None:
    limits = ((7, 1), (8, 2), (20, 3600))
    async with pool(database, 10) as one, pool(database, 10) as other:
        paces = [Pace(Door(p), per_conversation=limits, per_second=50) for p in (one, other)]

        async def send(count: int, to: str) -> list[datetime]:
            took = await asyncio.gather(
                *(paces[n % 2].wait(to.format(n), timedelta(minutes=1)) for n in range(count))
            )
            assert None not in took
            return [at for (at,) in await world.rows(SENT, to.format("%"))]

        def most(sent: list[datetime], seconds: int) -> int:
            """How many in any stretch of so many seconds."""
            window = timedelta(seconds=seconds)
            return max(sum(at - window < s <= at for s in sent) for at in sent)

        to_one = await send(20, "a")
        assert len(to_one) == 20
        assert most(to_one, 1) <= 7
        assert most(to_one, 2) <= 8
        later = await paces[0].wait("a", timedelta(minutes=1))
        assert later is None, "the hour is used up: the job asks again"
        assert most(await send(100, "c{}"), 1) <= 50, "the tenant's limit"


async def test_a_reply_goes_past_the_cards_that_wait_for_their_turn(
    world: World, database: str, offered: UUID
) -> None:
    async with pool(database, 2) as one:
        pace, patience = (
            Pace(Door(one), per_conversation=[(7, 1)], per_second=2),
            timedelta(hours=1),
        )
        for n in range(30):
            await pace.wait(f"card {n}", patience)
        first = await pace.wait("a reply", patience, passes=True)
        second = await pace.wait("another", patience, passes=True)
        card = await pace.wait("the next card", patience)
    assert first is not None
    assert second is not None
    assert card is not None
    assert first < timedelta(seconds=1) < second, "one message in ten passes"
    assert card > timedelta(seconds=10), "the line goes on behind them"

    await world.run("update pace set next_at = now() + interval '1 hour', passing_at = now()")
    before = world.cards("rita")
    await world.app.services.stores.door.follow(
        Show(world.box.person("rita").id, offered, alert=True)
    )
    await world.say("rita", "help")

    assert world.cards("rita") == before + 1
    assert await waiting(world, "show") == [(5,)], "the card asks for a place again"


async def test_with_the_limits_on_every_message_still_arrives(world: World) -> None:
    world.box.limits.conversations = world.box.limits.tenant = True
    for _ in range(5):
        await world.say("quinn", "help")

    assert [r.status for r in world.box.requests.to("teams") if r.status == 429] == []


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_kill_nine_between_click_and_outlook_and_the_work_is_done_once(
    world: World, offered: UUID, moment: str
) -> None:
    """The worker dies while Outlook is being told; another finds its work and does it once."""
    if moment == "before":
        stuck = world.box.faults.graph_slow(20, path="/accept")
    else:
        stuck = world.box.faults.graph_answer_lost(after=20, times=None, path="/accept")
    worker = await asyncio.create_subprocess_exec(
        *world.command("work"),
        cwd=ROOT,
        env=world.env,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await world.click("rita", "accept")
        for _ in range(600):
            if stuck.hits:
                break
            await asyncio.sleep(0.1)
        assert stuck.hits == 1, "the worker is in the middle of it"
    finally:
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
    world.box.faults.lift(stuck)
    assert await world.rows("select 1 from procrastinate_jobs where status = 'doing'")

    await world.run("update procrastinate_workers set last_heartbeat = now() - interval '1 minute'")
    await world.app.services.stores.door.follow(Rescue())
    await world.work()

    assert await world.state(offered) == "accepted"
    assert (await world.timeline(offered)).count("accepted") == 1
    assert world.box.outlook.event("rita", SUBJECT).response == "accepted"
    assert world.box.requests.count("POST", "/accept", status=202) == 1


async def test_a_worker_that_is_told_to_stop_finishes_what_it_has_begun(
    world: World, offered: UUID, tmp_path: Path
) -> None:
    slow = world.box.faults.graph_slow(4, path="/accept")
    worker = Service(world.command("work"), world.env, tmp_path / "work.log")
    await worker.start()
    try:
        await world.click("rita", "accept")
        async with asyncio.timeout(90):
            while not slow.hits:  # noqa: ASYNC110  # the sandbox counts
                await asyncio.sleep(0.05)
        await worker.stop()
    finally:
        await worker.kill()
    world.box.faults.lift(slow)

    assert await world.rows("select 1 from procrastinate_jobs where status = 'doing'") == []
    await world.work()
    assert await world.state(offered) == "accepted"
    assert world.box.requests.count("POST", "/accept") == 1, "by the one that was told to stop"


async def test_a_serve_that_is_told_to_stop_answers_the_click_that_it_has_begun(
    world: World, offered: UUID, tmp_path: Path
) -> None:
    """The click waits for its handoff; meanwhile nobody new is let in, and it is answered."""
    [port] = free_ports(1)
    serve = Service(
        world.command("serve"), {**world.env, "PORT": str(port)}, tmp_path / "serve.log"
    )
    await serve.start()
    try:
        world.box.bot_url = f"http://127.0.0.1:{port}/api/messages"
        async with await AsyncConnection.connect(world.settings.database_url) as held:
            await held.execute("select 1 from handoff where id = %s for update", [offered])
            click = asyncio.create_task(world.click("rita", "accept"))
            async with asyncio.timeout(30):
                while not await world.rows(  # noqa: ASYNC110  # rows
                    "select 1 from pg_stat_activity where datname = current_database() "
                    "and wait_event_type = 'Lock'"
                ):
                    await asyncio.sleep(0.02)
                stopping = asyncio.create_task(serve.stop())
                while await listens(port):  # noqa: ASYNC110  # the port
                    await asyncio.sleep(0.02)
            assert not click.done()
        answer = await click
        await stopping
    finally:
        await serve.kill()

    assert answer.ok, answer
    assert "clicked_accept" in await world.timeline(offered)


@pytest.mark.parametrize(("command", "says"), [("work", b"working"), ("serve", b"serving")])
async def test_who_is_told_to_stop_the_moment_they_say_that_they_are_there_ends_well(
    world: World, command: str, says: bytes
) -> None:
    """Also where the keys of the Bot Framework cannot be read just then."""
    world.box.faults.add(Part.BOT_KEYS, Status(status=503))
    [port] = free_ports(1)
    process = await asyncio.create_subprocess_exec(
        *world.command(command),
        env={**world.env, "PORT": str(port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    async with asyncio.timeout(60):
        while says not in await process.stdout.readline():
            assert process.returncode is None
        process.send_signal(signal.SIGTERM)
        await process.stdout.read()

        assert await process.wait() == 0


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True


async def test_if_the_jobs_cannot_be_kept_neither_is_the_answer(
    world: World, offered: UUID
) -> None:
    """Row, timeline and jobs: together or not at all."""
    await world.run(
        "alter table procrastinate_jobs add constraint no_room "
        "check (task_name <> 'accept_meeting')"
    )
    try:
        answer = await world.click("rita", "accept")
    finally:
        await world.run("alter table procrastinate_jobs drop constraint no_room")

    assert not answer.ok
    assert answer.status == 200
    assert answer.body["value"]["message"] == "Nothing has changed. Please try again."
    assert await world.state(offered) == "offered"
    assert "clicked_accept" not in await world.timeline(offered)


async def test_while_no_database_writes_a_click_is_told_so_and_a_message_comes_again(
    world: World, offered: UUID
) -> None:
    """As on a standby, after the one that writes is gone. Teams sends again what is answered by
    503; whoever pressed a button reads what to do.
    """
    await world.run(
        "create function standby() returns trigger language plpgsql as "
        "$$ begin raise 'cannot execute in a read-only transaction' using errcode = '25006'; end $$"
    )
    for table in ("heard", "entry"):
        await world.run(
            f"create trigger standby before insert on {table} for each statement "
            "execute function standby()"
        )
    card = world.newest("rita")
    clicked = await world.click("rita", "accept", card)
    said = await world.box.teams.say("rita", "mine")
    await world.run("drop function standby cascade")

    assert clicked.status == 200
    assert clicked.trouble == "Baton cannot do that just now. Please try again in a minute."
    assert said.status == 503
    assert said.body == {"error": clicked.trouble}
    assert await world.state(offered) == "offered"
    await world.press("rita", "accept", card)
    assert await world.state(offered) == "accepted"


async def test_no_name_no_address_no_card_text_and_no_secret_is_logged(world: World) -> None:
    """Through a whole day with trouble, at the most talkative level that the app sets."""
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    logging.getLogger().addHandler(handler)
    try:
        with redirect_stderr(told):
            configure_logging("text")
            structlog.get_logger().info("begun")
            id = await world.offer()
            world.box.faults.graph_throttled(retry_after=1, times=2)
            world.box.teams.block("rita")
            await world.pass_(hours=4)
            await world.run(
                "alter table procrastinate_jobs add constraint no_room "
                "check (task_name <> 'find_stand_ins') not valid"
            )
            await world.click("rita", "send_back", reason="brief")
            await world.run("alter table procrastinate_jobs drop constraint no_room")
            await world.box.teams.send("rita", {"type": "message"}, token="not-a-token")
            assert await world.state(id)
    finally:
        configure_logging("json")
        logging.getLogger().removeHandler(handler)

    text = told.getvalue()
    assert "begun" in text
    assert "turn failed" in text
    assert "refused" in text
    for private in (
        *("Contoso", "Ines", "ines@", "Rita", "Osei", "Quinn", "Secret note", "Two late"),
        *(world.settings.client_secret or "?", "Bearer ", "eyJ"),
    ):
        assert private not in text, private
    assert json.dumps(world.settings.client_secret) not in repr(world.settings)


async def test_a_rep_whose_mailbox_is_still_at_home_is_not_booked_and_said_to_be_left_out(
    world: World,
) -> None:
    """Outlook tells when they are free, and Graph opens nothing of theirs. As guests they are
    invited like everybody.
    """
    world.box.set_mailbox("rita", Mailbox.ON_PREMISES)
    world.box.set_mailbox("helen", Mailbox.ON_PREMISES)
    await world.sync()

    await world.brief(value="100000")
    for day in ("2026-03-04", "2026-03-03"):
        await world.press("quinn", "find_times", titled="Find times", wanted=day)
        assert "Rita" not in world.reads("quinn").partition("Left out")[0]
        assert await dark(world, "rita") == "there is no mailbox that Outlook can read"
    await world.press("quinn", "book")

    assert await world.state(await world.newest_handoff()) == "offered"
    copy = world.box.outlook.event("helen", SUBJECT)
    assert copy.organizer.mail == world.box.person("quinn").mail

    world.box.set_mailbox("rita", Mailbox.OPEN)
    await world.sync()
    assert await dark(world, "rita") == ""


async def test_a_qualifier_whose_mailbox_is_still_at_home_reads_so_and_books_nothing(
    world: World,
) -> None:
    world.box.set_mailbox("quinn", Mailbox.ON_PREMISES)
    await world.sync()

    await world.brief()

    assert "Left out: Quinn Avery" in world.reads("quinn")
    assert "book" not in world.newest("quinn").verbs()


async def dark(world: World, who: str) -> str:
    found = await world.app.services.stores.people.find(world.box.person(who).id)
    assert found
    return found.dark or ""
