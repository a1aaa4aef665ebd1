"""What will happen next, in words for whoever moves the clock of a trial. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime

from cards.elements import clean
from cards.following import KINDS
from cards.why import OWED
from handoff.model import Case, Commitment, Step
from handoff.moves import IN_OUTLOOK
from handoff.policy import Promise

Told = Callable[[str, str, Commitment], str]

STEPS: Mapping[Step, Told | None] = {
    Step.REMINDER: lambda who, _, c: f"{who} is reminded: {_owed(c.what)}.",
    Step.BREACH: lambda who, _, c: f"{who} is late: {_owed(c.what)}.",
    Step.CHASE: lambda who, _, c: f"{who} still owes it: {_owed(c.what)}.",
    Step.START: lambda who, _, c: (
        "Another time was proposed, and nobody has settled it."
        if c.what is Promise.SETTLE
        else f"The meeting begins, and {who} has not said yes."
    ),
    Step.RISK: lambda _, contact, __: f"The meeting is near: has {contact} answered?",
    Step.UNTAKEN: lambda who, _, __: f"{who} is out of office then, and nobody has taken it.",
    Step.ASK: lambda who, _, c: (
        f"The meeting is over, and {who} is asked how it went."
        if c.what is Promise.MEET
        else f"{who} is asked whether it happened: the {KINDS.get(c.kind or '', 'step').lower()}."
    ),
    Step.CHECK: None,  # of Baton's own, of which nobody hears
    Step.LOOK: None,
}
"""By name of whoever promised, and of the prospect."""


def happens(case: Case, at: datetime) -> list[str]:
    """What happens with the handoff at that very moment; nothing where nobody sees it."""
    handoff, company = case.handoff, clean(case.handoff.lead.company)
    contact = clean(handoff.lead.contact_name)
    lines = []
    for promise in handoff.commitments:
        if promise.rings_at != at:
            continue
        tells = STEPS[promise.alarms[0].step]
        if tells:
            lines.append(f"{company}: {tells(case.person(promise.who).name, contact, promise)}")
    meeting = handoff.meeting
    begins = meeting is not None and meeting.span.start == at and handoff.state in IN_OUTLOOK
    if begins and handoff.rep and not lines:
        lines.append(f"{company}: {case.person(handoff.rep).name} and {contact} meet.")
    return lines


def pledge_rings(who: str, what: Promise) -> str:
    return f"{who} is asked or reminded: {_owed(what).replace('your', 'their')}."


def card_comes(who: str) -> str:
    return f"{who} is at work again and gets a card that waited."


def _owed(what: Promise) -> str:
    return OWED[what][0].lower() + OWED[what][1:]
