"""The forms a qualifier fills in."""

from datetime import datetime, timedelta
from uuid import UUID

from microsoft_teams.cards import CardElement

from cards import words
from cards.elements import Card, banner, day, do, finished, head, pick, told, write
from cards.words import city
from cards.zones import ZONES
from handoff.model import Lead, Person
from handoff.policy import FIELDS, Policy

LONG = frozenset({"needs", "pains", "current_solution", "request"})
HINTS = {
    "needs": "What do they need, and for how many?",
    "pains": "What hurts today, in their words?",
    "current_solution": "What do they use now?",
    "request": "What do they want to see in this meeting?",
    "value": "A whole number",
    "campaign": "Where the lead comes from",
}


def brief_inputs(lead: Lead, policy: Policy, home: str) -> list[CardElement]:
    """An input for each field of the brief, holding what is known. *home* is the first zone."""
    inputs: list[CardElement] = []
    for name, label in FIELDS.items():
        needed = name in policy.required
        inputs.append(
            write(
                name,
                label if needed else f"{label} (optional)",
                value=getattr(lead, name),
                needed=needed,
                long=name in LONG,
                most=500 if name in LONG else 120,
                hint=HINTS.get(name),
            )
        )
        if name == "contact_email":
            zones = list(dict.fromkeys([lead.contact_zone or home, home, *ZONES]))
            inputs.append(
                pick(
                    "contact_zone",
                    "Where the prospect is",
                    [(_zone_title(zone), zone) for zone in zones],
                    value=zones[0],
                )
            )
    return inputs


def _zone_title(zone: str) -> str:
    area = zone.partition("/")[0]
    return f"{city(zone)} ({area})" if area != zone else zone


def meeting_input(policy: Policy, chosen: str | None = None) -> CardElement:
    """What kind of meeting it is, and so how long."""
    kinds = [
        (m.name if m.name == told else f"{m.name}, {told}", m.code)
        for m in policy.meetings
        for told in [words.minutes(timedelta(minutes=m.minutes))]
    ]
    known = policy.meeting(chosen or "") or policy.meetings[0]
    return pick("type", "Meeting", kinds, value=known.code)


def brief_form(
    *,
    form: UUID,
    policy: Policy,
    qualifier: Person,
    targets: tuple[tuple[str, str], ...],
    at: datetime,
    typed: dict[str, str] | None = None,
    problem: str = "",
    anyway: bool = False,
) -> Card:
    """The brief of a new lead and whom it goes to. *typed* is kept when something is missing.

    *anyway*: what is said to be in the way may be passed over.
    """
    typed = typed or {}
    lead = Lead(**{name: typed.get(name, "") for name in Lead.__dataclass_fields__})
    today = words.date(at, qualifier.zone)
    codes = [code for _, code in targets]
    target = typed.get("target", "")
    return finished(
        [
            head("HAND OVER A LEAD", "What the rep must know"),
            banner(problem),
            *brief_inputs(lead, policy, qualifier.zone),
            pick(
                "target",
                "Hand over to",
                targets,
                value=target if target in codes else (codes[0] if codes else None),
                needed="Choose whom it goes to",
            ),
            meeting_input(policy, typed.get("type")),
            day("wanted", "From this day on", value=typed.get("wanted") or today, least=today),
        ],
        [
            do("Hand over all the same", "brief", first=True, form=str(form), anyway="yes")
            if anyway
            else do("Find times", "brief", first=True, form=str(form))
        ],
        says="Hand over a lead",
    )


def lead_list(*, leads: list[tuple[UUID, str, str]], form: UUID, problem: str = "") -> Card:
    """The leads that wait to be handed over, or a new one."""
    shown = leads[:100]
    more = len(leads) - len(shown)
    return finished(
        [
            head("HAND OVER A LEAD", f"{len(leads)} waiting"),
            banner(problem),
            pick(
                "lead",
                "Which lead?",
                [(f"{company}, {contact}", str(id)) for id, company, contact in shown],
                value=str(shown[0][0]),
            ),
            told(f"And {more} more once these are done.", size="Small") if more > 0 else None,
        ],
        [
            do("Continue", "choose_lead", first=True),
            do("New lead", "new_lead", form=str(form)),
        ],
        says=f"{len(leads)} leads waiting",
    )
