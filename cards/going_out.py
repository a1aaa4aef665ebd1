"""What a click sends to the prospect, as it will arrive: it stands above its button."""

from dataclasses import replace
from datetime import timedelta

from microsoft_teams.cards import CardElement, Container

from cards import invitation, words
from cards.elements import LONGEST, plain, said, told, write
from cards.letters import introduction_around, subject_of, text_of
from cards.view import View
from handoff.correcting import not_yet_told
from handoff.handing_over import stands
from handoff.hours import Span
from handoff.letters import introduced, introductions, stands_in
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
        told(f"{_invitation(view)}{which}", size="Small", spacing="Small"),
        _shown([invitation.subject(handoff.lead, view.policy)], invited(case), bold=True),
        *([] if search.again else _introduced_once(view, case, search)),
    ]


def _invitation(view: View) -> str:
    """What carries the text: where they are invited already, an update of that."""
    if not stands(view.handoff, view.at):
        return "The invitation."
    was = words.when(view.meeting.span.start, view.zone)
    if told := not_yet_told(view.handoff):
        return (
            f"The invitation, instead of the one for {was}; Outlook sends {plain(told)} a "
            "cancellation."
        )
    return f"The invitation, as one update of the one for {was}."


def _introduced_once(view: View, case: Case, search: Search) -> Stretch:
    """The introduction of this rep, unless the prospect has had it; and who of those whose times
    are offered is not introduced again.
    """
    if not view.policy.wording.introduce:
        return []
    reps = dict.fromkeys(choice.rep for choice in search.found or ())
    known = [view.first(rep) for rep in reps if introduced(view.handoff, rep)]
    name = plain(view.handoff.lead.contact_name)
    line = f"{name} knows {words.names(known)}: no second introduction goes out."
    return [
        *([told(line, size="Small", spacing="Medium")] if known else []),
        *(
            []
            if introduced(view.handoff, case.handoff.rep or "")
            else _introduction(view, case, own_words(view))
        ),
    ]


def sent_by_giving(view: View, rep: str, *, one_of: int) -> Stretch:
    """What the prospect gets once *rep*, who is *one_of* so many, has the meeting: Outlook's update
    of the invitation, and with their yes one that names them, and an introduction where there was
    none. Nothing once it has begun.
    """
    handoff = view.handoff
    if not _ahead(view) or rep not in view.case.people:
        return []
    meeting = replace(view.meeting, named=None)
    case = replace(view.case, handoff=replace(handoff, rep=rep, meeting=meeting))
    name, mine = plain(handoff.lead.contact_name), view.viewer.id == handoff.qualifier
    sender = "you" if mine else view.name(handoff.qualifier)
    which = (
        f" Both are as for {view.first(rep)}: whom you choose stands in them." if one_of > 1 else ""
    )
    writes = []
    if not introduced(handoff, rep):
        still = replace(view.meeting, named=handoff.named)
        waits = stands_in(replace(handoff, rep=rep, meeting=still))
        later = f", once {view.first(rep)} has said yes" if waits else ""
        writes = _introduction(view, case, None, later=later)
    when, was = words.when(view.meeting.span.start, view.zone), not_yet_told(handoff)
    at_once = f"At once one update in which only the list of guests is another; {when} stays. "
    if was:
        at_once = (
            f"At once the invitation for {when}, to {plain(handoff.lead.contact_email)}; Outlook "
            f"sends {plain(was)} a cancellation. "
        )
    return [
        told(f"What {name} gets, from {sender}", bold=True, spacing="Medium"),
        told(
            f"{at_once}Once {view.first(rep)} has said yes, one with this text.{which}",
            size="Small",
            spacing="Small",
        ),
        _shown([invitation.subject(handoff.lead, view.policy)], invited(case), bold=True),
        *writes,
    ]


def sent_by_mending(view: View) -> Stretch:
    """What the prospect gets once the brief is mended, as it stands before that; and what goes to
    another address. Nothing where no meeting is ahead.
    """
    handoff = view.handoff
    if not _ahead(view) or handoff.rep not in view.case.people:
        return []
    name = plain(handoff.lead.contact_name)
    written = any(introductions(handoff, handoff.rep))
    what = "the invitation and the introduction" if written else "the invitation"
    was = not_yet_told(handoff)
    line = (
        "One update of the invitation: what you change above stands in it. If you correct the "
        f"address, the new one gets {what}, and Outlook sends the old one a cancellation."
    )
    if was:
        line = (
            f"The address above gets {what}, with what you change above in it, and Outlook sends "
            f"{plain(was)} a cancellation."
        )
    return [
        told(f"What {name} gets, from you", bold=True, spacing="Medium"),
        told(
            line,
            size="Small",
            spacing="Small",
        ),
        _shown([invitation.subject(handoff.lead, view.policy)], invited(view.case), bold=True),
        *(_introduction(view, view.case, None) if written else []),
    ]


def sent_by_calling_off(view: View) -> Stretch:
    """What the prospect reads in Outlook's cancellation, to be changed where it stands; nothing
    where no meeting is ahead.
    """
    if not _ahead(view):
        return []
    name = plain(view.handoff.lead.contact_name)
    when = words.when(view.meeting.span.start, view.zone)
    was = not_yet_told(view.handoff)
    who = f"whoever has {plain(was)}, which is where it was sent," if was else name
    line = f"Outlook cancels the meeting of {when}, and {who} reads what stands below."
    return [
        told(line, size="Small", spacing="Small"),
        write(
            "words",
            f"What {name} reads",
            value=invitation.CANCELLED,
            long=True,
            most=1000,
            hint=invitation.CANCELLED,
        ),
    ]


def _ahead(view: View) -> bool:
    """Whether a meeting stands in Outlook that has yet to begin."""
    meeting = view.handoff.meeting
    return (
        meeting is not None and meeting.organizer_event is not None and meeting.span.start > view.at
    )


def invited(case: Case) -> list[str]:
    """The invitation's text, paragraph by paragraph."""
    lead, policy, named = case.handoff.lead, case.policy, case.person(case.handoff.named or "")
    found = [
        f"{label}\n{text}" if label else text
        for label, text in invitation.paragraphs(lead, policy, named)
    ]
    return [*found, *([move_line()] if policy.prospect_moves else [])]


def _introduction(view: View, case: Case, own: CardElement | None, *, later: str = "") -> Stretch:
    """With the qualifier's *own* words to be changed where they stand, or all of it as text; and if
    it goes *later*, when.
    """
    if not view.policy.wording.introduce:
        return []
    more = [move_line()] if view.policy.prospect_moves else []
    to = f"The introduction, a mail with {view.first(case.handoff.rep)} in copy{later}."
    subject = [subject_of(case, Mailing.INTRODUCTION, case.handoff.qualifier)]
    head = told(to, size="Small", spacing="Medium")
    if own is None:
        text = text_of(case, Mailing.INTRODUCTION, case.handoff.qualifier).split("\n\n")
        return [head, _shown(subject, [*text, *more], bold=True)]
    before, after = introduction_around(case)
    return [head, _shown(subject, before, bold=True), own, _shown([], [*after, *more])]


def move_line() -> str:
    """The line below, which leads to where the prospect moves the meeting."""
    return f"{invitation.ASKS} {invitation.LEADS}."


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
