"""Whose mailbox a call is about, and whether it may be opened."""

from sandbox.company import Mailbox, Person
from sandbox.exchange import ids
from sandbox.exchange.model import Event, Message
from sandbox.graph.door import Call, RefusedError, bad, gone
from sandbox.tenant import Tenant


def person(tenant: Tenant, call: Call) -> Person:
    """Whom {user} names by id or sign-in name. Raises RefusedError in Entra's words."""
    who = call.params["user"]
    found = tenant.directory.seek(who)
    if found is None or who.lower() not in (found.id, found.upn.lower()):
        raise nobody(who)
    return found


def nobody(who: str) -> RefusedError:
    return RefusedError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{who}' does not exist or one of its queried reference-property objects"
        " are not present.",
    )


def owner(tenant: Tenant, call: Call) -> Person:
    """Whose mailbox it is. Raises RefusedError in Exchange's words when it cannot be opened.

    Of mailboxes on-premises: https://github.com/microsoftgraph/microsoft-graph-docs/issues/6519
    and to subscribe to one: https://github.com/microsoftgraph/microsoft-graph-docs/issues/6869
    """
    who = call.params["user"]
    found = tenant.directory.seek(who)
    if found is None or who.lower() not in (found.id, found.upn.lower(), found.mail.lower()):
        raise RefusedError(404, "ErrorInvalidUser", f"The requested user '{who}' is invalid.")
    if found.mailbox in (Mailbox.MISSING, Mailbox.ON_PREMISES):
        raise RefusedError(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )
    if found.mailbox is Mailbox.SILENT:
        raise RefusedError(
            503,
            "ErrorMailboxStoreUnavailable",
            "The mailbox database is temporarily unavailable., Cannot open mailbox.",
        )
    if found.mailbox is Mailbox.DENIED:
        raise RefusedError(
            403,
            "ErrorAccessDenied",
            "Access to OData is disabled: [RAOP] : Blocked by tenant configured"
            " AppOnly AccessPolicy settings.",
        )
    return found


def event(tenant: Tenant, call: Call, *, name: str = "event", deleted: bool = False) -> Event:
    """The event that {event} names, one that was *deleted* too where such are still read. Raises
    RefusedError when it is not there, or the id is none.
    """
    whose = owner(tenant, call)
    item = _item(call.params[name])
    found = tenant.mailboxes.event(whose.id, item.item) if ids.belongs(item, whose.id) else None
    if found is None and deleted and item.moves is None:
        found = tenant.mailboxes.deleted(whose.id, item.item)
    if found is None or item.moves not in (None, found.moves):
        raise gone()
    return found


def message(tenant: Tenant, call: Call) -> Message:
    whose = owner(tenant, call)
    item = _item(call.params["message"])
    found = tenant.mailboxes.message(whose.id, item.item) if ids.belongs(item, whose.id) else None
    if found is None or item.moves not in (None, found.moves):
        raise gone()
    return found


def _item(text: str) -> ids.ItemId:
    try:
        return ids.parse(text)
    except ids.MalformedIdError as problem:
        raise bad("ErrorInvalidIdMalformed", "Id is malformed.") from problem


def unchanged(call: Call, change: int) -> None:
    """Raises RefusedError when the caller knows an older version than the one there is."""
    wanted = call.headers.get("if-match")
    if wanted and wanted not in ("*", f'W/"{ids.change_key(change)}"'):
        raise RefusedError(
            412,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed"
            " in the request does not match the current change key for the item.",
        )
