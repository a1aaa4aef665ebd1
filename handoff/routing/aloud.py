"""The rules that run, as sentences: made from the very values that decide, so that what people read
and what happens cannot differ. Whoever reads brings how amounts are written.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from handoff.money import Money
from handoff.routing.inputs import LEAD, Mode
from handoff.routing.policy import (
    KINDS,
    Limits,
    Line,
    Overflow,
    PoolLimits,
    PoolTerms,
    Routing,
    Rule,
    Trait,
)

Say = Callable[[Money], str]

FIRST = {"owner": "whoever has the company already", "pair": "the qualifier's own rep"}
_WHICH = {
    "region": " from {}",
    "segment": " in {}",
    "language": " in {}",
    "product": " about {}",
    "skill": " that need {}",
}
_MODES = {
    Mode.STRICT: "only whoever is next gets a lead, and another time is sought for them",
    Mode.FLEXIBLE: "whoever is next, or whom the qualifier picks, which is recorded",
    Mode.BALANCED: "the first free of those owed at most {} less than whoever is owed most, until "
    "somebody is short by a whole lead",
}


def rule_aloud(rule: Rule, pool: str, say: Say) -> str:
    """Leads from EMEA known to be worth €100,000 or more go to EMEA Enterprise: …"""
    which = "".join(
        _WHICH[kind].format(" or ".join(rule.when[kind])) for kind in KINDS if kind in rule.when
    )
    if worth := _worth(rule, say):
        which += f" {worth}"
    order = [FIRST[who] for who in rule.first] + ["next in turn"]
    subject = f"Leads{which} go" if which else "All other leads go"
    return f"{subject} to {pool}: {', else '.join(order)}."


def pool_aloud(terms: PoolTerms, name: str, names: Mapping[str, str]) -> str:
    """How the pool takes turns, what a rep may get, and what becomes of a lead that nobody can
    take; *names* are those of the pools.
    """
    said = [f"In {name}, {_mode(terms)}."]
    if limits := list(_limits(terms.limits)):
        said.append(f"Each rep gets at most {', '.join(limits)}.")
    if of_all := list(_of_all(terms.at_most)):
        said.append(f"All its reps together get at most {', '.join(of_all)}.")
    if terms.needs:
        on_top = ", and it costs them no share" if terms.skills_on_top else ""
        kinds = " and ".join(terms.needs)
        said.append(f"Who lacks the {kinds} of a lead does not get it{on_top}.")
    return " ".join([*said, _overflow(terms.overflow, names)])


def trait_aloud(trait: Trait, say: Say) -> str:
    """German is a language: mail addresses that end in .de or .at."""
    signs = []
    if trait.zones:
        signs.append(f"a time zone that begins with {_or(trait.zones)}")
    if trait.domains:
        signs.append(f"a mail address that ends in {_or(trait.domains)}")
    if trait.campaigns:
        signs.append(f"the campaign {_or(trait.campaigns)}")
    if trait.mentions:
        signs.append(f"{_or(trait.mentions)} in the brief")
    if worth := _worth(trait, say):
        signs.append(worth)
    return f"{trait.name} ({trait.kind}) is a lead with {', and '.join(signs)}."


def gate_aloud(routing: Routing) -> list[str]:
    """What a lead needs before a rep is asked for; nothing where no line is drawn."""
    return [
        f"A lead needs {line.least} points of {what} ({_points(line)}); {below}. What nobody knows "
        "of a lead has no points."
        for what, line, below in (
            ("fit", routing.fit, "below, its qualifier keeps it, or says why not"),
            ("interest", routing.interest, "below, it is marketing's"),
        )
        if line.least
    ]


def _mode(terms: PoolTerms) -> str:
    near = f"{terms.within / LEAD:g}"
    return _MODES[terms.mode].format(f"{near} {'lead' if near == '1' else 'leads'}")


def _limits(limits: Limits) -> Iterator[str]:
    each = (
        (limits.hour, "in any hour"),
        (limits.day, "a day"),
        (limits.week, "a week"),
        (limits.rolling, f"in any {limits.rolling_days} days"),
        (limits.open, "open at a time"),
    )
    yield from (f"{most} {when}" for most, when in each if most is not None)
    yield from (f"{most} of {tag} a week" for tag, most in limits.tags.items())


def _of_all(limits: PoolLimits) -> Iterator[str]:
    each = (
        (limits.hour, "in any hour"),
        (limits.day, "in any 24 hours"),
        (limits.week, "in any seven days"),
    )
    return (f"{most} {when}" for most, when in each if most is not None)


def _overflow(overflow: Overflow, names: Mapping[str, str]) -> str:
    owner = overflow.owner or "the qualifier"
    then = f"; then it is {overflow.owner or 'the qualifier'}'s"
    match overflow.how:
        case "next":
            pool = names.get(overflow.pool or "", overflow.pool or "")
            return f"When nobody can, the lead goes to {pool}."
        case "owner":
            return f"When nobody can, the lead is {owner}'s."
        case _:
            return (
                f"When nobody can, it is held for the next free rep, {_hours(overflow.hold)}{then}."
            )


def _hours(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    return f"{hours:g} {'hour' if hours == 1 else 'hours'}"


def _points(line: Line) -> str:
    return ", ".join(f"{name} {points:+d}" for name, points in line.points.items()) or "none given"


def _worth(asks: Rule | Trait, say: Say) -> str:
    parts = []
    if asks.value_from is not None:
        parts.append(f"{say(asks.value_from)} or more")
    if asks.value_below is not None:
        parts.append(f"less than {say(asks.value_below)}")
    return f"known to be worth {' and '.join(parts)}" if parts else ""


def _or(words: tuple[str, ...]) -> str:
    return " or ".join(words)
