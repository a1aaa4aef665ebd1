"""Each road that an administrator goes, pasted block by block from the pages, against stand-ins for
the tools that nobody has here.
"""

import json
import os
import re
import stat
from pathlib import Path

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Parser

from graph import permissions
from graph.sign_in import EXCHANGE, EXCHANGES
from tests.admin.pages import PAGES, PLACES, Block, Terminal, blocks
from tests.admin.stand_in import CLIENT, HOST, IDENTITY, TENANT
from tests.commands import ROOT
from tests.infra.test_azure import DEPLOYED, read_by

pytestmark = pytest.mark.xdist_group("roads")  # what goes before is gone once

SH = blocks()
POWERSHELL = blocks(language="powershell")


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


async def begun(terminal: Terminal) -> None:
    """Steps 1 and 2 are done."""
    await terminal.follow(
        *blocks("install", part="Before the first command"),
        *blocks("install", part="1. The app registration"),
        *blocks("install", part="2. What it may do in the directory"),
    )


@pytest.fixture(scope="module")
async def begun_once(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    terminal = Terminal(tmp_path_factory.mktemp("begun"))
    await begun(terminal)
    return terminal


@pytest.fixture(scope="module")
async def deployed_once(begun_once: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    terminal = Terminal(tmp_path_factory.mktemp("deployed"))
    terminal.goes_on(begun_once)
    await terminal.follow(*blocks("azure", part="By azd"))
    return terminal


@pytest.fixture
def after_two_steps(terminal: Terminal, begun_once: Terminal) -> Terminal:
    terminal.goes_on(begun_once)
    return terminal


@pytest.fixture
def by_azd(terminal: Terminal, deployed_once: Terminal) -> Terminal:
    """Baton runs in Azure, by the page."""
    terminal.goes_on(deployed_once)
    return terminal


async def test_azd_leads_to_an_address(by_azd: Terminal) -> None:
    world = by_azd.world
    said = await by_azd.paste('echo "at $PUBLIC_URL"')
    assert "at https://baton-serve.example.com" in said.out
    assert world.revision["image"] == world.revision["first"] == world.images[-1]
    assert len(world.images) == 1, "built once for both processes"
    assert world.revision["settings"]["CLIENT_ID"] == CLIENT
    assert world.trust["subject"] == IDENTITY
    assert world.trust["issuer"] == f"https://login.microsoftonline.com/{TENANT}/v2.0"
    assert world.trust["audiences"] == [EXCHANGE]
    for audience in EXCHANGES.values():
        assert f"`{audience}`" in (ROOT / "docs/azure.md").read_text()
    assert [call for call in world.calls if call[0] == "docker"] == [], "nobody needs an engine"


async def test_upgrading_by_azd_runs_the_new_versions_first_step(by_azd: Terminal) -> None:
    before = by_azd.world.revision["image"]
    [by_azd_too, *_] = blocks("upkeep", part="Upgrading")
    await by_azd.follow(by_azd_too)

    world = by_azd.world
    assert world.revision["image"] == world.images[-1] != before
    assert world.revision["first"] == world.revision["image"], "or new code meets an old schema"


async def test_without_the_services_own_file_azd_would_keep_the_old_first_step(
    by_azd: Terminal,
) -> None:
    """What the stand-in takes from azd's source, and the reason for infra/baton.bicep."""
    before = by_azd.world.revision["image"]
    (by_azd.project / "infra/baton.bicepparam").rename(by_azd.project / "infra/other")
    await by_azd.paste("azd deploy --no-prompt")
    assert by_azd.world.revision["image"] != before
    assert by_azd.world.revision["first"] == before


async def test_rolling_back_by_azd_takes_an_image_that_is_there(by_azd: Terminal) -> None:
    [before] = by_azd.world.images
    await by_azd.follow(blocks("upkeep", part="Upgrading")[0])
    [asks, back, *_] = blocks("upkeep", part="Rolling back")
    await by_azd.follow(asks)
    await by_azd.follow(back, TAG=before.rpartition(":")[2])

    assert by_azd.world.revision["image"] == by_azd.world.revision["first"] == before
    assert len(by_azd.world.images) == 2, "nothing was built"


async def test_azure_without_azd_leads_to_an_address(after_two_steps: Terminal) -> None:
    await after_two_steps.follow(*blocks("azure", part="Without azd"))

    world = after_two_steps.world
    said = await after_two_steps.paste('echo "at $PUBLIC_URL"')
    assert "at https://baton-serve.example.com" in said.out
    assert world.revision["image"] == world.revision["first"] == world.images[-1]
    assert world.trust["subject"] == IDENTITY
    assert not any(call[0] == "azd" for call in world.calls)


async def test_without_azd_every_setting_is_there_in_another_terminal(
    terminal: Terminal, begun_once: Terminal
) -> None:
    """And one that is there is not made anew, or the database would have another password."""
    terminal.goes_on(begun_once)
    kept, ground, runs = blocks("azure", part="Without azd")
    await terminal.follow(kept, ground, runs)
    file = terminal.project / "azure.env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open("a") as more:
        more.write("DATABASE_SERVER='restored'\nTEST_MAILBOX='rita@example.com'\n")
    before = file.read_text()
    (terminal.folder / "terminal").unlink()

    await terminal.follow(Block("", "", "sh", "export TENANT_ID=x CLIENT_ID=x\n" + kept.text))
    (terminal.folder / "terminal").unlink()
    await terminal.follow(ground, runs)

    assert file.read_text() == before
    world = terminal.world
    assert world.revision["settings"]["TEST_MAILBOX"] == "rita@example.com"
    assert world.revision["settings"]["CLIENT_ID"] == CLIENT
    assert world.deployed["main"]["read"]["DATABASE_SERVER"] == "restored"
    assert world.revision["image"] == world.images[-1]


async def test_a_certificate_goes_into_the_vault_once_there_is_one(
    after_two_steps: Terminal,
) -> None:
    signing_in, ground, rest = blocks("azure", part="By azd")
    await after_two_steps.follow(signing_in, ground)
    certificate, _ = blocks("azure", part="By certificate or secret instead")
    await after_two_steps.follow(certificate)
    await after_two_steps.follow(rest)

    world = after_two_steps.world
    assert world.secrets == ["baton-certificate"]
    assert world.revision["settings"]["SIGN_IN"] == "certificate"
    assert world.revision["settings"]["CERTIFICATE_NAME"] in world.secrets
    assert not list(after_two_steps.project.glob("*.pem")), "the key stays in the vault alone"


async def test_a_secret_is_handed_on_without_being_shown(after_two_steps: Terminal) -> None:
    signing_in, ground, _ = blocks("azure", part="By azd")
    await after_two_steps.follow(signing_in, ground)
    _, secret = blocks("azure", part="By certificate or secret instead")
    out = await after_two_steps.follow(secret)

    assert "the-secret-itself" not in out
    assert after_two_steps.world.env["CLIENT_SECRET"] == "the-secret-itself"
    assert after_two_steps.world.env["SIGN_IN"] == "secret"


async def test_renewing_in_azure_keeps_the_old_key_until_it_is_named(by_azd: Terminal) -> None:
    part = "Renewing the certificate or the secret"
    made, told, put, _, _, listed, removed = blocks("upkeep", part=part)
    await by_azd.follow(made, told)
    for name in ("app.key", "app.pem"):
        mode = stat.S_IMODE((by_azd.project / name).stat().st_mode)
        assert mode == 0o600, f"{name} can be read by others"
    assert by_azd.world.keys == ["the-old-key", "a-new-key"]
    said = await by_azd.paste(put.text)
    assert "vault: not yet" in said.out, "a right that was just given; here it is tried again"
    await by_azd.follow(put, listed)
    await by_azd.follow(removed, OLD_KEY="the-old-key")
    assert by_azd.world.keys == ["a-new-key"]


async def test_restoring_in_azure_leads_to_the_server_that_was_restored(by_azd: Terminal) -> None:
    before = by_azd.world.env["DATABASE_SERVER"]
    [restored, *_] = blocks("upkeep", part="Restoring a backup")
    await by_azd.follow(restored, MOMENT="2026-12-01T08:00:00Z")

    world = by_azd.world
    [asked] = [call for call in world.calls if "restore" in call]
    assert asked[asked.index("--source-server") + 1] == before
    assert world.env["DATABASE_SERVER"] == asked[asked.index("--name") + 1] != before
    assert world.deployed["main"]["read"]["DATABASE_SERVER"] == world.env["DATABASE_SERVER"]


async def test_a_name_of_your_own_stays_with_the_next_deployment(by_azd: Terminal) -> None:
    [in_azure, *_] = blocks("upkeep", part="Moving to another address")
    await by_azd.follow(in_azure, DOMAIN="baton.example.org")
    await by_azd.paste("azd deploy --no-prompt")

    settings = by_azd.world.revision["settings"]
    [domain] = json.loads(settings["CUSTOM_DOMAINS"])
    assert domain == {
        "name": "baton.example.org",
        "certificateId": "/subscriptions/x/managedCertificates/y",
    }
    assert settings["CUSTOM_URL"] == "https://baton.example.org"
    assert by_azd.world.env["PUBLIC_URL"] == "https://baton.example.org"


async def test_removing_in_azure_shows_what_goes_and_asks(by_azd: Terminal) -> None:
    azure = blocks("upkeep", part="Removing")[:3]
    await by_azd.follow(*blocks("upkeep", part="Looking after Baton"), *azure)
    said = [" ".join(call) for call in by_azd.world.calls]
    shown, down = (said.index(next(c for c in said if c.startswith(w))) for w in ASKED)
    assert shown < down
    assert f"az ad app delete --id {CLIENT}" in said


async def test_containers_are_upgraded_and_restored(after_two_steps: Terminal) -> None:
    terminal = after_two_steps
    await terminal.paste("export PUBLIC_URL=https://baton.example.com")
    for part in ("The certificate that Baton signs in with", "With Docker compose"):
        await terminal.follow(*blocks("linux", part=part))
    kept = (terminal.project / "infra/.env").read_text()
    await terminal.follow(*blocks("linux", part="With Docker compose"))
    assert (terminal.project / "infra/.env").read_text() == kept, "the database has that password"
    [upgrade] = [b for b in blocks("upkeep", part="Upgrading") if "docker" in b.text]
    await terminal.follow(upgrade)
    [dump] = terminal.project.glob("baton-*.dump")
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600
    [restore] = [b for b in blocks("upkeep", part="Restoring a backup") if "docker" in b.text]
    await terminal.follow(restore, DUMP=str(dump))
    said = composed(terminal)
    assert said.index("stop serve work") < next(n for n, s in enumerate(said) if "restore" in s)
    assert said[-1] == "up --detach"


async def test_containers_are_gone_back_from_renewed_and_removed(after_two_steps: Terminal) -> None:
    terminal = after_two_steps
    await terminal.paste("export PUBLIC_URL=https://baton.example.com")
    for part in ("The certificate that Baton signs in with", "With Docker compose"):
        await terminal.follow(*blocks("linux", part=part))
    first = (terminal.project / "infra/app.pem").read_bytes()

    [back] = [b for b in blocks("upkeep", part="Rolling back") if "docker" in b.text]
    await terminal.follow(back, VERSION="0.1.0")
    calls = [" ".join(call) for call in terminal.world.calls]
    assert calls.index("git checkout --merge 0.1.0") == len(calls) - 2
    assert composed(terminal)[-1] == "up --build --detach"

    renew = blocks("upkeep", part="Renewing the certificate or the secret")
    [anew] = [b for b in renew if "docker" in b.text]
    await terminal.follow(*renew[:2], anew)
    now = terminal.project / "infra/app.pem"
    assert now.read_bytes() != first
    assert (stat.S_IMODE(now.stat().st_mode), now.stat().st_uid) == (0o400, 10001)
    assert composed(terminal)[-1] == "up --detach --force-recreate"

    [remove] = [b for b in blocks("upkeep", part="Removing") if "docker" in b.text]
    await terminal.follow(remove)
    assert composed(terminal)[-1] == "down --volumes --rmi all"
    assert not [f for f in ("infra/.env", "infra/app.pem") if (terminal.project / f).exists()]


def composed(terminal: Terminal) -> list[str]:
    """What `docker compose` was asked for, in its order."""
    return [" ".join(call[4:]) for call in terminal.world.calls if call[0] == "docker"]


async def test_a_host_has_a_bot_of_its_own_name_that_moves_with_it(
    after_two_steps: Terminal,
) -> None:
    """Its handle is one for the whole world, and `baton-bot` is somebody's."""
    terminal = after_two_steps
    await terminal.paste("export PUBLIC_URL=https://baton.example.com")
    await terminal.follow(*blocks("linux", part="The bot registration"))
    [*_, name] = terminal.world.bots
    *_, asks, moved = blocks("upkeep", part="Moving to another address")
    await terminal.follow(asks)
    said = await terminal.paste(moved.text, PUBLIC_URL="https://other.example.com")
    assert not said.failed, said.out
    asked = terminal.world.calls[-1]
    assert asked[:3] == ["az", "bot", "update"]
    assert asked[asked.index("--name") + 1] == name
    assert "https://other.example.com/api/messages" in asked


ASKED = ("az resource list --resource-group baton", "azd down")


NEEDED = {
    "install": (
        *("Privileged Role Administrator", "Exchange Administrator", "Teams Administrator"),
        *("Application Developer", "Organization Management", "Azure subscription"),
        *("Role Based Access Control Administrator", "az provider register", "IsDehydrated"),
        *("PowerShell 7", "Python 3.11", "azd 1.24.3", "this project's folder"),
    ),
    "linux": ("root", "443", "a certificate for the name", "https", "`compose`"),
}
"""What somebody must have, by the page that asks for it."""


@pytest.mark.parametrize("page", NEEDED)
def test_what_is_needed_is_said_before_the_first_command_and_how_to_see_it(page: str) -> None:
    before, _, _ = (ROOT / f"docs/{page}.md").read_text().partition("```")
    for needed in NEEDED[page]:
        assert needed in before, needed
    rows = [line.split("|")[1:-1] for line in before.splitlines() if line.startswith("| ")]
    assert all(row[1].strip() for row in rows), "each with how to see whether one has it"
    if page == "install":
        [looks] = [b for b in blocks(page, part="Before the first command") if "rest" in b.text]
        does = ("/me/", "allowedToCreateApps", "account show", "role assignment", "provider show")
        which = ("first", "second", "third", "fourth", "fifth")
        for line, command, word in zip(looks.text.splitlines(), does, which, strict=True):
            assert command in line
            assert f"the {word} " in before


def test_what_a_container_cannot_do_is_said_where_commands_are_typed_in_one() -> None:
    for page in ("azure", "linux"):
        text = re.sub(r"\s+", " ", (ROOT / f"docs/{page}.md").read_text())
        assert re.search("container('s own folder)? cannot", text, re.IGNORECASE), page
        assert re.search("leave `--to FILE` out", text, re.IGNORECASE), page
    assert "`--command` is split at spaces" in (ROOT / "docs/azure.md").read_text()


def test_what_microsoft_has_given_up_or_done_by_halves_is_not_left_so() -> None:
    """Permission policies gave way, and an application access policy does nothing by itself."""
    install = (ROOT / "docs/install.md").read_text()
    assert "app-centric-management" in install
    assert "an older tenant has *Permission policies*" in install
    for page in (ROOT / "docs").glob("*.md"):
        for line in page.read_text().splitlines():
            if "New-CsApplicationAccessPolicy" in line:
                assert "Grant-CsApplicationAccessPolicy" in line, page.name


def test_what_is_left_after_removing_is_named() -> None:
    text = (ROOT / "docs/upkeep.md").read_text().partition("What is left then")[2]
    rows = [line for line in text.partition("## ")[0].splitlines() if line.startswith("| ")]
    for left in (
        *("Deleted applications", "key vault", "`baton-mailboxes`", "setup policy", "credential"),
        *("`baton-*.dump`", "`baton_before`", ".azure/", "/etc/ssl/baton", "/var/log/nginx"),
        *("chats, mails and meetings", "az keyvault recover"),
    ):
        assert any(left in row for row in rows), left


@pytest.mark.parametrize("block", SH, ids=str)
def test_a_block_touches_no_place_of_a_host_that_a_test_does_not_move(block: Block) -> None:
    """Each block is really run, by root too: what it changes must be below the test's folder."""
    harmless = ("/usr/sbin/nologin", "/run/postgresql", "/dev/null")
    folders = (
        r"(?<![\w$}.:-])/(?:bin|dev|etc|home|lib|opt|root|run|sbin|srv|tmp|usr|var)\b[^\s\"';)]*"
    )
    for path in re.findall(folders, block.text):
        assert path.startswith((*PLACES, *harmless)), path


EMPTY = r'ERROR|=$|//$|^https://$|/baton/baton-:|^/api|: ""|"/+v2\.0"|\[""\]'
"""What a variable that is nothing leaves behind within an argument."""


@pytest.mark.parametrize("block", SH, ids=str)
async def test_in_a_new_terminal_a_block_stops_before_it_acts_on_nothing(
    block: Block, terminal: Terminal
) -> None:
    """Nothing is set, and `az` and `azd` are signed in. No tool is handed an empty argument, none
    waits on the terminal with lines behind it, and what is nothing is no part of a name.
    """
    await terminal.paste(block.text)
    world = terminal.world
    assert world.wrong == []
    for call in world.calls:
        for word in call:
            assert not re.search(EMPTY, word), call


@pytest.mark.parametrize("block", SH, ids=str)
def test_whatever_a_command_answered_is_looked_at_before_it_is_used(block: Block) -> None:
    """An answer that did not come is nothing, too. What is only shown may be nothing."""
    used = "\n".join(line for line in block.text.splitlines() if not line.startswith("echo "))
    for found in re.finditer(r"\$\{?([A-Z_]+)\b(?!:\?)", used):
        name, before = found[1], used[: found.start()]
        literal = re.search(rf"\b{name}=(?!\"?\$\()", before)
        assert literal or f"${{{name}:?" in before, f"{name} may be nothing"


LEANING = [
    *(b for part in ("Upgrading", "Restoring a backup") for b in blocks("upkeep", part=part)),
    *(b for b in blocks("upkeep", part="Rolling back") if "git checkout" in b.text),
    blocks("upkeep", part="Moving to another address")[0],
    *blocks("azure", part="Without azd"),
]
FAILING = (
    *("pg_dump", "pip", "psql", "createdb", "pg_restore", "baton migrate", "postgres flexible"),
    *(
        "git checkout",
        "azd deploy",
        "hostname bind",
        "az acr build",
        "compose --file infra/compose.yaml stop",
    ),
)
DOES = re.compile(
    r"^(azd (up|deploy)|systemctl (re)?start|docker compose .* up|"
    r"az deployment group create .*--name baton)( |$)"
)
"""What brings into use what the lines before it have made."""


@pytest.mark.parametrize(
    ("block", "fails"),
    [(block, what) for block in LEANING for what in FAILING if what in block.text],
    ids=str,
)
async def test_where_a_line_fails_nothing_is_brought_into_use(
    block: Block, fails: str, by_azd: Terminal
) -> None:
    """Or Baton would begin on the old database, on half a one, or on none."""
    for tool in ("pg_dump", "psql", "createdb", "pg_restore", "baton"):
        by_azd.stands_in(tool)
    (by_azd.project / "infra/.env").write_text("DATABASE_PASSWORD=x\n")
    (by_azd.project / "a.dump").write_text("PGDMP")
    (by_azd.root / "opt/baton").mkdir(parents=True)
    if block.page == "azure":
        await by_azd.follow(*blocks("azure", part="Without azd")[:2])
    known = {"DUMP": "a.dump", "MOMENT": "2026-12-01T08:00:00Z", "DOMAIN": "baton.example.org"}
    known |= {"DATABASE_PASSWORD": "Aa1-0123456789", "DESCRIBED": "0.3.0", "VERSION": "0.1.0"}
    if fails == "pip":
        (by_azd.project / "requirements").unlink()
        known["PROJECT"] = str(by_azd.project)
    before = len(by_azd.world.calls)

    await by_azd.paste(block.text, FAILS=fails, **known)

    calls = [" ".join(call) for call in by_azd.world.calls[before:]]
    done = next((n for n, call in enumerate(calls) if fails in call), -1)
    assert done >= 0 or fails == "pip", calls
    assert not [call for call in calls[done + 1 :] if DOES.search(call)]
    if "/opt/baton" in block.text and fails in ("pg_dump", "pip", "baton migrate"):
        assert not (by_azd.root / "opt/baton/current").exists(), "what runs goes on as it is"


def test_a_database_takes_every_letter_whatever_the_hosts_locale() -> None:
    """Debian's cluster is one for ASCII alone where no locale is set, as on a bare host."""
    made = [line for block in SH for line in block.text.splitlines() if "createdb" in line]
    assert len(made) == 3
    for line in made:
        assert "--encoding UTF8 --locale C.UTF-8 --template template0" in line, line


def test_what_a_host_is_asked_with_is_on_it_by_then() -> None:
    """A bare Debian has none of these."""
    page = (ROOT / "docs/linux.md").read_text()
    [installs, _] = blocks("linux", part="Baton on a Linux host")
    for tool in ("curl", "git", "openssl"):
        assert re.search(rf"\b{tool} -|\b{tool} [a-z]", page)
        assert tool in installs.text.split()
    for line in page.partition("```")[0].splitlines():
        assert not re.search("`(curl|git|openssl) ", line) or "after the first block" in line


READ_BY_SYSTEMD = """# what there is
TENANT_ID=one
TEAMS_PER_CONVERSATION=7/1 60/30
POLICY_FILE="/etc/with a space"
CA_FILE='/etc/single'
CLIENT_SECRET=$(touch done)`touch done`"=;x
; another
PUBLIC_URL=https://baton.example.com"""


async def test_a_setting_of_a_host_is_a_value_and_is_never_done(terminal: Terminal) -> None:
    """`baton` reads the units' file as systemd does, and root runs it."""
    for folder in ("etc/baton", "opt/baton/current/.venv/bin"):
        (terminal.root / folder).mkdir(parents=True)
    refused = await terminal.paste("sh infra/linux/baton doctor")
    assert "cannot be read: run this as root" in refused.out
    (terminal.root / "etc/baton/baton.env").write_text(READ_BY_SYSTEMD)
    python = terminal.root / "opt/baton/current/.venv/bin/python"
    python.write_text('#!/bin/sh\necho "$@"\nenv\n')
    python.chmod(0o755)

    out = (await terminal.paste("sh infra/linux/baton doctor --json")).out

    said = out.splitlines()
    assert "app.py doctor --json" in out
    for value in (
        *("TENANT_ID=one", "TEAMS_PER_CONVERSATION=7/1 60/30", "CA_FILE=/etc/single"),
        *("POLICY_FILE=/etc/with a space", "PUBLIC_URL=https://baton.example.com"),
        'CLIENT_SECRET=$(touch done)`touch done`"=;x',
    ):
        assert value in said
    assert not list(terminal.folder.rglob("done"))


async def test_a_command_of_another_version_than_the_current_one(terminal: Terminal) -> None:
    (terminal.root / "etc/baton").mkdir(parents=True)
    (terminal.root / "etc/baton/baton.env").write_text("TENANT_ID=one\n")
    for name in ("current", "0.3.0"):
        python = terminal.root / f"opt/baton/{name}/.venv/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text("#!/bin/sh\npwd\n")
        python.chmod(0o755)

    said = await terminal.paste("sh infra/linux/baton migrate")
    assert "/opt/baton/current" in said.out
    said = await terminal.paste("BATON_VERSION=0.3.0 sh infra/linux/baton migrate")
    assert "/opt/baton/0.3.0" in said.out


async def test_settings_of_a_host_that_are_there_stay_when_the_block_is_typed_again(
    terminal: Terminal,
) -> None:
    """As after a policy that was refused, or a second Baton that is led beside the first."""
    terminal.stands_in("baton")
    (terminal.root / "etc/baton").mkdir(parents=True)
    [block] = [
        b
        for b in blocks("linux", part="By package and unit")
        if "baton.env" in b.text and "sed" in b.text
    ]
    known = {"TENANT_ID": "one", "CLIENT_ID": "one", "PUBLIC_URL": "https://one.example.com"}
    await terminal.paste(block.text, **known)
    file = terminal.root / "etc/baton/baton.env"
    file.write_text(file.read_text() + "TEST_MAILBOX=rita@example.com\n")
    before = file.read_text()
    await terminal.paste(block.text, **known | {"CLIENT_ID": "two"})
    assert "CLIENT_ID=one\n" in before
    assert file.read_text() == before


CODE = [b for b in SH if "pip" in b.text and "/opt/baton" in b.text]


@pytest.mark.parametrize("block", CODE, ids=str)
async def test_baton_may_read_its_code_whatever_roots_umask(
    block: Block, terminal: Terminal
) -> None:
    """Hardened hosts have root make what nobody else may read."""
    for tool in ("pg_dump", "baton"):
        terminal.stands_in(tool)
    await terminal.paste("umask 027\n" + block.text)
    made = [terminal.root / "opt/baton/0.2.0", *(terminal.root / "opt/baton").rglob(".venv/**")]
    assert any(path.name == "bin" for path in made)
    for path in made:
        if not path.is_symlink():
            assert stat.S_IMODE(path.stat().st_mode) & 0o005 == 0o005, path


@pytest.mark.parametrize("block", SH, ids=str)
def test_what_a_host_does_as_root_needs_no_azure_signed_in_there(block: Block) -> None:
    """It has no `az`, and what follows in the same block would go on without an answer."""
    lines = block.text.splitlines()
    if block.page == "linux" or "systemctl" in block.text or "openssl req" in lines[0]:
        assert len({line.startswith(("az ", "export BOT")) for line in lines}) == 1, block.text


@pytest.mark.parametrize("block", SH, ids=str)
def test_a_private_key_is_readable_by_nobody_else_from_its_first_moment(block: Block) -> None:
    for line in block.text.splitlines():
        if "-keyout" in line or "app.pem" in line.partition(">")[2]:
            assert line.startswith("(umask 077;"), line


def test_what_holds_a_secret_is_not_taken_into_git() -> None:
    kept = (ROOT / ".gitignore").read_text().split()
    for name in (
        "/infra/.env",
        "/azure.env",
        "/env/.env.*.user",
        "/app.key",
        "/app.pem",
        "/.azure/",
    ):
        assert name in kept
    said = {"baton-*.dump", "app.key", "app.crt", "app.pem", "infra/app.pem"}
    assert {f"/{name}" for name in said} <= set(kept)


@pytest.mark.parametrize("name", DEPLOYED)
def test_every_variable_that_a_deployment_reads_is_one_that_the_pages_name(name: str) -> None:
    pages = "".join((ROOT / f"docs/{page}.md").read_text() for page in PAGES)
    own = {"CERTIFICATE_NAME"}  # has a name that fits the block which fills it
    for variable in read_by(name).keys() - own:
        assert re.search(rf"\b{variable}\b", pages), variable


VALUE = 'value() { local said; said="$(azd env get-value "$1")" && echo "$said"; }'


def test_azd_is_asked_for_nothing_that_the_deployments_do_not_give() -> None:
    outputs = {"AZURE_ENV_NAME", "AZURE_RESOURCE_GROUP"}
    for name in DEPLOYED:
        outputs |= set(
            re.findall(r"^output (\w+)", (ROOT / f"infra/{name}.bicep").read_text(), re.MULTILINE)
        )
    for block in SH:
        once = block.text.count("azd env get-value") == block.text.count(VALUE)
        assert once, "what it did not find it says on the same channel"
    asked = {name for block in SH for name in re.findall(r"\$\(value (\w+)\)", block.text)}
    assert asked <= outputs


# PowerShell itself cannot be had here: its blocks are parsed by another's grammar, and read.

GRAMMAR = Parser(Language(tree_sitter_powershell.language()))


@pytest.mark.parametrize("block", POWERSHELL, ids=str)
def test_a_block_of_powershells_is_powershell(block: Block) -> None:
    assert not GRAMMAR.parse(block.text.encode()).root_node.has_error


CMDLETS: dict[str, set[str]] = {
    "Connect-ExchangeOnline": set(),
    "Get-OrganizationConfig": set(),
    "Enable-OrganizationCustomization": set(),
    "New-ServicePrincipal": {"-AppId", "-ObjectId", "-DisplayName"},
    "Get-Group": {"-Identity"},
    "New-ManagementScope": {"-Name", "-RecipientRestrictionFilter"},
    "New-ManagementRoleAssignment": {"-App", "-Role", "-CustomResourceScope"},
    "Test-ServicePrincipalAuthorization": {"-Identity", "-Resource"},
    "Get-ManagementRoleAssignment": {"-RoleAssignee"},
    "Remove-ManagementRoleAssignment": {"-Identity", "-Confirm"},
    "Remove-ManagementScope": {"-Identity", "-Confirm"},
    "Remove-ServicePrincipal": {"-Identity", "-Confirm"},
    "Read-Host": set(),
    "Where-Object": set(),
    "Format-Table": set(),
    "Out-Host": set(),
}
"""Parameters of each cmdlet, as office-docs-powershell lists them."""
POWERSHELLS_OWN = {"Read-Host", "Where-Object", "Format-Table", "Out-Host"}
CMDLET = re.compile(r"\b([A-Z][a-z]+-[A-Z]\w+)((?:(?![|);]).)*)")


@pytest.mark.parametrize("block", POWERSHELL, ids=str)
def test_a_cmdlet_has_only_parameters_that_there_are(block: Block) -> None:
    quiet = re.sub(r'"[^"\n]*"|\'[^\'\n]*\'', '""', block.text)
    for name, rest in CMDLET.findall(quiet):
        given = {word.partition(":")[0] for word in re.findall(r"(?<=\s)-[A-Z][\w:]*", rest)}
        assert given <= CMDLETS[name], f"{name}: {given}"


@pytest.mark.parametrize("block", POWERSHELL, ids=str)
def test_a_block_of_powershells_is_one_that_stops_at_its_first_error(block: Block) -> None:
    """Line by line, what follows an error would run all the same; as one block it does not.
    Exchange's are functions of a module, which do not hear what their caller prefers:
    https://github.com/PowerShell/PowerShell/issues/4568
    """
    lines = block.text.strip().splitlines()
    if len(lines) == 1:
        return
    assert (lines[0], lines[-1]) == ("& {", "}")
    assert lines[1].strip() == '$stop = @{ ErrorAction = "Stop" }'
    assert block.text.count("{") == block.text.count("}")
    quiet = re.sub(r'"[^"\n]*"|\'[^\'\n]*\'', '""', block.text)
    for name, rest in CMDLET.findall(quiet):
        if name not in POWERSHELLS_OWN:
            assert rest.startswith(" @stop"), f"{name} goes on after an error"


def test_nothing_is_removed_in_exchange_that_was_not_shown_and_agreed_to() -> None:
    [text] = [block.text for block in POWERSHELL if "Remove-" in block.text]
    lines = [line.strip() for line in text.splitlines()]
    first = next(n for n, line in enumerate(lines) if "Remove-" in line)
    before = lines[:first]
    assert "$env:" not in text, "in a new terminal it is nothing, and nothing may mean everything"
    order = ["Read-Host 'PRINCIPAL_ID", "-notmatch '^[0-9a-fA-F]{8}", "$found.Count -eq 0"]
    order += ["$found | Format-Table", '-ne "yes") { throw']
    places = [next(n for n, line in enumerate(before) if word in line) for word in order]
    assert places == sorted(places)
    assert all("throw" in before[n] for n in (places[1], places[2], places[4]))
    for line in lines[first:]:
        for call in re.findall(r"Remove-\S+ .*", line):
            assert "-Identity " in call
    again = next(n for n, line in enumerate(lines) if "(& $assigned).Count -ne 0) { throw" in line)
    assert (
        first < again < next(n for n, line in enumerate(lines) if "Remove-ManagementScope" in line)
    )
    assert '$_.CustomResourceScope -eq "Baton mailboxes"' in text
    assert not re.search(r"\|\s*Remove-", text)


def test_a_tenant_that_was_never_customized_is_before_its_roles_are_assigned() -> None:
    """Exchange refuses the scope and the assignments of a tenant that is still dehydrated."""
    [text] = [block.text for block in POWERSHELL if "New-ManagementScope" in block.text]
    asked = text.index("if ((Get-OrganizationConfig @stop).IsDehydrated) { Enable-Org")
    assert asked < text.index("New-ManagementScope") < text.index("New-ManagementRoleAssignment")


def granted() -> tuple[set[str], set[str]]:
    """What following the page gives: in Entra by id, in Exchange by role."""
    names = {id: name for name, id in permissions.IDS.items()}
    [block] = blocks("install", part="2. What it may do in the directory")
    words = block.text.partition("--api-permissions ")[2].splitlines()[0].split()
    entra = {names[word.removesuffix("=Role")] for word in words}
    text = "".join(block.text for block in POWERSHELL)
    roles = re.findall(r'New-ManagementRoleAssignment .*-Role "([^"]+)"', text)
    by_role = {permissions.exchange_role(p): p for p in permissions.needed()}
    return entra, {by_role[role] for role in roles}


def test_what_is_granted_is_what_the_code_needs_each_in_its_place() -> None:
    entra, exchange = granted()

    assert exchange == {p for p in permissions.needed() if permissions.scopable(p)}
    assert entra == set(permissions.IDS)
    assert entra - {permissions.CATALOG, permissions.INSTALL} == {
        p for p in permissions.needed() if not permissions.scopable(p)
    }
    text = (ROOT / "docs/install.md").read_text().partition("## 3.")[0]
    for permission in entra | exchange:
        assert f"`{permission}`" in text, f"no reason is given for {permission}"


def test_the_registry_that_a_road_names_is_the_one_that_was_made() -> None:
    """Used by the stand-ins alone: a host that no deployment gives would hide a typo."""
    assert HOST.split(".")[0].isalnum()
    assert os.sep not in HOST
