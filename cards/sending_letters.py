"""Mails that a person sends from a card: the whole text stands above the button that sends it."""

from microsoft_teams.cards import Action, Container

from cards.elements import LONGEST, Inside, do, opens, plain, said, submit, told, write
from cards.going_out import move_line
from cards.invitation import CHOOSE
from cards.letters import subject_of, text_of
from cards.verbs import Verb
from cards.view import View
from handoff import introducing, letters
from handoff.model import Mailing
from handoff.policy import Promise
from handoff.prospect import at_risk

MOST_WORDS = 8_000  # characters of a mail


def may_answer(view: View) -> bool:
    """Whether whoever looks may answer the introduction, and has not asked for that."""
    handoff = view.handoff
    if owed := handoff.owed(Promise.REPLY, view.viewer.id):
        return owed.said_at is None
    late = view.viewer.id == handoff.rep and introducing.may_still_answer(handoff)
    return late and not letters.unsent_replies(handoff)


def send_reply(view: View, *, first: bool = False) -> Action | None:
    """Answers the introduction, while that is owed, or was missed and they have the lead again."""
    if not may_answer(view):
        return None
    name, other = plain(view.handoff.lead.contact_name), view.first(view.handoff.qualifier)
    return _letter(
        view,
        "send_reply",
        "Send my reply…",
        f"It goes to all on the introduction, {name} and {other} among them, from your mailbox.",
        Mailing.REPLY,
        first=first,
    )


def confirm(view: View, *, first: bool = False) -> Action | None:
    """Asks the prospect whether the time still suits, when silence is a risk."""
    handoff = view.handoff
    if not at_risk(view.case, view.at) or letters.asked_to_confirm(handoff):
        return None
    other = handoff.qualifier if view.viewer.id == handoff.rep else handoff.rep
    untold = other == handoff.rep != handoff.named  # a stand-in who has yet to say yes
    copy = "" if untold else f", with a copy to {view.first(other)}"
    return _letter(
        view,
        "confirm",
        "Ask for a confirmation…",
        f"It goes to {plain(handoff.lead.contact_name)}{copy}, from your mailbox.",
        Mailing.CONFIRMATION,
        first=first,
    )


def rebook(view: View, *, first: bool = False) -> Action | None:
    """Writes to a prospect who did not come, with a link to times to choose from where the policy
    lets prospects choose.
    """
    handoff = view.handoff
    known = letters.rebooking(handoff)
    if not letters.missed(handoff) or (known and not known.refused):
        return None
    name, other = plain(handoff.lead.contact_name), view.first(handoff.qualifier)
    to = f"It goes to {name}, with a copy to {other}, from your mailbox."
    if view.policy.prospect_moves:
        to += (
            f" Below it stands a link, *{CHOOSE}*, to times at which you and {other} are free. "
            f"What {name} chooses is booked, as accepted by you."
        )
    return _letter(view, "rebook", "Offer another time…", to, Mailing.REBOOKING, first=first)


def _letter(view: View, verb: Verb, title: str, to: str, what: Mailing, *, first: bool) -> Action:
    """Opens what such a mail says: it goes out as it stands there, or as it is changed. A field
    would show its first lines alone.
    """
    id, start = view.handoff.id, view.meeting.span.start.isoformat()
    recipient = letters.recipient(view.handoff.lead)

    def read() -> Inside:
        text = _text(view, what)
        sends = do("Send it", verb, id, first=True, words=text, start=start, to=recipient)
        change = opens(f"{verb}_otherwise", "Change it…", id, changed)
        subject = said(subject_of(view.case, what, view.viewer.id), bold=True)
        texts = [said(part) for part in (*_parts(text), *_below(view, what))]
        shown = Container(style="emphasis", items=[subject, *texts])
        return [told(to, size="Small"), shown], [sends, change]

    def changed() -> Inside:
        text = _text(view, what)
        field = write(
            "words", "What they read", value=text, needed=True, long=True, most=MOST_WORDS
        )
        below = [told(plain(line), size="Small") for line in _below(view, what)]
        return [field, *below], [submit("Send it", verb, id, start=start, to=recipient)]

    return opens(verb, title, id, read, first=first)


def _below(view: View, what: Mailing) -> list[str]:
    """The line at its end, which is a link."""
    if not view.policy.prospect_moves or what is Mailing.REPLY:
        return []
    return [move_line() if what is Mailing.CONFIRMATION else CHOOSE]


def _text(view: View, what: Mailing) -> str:
    """What the policy says, or what its sender wrote of that time, which was not sent."""
    known = letters.reply(view.handoff) if what is Mailing.REPLY else None
    if known and known.refused and known.words and known.start == view.meeting.span.start:
        return known.words
    return text_of(view.case, what, view.viewer.id)[:MOST_WORDS]


def _parts(text: str) -> list[str]:
    """Its paragraphs, none of them longer than one text of a card may be."""
    return [
        part[at : at + LONGEST]
        for part in text.split("\n\n")
        for at in range(0, max(len(part), 1), LONGEST)
    ]
