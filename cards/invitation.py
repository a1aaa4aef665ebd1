"""What Outlook shows: the invitation that the prospect reads too, and a rep's own follow-ups."""

from html import escape

from cards.view import worth
from handoff.model import Lead, Person
from handoff.policy import FIELDS, Policy

TURNED_DOWN = "This meeting is cancelled, as you wished."  # by the prospect themselves
CANCELLED = "This meeting is cancelled. We will be in touch about what suits you better."
SENT_BACK = "Sent back in Baton."
KINDS = {"call": "Call", "mail": "Write to", "meeting": "Meet"}


def subject(lead: Lead, policy: Policy) -> str:
    """The same line for everyone invited."""
    return f"{lead.company} and {policy.company}"


def text(lead: Lead, policy: Policy, rep: Person, change: str | None = None) -> str:
    """The invitation's text, as HTML: whom the prospect meets, and what the policy lets them read.

    It is another text for another rep once that one has said yes, so that everyone invited hears of
    it: of guests that come and go alone, Outlook need not tell them. *change* is where the prospect
    may move the meeting.
    """
    rows = [
        f"<p>{f'<b>{escape(label)}</b><br>' if label else ''}{_lines(said)}</p>"
        for label, said in paragraphs(lead, policy, rep)
    ]
    return f"<div>{''.join(rows)}{another_time(change)}</div>"


def paragraphs(lead: Lead, policy: Policy, rep: Person) -> list[tuple[str, str]]:
    """What the prospect reads, each with what is written above it."""
    about = [
        (TO_THEM[name], value) for name in policy.public if (value := getattr(lead, name).strip())
    ]
    return [
        ("", f"Hello {lead.contact_name},"),
        ("", f"You meet {rep.name}."),
        *(about or [("", "We are looking forward to it.")]),
    ]


ASKS, LEADS = "Does this no longer suit you?", "Choose another time, or call the meeting off"
TO_THEM = {
    "needs": "What you need",
    "pains": "What hurts today",
    "current_solution": "What you use now",
    "request": "What you would like to see",
}
"""What is known of a prospect, as they read it."""


def another_time(change: str | None) -> str:
    """The line, as HTML, that leads to the page on which the prospect moves the meeting."""
    if change is None:
        return ""
    return f'<p>{ASKS} <a href="{escape(change)}">{LEADS}</a>.</p>'


CHOOSE = "Choose a time that suits you"


def times_to_choose(page: str | None) -> str:
    """The line, as HTML, that leads who did not come to times at which the rep is free."""
    return "" if page is None else f'<p><a href="{escape(page)}">{CHOOSE}</a></p>'


def follow_up_subject(lead: Lead, kind: str) -> str:
    """Call Ines Prado (Contoso Logistics)"""
    return f"{KINDS.get(kind, 'Follow up with')} {lead.contact_name} ({lead.company})"


def prep_subject(lead: Lead) -> str:
    """Prepare: Ines Prado (Contoso Logistics)"""
    return f"Prepare: {lead.contact_name} ({lead.company})"


def follow_up_text(lead: Lead, policy: Policy, number: int) -> str:
    """The rep's own event: all that is known of the lead, for nobody else sees it."""
    known = {name: getattr(lead, name) for name in FIELDS} | {"value": worth(lead)}
    rows = [
        f"<b>{escape(label)}</b>: {_lines(known[name])}"
        for name, label in FIELDS.items()
        if known[name].strip()
    ]
    origin = f"Baton no. {number}, policy {escape(policy.label())}"
    return f"<div><p>{'<br>'.join(rows)}</p><p>{origin}</p></div>"


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.strip().splitlines())
