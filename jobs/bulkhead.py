"""How many jobs may hang at one neighbour at once: one that does not answer stops no other work.

A request that takes its time is nothing. But where so many have waited long already, the next is
refused before it is sent, and its job tries again later: cards and the clock keep their workers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

LONG = 3.0  # seconds after which a request hangs


class Bulkhead:
    def __init__(self, most: int, refused: Callable[[], Exception], long: float = LONG) -> None:
        """At most *most* requests hang, each for longer than *long* seconds; *refused* makes what
        the next one raises.
        """
        self._most = most
        self._refused = refused
        self._long = long
        self._begun: dict[object, float] = {}

    @contextmanager
    def room(self) -> Iterator[None]:
        """For one request. Raises what *refused* makes where there is none."""
        now, mine = monotonic(), object()
        if sum(now - begun > self._long for begun in self._begun.values()) >= self._most:
            raise self._refused()
        self._begun[mine] = now
        try:
            yield
        finally:
            del self._begun[mine]
