"""Which card a person sees for a handoff."""

from cards.contest import judging_card
from cards.customer import customer_card
from cards.elements import Card, one_first
from cards.forms import NOBODY, Targets
from cards.giving import giving_card, is_giving
from cards.leader import former_leader_card, leader_card
from cards.manager import manager_card, onlooker_card
from cards.nurture import nurture_card
from cards.qualifier import qualifier_card
from cards.rep import former_rep_card, rep_card
from cards.view import View
from handoff.contest import owed_by
from handoff.model import Did, Role, State
from handoff.outlook import left_to
from handoff.passing import had_it
from handoff.policy import Promise


def card_for(view: View, targets: Targets = NOBODY) -> Card:
    """The card of whoever looks: manager who decides, rep, qualifier, or someone who was in it."""
    card = _card_of(view, targets)
    return one_first(card) if left_to(view.handoff, view.viewer.id) else card


def _card_of(view: View, targets: Targets) -> Card:
    handoff, viewer = view.handoff, view.viewer.id
    if owed_by(handoff, viewer):
        return judging_card(view)
    if is_giving(view):
        return giving_card(view)
    if handoff.owed(Promise.DECIDE, viewer):
        return manager_card(view, targets)
    if handoff.state is State.NURTURED and viewer == handoff.owner:
        return nurture_card(view)
    if viewer == handoff.rep:
        return rep_card(view)
    if viewer == handoff.qualifier:
        return qualifier_card(view, targets)
    return _beside_it(view, targets)


def _beside_it(view: View, targets: Targets) -> Card:
    """For somebody whose lead it is not: who decided, kept in touch or had it once, who may come,
    and whoever only looks.
    """
    handoff, viewer = view.handoff, view.viewer.id
    customer = handoff.deed(Did.CUSTOMER)
    if customer and viewer == customer.whose:
        return customer_card(view)
    promised = {c.what for c in handoff.commitments if c.who == viewer}
    if promised & {Promise.DECIDE, Promise.JUDGE}:
        return manager_card(view, targets)
    if Promise.NURTURE in promised:
        return nurture_card(view)
    if viewer == handoff.leader:
        return leader_card(view)
    if viewer in had_it(handoff):
        return former_rep_card(view)
    replaced = handoff.leader is not None and Role.LEADER in view.viewer.roles
    return former_leader_card(view) if replaced else onlooker_card(view, targets)
