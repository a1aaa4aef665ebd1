"""What a newcomer starts: everything on one machine, stopped with Ctrl-C, and there again."""

import asyncio
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from sandbox.leads import as_csv
from tests.commands import as_typed
from tests.trial import free_ports, started

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//a person's own//EN
BEGIN:VEVENT
UID:standup@example
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Madrid:20260105T091500
DTEND;TZID=Europe/Madrid:20260105T093000
RRULE:FREQ=WEEKLY;BYDAY=MO,WE
EXDATE;TZID=Europe/Madrid:20260107T091500
SUMMARY:Stand-up of my own
END:VEVENT
BEGIN:VEVENT
UID:odd@example
DTSTAMP:20260101T000000Z
SUMMARY:No start at all
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.xdist_group("trial")
async def test_it_starts_stops_and_goes_on_where_it_was(tmp_path: Path) -> None:
    ports = free_ports(3)
    (tmp_path / "my.ics").write_text(CALENDAR)
    (tmp_path / "leads.csv").write_text(as_csv() + "Only,a,few,columns\n")
    address = f"http://localhost:{ports[0]}"

    async with (
        started(
            tmp_path, "--calendar", "my.ics", "--leads", "leads.csv", ports=ports, cold=True
        ) as (process, said),
        aiohttp.ClientSession() as http,
    ):
        text = "".join(said)
        assert f"{address}/" in text
        assert "new in Rita Osei's calendar" in text
        assert "odd@example" in text
        assert "leads wait for Quinn Avery" in text
        assert "leads.csv: line" in text
        async with http.get(address) as page:
            assert page.url.path == "/desk/"
            assert "Baton" in await page.text()
        async with http.post(f"{address}/api/messages", json={}) as refused:
            assert refused.status == 401
        async with http.get(f"{address}/readyz") as ready:
            assert ready.status == 200
        async with asyncio.timeout(30):
            while not await welcomed(http, address):  # noqa: ASYNC110  # a page, no event
                await asyncio.sleep(0.2)
        form = {"company": "Neu", "contact_name": "Test", "contact_email": "a@neu.example"}
        filled = {**form, "needs": "x", "who": 0, "once": "one"}
        for known in (False, True):
            async with http.post(f"{address}/desk/api/form", json=filled) as sent:
                found = await sent.json()
            assert (found["status"], found["said"]["known"]) == (202, known), found
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(20):
            assert await process.wait() == 0

    async with started(tmp_path, "--calendar", "my.ics", "--leads", "leads.csv", ports=ports) as (
        _,
        said,
    ):
        text = "".join(said)
        assert "0 events new in Rita Osei's calendar" in text
        assert "0 leads wait for Quinn Avery" in text
        assert "known before" in text


async def welcomed(http: aiohttp.ClientSession, address: str) -> bool:
    """Whether a worker has said something to everyone: that it is ready says nothing of jobs."""
    async with http.get(f"{address}/desk/api/state") as found:
        return all(one["said"] for one in (await found.json())["everybody"])


@pytest.mark.xdist_group("trial")
async def test_a_port_in_use_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        async with started(tmp_path, ports=[port, *free_ports(2)]) as (process, said):
            assert await process.wait() == 2

    assert f"port {port} is in use" in "".join(said)
    assert "make run PORT=" in "".join(said)


@pytest.mark.parametrize("command", ["run", "doctor", "leads"])
async def test_help_answers(command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(as_typed("--help") if command == "run" else as_typed(command, "--help")),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()

    assert process.returncode == 0
    assert command.encode() in told


async def test_missing_settings_are_named_and_nothing_starts() -> None:
    process = await asyncio.create_subprocess_exec(
        *as_typed("serve"),
        env={"PATH": "/usr/bin"},
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()

    assert process.returncode == 2
    assert b"DATABASE_URL is missing" in told
