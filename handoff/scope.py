"""Who may see what of figures: one value, made once from who asks, by which every look goes. Pure.

Oneself; everyone below, by name, down to the single handoff; the organisation and one's own pools,
as wholes and without names; a campaign for its owner. Under a works council a person's figures are
that person's alone, and at most their own manager's.

Where names are not to be seen, a figure about fewer people than the policy says is not shown, nor
one more beside it by which it could be worked out.

What is no figure goes by it too: the card of a handoff, its story, how a pool stands.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from handoff.errors import RefusedError
from handoff.model import RESERVING, Did, Handoff, Person, Role, State
from handoff.policy import Policy


class Kind(StrEnum):
    """What is looked at."""

    PERSON = "person"  # what is one person's
    TEAM = "team"  # what is a team's
    LEADERS = "leaders"  # what those owe who lead the teams below, and whoever looks
    BELOW = "below"  # all teams below whoever looks; of one region, where it is named
    REGION = "region"  # what is of a region, whoever leads those in it
    POOL = "pool"  # what a pool was given
    CAMPAIGN = "campaign"  # what came of a campaign; of all that are theirs, where none is named
    ORGANISATION = "organisation"  # everything


@dataclass(frozen=True, slots=True)
class Ground:
    """What is looked at; which one, where there are several."""

    kind: Kind
    which: str = ""
    """Id of a person or of who leads the team, code of a pool, key of a campaign, a region."""


class By(StrEnum):
    """What a figure is parted by."""

    WHO = "who"  # whose it is
    TEAM = "team"  # whoever leads it
    QUALIFIER = "qualifier"  # who handed it over
    REP = "rep"  # who was given it
    REGION = "region"  # of the pool
    SEGMENT = "segment"  # of the lead
    CAMPAIGN = "campaign"  # that brought it
    REASON = "reason"  # the policy's code of why
    CODE = "code"  # which promise, how it went
    WEEK = "week"  # from Monday on, UTC: 2026-W10


NAMING = frozenset({By.WHO, By.QUALIFIER, By.REP})
"""What parts by people."""
OF_EVERY_POOL = frozenset({Role.MANAGER, Role.ADMIN, Role.QUALIFIER})
"""Who reads how any pool stands: it is its public statement, of who is next and why."""


class NotShownError(RefusedError):
    """It is not theirs to see. Says nothing of what is there."""

    def __init__(self) -> None:
        super().__init__("There are no such figures, or they are not yours to see.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What one person may see."""

    who: str
    roles: frozenset[Role]
    below: frozenset[str]  # whose work is theirs to answer for
    names: frozenset[str]  # whose figures they see by name; theirs too
    teams: frozenset[str]  # ids of who leads those that are below them
    pools: frozenset[str]  # that they are in, or somebody below them
    regions: frozenset[str]  # of those pools
    campaigns: frozenset[str]  # keys of code and name of those that they own
    least: int
    by_name: bool  # whether teams are shown by name

    def works_on(self, handoff: Handoff) -> bool:
        """Whether its card is any business of theirs: they have a part in it, or manage somebody
        who has. Who has no role any more sees what they still owe.
        """
        if not self.roles:
            return has_a_part(handoff, self.who)
        if self.who in involved(handoff) or Role.ADMIN in self.roles:
            return True
        return Role.MANAGER in self.roles and not self.below.isdisjoint(involved(handoff))

    def reads(self, handoff: Handoff) -> bool:
        """Whether its story is theirs to read, with everyone's name in it. Where teams are without
        names, whoever manages or runs Baton reads those in which something was asked of them.
        """
        if not self.works_on(handoff):
            return False
        theirs = self.who in involved(handoff) or (self.by_name and Role.ADMIN in self.roles)
        return theirs or not self.names.isdisjoint(involved(handoff))

    def reads_pool(self, pool: str, members: Collection[str] = ()) -> bool:
        """Whether how that pool stands is theirs to read: of who is in it or was then, of managers
        and those who hand leads over. Who has no role any more reads what is theirs alone.
        """
        if self.roles & OF_EVERY_POOL:
            return True
        return bool(self.roles) and (pool in self.pools or self.who in members)

    def sees(self, ground: Ground, by: By | None = None) -> bool:
        """Whether names may be shown on it. Raises NotShownError where nothing of it may be."""
        match ground.kind:
            case Kind.PERSON:
                seen, named = ground.which in self.names, True
            case Kind.TEAM:
                seen, named = ground.which in self.teams, self.by_name
            case Kind.LEADERS:
                seen, named = bool(self.teams) and self.by_name, True
            case Kind.BELOW:
                seen, named = bool(self.teams), self.by_name
                seen = seen and (named or not ground.which)  # of one region it could be worked out
            case Kind.CAMPAIGN:
                whole = not ground.which and bool(self.campaigns)
                seen, named = whole or ground.which in self.campaigns, False
                seen = seen and by is not By.TEAM  # it is called by whoever leads it
            case Kind.POOL:
                seen, named = ground.which in self.pools and by in WHOLE, False
            case Kind.REGION:
                seen, named = ground.which in self.regions and by in WHOLE, False
            case Kind.ORGANISATION:
                seen, named = by in WHOLE, False
        if not seen or (by in NAMING and not named):
            raise NotShownError
        return named

    def lists(self, ground: Ground) -> bool:
        """Whether the handoffs behind a figure may be shown. Raises NotShownError where nothing may
        be. A campaign's owner sees its leads, and nobody's name.
        """
        return self.sees(ground) or ground.kind is Kind.CAMPAIGN


WHOLE = (None, By.REASON, By.CODE, By.WEEK)
"""How a whole may be parted for everybody: by what happened and when, not by whom it happened to.
"""


def involved(handoff: Handoff) -> frozenset[str]:
    """Who has or had a part in it."""
    found = {handoff.qualifier, handoff.owner, handoff.rep, handoff.leader}
    found |= {one.whose for one in handoff.deeds if one.what is Did.CUSTOMER}
    return frozenset({one for one in found if one} | {c.who for c in handoff.commitments})


def has_a_part(handoff: Handoff, id: str) -> bool:
    """Whether it is open, and theirs: as its qualifier, its rep, or by something that they owe."""
    owes = any(promise.open and promise.who == id for promise in handoff.commitments)
    with_rep = handoff.state in (*RESERVING, State.FOLLOWING) and handoff.rep == id
    return handoff.open and (owes or with_rep or id in (handoff.qualifier, handoff.owner))


class Placed(Protocol):
    """Where somebody is in the organisation."""

    @property
    def id(self) -> str: ...
    @property
    def managers(self) -> tuple[str, ...]: ...
    @property
    def pools(self) -> tuple[str, ...]: ...


def scope_of(
    who: Person,
    everyone: Mapping[str, Placed],
    campaigns: Iterable[str],
    policy: Policy,
) -> Scope:
    """What *who* may see; in *everyone* are all below them. *campaigns* are the keys of theirs."""
    rules = policy.figures
    below = {one.id for one in everyone.values() if who.id in one.managers}
    nearest = {one.id for one in everyone.values() if one.managers[:1] == (who.id,)}
    leaders = {
        one.managers[min(rules.team_level, len(one.managers)) - 1]
        for one in everyone.values()
        if one.managers
    }
    by_name = not rules.works_council
    seen = below if by_name else nearest if rules.line_manager else set()
    pools = {*who.pools, *(pool for id in below for pool in everyone[id].pools)}
    return Scope(
        who=who.id,
        roles=who.roles,
        below=frozenset(below),
        names=frozenset({who.id, *seen}),
        teams=frozenset(leaders & {who.id, *below}) if below else frozenset(),
        pools=frozenset(pools),
        regions=frozenset(one.region for one in policy.pools if one.code in pools and one.region),
        campaigns=frozenset(campaigns),
        least=rules.least,
        by_name=by_name,
    )


def hidden(people: Mapping[str, int], least: int) -> frozenset[str]:
    """Which parts of a whole are not shown, of how many *people* each is: those of too few, and as
    many of the next larger as it takes for nobody to work those out from the whole.
    """
    found = {part for part, count in people.items() if 0 < count < least}
    if not found:
        return frozenset()
    left = sorted((count, part) for part, count in people.items() if count and part not in found)
    while left and sum(people[part] for part in found) < least:
        found.add(left.pop(0)[1])
    return frozenset(found)
