"""Putting right what was said, contesting it, and the card of the manager who decides."""

from microsoft_teams.cards import Action, ActionSet, CardElement

from cards.elements import Card, banner, do, finished, opens, radio, row, submit, told, why
from cards.endings import ENDED, ended_line
from cards.heading import heading
from cards.meeting_outcome import SAID, TITLES, present_line
from cards.view import View
from cards.why import ahead, counted, more, rule, summary
from handoff.contest import (
    GOES_ON,
    claims,
    contest_of,
    may_contest,
    may_put_right,
    owed_by,
)
from handoff.model import Contested, MeetingOutcome, Outcome
from handoff.policy import Promise

HOW = (
    "What was said can be put right for two days by who said it, and contested once by the other "
    "side. Then a manager decides, and every figure is counted from what stands."
)


def contested_words(what: Contested, code: str) -> str:
    """What was said, or is claimed, in words."""
    if what is Contested.MEETING:
        return SAID[MeetingOutcome(code)]
    return "the lead goes on" if code == GOES_ON else f"it ended as “{ENDED[Outcome(code)]}”"


def putting_right(view: View) -> ActionSet | None:
    """One click for whoever said how it went; the likeliest of the other words is in view."""
    handoff = view.handoff
    said = handoff.meeting_outcome
    if said is None or not may_put_right(handoff, view.viewer.id, view.at):
        return None
    came = MeetingOutcome.TOOK_PLACE
    likely = MeetingOutcome.PROSPECT_ABSENT if said is came else came
    others = [(TITLES[one], one.value) for one in MeetingOutcome if one not in (said, likely)]
    return ActionSet(
        spacing="Small",
        actions=[
            do(f"Wrong: {TITLES[likely].lower()}", "put_right", handoff.id, outcome=likely.value),
            opens(
                "put_right",
                "Wrong otherwise…",
                handoff.id,
                lambda: (
                    [
                        told("What happened?", spacing="Medium"),
                        *(
                            row(title, "put_right", handoff.id, outcome=code)
                            for title, code in others
                        ),
                    ],
                    [],
                ),
            ),
        ],
    )


VERB = {Contested.MEETING: "went", Contested.ENDING: "ended"}


def contesting(view: View) -> list[Action]:
    """What the other side may contest, each once."""
    return [_contest(view, what) for what in may_contest(view.handoff, view.viewer.id)]


def _contest(view: View, what: Contested) -> Action:
    titles = {Contested.MEETING: "It went otherwise…", Contested.ENDING: "It did not end so…"}
    handoff, first = view.handoff, view.first(view.handoff.rep)
    return opens(
        f"contest_{what.value}",
        titles[what],
        handoff.id,
        lambda: (
            [
                told(f"A manager of {first}'s decides; what is so then counts.", size="Small"),
                radio(
                    f"claim_{what.value}",
                    "What is so?",
                    [(_claim(what, code), code) for code in claims(handoff, what)],
                    needed="Choose what is so",
                ),
            ],
            [submit(f"Contest how it {VERB[what]}", "contest", handoff.id, what=what.value)],
        ),
    )


def _claim(what: Contested, code: str) -> str:
    words = contested_words(what, code)
    return f"{words[0].upper()}{words[1:]}"


def contest_lines(view: View) -> list[CardElement]:
    """What is contested now, and what was decided."""
    lines: list[CardElement] = []
    for one in (contest_of(view.handoff, what) for what in Contested):
        if one is None:
            continue
        owed = next(c for c in view.handoff.commitments if c.n == one.n)
        who = view.first(one.by)
        who = "You say" if who == "you" else f"{who} says"
        says = f"{who}: {contested_words(one.what, one.claim)}."
        if one.upheld is None:
            by = f"**{view.soon(owed.due_at)}**{view.first_due(owed)}"
            says += f" {view.name(owed.who)} decides by {by}."
        else:
            judge = view.name(one.judged_by)
            says += f" {judge} decided that {'this is so' if one.upheld else 'it stands'}."
        lines.append(told(says, size="Small", spacing="Small"))
    return lines


def judging_card(view: View) -> Card:
    """Both words and what Teams tells, for the manager who decides."""
    handoff = view.handoff
    promise = owed_by(handoff, view.viewer.id)
    assert promise
    own = handoff.owed(Promise.DECIDE, view.viewer.id) or promise
    one = next(c for c in handoff.contests if c.n == promise.n)
    said = contested_words(one.what, one.said)
    claimed = contested_words(one.what, one.claim)
    return finished(
        [
            heading(view, "CONTESTED", view.title, colour="Attention"),
            banner(view.banner),
            told(f"{view.name(one.against)} said: **{said}**.", spacing="Small"),
            told(f"{view.name(one.by)} says: **{claimed}**.", spacing="Small"),
            present_line(view),
            told(ended_line(view), size="Small") if handoff.outcome else None,
            told(
                f"Please decide{view.by(own)} ({view.arithmetic(own)}). "
                "Every figure is counted from what you decide.",
                size="Small",
            ),
            *why(
                [
                    HOW,
                    rule(view, Promise.JUDGE),
                    counted(view, own),
                    ahead(view, own),
                    more(view),
                ]
            ),
        ],
        [
            # Neither is highlighted: the card leans to no side.
            do(f"{view.first(one.by)} is right", "judge", handoff.id, right="yes"),
            do(f"{view.first(one.against)} is right", "judge", handoff.id, right="no"),
        ],
        says=summary(view, "decide what is contested", own),
    )
