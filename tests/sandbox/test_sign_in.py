"""Signing in at Entra, with Microsoft's own library and by hand."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from aiohttp import BasicAuth
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from msal import ConfidentialClientApplication

from sandbox.entra import BOT_API, GRAPH_API
from sandbox.m365 import Sandbox
from tests.hour import machine
from tests.sandbox.conftest import Caller

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def msal(box: Sandbox, credential: object, scope: str) -> dict[str, Any]:
    """What MSAL says, as it was installed; only its trust is told not to come from the machine."""
    env = box.env()

    def ask() -> dict[str, Any]:
        with requests.Session() as session:
            session.trust_env = False  # REQUESTS_CA_BUNDLE would go before `verify`
            session.verify = env["CA_FILE"]
            app = ConfidentialClientApplication(
                env["CLIENT_ID"],
                client_credential=credential,
                authority=f"{env['LOGIN_URL']}/{env['TENANT_ID']}",
                instance_discovery=False,
                http_client=session,
            )
            return dict(app.acquire_token_for_client([scope]))

    return await asyncio.to_thread(ask)


async def published(box: Sandbox, graph: Caller, path: str) -> Any:
    return (await graph.get(box.url + path, token="")).body


async def claims(box: Sandbox, graph: Caller, token: str, audience: str) -> dict[str, Any]:
    """As anybody reads a token who knows nothing but the tenant's published metadata."""
    metadata = await published(
        box, graph, f"/{box.entra.app.tenant}/v2.0/.well-known/openid-configuration"
    )
    keys = (await graph.get(metadata["jwks_uri"], token="")).body["keys"]
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(jwt.PyJWK(one) for one in keys if one["kid"] == kid)
    return dict(jwt.decode(token, key.key, algorithms=["RS256"], audience=audience))


async def test_the_application_signs_in_by_its_secret(box: Sandbox, graph: Caller) -> None:
    got = await msal(box, box.env()["CLIENT_SECRET"], f"{GRAPH_API}/.default")

    said = await claims(box, graph, got["access_token"], GRAPH_API)
    assert said["appid"] == box.entra.app.client_id
    assert said["tid"] == box.entra.app.tenant
    assert "Calendars.ReadWrite" in said["roles"]
    assert 3000 < got["expires_in"] <= 3600
    bot = await msal(box, box.env()["CLIENT_SECRET"], f"{BOT_API}/.default")
    assert "roles" not in await claims(box, graph, bot["access_token"], BOT_API)


def certificate() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "baton")])
    now = machine()
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), signed.public_bytes(pem).decode()


async def test_the_application_signs_in_by_a_certificate_that_is_registered(box: Sandbox) -> None:
    private, public = certificate()
    credential = {"private_key": private, "public_certificate": public}

    refused = await msal(box, credential, f"{GRAPH_API}/.default")
    box.entra.trust_certificate(public)
    got = await msal(box, credential, f"{GRAPH_API}/.default")

    assert refused["error"] == "invalid_client"
    assert "AADSTS700027" in refused["error_description"]
    assert got["token_type"] == "Bearer"


async def test_an_assertion_signed_by_another_key_is_refused(box: Sandbox, graph: Caller) -> None:
    _, public = certificate()
    box.entra.trust_certificate(public)
    fingerprint = x509.load_pem_x509_certificate(public.encode()).fingerprint(hashes.SHA256())
    app, now = box.entra.app, machine()
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assertion = jwt.encode(
        {
            "aud": f"{box.url}/{app.tenant}/oauth2/v2.0/token",
            "iss": app.client_id,
            "sub": app.client_id,
            "jti": "1",
            "exp": now + timedelta(minutes=5),
        },
        other,
        algorithm="RS256",
        headers={"x5t#S256": jwt.utils.base64url_encode(fingerprint).decode()},
    )

    status, body = await token(
        box,
        graph,
        client_secret=None,
        client_assertion=assertion,
        client_assertion_type=ASSERTION,
    )

    assert (status, body["error_codes"]) == (401, [700027])


async def token(
    box: Sandbox, graph: Caller, tenant: str | None = None, **changed: str | None
) -> tuple[int, Any]:
    """The token endpoint's answer to a good request with these fields changed."""
    form = {
        "grant_type": "client_credentials",
        "client_id": box.entra.app.client_id,
        "client_secret": box.entra.app.secret,
        "scope": f"{GRAPH_API}/.default",
    } | changed
    sent = {name: value for name, value in form.items() if value is not None}
    url = f"{box.url}/{tenant or box.entra.app.tenant}/oauth2/v2.0/token"
    async with graph.session.post(url, data=sent) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"client_secret": None}, (401, "invalid_client", 7000216)),
        ({"client_id": "nobody"}, (400, "unauthorized_client", 700016)),
        ({"tenant": "another"}, (400, "invalid_tenant", 90002)),
        ({"scope": "https://graph.microsoft.com/User.Read"}, (400, "invalid_scope", 1002012)),
        ({"scope": "https://vault.example/.default"}, (400, "invalid_resource", 500011)),
        ({"scope": None}, (400, "invalid_request", 900144)),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
        ({"grant_type": None}, (400, "invalid_request", 900144)),
    ],
)
async def test_entra_says_what_is_wrong(
    box: Sandbox,
    graph: Caller,
    changed: dict[str, str | None],
    refusal: tuple[int, str, int],
) -> None:
    status, body = await token(box, graph, **changed)

    (number,) = body["error_codes"]
    assert (status, body["error"], number) == refusal
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    assert {"timestamp", "trace_id", "correlation_id"} <= body.keys()


async def test_the_secret_may_come_as_a_header(box: Sandbox, graph: Caller) -> None:
    app = box.entra.app
    url = f"{box.url}/{app.tenant}/oauth2/v2.0/token"
    form = {"grant_type": "client_credentials", "scope": f"{BOT_API}/.default"}
    basic = BasicAuth(app.client_id, app.secret)
    async with graph.session.post(url, data=form, auth=basic) as answer:
        assert answer.status == 200


async def test_a_tab_learns_who_looks_at_it(box: Sandbox, graph: Caller) -> None:
    rita = box.person("rita")

    said = await claims(box, graph, box.entra.tab_token(rita), box.entra.app.client_id)

    assert (said["oid"], said["tid"]) == (rita.id, box.entra.app.tenant)
    assert said["scp"] == "access_as_user"
    assert said["iss"] == f"{box.url}/{box.entra.app.tenant}/v2.0"


async def test_sign_in_can_be_down(box: Sandbox, graph: Caller) -> None:
    box.faults.sign_in_down(times=1)

    status, _ = await token(box, graph)
    assert status == 503
    status, _ = await token(box, graph)
    assert status == 200


async def test_the_product_gets_settings_and_no_secret_is_kept_in_plain_sight(
    box: Sandbox,
) -> None:
    env = box.env()

    assert set(env) == {
        "TENANT_ID",
        "CLIENT_ID",
        "CLIENT_SECRET",
        "LOGIN_URL",
        "GRAPH_URL",
        "BOT_OPENID_URL",
        "CA_FILE",
    }
    assert box.certificates.ca_file == Path(env["CA_FILE"])
    assert env["CLIENT_SECRET"] not in repr(box.entra.app)
    assert "PRIVATE" not in repr(box.entra.key)


async def test_the_bot_frameworks_keys_are_found_and_endorsed(box: Sandbox, graph: Caller) -> None:
    metadata = (await graph.get(box.env()["BOT_OPENID_URL"], token="")).body
    assert metadata["issuer"] == "https://api.botframework.com"

    async def key(token: str) -> dict[str, Any]:
        keys = (await graph.get(metadata["jwks_uri"], token="")).body["keys"]
        kid = jwt.get_unverified_header(token)["kid"]
        return next((one for one in keys if one["kid"] == kid), {})

    good = box.botframework.token(box.service_url)
    assert (await key(good))["endorsements"] == ["msteams"]
    other = await key(box.botframework.token(box.service_url, endorsed=False))
    assert "msteams" not in other["endorsements"]

    box.botframework.rotate_keys()

    assert await key(good) == {}
    new = box.botframework.token(box.service_url)
    public = jwt.PyJWK(await key(new)).key
    said = jwt.decode(new, public, algorithms=["RS256"], audience=box.entra.app.client_id)
    assert (said["iss"], said["serviceurl"]) == ("https://api.botframework.com", box.service_url)


async def test_connector_tokens_can_have_every_defect(box: Sandbox) -> None:
    framework, now = box.botframework, machine()

    def said(token: str) -> dict[str, Any]:
        return dict(jwt.decode(token, options={"verify_signature": False}))

    old = framework.token(box.service_url, at=now - timedelta(hours=2))
    assert said(old)["exp"] < now.timestamp()
    assert said(framework.token(box.service_url, audience="other"))["aud"] == "other"
    assert said(framework.token(box.service_url, issuer="other"))["iss"] == "other"
    assert said(framework.token("https://other.example/"))["serviceurl"] != box.service_url
    assert "serviceurl" not in said(framework.token(None))
    assert jwt.get_unverified_header(framework.token(None, kid="none"))["kid"] == "none"
    forged = framework.token(box.service_url, key=box.entra.key, kid=framework.key.kid)
    with pytest.raises(jwt.InvalidSignatureError):
        framework.key.read(forged, audiences=[box.entra.app.client_id])


async def test_exchange_gives_a_role_for_some_mailboxes_whatever_entra_says(
    box: Sandbox, graph: Caller
) -> None:
    """https://learn.microsoft.com/exchange/permissions-exo/application-rbac"""
    box.entra.grant_exactly("User.Read.All")
    rita, ada = (f"/users/{box.person(who).upn}/events" for who in ("rita", "ada"))
    subscribe = {
        "changeType": "created",
        "notificationUrl": "http://127.0.0.1:9/none",
        "expirationDateTime": "2026-03-08T08:00:00Z",
    }

    async def statuses() -> list[int]:
        return [(await graph.get(path)).status for path in (rita, ada)]

    assert await statuses() == [403, 403]
    box.scope("Calendars.ReadWrite", "rita")
    assert await statuses() == [200, 403]
    box.scope("Calendars.Read", "rita")
    refused = await graph.post("/subscriptions", {**subscribe, "resource": ada})
    assert (refused.status, refused.code) == (403, "ExtensionError")
    shaken = await graph.post("/subscriptions", {**subscribe, "resource": rita})
    assert shaken.code == "ValidationError", "allowed, but nobody shakes hands there"
    said = jwt.decode(box.entra.application_token(GRAPH_API), options={"verify_signature": False})
    assert said["roles"] == ["User.Read.All"], "a token tells nothing of it"

    box.entra.grant("Calendars.ReadWrite")
    again = graph.token = box.entra.application_token(GRAPH_API)
    assert again
    assert await statuses() == [200, 200], "the two add up"
