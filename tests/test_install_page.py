"""docs/install.md is followed from top to bottom: what can run here runs, as printed, against the
sandbox's Entra, Graph and Teams, and ends in an accepted handoff; what needs Azure, Exchange or the
admin centers is parsed and held against the code.
"""

import asyncio
import json
import os
import re
import shlex
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from graph import permissions
from graph.sign_in import EXCHANGE
from sandbox.company import Hours
from sandbox.m365 import Sandbox
from sandbox.m365 import running as sandbox_running
from sandbox.teams.chats import ChatMessage
from settings import SECRETS, Settings
from tests import hour
from tests.commands import ROOT, baton
from tests.infra.test_azure import INFRA, Asked, File
from tests.trial import free_ports
from tests.world import BRIEF

PAGE = ROOT / "docs/install.md"
RUNS = ("python", "openssl", "cat")
STAYS = ("serve", "work")  # until they are told to stop
SOON = 120  # seconds, on a machine that has much to do besides

# What Microsoft's own references list for each command.
AZ: dict[str, set[str]] = {
    "az login": set(),
    "az account show": {"--query", "--output"},
    "az ad app create": {"--display-name", "--sign-in-audience", "--query", "--output"},
    "az ad sp create": {"--id", "--query", "--output"},
    "az ad app permission add": {"--id", "--api", "--api-permissions"},
    "az ad app permission admin-consent": {"--id"},
    "az ad app federated-credential create": {"--id", "--parameters"},
    "az ad app credential reset": {"--id", "--cert", "--append"},
    "az ad app delete": {"--id"},
    "az bicep build": {"--file", "--stdout"},
    "az group create": {"--name", "--location"},
    "az group delete": {"--name"},
    "az bot create": {
        *("--resource-group", "--name", "--app-type", "--appid", "--tenant-id", "--endpoint"),
    },
    "az bot msteams create": {"--resource-group", "--name"},
    "az containerapp exec": {"--name", "--resource-group", "--command"},
    "azd auth login": set(),
    "azd env new": set(),
    "azd env set": set(),
    "azd env get-value": set(),
    "azd up": set(),
    "azd provision": set(),
    "azd deploy": set(),
    "azd down": {"--purge"},
}
POWERSHELL: dict[str, set[str]] = {
    "Connect-ExchangeOnline": set(),
    "New-ServicePrincipal": {"-AppId", "-ObjectId", "-DisplayName"},
    "Get-Group": {"-Identity"},
    "New-ManagementScope": {"-Name", "-RecipientRestrictionFilter"},
    "New-ManagementRoleAssignment": {"-App", "-Role", "-CustomResourceScope"},
    "Test-ServicePrincipalAuthorization": {"-Identity", "-Resource"},
    "Get-ManagementRoleAssignment": {"-RoleAssignee"},
    "Remove-ManagementRoleAssignment": {"-Confirm"},
    "Remove-ManagementScope": {"-Identity", "-Confirm"},
    "Remove-ServicePrincipal": {"-Identity", "-Confirm"},
}


def blocks(language: str) -> list[str]:
    """The lines of the page's blocks of one kind, in their order."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in found for line in block.splitlines()]


def inline() -> list[str]:
    return re.findall(r"`((?:az|azd|python) [^`]+)`", PAGE.read_text())


def command_of(line: str) -> str:
    """Without the variable that it sets."""
    found = re.fullmatch(r'export \w+="\$\((.*)\)"', line)
    return found[1] if found else line


SHELL = [command_of(line) for line in blocks("sh")]
CLOUD = [line for line in (*SHELL, *inline()) if line.startswith("az")]


def test_every_line_of_the_page_is_one_that_is_run_or_parsed() -> None:
    for line in SHELL:
        assert line.split()[0] in (*RUNS, "az", "azd"), line
    kinds = set(re.findall(r"^```(\w+)$", PAGE.read_text(), re.MULTILINE))
    assert kinds == {"sh", "powershell", "ini"}
    said = {line.split()[2] for line in SHELL if line.startswith("python app.py")}
    assert said == {"migrate", "serve", "work", "manifest", "install", "doctor"}


@pytest.mark.parametrize("line", CLOUD)
def test_a_command_of_azures_has_only_options_that_there_are(line: str) -> None:
    words = shlex.split(line)
    known = max((c for c in AZ if line.startswith(c)), key=len, default=None)
    assert known, f"{line}: not among those that were looked up"
    assert {word for word in words if word.startswith("--")} <= AZ[known]


@pytest.mark.parametrize("line", blocks("powershell"))
def test_a_command_of_powershells_has_only_options_that_there_are(line: str) -> None:
    for verb, rest in re.findall(r"([A-Z][a-z]+-[A-Z]\w+)((?:(?!\s\|).)*)", line):
        assert set(re.findall(r"\s(-[A-Z]\w+)", re.sub(r'"[^"]*"', "", rest))) <= POWERSHELL[verb]


def granted() -> tuple[set[str], set[str]]:
    """What following the page gives: in Entra by id, in Exchange by role."""
    names = {id: name for name, id in permissions.IDS.items()}
    [line] = [line for line in SHELL if "permission add" in line]
    words = line.partition("--api-permissions ")[2].split()
    entra = {names[word.removesuffix("=Role")] for word in words}
    roles = re.findall(r'New-ManagementRoleAssignment .*-Role "([^"]+)"', PAGE.read_text())
    by_role = {permissions.exchange_role(p): p for p in permissions.needed()}
    return entra, {by_role[role] for role in roles}


def test_what_is_granted_is_what_the_code_needs_each_in_its_place() -> None:
    entra, exchange = granted()

    assert exchange == {p for p in permissions.needed() if permissions.scopable(p)}
    assert entra == set(permissions.IDS)
    assert entra - {permissions.CATALOG, permissions.INSTALL} == {
        p for p in permissions.needed() if not permissions.scopable(p)
    }
    text = PAGE.read_text().partition("## 3.")[0]
    for permission in entra | exchange:
        assert f"`{permission}`" in text, f"no reason is given for {permission}"


def test_names_agree_with_the_settings_and_the_bicep_files() -> None:
    asked = Asked()
    with pytest.raises(Exception, match="missing"):
        Settings.read(asked)
    for line in blocks("ini"):
        assert line.partition("=")[0] in asked.names
    parameters = (INFRA / "main.parameters.json").read_text()
    for name in re.findall(r"azd env set (\w+)", PAGE.read_text()):
        assert f"${{{name}" in parameters
    outputs = File.read(INFRA / "main.bicep").outputs
    for name in re.findall(r"azd env get-value (\w+)", PAGE.read_text()):
        assert name in outputs
    for path in re.findall(r"`?(infra/[\w./]+)`?", PAGE.read_text()):
        assert (ROOT / path).exists()
    [trust] = [line for line in SHELL if "federated-credential" in line]
    said = json.loads(shlex.split(trust)[shlex.split(trust).index("--parameters") + 1])
    assert said["audiences"] == [EXCHANGE]
    assert said["issuer"] == "https://login.microsoftonline.com/$TENANT_ID/v2.0"
    assert said["subject"] == "$IDENTITY_PRINCIPAL_ID"
    assert "--app-type SingleTenant" in PAGE.read_text()
    assert "msaAppType: 'SingleTenant'" in (INFRA / "modules/bot.bicep").read_text()
    assert '--endpoint "$PUBLIC_URL/api/messages"' in PAGE.read_text()


@dataclass
class Host:
    """A Linux host on which the page is followed."""

    folder: Path
    env: dict[str, str]
    clock: Callable[[], datetime]

    async def run(self, line: str, **more: str) -> tuple[int, str]:
        """One line, as printed; `python` is this one, with the project around it."""
        process = await self._begin(line, more)
        async with asyncio.timeout(SOON):
            said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    @asynccontextmanager
    async def running(self, line: str) -> AsyncIterator[None]:
        """One that stays, until the end, when it is told to stop and does so well."""
        process = await self._begin(line, {}, self.folder / f"{line.rsplit(maxsplit=1)[-1]}.log")
        try:
            yield
        finally:
            process.terminate()
            async with asyncio.timeout(SOON):
                status = await process.wait()
        assert status == 0, (self.folder / f"{line.rsplit(maxsplit=1)[-1]}.log").read_text()[-3000:]

    async def _begin(
        self, line: str, more: dict[str, str], log: Path | None = None
    ) -> asyncio.subprocess.Process:
        line = line.replace("python app.py", f"exec {shlex.join(baton(clock=self.clock))}")
        kept = log.open("ab") if log else None
        try:
            return await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", line),
                cwd=self.folder,
                env={**self.env, **more},
                stdout=kept or asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
        finally:
            if kept:
                kept.close()


@pytest.fixture
async def empty(postgres: str, worker_id: str) -> AsyncIterator[str]:
    """A database with nothing in it."""
    name = f"install_{worker_id}"
    async with await AsyncConnection.connect(postgres, autocommit=True) as tx:
        await tx.execute(f"drop database if exists {name} with (force)")
        await tx.execute(f"create database {name}")
    yield make_conninfo(postgres, dbname=name)
    async with await AsyncConnection.connect(postgres, autocommit=True) as tx:
        await tx.execute(f"drop database if exists {name} with (force)")


def at_work_now(box: Sandbox) -> None:
    """It is noon where everyone works, every day, whenever this test runs."""
    now = hour.now()
    box.clock.set(now)
    zone = f"Etc/GMT{now.hour - 12:+d}" if now.hour != 12 else "Etc/UTC"
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    hours = Hours(start=time(1), end=time(23), zone=zone, days=days)
    for person in list(box.directory):
        box.directory.change(person, zone=zone, hours=hours, country="")


async def until(true: Callable[[], Any], what: str) -> Any:
    """What *true* finds, as soon as it does."""
    async with asyncio.timeout(SOON):
        while True:
            if found := true():
                return found
            await asyncio.sleep(0.1)
    raise AssertionError(what)


def card_with(box: Sandbox, who: str, verb: str) -> ChatMessage | None:
    shown = [m for m in box.teams.chat(who) if m.from_bot and verb in m.verbs()]
    return shown[-1] if shown else None


async def hand_over(box: Sandbox) -> None:
    """Step 8, as a qualifier and a rep do it in Teams."""
    await box.teams.say("quinn", "book")
    form = await until(lambda: card_with(box, "quinn", "brief"), "the form")
    wanted = (box.clock() + timedelta(days=3)).date().isoformat()
    target = f"rep:{box.person('rita').id}"
    inputs: dict[str, Any] = {**BRIEF, "target": target, "wanted": wanted}
    await box.teams.click("quinn", form, "brief", **inputs)
    times = await until(lambda: card_with(box, "quinn", "book"), "times")
    await box.teams.click("quinn", times, "book")
    offer = await until(lambda: card_with(box, "rita", "accept"), "the offer")
    await box.teams.click("rita", offer, "accept")
    await until(lambda: any(m.says("ACCEPTED") for m in box.teams.chat("rita")), "accepted")


@pytest.mark.xdist_group("trial")
async def test_following_the_page_ends_in_an_accepted_handoff(empty: str, tmp_path: Path) -> None:
    [port] = free_ports(1)
    async with sandbox_running(weeks=False, machine=hour.now) as box, AsyncExitStack() as stack:
        at_work_now(box)
        entra, exchange = granted()
        box.entra.grant_exactly(*entra)
        for permission in exchange:
            box.scope(permission, *box.directory)
        named = {line.partition("=")[0] for line in blocks("ini")}
        (tmp_path / "database-url").write_text(empty + "\n")
        told = {
            **box.env(),
            "CLIENT_CERTIFICATE": str(tmp_path / "app.pem"),
            "DATABASE_URL_FILE": str(tmp_path / "database-url"),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        assert named <= told.keys()
        addresses = {"LOGIN_URL", "GRAPH_URL", "BOT_OPENID_URL", "CA_FILE"}
        env = {name: value for name, value in told.items() if name in named | addresses}
        env |= {
            "PATH": os.environ["PATH"],  # noqa: TID251  # for what the page runs
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "POLICY_FILE": str(ROOT / "policy.toml"),
        }
        host = Host(tmp_path, env, box.clock)
        box.bot_url = f"http://127.0.0.1:{port}/api/messages"
        said: dict[str, str] = {}
        for line in SHELL:
            if not line.startswith(RUNS):
                if "credential reset" in line:
                    public = (tmp_path / re.findall(r"--cert @(\S+)", line)[0]).read_text()
                    box.entra.trust_certificate(public)
                continue
            name = line.split()[-1]
            if line.startswith("python") and name in STAYS:
                await stack.enter_async_context(host.running(line))
                if name == "serve":
                    await _ready(port)
                continue
            # Teams wants an address that the whole world can reach; this test has none.
            more = {"PUBLIC_URL": "https://baton.example.com"} if name == "manifest" else {}
            status, said[name] = await host.run(line, **more)
            assert "Traceback" not in said[name], said[name]
            assert status == 0 or name == "doctor", f"{line}: {said[name]}"
            if name == "manifest":
                [package] = (tmp_path / "build").glob("*.zip")
                box.catalog.publish(package.read_bytes())
        assert "policy in force" in said["migrate"]
        assert "installed" in said["install"]
        assert "✔" in said["doctor"]
        await hand_over(box)
        assert [a for a in box.requests if a.status == 403] == [], "what is granted is enough"


async def _ready(port: int) -> None:
    async with asyncio.timeout(SOON), aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


def test_a_secret_on_the_page_stands_in_a_file() -> None:
    for line in blocks("ini"):
        assert line.partition("=")[0] not in SECRETS
