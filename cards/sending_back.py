"""What a rep says who sends a lead back: one of six reasons, in one tap."""

from microsoft_teams.cards import Action, CardElement

from cards.elements import do, opens, row, submit, told, write
from cards.view import UNABLE, View
from handoff.answering import may_add_note, may_not_stand_in
from handoff.clocks import too_near
from handoff.draft import NO_STAND_IN
from handoff.policy import Promise


def send_back(view: View) -> Action:
    """Leads to the coded reasons. What else there is to say is asked for afterwards."""
    return opens("send_back", "Send back", view.handoff.id, lambda: (reasons(view), []))


def cannot(view: View, *, first: bool = False) -> Action | None:
    """Leads to the rep's own reasons, each of them one tap; None once the meeting has begun."""
    own = own_reasons(view)
    if not own:
        return None
    return opens("cannot", "I cannot then", view.handoff.id, lambda: (own, []), first=first)


def cannot_take(view: View) -> Action | None:
    """As `cannot`, of a meeting to which no yes is said yet: what keeps them from it is no fault of
    the lead. Who is asked to stand in has a button of their own for that.
    """
    return cannot(view) if no_stand_in(view) is None else None


def no_stand_in(view: View) -> Action | None:
    """One click of who is asked to stand in for another: the next is asked, and nothing counts
    against anybody.
    """
    if not may_not_stand_in(view.case, view.at):
        return None
    id = view.handoff.id
    return do("I cannot take it", "cannot", id, reason=NO_STAND_IN, meets=view.meets)


def own_reasons(view: View) -> list[CardElement]:
    """Why the rep cannot be there, a row to tap for each; none once the meeting has begun."""
    meeting, id = view.handoff.meeting, view.handoff.id
    if meeting is None or meeting.span.start <= view.at:
        return []
    other = view.first(view.handoff.qualifier)
    asked = view.handoff.owed(Promise.ANSWER, view.viewer.id)
    late = asked is not None and asked.missed_at is not None
    counts = "That your answer is late stays so." if late else "Nothing counts against you."
    line = (
        "A colleague who is free at that time is asked. Once they say yes, the prospect reads who "
        f"it is, and is introduced by {other}; without one it is {other}'s again. {counts}"
    )
    if too_near(view.case, view.at):
        line = (
            f"It begins too soon for a colleague to be asked: it is {other}'s at once, who tells "
            f"the prospect. {counts}"
        )
    return [
        told("Can you not be there?", bold=True, spacing="Medium"),
        told(line, size="Small", subtle=True),
        *(
            row(words, "cannot", id, reason=code, meets=view.meets)
            for code, words in UNABLE.items()
        ),
    ]


def reasons(view: View) -> list[CardElement]:
    other = view.first(view.handoff.qualifier)
    return [
        told("What is missing or wrong?", bold=True, spacing="Medium"),
        told(f"One tap is enough: {other} has it then.", size="Small", subtle=True),
        *(
            row(title, "send_back", view.handoff.id, reason=code)
            for code, title in view.policy.reasons.items()
        ),
    ]


def add_note(view: View) -> Action | None:
    """For whoever has sent it back and has said no more than why."""
    handoff = view.handoff
    if not may_add_note(view.case, view.viewer.id):
        return None
    other = view.first(handoff.qualifier)
    return opens(
        "note",
        "Add a note",
        handoff.id,
        lambda: (
            [write("note", f"What {other} should know", needed=True, long=True)],
            [submit(f"Tell {other}", "add_note", handoff.id)],
        ),
    )
