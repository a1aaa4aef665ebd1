"""Microsoft: reached, agreed with on the time, and signed in to as the app that the settings name.

What Entra says no with is told by number, and each number has its own next step:
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

from doctor.check import Check, Examined, fine, ill, vital
from doctor.clocks import agrees, zones
from doctor.reach import OutOfReachError
from graph import permissions
from graph.errors import BusyError, GraphError, SignInError, TokenRefusedError
from graph.sign_in import NO_IDENTITY, NOT_ASSIGNED, UNKNOWN_TENANT

ROUNDING = timedelta(seconds=1)  # of a Date header
NO_TENANT = (
    "TENANT_ID must be the Directory (tenant) ID on the Overview of the app registration, and "
    "CLOUD the cloud in which it lives"
)
NO_APP = (
    "CLIENT_ID must be the Application (client) ID of a registration in the tenant TENANT_ID: one "
    "of another tenant is not known there. Compare both with the Overview of the app registration"
)
NEW_ONE = (
    "make a new client secret (Certificates & secrets) and put its Value, not its ID, into "
    "CLIENT_SECRET; better a certificate: CLIENT_CERTIFICATE"
)
TRUST = (
    "give the app registration a federated credential for the managed identity (Certificates & "
    "secrets): its subject is the identity's Object (principal) ID"
)
ASSIGN = (
    "assign the identity to what Baton runs on and put its client ID into MANAGED_IDENTITY; "
    "outside Azure leave MANAGED_IDENTITY out and name a certificate in CLIENT_CERTIFICATE"
)
NEXT = {
    90002: NO_TENANT,
    90013: NO_TENANT,
    900023: NO_TENANT,
    700016: NO_APP,
    7000229: "consent to the app as an administrator, which makes its enterprise application",
    7000112: "the enterprise application is switched off: enable sign-in under its Properties",
    7000215: NEW_ONE,
    7000222: NEW_ONE,
    700027: (
        "add the public part of the certificate in CLIENT_CERTIFICATE to the app registration "
        "(Certificates & secrets), or name the file of one that is there and has not expired"
    ),
    700213: TRUST,
    70021: TRUST,
    700024: "the clock of this machine is wrong: let NTP set it",
    500011: "GRAPH_URL or BOT_SCOPE belongs to another cloud: set CLOUD, and leave both out",
    53003: "a Conditional Access policy for workload identities keeps the app out: let it in",
}
NOT_TAKEN = (
    "Entra, Sign-in logs, Service principal sign-ins, say for CLIENT_ID which policy refuses it: "
    "let the app in there, or enable sign-in under the Properties of the enterprise application"
)
OTHERWISE = "compare TENANT_ID, CLIENT_ID and its credential with the app registration"
FIREWALL = (
    "let this machine reach it over https; a proxy of your own is named in HTTPS_PROXY, what goes "
    "without it in NO_PROXY, and CA_FILE names its CA"
)


async def checks(of: Examined) -> AsyncIterator[Check]:
    settings = of.settings
    ahead: dict[str, timedelta] = {}
    for name, url in (
        (
            "Entra",
            f"{settings.login_url}/{settings.tenant_id}/v2.0/.well-known/openid-configuration",
        ),
        ("Graph", f"{settings.graph_url}/v1.0/"),
        ("the Bot Framework", settings.bot_openid_url),
    ):
        before = of.machine()
        try:
            answer = await of.web.ask(url)
        except OutOfReachError as error:
            yield ill(f"{name} can be reached", FIREWALL, f"{url}: {error}")
            continue
        yield fine(f"{name} can be reached")
        if answer.clock:
            theirs = answer.clock + ROUNDING / 2
            ahead[name] = theirs - before - (of.machine() - before) / 2
    if ahead:
        yield agrees("the clocks of this machine and of Microsoft agree", ahead, slack=ROUNDING)
    yield zones(of.machine())
    async for check in _signs_in(of):
        yield check


async def _signs_in(of: Examined) -> AsyncIterator[Check]:
    settings, services = of.settings, of.services
    for what, token in (
        ("sign-in for Graph", services.graph_token),
        ("sign-in for Teams", services.bot_token),
    ):
        try:
            claims = permissions.claims_in(await token())
        except SignInError as error:
            yield vital(ill(what, _next(str(error)), str(error)))
        except BusyError as error:
            then = f"wait; if it lasts, see that this machine reaches {settings.login_url}"
            if NO_IDENTITY in str(error):
                then = ASSIGN
            yield vital(ill(what, then, str(error)))
        else:
            yield vital(_ours(of, what, str(claims.get("tid"))))
            if token == services.graph_token:
                async for check in _taken(of):
                    yield check


async def _taken(of: Examined) -> AsyncIterator[Check]:
    """A token of Entra's is not yet one that Graph takes. Where Graph does not answer at all, the
    parts that ask it say so.
    """
    what = "Graph takes the token"
    ask = of.services.outlook.subscribing.living
    try:
        with suppress(GraphError):
            try:
                await ask()
            except BusyError:  # once again, with another token
                await ask()
    except TokenRefusedError as error:
        yield vital(ill(what, NOT_TAKEN, str(error)))
    except BusyError:
        return
    else:
        yield fine(what)


def _ours(of: Examined, what: str, tenant: str) -> Check:
    """Whoever writes to Baton is compared with TENANT_ID, so that it must be the id itself."""
    if tenant.lower() == of.settings.tenant_id.lower():
        return fine(what)
    then = f"TENANT_ID must be {tenant}: with a name instead, everyone in Teams is refused"
    return ill(what, then, f"the token is of {tenant}, TENANT_ID is {of.settings.tenant_id}")


def _next(words: str) -> str:
    if UNKNOWN_TENANT in words:
        return NO_TENANT
    if NOT_ASSIGNED in words:
        return ASSIGN
    number = re.search(r"AADSTS(\d+)", words)
    return NEXT.get(int(number[1]), OTHERWISE) if number else OTHERWISE
