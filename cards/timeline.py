"""What happened in a handoff: who, what, when, by which rule."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from microsoft_teams.cards import Action, CardElement, Container

from cards import giving, words
from cards.contest import contested_words
from cards.crm_ask import FIELDS_THERE
from cards.deals import deal_lines
from cards.elements import Card, do, finished, head, opens, plain, radio, submit, told, write
from cards.endings import ending_words
from cards.forms import NOBODY, Targets
from cards.meeting_outcome import SAID
from cards.opening import of_word
from cards.pledges import due_words
from cards.rotation import may_know
from cards.touches import source_words
from cards.view import UNABLE, View
from cards.why import OWED, PROMISES, counted, rule, summary
from handoff import deciding, prep
from handoff.correcting import NOW, WAS
from handoff.delivery import BY_MAIL
from handoff.draft import COULD_NOT, NO_STAND_IN
from handoff.model import Commitment, Contested, Entry, MeetingOutcome, Outcome
from handoff.money import Money, decimals
from handoff.policy import FIELDS, DealField, Promise
from handoff.routing.credits import CHOSEN
from handoff.timeline import Rule, Word

RULES: Mapping[Rule, str] = {
    "begin": "A lead with a complete brief is handed over",
    "screening": "What comes in and may be none is held until its qualifier says that it is a lead",
    "booking": "A chosen time is held and the invitations go out",
    "answer": "A rep answers; acceptance is what Outlook says",
    "send_back": "A rep may send a lead back with a reason",
    "another_time": "A rep may propose another time once",
    "unable": "A rep who cannot be there says so until the meeting, and a colleague takes it",
    "rework": "A lead that was sent back is the qualifier's again",
    "mended": "Until a meeting begins, its brief is corrected, and everyone invited reads it so",
    "moved": "A meeting that is moved is answered anew",
    "cancelled": "A cancelled meeting needs a new time",
    "invite_gone": "A deleted invitation is not an answer",
    "absence": "Who is out of office is not late, and is asked who takes the meeting",
    "clock": "What is not done in time is passed up",
    "outage": "Time in which Baton did not run, or Outlook gave no times, is nobody's",
    "decide": "A manager decides what is overdue",
    "introduction": "A rep answers the introduction",
    "prepare": "An accepted meeting has time to prepare it",
    "prospect": "The prospect's own answer counts for itself",
    "outcome": "After every meeting it is said how it went",
    "passed_on": "What is not answered goes to the backup; after so often a manager decides",
    "leader": "A leader is invited to meetings worth a certain amount",
    "follow_up": "Every open lead has a next step",
    "next_meeting": "A later meeting is booked as the first was, by whoever follows the lead up",
    "next_step": "Every open lead has a next step",
    "objection": "Whoever asks not to be stored or contacted is left alone from then on",
    "lapse": "A lead that nobody hands over for long is not kept for ever",
    "ending": "Every lead ends by one code; what never met is no deal",
    "nurture": "Marketing keeps in touch with a lead that is not ready, and gives it back",
    "worth": "What a lead is worth is corrected by its qualifier, with what was said before",
    "campaign": "The campaign is set once; a correction has an author and a reason",
    "contest": "What was said is put right by who said it, or contested once: a manager decides",
    "leaving": "What was a leaver's has a new owner at once, and is no fault of theirs",
    "handing_on": "Whoever answers for a meeting may give it to a colleague who can take it",
    "accountable": "Who has a deal follows its stage in the CRM, as the policy has it",
    "customer": "A deal that is won is handed to whoever looks after customers",
    "deal_field": "What the policy wants of a deal in the CRM is asked of its rep",
    "idle": "Of a lead with which nothing happens, and nothing is planned, its people hear once",
    "deal": "A deal of the CRM is the last lead's that had come in; of several somebody says which",
    "undeliverable": "Who is not reached in Teams gets a mail; whom no mail reaches is not late",
}

NO_PREP = {
    prep.NO_ROOM: "no working time before the meeting is free and still ahead",
    prep.REMOVED: "it was taken out of the calendar",
    prep.DENIED: "Baton may not write to the calendar",
    prep.NO_MAILBOX: "Outlook cannot use the mailbox",
}
MOST = 40  # entries on one card; the oldest are left out


def owed_line(view: View, one: Commitment) -> str:
    """What is owed, by whom, and by when it is or was due."""
    sum_ = view.sum(one)
    due = f"{due_words(one, view.at)} {view.soon(one.due_at)}{f' ({sum_})' if sum_ else ''}"
    return f"**{OWED[one.what]}**, {view.name(one.who)}, {due}"


NOT_YOURS = (
    "There is no such handoff, or it is not yours to see: a handoff is shown to its qualifier, its "
    "rep, whoever owes something in it, and their managers."
)
"""To whom it is not, and of one that there is not."""


def timeline_card(
    view: View, entries: Sequence[Entry], targets: Targets = NOBODY, tab: Action | None = None
) -> Card:
    """Why the handoff stands as it does, and everything that happened; *tab* leads to its page."""
    handoff = view.handoff
    owed = [c for c in handoff.commitments if c.waiting]
    lines: list[CardElement] = [told(owed_line(view, c), size="Small") for c in owed]
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
    came = source_words(view)
    routed = any(CHOSEN in entry.detail for entry in entries)
    uncoded = not handoff.open and handoff.outcome is None and handoff.rep == view.viewer.id
    card = finished(
        [
            head(
                f"NO. {handoff.number} · {handoff.state.value.replace('_', ' ').upper()}",
                view.title,
                below=f"owner: {view.name(handoff.owner)}",
            ),
            told("What is owed now", bold=True, spacing="Medium"),
            Container(items=lines) if lines else told("Nothing.", size="Small"),
            *explained,
            *deal_lines(view),
            told("Where it came from", bold=True, spacing="Medium") if came else None,
            *[told(line, size="Small") for line in came],
            told("Who was next", bold=True, spacing="Medium") if view.rotation else None,
            *[told(line, size="Small") for line in view.rotation if line],
            told("What happened", bold=True, spacing="Medium"),
            *past,
        ],
        [
            do("Who was next, and why", "fairness", handoff.id) if routed else None,
            do("Say how it ended", "show", handoff.id, first=True) if uncoded else None,
            _more_time(view),
            _excuse(view),
            giving.button(view),
            giving.give_lead(view, targets),
            tab,
        ],
        says=summary(view, f"number {handoff.number}, all that happened"),
    )
    return of_word(card, f"why {handoff.number}")


def _more_time(view: View) -> Action | None:
    """For a manager of whoever owes something here that is not late yet."""
    found = deciding.extendable(view.case, view.viewer.id, view.at)
    if not found:
        return None
    owed = [
        (f"{view.name(c.who)}: {OWED[c.what].lower()}, due {view.soon(c.due_at)}", str(c.n))
        for c in found
    ]
    times = [(words.working(timedelta(hours=h)), str(h)) for h in view.policy.more_time]
    return opens(
        "more_time_early",
        "More time before it is due",
        view.handoff.id,
        lambda: (
            [
                radio("promise", "For what?", owed, value=owed[0][1]),
                radio("hours", "How much?", times, value=times[0][1]),
                write("reason", "Why", needed=True, most=200),
            ],
            [submit("Give more time", "extend_early", view.handoff.id)],
        ),
    )


def _excuse(view: View) -> Action | None:
    """For a manager of whoever missed something here: it counts as excused, with evidence."""
    found = deciding.excusable(view.case, view.viewer.id)
    if not found:
        return None
    missed = [
        (f"{view.name(c.who)}: {OWED[c.what].lower()}, due {view.soon(c.missed_at)}", str(c.n))
        for c in found
        if c.missed_at
    ]
    return opens(
        "excuse",
        "Excuse what was missed",
        view.handoff.id,
        lambda: (
            [
                radio("promise", "Which?", missed, value=missed[0][1]),
                write("evidence", "What shows that it was nobody's miss", needed=True, most=200),
                told(
                    "It stays in the books as it was; beside it stands that you excused it, and "
                    "why. Everybody in this handoff can read it.",
                    size="Small",
                ),
            ],
            [submit("Excuse it", "excuse", view.handoff.id)],
        ),
    )


def _line(view: View, entry: Entry) -> CardElement:
    return Container(
        spacing="Small",
        items=[
            told(words.when(entry.at, view.zone), size="Small", subtle=True),
            told(sentence(view, entry), size="Small", spacing="None"),
            told(by_which_rule(view, entry), size="Small", subtle=True, spacing="None"),
        ],
    )


def sentence(view: View, entry: Entry) -> str:
    """One line of the timeline in words; a word that has no sentence is shown as it is."""
    make = SENTENCES.get(entry.what)
    if make is None:
        return plain(entry.what)
    return make(view, _by(view, entry.by), entry.detail)


NOBODYS = {
    "clock": "Baton",
    "outlook": "Outlook",
    "prospect": "The prospect",
    "crm": "The CRM",
}


def _by(view: View, by: str) -> str:
    return NOBODYS.get(by) or view.name(by)


Detail = Mapping[str, str]
Sentence = Callable[[View, str, Detail], str]


def _at(view: View, detail: Detail) -> str:
    return view.soon(datetime.fromisoformat(detail["start"]))


def by_which_rule(view: View, entry: Entry) -> str:
    """By which rule it is so. Why somebody cannot be there is not everybody's to know."""
    if entry.rule == "absence" and not _knows(view, entry.detail):
        return "Who cannot be there is asked who takes the meeting"
    return RULES.get(entry.rule, entry.rule)


def _knows(view: View, detail: Mapping[str, str]) -> bool:
    """Whether who looks may read that whom it is about is out of office."""
    about = detail.get("to", "")
    is_theirs = view.viewer.id == view.handoff.qualifier
    return is_theirs or may_know(view.viewer, about, view.case.people)


def _to(view: View, detail: Detail) -> str:
    return view.name(detail.get("to"))


def _after(view: View, detail: Detail) -> str:
    """That it was given when it was late already, where it was."""
    if not detail.get("missed"):
        return ""
    return f", after it was due {view.soon(datetime.fromisoformat(detail['missed']))}"


def _mail(detail: Detail) -> str:
    return " in a mail" if BY_MAIL in detail else ""


def _text(text: str) -> str:
    return f"“{plain(text)}”" if text else "nothing"


def _said(name: str, text: str) -> str:
    """What a field held: an amount as amounts are written, all else as somebody wrote it."""
    return (_money(text) if name == "value" else "") or _text(text)


def _money(text: str) -> str:
    """€48,000 of 48000 EUR; nothing of what is no amount."""
    found = AMOUNT.fullmatch(text)
    if found is None:
        return ""
    number, currency = found.groups()
    return words.amount(Money(int(Decimal(number).scaleb(decimals(currency))), currency))


AMOUNT = re.compile(r"(\d+(?:\.\d+)?) ([A-Z]{3})")  # as `handoff/worth.py` keeps one


def _changes(detail: Detail) -> str:
    """From what to what, field by field; an entry of an older release has none."""
    found = [
        f"{title}, from {_said(name, detail[WAS + name])} to {_said(name, detail[NOW + name])}"
        for name, title in {**FIELDS, "contact_zone": "Where the prospect is"}.items()
        if WAS + name in detail
    ]
    return f": {'; '.join(found)}" if found else ""


def _deal(detail: Detail) -> str:
    """Contract Sent, €48,000"""
    amount = _money(detail.get("amount", ""))
    return ", ".join(filter(None, (plain(detail["stage"]), amount)))


def _was(detail: Detail) -> str:
    return contested_words(Contested(detail["of"]), detail["was"])


def _now(detail: Detail) -> str:
    return contested_words(Contested(detail["of"]), detail["now"])


def _ending(view: View, detail: Detail) -> str:
    """What ended before endings had codes has none."""
    if "outcome" not in detail:
        return ""
    return f": {ending_words(Outcome(detail['outcome']), detail.get('lost'), view.policy)}"


SENTENCES: Mapping[Word, Sentence] = {
    "came_in": lambda _v, by, d: f"It came in from {plain(d['source'])}, for {by}",
    "held": lambda _v, _by, d: f"It was held: {plain(d['why'])}",
    "let_in": lambda _v, by, _d: f"{by} said that it is a lead",
    "qualified": lambda _v, by, _d: f"{by} had the brief complete",
    "asked_for_times": lambda _v, by, _d: f"{by} asked for times",
    "booked": lambda v, by, d: (
        f"{by} chose a time; {_to(v, d)} was next (record {plain(d['turn'])})"
        if "turn" in d
        else f"{by} chose a time with {_to(v, d)}"
    ),
    "offered": lambda v, _by, d: f"The invitation reached {_to(v, d)}; the clock started",
    "said_yes": lambda v, _by, d: (
        f"The invitation reached {_to(v, d)}, who chose or offered the time: that is the yes"
    ),
    "no_link": lambda _v, _by, _d: "Teams made no way to join the meeting",
    "not_invited": lambda _v, _by, d: f"The invitation could not be sent: {plain(d['why'])}",
    "clicked_accept": lambda _v, by, d: f"{by} clicked Accept{_mail(d)}",
    "accepted": lambda _v, by, _d: f"{by} accepted in Outlook",
    "accepted_by_rule": lambda v, _by, d: (
        f"The mailbox of {_to(v, d)} said yes by a rule: not yet theirs"
    ),
    "accepted_since": lambda _v, by, _d: f"{by} accepted in Outlook, once it had come back",
    "declined_by_rule": lambda v, _by, d: f"The mailbox of {_to(v, d)} declined by a rule",
    "declined": lambda _v, by, _d: f"{by} declined in Outlook",
    "tentative": lambda _v, by, _d: f"{by} answered tentative in Outlook: not yet a yes",
    "sent_back": lambda v, by, d: (
        f"{by} sent it back{_mail(d)}: {plain(v.policy.reasons.get(d['reason'], d['reason']))}"
    ),
    "noted": lambda _v, by, _d: f"{by} added a note",
    "asked_for_another_time": lambda _v, by, _d: f"{by} asked for another time",
    "proposed": lambda v, by, d: f"{by} proposed {_at(v, d)}",
    "moved": lambda v, by, d: f"{by} moved the meeting to {_at(v, d)}",
    "time_gone_by": lambda _v, _by, _d: "the time that was proposed went by unsettled",
    "kept_time": lambda _v, by, _d: f"{by} kept the time",
    "withdrew": lambda _v, by, _d: f"{by} keeps the first time after all",
    "unable": lambda _v, by, d: (
        f"{by} was asked to stand in, and cannot take it"
        if d["reason"] == NO_STAND_IN
        else f"{by} cannot be there: {UNABLE[d['reason']].lower()}"
    ),
    "cancelled": lambda _v, by, _d: f"{by} cancelled the meeting in Outlook",
    "called_off": lambda _v, by, _d: f"{by} called the meeting off, with a word to the prospect",
    "invite_gone": lambda _v, _by, _d: "The invitation left the rep's calendar without an answer",
    "taken_off": lambda v, by, d: f"{by} took {_to(v, d)} off the meeting in Outlook",
    "fixed": lambda _v, by, d: f"{by} corrected the brief and sent it again{_changes(d)}",
    "mended": lambda _v, by, d: f"{by} corrected the brief{_changes(d)}",
    "campaign_corrected": lambda _v, by, d: (
        f"{by} corrected the campaign, from {_text(d['was'])} to {_text(d['now'])}: "
        f"{plain(d['why'])}"
    ),
    "worth_mended": lambda _v, by, d: f"{by} corrected what it is worth{_changes(d)}",
    "given": lambda v, by, d: f"{by} gave it to {_to(v, d)}",
    "nurture": lambda v, by, d: (
        f"{by} passed it to nurture" + (f", to {_to(v, d)}" if "to" in d else "")
    ),
    "kept_in_touch": lambda _v, by, _d: f"{by} has been in touch",
    "recycled": lambda v, by, d: f"{by} gave it back to {_to(v, d)}: the prospect is ready",
    "closed": lambda v, by, d: f"{by} closed it{_ending(v, d)}",
    "done": lambda v, by, d: f"{by} said that nothing more is to be done{_ending(v, d)}",
    "reminded": lambda v, _by, d: f"{_to(v, d)} was reminded",
    "stalled": lambda v, _by, d: (
        f"No word with the prospect since {v.soon(datetime.fromisoformat(d['since']))}: "
        f"{_to(v, d)} and the qualifier were told"
    ),
    "overdue": lambda v, _by, d: f"Overdue, {_to(v, d)}: {OWED[Promise(d['promise'])].lower()}",
    "escalated": lambda v, by, d: (
        f"{_to(v, d)} was asked to decide{'' if by == 'Baton' else f', by {by}'}"
    ),
    "chased": lambda v, _by, d: f"{_to(v, d)} was told again",
    "clock_waited": lambda v, _by, d: (
        f"The clock waited{f' while {_to(v, d)} was away' if _knows(v, d) else ''}"
    ),
    "outage": lambda v, _by, d: (
        f"Baton did not run from {v.soon(datetime.fromisoformat(d['since']))} on; "
        "that time does not count"
    ),
    "no_times": lambda v, _by, d: (
        f"Outlook gave no times from {v.soon(datetime.fromisoformat(d['since']))} on; "
        "that time does not count"
    ),
    "asked_who_takes_it": lambda v, _by, d: (
        f"{_to(v, d)} {'will be out of office and ' * _knows(v, d)}was asked who takes it"
    ),
    "not_taken": lambda v, _by, d: (
        f"Nobody took it{f' while {_to(v, d)} is out of office' if _knows(v, d) else ''}: "
        "it is its qualifier's to decide"
    ),
    "kept_it": lambda _v, by, _d: f"{by} keeps the meeting all the same",
    "given_over": lambda v, by, d: f"{by} gave it to {_to(v, d)}",
    "unanswered": lambda v, _by, d: f"The meeting began without an answer of {_to(v, d)}",
    "nobody_came": lambda v, _by, d: (
        f"The time of the meeting came, and nobody took it; {_to(v, d)} was told"
    ),
    "objected": lambda _v, _by, _d: (
        "The prospect asked not to be stored or contacted: it ends here, and its meeting with it"
    ),
    "lapsed": lambda v, _by, d: (
        f"It was to be handed over since {v.soon(datetime.fromisoformat(d['since']))}, and nobody "
        "has: it ends here"
    ),
    "not_given": lambda v, _by, d: (
        f"{_to(v, d)} was to have it, and by then it had moved on: it stays as it is"
    ),
    "not_let_in": lambda v, _by, d: (
        f"Outlook does not let Baton into the calendar of {_to(v, d)}: what was to change there "
        "stands as it was"
    ),
    "not_moved": lambda v, _by, d: f"Outlook did not take {_at(v, d)}: the meeting is where it was",
    "not_called_off": lambda _v, _by, _d: (
        "Outlook could not be told before the meeting began that it is off"
    ),
    "not_called_off_yet": lambda _v, _by, _d: (
        "Outlook could not be told yet that it is off, and it begins soon: who can tell the "
        "prospect was asked to"
    ),
    "seen_to": lambda _v, by, _d: f"{by} saw to what Outlook would not do",
    "invited_again": lambda _v, by, _d: f"{by} asked for the invitation again",
    "copy_lags": lambda _v, _by, _d: (
        "The rep's calendar shows another time than the meeting has; the meeting's own counts"
    ),
    "outlook_waits": lambda _v, _by, _d: "Outlook has not answered yet; it is asked again",
    "extended": lambda v, by, d: (
        f"{by} gave {_to(v, d)} {d['hours']} more working hours{_after(v, d)}: {plain(d['reason'])}"
    ),
    "talks": lambda v, by, d: f"{by} talks to {_to(v, d)}{_after(v, d)}",
    "given_back": lambda v, by, d: f"{by} gave it back to {_to(v, d)}",
    "corrected": lambda v, by, d: (
        f"{by} excused {_to(v, d)} ({OWED[Promise(d['promise'])].lower()}, {d['was']}): "
        f"{plain(d['reason'])}"
    ),
    "reassigned": lambda v, by, d: (
        f"{by} gave it to {_to(v, d)}" + (f": {plain(d['reason'])}" if d.get("reason") else "")
    ),
    "below": lambda v, _by, d: f"It is {_to(v, d)}'s to decide: {plain(d['why'])}",
    "went_on": lambda _v, by, d: f"{by} hands it over all the same: {plain(d['why'])}",
    "passed_on": lambda v, _by, d: (
        f"It went to {_to(v, d)}, who is free at that time"
        if d.get("why") == COULD_NOT
        else f"Unanswered, it went to {_to(v, d)}, who is free at that time"
    ),
    "leader_invited": lambda v, _by, d: f"{_to(v, d)} was invited, optional",
    "over": lambda _v, _by, _d: "The meeting's time passed",
    "introduced": lambda v, by, d: f"{by} introduced {_to(v, d)}; the clock for an answer started",
    "clicked_reply": lambda _v, by, _d: f"{by} had Baton send their reply",
    "replied": lambda _v, by, _d: f"{by} answered the introduction",
    "replied_otherwise": lambda _v, by, _d: f"{by} said that it is answered another way",
    "not_sent": lambda _v, _by, d: f"The {d['mail']} could not be sent: {plain(d['why'])}",
    "asked_to_confirm": lambda _v, by, _d: f"{by} asked for a confirmation",
    "confirmation_sent": lambda _v, by, _d: f"The prospect was asked to confirm, in {by}'s name",
    "asked_to_rebook": lambda _v, by, _d: f"{by} had Baton write to the prospect for another time",
    "rebooking_sent": lambda _v, by, _d: f"The prospect was offered times, in {by}'s name",
    "prospect_booked": lambda v, _by, d: (
        f"The prospect chose {_at(v, d)} of those that {_to(v, d)} had offered"
    ),
    "another_accepted": lambda v, _by, _d: (
        f"Somebody else of {plain(v.handoff.lead.company)} accepted; is it "
        f"{plain(v.handoff.lead.contact_name)}?"
    ),
    "prospect_recognised": lambda v, by, _d: (
        f"{by} said that it is {plain(v.handoff.lead.contact_name)}"
    ),
    "prospect_accepted": lambda _v, _by, _d: "The prospect accepted the invitation",
    "prospect_declined": lambda _v, _by, _d: "The prospect declined the invitation",
    "prospect_tentative": lambda _v, _by, _d: "The prospect answered tentative",
    "prospect_silent": lambda _v, _by, _d: "The meeting is near and the prospect has not answered",
    "prospect_moved": lambda v, _by, d: (
        f"The prospect moved the meeting to {_at(v, d)}"
        + (f", with {_to(v, d)}, as there was no other time" if d.get("to") else "")
    ),
    "prospect_called_off": lambda _v, _by, _d: "The prospect called the meeting off",
    "prep_booked": lambda v, _by, d: f"Time to prepare was booked for {_to(v, d)}: {_at(v, d)}",
    "prep_put_back": lambda v, _by, d: (
        f"Time to prepare lay behind the meeting and is put back for {_to(v, d)}"
    ),
    "prep_moved": lambda v, by, d: f"{by} moved the time to prepare to {_at(v, d)}",
    "made_way": lambda v, _by, d: (
        f"A meeting was moved onto {_at(v, d)}, when {_to(v, d)} was to "
        f"{OWED[Promise(d['promise'])].lower()}: that is looked for anew"
    ),
    "no_prep": lambda v, _by, d: f"No time to prepare for {_to(v, d)}: {NO_PREP[d['why']]}",
    "went": lambda _v, by, d: f"{by} said how it went: {SAID[MeetingOutcome(d['outcome'])]}",
    "asked": lambda v, _by, d: f"{_to(v, d)} was asked how it went",
    "follow_up": lambda _v, by, d: f"{by} asked for a follow-up: {d['kind']}",
    "follow_up_booked": lambda v, _by, d: f"A {d['kind']} was put in the calendar for {_at(v, d)}",
    "follow_up_moved": lambda v, by, d: f"{by} moved the {d['kind']} to {_at(v, d)}",
    "follow_up_done": lambda _v, by, d: (
        f"{by} did it: {d['kind']}" + (", and got through" if "spoke" in d else "")
    ),
    "undeliverable": lambda v, _by, d: f"Teams did not deliver to {_to(v, d)}: {plain(d['why'])}",
    "mailed": lambda v, _by, d: f"{_to(v, d)} was told by mail instead",
    "unmailed": lambda v, _by, d: f"Nor could {_to(v, d)} be told by mail: {plain(d['why'])}",
    "excused": lambda v, _by, d: (
        f"{_to(v, d)} could not be told ({plain(d['why'])}), so this is not late: "
        f"{OWED[Promise(d['promise'])].lower()}"
    ),
    "before_work": lambda v, _by, d: (
        f"It was due before {_to(v, d)} was at work for long, so this is not late: "
        f"{OWED[Promise(d['promise'])].lower()}"
    ),
    "put_right": lambda _v, by, d: f"{by} put it right: not {_was(d)}, but {_now(d)}",
    "contested": lambda _v, by, d: f"{by} contests that {_was(d)}: {_now(d)}",
    "upheld": lambda _v, by, d: f"{by} decided: {_now(d)}, and not {_was(d)}",
    "rejected": lambda _v, by, d: f"{by} decided that it stands: {_was(d)}",
    "left": lambda v, _by, d: (
        f"{_to(v, d)} is no longer here; nothing is expected of them any more"
    ),
    "inherited": lambda v, _by, d: f"The lead is {_to(v, d)}'s now",
    "lead_given": lambda v, by, d: (
        f"{by} gave the lead to {_to(v, d)}"
        + (f": {plain(d['reason'])}" if d.get("reason") else "")
    ),
    "deal_found": lambda _v, by, d: f"{by} has a deal of it: {_deal(d)}",
    "deal_moved": lambda _v, by, d: f"{by} has its deal as {d['state']}: {_deal(d)}",
    "deal_said": lambda _v, by, d: (
        f"{by} said that none of the deals in the CRM is its"
        if "none" in d
        else f"{by} said which deal in the CRM is its: {_deal(d)}"
    ),
    "deal_entered": lambda _v, by, d: (
        f"{by} entered {FIELDS_THERE[DealField(d['field'])]} in the CRM"
    ),
    "deal_given": lambda v, by, d: (
        f"{by} has its deal at {plain(d['stage'])}, so {_to(v, d)} has it"
        + (f": next in turn (record {plain(d['turn'])})" if "turn" in d else "")
    ),
    "customer_given": lambda v, _by, d: (
        f"It is won, so {_to(v, d)} looks after the customer: next in turn "
        f"(record {plain(d['turn'])})"
    ),
    "deal_gone": lambda _v, by, _d: f"{by} has its deal beside the contact no more",
    "reached_again": lambda v, _by, d: f"Teams delivers to {_to(v, d)} again; the clock goes on",
}
