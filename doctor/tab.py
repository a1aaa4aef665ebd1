"""The tab: Teams may frame it, its files are there, and Entra signs for who looks at it.

What Teams asks Entra for stands in the package (`webApplicationInfo`); whether Entra knows it is
seen by asking for it too. What the registration lets whom ask for is read where Baton may.
https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/authentication/tab-sso-register-aad
"""

import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from doctor.check import Check, Examined, fine, ill, listed
from doctor.reach import OutOfReachError
from graph.apps import Registered
from graph.errors import BusyError, SignInError
from graph.permissions import APPLICATIONS, allowed, claims_in, granted_in
from manifest.check import application_uri
from tabs.headers import FRAMES
from tabs.proof import CLIENTS, SCOPE
from tabs.site import PATH

FRAMED = "Teams may show the tab"
KNOWN = "Entra knows the address by which Teams asks who looks"
VERSION = "Entra signs for the tab in the version that Baton reads"
EXPOSED = "the scope of the tab is there to be asked for"
ALLOWED = "Teams, Outlook and Microsoft 365 may ask for it"
AGAIN = "step 5 of docs/install.md: app.py manifest writes what the registration is to be told"
UNTOUCHED = "a proxy in front must pass on GET /tab as it is, with its headers and no sign-in"
LOOK = f"not looked at: that takes {APPLICATIONS}. az ad app show --id {{}} --query api shows it"


async def checks(of: Examined) -> AsyncIterator[Check]:
    yield await _framed(of)
    uri = application_uri(of.settings.client_id.lower(), urlsplit(of.settings.public_url).netloc)
    try:
        claims = claims_in(await of.services.tab_token(uri))
    except SignInError as error:
        yield ill(KNOWN, AGAIN, f"{uri}: {error}")
    except BusyError as error:
        yield ill(KNOWN, "wait, and run doctor again", f"{uri}: {error}")
    else:
        yield fine(KNOWN, uri)
        found = str(claims.get("ver"))
        what = f"a token of version {found}: requestedAccessTokenVersion must be 2"
        yield fine(VERSION) if found == "2.0" else ill(VERSION, AGAIN, what)
    async for check in _registered(of):
        yield check


async def _framed(of: Examined) -> Check:
    url = f"{of.settings.public_url}{PATH}"
    try:
        answer = await of.web.ask(url)
    except OutOfReachError as error:
        return ill(FRAMED, UNTOUCHED, f"{url}: {error}")
    if answer.status == 503:
        return ill(FRAMED, answer.text, f"{url} answers 503")
    said = answer.headers.get("Content-Security-Policy", "")
    framing = re.search(r"frame-ancestors ([^;]*)", said)
    lacking = set(FRAMES) - set(framing[1].split() if framing else ())
    if answer.status != 200:
        return ill(FRAMED, UNTOUCHED, f"{url} answers {answer.status}")
    if lacking:
        return ill(FRAMED, UNTOUCHED, f"{url} does not let {', '.join(sorted(lacking))} frame it")
    if besides := answer.headers.get("X-Frame-Options"):
        return ill(FRAMED, UNTOUCHED, f"{url} says besides X-Frame-Options: {besides}")
    return fine(FRAMED)


async def _registered(of: Examined) -> AsyncIterator[Check]:
    client = of.settings.client_id
    try:
        if APPLICATIONS not in allowed(granted_in(await of.services.graph_token())):
            yield fine(EXPOSED, LOOK.format(client))
            return
        found = await of.services.outlook.apps.registered(client)
    except BusyError:  # the parts that ask Graph say so
        return
    yield fine(EXPOSED) if SCOPE in found.scopes else ill(EXPOSED, AGAIN, _scopes(found))
    lacking = [name for id, name in CLIENTS.items() if id not in found.clients]
    yield listed(ALLOWED, lacking, AGAIN)


def _scopes(found: Registered) -> str:
    return f"it has {', '.join(sorted(found.scopes)) or 'none'}"
