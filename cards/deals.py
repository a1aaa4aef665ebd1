"""The deals of the CRM: which is the lead's, how it stands, and what was said otherwise here."""

from collections.abc import Mapping, Sequence

from microsoft_teams.cards import Action, CardElement

from cards import words
from cards.elements import Card, do, finished, head, opens, plain, row, told, why
from cards.endings import ENDED
from cards.idle import last_words
from cards.view import View
from handoff import deals
from handoff.model import Deal, DealState, Outcome

MOST = 8  # deals that are offered; the newest of more
STANDS: Mapping[DealState, str] = {
    DealState.OPEN: "open",
    DealState.WON: "won",
    DealState.LOST: "lost",
}


def deal_lines(view: View) -> list[CardElement]:
    """How its deal stands in the CRM, and what was said otherwise here; nothing where none is
    known.
    """
    return [told(line, size="Small", spacing="Small") for line in deal_words(view)]


def deal_words(view: View) -> list[str]:
    """As `deal_lines`, for a card or a page."""
    deal, lines = view.handoff.deal, list[str]()
    if known := last_words(view):
        lines.append(known)
    if deal:
        lines.append(f"The deal in the CRM: {plain(_told(deal))}.")
    if deal and deal.next_step:
        lines.append(f"The next step in the CRM: {plain(deal.next_step)}")
    if deal and deals.differs(view.handoff):
        lines.append(f"**{_otherwise(view, 'the CRM')}**")
    if deals.asked(view.handoff):
        mine = deals.may_choose(view.handoff, view.viewer.id)
        who = "you are" if mine else f"{view.name(view.handoff.owner)} is"
        lines.append(
            f"Several deals stand beside the contact in the CRM; {who} asked which is its."
        )
    return lines


def which_deal(view: View) -> Action | None:
    """Leads to the deals of which one may be the lead's, or to the one that may be none of it; None
    where nothing is known and nothing asked.
    """
    if known := deals.may_refuse(view.handoff, view.viewer.id):
        return opens("which_deal", "Not its deal?", view.handoff.id, lambda: _none(view, known))
    if not deals.may_choose(view.handoff, view.viewer.id):
        return None
    return opens(
        "which_deal",
        "Which deal is it?",
        view.handoff.id,
        lambda: (
            [told("Which of these is this lead's deal?", spacing="Small"), *_choice(view)],
            [],
        ),
    )


def _none(view: View, known: Deal) -> tuple[list[CardElement], list[Action]]:
    """That the deal which stands alone is another's, or nobody's."""
    line = f"{plain(_named(known, '', view))}. Then what the brief says counts for its worth."
    nothing = do("It is none of this lead's", "choose_deal", view.handoff.id, deal=deals.NONE)
    return [told(line, spacing="Small")], [nothing]


def deal_card(view: View, crm: str, names: Mapping[str, str]) -> Card:
    """For whoever is to choose, or to know. *names* are what the deals are called there, by id."""
    handoff, name = view.handoff, plain(crm)
    asks = deals.may_choose(handoff, view.viewer.id)
    lines: list[CardElement] = []
    if asks:
        lines += [
            told(
                f"Several deals in {name} may be this lead's: they stand beside its contact, and "
                "were made since it came in. Which is it? Its amount then counts for what the lead "
                "is worth.",
                spacing="Small",
            ),
            *_choice(view, names),
        ]
    if deals.differs(handoff):
        lines += [
            told(_otherwise(view, name), spacing="Small"),
            told(
                f"Whichever is wrong, put it right: here, or in {name}. Baton changes neither.",
                size="Small",
                spacing="Small",
            ),
        ]
    return finished(
        [
            head(name.upper(), handoff.lead.company, below=f"no. {handoff.number}"),
            *lines,
            *why(
                [
                    (
                        "A deal belongs to the last lead of its contact that had come in when it "
                        "was made. Of several, whoever has the lead says which; nobody guesses."
                    ),
                    (
                        "What was said here and how the deal stands there are compared each "
                        "quarter of an hour; what has differed for a day is told to whoever has "
                        "the lead, its rep and their manager, once."
                    ),
                ]
            ),
        ],
        [do("Show the lead", "show", handoff.id)],
        says=f"{name}: {plain(handoff.lead.company)}",
    )


def _choice(view: View, names: Mapping[str, str] | None = None) -> Sequence[CardElement]:
    """A tap for each deal, the newest first, and one for none of them."""
    handoff, called = view.handoff, names or {}
    return [
        *(
            row(_named(one, called.get(one.id, ""), view), "choose_deal", handoff.id, deal=one.id)
            for one in deals.may_choose(handoff, view.viewer.id)[: -MOST - 1 : -1]
        ),
        row("None of them", "choose_deal", handoff.id, deal=deals.NONE),
    ]


def _named(deal: Deal, called: str, view: View) -> str:
    made = words.day(deal.made_at, view.zone)
    return f"{called or 'A deal'}: {_told(deal)}, made {made}"


def _told(deal: Deal) -> str:
    """Contract Sent, €48,000"""
    stage = deal.stage_name or STANDS[deal.state]
    amount = words.amount(deal.amount) if deal.amount else "no amount"
    return f"{stage}, {amount}"


def _otherwise(view: View, crm: str) -> str:
    """In HubSpot the deal is won; here it is an opportunity."""
    handoff, deal = view.handoff, view.handoff.deal
    assert deal
    return f"In {crm} the deal is {STANDS[deal.state]}; here {_here(handoff.outcome)}."


def _here(outcome: Outcome | None) -> str:
    if outcome is None:
        return "nobody has said how it ends"
    return f"it was said: {ENDED[outcome].lower()}"
