"""A sandbox with a folder goes on where it was; one without writes nothing."""

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from sandbox.entra import GRAPH_API
from sandbox.faults import Part
from sandbox.key_value_store import OldStateError
from sandbox.m365 import Sandbox, running, working_moment
from sandbox.tls import LIFE, certificates
from tests import hour
from tests.commands import ROOT
from tests.hour import machine
from tests.sandbox.conftest import MONDAY, Inbox, meeting

RITA, QUINN = "rita.osei@halden.example", "quinn.avery@halden.example"


async def test_everything_is_there_after_the_next_start(tmp_path: Path, inbox: Inbox) -> None:
    async with running(
        folder=tmp_path, weeks=False, now=MONDAY, bot_url=inbox.url, machine=hour.now
    ) as box:
        env, key = box.env(), box.entra.key
        start = MONDAY + timedelta(days=1)
        box.outlook.create(
            "quinn", "Demo", start, start + timedelta(hours=1), attendees=["rita"], online=True
        )
        box.outlook.respond("rita", "Demo", "accept")
        box.directory.change("rita", title="Boss")
        box.outlook.send_mail("quinn", ["ines@customer.example"], "Hello", "there")
        await box.teams.say("rita", "help")
        box.teams.block("noah")
        box.clock.forward(timedelta(hours=5))
        before = box.outlook.event("rita", "Demo")
        chat = box.teams.chat("rita")
        bot_key = box.botframework.rotate_keys()

    async with running(folder=tmp_path, company=None, weeks=True, machine=hour.now) as box:
        assert box.outlook.event("rita", "Demo") == before
        assert box.outlook.event("quinn", "Demo").attendees[0].response == "accepted"
        assert box.person("rita").title == "Boss"
        assert box.teams.chat("rita") == chat
        assert box.chats.chat("rita").installed
        assert box.chats.chat("noah").blocked
        assert box.clock() == MONDAY + timedelta(hours=5)
        assert (box.entra.key, box.botframework.key) == (key, bot_key)
        assert len(box.outside.inbox("ines@customer.example")) == 1
        stays = {name: value for name, value in box.env().items() if not name.endswith("URL")}
        assert stays == {name: env[name] for name in stays}
        assert box.outlook.calendar("noah", MONDAY, MONDAY + timedelta(days=7)) == []


async def test_the_clock_goes_on_when_it_was_not_frozen(tmp_path: Path) -> None:
    async with running(folder=tmp_path, weeks=False, machine=hour.now) as box:
        box.clock.forward(timedelta(days=3))
        ahead = box.clock.offset

    async with running(folder=tmp_path, machine=hour.now) as box:
        assert abs(box.clock.offset - ahead) < timedelta(seconds=5)
        assert not box.clock.frozen


SERVE = """
import asyncio, sys
from pathlib import Path
from sandbox.m365 import running
from tests import hour

async def main():
    async with running(folder=Path(sys.argv[1]), weeks=False, machine=hour.now) as box:
        print(box.url, box.entra.application_token("https://graph.microsoft.com"), flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_what_was_answered_survives_kill_9(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, str(tmp_path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    url, token = (await process.stdout.readline()).decode().split()
    trusting = certificates(tmp_path).trusting()
    headers = {"Authorization": f"Bearer {token}"}
    made = []
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=trusting), headers=headers
    ) as session:
        for n in range(20):
            body = meeting(f"Demo {n}", RITA)
            path = f"{url}/v1.0/users/{QUINN}/events"
            async with session.post(path, json=body) as answer:
                made.append((await answer.json())["iCalUId"])
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()

    async with running(folder=tmp_path, machine=hour.now) as box:
        for uid in made:
            assert box.outlook.event("quinn", uid).uid == uid
            assert box.outlook.event("rita", uid).response == "notResponded"


def kept_events(folder: Path) -> int:
    """As another process sees the file."""
    with closing(sqlite3.connect(folder / "sandbox.sqlite3")) as db:
        (count,) = db.execute("select count(*) from item where shelf = 'event'").fetchone()
    return int(count)


async def test_what_people_do_in_outlook_is_kept_at_once(tmp_path: Path) -> None:
    async with running(folder=tmp_path, weeks=False, now=MONDAY, machine=hour.now) as box:
        end = MONDAY + timedelta(hours=1)
        box.outlook.create("quinn", "Demo", MONDAY, end, attendees=["rita", "ravi"])
        assert kept_events(tmp_path) == 0, "all of it or nothing"
        await asyncio.sleep(0)
        assert kept_events(tmp_path) == 3


async def test_a_file_of_another_version_is_said_to_be_one(tmp_path: Path) -> None:
    Sandbox(folder=tmp_path, weeks=False, machine=hour.now).close()
    with closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as db, db:
        db.execute("update item set value = '{}' where shelf = 'person'")

    with pytest.raises(OldStateError, match=r"sandbox\.sqlite3 was written by another version"):
        Sandbox(folder=tmp_path, machine=hour.now)


def everything_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


async def test_without_a_folder_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async with running(weeks=False, machine=hour.now) as box:
        box.outlook.create("rita", "Demo", MONDAY, MONDAY + timedelta(hours=1))

    assert everything_in(tmp_path) == []


def test_a_torn_certificate_is_made_anew(tmp_path: Path) -> None:
    first = certificates(tmp_path).ca_file.read_bytes()
    assert certificates(tmp_path).ca_file.read_bytes() == first
    certificates(tmp_path).server_file.write_text("torn")

    again = certificates(tmp_path)

    assert again.ca_file.read_bytes() != first
    assert again.server_file.stat().st_mode & 0o077 == 0, "only its owner reads the key"


def test_certificates_are_renewed_before_they_end(tmp_path: Path) -> None:
    first = certificates(tmp_path).ca_file.read_bytes()
    in_time = machine() + LIFE - timedelta(days=10)
    assert certificates(tmp_path, now=in_time).ca_file.read_bytes() == first

    certificates(tmp_path, now=in_time + timedelta(days=5))

    assert (tmp_path / "sandbox-ca.pem").read_bytes() != first


async def test_two_run_side_by_side_and_a_taken_port_is_an_error(box: Sandbox) -> None:
    async with running(weeks=False, machine=hour.now) as other:
        assert other.url != box.url
        other.outlook.create("rita", "Other", MONDAY, MONDAY + timedelta(hours=1))
        assert not box.outlook.has("rita", "Other")
    port = int(box.url.rpartition(":")[2])
    with pytest.raises(OSError, match="address already in use"):
        async with running(port=port, weeks=False, machine=hour.now):
            pass


async def test_reset_makes_a_clean_table(box: Sandbox, inbox: Inbox) -> None:
    box.bot_url = inbox.url
    await box.teams.say("rita", "help")
    box.outlook.create("rita", "Demo", MONDAY, MONDAY + timedelta(hours=1))
    box.directory.leave("noah")
    box.faults.graph_down()
    box.entra.revoke("Mail.Send")
    url, secret = box.url, box.env()["CLIENT_SECRET"]

    box.reset()

    assert box.outlook.calendar("rita", MONDAY, MONDAY + timedelta(days=1)) == []
    assert box.teams.chat("rita") == []
    assert box.person("noah").given == "Noah"
    assert not list(box.requests)
    assert (box.url, box.env()["CLIENT_SECRET"], box.clock()) == (url, secret, MONDAY)
    token = box.entra.application_token(GRAPH_API)
    assert "Mail.Send" in box.entra.graph_claims(token)["roles"]
    assert box.entra.graph_claims(token)["appid"] == box.entra.app.client_id


async def test_what_it_was_at_a_moment_it_is_again(box: Sandbox, inbox: Inbox) -> None:
    box.bot_url = inbox.url
    start = MONDAY + timedelta(days=1)
    box.outlook.create("quinn", "Demo", start, start + timedelta(hours=1), attendees=["rita"])
    box.outlook.send_mail("quinn", ["rita"], "Hello", "there")
    await box.teams.say("rita", "help")
    before, chat = box.outlook.event("rita", "Demo"), box.teams.chat("rita")
    kept = box.copy()

    for _ in range(2):
        box.outlook.respond("rita", "Demo", "accept")
        box.outlook.create("rita", "Other", start, start + timedelta(hours=1))
        box.outlook.send_mail("rita", ["quinn"], "Hello", "again")
        await box.teams.say("rita", "mine")
        box.directory.change("rita", mail="rita.mensah@halden.example")
        box.directory.leave("noah")
        box.faults.graph_down()
        box.clock.forward(timedelta(hours=5))
        box.restore(kept)

        assert box.outlook.event("rita", "Demo") == before
        assert not box.outlook.has("rita", "Other")
        assert [m.subject for m in box.outlook.mail("rita", "inbox")] == ["Hello"]
        assert box.outlook.mail("quinn", "inbox") == []
        assert box.teams.chat("rita") == chat
        assert (box.person("rita").mail, box.person("noah").given) == (RITA, "Noah")
        assert box.clock() == MONDAY
        assert box.faults.hit(Part.GRAPH, "GET", "users") is None
    box.outlook.respond("rita", "Demo", "decline")
    answered = box.outlook.event("quinn", "Demo").attendees[0].response
    assert answered == "declined", "and goes on from there"


async def test_a_fresh_sandbox_is_quick() -> None:
    begin = process_time()
    async with running(weeks=False, machine=hour.now):
        pass

    assert process_time() - begin < 0.5, "seconds of the processor"


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        ("2026-03-02 11:15", "2026-03-02 11:15"),
        ("2026-03-02 08:59", "2026-03-02 09:40"),
        ("2026-03-02 09:00", "2026-03-02 09:00"),
        ("2026-03-02 15:00", "2026-03-03 09:40"),
        ("2026-03-05 18:00", "2026-03-09 09:40"),
        ("2026-03-06 10:00", "2026-03-09 09:40"),
        ("2026-03-28 10:00", "2026-03-30 09:40"),
    ],
)
def test_the_first_start_is_at_work_in_madrid(now: str, moment: str) -> None:
    madrid = ZoneInfo("Europe/Madrid")

    def there(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=madrid)

    assert working_moment(there(now).astimezone(UTC)) == there(moment)


def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    box = Sandbox(folder=tmp_path, weeks=False, machine=hour.now)
    box.close()

    assert (tmp_path / "sandbox.sqlite3").stat().st_mode & 0o077 == 0
