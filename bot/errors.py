"""What Teams can answer when we send, named by what to do about it.

https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability
"""


class TeamsError(Exception):
    """Teams refused for good: the request, the registration or the card is wrong."""


class TeamsBusyError(Exception):
    """Teams throttles or is out of reach. Try again, as late as it asks."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after  # seconds, its own advice


class InLineError(TeamsBusyError):
    """Teams is well: the message waits for its place in our own line."""


class UnreachableError(TeamsError):
    """The person cannot be reached until they act: the message says why, in words for people."""


class ChatGoneError(UnreachableError):
    """The chat that we know is no more: its history was deleted, or Teams has forgotten it. That
    says nothing of the person yet: a chat may be begun anew.
    """


class TokenRefusedError(TeamsBusyError):
    """Teams refuses also a fresh token. It may pass; if it stays, an admin must act."""


class CardGoneError(TeamsError):
    """The message is no longer there to be changed."""
