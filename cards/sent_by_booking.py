"""What a booking sends, as it will arrive: it stands above the button that books."""

from dataclasses import replace
from datetime import timedelta

from microsoft_teams.cards import CardElement, Container

from cards import invitation, words
from cards.elements import LONGEST, plain, said, told, write
from cards.letters import introduction_around, subject_of
from cards.view import View
from handoff.hours import Span
from handoff.model import Case, Choice, Mailing, Meeting, Search

Stretch = list[CardElement]


def sent_by_booking(view: View, search: Search, choice: Choice, *, one_of: int) -> Stretch:
    """The invitation and the introduction, with the qualifier's own words to be changed where they
    will stand. They are as for that *choice*, which is *one_of* so many.
    """
    handoff = view.handoff
    span = Span(choice.start, choice.start + timedelta(minutes=search.minutes))
    known = replace(handoff, rep=choice.rep, meeting=Meeting(span=span), words="")
    case = replace(view.case, handoff=known)
    if choice.rep not in case.people:
        return []
    name, when = plain(handoff.lead.contact_name), words.when(choice.start, view.zone)
    which = f" It is as for {when}: what you tap stands in it." if one_of > 1 else ""
    return [
        told(f"What {name} gets from you", bold=True, spacing="Medium"),
        told(f"The invitation.{which}", size="Small", spacing="Small"),
        _shown([invitation.subject(handoff.lead, view.policy)], invited(case), bold=True),
        *([] if search.again else _introduction(view, case)),
    ]


def invited(case: Case) -> list[str]:
    """The invitation's text, paragraph by paragraph."""
    lead, policy, rep = case.handoff.lead, case.policy, case.person(case.handoff.rep or "")
    found = [
        f"{label}\n{text}" if label else text
        for label, text in invitation.paragraphs(lead, policy, rep)
    ]
    return [*found, *([f"{invitation.ASKS} {invitation.LEADS}."] if policy.prospect_moves else [])]


def _introduction(view: View, case: Case) -> Stretch:
    if not view.policy.wording.introduce:
        return []
    before, after = introduction_around(case)
    moves = view.policy.prospect_moves
    more = [f"{invitation.ASKS} {invitation.LEADS}."] if moves else []
    to = f"The introduction, a mail with {view.first(case.handoff.rep)} in copy."
    return [
        told(to, size="Small", spacing="Medium"),
        _shown([subject_of(case, Mailing.INTRODUCTION)], before, bold=True),
        own_words(view),
        _shown([], [*after, *more]),
    ]


def own_words(view: View) -> CardElement:
    """The qualifier's own words for the introduction; left empty, it says the policy's."""
    return write(
        "words",
        f"Your words in it ({words.THEY_READ})",
        value=view.handoff.words or view.policy.wording.words,
        long=True,
        hint=view.policy.wording.words,
    )


def _shown(first: list[str], lines: list[str], *, bold: bool = False) -> Container:
    """Text as it will arrive, none of it longer than one text of a card may be."""
    parts = [one[at : at + LONGEST] for one in lines for at in range(0, max(len(one), 1), LONGEST)]
    return Container(
        style="emphasis",
        spacing="Small",
        items=[
            *(said(one, size="Small", bold=bold) for one in first),
            *(said(one, size="Small") for one in parts),
        ],
    )
