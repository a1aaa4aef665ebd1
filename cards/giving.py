"""A meeting is passed on: who is free, who is being looked at, and who could not."""

from microsoft_teams.cards import Action, CardElement

from cards import named, words
from cards.elements import (
    Card,
    banner,
    do,
    facts,
    finished,
    opens,
    pick,
    plain,
    radio,
    submit,
    told,
    why,
    write,
)
from cards.forms import MOST_CHOICES, Targets
from cards.going_out import sent_by_giving
from cards.heading import heading
from cards.verbs import Verb
from cards.view import View
from cards.why import more, summary
from handoff import giving
from handoff.model import State

RULE = (
    "Whoever answers for a lead, its qualifier and the managers, may give it to a colleague: "
    "before the meeting begins, to one who is free then; after it, to one who is at work. Whether "
    "they still are, and have room, is looked at when you click."
)


def is_giving(view: View) -> bool:
    """Whether whoever looks is passing it on just now, and nothing else is asked of them here."""
    asked = view.handoff.giving
    if asked is None or asked.by != view.viewer.id:
        return False
    return asked.rep is not None or (
        asked.how == "hand_on" and giving.goes_on(view.handoff, view.at)
    )


def giving_card(view: View) -> Card:
    """Whoever is free at the time of the meeting, to choose from; or that one is looked at."""
    handoff = view.handoff
    assert handoff.giving
    if handoff.giving.rep:
        return finished(
            [
                heading(view, "LOOKING", view.title),
                banner(view.banner),
                told(
                    f"Looking in Outlook whether {view.name(handoff.giving.rep)} can still take "
                    "it. This card says so in a moment.",
                    spacing="Small",
                ),
                *why([RULE, more(view)]),
            ],
            says=summary(view, f"looking whether {view.name(handoff.giving.rep)} can take it"),
        )
    first, cannot = view.first(handoff.rep), plain(handoff.giving.why)
    return finished(
        [
            heading(
                view,
                cannot.rstrip(".").upper() if cannot else "GIVE IT TO A COLLEAGUE",
                view.title,
                below=f"with {view.name(handoff.rep)}",
                colour="Attention" if cannot else "Accent",
            ),
            banner(view.banner),
            told(f"**{words.span(handoff.meeting.span, view.zone)}**", spacing="Small")
            if handoff.meeting
            else None,
            told(_free(view), spacing="Small"),
            facts(view.brief()[:2]),
            *sent_to_first(view),
            *why([RULE, more(view)]),
        ],
        [*choices(view, "hand_on"), do(f"Leave it with {first}", "leave_it", handoff.id)],
        says=summary(view, "give it to a colleague"),
    )


def could_not(view: View) -> CardElement | None:
    """Why whoever was asked for last could not take it, for whoever asked."""
    asked = view.handoff.giving
    if asked is None or asked.by != view.viewer.id or not asked.why:
        return None
    return told(plain(asked.why), colour="Attention")


def button(view: View, *, first: bool = False) -> Action | None:
    """For whoever may pass the lead on: before its meeting, or while it is followed up."""
    handoff = view.handoff
    if not giving.goes_on(handoff, view.at) or view.viewer.id == handoff.rep:
        return None
    if not giving.responsible(view.case, view.viewer.id):
        return None
    return do("Give to a colleague", "look_for_colleague", handoff.id, first=first)


def give_lead(view: View, targets: Targets) -> Action | None:
    """For whoever answers for a lead that waits for its qualifier: another one has it."""
    if not targets.qualifiers or not giving.may_give_lead(view.case, view.viewer.id):
        return None
    return opens(
        "give_lead",
        "To another qualifier",
        view.handoff.id,
        lambda: (
            [
                pick("to", "Whose is it from now on?", targets.qualifiers, needed="Choose one"),
                *(
                    [told(f"These are the first {MOST_CHOICES} by name.", size="Small")]
                    if len(targets.qualifiers) == MOST_CHOICES
                    else []
                ),
                write("note", "Why (optional)", most=200),
            ],
            [submit("Give the lead", "give_lead", view.handoff.id)],
        ),
    )


def _free(view: View) -> str:
    free = view.handoff.stand_ins
    if view.handoff.state is State.FOLLOWING:
        if free:
            return "They follow it up from then on, with clocks of their own."
        return (
            "Looking who can take it…" if free is None else "Nobody else is at work and has room."
        )
    if free is None:
        return "Looking in Outlook who is free at the same time. It comes here in a moment."
    if not free:
        return "Nobody else is free at the same time and has room."
    return "The time stays, and the prospect reads who it is once they have said yes."


def free_then(view: View) -> str:
    after = view.handoff.state is State.FOLLOWING
    return "At work, with room" if after else "Free at the same time"


def can_take(view: View) -> tuple[str, ...]:
    """Who was found to have it in place of its rep; nobody once the time at which they are free is
    over.
    """
    handoff = view.handoff
    begun = handoff.meeting is not None and handoff.meeting.span.start <= view.at
    over = begun and handoff.state is not State.FOLLOWING
    return () if over else (handoff.stand_ins or ())


def sent_to_first(view: View) -> list[CardElement]:
    """What giving it to the first of those who can take it sends."""
    free = can_take(view)
    return sent_by_giving(view, free[0], one_of=1) if free else []


def choices(view: View, verb: Verb, *, ask_why: bool = True, lit: bool = True) -> list[Action]:
    """To whoever can take it, by *verb*; the first of them in one click, which is highlighted where
    *lit*.
    """
    id, free = view.handoff.id, can_take(view)
    if not free:
        return []
    one = do(f"Give to {view.first(free[0])}", verb, id, first=lit, rep=free[0], meets=view.meets)
    others = named.reps(view, free)[1:]
    if not others:
        return [one]
    return [
        one,
        opens(
            "another_rep",
            "Someone else",
            id,
            lambda: (
                [
                    radio("rep", free_then(view), others, value=others[0][1]),
                    *sent_by_giving(view, others[0][1], one_of=len(others)),
                    *([write("note", "Why (optional)", most=200)] if ask_why else []),
                ],
                [submit("Give it", verb, id, meets=view.meets)],
            ),
        ),
    ]
