"""What a rep does by themselves makes way for a meeting that was moved onto it in Outlook. Rules.

A follow-up and time to prepare are between the rep and their calendar: they are looked for anew. A
meeting is not, for somebody else counts on it.
"""

from datetime import datetime

from handoff import following, prep
from handoff.draft import OUTLOOK, Draft
from handoff.hours import Span
from handoff.model import BLOCKS, Case, Decision
from handoff.policy import Promise


def make_way(case: Case, *, at: datetime, rep: str, span: Span) -> Decision | None:
    """Follow-ups and prep of this handoff that lie in *span* of the rep's day hold that time no
    more: each has another, in time for what it is promised for, and is moved there. The rep's card
    says so. None where there are none.
    """
    draft = Draft(case, at=at, by=OUTLOOK, rule="moved")
    for promise in case.handoff.commitments:
        if not (promise.open and promise.what in BLOCKS and promise.who == rep):
            continue
        if promise.span is None or not promise.span.overlaps(span):
            continue
        draft.say("made_way", to=rep, promise=promise.what, start=promise.span.start.isoformat())
        if promise.what is Promise.PREPARE:
            prep.move(draft)
        else:
            following.move(draft, promise)
        draft.show(rep)
    return None if draft.handoff == case.handoff else draft.decision()
