"""What Microsoft Graph can answer, named by what to do about it.

https://learn.microsoft.com/graph/errors
"""


class GraphError(Exception):
    """Graph refused for good: the request itself is wrong. Asking again changes nothing."""


class UnsupportedError(GraphError):
    """Graph does not take a request of that form: a fault of Baton's, which no permission mends.
    Whoever meets it should report it with the words.
    """


class GoneError(GraphError):
    """The event no longer exists in that mailbox."""


class AmbiguousError(GraphError):
    """A name that more than one thing bears: whoever wrote it must use the id."""


class DeniedError(GraphError):
    """The app may not touch this mailbox, or lacks a permission. An admin must act."""


class NoMailboxError(GraphError):
    """The person has no mailbox that Graph can read (no licence, on-premises, left)."""


class NotForThemError(GraphError):
    """Teams will not have the app for this person. The words say why, to an admin."""


class ResyncError(GraphError):
    """The link to earlier changes has expired: read everything once and begin anew."""


class DuplicateError(GraphError):
    """An event with this transaction id is there already, and says something else."""


class ChangedError(GraphError):
    """Someone else changed the event in between: read it again, then decide again."""


class BusyError(Exception):
    """Graph or sign-in is throttling or out of reach. Try again, as late as it asks."""

    def __init__(
        self, message: str, retry_after: float | None = None, *, throttled: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds, its own advice
        self.throttled = throttled  # too much was asked; else it may be this mailbox alone


class TokenRefusedError(BusyError):
    """Graph or Teams refuses also a fresh token. It may pass; if it stays, an admin must act."""


class SignInError(Exception):
    """Entra refuses the app itself: its id, its credential or its tenant is wrong."""
