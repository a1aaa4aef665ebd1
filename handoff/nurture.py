"""Not now: marketing keeps in touch, by a promise with a clock, until the lead comes back. Rules.

Here too come leads whose prospect is not interested enough yet. The qualifier stays the lead's
qualifier, and campaign and history stay with it.
"""

from datetime import datetime

from handoff.draft import Draft
from handoff.ending import release_all
from handoff.model import Case, Decision, State
from handoff.moves import only, require_state
from handoff.policy import Promise
from handoff.screening import not_held


def nurture(case: Case, *, by: str, at: datetime, marketer: str, words: str = "") -> Decision:
    """The qualifier, who has the lead, gives it to *marketer*. A meeting ahead is cancelled, in
    *words* that the prospect reads.
    """
    only(case.handoff, "qualifier", by)
    require_state(case, State.QUALIFIED, State.SENT_BACK)
    not_held(case.handoff)
    draft = Draft(case, at=at, by=by, rule="nurture")
    release_all(draft, words)
    draft.set(meeting=None, search=None, proposal=None, stand_ins=None, trouble=None)
    draft.say("nurture", to=marketer)
    with_marketing(draft, marketer)
    if case.handoff.rep:
        draft.show(case.handoff.rep)
    return draft.decision()


def with_marketing(draft: Draft, marketer: str) -> None:
    """The lead is *marketer*'s, who looks at it again by a clock."""
    draft.set(state=State.NURTURED, owner=marketer)
    draft.promise(Promise.NURTURE, marketer)
    draft.show(marketer, alert=True)
    draft.show(draft.handoff.qualifier)


def keep_in_touch(case: Case, *, by: str, at: datetime) -> Decision:
    """Marketing has been in touch, and looks again by the next clock."""
    only(case.handoff, "owner", by)
    require_state(case, State.NURTURED)
    draft = Draft(case, at=at, by=by, rule="nurture")
    draft.end(Promise.NURTURE)
    draft.release_managers()
    draft.promise(Promise.NURTURE, by)
    draft.say("kept_in_touch")
    draft.show(by)
    draft.show(case.handoff.qualifier)
    return draft.decision()


def recycle(case: Case, *, by: str, at: datetime) -> Decision:
    """The prospect wants to talk: the lead is the qualifier's again, to hand over."""
    handoff = case.handoff
    only(handoff, "owner", by)
    require_state(case, State.NURTURED)
    draft = Draft(case, at=at, by=by, rule="nurture")
    draft.end(Promise.NURTURE)
    draft.release_managers()
    draft.set(state=State.QUALIFIED, owner=handoff.qualifier, reason=None, note="", trouble=None)
    draft.promise(Promise.BOOK, handoff.qualifier)
    draft.say("recycled", to=handoff.qualifier)
    draft.show(handoff.qualifier, alert=True)
    draft.show(by)
    return draft.decision()
