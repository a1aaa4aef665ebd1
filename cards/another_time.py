"""Another time for a meeting to which its rep has said yes: asked for, chosen, proposed, let be."""

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.answering import leave_time, no_other, other_times, settled_by
from cards.elements import do, told
from cards.reasons import why_not_other_times
from cards.view import View
from handoff.proposing import MAY_PROPOSE, may_propose


def another_time(view: View) -> list[CardElement | None]:
    """The time that the rep proposed, or those to propose one of; nothing where none was asked for.
    The present time stands all the while.
    """
    handoff = view.handoff
    other = view.first(handoff.qualifier)
    if handoff.proposal:
        line = (
            f"You proposed **{words.span(handoff.proposal, view.zone)}** instead. "
            f"{settled_by(view)} Until it moves, it stays {view.soon(view.meeting.span.start)}."
        )
        return [told(line, spacing="Medium")]
    if not handoff.asks(view.viewer.id) or not may_propose(view.case):
        return []
    others = handoff.others_of(view.viewer.id)
    if others is None:
        return [told(f"Looking where you and {other} are both free…", spacing="Medium")]
    if not others:
        return [
            told(no_other(view), size="Small"),
            *why_not_other_times(view, handoff.others_refused),
        ]
    return [*other_times(view, first=False), *why_not_other_times(view, handoff.others_refused)]


def instead_of_it(view: View) -> Action | None:
    """To ask for another time, to propose one of those that were found, or to leave it as it is."""
    handoff = view.handoff
    if handoff.state not in MAY_PROPOSE or view.meeting.span.start <= view.at:
        return None
    if handoff.proposal:
        return do(f"Keep {view.soon(view.meeting.span.start)}", "withdraw", handoff.id)
    if not may_propose(view.case):
        return None
    if not handoff.asks(view.viewer.id):
        return do("Another time", "another_time", handoff.id)
    return leave_time(view)
