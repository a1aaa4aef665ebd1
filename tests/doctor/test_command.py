"""The doctor's command: as text, as JSON, as a page; with a status, with progress, with help."""

import io
import json
import re
import sys
from collections.abc import AsyncIterator, Mapping
from ssl import create_default_context

import aiohttp
import pytest

from commands.arguments import parser
from doctor import command
from doctor.check import Examined
from doctor.reach import web
from handoff.effects import Tidy
from settings import BadSettingsError, Settings
from tests import hour
from tests.commands import baton
from tests.doctor.alive import everyone, told, working
from tests.doctor.faults import INSIDE
from tests.hour import machine
from tests.world import World


@pytest.fixture
async def alive(database: str) -> AsyncIterator[tuple[World, dict[str, str]]]:
    """As in production: time passes, and the worker is a process of its own."""
    async with everyone(database, hour.BEGINS) as (world, env), working(world, env):
        yield world, env


async def page(url: str) -> tuple[int, str, Mapping[str, str]]:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, await answer.text(), answer.headers


@pytest.mark.xdist_group("doctor")
async def test_the_command_proves_it_all_and_shows_it_to_whoever_has_the_link(
    alive: tuple[World, dict[str, str]],
) -> None:
    world, env = alive

    status, said = await told(env, *world.command("doctor", "--page"))

    assert status == 0, said
    assert "✖" not in said
    assert "✔ a worker is there: heard" in said
    assert f"✔ Calendars.ReadWrite works on {INSIDE}" in said
    assert "all is well" in said
    link = said.splitlines()[-1]
    assert re.fullmatch(re.escape(world.url) + r"/health/[\w-]{43}", link)
    answered, shown, headers = await page(link)
    assert answered == 200
    assert "All is well" in shown
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]

    world.box.chats.set("noah", installed=False)
    status, said = await told(env, *world.command("doctor", "--json", "--page"))

    assert status == 1
    report = json.loads(said)
    assert not report["healthy"]
    [sick] = [check for check in report["checks"] if not check["well"]]
    assert sick["part"] == "people"
    assert sick["found"] == "Noah Brooks does not have Baton installed"
    assert "python app.py install" in sick["then"]
    assert [n for n in ("Noah", INSIDE) if n in (await page(link))[1]] == [INSIDE], "as it was"


async def test_nobody_reads_the_page_without_the_link_or_after_an_hour(world: World) -> None:
    report = {
        "healthy": False,
        "at": "2026-03-02T09:00:00+00:00",
        "checks": [
            {
                "part": "people",
                "what": "everyone has Baton in Teams",
                "well": False,
                "found": "<script>Noah</script>",
                "then": "do & see",
            }
        ],
    }
    stores = world.app.services.stores
    async with stores.door.open() as tx:
        secret = await stores.examinations.keep(tx, report, command.LIFE)
    link = f"{world.url}/health/{secret}"

    status, shown, _ = await page(link)
    assert status == 200
    assert "1 to put right" in shown
    assert "&lt;script&gt;Noah&lt;/script&gt;" in shown
    assert "do &amp; see" in shown
    for wrong in (link[:-1], link + "x", f"{world.url}/health/0"):
        status, shown, _ = await page(wrong)
        assert (status, "Noah" in shown) == (404, False)
    assert secret.encode() not in (await world.rows("select link from examination"))[0][0]
    await world.run("update examination set until = now()")
    assert (await page(link))[0] == 404
    await world.app.services.stores.door.follow(Tidy())
    await world.work()
    assert await world.rows("select 1 from examination") == []


async def test_every_wrong_setting_has_its_line_with_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(BadSettingsError) as error:
        Settings.read({"DATABASE_URL": "postgresql://u:hunter2@db/x", "PORT": "many"})

    status = command.refuse(error.value.problems, command.Wish(), machine())

    said = capsys.readouterr().out
    assert status == 1
    for name in ("TENANT_ID", "CLIENT_ID", "PUBLIC_URL", "MANAGED_IDENTITY", "PORT"):
        assert re.search(rf"^✖ {name}.*\n    set it as docs/settings.md says", said, re.MULTILINE)
    assert "5 things need attention" in said
    assert "hunter2" not in said


async def test_programs_are_told_of_wrong_settings_as_of_all_else() -> None:
    status, said = await told({"TENANT_ID": "t"}, *baton("doctor", "--json", clock=hour.now))

    assert status == 1
    report = json.loads(said)
    assert not report["healthy"]
    assert {check["part"] for check in report["checks"]} == {"settings"}
    wrong = [check["what"] for check in report["checks"]]
    assert "DATABASE_URL is missing" in wrong
    assert any(one.startswith("TENANT_ID must be an id like") for one in wrong)


def test_help_says_what_is_done_and_what_the_status_means(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["doctor", "--help"])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    for words in ("--json", "--page", "exit status: 0 all is well", "TEST_MAILBOX", "left behind"):
        assert words in said


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_what_is_being_looked_at_and_keeps_none_of_it() -> None:
    shown, silent = Terminal(), io.StringIO()
    for stream in (shown, silent):
        progress = command.Progress(stream)
        progress.begins("permissions")
        progress.clear()

    assert "looking at: permissions" in shown.getvalue()
    assert shown.getvalue().endswith("\033[1A\033[2K"), "up to its line, and that emptied"
    assert silent.getvalue() == ""


def test_a_long_part_says_how_far_it_is() -> None:
    shown = Terminal()
    progress = command.Progress(shown)
    progress.begins("people")
    progress.far(40, 1_000)
    progress.clear()

    assert "looking at: people, 40 of 1000" in shown.getvalue()
    assert shown.getvalue().endswith("\033[1A\033[2K")


async def test_whoever_waits_for_the_doctor_sees_how_many_people_have_been_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Terminal()
    trust = create_default_context(cafile=str(world.settings.ca_file))
    async with web(trust) as http:
        of = Examined(
            settings=world.settings, services=world.app.services, web=http, machine=machine
        )
        monkeypatch.setattr(sys, "stderr", shown)
        await command.diagnose(of, command.Wish(), world.url)

    assert re.search(r"looking at: people, [1-9]\d* of [1-9]", shown.getvalue())
