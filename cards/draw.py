"""Which card a person sees for a handoff."""

from cards.choosing import Targets
from cards.elements import Card
from cards.giving import giving_card, is_giving
from cards.leader import leader_card
from cards.manager import manager_card
from cards.qualifier import qualifier_card
from cards.rep import former_rep_card, rep_card
from cards.view import View
from handoff.model import RESERVING, Handoff, Role, State
from handoff.policy import Promise


def card_for(view: View, targets: Targets = ()) -> Card:
    """The card of whoever looks: manager who decides, rep, qualifier, or someone who was in it."""
    handoff, viewer = view.handoff, view.viewer.id
    if is_giving(view):
        return giving_card(view)
    if handoff.owed(Promise.DECIDE, viewer):
        return manager_card(view)
    if viewer == handoff.rep:
        return rep_card(view)
    if viewer == handoff.qualifier:
        return qualifier_card(view, targets)
    if any(c.who == viewer and c.what is Promise.DECIDE for c in handoff.commitments):
        return manager_card(view)
    return leader_card(view) if viewer == handoff.leader else former_rep_card(view)


def may_see(view: View) -> bool:
    """Whether the handoff is any business of whoever looks: theirs, or of someone they manage. Who
    has no role any more sees what they still owe.
    """
    handoff, viewer = view.handoff, view.viewer
    if not viewer.roles:
        return viewer.present and has_a_part(handoff, viewer.id)
    involved = {handoff.qualifier, handoff.owner, handoff.rep, handoff.leader}
    involved |= {c.who for c in handoff.commitments}
    if viewer.id in involved or viewer.roles & {Role.ADMIN}:
        return True
    return Role.MANAGER in viewer.roles and any(
        viewer.id in person.managers
        for id in involved
        if id and (person := view.case.people.get(id))
    )


def has_a_part(handoff: Handoff, id: str) -> bool:
    """Whether it is open, and theirs: as its qualifier, its rep, or by something that they owe."""
    owes = any(promise.open and promise.who == id for promise in handoff.commitments)
    with_rep = handoff.state in (*RESERVING, State.FOLLOWING) and handoff.rep == id
    return handoff.open and (owes or with_rep or id in (handoff.qualifier, handoff.owner))
