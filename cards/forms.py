"""The forms a qualifier fills in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from microsoft_teams.cards import Action, CardElement

from cards import named, words
from cards.elements import (
    Card,
    Inside,
    amount,
    banner,
    day,
    find,
    finished,
    head,
    opens,
    pick,
    plain,
    row,
    submit,
    told,
    unfolds,
    write,
)
from cards.view import View
from cards.words import THEY_READ as READ
from cards.words import city
from cards.zones import ZONES
from handoff.amounts import Style, UnclearError, read
from handoff.lead_list import zone_ok
from handoff.model import Lead, Person
from handoff.money import decimals
from handoff.policy import FIELDS, LONG, Policy, Pool

WHO = "The prospect: mail address, or company"
FAR = timedelta(days=14)  # within which somebody is at work again
AT_ONCE = 3  # leads that wait, a tap each
MOST_LEADS = 100  # of those, in one list
MOST_CHOICES = 60  # in one list of a card: Teams takes 28 kB of it, and nobody reads further
HINTS = {
    "needs": "What do they need, and for how many?",
    "pains": "What hurts today, in their words?",
    "current_solution": "What do they use now?",
    "request": "What do they want to see in this meeting?",
    "value": "48000",
    "campaign": "Where the lead comes from",
}


CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "JPY", "CNY", "INR")
"""Offered beside the amount, after the policy's own and the one that is chosen."""


def typed_of(lead: Lead) -> dict[str, str]:
    """What the form holds of a lead that is there already."""
    names = [name for name in FIELDS if name != "value"]
    typed = {name: getattr(lead, name) for name in names} | {"contact_zone": lead.contact_zone}
    if lead.value:
        typed |= {"value": lead.value.plain(), "currency": lead.value.currency}
    return typed | {"unclear_value": lead.unclear_value}


def mark_of(lead: Lead) -> str:
    """By which a form is known to be of that brief, and of no other: something of each field."""
    return ".".join(_marks(lead).values())


def corrected_since(mark: str, lead: Lead) -> list[str]:
    """In which fields the brief is another than the one that a form with that *mark* was of; none
    where it is the same, or the form is of none, and all where nobody knows of which it was.
    """
    was, now = mark.split("."), _marks(lead)
    if not mark:
        return []
    if len(was) != len(now):
        return list(now)
    return [name for name, before in zip(now, was, strict=True) if now[name] != before]


def _marks(lead: Lead) -> dict[str, str]:
    held = {"value": "", "currency": "", **typed_of(lead)}
    return {name: sha256(text.encode()).hexdigest()[:8] for name, text in sorted(held.items())}


def worth_form(view: View) -> Action:
    """What an open lead is worth can be put right at any time."""
    return opens(
        "worth",
        "What it is worth",
        view.handoff.id,
        lambda: (
            [
                *_worth_inputs(typed_of(view.handoff.lead), view.policy, needed=False),
                *_who_else_comes(view),
            ],
            [submit("Put it right", "mend_worth", view.handoff.id)],
        ),
    )


def _who_else_comes(view: View) -> list[CardElement]:
    """Whom what it is worth may bring to a meeting that is ahead."""
    meeting = view.handoff.meeting
    if not view.policy.routing.leaders or meeting is None or meeting.span.start <= view.at:
        return []
    name = plain(view.handoff.lead.contact_name)
    line = (
        "Where it reaches a leader's line, Outlook invites them too, and sends "
        f"{name} one update of the invitation. Only the list of guests changes in it."
    )
    return [told(line, size="Small")]


def _worth_inputs(
    typed: Mapping[str, str], policy: Policy, needed: bool, told_by: str = ""
) -> list[CardElement]:
    label, chosen = FIELDS["value"], typed.get("currency") or policy.currency
    value = _clear(typed.get("value", ""), chosen)
    told_of = [*([f"from {told_by}"] if told_by else []), *([] if needed else ["optional"])]
    unclear = typed.get("unclear_value", "") or ("" if value else typed.get("value", "")[:40])
    return [
        amount(
            "value",
            f"{label} ({', '.join(told_of)})" if told_of else label,
            value=value,
            needed=needed,
            hint=f"“{unclear}” was written" if unclear else HINTS["value"],
        ),
        pick(
            "currency",
            "Currency",
            [(code, code) for code in dict.fromkeys([chosen, policy.currency, *CURRENCIES])],
            value=chosen,
        ),
    ]


def _clear(written: str, currency: str) -> str:
    """The amount as a machine writes it; what may be read in two ways is typed again."""
    try:
        # Of dinars, 1.500 as a machine writes it is no fifteen hundred.
        worth = read(written, currency, Style.POINT if decimals(currency) > 2 else None)
    except UnclearError:
        return ""
    return worth.plain() if worth else ""


def brief_inputs(
    typed: Mapping[str, str], policy: Policy, home: str, told_by: Mapping[str, str] | None = None
) -> list[CardElement]:
    """An input for each field of the brief, holding what is known. *home* is the first zone to
    choose from; where the prospect is, is asked where it is not known. Of fields in *told_by* that
    says who proposes what is in them.
    """
    told_by = told_by or {}
    inputs: list[CardElement] = []
    for name, label in FIELDS.items():
        needed = name in policy.required
        if name == "value":
            inputs += _worth_inputs(typed, policy, needed, told_by.get(name, ""))
            continue
        told_of = [
            *([f"from {told_by[name]}"] if name in told_by else []),
            *([] if needed else ["optional"]),
            *([READ] if name in policy.public else []),
        ]
        inputs.append(
            write(
                name,
                f"{label} ({', '.join(told_of)})" if told_of else label,
                called=label,
                value=typed.get(name, ""),
                needed=needed,
                long=name in LONG,
                most=500 if name in LONG else 120,
                hint=HINTS.get(name),
                mail=name == "contact_email",
            )
        )
        if name == "contact_email":
            inputs.append(zone_input(typed.get("contact_zone", ""), home))
    return inputs


def zone_input(zone: str, home: str) -> CardElement:
    """Where the prospect is, which is asked where it is not known to be in *zone*. *home* is the
    first to choose from.
    """
    known = [zone] if zone_ok(zone) else []
    return find(
        "contact_zone",
        "Where the prospect is",
        [(_zone_title(one), one) for one in dict.fromkeys([*known, home, *ZONES])],
        value=known[0] if known else None,
        needed="Please choose where the prospect is, from the list",
    )


def _zone_title(zone: str) -> str:
    where = ZONES.get(zone) or zone.partition("/")[0]
    return f"{city(zone)} ({where})" if where != zone else zone


def meeting_input(policy: Policy, chosen: str | None = None) -> CardElement:
    """What kind of meeting it is, and so how long."""
    kinds = [
        (m.name if m.name == told else f"{m.name}, {told}", m.code)
        for m in policy.meetings
        for told in [words.minutes(timedelta(minutes=m.minutes))]
    ]
    known = policy.meeting(chosen or "") or policy.meetings[0]
    return pick("type", "Meeting", kinds, value=known.code)


@dataclass(frozen=True, slots=True)
class Targets:
    """Whom a lead can be handed to: what people read, and "next:", "pool:emea" or "rep:<id>"."""

    choices: tuple[tuple[str, str], ...] = ()
    named: bool = False  # there are more than can be chosen from: by name
    qualifiers: tuple[tuple[str, str], ...] = ()  # other ones, who may have the lead: name and id


NOBODY = Targets()  # to choose from, on a card that asks for none


def targets_of(policy: Policy, reps: Sequence[Person], team: Pool | None = None) -> Targets:
    """Whoever is next in a pool, or one of the *reps* by name. Of more than a card has room for, a
    *team* is chosen first, and then one of it; or one by name.
    """
    each = [(name, f"rep:{id}") for name, id in named.people(reps, policy)]
    if team:
        found = [(f"Whoever is next in {team.name}", f"pool:{team.code}"), *each]
        return Targets(tuple(found[:MOST_CHOICES]), named=len(found) > MOST_CHOICES)
    pools = [(f"Whoever is next in {pool.name}", f"pool:{pool.code}") for pool in policy.pools]
    pools = [("Whoever is next", "next:"), *pools] if len(pools) > 1 else pools
    some = [(f"Someone of {pool.name}…", f"team:{pool.code}") for pool in policy.pools]
    ways = ([*pools, *each], [*pools, *some], [*pools[:1], *some], pools[:1])
    most = next(way for way in ways if len(way) <= MOST_CHOICES)
    return Targets(tuple(most), named=most is not ways[0])


def target_inputs(targets: Targets, now: str = "", who: str = "") -> list[CardElement]:
    """Whom it goes to: *now* is chosen; *who* was typed, and counts where anything is."""
    codes = [code for _, code in targets.choices]
    return [
        pick(
            "target",
            "Hand over to",
            targets.choices,
            value=now if now in codes else (codes[0] if codes else None),
            needed="Choose whom it goes to",
        ),
        *(
            [write("named", "Or to a rep or team, by name", value=who, most=100)]
            if targets.named
            else []
        ),
    ]


def who_form(
    *,
    form: UUID,
    policy: Policy,
    qualifier: Person,
    targets: Targets,
    at: datetime,
    leads: Sequence[tuple[UUID, str, str, int]] = (),
    typed: Mapping[str, str] | None = None,
    problem: str = "",
    meant: bool = False,
) -> Card:
    """About whom it is, whom it goes to and from when; above it those *leads* that wait already,
    which may be *meant* by what was typed.
    """
    typed = typed or {}
    shown = leads if meant else leads[:AT_ONCE]
    anew = {"anew": "yes"} if meant else {}
    return finished(
        [
            head("HAND OVER A LEAD", "Who and when"),
            banner(problem),
            *_waiting(shown, len(leads), meant=meant),
            write(
                "contact",
                WHO,
                called="mail address or company",
                value=typed.get("contact", ""),
                needed=not shown,  # some iPhones would refuse the rows for it
                most=120,
                mail=True,
            ),
            *whom_and_when(policy, qualifier, targets, typed, at),
        ],
        [
            submit(
                "None of these" if meant else "Continue",
                "who_and_when",
                first=not meant,
                form=str(form),
                **anew,
            ),
            opens("waiting", f"All {len(leads)} that wait…", None, _all_of(leads), said="book")
            if len(leads) > len(shown)
            else None,
        ],
        says=f"{_wait(len(leads))} to be handed over, {plain(leads[0][1])} first"
        if leads
        else "Hand over a lead",
    )


def _wait(count: int) -> str:
    return "1 lead waits" if count == 1 else f"{count} leads wait"


def _waiting(
    shown: Sequence[tuple[UUID, str, str, int]], count: int, *, meant: bool
) -> list[CardElement]:
    """A row to tap for each of the leads that are *shown*."""
    if not shown:
        return []
    line = "Is it one of these?" if meant else f"{count} waiting: tap one, or begin another below."
    return [
        told(line, size="Small", subtle=True),
        *(row(title, "choose_lead", None, lead=id) for title, id in named.leads(shown)),
    ]


def _all_of(leads: Sequence[tuple[UUID, str, str, int]]) -> Callable[[], Inside]:
    def makes() -> Inside:
        shown = leads[:MOST_LEADS]
        more = len(leads) - len(shown)
        which = pick("lead", "Which lead?", named.leads(shown), value=str(shown[0][0]))
        below = [told(f"And {more} more once these are done.", size="Small")] if more > 0 else []
        return [which, *below], [submit("Continue", "choose_lead")]

    return makes


def whom_and_when(
    policy: Policy, qualifier: Person, targets: Targets, typed: Mapping[str, str], at: datetime
) -> list[CardElement]:
    today, later = words.date(at, qualifier.zone), next_day(qualifier, at)
    return [
        *target_inputs(targets, typed.get("target", ""), typed.get("named", "")),
        meeting_input(policy, typed.get("type")),
        day("wanted", "From this day on", value=typed.get("wanted") or later, least=today),
    ]


def next_day(person: Person, at: datetime) -> str:
    """The first day after today on which *person* is at work: a rep who is asked then has the time
    to answer that the policy gives.
    """
    today = words.date(at, person.zone)
    ahead = (words.date(one.start, person.zone) for one in person.hours.spans(at, at + FAR))
    return next((one for one in ahead if one > today), today)


def _asked(policy: Policy, targets: Targets, typed: Mapping[str, str], today: str) -> str:
    """In a line, whom it goes to and when."""
    titles = {code: title for title, code in targets.choices}
    whom = typed.get("named") or titles.get(typed.get("target", ""), targets.choices[0][0])
    kind = policy.meeting(typed.get("type", "")) or policy.meetings[0]
    wanted = date.fromisoformat(max(typed.get("wanted", ""), today))
    return f"{plain(whom)} · {plain(kind.name)} · from {wanted:%a} {wanted.day} {wanted:%b} on"


def brief_form(
    *,
    form: UUID,
    policy: Policy,
    qualifier: Person,
    targets: Targets,
    at: datetime,
    typed: dict[str, str] | None = None,
    problem: str = "",
    anyway: str = "",
    asked: bool = False,
    known: int | None = None,
) -> Card:
    """The brief of a new lead and whom it goes to. *typed* is kept when something is missing.

    *anyway*: the address of which what is said to be in the way may be passed over. *asked*: whom
    it goes to and when has been said, and is behind a button. *known* is the handoff that says what
    is filled in.
    """
    typed = typed or {}
    carried = {"form": str(form)} | ({"asked": "yes"} if asked else {})
    passed = {name: typed[name] for name in ("anyway",) if typed.get(name)}  # asked once is enough
    ways = whom_and_when(policy, qualifier, targets, typed, at)
    return finished(
        [
            head("HAND OVER A LEAD", "What the rep must know"),
            banner(problem),
            told(f"Filled in from no. {known}. Please look whether it is so.", size="Small")
            if known
            else None,
            *brief_inputs(typed, policy, qualifier.zone),
            *(
                [
                    told(_asked(policy, targets, typed, words.date(at, qualifier.zone))),
                    *unfolds("Change whom or when", ways),
                ]
                if asked
                else ways
            ),
        ],
        [
            submit("Hand over all the same", "brief", first=True, **carried, anyway=anyway)
            if anyway
            else submit("Find times", "brief", first=True, **carried, **passed)
        ],
        says="Hand over a lead",
    )
