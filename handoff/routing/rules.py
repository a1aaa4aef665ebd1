"""Which pool a lead goes to. The sentence that people read is made from the rule that runs."""

import re

from handoff.model import Lead
from handoff.routing.policy import KINDS, Routing, Rule, Trait

FIRST = {"owner": "whoever has the company already", "pair": "the qualifier's own rep"}


def value_of(lead: Lead) -> int | None:
    """What the lead is worth a year, as a whole number; None where nobody said."""
    digits = re.sub(r"[\s.,'_]", "", lead.value)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 15 else None


def traits_of(lead: Lead, routing: Routing) -> tuple[tuple[str, str], ...]:
    """What the lead is: kind and name, in the order of the policy."""
    return tuple((t.kind, t.name) for t in routing.traits if _has(lead, t))


def route(lead: Lead, routing: Routing) -> Rule:
    """The first rule that fits. There is always one: the checker refuses a policy without."""
    traits = traits_of(lead, routing)
    value = value_of(lead)
    return next(rule for rule in routing.rules if fits(rule, traits, value))


def fits(rule: Rule, traits: tuple[tuple[str, str], ...], value: int | None) -> bool:
    for kind, names in rule.when.items():
        if not any((kind, name) in traits for name in names):
            return False
    if rule.value_from is not None and (value is None or value < rule.value_from):
        return False
    return rule.value_below is None or value is None or value < rule.value_below


def sentence(rule: Rule, pool: str, currency: str) -> str:
    """The rule aloud: Leads from EMEA worth 100,000 € or more go to EMEA Enterprise: …"""
    which = "".join(
        _WORDS[kind].format(" or ".join(rule.when[kind])) for kind in KINDS if kind in rule.when
    )
    worth = []
    if rule.value_from is not None:
        worth.append(f"{rule.value_from:,} {currency} or more")
    if rule.value_below is not None:
        unknown = "" if rule.value_from is not None else " (or of unknown worth)"
        worth.append(f"less than {rule.value_below:,} {currency}{unknown}")
    if worth:
        which += " worth " + " and ".join(worth)
    order = [FIRST[who] for who in rule.first] + ["next in turn"]
    subject = f"Leads{which} go" if which else "All other leads go"
    return f"{subject} to {pool}: {', else '.join(order)}."


_WORDS = {
    "region": " from {}",
    "segment": " in {}",
    "language": " in {}",
    "product": " about {}",
    "skill": " that need {}",
}


def _has(lead: Lead, trait: Trait) -> bool:
    """Every kind of sign that the trait names must be there, each in any of its forms."""
    signs: list[bool] = []
    if trait.zones:
        signs.append(lead.contact_zone.startswith(trait.zones))
    if trait.domains:
        signs.append(lead.contact_email.lower().endswith(tuple(d.lower() for d in trait.domains)))
    if trait.campaigns:
        signs.append(lead.campaign.strip().lower() in {c.lower() for c in trait.campaigns})
    if trait.mentions:
        said = f"{lead.needs} {lead.pains} {lead.request} {lead.current_solution}".lower()
        signs.append(
            any(re.search(rf"\b{re.escape(word.lower())}\b", said) for word in trait.mentions)
        )
    if trait.value_from is not None or trait.value_below is not None:
        value = value_of(lead)
        low, high = trait.value_from, trait.value_below
        signs.append(
            value is not None and (low is None or value >= low) and (high is None or value < high)
        )
    return bool(signs) and all(signs)
