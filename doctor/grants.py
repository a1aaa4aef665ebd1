"""Permissions: each by using it on a named mailbox, none broader than needed, none for a mailbox
that is to stay closed.
"""

from collections.abc import AsyncIterator

from doctor.check import OURS, Check, Examined, fine, ill, listed
from graph import permissions
from graph.errors import DeniedError, GraphError, NoMailboxError, UnsupportedError

IN_ENTRA = (
    "app registration, API permissions: add it as an application permission of Microsoft Graph and "
    "grant admin consent"
)
IN_EXCHANGE = (
    "assign the role {role} in Exchange for a scope with this mailbox (it takes "
    "up to two hours to be felt), or add it to the app registration and grant admin consent"
)
WIDER = (
    "remove each from the app registration (API permissions) and withdraw its consent; where "
    "another is enough, grant that one first"
)
UNDONE = (
    "withdraw the consent in Entra (Enterprise applications, Permissions): it is for every mailbox "
    "and undoes the scope in Exchange, which stays"
)
ANOTHER = (
    "name another in NOTICE_MAILBOX, one in Exchange Online, or leave it out: then such mails go "
    "from the lead's qualifier"
)
NARROW = "the scope in Exchange includes it: narrow the filter of the management scope"
NAMED = "name a mailbox of the sales team in TEST_MAILBOX, and each is tried there"
TOLD = (
    "Microsoft must get through to PUBLIC_URL over https from the internet: open the firewall for "
    "it, with a certificate that everyone trusts and the whole chain"
)


async def checks(of: Examined) -> AsyncIterator[Check]:
    granted = permissions.granted_in(await of.services.graph_token())
    have = permissions.allowed(granted)
    lacking = [p for p in permissions.needed() if p not in have]
    yield listed(
        "no permission is broader than needed",
        [
            f"{one}: {enough} is enough" if enough else f"{one}: nothing needs it"
            for one, enough in permissions.broader(granted).items()
        ],
        WIDER,
    )
    mailbox = of.settings.test_mailbox
    if mailbox is None:
        directory = [p for p in lacking if not permissions.scopable(p)]
        yield listed("Entra grants what the directory needs", directory, IN_ENTRA)
        unsure = [p for p in lacking if permissions.scopable(p)]
        yield listed(
            "Entra grants what mailboxes need",
            unsure,
            f"if Exchange gives them, {NAMED}; otherwise: {IN_ENTRA}",
        )
    else:
        async for check in _tried(of, mailbox):
            yield check
    if of.settings.notice_mailbox:
        yield await _writes(of, of.settings.notice_mailbox)
    yield await _outside(of, granted)


async def _tried(of: Examined, mailbox: str) -> AsyncIterator[Check]:
    trying = of.services.outlook.trying
    async for permission, error in trying.each(mailbox, of.services.now()):
        what = f"{permission} works on {mailbox}"
        yield fine(what) if error is None else ill(what, _grant(permission, error), str(error))
    what = "Microsoft reaches the address for notifications"
    try:
        url = f"{of.services.notification_url}?from=doctor"
        await trying.is_told(mailbox, url, of.services.now())
    except (DeniedError, NoMailboxError) as error:
        yield ill(what, _grant(permissions.READ, error), str(error))
    except GraphError as error:
        yield ill(what, TOLD, f"{of.services.notification_url}: {error}")
    else:
        yield fine(what)


async def _writes(of: Examined, mailbox: str) -> Check:
    """Whom Teams does not reach is written to from there."""
    what = f"mails instead of cards can be sent from {mailbox}"
    try:
        await of.services.outlook.trying.sends(mailbox)
    except NoMailboxError as error:
        return ill(what, ANOTHER, str(error))
    except DeniedError as error:
        return ill(what, _grant(permissions.SEND, error), str(error))
    return fine(what)


def _grant(permission: str, error: Exception) -> str:
    if isinstance(error, UnsupportedError):
        return OURS
    if isinstance(error, NoMailboxError):
        return "name another in TEST_MAILBOX: one with a licence for Exchange Online"
    if not permissions.scopable(permission):
        return IN_ENTRA
    return IN_EXCHANGE.format(role=permissions.exchange_role(permission))


async def _outside(of: Examined, granted: frozenset[str]) -> Check:
    """A consent in Entra is for every mailbox, whatever scope Exchange was given."""
    unscoped = [p for p in sorted(granted) if permissions.scopable(p)]
    everywhere = f"Entra consents to {', '.join(unscoped)} for every mailbox" if unscoped else ""
    mailbox = of.settings.outside_mailbox
    if mailbox is None:
        what = "Baton reads whom it is to read"
        return fine(what, f"not looked at: OUTSIDE_MAILBOX names nobody. {everywhere}".strip())
    what = f"{mailbox} stays closed to Baton"
    if unscoped:
        return ill(what, UNDONE, everywhere)
    if await of.services.outlook.trying.opens(mailbox, of.services.now()):
        return ill(what, NARROW, "its calendar can be read")
    return fine(what)
