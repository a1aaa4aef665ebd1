"""What the page shows, as JSON: people, their weeks and post, the world outside, the clock.

Moments are ISO 8601 in UTC. What is laid out by the day is so in the zone of the person whose
week it is, with minutes since midnight.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from markup import visible
from sandbox.company import WEEKDAYS, Person
from sandbox.exchange.model import Attendee, Event, Letter, LetterKind, Response
from sandbox.m365 import Sandbox
from sandbox.zones import UnknownZoneError, zone

Json = dict[str, Any]

MAILS = 30  # at most, the latest
LETTERS = 20  # at most for each reader outside
LONGEST_TEXT = 4000
DAY = timedelta(days=1)
FROM, TO = "\ue000", "\ue001"  # where a link begins and ends: nobody writes these
MARKS = re.compile(f"[{FROM}{TO}]")
ANCHOR = re.compile(r"""<a\b[^<>]*?\bhref\s*=\s*(["'])(?P<to>[^"'<>]*)\1[^<>]*>""", re.IGNORECASE)
ANCHOR_END = re.compile(r"</a\s*>", re.IGNORECASE)

WEEKDAY = (*WEEKDAYS, "saturday", "sunday")

# The group that says best what somebody does, and the word for one of its members.
ROLES = {
    "Qualifiers": "Qualifier",
    "Reps EMEA": "Rep",
    "Reps Americas": "Rep",
    "Reps": "Rep",
    "Sales managers": "Manager",
    "Marketing": "Marketing",
    "Baton admins": "Admin",
}
SWITCHES = {
    "graph-429": ("Outlook is busy", "It asks to be left alone for 20 seconds."),
    "graph-down": ("Outlook is down", "It answers every question with an error."),
    "graph-unreachable": ("Outlook cannot be reached", "Every connection breaks."),
    "graph-slow": ("Outlook is slow", "Each answer takes 5 seconds longer."),
    "graph-answers-lost": ("Outlook's answers get lost", "The work is done, nobody hears of it."),
    "crm-away": ("The CRM cannot be reached", "Every connection breaks."),
    "sign-in-down": ("Sign-in is down", "Nobody gets a new token."),
    "teams-busy": ("Teams is busy", "It asks to be left alone for 20 seconds."),
    "teams-down": ("Teams is down", "No message gets through."),
    "notifications-lost": ("Outlook's notices get lost", "Nobody is told of an answer."),
    "notifications-doubled": ("Outlook's notices come twice", "And in the wrong order."),
    "notifications-forged": ("Notifications are forged", "They carry a wrong secret."),
}
SAYS = {
    Response.ACCEPTED: "accepted",
    Response.TENTATIVE: "tentative",
    Response.DECLINED: "declined",
    Response.ORGANIZER: "organizer",
}
ASKS = (LetterKind.INVITATION, LetterKind.UPDATE)
AWAY = "out of office"
NAMES = frozenset({"localhost", "127.0.0.1", "::1"})  # by which this machine may be called
PRIVATE = ("private", "personal", "confidential")


def everybody(box: Sandbox) -> list[Json]:
    return [
        {**person(box, one), "said": _last_said(box, one)} for one in box.directory if one.enabled
    ]


def person(box: Sandbox, who: Person) -> Json:
    hours = who.hours
    return {
        "id": who.id,
        "key": who.key,
        "name": who.name,
        "given": who.given,
        "title": who.title,
        "city": who.city,
        "zone": zone(who.zone).key,
        "role": _role(box, who),
        "hours": f"{hours.start:%H:%M}–{hours.end:%H:%M}",
    }


def column(box: Sandbox, who: Person, weeks: int) -> Json:
    """All that stands in one person's column; `weeks` from the current one."""
    return {
        **person(box, who),
        "presence": presence(box, who),
        "away": presence(box, who) == AWAY,
        "blocked": bool(box.chats.chat(who).blocked),
        "said": _last_said(box, who),
        "week": week(box, who, weeks),
        "mail": mail(box, who),
    }


def clock(box: Sandbox) -> Json:
    return {"now": _utc(box.clock()), "stands": box.clock.frozen}


def switches(box: Sandbox) -> list[Json]:
    found = []
    for switch in box.faults.switches():
        title, meaning = SWITCHES.get(switch.name, (switch.title, ""))
        found.append({"name": switch.name, "title": title, "meaning": meaning, "on": switch.on})
    return found


# Hours


def presence(box: Sandbox, who: Person) -> str:
    """One of: at work, after hours, day off or out of office."""
    now = box.clock()
    replies = who.replies
    if replies.status == "alwaysEnabled" or (
        replies.status == "scheduled"
        and replies.start
        and replies.end
        and replies.start <= now < replies.end
    ):
        return AWAY
    here = now.astimezone(zone(who.hours.zone))
    if WEEKDAY[here.weekday()] not in who.hours.days:
        return "day off"
    return "at work" if who.hours.start <= here.time() < who.hours.end else "after hours"


def next_morning(box: Sandbox, who: Person) -> datetime:
    """When the person's next working day begins."""
    there = zone(who.hours.zone)
    now = box.clock()
    today = now.astimezone(there).date()
    for days in range(15):
        day = today + days * DAY
        begins = datetime.combine(day, who.hours.start, there)
        if begins > now and WEEKDAY[day.weekday()] in who.hours.days:
            return begins
    raise ValueError(f"{who.name} has no working days.")


def monday_of(box: Sandbox, who: Person, weeks: int = 0) -> date:
    """Of the current week; at the weekend, of the one that begins next."""
    today = box.clock().astimezone(zone(who.zone)).date()
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(weeks=weeks + (today.weekday() > 4))


# A week


def week(box: Sandbox, who: Person, weeks: int) -> Json:
    here = zone(who.zone)
    monday = monday_of(box, who, weeks)
    start = datetime.combine(monday, time(), here)
    end = datetime.combine(monday + 7 * DAY, time(), here)
    # All-day events float: they stand as midnights of UTC, up to half a day away.
    found = box.outlook.calendar(who, start - DAY, end + DAY)
    events = [one for one in found if one.kind != "seriesMaster"]
    days: list[Json] = []
    for number in range(7):
        day = monday + number * DAY
        there = [part for one in events for part in _parts(one, day, here)]
        works = _works(who, day, here)
        if number < 5 or works or there:
            days.append({"date": day.isoformat(), "works": works, "parts": there})
    shown = {part["event"] for day in days for part in day["parts"]}
    return {
        "weeks": weeks,
        "monday": monday.isoformat(),
        "today": box.clock().astimezone(here).date().isoformat(),
        "days": days,
        "events": {one.id: event(box, one) for one in events if one.id in shown},
    }


def event(box: Sandbox, one: Event) -> Json:
    others = [a for a in one.attendees if not a.who.is_for(_mail_of(box, one.owner))]
    return {
        "id": one.id,
        "uid": one.uid,
        "subject": one.subject or "(no subject)",
        "place": one.location,
        "starts": _utc(one.start),
        "ends": _utc(one.end),
        "all_day": one.all_day,
        "state": state(one),
        "shows": one.show_as,
        "private": one.sensitivity in PRIVATE,
        "series": one.master is not None,
        "online": one.join_url is not None,
        "organizer": one.organizer.name or one.organizer.mail,
        "attendees": [_attendee(attendee) for attendee in others],
        "text": plain(one.body.content, one.body.type),
        "joined": _joined(box, one),
        "can": [what for what in actions(one) if what != "join" or not _joined(box, one)],
    }


def state(one: Event) -> str:
    """cancelled, own (nobody else is asked), organizer, accepted, tentative or unanswered."""
    if one.cancelled:
        return "cancelled"
    if one.is_organizer:
        return "organizer" if one.attendees else "own"
    return SAYS.get(one.response, "unanswered")


def actions(one: Event) -> list[str]:
    """What its owner can do to it in Outlook, and in Teams when it is a meeting there."""
    join = ["join"] if one.join_url and not one.cancelled else []
    if one.is_organizer:
        return ["later", "cancel" if one.attendees else "delete", *join]
    if one.cancelled or not one.response_requested:
        return ["delete"]
    return ["accept", "tentative", "decline", "delete", *join]


def _joined(box: Sandbox, one: Event) -> bool:
    """Whether its owner is or will be in the Teams meeting, from the beginning to the end."""
    return box.meetings.has_joined(one, box.directory.find(one.owner).name)


def _attendee(attendee: Attendee) -> Json:
    return {
        "name": attendee.who.name or attendee.who.mail,
        "response": SAYS.get(attendee.response, "unanswered"),
    }


def _parts(one: Event, day: date, here: tzinfo) -> list[Json]:
    """What of the event lies on that day: one part, or none."""
    if one.all_day:
        whole = one.start.date() <= day < max(one.end.date(), one.start.date() + DAY)
        return [{"event": one.id, "all_day": True}] if whole else []
    midnight = datetime.combine(day, time(), here)
    starts, ends = one.start.astimezone(here), one.end.astimezone(here)
    if starts.date() > day or (ends <= midnight and starts.date() != day):
        return []
    from_ = _minutes(starts) if starts.date() == day else 0
    to = _minutes(ends) if ends.date() == day else 24 * 60
    whole = from_ == 0 and to == 24 * 60
    return [{"event": one.id, "all_day": whole, "from": from_, "to": to}]


def _works(who: Person, day: date, here: tzinfo) -> list[int] | None:
    """The working hours of that day, as minutes in the zone of the mailbox."""
    if WEEKDAY[day.weekday()] not in who.hours.days:
        return None
    there = zone(who.hours.zone)
    begins, ends = (
        datetime.combine(day, at, there).astimezone(here) for at in (who.hours.start, who.hours.end)
    )
    return [
        _minutes(begins) if begins.date() == day else 0,
        _minutes(ends) if ends.date() == day else 24 * 60,
    ]


# Post


def mail(box: Sandbox, who: Person) -> list[Json]:
    """Everything that was sent to the person, the latest first."""
    found = [one for address in {who.mail, *who.former} for one in box.post.letters(address)]
    found.sort(key=lambda one: one.sent_at)
    return [letter(box, one) for one in reversed(found[-MAILS:])]


def letter(box: Sandbox, one: Letter, reads_in: str = "") -> Json:
    """In the zone of whoever reads it, *reads_in*, where that is known."""
    sender = box.directory.addressed(one.sender.mail)
    zone_name = _zone_named(reads_in) if reads_in else _zone_of(one)
    at_home = sender is not None and zone(sender.zone).key == zone_name
    return {
        "id": one.id,
        "kind": one.kind.value,
        "from": one.sender.name or one.sender.mail,
        "subject": one.subject or "(no subject)",
        "sent": _utc(one.sent_at),
        "text": linked(one.body.content, one.body.type),
        "place": one.location,
        "starts": _utc(one.start) if one.start else None,
        "ends": _utc(one.end) if one.end else None,
        "zone": zone_name,
        "city": sender.city if sender and at_home else "",  # of that zone, as the sender knows it
        "attendees": [a.name or a.mail for a in one.attendees if not a.is_for(one.to)],
    }


def _zone_of(one: Letter) -> str:
    return _zone_named(one.zone or "UTC")


def _zone_named(name: str) -> str:
    try:
        return zone(name).key
    except UnknownZoneError:  # a stranger's calendar may name any
        return "UTC"


def strangers(box: Sandbox) -> list[str]:
    """The addresses outside the company to which anything was sent."""
    return list(_post_outside(box))


def _post_outside(box: Sandbox) -> dict[str, list[Letter]]:
    readers: dict[str, list[Letter]] = {}
    for one in box.post.letters():
        if box.directory.addressed(one.to) is None:
            readers.setdefault(one.to, []).append(one)
    return readers


def outside(box: Sandbox, zones: Mapping[str, str]) -> list[Json]:
    """Everybody outside the company who was written to, whoever was written to last first; in the
    zone of each that is known.
    """
    readers = _post_outside(box)
    latest = sorted(readers, key=lambda reader: readers[reader][-1].sent_at, reverse=True)
    return [_reader(box, one, readers[one], zones.get(one, "")) for one in latest]


def _reader(box: Sandbox, address: str, letters: list[Letter], reads_in: str) -> Json:
    names = [a.name for one in letters for a in one.attendees if a.is_for(address) and a.name]
    last = {one.uid: one.id for one in letters}
    found = []
    for one in reversed(letters[-LETTERS:]):
        asks = one.kind in ASKS and last[one.uid] == one.id
        answer = _answer_of(box, one.uid or "", address) if asks else None
        there = asks and _guest_joined(box, one, address)
        found.append(
            {**letter(box, one, reads_in), "asks": asks, "answer": answer, "joined": there}
        )
    name = names[-1] if names else address
    return {"address": address, "name": name, "zone": reads_in, "letters": found}


def _guest_joined(box: Sandbox, one: Letter, address: str) -> bool:
    name = next((a.name for a in one.attendees if a.is_for(address)), address)
    copies = box.mailboxes.copies(one.uid or "")
    return any(box.meetings.has_joined(copy, name) for copy in copies if copy.is_organizer)


def _answer_of(box: Sandbox, uid: str, address: str) -> str:
    for copy in box.mailboxes.copies(uid):
        for attendee in copy.attendees if copy.is_organizer else ():
            if attendee.who.is_for(address):
                return SAYS.get(attendee.response, "unanswered")
    return "unanswered"


# Words


def plain(content: str, kind: str) -> str:
    """The words of a body, without any markup."""
    if kind == "html":
        content = visible(content)
    lines = [line.strip() for line in content.strip().splitlines()]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    text = re.sub(r"([_=*-])\1{24,}", lambda rule: rule[1] * 24, text)  # it would not fit
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + " …"


def linked(content: str, kind: str) -> list[Json]:
    """The words of a body in stretches, each with the address that it leads to, if to any."""
    content = MARKS.sub("", content)
    leads_to: list[str] = []

    def mark(found: re.Match[str]) -> str:
        leads_to.append(unescape(found["to"]))
        return f"{found[0]}{FROM}"

    if kind == "html":
        content = ANCHOR_END.sub(lambda found: f"{TO}{found[0]}", ANCHOR.sub(mark, content))
    first, *others = plain(content, kind).split(FROM)
    found = [{"words": MARKS.sub("", first), "to": ""}]
    for to, one in zip(leads_to, others, strict=False):
        inside, _, after = one.partition(TO)
        leads = to if _on_this_machine(to) else ""
        found += [{"words": inside, "to": leads}, {"words": MARKS.sub("", after), "to": ""}]
    return [one for one in found if one["words"]]


def _on_this_machine(address: str) -> bool:
    """Nothing at the desk leads out of it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in NAMES


def _last_said(box: Sandbox, who: Person) -> str | None:
    """The id of the bot's latest message: the page counts what has not been looked at."""
    said = [message.id for message in box.chats.messages(who) if message.from_bot]
    return said[-1] if said else None


def _role(box: Sandbox, who: Person) -> str:
    groups = {group.name for group in box.directory.groups if who.id in group.members}
    return next((word for name, word in ROLES.items() if name in groups), "")


def _mail_of(box: Sandbox, owner: str) -> str:
    return box.directory.find(owner).mail


def _minutes(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"
