"""What Graph refuses, what it is to us, and what Baton does then: docs/permissions.md shows it.

https://learn.microsoft.com/graph/errors
"""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    status: int
    code: str
    error: type[Exception]
    then: str
    words: str = ""  # of the answer, where what matters stands in them


def _row(status: int, code: str, error: type[Exception], then: str, words: str = "") -> Refusal:
    return Refusal(status=status, code=code, error=error, then=then, words=words)


def _inside(status: str) -> str:
    return f"Operation: Create; Exception: [Status Code: {status}; Reason: …]"


DENIED = "An admin must act: `doctor` names the permission; the job waits."
NO_MAILBOX = "The mailbox is dark and its owner not booked; `doctor` names them."
LATER = "It is asked again, ever later. If it is this mailbox alone, it is dark and stops no other."
REFUSALS = (
    _row(
        400,
        "Request_UnsupportedQuery",
        UnsupportedError,
        "A fault of Baton's: `doctor` says so, and that no permission mends it.",
    ),
    _row(400, "BadRequest", UnsupportedError, "As above."),
    _row(400, "RequestBroker--ParseUri", UnsupportedError, "As above."),
    _row(400, "ErrorInvalidRequest", GraphError, "The qualifier reads that Outlook refused it."),
    _row(
        400,
        "ErrorDuplicateTransactionId",
        DuplicateError,
        "The meeting stands already: it is found by the mark it bears.",
    ),
    _row(409, "ErrorDuplicateTransactionId", DuplicateError, "As above."),
    _row(
        401,
        "InvalidAuthenticationToken",
        BusyError,
        "Another token. If that is refused too, an error in the log says where Entra tells why.",
    ),
    _row(403, "ErrorAccessDenied", DeniedError, DENIED),
    _row(403, "Authorization_RequestDenied", DeniedError, DENIED),
    _row(
        404,
        "ErrorItemNotFound",
        GoneError,
        "It is looked for by its iCalUId before anybody is told.",
    ),
    _row(404, "MailboxNotEnabledForRESTAPI", NoMailboxError, NO_MAILBOX),
    _row(404, "ErrorInvalidUser", NoMailboxError, NO_MAILBOX),
    _row(
        404,
        "Request_ResourceNotFound",
        NoMailboxError,
        "Asked without the index, then by every address; else `doctor` names who is not there.",
    ),
    _row(409, "Conflict", ChangedError, "It is read and decided again."),
    _row(412, "ErrorIrresolvableConflict", ChangedError, "It is read and decided again."),
    _row(410, "syncStateNotFound", ResyncError, "The whole calendar is read once."),
    _row(429, "ApplicationThrottled", BusyError, "Everything waits, as long as Graph says."),
    _row(500, "ErrorInternalServerError", BusyError, LATER),
    _row(500, "ErrorServerBusy", BusyError, LATER),
    _row(502, "BadGateway", BusyError, LATER),
    _row(503, "ErrorMailboxStoreUnavailable", BusyError, LATER),
    _row(504, "GatewayTimeout", BusyError, "It is asked again under the same key."),
    _row(400, "ExtensionError", DeniedError, DENIED, _inside("Forbidden")),
    _row(400, "ExtensionError", NoMailboxError, NO_MAILBOX, _inside("NotFound")),
    _row(400, "ExtensionError", BusyError, LATER, _inside("ServiceUnavailable")),
)
