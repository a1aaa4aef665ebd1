"""Refusals of the router. The message is what the qualifier reads."""

from handoff.errors import RefusedError


class NobodyError(RefusedError):
    """Nobody can take that time any more. Please look for times again."""


class MovedError(RefusedError):
    """Someone else is next now, and another time suits them. Please look for times again."""


class FullError(RefusedError):
    """This rep has no room for another lead just now. Please choose someone else."""
