"""Signing in as the app: by a managed identity, a certificate or a secret, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from graph.errors import BusyError, SignInError
from graph.sign_in import SignIn
from sandbox.entra import BOT_API, GRAPH_API
from sandbox.m365 import Sandbox, running
from tests import hour
from tests.certificates import pem_files
from tests.hour import machine

GRAPH = f"{GRAPH_API}/.default"
BOT = f"{BOT_API}/.default"


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with running(weeks=False, machine=hour.now) as open_box:
        yield open_box


def sign_in(
    box: Sandbox,
    *,
    identity: str | None = None,
    certificate: Path | None = None,
    secret: str | None = None,
) -> SignIn:
    return SignIn(
        login_url=box.url,
        tenant=box.entra.app.tenant,
        client_id=box.entra.app.client_id,
        identity=identity,
        certificate=certificate,
        secret=secret,
        ca_file=box.certificates.ca_file,
    )


def in_a_container(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in box.identities.env().items():
        monkeypatch.setenv(name, value)


def on_a_machine(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", box.url)


def app_of(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["appid"])


@pytest.mark.parametrize("azure", [in_a_container, on_a_machine])
async def test_a_managed_identity_vouches_for_the_app_registration(
    box: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    azure: object,
) -> None:
    assert callable(azure)
    azure(box, monkeypatch)
    identity = box.identities.assign()
    box.entra.trust_identity(identity.object_id)
    app = sign_in(box, identity=identity.client_id)

    for scope in (GRAPH, BOT):
        token = await app.token(scope)
        assert app_of(token) == box.entra.app.client_id, "it is the app, not the identity"
    claims = box.entra.graph_claims(await app.token(GRAPH))
    assert "User.Read.All" in claims["roles"]
    assert len(box.requests.to("identity")) == 1, "the identity's word is kept"


async def test_a_bot_that_is_the_identity_itself_is_given_its_tokens(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_container(box, monkeypatch)
    box.identities.assign(box.entra.app.client_id)
    app = sign_in(box, identity=box.entra.app.client_id)

    assert box.entra.bot_claims(await app.token(BOT))
    assert "User.Read.All" in box.entra.graph_claims(await app.token(GRAPH))["roles"]
    assert box.requests.to("entra") == [], "no one else was asked"


async def test_an_identity_that_is_not_assigned_or_not_trusted_is_named(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_container(box, monkeypatch)
    with pytest.raises(SignInError, match="not assigned to what Baton runs on"):
        await sign_in(box, identity="11111111-1111-4111-8111-111111111111").token(GRAPH)

    identity = box.identities.assign()
    app = sign_in(box, identity=identity.client_id)
    with pytest.raises(SignInError, match="add a federated credential"):
        await app.token(GRAPH)
    box.entra.trust_identity(identity.object_id)
    assert await app.token(GRAPH), "and it goes on once it is trusted"


async def test_outside_azure_an_identity_is_said_to_be_of_no_use(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9")

    with pytest.raises(BusyError, match="works in Azure only"):
        await sign_in(box, identity="11111111-1111-4111-8111-111111111111").token(GRAPH)


async def test_a_certificate_that_has_run_out_is_said_plainly_and_a_new_one_is_taken_up(
    box: Sandbox, tmp_path: Path
) -> None:
    now = machine()
    file, old = pem_files(tmp_path / "app.pem", until=now - timedelta(days=1))
    box.entra.trust_certificate(old)
    app = sign_in(box, certificate=file)

    with pytest.raises(SignInError, match="the certificate has expired: upload a new one"):
        await app.token(GRAPH)

    _, new = pem_files(file, until=now + timedelta(days=1))
    box.entra.trust_certificate(new)
    assert app_of(await app.token(GRAPH)) == box.entra.app.client_id


@pytest.mark.parametrize(
    ("secret", "words"), [("wrong", "it is the secret's value that is wanted"), (None, "AADSTS")]
)
async def test_a_wrong_secret_is_said_with_what_to_do_and_never_shown(
    box: Sandbox, secret: str | None, words: str
) -> None:
    with pytest.raises(SignInError, match=words) as error:
        await sign_in(box, secret=secret).token(GRAPH)

    assert box.entra.app.secret not in str(error.value)
    assert "Trace ID" not in str(error.value)


async def test_an_app_of_another_tenant_is_named(box: Sandbox) -> None:
    app = SignIn(
        login_url=box.url,
        tenant=box.entra.app.tenant,
        client_id="00000000-0000-0000-0000-000000000000",
        identity=None,
        certificate=None,
        secret="x",
        ca_file=box.certificates.ca_file,
    )

    with pytest.raises(SignInError, match="is it another tenant's"):
        await app.token(GRAPH)


async def test_entra_is_asked_once_for_all_who_wait_and_they_hear_the_same(box: Sandbox) -> None:
    """Else they would be refused one after the other, each after as long as Entra takes."""
    app = sign_in(box, secret="wrong")

    heard = await asyncio.gather(*(app.token(GRAPH) for _ in range(8)), return_exceptions=True)

    assert {type(one) for one in heard} == {SignInError}
    asked = [one for one in box.requests.to("entra") if one.path.endswith("/token")]
    assert len(asked) == 1
