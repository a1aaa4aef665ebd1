"""What a prospect sees who would rather meet at another time, or not at all. Pure: everything that
people wrote is escaped. Nothing of the brief is on it, for a mail may be read by others.
"""

from datetime import datetime
from html import escape

from cards.elements import clean
from cards.letters import when
from handoff.changing import prospect_may, prospect_may_book
from handoff.draft import PROSPECT
from handoff.hours import Span
from handoff.model import Case, State
from web.sheet import sheet

LOOKS_AGAIN = 3  # seconds
LONGEST_NOTE = 500
NOTHING = "This link does nothing any more"
LOOK = (
    '<form method="post"><button name="act" value="look">Find another time</button></form>'
    '<p class="small">Nothing changes until you have chosen one.</p>'
)
LOOK_FIRST = LOOK.replace("Find another time", "Find a time").replace("changes", "is booked")
LOOKING = '<p role="status">Looking for times at which we are free. They appear here.</p>'
EVERYONE = "Everyone invited gets one update in the calendar."
INVITED = "You get an invitation for your calendar."
OVER = (State.QUALIFIED, State.SENT_BACK, State.NURTURED, State.CONTESTED, State.ENDED)


def meeting_page(case: Case, at: datetime, *, wrong: str = "") -> str:
    """The meeting as it stands, what may be changed, and the times to choose from once there are
    any. *wrong* is why nothing was done.
    """
    handoff, meeting = case.handoff, case.handoff.meeting
    us = _safe(case.policy.company)
    if meeting is None or handoff.rep is None or handoff.state in OVER:
        return _sheet(
            "There is no meeting just now",
            f"<p>{us} will be in touch about what suits you.</p>",
        )
    if prospect_may_book(case):
        return _booking(case, at, wrong)
    if meeting.span.start <= at:
        return _sheet("The meeting has begun", "<p>It cannot be changed here any more.</p>")
    title = f"Your meeting with {us}"
    facts = (
        f"<dl><dt>When</dt><dd>{_when(meeting.span, case)}</dd>"
        f"<dt>With</dt><dd>{_name(case, handoff.rep)}</dd></dl>"
    )
    said = _wrong(wrong)
    if not prospect_may(case, at):
        line = '<p role="status">It is being changed just now. This page shows how it will be.</p>'
        return _sheet(title, said + facts + line, again=LOOKS_AGAIN)
    if _looking(case):
        return _sheet(title, said + facts + LOOKING, again=LOOKS_AGAIN)
    more = LOOK
    if handoff.others_for == PROSPECT:
        more = _times(case, at, "Move the meeting", EVERYONE, anew=bool(wrong))
    return _sheet(title, said + facts + more + _calling_off(case))


def _booking(case: Case, at: datetime, wrong: str) -> str:
    """For who did not come, and may choose another time."""
    handoff = case.handoff
    title = f"Another time with {_safe(case.policy.company)}"
    facts = _wrong(wrong) + f"<dl><dt>With</dt><dd>{_name(case, handoff.rep)}</dd></dl>"
    if _looking(case):
        return _sheet(title, facts + LOOKING, again=LOOKS_AGAIN)
    more = LOOK_FIRST
    if handoff.others_for == PROSPECT:
        more = _times(case, at, "Book this time", INVITED, anew=bool(wrong))
    return _sheet(title, facts + more)


def _looking(case: Case) -> bool:
    return case.handoff.others_for == PROSPECT and case.handoff.others is None


def gone_page(why: str) -> str:
    """For a link that opens nothing."""
    line = "<p>Your invitation in the calendar is as it was; you can answer it there.</p>"
    return sheet(NOTHING, f'<h1>{NOTHING}</h1><p role="status">{_safe(why)}</p>{line}')


def _times(case: Case, at: datetime, does: str, then: str, *, anew: bool) -> str:
    """Those that are still ahead, to choose from; and *anew*, to look again."""
    handoff = case.handoff
    ahead = [start for start in handoff.others or () if start > at]
    if handoff.others and not ahead:
        return LOOK
    if not ahead:
        return f'<p role="status">There is no other free time in the next weeks.</p>{LOOK}'
    assert handoff.meeting
    length = handoff.meeting.span.end - handoff.meeting.span.start
    choices = "".join(
        f'<label><input type="radio" name="start" value="{start.isoformat()}" required>'
        f"{_when(Span(start, start + length), case)}</label>"
        for start in ahead
    )
    instead = ""
    if colleague := handoff.others_with:
        instead = (
            f"<p>{_name(case, handoff.rep)} has no other time in the next weeks. These are times "
            f"with a colleague, {_name(case, colleague)}, whom you meet instead.</p>"
        )
    return (
        f"{instead}"
        '<form method="post"><fieldset><legend>Which of these suits you?</legend>'
        f'{choices}</fieldset><button name="act" value="move">{does}</button></form>'
        f'<p class="small">{then}</p>'
        f"{LOOK if anew else ''}"
    )


def _calling_off(case: Case) -> str:
    first = _safe(case.person(case.handoff.qualifier).first_name)
    return (
        "<details><summary>I cannot meet at all</summary>"
        '<form method="post"><label class="ask" for="note">'
        f"Anything {first} should know? (optional)</label>"
        f'<textarea id="note" name="note" rows="3" maxlength="{LONGEST_NOTE}"></textarea>'
        '<button name="act" value="call_off">Call the meeting off</button></form></details>'
    )


def _wrong(why: str) -> str:
    return f'<p class="wrong" role="alert">{_safe(why)}</p>' if why else ""


def _name(case: Case, who: str | None) -> str:
    return _safe(case.person(who or "").name)


def _when(span: Span, case: Case) -> str:
    return _safe(when(span, case.handoff.lead.contact_zone))


def _sheet(title: str, body: str, *, again: int = 0) -> str:
    return sheet(title, f"<h1>{title}</h1>{body}", again=again)


def _safe(text: str) -> str:
    return escape(clean(text))
