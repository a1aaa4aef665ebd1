"""What a page of the tab is made from, read for whoever looks; who looked at whom is recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cards.figures import Figures, figures_of
from cards.rotation import Ground, ground_of
from handoff.model import Person
from handoff.policy import Policy
from handoff.scope import Scope
from store.stores import Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    stores: Stores
    viewer: Person
    policy: Policy  # in force
    scope: Scope  # what is theirs to see: by it every page goes
    at: datetime  # UTC
    url: str  # at which Baton is found: PUBLIC_URL

    async def looked(self, whose: Iterable[str], what: str, *, handoff: UUID | None = None) -> None:
        """Those in *whose* may read that their figures were looked at."""
        async with self.stores.door.open() as tx:
            await self.stores.read_audit.record(
                tx, self.viewer.id, whose, what, self.at, handoff=handoff
            )

    async def ground(self, handoff: UUID) -> Ground | None:
        """The router's last choice for a handoff, with reasons; None where a person chose."""
        found = await self.stores.fairness.ground(handoff)
        if found is None:
            return None
        asked, members, then = found
        people = await self.stores.people.get([m.id for m in members])
        return ground_of(asked, members, then, people)

    async def figures(self, code: str, name: str) -> Figures:
        """How a pool stands now."""
        found = await self.stores.fairness.figures(code, self.at, self.viewer.id)
        return figures_of(code, name, found)
