"""What happened in a handoff: who, what, when, by which rule."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from microsoft_teams.cards import CardElement, Column, ColumnSet, Container

from cards import giving, words
from cards.elements import Card, do, finished, head, plain, told
from cards.meeting_outcome import SAID
from cards.view import View
from cards.why import OWED, PROMISES, counted, rule
from handoff import prep
from handoff.delivery import BY_MAIL
from handoff.model import Entry, MeetingOutcome
from handoff.policy import Promise
from handoff.routing.credits import CHOSEN
from handoff.timeline import Rule, Word

RULES: Mapping[Rule, str] = {
    "begin": "A lead with a complete brief is handed over",
    "booking": "A chosen time is held and the invitations go out",
    "answer": "A rep answers; acceptance is what Outlook says",
    "send_back": "A rep may send a lead back with a reason",
    "another_time": "A rep may propose another time once",
    "rework": "A lead that was sent back is the qualifier's again",
    "moved": "A meeting moved in Outlook is answered anew",
    "cancelled": "A cancelled meeting needs a new time",
    "invite_gone": "A deleted invitation is not an answer",
    "absence": "Who is out of office is not late, and is asked who takes the meeting",
    "clock": "What is not done in time is passed up",
    "outage": "Time in which Baton did not run is nobody's",
    "decide": "A manager decides what is overdue",
    "introduction": "A rep answers the introduction",
    "prepare": "An accepted meeting has time to prepare it",
    "prospect": "The prospect's own answer counts for itself",
    "outcome": "After every meeting it is said how it went",
    "passed_on": "What is not answered goes to the backup; after so often a manager decides",
    "leader": "A leader is invited to meetings worth a certain amount",
    "follow_up": "Every open lead has a next step",
    "next_step": "Every open lead has a next step",
    "leaving": "What was a leaver's has a new owner at once, and is no fault of theirs",
    "handing_on": "Whoever answers for a meeting may give it to a colleague who can take it",
    "undeliverable": "Who is not reached in Teams gets a mail; whom no mail reaches is not late",
}

NO_PREP = {
    prep.NO_ROOM: "there is no free time before the meeting",
    prep.REMOVED: "it was taken out of the calendar",
    prep.DENIED: "Baton may not write to the calendar",
    prep.NO_MAILBOX: "Outlook cannot use the mailbox",
}
MOST = 40  # entries on one card; the oldest are left out


def timeline_card(view: View, entries: Sequence[Entry]) -> Card:
    """Why the handoff stands as it does, and everything that happened."""
    handoff = view.handoff
    owed = [c for c in handoff.commitments if c.open]
    lines: list[CardElement] = [
        told(
            f"**{OWED[c.what]}**, {view.name(c.who)}, by {view.soon(c.due_at)}"
            + (f" ({sum_})" if (sum_ := view.sum(c)) else ""),
            size="Small",
        )
        for c in owed
    ]
    rules = list(dict.fromkeys(c.what for c in owed if c.what in PROMISES))
    explained: list[CardElement] = [told(rule(view, what), size="Small") for what in rules]
    if owed:
        explained.append(told(counted(view, owed[0]), size="Small", subtle=True))
    shown = list(entries)[-MOST:]
    past: list[CardElement] = [_line(view, entry) for entry in shown]
    if len(shown) < len(entries):
        past.insert(
            0, told(f"{len(entries) - len(shown)} earlier lines are left out.", size="Small")
        )
    routed = any(CHOSEN in entry.detail for entry in entries)
    return finished(
        [
            head(
                f"NO. {handoff.number} · {handoff.state.value.replace('_', ' ').upper()}",
                view.title,
                right=f"owner: {view.name(handoff.owner)}",
            ),
            told("What is owed now", bold=True, spacing="Medium"),
            Container(items=lines) if lines else told("Nothing.", size="Small"),
            *explained,
            told("Who was next", bold=True, spacing="Medium") if view.rotation else None,
            *[told(line, size="Small") for line in view.rotation if line],
            told("What happened", bold=True, spacing="Medium"),
            *past,
        ],
        [
            do("Who was next, and why", "fairness", handoff.id) if routed else None,
            giving.button(view),
        ],
        says=f"Number {handoff.number}: {view.title}",
    )


def _line(view: View, entry: Entry) -> CardElement:
    return ColumnSet(
        spacing="Small",
        columns=[
            Column(
                width="110px",
                items=[told(words.when(entry.at, view.zone), size="Small", subtle=True)],
            ),
            Column(
                width="stretch",
                items=[
                    told(sentence(view, entry), size="Small"),
                    told(
                        RULES.get(entry.rule, entry.rule), size="Small", subtle=True, spacing="None"
                    ),
                ],
            ),
        ],
    )


def sentence(view: View, entry: Entry) -> str:
    """One line of the timeline in words; a word that has no sentence is shown as it is."""
    make = SENTENCES.get(entry.what)
    if make is None:
        return plain(entry.what)
    return make(view, _by(view, entry.by), entry.detail)


def _by(view: View, by: str) -> str:
    return {"clock": "Baton", "outlook": "Outlook"}.get(by) or view.name(by)


Detail = Mapping[str, str]
Sentence = Callable[[View, str, Detail], str]


def _at(view: View, detail: Detail) -> str:
    return view.soon(datetime.fromisoformat(detail["start"]))


def _to(view: View, detail: Detail) -> str:
    return view.name(detail.get("to"))


def _mail(detail: Detail) -> str:
    return " in a mail" if BY_MAIL in detail else ""


SENTENCES: Mapping[Word, Sentence] = {
    "qualified": lambda _v, by, _d: f"{by} had the brief complete",
    "asked_for_times": lambda _v, by, _d: f"{by} asked for times",
    "booked": lambda v, by, d: (
        f"{by} chose a time; {_to(v, d)} was next (record {plain(d['turn'])})"
        if "turn" in d
        else f"{by} chose a time with {_to(v, d)}"
    ),
    "offered": lambda v, _by, d: f"The invitation reached {_to(v, d)}; the clock started",
    "not_invited": lambda _v, _by, d: f"The invitation could not be sent: {plain(d['why'])}",
    "clicked_accept": lambda _v, by, d: f"{by} clicked Accept{_mail(d)}",
    "accepted": lambda _v, by, _d: f"{by} accepted in Outlook",
    "declined": lambda _v, by, _d: f"{by} declined in Outlook",
    "tentative": lambda _v, by, _d: f"{by} answered tentative in Outlook: not yet a yes",
    "sent_back": lambda v, by, d: (
        f"{by} sent it back{_mail(d)}: {plain(v.policy.reasons.get(d['reason'], d['reason']))}"
    ),
    "asked_for_another_time": lambda _v, by, _d: f"{by} asked for another time",
    "proposed": lambda v, by, d: f"{by} proposed {_at(v, d)}",
    "moved": lambda v, by, d: f"{by} moved the meeting to {_at(v, d)}",
    "kept_time": lambda _v, by, _d: f"{by} kept the time",
    "cancelled": lambda _v, by, _d: f"{by} cancelled the meeting in Outlook",
    "invite_gone": lambda _v, _by, _d: "The invitation left the rep's calendar without an answer",
    "fixed": lambda _v, by, _d: f"{by} mended the brief and sent it again",
    "given": lambda v, by, d: f"{by} gave it to {_to(v, d)}",
    "nurture": lambda _v, by, _d: f"{by} passed it to nurture",
    "closed": lambda _v, by, _d: f"{by} closed it",
    "done": lambda _v, by, _d: f"{by} said that nothing more is to be done",
    "reminded": lambda v, _by, d: f"{_to(v, d)} was reminded",
    "overdue": lambda v, _by, d: f"Overdue, {_to(v, d)}: {OWED[Promise(d['promise'])].lower()}",
    "escalated": lambda v, _by, d: f"{_to(v, d)} was asked to decide",
    "chased": lambda v, _by, d: f"{_to(v, d)} was told again",
    "clock_waited": lambda v, _by, d: f"The clock waited while {_to(v, d)} was away",
    "outage": lambda v, _by, d: (
        f"Baton did not run from {v.soon(datetime.fromisoformat(d['since']))} on; "
        "that time does not count"
    ),
    "asked_who_takes_it": lambda v, _by, d: (
        f"{_to(v, d)} will be out of office and was asked who takes it"
    ),
    "kept_it": lambda _v, by, _d: f"{by} keeps the meeting all the same",
    "given_over": lambda v, by, d: f"{by} gave it to {_to(v, d)} while away",
    "unanswered": lambda v, _by, d: f"The meeting began without an answer of {_to(v, d)}",
    "not_let_in": lambda v, _by, d: (
        f"Outlook does not let Baton into the calendar of {_to(v, d)}: what was to change there "
        "stands as it was"
    ),
    "copy_lags": lambda _v, _by, _d: (
        "The rep's calendar shows another time than the meeting has; the meeting's own counts"
    ),
    "outlook_waits": lambda _v, _by, _d: "Outlook has not answered yet; it is asked again",
    "extended": lambda v, by, d: (
        f"{by} gave {_to(v, d)} {d['hours']} more working hours: {plain(d['reason'])}"
    ),
    "talks": lambda v, by, d: f"{by} talks to {_to(v, d)}",
    "reassigned": lambda v, by, d: (
        f"{by} gave it to {_to(v, d)}" + (f": {plain(d['reason'])}" if d.get("reason") else "")
    ),
    "below": lambda v, _by, d: f"It is {_to(v, d)}'s to decide: {plain(d['why'])}",
    "went_on": lambda _v, by, d: f"{by} hands it over all the same: {plain(d['why'])}",
    "passed_on": lambda v, _by, d: f"Unanswered, it went to {_to(v, d)}, who is free at that time",
    "leader_invited": lambda v, _by, d: f"{_to(v, d)} was invited, optional",
    "over": lambda _v, _by, _d: "The meeting's time passed",
    "introduced": lambda v, by, d: f"{by} introduced {_to(v, d)}; the clock for an answer started",
    "clicked_reply": lambda _v, by, _d: f"{by} clicked Reply now",
    "replied": lambda _v, by, _d: f"{by} answered the introduction",
    "replied_otherwise": lambda _v, by, _d: f"{by} said that it is answered another way",
    "not_sent": lambda _v, _by, d: f"The {d['mail']} could not be sent: {plain(d['why'])}",
    "asked_to_confirm": lambda _v, by, _d: f"{by} asked for a confirmation",
    "confirmation_sent": lambda _v, by, _d: f"The prospect was asked to confirm, in {by}'s name",
    "prospect_accepted": lambda _v, _by, _d: "The prospect accepted the invitation",
    "prospect_declined": lambda _v, _by, _d: "The prospect declined the invitation",
    "prospect_tentative": lambda _v, _by, _d: "The prospect answered tentative",
    "prospect_silent": lambda _v, _by, _d: "The meeting is near and the prospect has not answered",
    "prep_booked": lambda v, _by, d: f"Time to prepare was booked for {_to(v, d)}: {_at(v, d)}",
    "prep_moved": lambda v, by, d: f"{by} moved the time to prepare to {_at(v, d)}",
    "no_prep": lambda v, _by, d: f"No time to prepare for {_to(v, d)}: {NO_PREP[d['why']]}",
    "went": lambda _v, by, d: f"{by} said how it went: {SAID[MeetingOutcome(d['outcome'])]}",
    "asked": lambda v, _by, d: f"{_to(v, d)} was asked how it went",
    "follow_up": lambda _v, by, d: f"{by} asked for a follow-up: {d['kind']}",
    "follow_up_booked": lambda v, _by, d: f"A {d['kind']} was put in the calendar for {_at(v, d)}",
    "follow_up_done": lambda _v, by, d: f"{by} did it: {d['kind']}",
    "undeliverable": lambda v, _by, d: f"Teams did not deliver to {_to(v, d)}: {plain(d['why'])}",
    "mailed": lambda v, _by, d: f"{_to(v, d)} was told by mail instead",
    "unmailed": lambda v, _by, d: f"Nor could {_to(v, d)} be told by mail: {plain(d['why'])}",
    "excused": lambda v, _by, d: (
        f"{_to(v, d)} could not be told ({plain(d['why'])}), so this is not late: "
        f"{OWED[Promise(d['promise'])].lower()}"
    ),
    "left": lambda v, _by, d: (
        f"{_to(v, d)} is no longer here; nothing is expected of them any more"
    ),
    "inherited": lambda v, _by, d: f"The lead is {_to(v, d)}'s now",
    "reached_again": lambda v, _by, d: f"Teams delivers to {_to(v, d)} again; the clock goes on",
}
