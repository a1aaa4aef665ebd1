"""The week's calendar check, and what a manager sees of it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from microsoft_teams.cards import ActionSet, CardElement, Container, ExecuteAction

from cards import words
from cards.elements import Card, banner, do, finished, head, plain, said, told, why
from cards.pledges import aloud
from cards.reasons import ago, evidence, hours
from cards.verbs import Verb
from handoff.model import Person
from handoff.policy import CalendarRules
from handoff.week import Day, Line, Standing, Week

MOST = 8  # lines of one card
STANDINGS = {
    Standing.FREEING: "Being freed in Outlook…",
    Standing.RESTORING: "Being put back in Outlook…",
    Standing.RESTORED: "Back as it was.",
    Standing.REAL: "Real. Not asked about again.",
    Standing.CHANGED: "It has changed since this was drawn, so nothing was done. "
    "Say *calendar* to look again.",
    Standing.GONE: "No longer in your calendar.",
    Standing.ACCEPTING: "You said yes. Outlook is being told…",
    Standing.ACCEPTED: "Accepted.",
    Standing.DECLINING: "You said no. Outlook is being told…",
    Standing.DECLINED: "Declined. It has left your calendar.",
}


def week_card(
    week: Week,
    person: Person,
    *,
    managers: Mapping[str, Person],
    rules: CalendarRules,
    at: datetime,
    problem: str = "",
    promised: Sequence[CardElement] = (),
) -> Card:
    """What takes time in that week, what looks like a phantom, what waits for an answer."""
    zone = person.zone
    asked = week.sent_at is not None and week.confirmed_at is None
    doubtful = [line for line in week.lines if line.finding]
    waiting = [line for line in week.lines if not line.finding]
    begun = at.astimezone(ZoneInfo(zone)).date() >= week.monday
    which = "this week's" if begun else "next week's"
    title = f"Is {which} calendar true?" if asked else "Your calendar"
    if week.confirmed_at:
        title = "You said that it is true"
    shown = [*doubtful, *waiting][:MOST]
    more = len(week.lines) - len(shown)
    return finished(
        [
            head("YOUR CALENDAR", title, below=f"week of {_day(week.monday)}"),
            banner(problem),
            told(_taken(week), spacing="Small"),
            _heading("Looks like a phantom") if doubtful else None,
            *(_line(week, line, zone, at) for line in shown if line.finding),
            _heading("Waits for your answer") if waiting else None,
            *(_line(week, line, zone, at) for line in shown if not line.finding),
            told("Nothing in it looks like a phantom.", spacing="Small") if not doubtful else None,
            told(f"And {more} more. Say *calendar* once these are done.", size="Small")
            if more > 0
            else None,
            *(promised if asked else ()),
            *why(_why(week, person, managers, rules)),
        ],
        [do("All true", "all_true", first=True, monday=str(week.monday))] if asked else [],
        says=f"Week of {_day(week.monday)}: {title} {aloud(promised) if asked else ''}",
    )


def _line(week: Week, line: Line, zone: str, at: datetime) -> CardElement:
    """One event, what speaks against it, and one click."""
    subject = line.subject.strip() or "No subject"
    when = f"{words.day(line.span.start, zone)}, {hours(line.span, zone)}"
    if line.all_day:
        when = f"{words.day(line.span.start, zone)}, all day"
    if line.series:
        when += f" and {line.more} more, the whole series" if line.more else ", the whole series"
    facts = []
    if line.finding:
        facts.append(evidence(line.finding, at))
    elif line.waits_since:
        facts.append(f"unanswered for {ago(line.waits_since, at)}")
    if line.outside:
        facts.append("with someone outside the company")
    items: list[CardElement] = [
        said(subject, bold=True),
        told(f"{when} · {', '.join(facts)}", size="Small", subtle=True, spacing="None"),
    ]
    stands = _standing(line, zone)
    if stands:
        items.append(told(stands, size="Small", spacing="None"))
    buttons = _buttons(week, line, at)
    if buttons:
        items.append(ActionSet(spacing="Small", actions=list(buttons)))
    return Container(spacing="Medium", separator=True, items=items)


def _standing(line: Line, zone: str) -> str:
    until = line.undo_until()
    if line.standing is Standing.FREED and until:
        return f"Shown as free. It can be put back until {words.day(until, zone)}."
    return STANDINGS.get(line.standing, "")


def _buttons(week: Week, line: Line, at: datetime) -> list[ExecuteAction]:

    def click(title: str, verb: Verb) -> ExecuteAction:
        return do(title, verb, monday=str(week.monday), event=line.event)

    if line.finding and line.standing in (Standing.OPEN, Standing.RESTORED):
        return [click("Free it", "free_event"), click("It's real", "is_real")]
    if line.waits_since and line.standing is Standing.OPEN:
        return [click("Accept", "accept_invitation"), click("Decline", "decline_invitation")]
    until = line.undo_until()
    if line.standing is Standing.FREED and until and at <= until:
        return [click("Put it back", "undo_free")]
    return []


def _taken(week: Week) -> str:
    """Mon 5.5 of 8 hours, Tue all of 8, Wed free: what blocks booking."""
    return "Taken: " + (", ".join(_share(day) for day in week.days) or "no working day") + "."


def _share(day: Day) -> str:
    name = words.DAYS[day.day.weekday()]
    if not day.taken:
        return f"{name} nothing"
    if day.taken >= day.works:
        return f"{name} all"
    taken, works = (f"{part.total_seconds() / 3600:.2g}" for part in (day.taken, day.works))
    return f"{name} {taken} of {works} h"


def _why(
    week: Week, person: Person, managers: Mapping[str, Person], rules: CalendarRules
) -> list[str]:
    zone = person.zone
    seen = f"Read in Outlook on {words.when(week.checked_at, zone)}."
    asked = (
        f"On the last working day before a week, at {rules.check_at:%H:%M} your time, everyone who "
        "takes leads is asked whether their calendar of that week is true: what stands there by "
        "mistake costs you meetings."
    )
    names = words.names([plain(manager.name) for manager in managers.values()])
    told_ = (
        f"{names} sees on Monday who has confirmed, and no more of it, and settles the rest."
        if names
        else ""
    )
    freeing = (
        "“Free it” shows the event as free and deletes nothing; others in it hear nothing of it. "
        "For seven days one click puts it back. “It's real”: you are not asked about it again. "
        "Private events are left alone."
    )
    counts = (
        f"A hold counts after {rules.hold.days} untouched days, a tentative event after "
        f"{rules.tentative.days}, an unanswered series after {rules.series.days}."
    )
    lines = [seen, asked if week.sent_at else "You asked for it.", freeing, counts]
    return [*lines, told_] if week.sent_at and told_ else lines


def roll_call_card(
    team: Mapping[str, Person],
    weeks: Mapping[str, Week],
    monday: date,
    *,
    of: str = "",
    promised: Sequence[CardElement] = (),
) -> Card:
    """Who has said that this week's calendar is true. Nothing of what stands in it.

    *promised* is said where the rest is to be settled: of the team of the manager *of*.
    """
    there = sorted(team.values(), key=lambda rep: rep.name)
    asked = [rep for rep in there if rep.id in weeks and not weeks[rep.id].empty]
    yes = [rep for rep in asked if weeks[rep.id].confirmed_at]
    open_ = [rep for rep in asked if not weeks[rep.id].confirmed_at]
    dark = [rep for rep in there if rep.dark]
    out = [rep for rep in open_ if rep.unreachable]
    rows = [
        ("Confirmed", [rep for rep in yes if rep not in dark]),
        ("Not yet", [rep for rep in open_ if rep not in out and rep not in dark]),
        ("Not reached in Teams", [rep for rep in out if rep not in dark]),
        ("Calendar cannot be read", dark),
    ]
    return finished(
        [
            head(
                "CALENDARS THIS WEEK",
                f"{len(yes)} of {len(asked)} confirmed",
                below=f"week of {_day(monday)}",
            ),
            *(
                told(
                    f"**{label}**: {words.names([plain(rep.name) for rep in people])}",
                    spacing="Small",
                )
                for label, people in rows
                if people
            ),
            *promised,
            *why(
                [
                    (
                        "On the last working day before a week everyone who takes leads is asked "
                        "whether their calendar of that week is true. Whoever manages them sees "
                        "who has confirmed, and settles the rest: each rep confirms, or you say "
                        "that it is settled. Who had not confirmed by then has missed it."
                    ),
                    "What stands in a calendar is shown to its owner alone.",
                ]
            ),
        ],
        [
            do("It is settled", "settle_weeks", first=True, monday=str(monday), of=of)
            if promised
            else None,
            do("Help", "help"),
        ],
        says=f"Week of {_day(monday)}: {len(yes)} of {len(asked)} calendars confirmed. "
        f"{aloud(promised)}",
    )


def _heading(text: str) -> CardElement:
    return told(text, bold=True, spacing="Medium")


def _day(day: date) -> str:
    noon = datetime.combine(day, time(12), ZoneInfo("UTC"))
    return words.day(noon, "UTC")
