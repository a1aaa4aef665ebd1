"""The time in the sandbox: the machine's own, moved as far as somebody asked for.

Everything that Microsoft 365 would stamp or let expire follows this clock. Two things follow the
machine's real time instead: the life of tokens, because whoever checks a token compares it with
the real time, and the seconds of Retry-After with the limits behind them, because whoever obeys
them really sleeps.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Listener = Callable[[datetime], None]


def real_now() -> datetime:
    """By the machine itself: for tokens and certificates, which are held against it."""
    return datetime.now(UTC)  # noqa: TID251  # here it comes in


class Clock:
    """Calling it tells the time, aware and in UTC.

    Until it is moved it goes by *machine*.
    """

    def __init__(
        self, machine: Callable[[], datetime], *, offset: timedelta = timedelta(0)
    ) -> None:
        self._machine = machine
        self._offset = offset
        self._stands_at: datetime | None = None
        self.listeners: list[Listener] = []

    def __call__(self) -> datetime:
        return self._stands_at or self._machine() + self._offset

    @property
    def offset(self) -> timedelta:
        """How far this clock is ahead of the machine's."""
        return self() - self._machine()

    @property
    def frozen(self) -> bool:
        return self._stands_at is not None

    def freeze(self, at: datetime | None = None) -> None:
        """The clock stands, at `at` or where it is, and moves only when it is told to."""
        self._move(at or self(), stand=True)

    def run(self) -> None:
        """A frozen clock goes on from where it stood."""
        self._move(self(), stand=False)

    def forward(self, by: timedelta) -> datetime:
        """The time afterwards."""
        return self._move(self() + by, stand=self.frozen)

    def set(self, to: datetime) -> datetime:
        """The time afterwards. Backwards is allowed; what has expired meanwhile stays so."""
        return self._move(to, stand=self.frozen)

    def _move(self, to: datetime, *, stand: bool) -> datetime:
        if to.tzinfo is None:
            raise ValueError(f"the clock needs an aware time, not {to!r}")
        to = to.astimezone(UTC)
        self._offset = to - self._machine()
        self._stands_at = to if stand else None
        for listener in list(self.listeners):
            listener(to)
        return to
