"""What can be wrong with Baton, made on purpose and put right again, each by its name.

Each takes the world and is a context: inside it the fault is there. It yields the settings with
which the doctor is then asked, where those are what is wrong.
"""

import asyncio
import zoneinfo
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession, web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from psycopg.conninfo import make_conninfo

from cards.lists import line_card
from graph.permissions import APPLICATIONS, needed, scopable
from handoff.effects import Subscribe
from jobs.messages import tell
from running import running, serving
from sandbox.company import Hours, Mailbox
from tests.hour import machine
from tests.senders import a_source
from tests.world import POLICY, World, exposes

Changes = Mapping[str, Any]
Fault = Callable[[World, Path], AbstractAsyncContextManager[Changes]]

INSIDE, OUTSIDE = "rita.osei@halden.example", "ada.novak@halden.example"
IN_ENTRA = tuple(p for p in needed() if not scopable(p))
IN_EXCHANGE = tuple(p for p in needed() if scopable(p))
TODAY = machine()  # the same for what is made and for what is read of it, also over midnight
CLOSED = "127.0.0.1:9"  # nothing listens there


def grant(world: World, *more: str, lacking: tuple[str, ...] = (), wide: bool = False) -> None:
    """As an administrator grants it: the directory in Entra, mailboxes in Exchange for the team."""
    entra = world.box.entra
    entra.grant_exactly(*(p for p in IN_ENTRA if p not in lacking), *more)
    entra._kept["app"] = replace(entra.app, scopes=())
    team = [p.id for p in world.box.directory if wide or p.upn != OUTSIDE]
    for role in IN_EXCHANGE:
        if role not in lacking:
            world.box.scope(role, *team)


def settings(**changes: Any) -> Fault:
    """Nothing is wrong but the settings."""

    @asynccontextmanager
    async def fault(_world: World, _folder: Path) -> AsyncIterator[Changes]:
        yield changes

    return fault


def granted(*more: str, lacking: tuple[str, ...] = (), wide: bool = False) -> Fault:
    @asynccontextmanager
    async def fault(world: World, _folder: Path) -> AsyncIterator[Changes]:
        grant(world, *more, lacking=lacking, wide=wide)
        yield {}
        grant(world)

    return fault


def stored(statement: str, mend: str) -> Fault:
    """Something is wrong in the database."""

    @asynccontextmanager
    async def fault(world: World, _folder: Path) -> AsyncIterator[Changes]:
        await world.run(statement)
        yield {}
        await world.run(mend)

    return fault


@asynccontextmanager
async def only_read(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """DATABASE_URL leads to what takes nothing that is written."""
    options = "-c default_transaction_read_only=on"
    yield {"database_url": make_conninfo(world.settings.database_url, options=options)}


def certificate(*, begins: timedelta, ends: timedelta, known: bool = True) -> Fault:
    """Baton signs in by a certificate, valid from and until so long from now."""

    @asynccontextmanager
    async def fault(world: World, folder: Path) -> AsyncIterator[Changes]:
        private, public = pair(TODAY + begins, TODAY + ends)
        file = folder / "baton.pem"
        file.write_bytes(private + public)
        if known:
            world.box.entra.trust_certificate(public.decode())
        yield {"client_secret": None, "client_certificate": file}

    return fault


def pair(begins: datetime, ends: datetime) -> tuple[bytes, bytes]:
    """Key and certificate, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Baton")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, made.public_bytes(serialization.Encoding.PEM)


@asynccontextmanager
async def broken_pem(_world: World, folder: Path) -> AsyncIterator[Changes]:
    file = folder / "broken.pem"
    file.write_text("-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----\n")
    yield {"client_secret": None, "client_certificate": file}


@asynccontextmanager
async def policy_with_a_mistake(_world: World, folder: Path) -> AsyncIterator[Changes]:
    file = folder / "policy.toml"
    file.write_text('name = "Sales"\n[people]\nqualifiers = "Quinn"\n')
    yield {"policy_file": file}


@asynccontextmanager
async def nobody_has_agreed(world: World, folder: Path) -> AsyncIterator[Changes]:
    """The rules in force are to be agreed to, and are new."""
    file = folder / "signed.toml"
    text = POLICY.read_text().replace("[routing]\n", "[routing]\nsigned = true\n", 1)
    file.write_text(text)
    async with world.app.services.stores.door.open() as tx:
        await world.app.services.stores.policies.publish(tx, text, world.clock())
    yield {"policy_file": file}
    await world.run("delete from policy where version = (select max(version) from policy)")


@asynccontextmanager
async def sign_in_is_down(world: World, _folder: Path) -> AsyncIterator[Changes]:
    down = world.box.faults.sign_in_down()
    yield {}
    world.box.faults.lift(down)


@asynccontextmanager
async def graph_is_down(world: World, _folder: Path) -> AsyncIterator[Changes]:
    down = world.box.faults.graph_down()
    yield {}
    world.box.faults.lift(down)


@asynccontextmanager
async def graph_takes_no_token(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """Entra gives one, and a policy of Entra's has Graph refuse it."""
    refused = world.box.faults.graph_status(401, "InvalidAuthenticationToken", times=None)
    yield {}
    world.box.faults.lift(refused)


@asynccontextmanager
async def old_zones(_world: World, folder: Path) -> AsyncIterator[Changes]:
    """The table of zones of this machine has not been upgraded for years."""
    (folder / "Europe").mkdir()
    for name in ("London", "Madrid"):
        table = files("tzdata").joinpath("zoneinfo", "Europe", name)
        (folder / "Europe" / name).write_bytes(table.read_bytes())
    (folder / "tzdata.zi").write_text("# version 2023c\n")
    zoneinfo.reset_tzpath([str(folder)])
    yield {}
    zoneinfo.reset_tzpath()


def teams_says(status: int, code: str) -> Fault:
    @asynccontextmanager
    async def fault(world: World, _folder: Path) -> AsyncIterator[Changes]:
        refused = world.box.faults.teams_status(status, code, times=None)
        yield {}
        world.box.faults.lift(refused)

    return fault


@asynccontextmanager
async def another_key(_world: World, folder: Path) -> AsyncIterator[Changes]:
    """The key of one certificate beside another."""
    now = machine()
    private, _ = pair(now, now + timedelta(days=300))
    _, public = pair(now, now + timedelta(days=300))
    (folder / "two.pem").write_bytes(private + public)
    yield {"client_secret": None, "client_certificate": folder / "two.pem"}


@asynccontextmanager
async def an_identity_that_nobody_trusts(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """It is assigned, and the app registration has no federated credential for it."""
    identity = world.box.identities.assign()
    with pytest.MonkeyPatch.context() as machine:
        for name, value in world.box.identities.env().items():
            machine.setenv(name, value)
        yield {"client_secret": None, "managed_identity": identity.client_id}


@asynccontextmanager
async def an_identity_outside_azure(_world: World, _folder: Path) -> AsyncIterator[Changes]:
    with pytest.MonkeyPatch.context() as machine:
        machine.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", f"http://{CLOSED}")
        yield {"client_secret": None, "managed_identity": ANOTHER}


@asynccontextmanager
async def a_proxy_on_the_way_out() -> AsyncIterator[set[int]]:
    """The one way there is, as HTTPS_PROXY says. Yields the ports to which it was asked to lead."""
    ports = set[int]()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(65_536):
                writer.write(some)
                await writer.drain()
        writer.close()

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, where, _ = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)
        host, _, port = where.decode().rpartition(":")
        assert method == b"CONNECT"
        there, back = await asyncio.open_connection(host, int(port))
        ports.add(int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(copy(reader, back), copy(there, writer))

    proxy = await asyncio.start_server(lead, "127.0.0.1", 0)
    async with proxy:
        with pytest.MonkeyPatch.context() as machine:
            port = proxy.sockets[0].getsockname()[1]
            machine.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
            machine.delenv("NO_PROXY", raising=False)
            yield ports
        proxy.close()


@asynccontextmanager
async def a_proxy_that_is_down(_world: World, _folder: Path) -> AsyncIterator[Changes]:
    with pytest.MonkeyPatch.context() as machine:
        machine.setenv("HTTPS_PROXY", f"http://{CLOSED}")
        yield {}


@asynccontextmanager
async def another_baton_at_the_address(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """On the same server, with tables of its own."""
    await world.run("create schema another")
    await world.run("create table another.examination (like public.examination)")
    url = make_conninfo(world.settings.database_url, options="-csearch_path=another")
    another = world.settings.model_copy(update={"database_url": url})
    async with running(another, world.clock) as app, serving(app.site, "127.0.0.1", 0) as port:
        yield {"public_url": f"http://127.0.0.1:{port}"}
    await world.run("drop schema another cascade")


@asynccontextmanager
async def a_proxy_that_asks_for_a_password(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """It lets the health check through and nothing else."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/readyz":
            return web.Response(text="ready")
        return web.Response(status=302, headers={"Location": "/login"})

    site = web.Application()
    site.router.add_route("*", "/{path:.*}", answer)
    async with serving(site, "127.0.0.1", 0) as port:
        yield {"public_url": f"http://127.0.0.1:{port}"}


def registered(**changes: Any) -> Fault:
    """The app registration says something else of the tab than it is to."""

    @asynccontextmanager
    async def fault(world: World, _folder: Path) -> AsyncIterator[Changes]:
        grant(world, APPLICATIONS)
        entra = world.box.entra
        app = entra.app
        entra._kept["app"] = replace(app, **changes)
        entra._good.clear()
        yield {}
        entra._kept["app"] = app
        grant(world)

    return fault


@asynccontextmanager
async def a_proxy_that_lets_nobody_frame(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """It passes everything on, and says besides that no page is to be framed."""

    async def answer(request: web.Request) -> web.Response:
        async with (
            ClientSession(auto_decompress=False) as http,
            http.request(
                request.method,
                f"{world.url}{request.path_qs}",
                data=await request.read(),
                headers={k: v for k, v in request.headers.items() if k != "Host"},
                allow_redirects=False,
            ) as found,
        ):
            kept = {k: v for k, v in found.headers.items() if k != "Content-Length"}
            kept["X-Frame-Options"] = "SAMEORIGIN"
            return web.Response(status=found.status, body=await found.read(), headers=kept)

    site = web.Application()
    site.router.add_route("*", "/{path:.*}", answer)
    async with serving(site, "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}"
        exposes(world.box, url)
        yield {"public_url": url}
    exposes(world.box, world.url)
    await world.app.services.stores.door.follow(Subscribe())
    await world.work()


@asynccontextmanager
async def microsoft_does_not_get_through(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """From here the address can be reached, from outside it cannot."""
    within, world.box.notifications.shake_within = world.box.notifications.shake_within, 1e-6
    yield {}
    world.box.notifications.shake_within = within


@asynccontextmanager
async def a_subscription_is_lost(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """Nobody is told; the worker makes it anew."""
    for one in world.box.notifications.of(world.box.person("rita").id):
        world.box.notifications.drop(one.id)
    yield {}
    await world.app.services.stores.door.follow(Subscribe())
    await world.work()


@asynccontextmanager
async def a_subscription_leads_elsewhere(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """As after a move to another PUBLIC_URL."""
    for one in world.box.notifications.of(world.box.person("rita").id):
        world.box.notifications.keep(replace(one, url="https://old.example/api/graph"))
    yield {}
    await world.app.services.stores.door.follow(Subscribe())
    await world.work()


@asynccontextmanager
async def removed_while_nobody_listened(world: World, _folder: Path) -> AsyncIterator[Changes]:
    world.box.chats.set("noah", installed=False)
    yield {}
    world.box.chats.set("noah", installed=True)


@asynccontextmanager
async def never_had_baton(world: World, _folder: Path) -> AsyncIterator[Changes]:
    world.box.chats.set("lena", installed=False)
    await world.run("delete from conversation where person = %s", world.box.person("lena").id)
    yield {}
    await world.install("lena")


def refuses(how: str) -> Fault:
    """Mara's chat takes no message any more, as the last message to her has shown."""

    @asynccontextmanager
    async def fault(world: World, _folder: Path) -> AsyncIterator[Changes]:
        world.box.teams.block("mara", how)
        await tell(world.app.services, world.box.person("mara").id, line_card("Are you there?"))
        yield {}
        await world.say("mara", "hello")

    return fault


@asynccontextmanager
async def neither_card_nor_mail(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """Ravi has blocked Baton, and the mail about a meeting that he is offered is refused."""
    world.box.teams.block("ravi")
    refused = world.box.faults.graph_status(403, "ErrorAccessDenied", times=None, path="/sendMail")
    await world.offer("ravi", contact_email="uma@northwind.example", company="Northwind")
    world.box.faults.lift(refused)
    yield {}
    world.box.teams.unblock("ravi")
    await world.say("ravi", "hello")


@asynccontextmanager
async def a_calendar_is_closed(world: World, _folder: Path) -> AsyncIterator[Changes]:
    world.box.set_mailbox("rosa", Mailbox.DENIED)
    yield {}
    world.box.set_mailbox("rosa", Mailbox.OPEN)


@asynccontextmanager
async def a_mailbox_that_is_none(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """Mails are to come from Mara, who has no licence."""
    world.box.set_mailbox("mara", Mailbox.MISSING)
    yield {"notice_mailbox": world.box.person("mara").upn}
    world.box.set_mailbox("mara", Mailbox.OPEN)


@asynccontextmanager
async def no_working_hours(world: World, _folder: Path) -> AsyncIterator[Changes]:
    before = world.box.person("sam").hours
    world.box.directory.change("sam", hours=Hours(zone=before.zone, days=()))
    yield {}
    world.box.directory.change("sam", hours=before)


@asynccontextmanager
async def two_zones(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """Sam has moved, and the hours have stayed behind."""
    before = world.box.person("sam").zone
    world.box.directory.change("sam", zone="Tokyo Standard Time")
    yield {}
    world.box.directory.change("sam", zone=before)


def source(**changes: str) -> Fault:
    """A form hands leads in, of which something is otherwise than it should be."""

    @asynccontextmanager
    async def fault(world: World, _folder: Path) -> AsyncIterator[Changes]:
        await a_source(world)
        for table, change in changes.items():
            await world.run(f"update {table} set {change}")
        yield {}
        for table in ("lead_source_key", "lead_source"):
            await world.run(f"delete from {table}")

    return fault


answers_by_itself = stored(
    "insert into entry (handoff, at, by, what, rule, detail) "
    "select handoff, at, 'outlook', 'accepted_by_rule', 'answer', detail "
    "from entry where what = 'offered' limit 1",
    "delete from entry where what = 'accepted_by_rule'",
)


@asynccontextmanager
async def someone_left(world: World, _folder: Path) -> AsyncIterator[Changes]:
    """The account of a rep is disabled, and the policy's group still has it."""
    world.box.directory.change("ravi", enabled=False)
    yield {}
    world.box.directory.change("ravi", enabled=True)


ANOTHER = str(uuid4())  # an application, or a tenant, that the sandbox's Entra does not know
