"""What is on its way from one mailbox to another.

Exchange takes seconds to bring an invitation, an update, an answer or a mail to where it goes, and
of the same meeting to the same mailbox in the order in which it was sent. Here it is there at once,
until somebody says how long it takes; then as long by the sandbox's clock.
"""

import asyncio
import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from sandbox.clock import Clock

Act = Callable[[], object]

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Transport:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[datetime, int, Act]] = []
        self._latest: dict[str, datetime] = {}
        self._count = 0
        self._takes: Callable[[], float] | None = None
        clock.listeners.append(lambda _: self.arrive())

    def takes(self, least: float, most: float, *, seed: int) -> None:
        """From now on everything takes between *least* and *most* seconds, drawn from *seed*."""
        random = Random(seed)  # noqa: S311  # not for secrets
        self._takes = lambda: random.uniform(least, most)

    def at_once(self) -> None:
        """Whatever is on its way arrives, and nothing takes time any more."""
        self._takes = None
        while self._waiting:
            heapq.heappop(self._waiting)[2]()

    @property
    def next_at(self) -> datetime | None:
        """When the next thing arrives; None when nothing is on its way."""
        return self._waiting[0][0] if self._waiting else None

    def send(self, to: str, act: Act) -> None:
        """*act* is done on arrival, after whatever was sent before to the same *to*."""
        if self._takes is None:
            act()
            return
        seconds = self._takes()
        due = max(self._clock() + timedelta(seconds=seconds), self._latest.get(to, LONG_AGO))
        self._latest[to] = due
        self._count += 1
        heapq.heappush(self._waiting, (due, self._count, act))
        self._look_at(due)

    def _look_at(self, due: datetime) -> None:
        if not self._clock.frozen:
            wait = (due - self._clock()).total_seconds()
            asyncio.get_running_loop().call_later(max(0, wait), self._looks, due)

    def _looks(self, due: datetime) -> None:
        """The loop's timers count whole milliseconds: it may be a moment too early."""
        self.arrive()
        if self._waiting and self._waiting[0][0] <= due:
            self._look_at(due)

    def arrive(self) -> None:
        """Whatever is due by now has arrived."""
        while self._waiting and self._waiting[0][0] <= self._clock():
            heapq.heappop(self._waiting)[2]()
