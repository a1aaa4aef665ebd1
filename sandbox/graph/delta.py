"""Delta queries over a calendar view: what has changed since the last time.

https://learn.microsoft.com/graph/api/event-delta
A series always comes as a whole: its master, then its occurrences with nothing but their times, on
one page. An occurrence that was taken out of it gets no @removed; it is missing from the series
that comes again.
https://github.com/microsoftgraph/microsoft-graph-docs/pull/4501
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote
from uuid import uuid4

from sandbox.exchange import ids
from sandbox.exchange.model import Event
from sandbox.graph import mailbox, render
from sandbox.graph.calendars import BASIC, window
from sandbox.graph.door import Answer, Call, Json, Prefer, RefusedError, Route, bad
from sandbox.key_value_store import KeyValueStore
from sandbox.tenant import Tenant

PAGE = 10
MOST_TOKENS = 100  # kept per mailbox; whoever comes with an older one has to begin again
UNSUPPORTED = ("$select", "$filter", "$orderby", "$expand", "$search")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a token stands for."""

    owner: str
    start: datetime
    end: datetime
    seen: dict[str, int]  # version of every event and series that is or will be known
    pending: tuple[tuple[str, ...], ...] = ()  # ids still to come, those of a series together
    removed: tuple[str, ...] = ()
    page: int = PAGE
    place: int = 0  # when it was handed out, in order


class Deltas:
    def __init__(self, tenant: Tenant, store: KeyValueStore) -> None:
        self._tenant = tenant
        self._states = store.bucket("delta", State)
        self.index()

    def index(self) -> None:
        """What is computed from what is kept is so."""
        self._tokens: dict[str, list[str]] = {}
        for token, state in sorted(self._states.items(), key=lambda kept: kept[1].place):
            self._tokens.setdefault(state.owner, []).append(token)
        self._place = max((state.place for state in self._states.values()), default=0)

    def routes(self) -> list[Route]:
        return [
            Route(method="GET", path=f"users/{{user}}/{path}/delta", handler=self.get, needs=BASIC)
            for path in ("calendarView", "calendar/calendarView")
        ]

    def forget(self, owner: str | None = None) -> None:
        """Tokens handed out so far, for one mailbox or for all, are answered with 410."""
        for one in [owner] if owner else list(self._tokens):
            for token in self._tokens.pop(one, []):
                del self._states[token]

    def clear(self) -> None:
        self._states.clear()
        self._tokens.clear()

    def get(self, call: Call) -> Answer:
        owner = mailbox.owner(self._tenant, call)
        given = {name.lower(): content for name, content in call.query.items()}
        refused = [name for name in UNSUPPORTED if name in given]
        if refused:
            raise bad(
                "ErrorInvalidUrlQuery",
                "The following parameters are not supported with change tracking over the"
                " 'CalendarView' resource: '$orderby, $filter, $select, $expand, $search'.",
            )
        token = given.get("$skiptoken") or given.get("$deltatoken")
        if token is None:
            start, end = window(call)
            state = self._round(
                State(owner=owner.id, start=start, end=end, seen={}), call.prefer.page or PAGE
            )
        else:
            state = self._known(token, owner.id)
            if "$deltatoken" in given:
                state = self._round(state, call.prefer.page or PAGE)
        return self._page(call, state)

    def _known(self, token: str, owner: str) -> State:
        state = self._states.get(token)
        if state is None or state.owner != owner:
            raise RefusedError(
                410,
                "SyncStateNotFound",
                "The sync state generation is not found; a full synchronization is required.",
            )
        return state

    def _round(self, before: State, page: int) -> State:
        """Everything that is new, different or gone since the state before."""
        view = self._tenant.mailboxes.view(before.owner, before.start, before.end)
        groups: dict[str, list[Event]] = {}
        for event in view:
            groups.setdefault(event.master or event.id, []).append(event)
        seen = {key: self._version(before.owner, key) for key in groups}
        changed = [key for key, version in seen.items() if before.seen.get(key) != version]
        return replace(
            before,
            seen=seen,
            pending=tuple(self._ids(key, groups[key]) for key in changed),
            removed=tuple(key for key in before.seen if key not in seen),
            page=page,
        )

    def _version(self, owner: str, key: str) -> int:
        event = self._tenant.mailboxes.event(owner, key)
        if event is None:
            return 0
        return max(event.change, *(e.change for e in self._tenant.mailboxes.exceptions(event)), 0)

    def _ids(self, key: str, events: Iterable[Event]) -> tuple[str, ...]:
        found = tuple(event.id for event in events)
        return found if key in found else (key, *found)

    def _page(self, call: Call, state: State) -> Answer:
        shown: list[Json] = []
        pending, removed = list(state.pending), list(state.removed)
        while pending and len(shown) < state.page:
            shown += self._events(state.owner, pending.pop(0), call.prefer)
        while removed and len(shown) < state.page:
            gone = ids.external(
                state.owner, removed.pop(0), moves=0, immutable=call.prefer.immutable
            )
            shown.append({"id": gone, "@removed": {"reason": "deleted"}})
        rest = replace(state, pending=tuple(pending), removed=tuple(removed))
        link, parameter = ("@odata.nextLink", "$skiptoken")
        if not (pending or removed):
            link, parameter = ("@odata.deltaLink", "$deltatoken")
        address = f"{call.base}/users/{quote(call.params['user'])}/calendarView/delta"
        return Answer(
            body={
                "@odata.context": f"{call.base}/$metadata#Collection(event)",
                link: f"{address}?{parameter}={self._keep(rest)}",
                "value": shown,
            }
        )

    def _events(self, owner: str, group: tuple[str, ...], prefer: Prefer) -> list[Json]:
        """As they are now; what has gone since the round began is left to the next one."""
        shown = []
        for item in group:
            event = self._tenant.mailboxes.event(owner, item)
            if event is None:
                continue
            series = self._tenant.mailboxes.event(owner, event.master) if event.master else None
            if event.computed and series:
                shown.append(render.occurrence_in_delta(event, prefer, series))
            else:
                full = render.event(event, prefer, series)
                shown.append({"@odata.type": "#microsoft.graph.event", **full})
        return shown

    def _keep(self, state: State) -> str:
        token = uuid4().hex
        self._place += 1
        self._states[token] = replace(state, place=self._place)
        mine = self._tokens.setdefault(state.owner, [])
        mine.append(token)
        while len(mine) > MOST_TOKENS:
            del self._states[mine.pop(0)]
        return token
