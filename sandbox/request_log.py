"""What the product asked of Microsoft 365, remembered and countable."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

MOST = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    part: str  # graph, teams, entra, bot keys or crm
    method: str
    path: str  # as asked, without the query
    status: int  # 0 when the connection was cut instead
    person: str | None  # id of the person whose mailbox or chat it was about
    at: datetime  # by the sandbox's clock
    in_batch: bool = False
    real: float = field(default_factory=monotonic)  # seconds of the machine, however time is moved


class RequestLog:
    """The latest requests, oldest first."""

    def __init__(self, before: Iterable[LoggedRequest] = ()) -> None:
        self._all: deque[LoggedRequest] = deque(before, maxlen=MOST)
        self.listeners: list[Callable[[LoggedRequest], None]] = []

    def add(self, asked: LoggedRequest) -> None:
        self._all.append(asked)
        for listener in self.listeners:
            listener(asked)

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(list(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def count(self, method: str, ending: str = "", *, status: int | None = None) -> int:
        """How often such a request came; the path may end so, in any case, and the status be that
        one.
        """
        return sum(
            one.method == method
            and one.path.lower().endswith(ending.lower())
            and status in (None, one.status)
            for one in self._all
        )

    def graph_requests(
        self, *, inner: bool = False, person: str | None = None
    ) -> list[LoggedRequest]:
        """Requests to Graph as they came over the wire, or with `inner` those inside a $batch for
        themselves.
        """
        return [
            one
            for one in self._all
            if one.part == "graph"
            and person in (None, one.person)
            and (not one.path.endswith("/$batch") if inner else not one.in_batch)
        ]

    def to(self, part: str) -> list[LoggedRequest]:
        return [one for one in self._all if one.part == part]

    def clear(self) -> None:
        self._all.clear()
