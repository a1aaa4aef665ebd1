"""What a manager sees: only what they must decide, and afterwards that it is settled."""

from datetime import timedelta

from microsoft_teams.cards import Action, ActionSet, CardElement

from cards import words
from cards.absence import away_then
from cards.deals import deal_lines
from cards.elements import (
    Card,
    banner,
    do,
    facts,
    finished,
    head,
    isolated,
    opens,
    plain,
    radio,
    submit,
    told,
    why,
    write,
)
from cards.forms import NOBODY, Targets
from cards.giving import button, choices, could_not, give_lead, sent_to_first
from cards.heading import heading
from cards.progress import standing_still, stands
from cards.qualifier import once_moved
from cards.rotation import may_know
from cards.since_back import tell_them
from cards.surroundings import not_moved_line, unlined_line, ways
from cards.view import View
from cards.why import OWED, ahead, counted, more, rule, summary
from handoff import deciding, escalating
from handoff.delivery import told_by_mail
from handoff.draft import AWAY, GONE_BY, THERE_AFTER_ALL, UNABLE
from handoff.model import Commitment, Ending, Person
from handoff.policy import Promise

NOT_DONE = {
    Promise.ANSWER: "no answer from {first}",
    Promise.SETTLE: "{first} has not settled the time",
    Promise.REWORK: "nothing decided by {first}",
    Promise.REASON: "{first} declined and gave no reason",
    Promise.REPLY: "{first} has not replied",
    Promise.OUTCOME: "{first} has not said how it went",
    Promise.NEXT_STEP: "no next step from {first}",
    Promise.FOLLOW_UP: "no follow-up from {first}",
    Promise.PROGRESS: "no progress with {first}",
    Promise.BOOK: "{first} has not handed it over",
    Promise.FIT: "{first} has not decided whether it is handed over",
    Promise.NURTURE: "{first} has not looked at it again",
}


def manager_card(view: View, targets: Targets = NOBODY) -> Card:
    """The decision that is asked for, or how it ended."""
    decide = view.handoff.owed(Promise.DECIDE, view.viewer.id)
    if decide is None:
        return _settled(view, targets)
    late = next(c for c in view.handoff.commitments if c.n == decide.about)
    return _decision(view, decide, late, targets)


def _decision(view: View, decide: Commitment, late: Commitment, targets: Targets) -> Card:
    rows = [("Worth", dict(view.brief()).get("Worth per year", ""))]
    meeting = view.handoff.meeting
    if late.what in deciding.GIVABLE and not (meeting and meeting.span.start <= view.at):
        rows.insert(0, ("Free then", _free(view)))
    sent = sent_to_first(view) if late.what in deciding.GIVABLE else []
    return finished(
        [
            heading(
                view,
                f"NEEDS A DECISION: {_late(view, late).upper()}",
                _headline(view),
                below=view.name(late.who),
                colour="Attention",
            ),
            banner(view.banner),
            could_not(view),
            tell_them(view) if late.what is Promise.REWORK else None,
            told(_what_happened(view, late), spacing="Small"),
            facts(rows),
            *_to_settle(view, late),
            unlined_line(view),
            told(
                f"Please decide{view.by(decide)} ({view.arithmetic(decide)}).",
                size="Small",
            ),
            # What a mail would say stands below: a phone shows the reason and the buttons at once.
            _once_back(view, late),
            told(_sends(view), size="Small") if sent else None,
            ActionSet(
                spacing="Small",
                actions=[one for one in _choices(view, late, targets) if one],
            ),
            *sent,
            *deal_lines(view),
            ways(view, late.who),
            *why(
                [
                    rule(view, late.what),
                    counted(view, late),
                    rule(view, Promise.DECIDE),
                    ahead(view, decide),
                    more(view),
                ]
            ),
        ],
        says=summary(view, "decide", decide, news=_late(view, late)),
    )


def _choices(
    view: View, late: Commitment, targets: Targets, *, asked: bool = True
) -> list[Action | None]:
    """All that may be decided, in one place: at what time they meet, who else has it, a word with
    whoever is late, more time where that is what they lack, or that the next manager decides. Of
    what they have put off nothing is highlighted, for it is not *asked* of them.
    """
    id, first, case = view.handoff.id, view.first(late.who), view.case
    givable = late.what in deciding.GIVABLE
    at_once = [
        *_settle(view, late, lit=asked),
        *(choices(view, "reassign", lit=asked) if givable else []),
    ]
    qualifier = view.first(view.handoff.qualifier)
    takes = "Take it back" if qualifier == "you" else f"Back to {qualifier}"
    back = deciding.goes_back(case, late, view.at)
    over = back and not givable  # nobody owes an answer any more, so that comes first
    talk = do(f"I will talk to {first}", "talk", id, first=not (at_once or over))
    above = escalating.next_manager(case, view.at, late, above=view.viewer.id)
    return [
        *at_once,
        do(takes, "give_back", id, first=asked) if over else None,
        None if givable else button(view),
        talk if asked else None,
        do(takes, "give_back", id) if back and givable else None,
        _more_time(view, late),
        do(f"Let {view.first(above)} decide", "ask_above", id) if above else None,
        give_lead(view, targets),
    ]


def _settle(view: View, late: Commitment, *, lit: bool) -> list[Action]:
    """Of another time that its qualifier has not settled: the meeting is moved there, or stays."""
    handoff = view.handoff
    if late.what is not Promise.SETTLE or handoff.proposal is None:
        return []
    id, there = handoff.id, handoff.proposal.start
    keep = f"Keep {view.soon(view.meeting.span.start)}"
    begins = there.isoformat()
    move = do("Move the meeting", "move_meeting", id, first=lit, start=begins, meets=view.meets)
    return [*([move] if there > view.at else []), do(keep, "keep_time", id, meets=view.meets)]


def _to_settle(view: View, late: Commitment) -> list[CardElement]:
    """Which time that is, and what goes out if the meeting is moved there."""
    handoff = view.handoff
    if late.what is not Promise.SETTLE or handoff.proposal is None:
        return []
    instead = f"instead of {words.span(view.meeting.span, view.zone)}"
    proposes = (
        "You propose" if view.viewer.id == handoff.rep else f"{view.first(handoff.rep)} proposes"
    )
    away = away_then(view)
    return [
        told(
            f"{proposes} **{words.span(handoff.proposal, view.zone)}** {instead}. "
            f"{once_moved(view)}",
            spacing="Small",
        ),
        *([away] if away else []),
    ]


def _once_back(view: View, late: Commitment) -> CardElement | None:
    """What the qualifier does who has it back before the meeting."""
    if late.what is not Promise.ANSWER or not deciding.goes_back(view.case, late, view.at):
        return None
    other = view.first(view.handoff.qualifier)
    whose = "yours" if view.viewer.id == view.handoff.qualifier else f"{other}'s"
    line = f"Back with {other}, it is {whose} to find another time or rep, or to call it off."
    return told(line, size="Small")


def _sends(view: View) -> str:
    free = view.handoff.stand_ins or ()
    name = plain(view.handoff.lead.contact_name)
    return f"What {name} gets if you give it to {view.first(free[0])} stands below the buttons."


def _more_time(view: View, late: Commitment) -> Action | None:
    """None where no more time is to be had."""
    id, first = view.handoff.id, view.first(late.who)
    hours = deciding.hours_that_help(view.case, late, view.at)
    if not hours:
        return None
    times = [(words.working(timedelta(hours=h)), str(h)) for h in hours]
    return opens(
        "more_time",
        "More time",
        id,
        lambda: (
            [
                radio("hours", "How much?", times, value=times[0][1]),
                write("reason", "Why", needed=True, most=200),
            ],
            [submit(f"Give {first} more time", "extend", id)],
        ),
    )


def _late(view: View, late: Commitment) -> str:
    """What nobody has done, in the words of a first line."""
    first = view.first(late.who)
    person = view.case.people.get(late.who)
    if late.before_work and person and person.hours.next_at_work(late.since) > view.at:
        return f"{first} is not at work yet"
    if late.excused_at and not late.before_work:
        return f"{first} could not be told"
    return NOT_DONE.get(late.what, "{first} is late").format(first=first)


def _headline(view: View) -> str:
    meeting = view.handoff.meeting
    at = f", {view.soon(meeting.span.start)}" if meeting else ""
    return f"{isolated(view.handoff.lead.company)}{at}"


def _excused(view: View, late: Commitment) -> str:
    """Why it is nobody's miss, and what may be done about it."""
    first, owed = view.first(late.who), OWED[late.what].lower()
    if late.before_work:
        return (
            f"It was due by {view.soon(late.due_at)}, for the meeting is near, and {first} was at "
            f"work for less than {words.hours(view.policy.least)} before that, so it is not "
            f"counted as late: {owed}."
        )
    return (
        f"{first} could not be told, neither in Teams ({plain(late.undelivered or '')}) nor by "
        f"mail, so this is not counted as late: {owed}. Please decide who does it, or ask {first} "
        "to let Baton in again; then the clock starts anew."
    )


def _what_happened(view: View, late: Commitment) -> str:
    """The facts, and what speaks for the person."""
    person = view.case.people.get(late.who)
    first = view.first(late.who)
    if late.excused_at:
        return _excused(view, late)
    if late.what is Promise.PROGRESS:
        return f"{standing_still(view, late)} {first} neither brought it further nor ended it."
    done, owed = "done this", f": {OWED[late.what].lower()}"
    if late.what is Promise.ANSWER:
        done, owed = "answered", ""
    if late.due_at > view.at:  # a manager who was asked before has given more time
        by, until = view.soon(late.first_due_at), view.soon(late.due_at)
        if late.due_at == late.first_due_at and late.what is Promise.REWORK:  # asked at once
            return f"It came back: {_why_back(view)}. {first} is to decide by {until}."
        return f"{first} had not {done} by {by}{owed}, and has until {until}."
    near = ", and the meeting is near" if late.brought_forward else ""
    within = view.within(late)
    by = f"in {within}" if within else f"by {view.soon(late.due_at)}{near}"
    line = f"{first} has not {done} {by}{owed}."
    if late.what is Promise.REWORK:
        line = f"It came back: {_why_back(view)}. {line}"
    if late.first_due_at != late.due_at and late.missed_at:
        line += f" It was first due {view.soon(late.first_due_at)}."
    if person is None:
        return line
    if person.unreachable:
        return f"{line} Teams does not deliver to {first}: {plain(person.unreachable)}."
    return f"{line} {_knows(view, late, person)}"


def _why_back(view: View) -> str:
    """Without what kept a person from it, which is for whoever has the lead."""
    if view.handoff.reason in UNABLE:
        return f"{view.first(view.handoff.rep)} cannot be there"
    if view.handoff.reason == AWAY and view.handoff.trouble == THERE_AFTER_ALL:
        return f"nobody took it, and {view.first(view.handoff.rep)} is there after all"
    knows = may_know(view.viewer, view.handoff.rep or "", view.case.people)
    if view.handoff.reason == AWAY and (knows or view.said_since()):
        return plain(view.reason())
    if view.handoff.reason == AWAY:
        return f"{view.first(view.handoff.rep)} cannot be there, and nobody took it"
    reason = plain(view.reason())
    return reason[:1].lower() + reason[1:]


def _knows(view: View, late: Commitment, person: Person) -> str:
    """How they were told of it, and whether they are there."""
    first, away = view.first(person.id), person.away_at(view.at)
    again = None if person.hours.at_work(view.at) else person.hours.next_at_work(view.at)
    if told_by_mail(late) and late.mailed_at:
        mailed = words.when(late.mailed_at, view.zone)
        line = f"Teams did not take the card; a mail told {first} of it on {mailed}. {first}"
        if away:
            return f"{line} is out of office just now."
        return f"{line} is at work from {view.soon(again)}." if again else f"{line} is at work."
    if away:
        return f"{first} is out of office just now."
    leave = view.handoff.leave
    if late.what is Promise.ANSWER and leave and not view.handoff.leave_kept:
        back = view.soon(person.hours.next_at_work(leave.end))
        return f"{first} will be out of office then, and was asked who takes it; back {back}."
    if again:
        return f"{first} has the card, and is at work from {view.soon(again)}."
    until = next(one.end for one in person.hours.spans(view.at, view.at + timedelta(days=2)))
    return f"{first} has the card, and is at work until {view.soon(until)}."


def _free(view: View) -> str:
    free = view.handoff.stand_ins
    if free is None:
        return "looking in Outlook…"
    if not free:
        return "nobody else"
    return words.names([view.name(rep) for rep in free[:4]])


def onlooker_card(view: View, targets: Targets = NOBODY) -> Card:
    """For whoever may see it, and of whom nothing ever was asked here."""
    owner = view.name(view.handoff.owner) if view.handoff.open else ""
    return finished(
        [
            head(f"NO. {view.handoff.number}", _headline(view), below=owner),
            banner(view.banner),
            told(f"{stands(view)} Nothing is asked of you.", spacing="Small"),
            *why([more(view)]),
        ],
        [button(view), give_lead(view, targets)],
        says=summary(view, f"number {view.handoff.number}"),
    )


def _settled(view: View, targets: Targets) -> Card:
    """Nothing is asked of them. What they have put off they may still decide, while it is owed."""
    late = _let_pass(view)
    not_moved = not_moved_line(view)
    kicker = f"not moved, still {view.soon(view.meeting.span.start)}" if not_moved else _whose(view)
    lines = [stands(view), _waits(view)]
    if late:
        kicker = "nobody decided"
        was = NOT_DONE.get(late.what, "{first} did not do it").format(first=view.first(late.who))
        lines.insert(0, f"{was[:1].upper()}{was[1:]}, and nobody decided in time.")
        if late.what is Promise.SETTLE and view.handoff.meeting:
            lines.insert(1, f"The meeting stays at {view.soon(view.meeting.span.start)}.")
    return finished(
        [
            heading(view, kicker.upper(), _headline(view)),
            banner(view.banner),
            not_moved,
            told(" ".join(lines), spacing="Small"),
            *still_decides(view, targets),
            *why([ASKED, *(rule(view, what) for what in _asked_for(view)), more(view)]),
        ],
        says=summary(view, kicker),
    )


def still_decides(view: View, targets: Targets) -> list[CardElement | None]:
    """What of that which they have put off may be decided by now, and what it sends."""
    found = deciding.decides(view.case, view.viewer.id)
    if found is None:
        return []
    _, late = found
    actions = [one for one in _choices(view, late, targets, asked=False) if one]
    sent = sent_to_first(view) if late.what in deciding.GIVABLE else []
    return [
        told("Until then you can still decide:", size="Small", spacing="Medium"),
        *_to_settle(view, late),
        _once_back(view, late),
        told(_sends(view), size="Small") if sent else None,
        ActionSet(spacing="Small", actions=actions) if actions else None,
        *sent,
    ]


ASKED = "You were asked to decide here, so you read how it stands."


def _asked_for(view: View) -> list[Promise]:
    """Of what whoever looks was asked to decide, each kind."""
    mine = {c.what for c in view.handoff.commitments if c.who == view.viewer.id}
    return [what for what in (Promise.DECIDE, Promise.JUDGE) if what in mine]


def _let_pass(view: View) -> Commitment | None:
    """What they were asked to decide last, where the meeting, or the time that was proposed, began
    and neither they nor anybody else had, nor whoever owed it; None in any other case.
    """
    promises = {c.n: c for c in view.handoff.commitments}
    asked = [c for c in promises.values() if c.what is Promise.DECIDE and c.who == view.viewer.id]
    late = promises.get(asked[-1].about or 0) if asked else None
    meeting = view.handoff.meeting
    if late is None or late.ending not in (Ending.MISSED, Ending.PASSED_ON):
        return None
    # The time that was proposed has come.
    over = late.what is Promise.SETTLE and late.kind == GONE_BY
    if meeting is None or late.ended_at is None:
        return None
    if late.ended_at < meeting.span.start and not over:
        return None
    of = [c for c in promises.values() if c.what is Promise.DECIDE and c.about == late.n]
    # A talk, or more time, decides nothing of what was still owed when the meeting began.
    ended_it = [c for c in of if c.ended_at == late.ended_at]
    return None if any(c.ending in (Ending.KEPT, Ending.LATE) for c in ended_it) else late


def _whose(view: View) -> str:
    """Whose it is to do or to decide what they were asked about, as the first line says it."""
    asked, given = _still_open(view)
    if asked:
        return f"with {view.name(asked.who)}"
    return f"still with {view.first(given.who)}" if given else "settled"


def _still_open(view: View) -> tuple[Commitment | None, Commitment | None]:
    """Of what they were asked to decide: what another manager decides, and what whoever owed it has
    time for; None where nobody does.
    """
    of = {
        c.about
        for c in view.handoff.commitments
        if c.what is Promise.DECIDE and c.who == view.viewer.id
    }
    given = [c for c in view.handoff.commitments if c.n in of and c.open and c.alarms]
    asked = view.handoff.owed(Promise.DECIDE)
    return asked if asked and asked.about in of else None, given[-1] if given else None


def _waits(view: View) -> str:
    """What is still to come of what they decided, in words that stay true."""
    asked, given = _still_open(view)
    if asked:
        return f"{view.name(asked.who)} decides. Nothing is asked of you."
    if given is None:
        return "Nothing is asked of you."
    first, until = view.first(given.who), view.soon(given.due_at)
    deeds = [one for one in view.handoff.deeds if one.n == given.n]
    last = max(deeds, key=lambda one: one.at, default=None)
    if last is None and (given.said_at or given.due_at <= view.at):
        line = ""
    elif last is None:
        line = f"{first} has until {until}."
    else:
        by = "You" if last.by == view.viewer.id else view.name(last.by)
        line = f"{by} gave {first} until {until}."
    return f"{line} {ahead(view, given)}".strip()
