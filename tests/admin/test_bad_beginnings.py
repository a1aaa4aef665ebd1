"""What an administrator does wrong, and the one line that says what to do."""

import asyncio
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from structlog.testing import capture_logs

from commands import entry
from commands.arguments import parser
from commands.starting import waits_for
from policy.reading import BadPolicyError
from sandbox.m365 import running as sandbox_running
from settings import BadSettingsError, Settings
from store.compatibility import Compatibility, compatibility
from store.migrate import migrate
from tests import hour
from tests.admin.databases import an_empty_database
from tests.certificates import pem_files
from tests.commands import ROOT, baton
from tests.trial import free_ports

NOBODY = "https://127.0.0.1:9"  # no Entra, no Graph: nothing asks for them before it refuses
FIRST = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
SECOND = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
async def empty(postgres: str, worker_id: str) -> AsyncIterator[str]:
    """A database with nothing in it."""
    async with an_empty_database(postgres, f"beginning_{worker_id}") as url:
        yield url


def settings(database: str, **more: str) -> dict[str, str]:
    tenant, client = FIRST
    return {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": database,
        "TENANT_ID": tenant,
        "CLIENT_ID": client,
        "CLIENT_SECRET": "none",
        "PUBLIC_URL": "https://baton.example.com",
        "LOGIN_URL": NOBODY,
        "GRAPH_URL": NOBODY,
        "BOT_OPENID_URL": NOBODY,
        "POLICY_FILE": str(ROOT / "policy.toml"),
        **more,
    }


async def firsts(database: str) -> None:
    """It is the first Baton's."""
    async with await AsyncConnection.connect(database) as tx:
        await tx.execute("insert into whose (tenant_id, client_id) values (%s, %s)", FIRST)


async def stands(database: str, tenant: str, client: str) -> Compatibility:
    found = await compatibility(database, tenant, client)
    assert found
    return found


async def refused(*words: str, env: Mapping[str, str]) -> str:
    """What is said of the settings or the policy before anything is begun."""
    arguments = parser().parse_args(words)
    with pytest.raises((BadSettingsError, BadPolicyError)) as error:
        await entry.do(arguments, Settings.read(env), hour.now)
    return str(error.value)


async def ended(*words: str, env: Mapping[str, str], status: int) -> str:
    """What the command itself says, having ended at once."""
    process = await asyncio.create_subprocess_exec(
        *baton(*words, clock=hour.now),
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    said = out.decode().strip()
    assert process.returncode == status, said
    assert "Traceback" not in said
    return said


async def applied(database: str, name: str, *, bars: bool) -> None:
    """As a newer version leaves it."""
    async with await AsyncConnection.connect(database) as tx:
        await tx.execute("insert into migration (name, bars_older) values (%s, %s)", [name, bars])


@pytest.mark.parametrize("command", ["migrate", "serve", "work"])
async def test_a_database_of_a_newer_version_that_bars_this_one(empty: str, command: str) -> None:
    await migrate(empty)
    await applied(empty, "store/9999_parted.sql", bars=True)

    said = await refused(command, env=settings(empty))

    assert "of a newer version, and this one cannot run on it (store/9999_parted.sql)" in said
    assert "restore the backup" in said
    assert len(said.splitlines()) == 1


async def test_a_newer_version_that_bars_none_may_be_gone_back_from(empty: str) -> None:
    await migrate(empty)
    await applied(empty, "store/9999_wider.sql", bars=False)

    found = await stands(empty, *FIRST)

    assert found.newer == ("store/9999_wider.sql",)
    assert found.why_not() is None


async def test_a_migration_says_in_its_first_line_that_it_bars(tmp_path: Path, empty: str) -> None:
    """And the release's section says so, for who has it can roll back by a backup alone."""
    told, barring = (ROOT / "CHANGELOG.md").read_text(), []
    for script in sorted((ROOT / "store/migrations").glob("*.sql")):
        if "cannot run after it" in script.read_text().partition("\n")[0]:
            barring.append(f"store/{script.name}")
            assert script.stem in told, f"{script.name}: tell CHANGELOG.md"
    await migrate(empty)
    async with await AsyncConnection.connect(empty) as tx:
        rows = await tx.execute("select name from migration where bars_older order by name")
        assert [str(name) for (name,) in await rows.fetchall()] == barring


@pytest.mark.parametrize("command", ["serve", "work"])
async def test_a_database_that_was_not_migrated(empty: str, command: str) -> None:
    said = await refused(command, env=settings(empty))

    assert "run python app.py migrate" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("command", ["migrate", "serve", "work"])
async def test_a_second_baton_led_to_the_firsts_database(empty: str, command: str) -> None:
    await migrate(empty)
    await firsts(empty)

    said = await refused(command, env=settings(empty, CLIENT_ID=SECOND))

    assert f"belongs to another Baton (CLIENT_ID {FIRST[1]}, TENANT_ID {FIRST[0]})" in said
    assert "--take-over" in said
    assert len(said.splitlines()) == 1


async def test_it_takes_the_firsts_place_when_it_is_told_to(empty: str) -> None:
    await migrate(empty)
    await firsts(empty)
    env = settings(empty, CLIENT_ID=SECOND)

    said = await ended("migrate", "--take-over", env=env, status=0)

    assert "policy in force" in said
    assert (await stands(empty, FIRST[0], SECOND)).other is None
    assert (await stands(empty, *FIRST)).other == (FIRST[0], SECOND)


async def test_a_tenant_that_was_mistyped_leaves_the_database_to_who_is_right(empty: str) -> None:
    """It says so at the first `migrate`, and what is put right then need take nothing over."""
    wrong = "99999999-9999-4999-8999-999999999999"
    async with sandbox_running(weeks=False, machine=hour.now) as box:
        env = settings(empty) | box.env()
        right = (env["TENANT_ID"], env["CLIENT_ID"])

        said = await ended("migrate", env=env | {"TENANT_ID": wrong}, status=0)

        [line] = [line for line in said.splitlines() if "Entra does not know the tenant" in line]
        assert wrong in line
        assert "python app.py doctor" in line
        assert not (await stands(empty, *right)).claimed

        await ended("migrate", env=env, status=0)
        assert (await stands(empty, *right)).claimed

        said = await refused("migrate", env=env | {"TENANT_ID": wrong})
        assert "if this is that one, put the two right" in said
        said = await refused("migrate", "--take-over", env=env | {"TENANT_ID": wrong})
        assert "nothing is taken over: Entra does not know the tenant" in said
        assert (await stands(empty, *right)).claimed


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "UTF8"])
async def test_a_database_for_ascii_alone(empty: str, encoding: str) -> None:
    """As Debian makes them on a host without a locale; also where UTF-8 is asked for, and nothing
    said of capitals: Ä and ä would be two letters.
    """
    async with await AsyncConnection.connect(empty, autocommit=True) as tx:
        await tx.execute("drop database if exists ascii_alone with (force)")
        await tx.execute(
            f"create database ascii_alone encoding '{encoding}' locale 'C' template "
            "template0".encode()
        )
    try:
        env = settings(make_conninfo(empty, dbname="ascii_alone"))
        said = await refused("migrate", env=env)
    finally:
        async with await AsyncConnection.connect(empty, autocommit=True) as tx:
            await tx.execute("drop database ascii_alone with (force)")

    assert "createdb --encoding UTF8 --locale C.UTF-8 --template template0" in said
    assert len(said.splitlines()) == 1


async def test_a_database_that_does_not_answer() -> None:
    said = await ended("migrate", env=settings("postgresql://127.0.0.1:9/baton"), status=2)

    assert "the database does not answer" in said
    assert "start PostgreSQL" in said
    assert len(said.splitlines()) == 1


async def test_who_serves_without_a_database_reads_at_once_what_to_do_and_it_is_waited_for() -> (
    None
):
    with capture_logs() as said:
        await waits_for("postgresql://127.0.0.1:9/baton")

    [line] = said
    assert "start PostgreSQL, and see that DATABASE_URL" in line["event"]
    assert "refused" in line["why"]


def test_that_no_connection_is_made_is_said_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    pool = logging.getLogger("psycopg.pool")
    for _ in range(3):
        pool.warning("error connecting in %r: %s", "pool-1", "refused")
    pool.warning("discarding closed connection")

    assert len(caplog.messages) <= 2
    assert caplog.messages[-1] == "discarding closed connection"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "POLICY_FILE must name the file with the policy"),
        ('name = "Verk\xe4ufe"'.encode("latin-1"), "must be saved as UTF-8"),
    ],
    ids=["a policy that is not there", "a policy that was saved as something else"],
)
async def test_a_policy_that_cannot_be_read(
    text: bytes | None, words: str, empty: str, tmp_path: Path
) -> None:
    file = tmp_path / "policy.toml"
    if text:
        file.write_bytes(text)
    said = await refused("migrate", env=settings(empty, POLICY_FILE=str(file)))

    assert words in said
    assert str(file) in said
    assert len(said.splitlines()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="who is not root cannot be somebody else")
def test_a_certificate_that_is_kept_from_whom_baton_runs_as() -> None:
    """It is there and good, and only root may read it."""
    with tempfile.TemporaryDirectory(prefix="baton-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101  # once, before anything runs
        file, _ = pem_files(Path(folder) / "app.pem")
        file.chmod(0o400)
        os.seteuid(65534)
        try:
            with pytest.raises(BadSettingsError) as error:
                Settings.read(settings("postgresql:///x", CLIENT_CERTIFICATE=str(file)))
        finally:
            os.seteuid(0)
    assert f"cannot be read by whoever runs this: {file}: Permission denied" in str(error.value)


async def test_a_second_serve_at_the_firsts_port(empty: str) -> None:
    await migrate(empty)
    [port] = free_ports(1)
    first = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", port)
    async with first:
        env = settings(empty, PORT=str(port), HOST="127.0.0.1")
        said = await refused("serve", env=env)

    assert f"another process listens at port {port}" in said
    assert "its own PORT" in said


@pytest.mark.parametrize("words", ["retry", "install", "replay", "person export a@b.example"])
async def test_a_command_on_a_database_that_is_down_or_not_yet_made(empty: str, words: str) -> None:
    down = await refused(*words.split(), env=settings("postgresql://127.0.0.1:9/baton"))
    bare = await refused(*words.split(), env=settings(empty))

    assert "the database does not answer" in down
    assert "run python app.py migrate" in bare
    assert len(down.splitlines()) == len(bare.splitlines()) == 1


async def test_a_database_that_only_reads_is_not_said_to_be_down(empty: str) -> None:
    """A standby, before it has taken over."""
    await migrate(empty)
    url = make_conninfo(empty, options="-c default_transaction_read_only=on")

    said = await ended("retry", env=settings(url), status=1)

    assert said.startswith("the database only reads, as a standby does: let DATABASE_URL lead to")


async def test_what_breaks_a_command_off_is_one_line(empty: str, tmp_path: Path) -> None:
    """No policy is in force yet; nobody may write there."""
    await migrate(empty)
    said = await ended("person", "forget", "a@b.example", env=settings(empty), status=1)
    assert said == "no policy is in force: run python app.py migrate"

    env = settings(empty, CLIENT_ID="22222222-2222-4222-8222-222222222222", CLIENT_SECRET="")
    said = await ended("manifest", "--to", "/proc/baton", env=env, status=1)
    assert said.endswith(
        "/proc/baton cannot be written by whoever runs this: No such file or "
        "directory: name another place, or make room"
    )


async def test_a_list_with_as_many_mistakes_as_a_status_has_values_is_not_all_well(
    empty: str, tmp_path: Path
) -> None:
    """An exit status of 256 is 0 to whoever reads it."""
    await migrate(empty)
    rows = "".join(f"w{n},Webinar {n},nobody@halden.example\n" for n in range(256))
    (tmp_path / "campaigns.csv").write_text(f"code,name,owner\n{rows}", encoding="utf-8")

    words = ("campaigns", str(tmp_path / "campaigns.csv"))
    said = await ended(*words, env=settings(empty), status=1)

    assert "no campaign was taken in" in said


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HOST", "nonsense.invalid", "HOST nonsense.invalid is no address"),
        ("HOST", "192.0.2.1", "HOST 192.0.2.1 is not of this machine"),
        ("DATABASE_URL", "mysql://x", "in a password write @, : and / as %40"),
        ("CA_FILE", str(ROOT / "policy.toml"), "CA_FILE must be a PEM file of certificates"),
        ("CLIENT_SECRET_FILE", os.devnull, "CLIENT_SECRET_FILE has nothing in it"),
        ("GRAPH_URL", "https://", "GRAPH_URL must be an address"),
        ("PUBLIC_URL", "https://a b", "PUBLIC_URL must be an address without spaces"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "such as http://collector:4318"),
        ("APPLICATIONINSIGHTS_CONNECTION_STRING", "x", "with its InstrumentationKey"),
        ("PUBLIC_URL", "https://[", "PUBLIC_URL must be an address"),
    ],
)
async def test_a_setting_of_an_odd_form_is_named(
    empty: str, name: str, value: str, words: str
) -> None:
    await migrate(empty)
    more = {"CLIENT_SECRET": ""} if name.endswith("_FILE") else {}
    said = await refused("serve", env=settings(empty) | more | {name: value})

    assert words in said
    assert len(said.splitlines()) == 1


async def test_a_port_for_metrics_that_another_process_has(empty: str) -> None:
    await migrate(empty)
    [port] = free_ports(1)
    first = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", port)
    async with first:
        said = await refused("work", env=settings(empty, METRICS_PORT=str(port)))

    assert f"another process listens at port {port}" in said
    assert "its own METRICS_PORT" in said


async def test_the_examples_policy_in_a_real_tenant(empty: str, tmp_path: Path) -> None:
    """Microsoft's own Graph is named, and nobody asks it before the refusal. Notepad saved it."""
    file = tmp_path / "policy.toml"
    file.write_text((ROOT / "policy.toml").read_text(), encoding="utf-8-sig")
    env = {k: v for k, v in settings(empty).items() if k != "GRAPH_URL"}
    env["POLICY_FILE"] = str(file)
    said = await ended("migrate", env=env, status=2)

    assert "policy.toml, line 5, company: still says Halden Systems" in said
    assert "write your own name there" in said
    assert Settings.read(env).real
    assert not Settings.read(settings(empty)).real


async def test_a_certificate_that_has_run_out(empty: str, tmp_path: Path) -> None:
    file, _ = pem_files(tmp_path / "app.pem", until=hour.machine() - timedelta(days=2))
    env = settings(empty, CLIENT_CERTIFICATE=str(file))
    said = await refused("serve", env=env)

    assert "CLIENT_CERTIFICATE has expired on" in said
    assert "upload a new certificate" in said
    assert len(said.splitlines()) == 1


def test_a_file_or_a_day_that_is_none_is_named_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b.toml").write_bytes("Zürich".encode("latin-1"))
    for words, said in (
        (("simulate", "--policy", f"{tmp_path}/a.toml"), "a.toml cannot be read: No such file"),
        (("simulate", "--policy", f"{tmp_path}/b.toml"), "is not UTF-8 (byte 2): save it as UTF-8"),
        (("replay", "--since", "31.3.2026"), "'31.3.2026' is no day and no moment; write it like"),
        (("person", "export", "a@b.example", "--to", f"{tmp_path}/c/d"), "there is no folder"),
        (("person", "export", "a@b.example", "--to", f"{tmp_path}"), "is a folder: name a file"),
        (("person", "forget", "\udcff"), "argument mail: '\\udcff' is not written in letters"),
        (("person", "forget", "a@b.example", "--also", "\udcff"), "argument --also: '\\udcff' is"),
        (("leads", "a.csv", "--for", "\udcff"), "argument --for: '\\udcff' is not written in"),
        (
            ("leads", "a.csv", "--for", "x", "--encoding", "\udcff"),
            "argument --encoding: '\\udcff'",
        ),
    ):
        with pytest.raises(SystemExit, match="2"):
            parser().parse_args(words)
        assert said in capsys.readouterr().err


def test_whoever_asks_for_help_reads_first_what_baton_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="0"):
        parser().parse_args(["--help"])

    _, about, commands = capsys.readouterr().out.split("\n\n", 2)
    assert about.startswith("Baton is a Microsoft Teams bot")
    assert "make run" in about
    assert "serve" in commands
