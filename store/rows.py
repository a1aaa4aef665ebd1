"""How values of `handoff` stand in rows, and back. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from handoff.calendar import Conflict, Finding, Obstacle, Phantom
from handoff.hours import Span, WorkingTime
from handoff.model import (
    Activity,
    Alarm,
    Attendance,
    Choice,
    Commitment,
    Contacted,
    Contest,
    Contested,
    Correction,
    Deal,
    DealState,
    Deed,
    Did,
    Ending,
    Entry,
    Giving,
    Handoff,
    Lead,
    Letter,
    Mailing,
    Meeting,
    MeetingOutcome,
    Outcome,
    Person,
    Place,
    Proposed,
    Refusal,
    Role,
    Search,
    State,
    Step,
    Touched,
    Undoing,
    Undone,
)
from handoff.money import Money
from handoff.policy import Promise
from handoff.timeline import Rule, Word

Row = Mapping[str, Any]

LEAD = tuple(n for n in Lead.__dataclass_fields__ if n not in ("value", "unclear_value"))
COMMITMENT = (
    *("n", "what", "who", "made_at", "due_at", "first_due_at", "counted_from"),
    *(
        "hours",
        "brought_forward",
        "alarms",
        "rings_at",
        "reached",
        "about",
        "said_at",
        "kind",
        "not_before",
        "minutes",
        "span",
        "event",
    ),
    *("undelivered", "undelivered_at", "untold_since", "mailed_at", "excused_at", "missed_at"),
    *("ended_at", "ending"),
)
HANDOFF = tuple(
    name
    for name in Handoff.__dataclass_fields__
    if name not in ("id", "number", "lead", "commitments")  # these have places of their own
)
_COLUMNS = {"meeting_outcome": "held"}  # fields whose column bears another name
PERSON = (
    *("id", "name", "mail", "zone", "days", "day_start", "day_end", "holidays", "away"),
    *("shown_in", "former", "aliases"),
    *("managers", "roles", "pools", "unreachable", "dark", "present"),
)


def to_range(span: Span) -> TimestamptzRange:
    return TimestamptzRange(span.start, span.end, "[)")


def to_span(found: TimestamptzRange | None) -> Span | None:
    if found is None:
        return None
    assert found.lower is not None
    assert found.upper is not None
    return Span(found.lower, found.upper)


def of_lead(lead: Lead) -> dict[str, Any]:
    """The columns of a lead. What it is worth stands as text too, for versions that read that."""
    worth = lead.value
    return {name: getattr(lead, name) for name in LEAD} | {
        "value": worth.plain() if worth else lead.unclear_value,
        "worth": worth.minor if worth else None,
        "worth_currency": worth.currency if worth else None,
        "worth_unclear": bool(lead.unclear_value),
    }


def _to_lead(row: Row) -> Lead:
    known = row["worth"] is not None
    return Lead(
        **{name: row[name] for name in LEAD},
        value=Money(row["worth"], row["worth_currency"]) if known else None,
        unclear_value="" if known else row["value"],
    )


def of_handoff(handoff: Handoff) -> dict[str, Any]:
    """The columns of a handoff's fields HANDOFF."""
    return {
        column: value
        for name in HANDOFF
        for column, value in _columns(name, getattr(handoff, name)).items()
    }


def changed(before: Handoff, after: Handoff) -> dict[str, Any]:
    """The columns of the fields HANDOFF that are another value in *after* than in *before*."""
    return {
        column: value
        for name in HANDOFF
        if getattr(after, name) is not getattr(before, name)
        for column, value in _columns(name, getattr(after, name)).items()
    }


def _columns(name: str, value: Any) -> dict[str, Any]:  # whatever a handoff holds
    if name == "meeting":
        return _of_meeting(value)
    written = _WRITTEN.get(name)
    column = _COLUMNS.get(name, name)
    return {column: written(value) if written and value is not None else value}


def _of_meeting(meeting: Meeting | None) -> dict[str, Any]:
    return {
        "meeting": to_range(meeting.span) if meeting else None,
        "organizer_event": meeting.organizer_event if meeting else None,
        "organizer": meeting.organizer if meeting else None,
        "rep_event": meeting.rep_event if meeting else None,
        "uid": meeting.uid if meeting else None,
        "join_url": meeting.join_url if meeting else None,
        "obstacles": _obstacles_to_json(meeting.obstacles) if meeting else None,
        "invited_at": meeting.invited_at if meeting else None,
        "moving": meeting.moving if meeting else False,
        "meeting_was": to_range(meeting.was) if meeting and meeting.was else None,
        "response": meeting.response if meeting else None,
        "response_at": meeting.response_at if meeting else None,
        "prospect": meeting.prospect if meeting else None,
        "prospect_at": meeting.prospect_at if meeting else None,
        "prospect_other": meeting.prospect_other if meeting else None,
        "named": meeting.named if meeting else None,
    }


def to_handoff(row: Row, commitments: tuple[Commitment, ...]) -> Handoff:
    """A row of handoff joined with its lead."""
    span = to_span(row["meeting"])
    meeting = (
        None
        if span is None
        else Meeting(
            span=span,
            organizer_event=row["organizer_event"],
            organizer=row["organizer"],
            rep_event=row["rep_event"],
            uid=row["uid"],
            join_url=row["join_url"],
            obstacles=_json_to_obstacles(row["obstacles"]),
            invited_at=row["invited_at"],
            moving=row["moving"],
            was=to_span(row["meeting_was"]),
            response=row["response"],
            response_at=row["response_at"],
            prospect=row["prospect"],
            prospect_at=row["prospect_at"],
            prospect_other=row["prospect_other"],
            named=row["named"],
        )
    )
    return Handoff(
        id=row["id"],
        number=row["number"],
        lead=_to_lead(row),
        qualifier=row["qualifier"],
        owner=row["owner"],
        policy=row["policy"],
        state=State(row["state"]),
        rep=row["rep"],
        search=_json_to_search(row["search"]) if row["search"] else None,
        meeting=meeting,
        proposal=to_span(row["proposal"]),
        others=tuple(row["others"]) if row["others"] is not None else None,
        others_for=tuple((row["others_for"] or "").split()),
        others_with=row["others_with"],
        others_refused=tuple(_json_to_refusal(r) for r in row["others_refused"]),
        stand_ins=tuple(row["stand_ins"]) if row["stand_ins"] is not None else None,
        reason=row["reason"],
        note=row["note"],
        trouble=row["trouble"],
        words=row["words"],
        letters=tuple(_json_to_letter(one) for one in row["letters"]),
        attendance=_json_to_attendance(row["attendance"]) if row["attendance"] else None,
        meeting_outcome=MeetingOutcome(row["held"]) if row["held"] else None,
        giving=Giving(**row["giving"]) if row["giving"] else None,
        leave=to_span(row["leave"]),
        leave_asked_at=row["leave_asked_at"],
        leave_kept=row["leave_kept"],
        kept=to_span(row["kept"]),
        kept_over=to_span(row["kept_over"]),
        met=row["met"],
        no_shows=row["no_shows"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        ended_for=row["ended_for"],
        ended_by=row["ended_by"],
        changed_by=row["changed_by"],
        ended_at=row["ended_at"],
        contests=tuple(_json_to_contest(one) for one in row["contests"]),
        deeds=tuple(_json_to_deed(one) for one in row["deeds"]),
        undone=tuple(_json_to_undone(one) for one in row["undone"]),
        leader=row["leader"],
        deals=tuple(_json_to_deal(one) for one in row["deals"]),
        deal_id=row["deal_id"],
        proposed=tuple(_json_to_proposed(one) for one in row["proposed"]),
        touched=Touched(**row["touched"]) if row["touched"] else None,
        activity=_json_to_activity(row["activity"]) if row["activity"] else None,
        idle_told=row["idle_told"],
        place=_json_to_place(row["place"]) if row["place"] else None,
        commitments=commitments,
    )


def of_commitment(promise: Commitment) -> dict[str, Any]:
    """The columns COMMITMENT of a commitment."""
    return {
        "n": promise.n,
        "what": promise.what,
        "who": promise.who,
        "made_at": promise.made_at,
        "due_at": promise.due_at,
        "first_due_at": promise.first_due_at,
        "counted_from": promise.counted_from,
        "hours": promise.hours,
        "brought_forward": promise.brought_forward,
        "alarms": Jsonb([[a.at.isoformat(), a.step] for a in promise.alarms]),
        "rings_at": promise.rings_at,
        "reached": promise.reached,
        "about": promise.about,
        "said_at": promise.said_at,
        "kind": promise.kind,
        "not_before": promise.not_before,
        "minutes": promise.minutes,
        "span": to_range(promise.span) if promise.span else None,
        "event": promise.event,
        "undelivered": promise.undelivered,
        "undelivered_at": promise.undelivered_at,
        "untold_since": promise.untold_since,
        "mailed_at": promise.mailed_at,
        "excused_at": promise.excused_at,
        "missed_at": promise.missed_at,
        "ended_at": promise.ended_at,
        "ending": promise.ending,
    }


def changed_promise(before: Commitment, after: Commitment) -> dict[str, Any]:
    """The columns COMMITMENT that are another value in *after* than in *before*."""
    if all(getattr(after, name) == getattr(before, name) for name in COMMITMENT):
        return {}
    return {
        name: value
        for name, value in of_commitment(after).items()
        # Rows from long ago have no first_due_at, which then is the due_at that is about to change.
        if name == "first_due_at" or getattr(after, name) != getattr(before, name)
    }


def to_commitment(row: Row) -> Commitment:
    return Commitment(
        n=row["n"],
        what=Promise(row["what"]),
        who=row["who"],
        made_at=row["made_at"],
        due_at=row["due_at"],
        first_due_at=row["first_due_at"] or row["due_at"],
        counted_from=row["counted_from"],
        hours=row["hours"],
        brought_forward=row["brought_forward"],
        alarms=tuple(Alarm(datetime.fromisoformat(at), Step(step)) for at, step in row["alarms"]),
        reached=Step(row["reached"]) if row["reached"] else None,
        about=row["about"],
        said_at=row["said_at"],
        kind=row["kind"],
        not_before=row["not_before"],
        minutes=row["minutes"],
        span=to_span(row["span"]),
        event=row["event"],
        undelivered=row["undelivered"],
        undelivered_at=row["undelivered_at"],
        untold_since=row["untold_since"],
        mailed_at=row["mailed_at"],
        excused_at=row["excused_at"],
        missed_at=row["missed_at"],
        ended_at=row["ended_at"],
        ending=Ending(row["ending"]) if row["ending"] else None,
        corrected=_correction(row) if row["correction_at"] else None,
    )


def _correction(row: Row) -> Correction:
    return Correction(
        at=row["correction_at"],
        by=row["correction_by"],
        ending=Ending(row["correction_ending"]),
        why=row["correction_why"],
    )


def of_correction(promise: Commitment) -> dict[str, Any]:
    """The columns of the newest correction of a commitment."""
    found = promise.corrected
    assert found
    return {
        "n": promise.n,
        "at": found.at,
        "by": found.by,
        "ending": found.ending,
        "why": found.why,
    }


def to_entry(row: Row) -> Entry:
    """As it was written, also by a newer release with words of its own."""
    what, rule = cast(Word, row["what"]), cast(Rule, row["rule"])
    return Entry(
        at=row["at"],
        by=row["by"],
        what=what,
        rule=rule,
        detail=row["detail"],
        open_for=row["open_for"],
    )


def of_person(person: Person) -> dict[str, Any]:
    hours = person.hours
    return {
        "id": person.id,
        "name": person.name,
        "mail": person.mail,
        "aliases": list(person.aliases),
        "zone": hours.zone,
        "shown_in": person.shown_in,
        "days": sorted(hours.days),
        "day_start": hours.start,
        "day_end": hours.end,
        "holidays": sorted(hours.holidays),
        "managers": list(person.managers),
        "roles": sorted(role.value for role in person.roles),
        "pools": list(person.pools),
        "dark": person.dark,
    }


def to_person(row: Row) -> Person:
    """The columns PERSON of a person. Who is no longer here is nothing any more: what they were
    stays in the row alone.
    """
    return Person(
        id=row["id"],
        name=row["name"],
        mail=row["mail"],
        hours=WorkingTime(
            zone=row["zone"],
            days=frozenset(row["days"]),
            start=row["day_start"],
            end=row["day_end"],
            holidays=frozenset(row["holidays"]),
            away=tuple(span for r in row["away"] if (span := to_span(r))),
        ),
        shown_in=row["shown_in"],
        former=tuple(row["former"]),
        aliases=tuple(row["aliases"]),
        managers=tuple(row["managers"]),
        roles=frozenset(Role(one) for one in row["roles"] if row["present"]),
        pools=tuple(row["pools"]),
        unreachable=row["unreachable"],
        dark=row["dark"],
        present=row["present"],
    )


def _place_to_json(place: Place) -> dict[str, Any]:
    found = {name: getattr(place, name) for name in Place.__dataclass_fields__}
    found["begun"] = place.begun.isoformat()
    found["reached"] = {step: at.isoformat() for step, at in place.reached.items()}
    for name in ("went", "sent_back"):
        said = found[name].items()
        found[name] = {str(n): (what, at.isoformat(), who) for n, (what, at, who) in said}
    return {name: value for name, value in found.items() if value}


def _json_to_place(json: dict[str, Any]) -> Place:
    said = {
        name: {
            int(n): (what, datetime.fromisoformat(at), who)
            for n, (what, at, who) in json.get(name, {}).items()
        }
        for name in ("went", "sent_back")
    }
    reached = {step: datetime.fromisoformat(at) for step, at in json.get("reached", {}).items()}
    begun = datetime.fromisoformat(json["begun"])
    return Place(**{**json, **said, "begun": begun, "reached": reached})


def _giving_to_json(giving: Giving) -> dict[str, Any]:
    return {"by": giving.by, "how": giving.how, "rep": giving.rep, "why": giving.why}


def _search_to_json(search: Search) -> dict[str, Any]:
    found = search.found
    return {
        "pool": search.pool,
        "rep": search.rep,
        "type": search.type,
        "minutes": search.minutes,
        "wanted": search.wanted.isoformat(),
        "found": None
        if found is None
        else [[c.start.isoformat(), c.rep, c.cramped] for c in found],
        "refused": [_refusal_to_json(r) for r in search.refused],
        "nobody": list(search.nobody),
        "next": list(search.next),
        "rule": search.rule,
        "instead": search.instead,
        "why": search.why,
        "until": search.until.isoformat() if search.until else None,
        "again": search.again,
        "since": search.since.isoformat() if search.since else None,
        "moves": search.moves,
    }


def _json_to_search(json: dict[str, Any]) -> Search:
    found = json["found"]
    return Search(
        pool=json["pool"],
        rep=json["rep"],
        # Until there were types, a meeting was known by its length.
        type=json.get("type", str(json["minutes"])),
        minutes=json["minutes"],
        wanted=date.fromisoformat(json["wanted"]),
        found=None
        if found is None
        else tuple(
            Choice(datetime.fromisoformat(start), rep, cramped=any(cramped))
            for start, rep, *cramped in found
        ),
        refused=tuple(_json_to_refusal(r) for r in json.get("refused", ())),
        nobody=tuple(json["nobody"]),
        next=tuple(json.get("next", ())),  # searches kept before there was a router have none
        rule=json.get("rule", ""),
        instead=json.get("instead", ""),
        why=json.get("why", ""),
        until=datetime.fromisoformat(json["until"]) if json.get("until") else None,
        again=json.get("again", False),
        since=datetime.fromisoformat(json["since"]) if json.get("since") else None,
        moves=json.get("moves", False),
    )


def finding_to_json(finding: Finding | None) -> list[Any] | None:
    return [finding.kind, finding.confidence, dict(finding.facts)] if finding else None


MOMENTS = ("start", "asked_at", "tried_at", "sent_at", "answered_at")  # of a letter


def _letter_to_json(letter: Letter) -> dict[str, Any]:
    found = {name: getattr(letter, name) for name in Letter.__dataclass_fields__}
    return {
        name: value.isoformat() if name in MOMENTS else value
        for name, value in found.items()
        if value is not None
    }


def _json_to_letter(json: dict[str, Any]) -> Letter:
    moments = {name: datetime.fromisoformat(json[name]) for name in MOMENTS if name in json}
    return Letter(**{**json, **moments, "what": Mailing(json["what"])})


def _undone_to_json(undone: Undone) -> dict[str, Any]:
    begins = {"begins": undone.begins.isoformat()} if undone.begins else {}
    return {"what": undone.what, "whose": undone.whose} | begins


def _json_to_undone(json: dict[str, Any]) -> Undone:
    begins = datetime.fromisoformat(json["begins"]) if "begins" in json else None
    return Undone(Undoing(json["what"]), json["whose"], begins)


def _deed_to_json(deed: Deed) -> dict[str, Any]:
    found = {name: getattr(deed, name) for name in Deed.__dataclass_fields__}
    return {name: value for name, value in found.items() if value} | {"at": deed.at.isoformat()}


def _json_to_deed(json: dict[str, Any]) -> Deed:
    at = datetime.fromisoformat(json["at"])
    return Deed(**{**json, "at": at, "what": Did(json["what"])})


def _deal_to_json(deal: Deal) -> dict[str, Any]:
    found = {name: getattr(deal, name) for name in Deal.__dataclass_fields__}
    found["made_at"] = deal.made_at.isoformat()
    found["amount"] = deal.amount and [deal.amount.minor, deal.amount.currency]
    return {name: value for name, value in found.items() if value}


def _json_to_deal(json: dict[str, Any]) -> Deal:
    said = {"stage": "", "stage_name": "", **json}
    amount = json.get("amount")
    made_at = datetime.fromisoformat(json["made_at"])
    return Deal(
        **{
            **said,
            "made_at": made_at,
            "state": DealState(json["state"]),
            "amount": Money(*amount) if amount else None,
        }
    )


def _json_to_proposed(json: list[str]) -> Proposed:
    name, said, currency, by = json
    return Proposed(name=name, said=said, currency=currency, by=by)


def _json_to_activity(json: list[str]) -> Activity:
    how, at = json
    return Activity(how=Contacted(how), at=datetime.fromisoformat(at))


def _contest_to_json(contest: Contest) -> dict[str, Any]:
    found = {name: getattr(contest, name) for name in Contest.__dataclass_fields__}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in found.items()
        if value is not None
    }


def _json_to_contest(json: dict[str, Any]) -> Contest:
    judged_at = json.get("judged_at")
    moments = {
        "at": datetime.fromisoformat(json["at"]),
        "judged_at": datetime.fromisoformat(judged_at) if judged_at else None,
    }
    return Contest(**{**json, **moments, "what": Contested(json["what"])})


def _attendance_to_json(found: Attendance) -> dict[str, Any]:
    return {
        "rep": found.rep.total_seconds(),
        "guests": found.guests.total_seconds(),
        "begun": found.begun.isoformat(),
        "ended": found.ended.isoformat(),
    }


def _json_to_attendance(json: dict[str, Any]) -> Attendance:
    return Attendance(
        rep=timedelta(seconds=json["rep"]),
        guests=timedelta(seconds=json["guests"]),
        begun=datetime.fromisoformat(json["begun"]),
        ended=datetime.fromisoformat(json["ended"]),
    )


def json_to_finding(json: list[Any] | None) -> Finding | None:
    if json is None:
        return None
    kind, confidence, facts = json
    return Finding(kind=Phantom(kind), confidence=confidence, facts=facts)


def _span_to_json(span: Span) -> list[str]:
    return [span.start.isoformat(), span.end.isoformat()]


def _json_to_span(json: list[str]) -> Span:
    start, end = json
    return Span(datetime.fromisoformat(start), datetime.fromisoformat(end))


def _obstacles_to_json(obstacles: Sequence[Obstacle] | None) -> Jsonb | None:
    return None if obstacles is None else Jsonb([_obstacle_to_json(one) for one in obstacles])


def _json_to_obstacles(json: list[list[Any]] | None) -> tuple[Obstacle, ...] | None:
    return None if json is None else tuple(_json_to_obstacle(one) for one in json)


def _obstacle_to_json(obstacle: Obstacle) -> list[Any]:
    since = obstacle.since.isoformat() if obstacle.since else None
    span = _span_to_json(obstacle.span)
    return [obstacle.why, *span, obstacle.subject, since, finding_to_json(obstacle.finding)]


def _json_to_obstacle(json: list[Any]) -> Obstacle:
    """Also what an earlier version wrote, which knew neither since when nor any finding."""
    why, start, end, subject, since, finding = [*json, None, None][:6]
    return Obstacle(
        Conflict(why),
        _json_to_span([start, end]),
        subject,
        datetime.fromisoformat(since) if since else None,
        json_to_finding(finding),
    )


def _refusal_to_json(refusal: Refusal) -> list[Any]:
    reasons = [[person, _obstacle_to_json(o)] for person, o in refusal.reasons]
    return [_span_to_json(refusal.span), reasons]


def _json_to_refusal(json: list[Any]) -> Refusal:
    span, reasons = json
    return Refusal(
        span=_json_to_span(span),
        reasons=tuple((person, _json_to_obstacle(o)) for person, o in reasons),
    )


_WRITTEN: Mapping[str, Callable[[Any], Any]] = {
    "search": lambda search: Jsonb(_search_to_json(search)),
    "giving": lambda giving: Jsonb(_giving_to_json(giving)),
    "proposal": to_range,
    "others": list,
    "others_for": " ".join,
    "others_refused": lambda refused: Jsonb([_refusal_to_json(one) for one in refused]),
    "stand_ins": list,
    "letters": lambda letters: Jsonb([_letter_to_json(one) for one in letters]),
    "deeds": lambda deeds: Jsonb([_deed_to_json(one) for one in deeds]),
    "deals": lambda deals: Jsonb([_deal_to_json(one) for one in deals]),
    "proposed": lambda all: Jsonb([[o.name, o.said, o.currency, o.by] for o in all]),
    "touched": lambda one: Jsonb({"first": one.first, "last": one.last, "by": one.by}),
    "activity": lambda one: Jsonb([one.how, one.at.isoformat()]),
    "contests": lambda contests: Jsonb([_contest_to_json(one) for one in contests]),
    "undone": lambda undone: Jsonb([_undone_to_json(one) for one in undone]),
    "attendance": lambda attendance: Jsonb(_attendance_to_json(attendance)),
    "leave": to_range,
    "kept": to_range,
    "kept_over": to_range,
    "place": lambda place: Jsonb(_place_to_json(place)),
}
"""Fields of a handoff that are written otherwise than they are."""
