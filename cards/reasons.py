"""What stands in the way of a time, and what looks like a phantom, in plain words."""

from collections.abc import Sequence
from datetime import datetime

from microsoft_teams.cards import CardElement

from cards import words
from cards.elements import plain, told, unfolds
from cards.view import View
from handoff.calendar import Conflict, Finding, Obstacle, Phantom
from handoff.hours import Span
from handoff.model import Refusal

NAMES = {
    Conflict.BUSY: "busy",
    Conflict.AWAY: "out of office",
    Conflict.TENTATIVE: "tentative",
    Conflict.PRIVATE: "a private appointment",
    Conflict.ALL_DAY: "busy all day",
    Conflict.PREP: "preparing a meeting",
    Conflict.BUFFER: "too close to another meeting",
    Conflict.RESERVED: "held for another lead",
    Conflict.PHANTOM: "looks like a phantom",
    Conflict.OUTSIDE_HOURS: "outside working hours",
    Conflict.HOLIDAY: "a public holiday",
    Conflict.ELSEWHERE: "working elsewhere",
    Conflict.THIS_MEETING: "this very meeting",
}
WITHOUT_TIME = frozenset({Conflict.OUTSIDE_HOURS, Conflict.HOLIDAY, Conflict.RESERVED})


def obstacle(of: Obstacle, zone: str, at: datetime) -> str:
    """What stands in the way of its owner, with the evidence: its subject if it is not private."""
    name = NAMES[of.why]
    when = "" if of.why in WITHOUT_TIME else f", {hours(of.span, zone)}"
    subject = f"“{plain(of.subject)}”" if of.subject.strip() else ""
    if of.finding:
        shown = subject or "an event without a subject"
        return f"{shown}{when}, {evidence(of.finding, at)}, {name}"
    if of.why is Conflict.TENTATIVE and of.since:
        name = f"tentative, {ago(of.since, at)} without an answer"
    return f"{subject}{when} ({name})" if subject else f"{name}{when}"


def hours(span: Span, zone: str) -> str:
    """10:00 to 10:30; with its days when it is longer than one."""
    if words.day(span.start, zone) == words.day(span.end, zone):
        return f"{words.clock(span.start, zone)} to {words.clock(span.end, zone)}"
    return f"{words.when(span.start, zone)} to {words.when(span.end, zone)}"


def ago(since: datetime, at: datetime) -> str:
    """74 days; 5 hours on the first day"""
    passed = at - since
    if passed.days >= 1:
        return f"{passed.days} day{'s' * (passed.days != 1)}"
    count = max(1, int(passed.total_seconds() // 3600))
    return f"{count} hour{'s' * (count != 1)}"


def evidence(finding: Finding, at: datetime, *, yours: bool = True) -> str:
    """What speaks against the event, as facts: yours alone, created 74 days ago. Of somebody
    else's calendar it is theirs.
    """
    you = "you" if yours else "they"
    facts = finding.facts
    who = plain(facts.get("who", ""))
    count = facts.get("count", "")
    created = facts.get("created")
    age = f"created {ago(datetime.fromisoformat(created), at)} ago" if created else ""
    said = {
        Phantom.ORGANIZER_GONE: f"organised by {who}, who is no longer in the company",
        Phantom.ORGANIZER_DISABLED: f"organised by {who}, whose account is blocked",
        Phantom.CANCELLED: "cancelled by its organizer and still here",
        Phantom.REMOVED: f"no longer in the calendar of {who}, who organised it",
        Phantom.ALL_DECLINED: "everyone else has declined",
        Phantom.GUESTS_GONE: "everyone else has left the company",
        Phantom.HOLD: f"{'yours' if yours else 'theirs'} alone, {age}",
        Phantom.SERIES_UNANSWERED: f"a series that {you} never answered, {age}",
        Phantom.TWICE: "the same subject at the same time is here twice",
        Phantom.SAME_MEETING: "the same meeting is here twice",
        Phantom.LINK_GONE: "whoever made its Teams link has left the company",
        Phantom.REMINDER: "a reminder that takes the whole day",
        Phantom.TENTATIVE: f"tentative, {age}",
        Phantom.NEVER_KEPT: f"moved or booked over {count} times of {count} in the last weeks",
    }
    return said[finding.kind]


def why_not_other_times(view: View, refused: Sequence[Refusal]) -> list[CardElement]:
    """Opens in place: which other times were looked at, and what is in whose way."""
    if not refused:
        return []
    lines = [told(_refusal(view, one), size="Small", spacing="Small") for one in refused]
    return unfolds("Why not other times?", lines)


def _refusal(view: View, refusal: Refusal) -> str:
    """**Not Tue 14:00 to 15:00.** You: “Hold - QBR”, yours alone, created 74 days ago, …"""
    when = f"{view.soon(refusal.span.start)} to {words.clock(refusal.span.end, view.zone)}"
    reasons = []
    for person, found in refusal.reasons:
        mine = person == view.viewer.id
        what = obstacle(found, view.zone, view.at) if mine else _theirs(found, view)
        reasons.append(f"{view.first(person)}: {what}")
    text = "; ".join(reasons)
    return f"**Not {when}.** {text[:1].upper()}{text[1:]}."


def _theirs(found: Obstacle, view: View) -> str:
    """Of somebody else's calendar: what is in the way, not what it is."""
    if found.finding:
        return f"{NAMES[found.why]}, {evidence(found.finding, view.at, yours=False)}"
    return NAMES[found.why]
