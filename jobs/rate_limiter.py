"""A steady pace towards Graph, where many requests are due at once.

These are real seconds, whatever clock the app runs on: Graph counts them so.
"""

from aiolimiter import AsyncLimiter

PER_SECOND = 10


def rate_limiter(per_second: int = PER_SECOND) -> AsyncLimiter:
    """So many requests begin in a second; as many more at first, so no second sees twice that.

    For one job: what is due together shares one.
    """
    return AsyncLimiter(per_second, time_period=1)
