"""Which card a person sees for a handoff."""

from cards.contest import judging_card
from cards.customer import customer_card
from cards.elements import Card, actions_of, before_why, finished, one_first, told
from cards.forms import NOBODY, Targets
from cards.giving import giving_card, is_giving
from cards.leader import former_leader_card, leader_card
from cards.manager import manager_card, onlooker_card, still_decides
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
        return _decides_of_own(view, targets)
    if handoff.state is State.NURTURED and viewer == handoff.owner:
        return nurture_card(view)
    if own := _own(view, targets):
        still = finished(still_decides(view, targets), says="")
        return before_why(own, still) if still["body"] else own
    return _beside_it(view, targets)


def _own(view: View, targets: Targets) -> Card | None:
    """The card of whoever has the meeting or has handed it over; None for anybody else."""
    if view.viewer.id == view.handoff.rep:
        return rep_card(view)
    if view.viewer.id == view.handoff.qualifier:
        return qualifier_card(view, targets)
    return None


def _decides_of_own(view: View, targets: Targets) -> Card:
    """The decision that is asked for; and below it, for a manager who is its rep or qualifier
    themselves, whatever they may do as that.
    """
    card, own = manager_card(view, targets), _own(view, targets)
    theirs = view.viewer.id == view.handoff.rep
    if own is None or (theirs and view.handoff.state is State.SENT_BACK):
        return card
    line = "You have the meeting yourself:" if theirs else "You have handed it over yourself:"
    ways = [
        {name: part for name, part in action.items() if name != "style"}
        for action in actions_of(own)
        if action["type"] != "Action.ToggleVisibility"
    ]
    more = finished([told(line, size="Small", spacing="Medium")], says="")["body"]
    rows = [*more, {"type": "ActionSet", "spacing": "Small", "actions": ways}]
    return before_why(card, {"body": rows}) if ways else card


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
