"""First and last touch, as the company's CRM has them: by what a prospect first came, and what they
came by last. They stand beside where the lead came from, which is set once and by nobody else.
"""

from datetime import datetime

from handoff.draft import Draft
from handoff.model import CRM, Case, Decision, Touched

FIRST, LAST = "first_touch", "last_touch"
"""By what the CRM is asked for them."""


def read(case: Case, *, at: datetime, mail: str, touched: Touched) -> Decision | None:
    """The CRM says so of whoever has that address. None where nothing is said, or something is
    known: what was known when the lead began stays as it is, however it is changed there; and where
    its prospect is another by now, or forgotten.
    """
    handoff = case.handoff
    if handoff.lead.contact_email != mail:
        return None
    if handoff.touched is not None or not (touched.first or touched.last):
        return None
    draft = Draft(case, at=at, by=CRM, rule="mended")
    draft.set(touched=touched)
    for who in dict.fromkeys((handoff.qualifier, handoff.rep, handoff.owner)):
        if who:
            draft.show(who)
    return draft.decision(quiet=True)
