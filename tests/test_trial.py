"""What a newcomer starts: everything on one machine, stopped with Ctrl-C, and there again."""

import asyncio
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import aiohttp
import pytest

from postgres import NEWEST
from sandbox.leads import as_csv
from tests import hour
from tests.commands import as_typed, baton
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
MOUNTED = ("unshare", "--map-root-user", "--mount", "sh", "-c")  # for one process alone


def may_mount() -> bool:
    if shutil.which(MOUNTED[0]) is None:
        return False
    asked = [*MOUNTED, "mount -t tmpfs none /mnt"]
    return not subprocess.run(asked, check=False, capture_output=True).returncode


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


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("/proc/baton", "No such file or directory"),
        ("/sys/kernel", ""),  # not permitted, or read-only: as the machine has it
        ("{folder}/file", "File exists"),
        ("{folder}/file/below", "Not a directory"),
        ("{folder}/" + "long" * 80, "File name too long"),
    ],
    ids=["not for files", "the kernel's", "a file", "below a file", "too long a name"],
)
@pytest.mark.parametrize("command", ["run", "sandbox"])
async def test_a_place_in_which_nothing_can_be_kept_is_named_in_one_line(
    command: str, place: str, why: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("a file")
    place = place.format(folder=tmp_path)

    said = await refused(tmp_path, command, VAR=place)

    assert said.startswith(f"the trial cannot keep its data in {place}: {why}")
    assert said.endswith("Let VAR name a folder in which you can write, or make room")


@pytest.mark.skipif(not may_mount(), reason="nobody may put another disk in its place here")
@pytest.mark.parametrize(
    ("disk", "why"),
    [("size=1m", "1 MB are free there, and 100 are needed"), ("ro", "Read-only file system")],
    ids=["a full disk", "one that is only read"],
)
async def test_a_disk_on_which_nothing_can_be_kept_is_named_in_one_line(
    disk: str, why: str, tmp_path: Path
) -> None:
    said = await refused(tmp_path, "run", disk=disk, VAR=str(tmp_path / "disk"))

    assert said.startswith(f"the trial cannot keep its data in {tmp_path}/disk: {why}. Let VAR")


@pytest.mark.parametrize("below", ["sandbox", f"postgres-{NEWEST}"])
async def test_what_is_kept_and_cannot_be_read_is_named_in_one_line(
    below: str, tmp_path: Path
) -> None:
    """Somebody put a file where there was a folder."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / below).write_text("a file")

    said = await refused(tmp_path, "sandbox" if below == "sandbox" else "run")

    assert said.startswith(f"the trial cannot keep its data in {tmp_path}/var/{below}: ")


async def test_a_database_that_does_not_answer_is_not_said_to_be_ready(tmp_path: Path) -> None:
    for url, words in (
        ("postgresql://127.0.0.1:9/baton", "start PostgreSQL, and see that DATABASE_URL has"),
        ("mysql://x", "DATABASE_URL cannot be read; in a password write @"),
    ):
        said = await refused(tmp_path, "run", DATABASE_URL=url)
        assert words in said
        assert "✔" not in said


async def test_a_calendar_that_cannot_be_read_is_said_before_anything_starts(
    tmp_path: Path,
) -> None:
    said = await refused(tmp_path, "run", "--calendar", str(tmp_path))

    assert said == f"{tmp_path} cannot be read: Is a directory"


async def refused(folder: Path, command: str, *more: str, disk: str = "", **env: str) -> str:
    """The one line that a trial says instead of starting; *disk* is how VAR is mounted for it."""
    ports = dict(zip(("PORT", "SANDBOX_PORT", "PLAYGROUND_PORT"), free_ports(3), strict=True))
    words = baton(command, *more, clock=hour.now, cold=bool(disk))
    if disk:
        words = (
            *MOUNTED,
            f'mkdir "$VAR" && mount -t tmpfs -o {disk} none "$VAR" && exec "$@"',
            "sh",
            *words,
        )
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        env={
            "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(folder),
            "VAR": str(folder / "var"),
            "COLUMNS": "200",
            **{name: str(port) for name, port in ports.items()},
            **env,
        },
        stderr=asyncio.subprocess.STDOUT,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        told, _ = await process.communicate()
    [line] = told.decode().splitlines()
    assert process.returncode == 2, line
    return line


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
