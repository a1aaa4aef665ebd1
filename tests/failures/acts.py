"""What begins a story's last scene, and how whoever began it tries again where it failed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import ClientError

from handoff.effects import Effect
from sandbox.teams.cards import CannotPressError, Card
from sandbox.teams.chats import ChatMessage
from tests.senders import Said
from tests.world import World

TRIES = 4


class Act(Protocol):
    async def ready(self, world: World) -> None:
        """What comes before it, of which nothing fails."""

    async def run(self, world: World) -> None:
        """It is done, by as many tries as it takes."""

    async def again(self, world: World) -> None:
        """It comes round again, if it is of that kind."""


class _Once:
    async def ready(self, world: World) -> None: ...

    async def again(self, world: World) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Click(_Once):
    """Who reads that something went wrong clicks again, on the card as it then is. Raises
    CannotPressError where there is no such button to begin with.
    """

    who: str
    verb: str
    card: ChatMessage | None = None  # the newest, without
    inputs: Mapping[str, Any] = field(default_factory=dict)

    async def ready(self, world: World) -> None:
        """The form that has the button is open."""
        await world.opens(self.who, self.verb, self.card, **self.inputs)

    async def run(self, world: World) -> None:
        card = self.card or world.newest(self.who)
        for tried in range(TRIES):
            try:
                answer = await world.click(self.who, self.verb, card, **self.inputs)
            except CannotPressError:
                if not tried:
                    raise
                return  # the card that is there by now no longer asks
            if answer.ok:
                return
        raise AssertionError(f"{self.who} can never click {self.verb}: {answer}")


@dataclass(frozen=True, kw_only=True)
class Sent(_Once):
    """Teams delivers the same activity until it is taken."""

    who: str
    kind: str = "message"
    more: Mapping[str, Any] = field(default_factory=dict)

    async def run(self, world: World) -> None:
        activity = world.box.teams.activity(self.who, self.kind) | dict(self.more)
        for _ in range(TRIES):
            answer = await world.box.teams.send(self.who, activity)
            if answer.ok:
                return
        raise AssertionError(f"Teams can never deliver {activity}: {answer}")


@dataclass(frozen=True, kw_only=True)
class Dialog(_Once):
    """Who reads that something went wrong in a dialog sends it, or asks for it, again."""

    who: str
    verb: str
    dialog: Card | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)

    async def run(self, world: World) -> None:
        for _ in range(TRIES):
            answer = await world.box.teams.extend(
                self.who, "handOver", dialog=self.dialog, **self.inputs
            )
            if answer.dialog or answer.closing:
                return
        raise AssertionError(f"the dialog is never taken: {answer}")


@dataclass(frozen=True)
class Posted(_Once):
    """A form sends the same again until it is told that it has arrived, and each time it hears the
    same number.
    """

    send: Callable[[], Awaitable[Said]]

    async def run(self, world: World) -> None:
        heard = []
        for _ in range(TRIES):
            try:
                said = await self.send()
            except ClientError:  # whatever carried the answer is gone
                continue
            heard += [said.lead] if said.status < 300 else []
            if len(heard) == 2:
                break
        assert len(heard) == 2, "it is sent once more, as whoever has lost the answer does"
        assert len(set(heard)) == 1


@dataclass(frozen=True)
class Due:
    """The queue has it, and tries it again; what is done now and then comes round again."""

    effect: Effect
    comes_round: bool = False

    async def ready(self, world: World) -> None:
        await world.app.services.stores.door.follow(self.effect)

    async def run(self, world: World) -> None: ...

    async def again(self, world: World) -> None:
        if self.comes_round:
            await self.ready(world)


@dataclass(frozen=True)
class InOutlook(_Once):
    """Somebody does something in Outlook; Graph tells of it until it is heard."""

    do: Callable[[World], object]

    async def run(self, world: World) -> None:
        self.do(world)
