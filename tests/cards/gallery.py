"""Every card that Baton draws, from stories that were really told. Also what `make cards` draws."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from microsoft_teams.cards import CardElement

from cards.agreeing import agree_card
from cards.away import away_card, back_card
from cards.crm import crm_card
from cards.crm_ask import ask_card, became_card
from cards.deals import deal_card
from cards.draw import card_for
from cards.elements import Card
from cards.famine import Famine, alarm_card
from cards.figures import Figures, pool_card
from cards.forms import Targets, brief_form, typed_of, who_form
from cards.idle import idle_card
from cards.leader import leader_card
from cards.lists import closed_card, help_card, line_card, mine_card, welcome_card
from cards.pledges import more_time
from cards.pledges import owed as said_of
from cards.reached import Reached, reached_line
from cards.read_audit import ReadLine, read_audit_card
from cards.rotation import (
    OTHERWISE,
    Given,
    Ground,
    Otherwise,
    answered_card,
    fairness_card,
    in_the_way_card,
    report_card,
    small_print,
)
from cards.tab_link import TabLinks
from cards.timeline import timeline_card
from cards.view import View
from cards.week import roll_call_card, week_card
from cards.wins import win_card
from handoff import (
    absence,
    accountable,
    answering,
    booking,
    changing,
    contest,
    deadlines,
    deals,
    deciding,
    delivery,
    ending,
    following,
    giving,
    handing_over,
    introducing,
    leaving,
    letters,
    meeting_outcome,
    next_meeting,
    nurture,
    outlook,
    pledges,
    prep,
    proposing,
    sending,
    writing,
)
from handoff import prospect as prospects
from handoff.calendar import Conflict, Finding, Obstacle, Phantom, Shows
from handoff.clocks import untaken_at
from handoff.crm_asks import Ask, Became, Lacks
from handoff.draft import ILL, NO_STAND_IN
from handoff.effects import GiveTo
from handoff.hours import OPEN_END, Span
from handoff.model import (
    Attendance,
    Choice,
    Contested,
    Deal,
    DealState,
    Decision,
    Deed,
    Did,
    Entry,
    Lead,
    Letter,
    Mailing,
    MeetingOutcome,
    Outcome,
    Person,
    Refusal,
    Step,
    Undoing,
)
from handoff.money import Money
from handoff.policy import DealField, Policy, Promise
from handoff.routing.choose import choose
from handoff.routing.inputs import LEAD as WHOLE
from handoff.routing.inputs import Cap, Member, Out, RoutingRequest
from handoff.routing.reasons import reasons
from handoff.week import Day, Line, Standing, Week
from tests.cards import weekly
from tests.conftest import person
from tests.handoff.conftest import LEAD, PEOPLE, THURSDAY, Story
from tests.hour import MONDAY

FORM = UUID("11111111-2222-4333-8444-555555555555")
TARGETS = Targets(
    (("Whoever is next in EMEA", "pool:emea"), ("Rita Osei", "rep:rita")),
    qualifiers=(("Priya Nair", "priya"), ("Theo Lindqvist", "theo")),
)
MANY = Targets((("Whoever is next in EMEA", "pool:emea"),), named=True)
TAB = TabLinks(app="12345678-1234-4234-8234-123456789abc", url="https://baton.example.com")


def gallery(
    policy: Policy,
    lead: Lead = LEAD,
    people: Mapping[str, Person] = PEOPLE,
    targets: Targets = TARGETS,
) -> dict[str, Card]:
    """Name to card. A name says whose card it is and where the handoff stands."""
    cards: dict[str, Card] = {}
    told = stories(policy, lead, people)

    def draw(name: str, story: Story, who: str, banner: str = "") -> None:
        view = View(case=story.case, viewer=people[who], at=story.at, banner=banner)
        cards[f"{who}: {name}"] = card_for(view, targets)

    for name, story in told.items():
        for reader in readers(story):
            draw(name, story, reader)
    draw("a refusal", told["offered"], "rita", "This handoff has moved on since the card was sent.")

    quinn, rita, mara = people["quinn"], people["rita"], people["mara"]
    view = View(case=told["overdue"].case, viewer=rita, at=told["overdue"].at)
    form = partial(
        brief_form, form=FORM, policy=policy, qualifier=quinn, targets=targets, at=MONDAY
    )
    who = partial(who_form, form=FORM, policy=policy, qualifier=quinn, targets=targets, at=MONDAY)
    waiting = [(UUID(int=n), lead.company, lead.contact_name, n) for n in range(120)]
    owed = [(view, c) for c in view.handoff.commitments if c.open and c.who == "rita"]
    to_confirm = pledges.made(
        Promise.CONFIRM_WEEK, rita, about="2026-03-02", to="mara", policy=policy, at=MONDAY
    )
    cards |= weekly.cards(policy, people, TAB)
    cards |= {
        "quinn: form": form(),
        "quinn: form, more reps than can be listed": form(targets=MANY),
        "quinn: form, incomplete": form(
            typed={"company": lead.company, "contact_zone": "Europe/Lisbon"},
            problem="Please fill in: What they need, What they want to see",
        ),
        "quinn: form, what is known": form(
            typed=typed_of(lead) | {"needs": "", "type": "demo", "wanted": "2026-03-05"},
            asked=True,
            known=17,
        ),
        "quinn: form, by name": form(
            targets=MANY,
            typed={"named": rita.name},
            asked=True,
            problem="Please fill in: What they need",
        ),
        "quinn: who": who(),
        "quinn: who, more reps than can be listed": who(targets=MANY, typed={"contact": "Contoso"}),
        "quinn: leads": who(leads=waiting),
        "quinn: leads, a few": who(leads=waiting[:2]),
        "quinn: leads that may be meant": who(
            leads=waiting[:2], meant=True, typed={"contact": lead.company}
        ),
        "quinn: help": help_card(quinn),
        "rita: help": help_card(rita, "I did not understand that."),
        "quinn: welcome": welcome_card(quinn),
        "stranger: welcome": welcome_card(None),
        "rita: mine": mine_card(rita, owed * 15, at=view.at),
        "rita: mine, empty": mine_card(rita, [], at=view.at, tab=TAB.button("mine", "Mine")),
        "rita: mine, a week": mine_card(rita, [], [to_confirm], at=view.at),
        "rita: mine, a week too": mine_card(rita, owed, [to_confirm], at=view.at),
        "rita: why": timeline_card(view, told["overdue"].entries * 8),
        "mara: why, in time": timeline_card(
            replace(view, case=told["offered"].case, viewer=mara, at=told["offered"].at),
            told["offered"].entries,
        ),
        "mara: why, to excuse": timeline_card(
            replace(view, case=told["reassigned"].case, viewer=mara),
            told["reassigned"].entries,
        ),
        "rita: a line": line_card("There is no handoff number 99."),
        "rita: older card": closed_card(view),
        "rita: said to be away": away_card(rita, quinn, MONDAY + timedelta(days=3)),
        "quinn: here after all": back_card(rita),
        "rita: to agree": agree_card(policy, rita),
    }
    more = routing_cards(policy, people, told, draw)
    return cards | weeks(policy, people, lead.needs) | more


def readers(story: Story) -> list[str]:
    """Who has a card of it."""
    handoff = story.handoff
    asked = {c.what for c in handoff.commitments}
    found = ["quinn"]
    found += ["rita"] if handoff.rep or Promise.ANSWER in asked else []
    found += ["ravi"] if handoff.rep == "ravi" and handoff.last(Promise.ANSWER) else []
    found += ["ravi"] if handoff.deed(Did.CUSTOMER) or handoff.deed(Did.STAGE) else []
    found += ["milo"] if Promise.NURTURE in asked else []
    return found + (["mara"] if asked & {Promise.DECIDE, Promise.JUDGE} else [])


def stories(
    policy: Policy, lead: Lead = LEAD, people: Mapping[str, Person] = PEOPLE
) -> dict[str, Story]:
    """Where a handoff may stand, each told from its beginning."""

    def tell(*steps: Callable[[Story], object]) -> Story:
        story = Story(policy, people=dict(people))
        story.case = replace(story.case, handoff=replace(story.handoff, lead=lead))
        for step in steps:
            step(story)
        return story

    return {
        "looking for times": tell(),
        "times": tell(times),
        "no time": tell(no_times),
        "ready": tell(ready),
        "booking": tell(Story.booked),
        "booking waits": tell(Story.booked, minutes(31)),
        "offered": tell(Story.offered),
        "offered, things in the way": tell(Story.offered, in_the_way),
        "reminded": tell(Story.offered, hours(2)),
        "overdue": tell(Story.offered, hours(4), stand_ins),
        "overdue, looking for stand-ins": tell(Story.offered, hours(4)),
        "overdue, nobody else free": tell(Story.offered, hours(4), nobody),
        "talks": tell(Story.offered, hours(4), stand_ins, talks),
        "talks, nobody else free": tell(Story.offered, hours(4), nobody, talks),
        "overdue, given back": tell(Story.offered, hours(4), nobody, give_back),
        "overdue, unreachable": tell(Story.offered, unreachable, hours(4), stand_ins),
        "not told, excused": tell(Story.offered, not_told, stand_ins),
        "tentative": tell(Story.offered, outlook_says("tentativelyAccepted")),
        "other times": tell(Story.offered, ask, others),
        "no other times": tell(Story.offered, ask, no_others),
        "proposed": tell(Story.offered, ask, others, propose),
        "accepting": tell(Story.offered, accept),
        "accepting waits": tell(Story.offered, accept, minutes(31)),
        "accepted": tell(Story.accepted),
        "accepted, another time": tell(Story.accepted, ask, others),
        "accepted, none free": tell(Story.accepted, ask, no_others),
        "accepted, proposed": tell(Story.accepted, ask, others, propose),
        "moving, looking": tell(Story.accepted, moves),
        "moving": tell(Story.accepted, moves, others),
        "moving, none free": tell(Story.offered, moves, no_others),
        "moved": tell(Story.accepted, moves, others, moves_to),
        "moved, overdue": tell(Story.offered, moves, others, moves_to, hours(4)),
        "moved by the prospect": tell(Story.accepted, prospect_looks, others, prospect_moves_to),
        "called off by the prospect": tell(Story.accepted, prospect_calls_off),
        "called off": tell(Story.accepted, calls_off),
        "not called off": tell(Story.accepted, calls_off, shut(Undoing.CANCEL, "quinn")),
        "not called off in time": tell(Story.accepted, calls_off, called_off_late),
        "not mended": tell(Story.accepted, shut(Undoing.MEND, "quinn")),
        "not mended, seen to": tell(Story.accepted, shut(Undoing.MEND, "quinn"), seen_to),
        "sent back, still in the calendar": tell(
            Story.offered, send_back, shut(Undoing.TAKE_OUT, "rita")
        ),
        "not moved": tell(Story.offered, moves, others, moves_to, not_moved),
        "not moved, accepted": tell(Story.accepted, moves, others, moves_to, not_moved),
        "not moved in time": tell(Story.accepted, moves, others, moves_to, begins, not_moved),
        "agreed": tell(Story.offered, ask, others, propose, agrees),
        "time kept": tell(Story.offered, ask, others, propose, keeps_time),
        "time kept, accepted": tell(Story.accepted, ask, others, propose, keeps_time),
        "proposed, overdue": tell(Story.offered, ask, others, propose, hours(4)),
        "accepted, proposed, overdue": tell(Story.accepted, ask, others, propose, hours(4)),
        "proposed, overdue, kept by a manager": tell(
            Story.offered, ask, others, propose, hours(4), keeps_for
        ),
        "proposed, overdue, moved by a manager": tell(
            Story.accepted, ask, others, propose, hours(4), moves_for
        ),
        "proposed, overdue, talks": tell(Story.offered, ask, others, propose, hours(4), talks),
        "proposed, gone by": tell(Story.offered, ask, proposes_sooner, that_time_comes),
        "accepted, proposed sooner": tell(Story.accepted, ask, proposes_sooner),
        "accepted, proposed, gone by": tell(Story.accepted, ask, proposes_sooner, that_time_comes),
        "instead of another": tell(Story.accepted, gives, stand_ins, given_on, Story.offered),
        "no stand-in": tell(
            *(Story.accepted, gives, stand_ins, given_on, Story.offered, does_not_stand_in)
        ),
        "address corrected": tell(Story.accepted, corrects),
        "its calendar lags": tell(Story.accepted, lags),
        "answered by a mailbox": tell(Story.offered, answered_by_rule),
        "accepted, then tentative": tell(Story.accepted, taken_back),
        "accepted, invitation gone": tell(Story.accepted, gone),
        "no link": tell(Story.accepted, no_link),
        "prospect tentative": tell(Story.accepted, prospect_says("tentativelyAccepted")),
        "cannot come": tell(Story.accepted, cannot_come),
        "accepted, call booked": tell(Story.accepted, call),
        "introduced": tell(Story.offered, introduced),
        "introduction not sent": tell(Story.offered, not_introduced),
        "reply overdue": tell(Story.offered, introduced, hours(8)),
        "replying": tell(Story.offered, introduced, reply),
        "other times, introduced": tell(Story.offered, introduced, ask, others),
        "accepted, introduced": tell(Story.offered, introduced, accepted),
        "accepted, answered": tell(Story.offered, introduced, answered, accepted, prepared),
        "accepted, no room": tell(Story.accepted, no_room),
        "prospect silent": tell(Story.offered, introduced, accepted, prepared, day_before),
        "prospect asked": tell(Story.accepted, day_before, confirm),
        "prospect declined": tell(Story.accepted, prospect_says("declined")),
        "prospect, another address": tell(Story.offered, another_says),
        "prospect accepted": tell(Story.offered, prospect_says("accepted")),
        "after the meeting": tell(Story.accepted, over),
        "after the meeting, overdue": tell(Story.accepted, over, hours(26)),
        "after the meeting, given back": tell(Story.accepted, over, hours(26), give_back),
        "sent back, overdue": tell(Story.offered, send_back, stand_ins, hours(26)),
        "sent back, begun": tell(Story.offered, send_back, stand_ins, hours(26), begins),
        "more time": tell(Story.offered, hours(4), extend),
        "nobody came": tell(Story.accepted, over, attended),
        "next step": tell(Story.accepted, over, attended, went),
        "following up": tell(Story.accepted, call, over, went),
        "did it happen": tell(Story.accepted, call, over, went, called),
        "stalled": tell(Story.accepted, over, held, stalls),
        "stalled, a call is asked about": tell(Story.accepted, call, over, held, called, stalls),
        "stalled, overdue": tell(Story.accepted, over, held, stalls, is_overdue),
        "rebooking": tell(Story.accepted, over, went, rebook),
        "another meeting, looking": tell(Story.accepted, over, held, again),
        "another meeting": tell(Story.accepted, over, held, again, times_again),
        "another meeting, no time": tell(Story.accepted, over, held, again, no_times),
        "another meeting, booked": tell(
            Story.accepted, over, held, again, times_again, meets_again
        ),
        "another meeting, not sent": tell(
            Story.accepted, over, held, again, times_again, meets_again, refused_by_outlook
        ),
        "another meeting, accepted": tell(
            Story.accepted, over, held, again, times_again, meets_again, Story.offered, accepted
        ),
        "another meeting, turned down": tell(
            *(Story.accepted, over, held, again, times_again, meets_again, Story.offered),
            *(accepted, prospect_says("declined"), times_again),
        ),
        "giving, after the meeting": tell(Story.accepted, over, held, gives, stand_ins),
        "given after the meeting": tell(Story.accepted, over, gives, stand_ins, given_on),
        "sent back": tell(Story.offered, send_back, stand_ins),
        "sent back, nobody free": tell(Story.offered, send_back, nobody),
        "back, moving": tell(Story.accepted, cannot_come, nobody, moves),
        "back, moving, times": tell(Story.accepted, cannot_come, nobody, moves, others),
        "back, looking": tell(Story.accepted, cannot_come, nobody, looks),
        "back, times": tell(Story.accepted, cannot_come, nobody, looks, times),
        "back, no time": tell(Story.accepted, cannot_come, nobody, looks, no_times),
        "back, not moved": tell(
            *(Story.accepted, cannot_come, nobody, moves, others, moves_to, outlook_refuses)
        ),
        "back, not moved to another": tell(
            *(Story.accepted, cannot_come, nobody, looks, times_of_ravi, books_ravi),
            outlook_refuses,
        ),
        "back, moved": tell(
            *(Story.accepted, cannot_come, nobody, moves, others, moves_to, Story.offered)
        ),
        "declined in Outlook": tell(Story.offered, outlook_says("declined")),
        "unanswered": tell(Story.offered, begins),
        "invitation gone": tell(Story.offered, gone),
        "invited again": tell(Story.offered, gone, invited_again),
        "accepted, invited again": tell(Story.accepted, gone, invited_again),
        "reassigned": tell(Story.offered, hours(4), stand_ins, reassign),
        "cancelled": tell(Story.accepted, cancelled),
        "leaving, looking": tell(Story.accepted, leaves),
        "leaving": tell(Story.offered, leaves, stand_ins),
        "leaving, nobody free": tell(Story.accepted, leaves, nobody),
        "leaving, another time": tell(Story.accepted, leaves, nobody, ask, others),
        "leaving, nobody takes it": tell(Story.accepted, leaves, nobody, untaken),
        "leaving, not answered, nobody takes it": tell(Story.offered, leaves, stand_ins, untaken),
        "leaving, there after all": tell(Story.accepted, leaves, nobody, untaken, is_back),
        "leaving, the prospect silent": tell(Story.accepted, leaves, nobody, day_before),
        "leaving until further notice": tell(Story.accepted, leaves_for_good, stand_ins),
        "leaving, kept": tell(Story.accepted, leaves, stand_ins, keep),
        "leaving, passed on": tell(Story.accepted, leaves, stand_ins, pass_on),
        "away, the clock waits": tell(Story.offered, ill),
        "disabled": tell(Story.offered, disabled),
        "left": tell(Story.accepted, left),
        "giving, looking": tell(Story.accepted, gives),
        "giving": tell(Story.accepted, gives, stand_ins),
        "giving, nobody free": tell(Story.offered, gives, nobody),
        "giving, asked": tell(Story.accepted, gives, stand_ins, asks_for_ravi),
        "giving, could not": tell(Story.accepted, gives, stand_ins, asks_for_ravi, ravi_cannot),
        "nurture": tell(Story.offered, send_back, end),
        "recycled": tell(Story.offered, send_back, end, recycled),
        "below the line of fit": tell(unfit),
        "came in": tell(came_in),
        "came in, held": tell(held_at_the_door),
        "came in, let in": tell(held_at_the_door, let_in),
        "done": tell(Story.accepted, over, went, done),
        "won, a deal": tell(Story.accepted, over, held, ends_as(Outcome.WON), has_deals(1)),
        "opportunity, a deal": tell(
            Story.accepted, over, held, ends_as(Outcome.OPPORTUNITY), has_deals(1)
        ),
        "a deal at another's stage": tell(
            Story.accepted, over, held, ends_as(Outcome.OPPORTUNITY), has_deals(2), to_stage
        ),
        "followed up, a deal at another's stage": tell(
            Story.accepted, over, held, has_deals(2), to_stage
        ),
        "won, handed to customers": tell(
            Story.accepted, over, held, ends_as(Outcome.WON), to_customers
        ),
        "handed to customers, not won": tell(
            *(Story.accepted, over, held, ends_as(Outcome.WON), to_customers),
            ends_as(Outcome.OPPORTUNITY),
        ),
        "next step, several deals": tell(Story.accepted, over, held, has_deals(2)),
        "opportunity, several deals": tell(
            Story.accepted, over, held, ends_as(Outcome.OPPORTUNITY), has_deals(9)
        ),
        "contested": tell(Story.accepted, over, went, contested),
        "ending contested": tell(Story.accepted, over, went, done, ending_contested),
        "upheld": tell(Story.accepted, over, went, done, ending_contested, upheld),
    }


def weeks(policy: Policy, people: Mapping[str, Person], subject: str) -> dict[str, Card]:
    """The week's calendar check: one line for each kind of phantom, and for each standing."""
    facts = {
        "who": "gus.lander@halden.example",
        "count": "3",
        "created": (MONDAY - timedelta(days=74)).isoformat(),
    }
    hour = Span(THURSDAY.start, THURSDAY.start + timedelta(hours=1))
    found = [
        Line(
            event=f"{kind}",
            key=kind,
            span=hour,
            subject=subject,
            outside=n % 2 == 0,
            series=n % 3 == 0,
            more=n % 4,
            all_day=n % 5 == 0,
            finding=Finding(kind=kind, confidence=0.9, facts=facts),
        )
        for n, kind in enumerate(Phantom)
    ]
    waiting = Line(event="w", key="w", span=hour, subject="", waits_since=MONDAY)
    stood = [
        replace(line, standing=standing, freed_at=MONDAY, was=Shows.BUSY)
        for line, standing in zip(found, Standing, strict=False)
    ]
    monday = MONDAY.date() + timedelta(days=7)
    days = [timedelta(hours=taken) for taken in (0, 3.5, 8)]
    week = Week(
        person="rita",
        monday=monday,
        checked_at=MONDAY,
        sent_at=MONDAY,
        days=tuple(
            Day(day=monday + timedelta(days=n), works=timedelta(hours=8), taken=taken)
            for n, taken in enumerate(days)
        ),
    )
    draw = partial(
        week_card,
        person=people["rita"],
        managers={"mara": people["mara"]},
        rules=policy.calendar,
        at=MONDAY,
    )
    dark = replace(people["ravi"], dark="Baton may not read this mailbox")
    team = {"rita": people["rita"], "ravi": dark}
    return {
        "rita: week": draw(replace(week, lines=tuple(found[:7]))),
        "rita: week, the other kinds": draw(replace(week, lines=(*found[7:], waiting))),
        "rita: week, clicked": draw(replace(week, lines=tuple(stood)), problem="That has changed."),
        "rita: week, confirmed": draw(replace(week, confirmed_at=MONDAY)),
        "rita: week, asked for": draw(replace(week, sent_at=None, days=())),
        "mara: roll call, to settle": roll_call_card(
            team,
            {id: replace(week, person=id) for id in team},
            monday,
            of="mara",
            promised=promised(policy, Promise.SETTLE_WEEKS, "mara"),
        ),
        "rita: week, late": draw(
            week, promised=promised(policy, Promise.CONFIRM_WEEK, "rita", hours=20)
        ),
        "mara: roll call": roll_call_card(
            team, {id: replace(week, person=id) for id in team}, monday
        ),
    }


FIRST = ("Adaeze", "Bruno", "Carla", "Dmitri", "Elif")
LAST = ("Marsh", "Núñez", "Okafor", "Petit", "Quist")


def promised(policy: Policy, what: Promise, who: str, hours: int = 0) -> tuple[CardElement, ...]:
    """What a card says of a promise that is about no handoff, so many hours after it was made."""
    person, pledge = PEOPLE[who], asked_of(policy, what, who)
    return said_of(pledge.promise, person, policy, at=MONDAY + timedelta(hours=hours))


def asked_of(policy: Policy, what: Promise, who: str) -> pledges.Pledge:
    return pledges.made(what, PEOPLE[who], about="", to=None, policy=policy, at=MONDAY)


def routing_cards(
    policy: Policy,
    people: Mapping[str, Person],
    told: Mapping[str, Story],
    draw: Callable[[str, Story, str], None],
) -> dict[str, Card]:
    """Who was next and why, pools' figures, what managers are asked of them."""
    at = int(MONDAY.timestamp())
    asked = RoutingRequest(
        pool="emea", counter="emea", policy=3, at=at * 1_000_000, start=at + 7200
    )
    full = Cap("week", 5, 5, int((MONDAY + timedelta(days=7)).timestamp()))
    tuesday = int((MONDAY + timedelta(days=1)).timestamp())
    others = [
        replace(person(f"{first} {last}", "rep"), id=f"{first}.{last}".lower())
        for first in FIRST
        for last in LAST
    ]
    team = {**people, **{other.id: other for other in others}}
    members = (
        Member(
            id="rita",
            target=4 * WHOLE + WHOLE // 3,
            got=4,
            free=False,
            next_free=tuesday,
            busy_with="busy",
            load=7,
        ),
        Member(id="ravi", target=4 * WHOLE, got=5, credits=1, load=4),
        Member(id="mara", target=5 * WHOLE - WHOLE // 5, got=5, caps=(full,)),
        Member(id="quinn", target=2 * WHOLE, got=2, out=Out.QUALIFIER),
        Member(id="helen", target=-WHOLE // 2, out=Out.AWAY, until=tuesday),
        *(
            Member(id=other.id, target=4 * WHOLE + WHOLE * (n - 12) // 40, got=4, load=n % 5)
            for n, other in enumerate(others)
        ),
        Member(id="gone", target=4 * WHOLE, got=4),
    )
    assignment = choose(asked, members)
    why = reasons(asked, members, ("rita",))
    ground = Ground(asked=asked, members=members, how=assignment.how, reasons=why, people=team)
    rita, mara = people["rita"], people["mara"]
    by = ("quinn", "mara", "clock", "gone", "prospect", "ravi")
    given = Given(
        rep="rita",
        ground=ground,
        elsewhere="",
        passed=(replace(ground, asked=replace(asked, pool="other")),),
        since=tuple(
            Otherwise(what=what, at=MONDAY, by=who, to="rita")
            for what, who in zip(OTHERWISE, by, strict=True)
        ),
        counts={"ravi": ("emea", "reassigned"), "rita": ("emea", None)},
        pools={"emea": "EMEA [x](http://x)"},
        people=team,
    )
    figures = Figures(
        code="emea",
        name="EMEA",
        members=members,
        reasons=why,
        recent={"rita": 3, **{other.id: 2 + n % 3 for n, other in enumerate(others)}},
        pairs=(("quinn", "rita", 7, 10),),
    )
    famine = Famine(
        id=FORM,
        pool="EMEA",
        person="rita",
        peer="ravi",
        peer_got=4,
        days=14,
        owed=2,
        effect=(("rita", 2, 4), ("ravi", 2, 1)),
        of=6,
        load=9,
        peer_load=3,
        peer_worth=Money(12_000_000, "EUR"),
        peer_unknown=1,
    )
    offered = told["offered"]
    lines = tuple(small_print(ground, rita, MONDAY))
    view = View(case=offered.case, viewer=rita, at=offered.at, rotation=lines)
    story = Story(policy, people=dict(people))
    by_rules(story)
    draw("times by the rules", story, "quinn")
    for instead in ("hold", "yours", "owner", "next"):
        other = Story(policy, people=dict(people))
        nobody_can(other, instead)
        draw(f"nobody can, {instead}", other, "quinn")
    return {
        "rita: who was next": fairness_card(17, given, viewer=rita, at=MONDAY, handoff=FORM),
        "rita: in her way": in_the_way_card(
            17,
            Obstacle(
                Conflict.BUSY, Span(MONDAY, MONDAY + timedelta(hours=1)), "[Hold](http://x) & *b*"
            ),
            viewer=rita,
            at=MONDAY,
        ),
        "mara: who was next": fairness_card(
            17, given, viewer=mara, at=MONDAY, handoff=FORM, said="Your manager has been asked."
        ),
        "rita: figures": pool_card([figures], policy=policy, people=team, viewer=rita, at=MONDAY),
        "mara: figures with someone unreached": pool_card(
            [figures],
            policy=policy,
            people=team,
            viewer=mara,
            at=MONDAY,
            unreached=[
                line
                for mailed, unmailed in ((MONDAY, None), (None, MONDAY), (None, None))
                if (
                    line := reached_line(
                        replace(rita, name="Rita [Osei](http://x)"),
                        Reached(
                            failing_at=MONDAY,
                            failed_at=MONDAY,
                            why="has blocked Baton",
                            mailed_at=mailed,
                            unmailed_at=unmailed,
                        ),
                        viewer=mara,
                        at=MONDAY,
                    )
                )
            ],
        ),
        "rita: who looked": read_audit_card(
            rita,
            [
                ReadLine(by="Mara Lind", what="why", number=17, at=MONDAY, times=2),
                ReadLine(by="Ravi [Patel](x)", what="figures", number=None, at=MONDAY, times=1),
            ],
            3,
            365,
        ),
        "ravi: nobody looked": read_audit_card(people["ravi"], [], 0, 365),
        "stranger: figures": pool_card([], policy=policy, people={}, viewer=rita, at=MONDAY),
        "mara: said to be wrong": report_card(
            *(17, ground),
            report=FORM,
            by=rita,
            viewer=mara,
            at=MONDAY,
            asked=promised(policy, Promise.ANSWER_REPORT, "mara"),
        ),
        "helen: said to be wrong": report_card(
            *(17, ground),
            report=FORM,
            by=rita,
            viewer=people["helen"],
            at=MONDAY,
            asked=(
                *promised(policy, Promise.ANSWER_REPORT, "helen"),
                more_time(asked_of(policy, Promise.ANSWER_REPORT, "mara"), mara, policy),
            ),
        ),
        "rita: answered": answered_card(17, mara, "owed"),
        "rita: refused by the CRM": crm_card(
            view.case, "HubSpot", refused="Only RevOps names reps", owner="Ravi Patel"
        ),
        **{
            f"rita: {ask.field.value} is wanted, {ask.why.value}": ask_card(
                ask,
                replace(view, case=told["opportunity, a deal"].case),
                "HubSpot",
                asked=promised(policy, Promise.UPDATE_CRM, "rita"),
            )
            for ask in ASKS
        },
        "mara: the amount is wanted still": ask_card(
            ASKS[0],
            View(case=told["opportunity, a deal"].case, viewer=mara, at=view.at),
            "HubSpot",
            asked=promised(policy, Promise.UPDATE_CRM, "mara"),
        ),
        "rita: changed there meanwhile": became_card(
            replace(ASKS[0], value="48000", said_by="rita", became=Became.CHANGED),
            replace(view, case=told["opportunity, a deal"].case),
            "HubSpot",
        ),
        "rita: which deal it is": deal_card(
            View(case=told["opportunity, several deals"].case, viewer=rita, at=view.at),
            "HubSpot",
            {"1": "Contoso *Ports*", "2": "Warehouse"},
        ),
        "mara: nothing happens with a lead": idle_card(
            View(case=told["opportunity, a deal"].case, viewer=mara, at=view.at),
            MONDAY - timedelta(days=15),
        ),
        "mara: the deal stands otherwise": deal_card(
            View(case=told["won, a deal"].case, viewer=mara, at=view.at), "HubSpot", {}
        ),
        "ravi: a deal is won": win_card(
            told["won, a deal"].case, policy, mara, "Ports [fair](http://x)", stands=True
        ),
        "ravi: a deal is not won after all": win_card(
            told["won, a deal"].case, policy, mara, "", stands=False
        ),
        "mara: no leads for a while": alarm_card(
            famine, people=people, asked=promised(policy, Promise.ANSWER_ALARM, "mara")
        ),
        "rita: offered, who was next": card_for(view, TARGETS),
        "rita: why, with turns": timeline_card(view, [*offered.entries, TURN]),
        "helen: leader": leader_card(replace(view, viewer=people["helen"])),
        "quinn: form, open already": brief_form(
            form=FORM,
            policy=policy,
            qualifier=people["quinn"],
            targets=TARGETS,
            at=MONDAY,
            problem="This company has a handoff open already: no. 12.",
            anyway="ines@contoso.example",
        ),
    }


AMOUNT = Ask(
    id=UUID(int=18),
    handoff=UUID(int=17),
    deal="1",
    field=DealField.AMOUNT,
    why=Lacks.EMPTY,
    was="",
    currency="EUR",
    choices=(),
    who="rita",
    asked_at=MONDAY,
    refused="Ask <RevOps> *first*",
)
ASKS = (
    AMOUNT,
    replace(AMOUNT, field=DealField.CLOSE_DATE, why=Lacks.PAST, was="2026-02-01", refused=""),
    replace(
        AMOUNT,
        field=DealField.NEXT_STEP,
        why=Lacks.OLD,
        was="Send the *offer* to [Ines](http://x)",
        refused="",
    ),
    replace(
        AMOUNT,
        field=DealField.STAGE,
        why=Lacks.OLD,
        was="sent",
        choices=(("met", "Met"), ("sent", "Contract *sent*")),
        refused="",
    ),
)

TURN = Entry(
    at=MONDAY, by="quinn", what="booked", rule="booking", detail={"to": "rita", "turn": "17"}
)


def by_rules(story: Story) -> None:
    search = story.handoff.search
    assert search
    now = replace(search, rule="Everyone else")
    story.case = replace(story.case, handoff=replace(story.handoff, search=now))
    found = (Choice(THURSDAY.start, "rita"), Choice(THURSDAY.start, "ravi"))
    story.do(
        partial(
            handing_over.times_found,
            at=story.at,
            search=now,
            found=found,
            nobody=(),
            next=("rita", "ravi"),
        )
    )


def nobody_can(story: Story, instead: str) -> None:
    search = story.handoff.search
    assert search
    more: dict[str, Any] = {"rep": "rita", "pool": None} if instead == "owner" else {}
    found = (Choice(THURSDAY.start, "rita"),) if instead in ("owner", "next") else ()
    story.do(
        partial(
            handing_over.times_found,
            at=story.at,
            search=search,
            found=found,
            nobody=(),
            instead=instead,
            why="full",
            until=MONDAY + timedelta(hours=24) if instead == "hold" else None,
            **more,
        )
    )


def times(story: Story) -> None:
    search = story.handoff.search
    assert search
    found = tuple(
        Choice(THURSDAY.start + timedelta(days=n), "rita", cramped=n == 1) for n in range(5)
    )
    story.do(
        partial(
            handing_over.times_found,
            at=story.at,
            search=search,
            found=found,
            nobody=("ravi",),
            refused=REFUSED,
        )
    )


HOLD = Finding(
    kind=Phantom.HOLD,
    confidence=0.85,
    facts={"created": (MONDAY - timedelta(days=74)).isoformat()},
)
REFUSED = (
    *(
        Refusal(THURSDAY, (("quinn", Obstacle(why, THURSDAY, "Hold - [QBR](https://e.example)")),))
        for why in Conflict
    ),
    Refusal(
        THURSDAY,
        (
            ("rita", Obstacle(Conflict.PHANTOM, THURSDAY, "Hold - QBR", finding=HOLD)),
            ("ravi", Obstacle(Conflict.TENTATIVE, THURSDAY, since=MONDAY)),
        ),
    ),
)


def no_times(story: Story) -> None:
    search = story.handoff.search
    assert search
    story.do(partial(handing_over.times_found, at=story.at, search=search, found=(), nobody=()))


def ready(story: Story) -> None:
    story.case = replace(story.case, handoff=replace(story.handoff, search=None))


def hours(count: float) -> Callable[[Story], object]:
    return lambda story: story.later(hours=count)


def minutes(count: float) -> Callable[[Story], object]:
    return lambda story: story.later(minutes=count)


def outlook_says(response: str) -> Callable[[Story], object]:
    return lambda story: story.outlook(response)


def in_the_way(story: Story) -> None:
    assert story.handoff.meeting
    hour = Span(THURSDAY.start, THURSDAY.start + timedelta(hours=1))
    found = (
        Obstacle(Conflict.TENTATIVE, hour, "Hold - [QBR](https://evil.example)"),
        Obstacle(Conflict.PRIVATE, hour, ""),
    )
    meeting = replace(story.handoff.meeting, obstacles=found)
    story.case = replace(story.case, handoff=replace(story.handoff, meeting=meeting))


def unreachable(story: Story) -> None:
    rita = replace(story.people["rita"], unreachable="has blocked Baton")
    story.people = {**story.people, "rita": rita}
    story.case = replace(story.case, people=story.people)


def not_told(story: Story) -> None:
    """Neither card nor mail has reached Rita."""
    why = "has blocked Baton"
    failed = partial(delivery.undeliverable, at=story.at, person="rita", why=why)
    story.do(partial(failed, nudge=True, first=True))
    story.do(partial(delivery.unmailed, at=story.at, person="rita", why="Outlook refused it"))


def away(story: Story, start: datetime, end: datetime) -> None:
    """Rita's calendar, or her automatic replies, now say so."""
    rita = story.people["rita"]
    hours_ = replace(rita.hours, away=(Span(start, end),))
    story.people = {**story.people, "rita": replace(rita, hours=hours_)}
    story.case = replace(story.case, people=story.people)
    story.do(partial(absence.changed, at=story.at))


def leaves(story: Story) -> None:
    away(story, THURSDAY.start - timedelta(hours=1), THURSDAY.end + timedelta(days=4))


def is_back(story: Story) -> None:
    rita = story.people["rita"]
    story.people = {**story.people, "rita": replace(rita, hours=replace(rita.hours, away=()))}
    story.case = replace(story.case, people=story.people)
    story.do(partial(absence.changed, at=story.at))


def untaken(story: Story) -> None:
    """Nobody has taken it by when it is its qualifier's to decide."""
    at = untaken_at(story.case, story.at, None)
    assert at
    story.at = at
    story.do(partial(deadlines.deadline, at=story.at))


def leaves_for_good(story: Story) -> None:
    away(story, story.at, OPEN_END)


def ill(story: Story) -> None:
    away(story, story.at, story.at + timedelta(days=1))


def disabled(story: Story) -> None:
    rita = replace(story.people["rita"], dark="the account is disabled")
    story.people = {**story.people, "rita": rita}
    story.case = replace(story.case, people=story.people)


def keep(story: Story) -> None:
    story.do(partial(absence.keep, by="rita", at=story.at))


def pass_on(story: Story) -> None:
    story.do(partial(absence.pass_on, by="rita", at=story.at, rep="ravi"))


def left(story: Story) -> None:
    """Rita's account is closed."""
    rita = replace(story.people["rita"], present=False, roles=frozenset())
    story.people = {**story.people, "rita": rita}
    story.case = replace(story.case, people=story.people)
    story.do(partial(leaving.settle, at=story.at, heirs=()))


ASKED = GiveTo(UUID(int=0), rep="ravi", by="quinn", how="hand_on")


def gives(story: Story) -> None:
    story.do(partial(giving.look_for, by="quinn", at=story.at))


def asks_for_ravi(story: Story) -> None:
    story.do(partial(giving.ask, by="quinn", at=story.at, how=ASKED.how, rep=ASKED.rep))


def ravi_cannot(story: Story) -> None:
    why = "Ravi Patel is no longer free then."
    story.do(partial(giving.cannot, at=story.at, asked=ASKED, why=why))


def stand_ins(story: Story) -> None:
    story.do(partial(deciding.stand_ins_found, at=story.at, reps=("ravi", "helen")))


def nobody(story: Story) -> None:
    story.do(partial(deciding.stand_ins_found, at=story.at, reps=()))


def looks(story: Story) -> None:
    search = story.handoff.search
    assert search
    rule = partial(handing_over.look_for_times, search=replace(search, rep="ravi", pool=None))
    story.do(partial(rule, by="quinn", at=story.at))


def ask(story: Story) -> None:
    story.do(partial(proposing.ask_other_times, by="rita", at=story.at))


OTHERS = tuple(THURSDAY.start + timedelta(days=1, hours=n) for n in range(3))


def others(story: Story) -> None:
    story.do(partial(proposing.other_times_found, at=story.at, times=OTHERS, refused=REFUSED))


def no_others(story: Story) -> None:
    story.do(partial(proposing.other_times_found, at=story.at, times=()))


def moves(story: Story) -> None:
    story.do(partial(changing.look_for_other_times, by="quinn", at=story.at))


def lags(story: Story) -> None:
    story.do(partial(outlook.lags, at=story.at))


def answered_by_rule(story: Story) -> None:
    """Her mailbox says yes the second the invitation arrives."""
    assert story.handoff.meeting
    says = partial(outlook.says, response="accepted", span=story.handoff.meeting.span)
    story.do(partial(says, at=story.at, responded_at=story.at, arrived_at=story.at))


def taken_back(story: Story) -> None:
    story.at += timedelta(minutes=30)
    story.outlook("tentativelyAccepted")


def no_link(story: Story) -> None:
    assert story.handoff.meeting
    meeting = replace(story.handoff.meeting, join_url=None)
    story.case = replace(story.case, handoff=replace(story.handoff, meeting=meeting))


def moves_to(story: Story) -> None:
    story.do(partial(changing.move_to, by="quinn", at=story.at, start=OTHERS[0]))


def shut(what: Undoing, whose: str) -> Callable[[Story], object]:
    def refused(story: Story) -> None:
        story.do(partial(outlook.not_let_in, at=story.at, person=whose, what=what))

    return refused


def called_off_late(story: Story) -> None:
    story.do(partial(outlook.not_called_off, at=story.at, person="quinn"))


def seen_to(story: Story) -> None:
    story.do(partial(outlook.seen_to, by="quinn", at=story.at))


def not_moved(story: Story) -> None:
    story.do(partial(proposing.not_moved, at=story.at))


def prospect_looks(story: Story) -> None:
    story.do(partial(changing.prospect_looks, at=story.at))


def prospect_moves_to(story: Story) -> None:
    story.do(partial(changing.prospect_moves, at=story.at, start=OTHERS[0]))


def prospect_calls_off(story: Story) -> None:
    note = "We have *chosen* somebody else"
    story.do(partial(changing.prospect_calls_off, at=story.at, note=note))


def calls_off(story: Story) -> None:
    story.do(partial(changing.call_off, by="quinn", at=story.at, words="We will be in touch."))


def agrees(story: Story) -> None:
    story.do(partial(proposing.move_meeting, by="quinn", at=story.at))


def keeps_time(story: Story) -> None:
    story.do(partial(proposing.keep_time, by="quinn", at=story.at))


def given_on(story: Story) -> None:
    story.do(partial(giving.hand_on, by="quinn", at=story.at, rep="ravi"))


def does_not_stand_in(story: Story) -> None:
    story.do(partial(answering.send_back, by="ravi", at=story.at, reason=NO_STAND_IN, note=""))


def corrects(story: Story) -> None:
    """As with a brief that is whole, which not every one of a gallery is."""
    deed = Deed(what=Did.ADDRESS, by="quinn", at=story.at, was="prado_ines@contoso.example")
    story.case = replace(story.case, handoff=story.handoff.with_deed(deed))


def propose(story: Story) -> None:
    story.do(partial(proposing.propose, by="rita", at=story.at, start=OTHERS[0]))


SOONER = THURSDAY.start - timedelta(days=1)


def proposes_sooner(story: Story) -> None:
    story.do(partial(proposing.other_times_found, at=story.at, times=(SOONER,)))
    story.do(partial(proposing.propose, by="rita", at=story.at, start=SOONER))


def that_time_comes(story: Story) -> None:
    story.until(SOONER)


def accept(story: Story) -> None:
    story.do(partial(answering.accept, by="rita", at=story.at))


def _letter(story: Story, what: Mailing) -> Letter:
    return next(one for one in reversed(story.handoff.letters) if one.what is what)


def introduced(story: Story) -> None:
    n = _letter(story, Mailing.INTRODUCTION).n
    story.do(partial(sending.sent, at=story.at, n=n, message="<1@halden.example>"))


def not_introduced(story: Story) -> None:
    n = _letter(story, Mailing.INTRODUCTION).n
    story.do(partial(sending.refused, at=story.at, n=n, why="There is no mailbox."))


def sends(story: Story, rule: Callable[..., Decision], *, by: str) -> None:
    """They have read the mail, of the prospect and the time as they are, and send it."""
    to, start = letters.recipient(story.handoff.lead), THURSDAY.start
    story.do(partial(rule, by=by, at=story.at, words="Hello", start=start, to=to))


def reply(story: Story) -> None:
    sends(story, writing.send_reply, by="rita")


def rebook(story: Story) -> None:
    sends(story, writing.rebook, by="rita")
    n = story.handoff.letters[-1].n
    story.do(partial(sending.sent, at=story.at, n=n, message="<3@halden.example>"))


def answered(story: Story) -> None:
    n = _letter(story, Mailing.INTRODUCTION).n
    story.do(partial(introducing.replied, at=story.at, by="rita", n=n, when=story.at))


def accepted(story: Story) -> None:
    story.outlook("accepted")


def prepared(story: Story) -> None:
    n = story.owed(Promise.PREPARE).n
    span = Span(THURSDAY.start - timedelta(minutes=15), THURSDAY.start)
    book = partial(prep.booked, at=story.at, n=n, meeting=THURSDAY, span=span)
    story.do(partial(book, event=None))
    story.do(partial(book, event="prep"))


def no_room(story: Story) -> None:
    n = story.owed(Promise.PREPARE).n
    none = partial(prep.none_booked, at=story.at, n=n, meeting=THURSDAY, why=prep.NO_ROOM)
    story.do(none)


def day_before(story: Story) -> None:
    story.until(THURSDAY.start - timedelta(hours=24))


def confirm(story: Story) -> None:
    sends(story, writing.confirm, by="quinn")


def has_deals(count: int) -> Callable[[Story], object]:
    """The CRM has so many, of which the last is lost."""

    def reads(story: Story) -> object:
        found = [
            Deal(
                id=f"{n}",
                made_at=story.at - timedelta(hours=n),
                stage="closedlost" if n == 1 else "contractsent",
                stage_name="Closed Lost" if n == 1 else "Contract Sent, in *writing*",
                state=DealState.LOST if n == 1 else DealState.OPEN,
                amount=Money(4_800_050 * n, "EUR") if n < 3 else None,
                next_step="Send the *terms* to [Ines](https://x.example)" if n == 2 else "",
            )
            for n in range(1, count + 1)
        ]
        return story.do(partial(deals.read, at=story.at, deals=found))

    return reads


def to_stage(story: Story) -> None:
    """The first of its deals is its, and ravi's by its stage."""
    one = story.handoff.deals[0]
    story.do(partial(deals.choose, by=story.handoff.owner, at=story.at, deal=one.id))
    story.do(partial(accountable.give, at=story.at, to="ravi", turn=17))


def to_customers(story: Story) -> None:
    story.do(partial(accountable.hand_over, at=story.at, to="ravi", turn=17))


def ends_as(outcome: Outcome) -> Callable[[Story], object]:
    return lambda story: story.do(
        partial(ending.no_further_step, by="rita", at=story.at, outcome=outcome)
    )


def prospect_says(response: str) -> Callable[[Story], object]:
    return lambda story: story.do(
        partial(prospects.prospect_says, at=story.at, response=response, responded_at=story.at)
    )


def another_says(story: Story) -> object:
    mail = "i.prado@contoso.example"
    return story.do(partial(prospects.another_says, at=story.at, mail=mail))


def attended(story: Story) -> None:
    there = Attendance(
        rep=timedelta(minutes=12),
        guests=timedelta(),
        begun=THURSDAY.start,
        ended=THURSDAY.start + timedelta(minutes=12),
    )
    story.do(partial(meeting_outcome.attended, at=story.at, attendance=there))


def went(story: Story) -> None:
    story.do(
        partial(
            meeting_outcome.how_it_went,
            by="rita",
            at=story.at,
            outcome=MeetingOutcome.PROSPECT_ABSENT,
        )
    )


def held(story: Story, by: str = "rita") -> None:
    took_place = partial(meeting_outcome.how_it_went, outcome=MeetingOutcome.TOOK_PLACE)
    story.do(partial(took_place, by=by, at=story.at))


def stalls(story: Story) -> None:
    """Nothing comes of it for half of the policy's time."""
    promise = story.owed(Promise.PROGRESS)
    story.until(next(a.at for a in promise.alarms if a.step is Step.REMINDER))


def is_overdue(story: Story) -> None:
    story.until(story.owed(Promise.PROGRESS).due_at)


def again(story: Story) -> None:
    """Rita asks for times for another meeting."""
    wanted = (story.at + timedelta(days=1)).date()
    rule = partial(next_meeting.look_for_times, wanted=wanted, type="demo", minutes=45)
    story.do(partial(rule, by="rita", at=story.at))


NEXT_TIME = Span(THURSDAY.start + timedelta(days=7), THURSDAY.start + timedelta(days=7, minutes=45))


def times_again(story: Story) -> None:
    search = story.handoff.search
    assert search
    found = tuple(Choice(NEXT_TIME.start + timedelta(days=n), "rita") for n in range(2))
    rule = partial(handing_over.times_found, search=search, found=found, nobody=())
    story.do(partial(rule, at=story.at))


def meets_again(story: Story) -> None:
    story.do(partial(booking.choose, by="rita", at=story.at, start=NEXT_TIME.start, rep="rita"))


def outlook_refuses(story: Story) -> None:
    """The meeting that stands is not changed."""
    why, meeting = "Outlook refused the invitation", story.handoff.meeting
    assert meeting
    event = meeting.organizer_event
    story.do(partial(booking.not_invited, at=story.at, why=why, event=event))


def times_of_ravi(story: Story) -> None:
    search = story.handoff.search
    assert search
    found = (Choice(NEXT_TIME.start, "ravi"),)
    rule = partial(handing_over.times_found, search=search, found=found, nobody=())
    story.do(partial(rule, at=story.at))


def books_ravi(story: Story) -> None:
    story.do(partial(booking.choose, by="quinn", at=story.at, start=NEXT_TIME.start, rep="ravi"))


def refused_by_outlook(story: Story) -> None:
    why = "Outlook refused the invitation"
    story.do(partial(booking.not_invited, at=story.at, why=why, event=None))


CALL = Span(THURSDAY.end + timedelta(days=1), THURSDAY.end + timedelta(days=1, minutes=15))


def call(story: Story) -> None:
    story.do(
        partial(
            following.follow_up,
            by="rita",
            at=story.at,
            kind="call",
            not_before=CALL.start,
            minutes=15,
        )
    )
    n = story.owed(Promise.FOLLOW_UP).n
    story.do(partial(following.follow_up_booked, at=story.at, n=n, span=CALL, event=None))
    story.do(partial(following.follow_up_booked, at=story.at, n=n, span=CALL, event="block"))


def over(story: Story) -> None:
    story.until(THURSDAY.end)


def called(story: Story) -> None:
    story.until(CALL.end)


def send_back(story: Story) -> None:
    story.do(
        partial(
            answering.send_back,
            by="rita",
            at=story.at,
            reason="brief",
            note="What is *the* budget?",
        )
    )


def cannot_come(story: Story) -> None:
    story.do(partial(answering.send_back, by="rita", at=story.at, reason=ILL, note=""))


def begins(story: Story) -> None:
    story.until(THURSDAY.start)


def gone(story: Story) -> None:
    story.do(partial(outlook.invite_gone, at=story.at, clicked=False))


def invited_again(story: Story) -> None:
    story.do(partial(answering.invite_again, by="rita", at=story.at))


def give_back(story: Story) -> None:
    story.do(partial(deciding.give_back, by="mara", at=story.at))


def talks(story: Story) -> None:
    story.do(partial(deciding.talk, by="mara", at=story.at))


def keeps_for(story: Story) -> None:
    story.do(partial(proposing.keep_time, by="mara", at=story.at))


def moves_for(story: Story) -> None:
    story.do(partial(proposing.move_meeting, by="mara", at=story.at))


def extend(story: Story) -> None:
    story.do(partial(deciding.extend, by="mara", at=story.at, hours=2, reason="Trade fair"))


def reassign(story: Story) -> None:
    story.do(partial(deciding.reassign, by="mara", at=story.at, rep="ravi"))


def cancelled(story: Story) -> None:
    story.do(partial(outlook.cancelled, at=story.at))


def end(story: Story) -> None:
    story.do(partial(nurture.nurture, by="quinn", at=story.at, marketer="milo"))


def done(story: Story) -> None:
    story.do(partial(ending.no_further_step, by="rita", at=story.at, outcome=Outcome.NOT_REACHABLE))


def contested(story: Story) -> None:
    claim = MeetingOutcome.REP_ABSENT.value
    rule = partial(contest.contest, what=Contested.MEETING, claim=claim)
    story.do(partial(rule, by="quinn", at=story.at))


def ending_contested(story: Story) -> None:
    rule = partial(contest.contest, what=Contested.ENDING, claim=contest.GOES_ON)
    story.do(partial(rule, by="quinn", at=story.at))


def upheld(story: Story) -> None:
    story.do(partial(contest.judge, by="mara", at=story.at, right=True))


def recycled(story: Story) -> None:
    story.do(partial(nurture.recycle, by="milo", at=story.at))


def came_in(story: Story) -> None:
    story.begin(source="Website form")
    ready(story)


def held_at_the_door(story: Story) -> None:
    story.begin(
        source="Website form",
        held="it looks like a test, for its address is of example.com; and this company has a "
        "handoff open already: no. 3, with Rita Osei",
    )


def let_in(story: Story) -> None:
    story.do(partial(handing_over.let_in, by="quinn", at=story.at))


def unfit(story: Story) -> None:
    """As it begins where it does not reach the line of fit."""
    story.begin(below="fit is 0 of the 40 points that the policy asks for")
