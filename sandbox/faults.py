"""What can be broken on purpose: in tests for the next so many calls, on the desk until it is
switched off.

Faults live as long as the process does; a sandbox that is started again is whole.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sandbox.company import Directory, Who


class Part(StrEnum):
    """Who answers badly."""

    GRAPH = "graph"
    TEAMS = "teams"  # the Bot Connector
    ENTRA = "entra"
    BOT_KEYS = "bot keys"  # the Bot Framework's metadata and keys
    CRM = "crm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """An error instead of the work."""

    status: int
    code: str = ""
    message: str = ""
    retry_after: float | None = None  # seconds; no header when None
    html: bool = False  # a gateway's page instead of the service's JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """The connection is cut, nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """The answer takes this much longer."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLost:
    """The work is done; the answer never comes and after some seconds the connection is cut."""

    after: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutId:
    """The work is done; the answer does not say the id of what was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Of a batch, these cannot be read; the others are answered."""

    ids: frozenset[str]


Effect = Status | Reset | Slow | AnswerLost | WithoutId | Unread


@dataclass(slots=True, kw_only=True)
class Fault:
    part: Part
    effect: Effect
    method: str | None = None
    path: str = ""  # what the path has to contain, in any case
    person: str | None = None  # id of the person whose mailbox or chat it is about
    spares: int = 0  # how many calls that fit still go well before
    times: int | None = None  # how often still; None until lifted
    hits: int = 0

    def concerns(self, part: Part, method: str, path: str, person: str | None) -> bool:
        return (
            self.part is part
            and self.times != 0
            and self.method in (None, method)
            and self.path.lower() in path.lower()
            and self.person in (None, person)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    name: str
    title: str
    on: bool


GRAPH_BUSY = Status(
    status=429,
    code="ApplicationThrottled",
    message="Application is over its MailboxConcurrency limit.",
)
GRAPH_DOWN = Status(
    status=503, code="serviceNotAvailable", message="The service is temporarily unavailable."
)
SWITCHES: dict[str, tuple[str, Part, Effect]] = {
    "graph-429": (
        "Graph is throttled (429, Retry-After 20 s)",
        Part.GRAPH,
        replace(GRAPH_BUSY, retry_after=20),
    ),
    "graph-down": ("Graph is down (503)", Part.GRAPH, GRAPH_DOWN),
    "graph-unreachable": ("Graph cannot be reached", Part.GRAPH, Reset()),
    "graph-slow": ("Graph takes 5 s longer", Part.GRAPH, Slow(seconds=5)),
    "graph-answers-lost": (
        "Graph works, its answers get lost",
        Part.GRAPH,
        AnswerLost(),
    ),
    "crm-away": ("The CRM cannot be reached", Part.CRM, Reset()),
    "sign-in-down": (
        "Sign-in is down (503)",
        Part.ENTRA,
        Status(status=503, code="temporarily_unavailable"),
    ),
    "teams-busy": (
        "Teams is throttled (429, Retry-After 20 s)",
        Part.TEAMS,
        Status(status=429, code="Throttled", retry_after=20),
    ),
    "teams-down": ("Teams is down (503 page)", Part.TEAMS, Status(status=503, html=True)),
}
NOTICES = {
    "notifications-lost": "Notifications get lost",
    "notifications-doubled": "Notifications come twice and out of order",
    "notifications-forged": "Notifications carry a wrong client state",
}


@dataclass(slots=True)
class Faults:
    directory: Directory
    notifications: set[str] = field(default_factory=set)  # names of NOTICES
    _all: list[Fault] = field(default_factory=list)
    _switched: dict[str, Fault] = field(default_factory=dict)

    def add(
        self,
        part: Part,
        effect: Effect,
        *,
        times: int | None = None,
        method: str | None = None,
        path: str = "",
        person: Who | None = None,
        spares: int = 0,
    ) -> Fault:
        """From now on, for so many calls that fit or until lifted. The latest fault that fits
        counts; one that *spares* calls does so first.
        """
        fault = Fault(
            part=part,
            effect=effect,
            spares=spares,
            times=times,
            method=method,
            path=path,
            person=self.directory.find(person).id if person is not None else None,
        )
        self._all.append(fault)
        return fault

    def lift(self, fault: Fault) -> None:
        """Twice does no harm."""
        if fault in self._all:
            self._all.remove(fault)

    def clear(self) -> None:
        """Nothing is broken any more."""
        self._all.clear()
        self._switched.clear()
        self.notifications.clear()

    def hit(
        self,
        part: Part,
        method: str,
        path: str,
        person: str | None = None,
        *,
        among: Callable[[Effect], bool] = lambda _: True,
    ) -> Effect | None:
        """What happens to this call; a counted fault has one time less."""
        for fault in reversed(self._all):
            if among(fault.effect) and fault.concerns(part, method, path, person):
                if fault.spares:
                    fault.spares -= 1
                    continue
                fault.hits += 1
                if fault.times is not None:
                    fault.times -= 1
                return fault.effect
        return None

    # By name, for tests

    def graph_throttled(
        self,
        *,
        retry_after: float | None = 1,
        times: int | None = None,
        path: str = "",
        person: Who | None = None,
    ) -> Fault:
        effect = replace(GRAPH_BUSY, retry_after=retry_after)
        return self.add(Part.GRAPH, effect, times=times, path=path, person=person)

    def graph_down(self, *, reset: bool = False, times: int | None = None, path: str = "") -> Fault:
        """503, or with `reset` the connection is cut."""
        return self.add(Part.GRAPH, Reset() if reset else GRAPH_DOWN, times=times, path=path)

    def graph_slow(
        self, seconds: float, *, times: int | None = None, path: str = "", person: Who | None = None
    ) -> Fault:
        return self.add(Part.GRAPH, Slow(seconds=seconds), times=times, path=path, person=person)

    def graph_answer_lost(
        self,
        *,
        after: float = 30,
        times: int | None = 1,
        method: str | None = None,
        path: str = "",
    ) -> Fault:
        return self.add(Part.GRAPH, AnswerLost(after=after), times=times, method=method, path=path)

    def graph_status(
        self,
        status: int,
        code: str,
        message: str = "",
        *,
        times: int | None = 1,
        method: str | None = None,
        path: str = "",
        person: Who | None = None,
    ) -> Fault:
        effect = Status(status=status, code=code, message=message)
        return self.add(Part.GRAPH, effect, times=times, method=method, path=path, person=person)

    def teams_status(
        self,
        status: int,
        code: str = "",
        message: str = "",
        *,
        retry_after: float | None = None,
        html: bool = False,
        times: int | None = 1,
        method: str | None = None,
        person: Who | None = None,
    ) -> Fault:
        effect = Status(
            status=status, code=code, message=message, retry_after=retry_after, html=html
        )
        return self.add(Part.TEAMS, effect, times=times, method=method, person=person)

    def teams_answer_lost(
        self, *, after: float = 30, times: int | None = 1, person: Who | None = None
    ) -> Fault:
        """The message was delivered and the bot does not learn it."""
        return self.add(Part.TEAMS, AnswerLost(after=after), times=times, person=person)

    def teams_leaves_out_the_id(self, *, times: int | None = 1, person: Who | None = None) -> Fault:
        """The message was delivered, or the chat begun, and the bot does not learn which it is."""
        return self.add(Part.TEAMS, WithoutId(), times=times, method="POST", person=person)

    def sign_in_down(self, *, reset: bool = False, times: int | None = None) -> Fault:
        effect = Reset() if reset else Status(status=503, code="temporarily_unavailable")
        return self.add(Part.ENTRA, effect, times=times)

    def crm_status(
        self,
        status: int,
        code: str = "",
        message: str = "",
        *,
        times: int | None = 1,
        method: str | None = None,
        path: str = "",
    ) -> Fault:
        """Of a limit (429) *code* is its name."""
        effect = Status(status=status, code=code, message=message)
        return self.add(Part.CRM, effect, times=times, method=method, path=path)

    def crm_away(self, *, times: int | None = None) -> Fault:
        return self.add(Part.CRM, Reset(), times=times)

    def crm_answer_lost(
        self, *, after: float = 0, times: int | None = 1, method: str | None = None, path: str = ""
    ) -> Fault:
        return self.add(Part.CRM, AnswerLost(after=after), times=times, method=method, path=path)

    def crm_unread(self, *ids: str, times: int | None = None) -> Fault:
        """What the CRM reads of many at once lacks these, and says so."""
        return self.add(Part.CRM, Unread(ids=frozenset(ids)), times=times, path="/batch/read")

    def notifications_lost(self, *, on: bool = True) -> None:
        self.switch("notifications-lost", on=on)

    def notifications_doubled(self, *, on: bool = True) -> None:
        """Each comes twice, in posts of their own, the later ones first."""
        self.switch("notifications-doubled", on=on)

    def notifications_forged(self, *, on: bool = True) -> None:
        self.switch("notifications-forged", on=on)

    # By switch, for the desk

    def switches(self) -> list[Switch]:
        found = [
            Switch(name=name, title=title, on=name in self._switched)
            for name, (title, _, _) in SWITCHES.items()
        ]
        found += [
            Switch(name=name, title=title, on=name in self.notifications)
            for name, title in NOTICES.items()
        ]
        return found

    def switch(self, name: str, *, on: bool) -> None:
        """Raises KeyError for a switch that there is not."""
        if name in NOTICES:
            (self.notifications.add if on else self.notifications.discard)(name)
            return
        _, part, effect = SWITCHES[name]
        if name in self._switched:
            self.lift(self._switched.pop(name))
        if on:
            self._switched[name] = self.add(part, effect)


class CutError(Exception):
    """The connection is to be cut, after some seconds, instead of an answer."""

    def __init__(self, after: float = 0) -> None:
        super().__init__(f"cut after {after} s")
        self.after = after


async def before(effect: Effect | None) -> None:
    """What happens before the work. Raises CutError when it is not to be done."""
    if isinstance(effect, Slow):
        await asyncio.sleep(effect.seconds)
    if isinstance(effect, Reset):
        raise CutError


async def after(effect: Effect | None) -> None:
    """What happens to the answer. Raises CutError when it gets lost."""
    if isinstance(effect, AnswerLost):
        raise CutError(effect.after)
