"""What is wrong with a policy's routing: what makes it refused, and what its admin should know."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from handoff import addresses
from handoff.money import Money
from handoff.routing.policy import Limits, Routing, Rule, Trait
from handoff.routing.rules import fits


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong, at a place in the file: ("rules", 1, "to")."""

    at: tuple[str | int, ...]
    words: str
    refused: bool  # whether the file cannot be used; otherwise it is only said


def flaws(
    routing: Routing, pools: Sequence[str], members: Mapping[str, Sequence[str]] | None = None
) -> list[Flaw]:
    """Everything that can be seen from the policy; with *members*, mail addresses by pool, also
    which pools are empty and who in [[reps]] is in none.
    """
    return [
        *_twice(routing),
        *_ownerless(routing),
        *_unknown(routing, pools),
        *_rules(routing),
        *_loops(routing),
        *(_people(routing, members) if members is not None else ()),
    ]


def _twice(routing: Routing) -> list[Flaw]:
    """Two of one name could not be told apart by those who read why."""
    rules = [rule.name.lower() for rule in routing.rules]
    reps = [addresses.one(rep.who) for rep in routing.reps]
    return [
        Flaw((table, n, key), f"the same {key} twice: {name}", refused=True)
        for table, key, names in (("rules", "name", rules), ("reps", "who", reps))
        for n, name in enumerate(names)
        if name in names[:n]
    ]


def _ownerless(routing: Routing) -> list[Flaw]:
    """A lead that no rule fits, or that nobody can take, must end somewhere."""
    last = len(routing.rules) - 1
    found = []
    if not routing.rules or not routing.rules[-1].fits_all:
        words = "a lead that fits no rule would have no owner: end with a rule without conditions"
        found.append(Flaw(("rules", max(last, 0)), words, refused=True))
    return found


def _unknown(routing: Routing, pools: Sequence[str]) -> list[Flaw]:
    found = []
    traits = {(t.kind, t.name) for t in routing.traits}
    names = {name for _, name in traits}
    for n, rule in enumerate(routing.rules):
        if rule.to not in pools:
            found.append(Flaw(("rules", n, "to"), f"there is no pool {rule.to!r}", refused=True))
        for kind, wanted in rule.when.items():
            found += [
                Flaw(("rules", n, kind), f"no [[traits]] says what {name!r} is", refused=True)
                for name in wanted
                if (kind, name) not in traits
            ]
    for code, terms in routing.pools.items():
        if terms.overflow.pool is not None and terms.overflow.pool not in pools:
            at = ("pools", list(routing.pools).index(code), "overflow", "pool")
            found.append(Flaw(at, f"there is no pool {terms.overflow.pool!r}", refused=True))
    for key, line in (("fit", routing.fit), ("interest", routing.interest)):
        found += [
            Flaw(("routing", key, "points"), f"no [[traits]] says what {name!r} is", refused=True)
            for name in line.points
            if name not in names
        ]
    for n, rep in enumerate(routing.reps):
        for key in ("skills", "prefers"):
            found += [
                Flaw(("reps", n, key), f"no [[traits]] says what {name!r} is", refused=True)
                for name in getattr(rep, key)
                if name not in names
            ]
    return found


def _rules(routing: Routing) -> list[Flaw]:
    """Traits that no lead has, rules that can never decide, and rules that both fit the same
    lead.
    """
    found = [
        Flaw(("traits", n), empty, refused=False)
        for n, trait in enumerate(routing.traits)
        if (empty := _empty(trait))
    ]
    for n, rule in enumerate(routing.rules):
        if unreached := _unreached(rule, routing.rules[:n]):
            found.append(Flaw(("rules", n), unreached, refused=False))
            continue
        if rule.fits_all:
            continue
        for earlier in routing.rules[:n]:
            if earlier.to != rule.to and _meet(earlier, rule):
                words = (
                    f"{earlier.name!r} and {rule.name!r} fit some of the same leads; "
                    f"{earlier.name!r} decides, for it comes first"
                )
                found.append(Flaw(("rules", n), words, refused=False))
    return found


def _unreached(rule: Rule, before: Sequence[Rule]) -> str | None:
    """Why no lead ever comes to it: it fits none, one before fits them all, or some do together."""
    if empty := _empty(rule):
        return empty
    cover = next((e for e in before if _covers(e, rule)), None)
    if cover:
        return f"{rule.name!r} is never reached: {cover.name!r} comes first and fits them all"
    leads = [lead for lead in _leads(rule, before) if fits(rule, *lead)]
    takers = [next((e for e in before if fits(e, *lead)), None) for lead in leads]
    if not takers or any(e is None for e in takers):
        return None
    names = " and ".join(repr(e.name) for e in before if e in takers)
    return f"{rule.name!r} is never reached: {names} come first and fit them all together"


def _empty(asks: Rule | Trait) -> str | None:
    """That no amount is in its range."""
    low, high = asks.value_from, asks.value_below
    if low is None or high is None or low.minor < high.minor:
        return None
    worth = f"{low.plain()} or more and less than {high.plain()}"
    return f"{asks.name!r} fits no lead: nothing is worth {worth}"


def _leads(
    rule: Rule, before: Sequence[Rule]
) -> Iterator[tuple[tuple[tuple[str, str], ...], Money | None]]:
    """One lead of each kind that the rule tells apart, and of each worth that any rule does: no
    more traits than the rule asks for, so that a rule before which asks for others fits none.
    """
    bounds = {b for r in (rule, *before) for b in (r.value_from, r.value_below) if b is not None}
    kinds = [[(kind, name) for name in names] for kind, names in rule.when.items()]
    for traits in product(*kinds):
        for value in (None, *(replace(one, minor=0) for one in bounds), *bounds):
            yield traits, value


def _covers(wide: Rule, narrow: Rule) -> bool:
    """Whether every lead that *narrow* fits is one that *wide* fits."""
    for kind, names in wide.when.items():
        if kind not in narrow.when or not set(narrow.when[kind]) <= set(names):
            return False
    low = wide.value_from is None or (
        narrow.value_from is not None and narrow.value_from.minor >= wide.value_from.minor
    )
    high = wide.value_below is None or (
        narrow.value_below is not None and narrow.value_below.minor <= wide.value_below.minor
    )
    return low and high


def _meet(one: Rule, other: Rule) -> bool:
    """Whether some lead fits both: no kind keeps them apart, and their values meet."""
    for kind in one.when.keys() & other.when.keys():
        if not set(one.when[kind]) & set(other.when[kind]):
            return False
    low = max(v.minor if v else 0 for v in (one.value_from, other.value_from))
    high = [v.minor for v in (one.value_below, other.value_below) if v is not None]
    return not high or low < min(high)


def _loops(routing: Routing) -> list[Flaw]:
    """A lead that goes from pool to pool must come to an end."""
    found = []
    for n, code in enumerate(routing.pools):
        seen = [code]
        while (terms := routing.pools.get(seen[-1])) and terms.overflow.how == "next":
            following = terms.overflow.pool
            if following is None or following in seen:
                words = " → ".join((*seen, following or "nowhere"))
                text = f"a lead that nobody can take would go round without an owner: {words}"
                found.append(Flaw(("pools", n, "overflow"), text, refused=True))
                break
            seen.append(following)
    return found


def _people(routing: Routing, members: Mapping[str, Sequence[str]]) -> list[Flaw]:
    codes = list(routing.pools)
    found = [
        Flaw(("pools", codes.index(code), "reps"), f"pool {code!r} is empty", refused=False)
        for code in codes
        if not members.get(code)
    ]
    for code, mails in members.items():
        default = routing.terms(code).weight
        weights = [
            own.weight if (own := routing.of(mail)) and own.weight is not None else default
            for mail in mails
        ]
        if mails and not sum(weights):
            at = ("pools", codes.index(code), "weight") if code in codes else ("pools",)
            found.append(Flaw(at, f"the weights in {code!r} add up to nothing", refused=True))
    everyone = {addresses.one(mail) for mails in members.values() for mail in mails}
    found += [
        Flaw(("reps", n, "who"), f"{rep.who} is in no pool", refused=False)
        for n, rep in enumerate(routing.reps)
        if addresses.one(rep.who) not in everyone
    ]
    return found


def too_low(routing: Routing, given: Mapping[str, Mapping[str, int]]) -> list[Flaw]:
    """Caps below what has been given already in the same stretch. *given*: by mail address, then
    "hour", "day", "week", "rolling" or "open".
    """
    found = []
    for n, rep in enumerate(routing.reps):
        if rep.limits:
            found += _below(
                ("reps", n, "limits"), rep.limits, given.get(addresses.one(rep.who), {})
            )
    return found


def _below(at: tuple[str | int, ...], limits: Limits, given: Mapping[str, int]) -> list[Flaw]:
    return [
        Flaw(
            (*at, kind),
            f"{most} is below what has been given already: {given[kind]}",
            refused=True,
        )
        for kind in ("hour", "day", "week", "rolling", "open")
        if (most := getattr(limits, kind)) is not None and given.get(kind, 0) > most
    ]
