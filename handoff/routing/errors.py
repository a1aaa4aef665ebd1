"""Refusals of the router. The message is what the qualifier reads."""

from handoff.errors import RefusedError


class NobodyError(RefusedError):
    """Nobody can take that time any more. Please look for times again."""


class MovedError(RefusedError):
    """Someone else is next now, and another time suits them. Please look for times again."""


class TakenError(RefusedError):
    """They cannot take it at that time any more. Please look for times again."""


class NotAMemberError(RefusedError):
    """Only members of that pool, at that time, can say that this looks wrong."""


class OtherPoolError(RefusedError):
    """That handoff went to another pool than yours."""


class LeftPoolError(RefusedError):
    """They are not in that pool any more, so nothing can be made up for there."""


class FullError(RefusedError):
    """This rep has no room for another lead just now. Please choose someone else."""


class NoRepError(RefusedError):
    """They get no leads any more. Please choose someone else."""
