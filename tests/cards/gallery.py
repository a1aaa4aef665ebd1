"""Every card that Baton draws, from stories that were really told. Also what `make cards` draws."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from cards.draw import card_for
from cards.forms import brief_form, lead_list
from cards.lists import closed_card, help_card, line_card, mine_card, welcome_card
from cards.parts import Card
from cards.timeline import timeline_card
from cards.view import View
from handoff import absence, rules
from handoff.hours import OPEN_END, Span
from handoff.model import Choice, Conflict, Lead, Obstacle, Outcome
from handoff.policy import Policy, Promise
from tests.conftest import MONDAY
from tests.handoff.conftest import LEAD, PEOPLE, THURSDAY, Story

FORM = UUID("11111111-2222-4333-8444-555555555555")
TARGETS = (("Whoever is next in EMEA", "pool:emea"), ("Rita Osei", "rep:rita"))


def gallery(policy: Policy, lead: Lead = LEAD) -> dict[str, Card]:
    """Name to card. A name says whose card it is and where the handoff stands."""
    cards: dict[str, Card] = {}

    def tell(*steps: Callable[[Story], object]) -> Story:
        story = Story(policy)
        story.case = replace(story.case, handoff=replace(story.handoff, lead=lead))
        for step in steps:
            step(story)
        return story

    def draw(name: str, story: Story, who: str, notice: str = "") -> None:
        view = View(case=story.case, viewer=PEOPLE[who], at=story.at, notice=notice)
        cards[f"{who}: {name}"] = card_for(view, TARGETS)

    told = {
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
        "overdue, unreachable": tell(Story.offered, unreachable, hours(4), stand_ins),
        "tentative": tell(Story.offered, outlook("tentativelyAccepted")),
        "other times": tell(Story.offered, ask, others),
        "no other times": tell(Story.offered, ask, no_others),
        "proposed": tell(Story.offered, ask, others, propose),
        "accepting": tell(Story.offered, accept),
        "accepting waits": tell(Story.offered, accept, minutes(31)),
        "accepted": tell(Story.accepted),
        "accepted, call booked": tell(Story.accepted, call),
        "after the meeting": tell(Story.accepted, over),
        "following up": tell(Story.accepted, call, over),
        "did it happen": tell(Story.accepted, call, over, called),
        "sent back": tell(Story.offered, send_back, stand_ins),
        "sent back, nobody free": tell(Story.offered, send_back, nobody),
        "declined in Outlook": tell(Story.offered, outlook("declined")),
        "unanswered": tell(Story.offered, begins),
        "invitation gone": tell(Story.offered, gone),
        "reassigned": tell(Story.offered, hours(4), stand_ins, reassign),
        "cancelled": tell(Story.accepted, cancelled),
        "leaving, looking": tell(Story.accepted, leaves),
        "leaving": tell(Story.offered, leaves, stand_ins),
        "leaving, nobody free": tell(Story.accepted, leaves, nobody),
        "leaving until further notice": tell(Story.accepted, leaves_for_good, stand_ins),
        "leaving, kept": tell(Story.accepted, leaves, stand_ins, keep),
        "leaving, passed on": tell(Story.accepted, leaves, stand_ins, pass_on),
        "away, the clock waits": tell(Story.offered, ill),
        "disabled": tell(Story.offered, disabled),
        "nurture": tell(Story.offered, send_back, end),
        "done": tell(Story.accepted, over, done),
    }
    for name, story in told.items():
        handoff = story.handoff
        draw(name, story, "quinn")
        if handoff.rep or handoff.last(Promise.ANSWER):
            draw(name, story, "rita")
        if any(c.what is Promise.DECIDE for c in handoff.commitments):
            draw(name, story, "mara")
    draw("a refusal", told["offered"], "rita", "This handoff has moved on since the card was sent.")

    quinn, rita = PEOPLE["quinn"], PEOPLE["rita"]
    view = View(case=told["overdue"].case, viewer=rita, at=told["overdue"].at)
    form = partial(
        brief_form, form=FORM, policy=policy, qualifier=quinn, targets=TARGETS, at=MONDAY
    )
    owed = [(view, c) for c in view.handoff.commitments if c.open and c.who == "rita"]
    cards |= {
        "quinn: form": form(),
        "quinn: form, incomplete": form(
            typed={"company": lead.company, "contact_zone": "Europe/Lisbon"},
            problem="Please fill in: Needs, Wants",
        ),
        "quinn: leads": lead_list(
            leads=[(UUID(int=n), lead.company, lead.contact_name) for n in range(120)], form=FORM
        ),
        "quinn: help": help_card(quinn),
        "rita: help": help_card(rita, "I did not understand that."),
        "quinn: welcome": welcome_card(quinn),
        "stranger: welcome": welcome_card(None),
        "rita: mine": mine_card(rita, owed * 15),
        "rita: mine, empty": mine_card(rita, []),
        "rita: why": timeline_card(view, told["overdue"].entries * 8),
        "rita: a line": line_card("There is no handoff number 99."),
        "rita: older card": closed_card(view),
    }
    return cards


def times(story: Story) -> None:
    search = story.handoff.search
    assert search
    found = tuple(Choice(THURSDAY.start + timedelta(days=n), "rita") for n in range(5))
    story.do(partial(rules.times_found, at=story.at, search=search, found=found, nobody=("ravi",)))


def no_times(story: Story) -> None:
    search = story.handoff.search
    assert search
    story.do(partial(rules.times_found, at=story.at, search=search, found=(), nobody=()))


def ready(story: Story) -> None:
    story.case = replace(story.case, handoff=replace(story.handoff, search=None))


def hours(count: float) -> Callable[[Story], object]:
    return lambda story: story.later(hours=count)


def minutes(count: float) -> Callable[[Story], object]:
    return lambda story: story.later(minutes=count)


def outlook(response: str) -> Callable[[Story], object]:
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
    rita = replace(PEOPLE["rita"], unreachable="has blocked Baton")
    story.people = {**story.people, "rita": rita}
    story.case = replace(story.case, people=story.people)


def away(story: Story, start: datetime, end: datetime) -> None:
    """Rita's calendar, or her automatic replies, now say so."""
    rita = story.people["rita"]
    hours_ = replace(rita.hours, away=(Span(start, end),))
    story.people = {**story.people, "rita": replace(rita, hours=hours_)}
    story.case = replace(story.case, people=story.people)
    story.do(partial(absence.seen, at=story.at))


def leaves(story: Story) -> None:
    away(story, THURSDAY.start - timedelta(hours=1), THURSDAY.end + timedelta(days=4))


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


def stand_ins(story: Story) -> None:
    story.do(partial(rules.stand_ins_found, at=story.at, reps=("ravi", "helen")))


def nobody(story: Story) -> None:
    story.do(partial(rules.stand_ins_found, at=story.at, reps=()))


def ask(story: Story) -> None:
    story.do(partial(rules.ask_other_times, by="rita", at=story.at))


OTHERS = tuple(THURSDAY.start + timedelta(days=1, hours=n) for n in range(3))


def others(story: Story) -> None:
    story.do(partial(rules.other_times_found, at=story.at, times=OTHERS))


def no_others(story: Story) -> None:
    story.do(partial(rules.other_times_found, at=story.at, times=()))


def propose(story: Story) -> None:
    story.do(partial(rules.propose, by="rita", at=story.at, start=OTHERS[0]))


def accept(story: Story) -> None:
    story.do(partial(rules.accept, by="rita", at=story.at))


CALL = Span(THURSDAY.end + timedelta(days=1), THURSDAY.end + timedelta(days=1, minutes=15))


def call(story: Story) -> None:
    story.do(
        partial(
            rules.follow_up,
            by="rita",
            at=story.at,
            kind="call",
            not_before=CALL.start,
            minutes=15,
        )
    )
    n = story.owed(Promise.FOLLOW_UP).n
    story.do(partial(rules.follow_up_booked, at=story.at, n=n, span=CALL, event=None))
    story.do(partial(rules.follow_up_booked, at=story.at, n=n, span=CALL, event="block"))


def over(story: Story) -> None:
    story.until(THURSDAY.end)


def called(story: Story) -> None:
    story.until(CALL.end)


def send_back(story: Story) -> None:
    story.do(
        partial(
            rules.send_back, by="rita", at=story.at, reason="brief", note="What is *the* budget?"
        )
    )


def begins(story: Story) -> None:
    story.until(THURSDAY.start)


def gone(story: Story) -> None:
    story.do(partial(rules.invite_gone, at=story.at, clicked=False))


def reassign(story: Story) -> None:
    story.do(partial(rules.reassign, by="mara", at=story.at, rep="ravi"))


def cancelled(story: Story) -> None:
    story.do(partial(rules.cancelled_in_outlook, at=story.at))


def end(story: Story) -> None:
    story.do(partial(rules.end, by="quinn", at=story.at, outcome=Outcome.NURTURE))


def done(story: Story) -> None:
    story.do(partial(rules.no_further_step, by="rita", at=story.at))
