"""Published limits, counted in real time, because whoever is told to wait really waits.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits
"""

import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

# Seconds and the number of calls allowed in them, per bot and conversation.
SEND = ((1, 7), (2, 8), (30, 60), (3600, 1800))
READ = ((1, 14), (2, 16), (30, 120), (3600, 3600))
TENANT = ((1, 50),)  # per app and tenant, everything together


@dataclass(slots=True)
class Limits:
    """Switched on; each part can be switched off."""

    conversations: bool = True
    tenant: bool = True
    mailbox_concurrency: int | None = 4  # calls at once on one mailbox; None for any number
    message_size: int = 100 * 1024  # bytes of a message in UTF-16, about
    _times: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def off(self) -> None:
        """No limit holds."""
        self.conversations = self.tenant = False
        self.mailbox_concurrency = None

    def clear(self) -> None:
        self._times.clear()

    def send(self, conversation: str, *, messages: int = 1) -> int | None:
        """Seconds to wait when this is too much for the conversation or the tenant; otherwise it
        is counted.
        """
        return self._count(f"send {conversation}", SEND, messages)

    def create(self, conversation: str) -> int | None:
        return self._count(f"create {conversation}", SEND, 1)

    def read(self, conversation: str) -> int | None:
        return self._count(f"read {conversation}", READ, 1)

    def _count(self, key: str, windows: tuple[tuple[int, int], ...], number: int) -> int | None:
        checks = []
        if self.conversations:
            checks.append((key, windows))
        if self.tenant:
            checks.append(("tenant", TENANT))
        now = time.monotonic()
        waits = [_wait(self._times[name], limits, now, number) for name, limits in checks]
        if any(waits):
            return math.ceil(max(waits))
        for name, _ in checks:
            self._times[name].extend([now] * number)
        return None


def _wait(
    times: deque[float], windows: tuple[tuple[int, int], ...], now: float, more: int
) -> float:
    """Seconds until so many more fit into every window; 0 when they do now."""
    longest = max(seconds for seconds, _ in windows)
    while times and times[0] <= now - longest:
        times.popleft()
    wait = 0.0
    for seconds, allowed in windows:
        over = sum(1 for at in times if at > now - seconds) + more - allowed
        if over > 0:
            inside = [at for at in times if at > now - seconds]
            wait = max(wait, inside[min(over, len(inside)) - 1] + seconds - now)
    return wait
