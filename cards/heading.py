"""The head of a card about a handoff."""

from microsoft_teams.cards import ActionSet, Container

from cards.elements import Colour, do, head, plain, told
from cards.view import View
from cards.why import short
from handoff.model import Undoing, Undone
from handoff.outlook import left_to

NOT_DONE = {
    Undoing.CANCEL: "Not called off in Outlook",
    Undoing.CANCEL_GONE: "Not called off in Outlook",
    Undoing.CANCEL_WAITS: "Not called off in Outlook yet",
    Undoing.CANCEL_LATE: "Not called off in time",
    Undoing.MEND: "Not changed in Outlook",
    Undoing.TAKE_OUT: "Still in your calendar",
}
"""What somebody has to do themselves, as the first line of their card says it."""


def heading(
    view: View, kicker: str, title: str, *, below: str = "", colour: Colour = "Accent"
) -> Container:
    """As `head`, with the number by which everybody calls the handoff: *why 12*. What Outlook would
    not do stands in it before anything else, until whoever has to do it says that it is done.
    """
    number = f"no. {view.handoff.number}"
    left = left_to(view.handoff, view.viewer.id)
    if left:
        kicker, colour = f"{NOT_DONE[left[0].what].upper()} · {kicker}", "Attention"
    waiting = [] if left else _may_be_waiting(view)
    if waiting:
        who = plain(short(view.handoff.lead.contact_name)).upper()
        kicker = f"{who} HAS NOT HEARD · {kicker}"
        colour = "Attention" if asked_to_tell(view) else colour
    found = head(kicker, title, below=f"{below} · {number}" if below else number, colour=colour)
    if left and found.items is not None:
        lines = [told(_to_do(view, one), spacing="Small") for one in left]
        done = do("It is done", "seen_to", view.handoff.id, first=True)
        found.items += [*lines, ActionSet(spacing="Small", actions=[done])]
    if waiting and found.items is not None:
        found.items += [told(line, spacing="Small") for line in waiting]
    return found


def asked_to_tell(view: View) -> bool:
    """Whether a rep is asked to tell the prospect that the meeting is off: its time is to come."""
    return any(one.what is Undoing.CANCEL_WAITS for one in view.handoff.undone)


def _may_be_waiting(view: View) -> list[str]:
    """For the rep of a meeting that is off: that the prospect has not heard so from Outlook, and
    who was asked to tell them.
    """
    handoff = view.handoff
    if view.viewer.id != handoff.rep:
        return []
    name, other = plain(handoff.lead.contact_name), view.first(handoff.qualifier)
    found = []
    for one in handoff.undone:
        match one.what:
            case Undoing.CANCEL_WAITS:
                when = f" of {view.soon(one.begins)}" if one.begins else ""
                found.append(
                    f"Outlook is not answering, so {name} has not heard yet that the meeting{when} "
                    f"is off. {other} was asked to tell them; if you can reach them, please do."
                )
            case Undoing.CANCEL_LATE:
                found.append(
                    f"Outlook was not answering until the meeting had begun: {name} had not heard "
                    f"that it was off, and may be waiting. {other} was asked to tell them."
                )
            case Undoing.CANCEL:
                found.append(
                    f"The meeting is still in Outlook, and {name} has not heard that it is off. "
                    f"{other} was asked to cancel it there."
                )
            case Undoing.CANCEL_GONE:
                found.append(
                    f"The meeting is still in Outlook, and {name} has not heard that it is off. "
                    f"{other} was asked to tell them."
                )
            case Undoing.MEND | Undoing.TAKE_OUT:
                pass
    return found


def _to_do(view: View, one: Undone) -> str:
    """What stands as it was, and what to do about it."""
    name = plain(view.handoff.lead.contact_name)
    everyone, mine = view.all_invited(name), one.whose == view.viewer.id
    whose = "your" if mine else f"{view.first(one.whose)}'s"
    closed = f"Outlook does not let Baton into {whose} calendar"
    has = "You have" if mine else f"{view.first(one.whose)} has"
    match one.what:
        case Undoing.CANCEL:
            return (
                f"{closed}. The meeting is still in it: {everyone} have not heard that it is off. "
                "Please cancel it in Outlook."
            )
        case Undoing.CANCEL_GONE:
            return (
                f"{has} no mailbox that Outlook can use, so the meeting cannot be cancelled there, "
                f"and {everyone} have not heard that it is off. Please tell them."
            )
        case Undoing.CANCEL_WAITS:
            when = f" of {view.soon(one.begins)}" if one.begins else ""
            return (
                f"Outlook is not answering, so {everyone} have not heard yet that the "
                f"meeting{when} is off. Please call them: the cancellation goes out only if "
                "Outlook answers before it begins."
            )
        case Undoing.CANCEL_LATE:
            return (
                f"Outlook was not answering until the meeting had begun, so {name} has not heard "
                "that it was off. Please tell them."
            )
        case Undoing.MEND:
            return (
                f"{closed}. {everyone} read what the invitation said before. Please "
                "change it in Outlook, or tell them."
            )
        case Undoing.TAKE_OUT:
            return (
                f"{closed}. What was booked in it for this lead, and is off, is still there. "
                "Please take it out in Outlook."
            )
