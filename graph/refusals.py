"""What Graph refuses, what it is to us, and what Baton does then: docs/permissions.md shows it.

https://learn.microsoft.com/graph/errors
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import (
    BusyError,
    ChangedError,
    DeniedError,
    DuplicateError,
    GoneError,
    GraphError,
    NoMailboxError,
    ResyncError,
    UnsupportedError,
)


class Kind(StrEnum):
    """What is asked, as far as it decides with what it may be refused."""

    ANY = "anything"
    DIRECTORY = "a user or a group"
    MAILBOX = "something in a mailbox"
    ITEM = "one thing there, by its id"
    MAKE = "something new there"
    CHANGE = "a change of one thing there"
    REMOVE = "one thing there to go"
    DELTA = "what changed there"
    WATCH = "a subscription"
    TEAMS = "something of Teams"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    status: int
    code: str
    error: type[Exception]
    then: str
    of: frozenset[Kind]
    words: str = ""  # of the answer, where what matters stands in them


def kinds(ask: str) -> frozenset[Kind]:
    """Of a call as the table of calls has it: method and path."""
    return frozenset(_kinds(*ask.split(" ")))


def _kinds(method: str, path: str) -> Iterator[Kind]:
    yield Kind.ANY
    if path.startswith("/subscriptions"):
        yield Kind.WATCH
    elif path.startswith("/groups") or path in ("/users", "/users/{id}", "/applications"):
        yield Kind.DIRECTORY
    elif path.startswith("/appCatalogs") or "/teamwork/" in path or "/onlineMeetings" in path:
        yield Kind.TEAMS
    else:
        yield Kind.MAILBOX
        item = "/events/{id}" in path or "/messages/{id}" in path
        if item:
            yield Kind.ITEM
        if path.endswith("/delta"):
            yield Kind.DELTA
        if method == "DELETE":
            yield Kind.REMOVE
        elif method != "GET" and item:
            yield Kind.CHANGE
        elif method == "POST" and not path.endswith("/getSchedule"):
            yield Kind.MAKE


def refusals_of(ask: str) -> tuple["Refusal", ...]:
    """What that call may be refused with."""
    return tuple(one for one in REFUSALS if one.of & kinds(ask))


def _row(
    status: int, code: str, error: type[Exception], then: str, *of: Kind, words: str = ""
) -> Refusal:
    return Refusal(status=status, code=code, error=error, then=then, of=frozenset(of), words=words)


def _inside(status: str) -> str:
    return f"Operation: Create; Exception: [Status Code: {status}; Reason: …]"


DENIED = "An admin must act: `doctor` names the permission; the job waits."
NO_MAILBOX = "The mailbox is dark and its owner not booked; `doctor` names them."
LATER = "It is asked again, ever later. If it is this mailbox alone, it is dark and stops no other."
AGAIN = "It is read and decided again."
REFUSALS = (
    _row(
        400,
        "Request_UnsupportedQuery",
        UnsupportedError,
        "A fault of Baton's: `doctor` says so, and that no permission mends it.",
        Kind.DIRECTORY,
    ),
    _row(400, "BadRequest", UnsupportedError, "As above.", Kind.ANY),
    _row(400, "RequestBroker--ParseUri", UnsupportedError, "As above.", Kind.MAILBOX),
    _row(
        400,
        "ErrorInvalidRequest",
        GraphError,
        "Of an invitation or a mail its sender reads that Outlook refused it; else as above.",
        *(Kind.MAKE, Kind.CHANGE),
    ),
    _row(
        400,
        "ErrorDuplicateTransactionId",
        DuplicateError,
        "The meeting stands already: it is found by the mark it bears.",
        Kind.MAKE,
    ),
    _row(409, "ErrorDuplicateTransactionId", DuplicateError, "As above.", Kind.MAKE),
    _row(
        401,
        "InvalidAuthenticationToken",
        BusyError,
        "Another token. If that is refused too, `doctor`, an error in the log and an alert say so, "
        "and where Entra tells why.",
        Kind.ANY,
    ),
    _row(403, "ErrorAccessDenied", DeniedError, DENIED, Kind.MAILBOX),
    _row(
        403,
        "Authorization_RequestDenied",
        DeniedError,
        DENIED,
        *(Kind.DIRECTORY, Kind.TEAMS, Kind.WATCH),
    ),
    _row(
        403,
        "ErrorCannotDeleteObject",
        GoneError,
        "It is gone already: an immutable id is still known then.",
        Kind.REMOVE,
    ),
    _row(
        404,
        "ErrorItemNotFound",
        GoneError,
        "It is looked for by its iCalUId before anybody is told.",
        Kind.ITEM,
    ),
    _row(404, "MailboxNotEnabledForRESTAPI", NoMailboxError, NO_MAILBOX, Kind.MAILBOX),
    _row(404, "ErrorInvalidUser", NoMailboxError, NO_MAILBOX, Kind.MAILBOX),
    _row(
        404,
        "Request_ResourceNotFound",
        NoMailboxError,
        "Asked without the index, then by every address; else `doctor` names who is not there.",
        Kind.DIRECTORY,
    ),
    _row(
        404,
        "ResourceNotFound",
        NoMailboxError,
        "A subscription is made anew, and what happened meanwhile is read; the rest of Teams is "
        "done without.",
        *(Kind.WATCH, Kind.TEAMS),
    ),
    _row(409, "Conflict", ChangedError, AGAIN, Kind.MAKE, Kind.CHANGE, Kind.WATCH),
    _row(412, "ErrorIrresolvableConflict", ChangedError, AGAIN, Kind.CHANGE),
    _row(410, "syncStateNotFound", ResyncError, "The whole calendar is read once.", Kind.DELTA),
    _row(
        429,
        "ApplicationThrottled",
        BusyError,
        "Everything waits, as long as Graph says.",
        Kind.ANY,
    ),
    _row(500, "ErrorInternalServerError", BusyError, LATER, Kind.MAILBOX),
    _row(500, "ErrorServerBusy", BusyError, LATER, Kind.MAILBOX),
    _row(502, "BadGateway", BusyError, LATER, Kind.ANY),
    _row(503, "ErrorMailboxStoreUnavailable", BusyError, LATER, Kind.MAILBOX),
    _row(503, "serviceNotAvailable", BusyError, LATER, Kind.ANY),
    _row(504, "GatewayTimeout", BusyError, "It is asked again under the same key.", Kind.ANY),
    _row(400, "ExtensionError", DeniedError, DENIED, Kind.WATCH, words=_inside("Forbidden")),
    _row(401, "ExtensionError", DeniedError, DENIED, Kind.WATCH, words=_inside("Unauthorized")),
    _row(400, "ExtensionError", NoMailboxError, NO_MAILBOX, Kind.WATCH, words=_inside("NotFound")),
    _row(
        400,
        "ExtensionError",
        BusyError,
        LATER,
        Kind.WATCH,
        words=_inside("ServiceUnavailable"),
    ),
)
