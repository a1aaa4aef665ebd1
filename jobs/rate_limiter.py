"""A steady pace towards Graph, where many requests are due at once.

These are real seconds, whatever clock the app runs on: Graph counts them so.
"""

import asyncio
from time import monotonic

PER_SECOND = 10  # begun within a second of one job; no second sees more than twice that


class RateLimiter:
    def __init__(self, per_second: int = PER_SECOND) -> None:
        self._per_second = per_second
        self._since = monotonic()
        self._left = per_second

    async def acquire(self, requests: int = 1) -> None:
        """Waits until so many more may be begun. The first second's worth waits for nothing."""
        for _ in range(requests):
            if self._left == 0:
                await asyncio.sleep(max(0.0, self._since + 1 - monotonic()))
            if monotonic() - self._since >= 1:
                self._since, self._left = monotonic(), self._per_second
            self._left -= 1
