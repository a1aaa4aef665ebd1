"""Which pool a lead goes to. What people read of it: handoff/routing/aloud.py."""

import re

from handoff import addresses
from handoff.model import Lead
from handoff.money import Money, reaches, stays_below
from handoff.routing.policy import Routing, Rule, Trait


def traits_of(lead: Lead, routing: Routing) -> tuple[tuple[str, str], ...]:
    """What the lead is: kind and name, in the order of the policy."""
    return tuple((t.kind, t.name) for t in routing.traits if _has(lead, t))


def route(lead: Lead, routing: Routing) -> Rule:
    """The first rule that fits. There is always one: the checker refuses a policy without."""
    traits = traits_of(lead, routing)
    return next(rule for rule in routing.rules if fits(rule, traits, lead.value))


def fits(rule: Rule, traits: tuple[tuple[str, str], ...], worth: Money | None) -> bool:
    """Whether the lead has all that the rule asks for. A worth that is unknown is no worth that a
    rule asks for, whether it asks for more or for less.
    """
    for kind, names in rule.when.items():
        if not any((kind, name) in traits for name in names):
            return False
    return _worth(worth, rule)


def _worth(worth: Money | None, asks: Rule | Trait) -> bool:
    least, most = asks.value_from, asks.value_below
    return (least is None or reaches(worth, least)) and (most is None or stays_below(worth, most))


def unknown(lead: Lead, routing: Routing) -> bool:
    """Whether something in the policy asks what a lead is worth, and of this one it is not known in
    the currency that is asked for. What the lines for leaders say is `handoff.worth.unlined`'s.
    """
    asks: list[Rule | Trait] = [*routing.rules, *routing.traits]
    asked = [amount for one in asks for amount in (one.value_from, one.value_below) if amount]
    return any(lead.value is None or lead.value.currency != one.currency for one in asked)


def _has(lead: Lead, trait: Trait) -> bool:
    """Every kind of sign that the trait names must be there, each in any of its forms."""
    signs: list[bool] = []
    if trait.zones:
        signs.append(lead.contact_zone.startswith(trait.zones))
    if trait.domains:
        ends = tuple(way for one in trait.domains for way in addresses.domains(one))
        signs.append(addresses.one(lead.contact_email).endswith(ends))
    if trait.campaigns:
        signs.append(lead.campaign.strip().lower() in {c.lower() for c in trait.campaigns})
    if trait.mentions:
        said = f"{lead.needs} {lead.pains} {lead.request} {lead.current_solution}".lower()
        signs.append(
            any(re.search(rf"\b{re.escape(word.lower())}\b", said) for word in trait.mentions)
        )
    if trait.value_from is not None or trait.value_below is not None:
        signs.append(_worth(lead.value, trait))
    return bool(signs) and all(signs)
