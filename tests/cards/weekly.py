"""A week's report, made up: as a head of sales, a rep and a small company have it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from cards.campaign_week import campaign_words
from cards.elements import Card
from cards.letters import Written
from cards.tab_link import TabLinks
from cards.trend import trend_card
from cards.weekly_report import Names, team_card, week_so_far_card, weekly_card, write_weekly_mail
from handoff.figures import Period, Share, Unit, Value
from handoff.model import Person
from handoff.policy import Policy
from handoff.trends import Cell, Trend
from handoff.weekly import ITEMS, OF_CAMPAIGN, OWN, Item, Line, Numbers, Report, Told

WEEK = Period(date(2026, 3, 2), date(2026, 3, 9))
AT = datetime(2026, 3, 9, 8, tzinfo=UTC)
NOW: Mapping[str, tuple[Value | None, Mapping[str, Value | None]]] = {
    "handed_over": (31, {}),
    "accepted": (26, {}),
    "accepted_of_handed_over": (Share(24, 31), {}),
    "met_of_handed_over": (Share(18, 28), {}),
    "opportunity_of_handed_over": (Share(6, 28), {}),
    "won_of_handed_over": (Share(3, 25), {}),
    "took_place": (Share(22, 26), {}),
    "met": (21, {}),
    "fell_through": (5, {}),
    "fell_through-code": (5, {"prospect_called_off": 3, "cancelled": 1, "invite_gone": 1}),
    "took_place-code": (
        Share(22, 26),
        {"held": Share(22, 22), "prospect_absent": Share(0, 3), "moved": Share(0, 1)},
    ),
    "sent_back": (4, {}),
    "sent_back-reason": (4, {"not_a_fit": 3, "": 1}),
    "handed_over-segment": (31, {"Enterprise [x](http://x)": 20, "": 11}),
    "accepted-segment": (26, {"Enterprise [x](http://x)": 16, "": 10}),
    "took_place-segment": (Share(22, 26), {"Enterprise [x](http://x)": Share(12, 14)}),
    "sent_back-segment": (4, {"": 4}),
    "won-segment": (2, {"Enterprise [x](http://x)": 2}),
    "overdue": (2, {}),
    "overdue-code": (6, {"outcome": 4, "next_step": 2}),
    "opportunity": (6, {}),
    "won": (2, {}),
    "worth_won": ({"EUR": 9_600_000}, {}),
    "kept_of_due": (Share(40, 44), {}),
}
BEFORE: Mapping[str, Value] = {
    "handed_over": 18,
    "took_place": Share(12, 24),
    "met": 11,
    "fell_through": 12,
    "sent_back": 3,
    "opportunity": 5,
    "won": 1,
    "kept_of_due": Share(41, 46),
}


def _line(kind: str, whose: str, items: tuple[Item, ...], *, shown: bool = True) -> Line:
    def told(item: Item, *, now: bool) -> Told:
        if not shown:
            return Told(None, dict.fromkeys(NOW[item.key][1]))
        if now:
            return Told(*NOW[item.key])
        empty: Value = Share(0, 0) if item.of.unit is Unit.SHARE else 0
        return Told(BEFORE.get(item.key, {} if item.of.unit is Unit.MONEY else empty), {})

    def numbers(*, now: bool) -> Numbers:
        return {item.key: told(item, now=now) for item in items}

    return Line(kind=kind, whose=whose, now=numbers(now=True), before=numbers(now=False))


def reports(policy: Policy, people: Mapping[str, Person]) -> dict[str, tuple[Report, Names]]:
    """By whose it is."""
    whole = _line("organisation", "", ITEMS)
    odd = {**people, "ravi": people["rita"]}

    def names(who: str) -> Names:
        campaigns = {"fair": "Hannover [fair](http://x)"}
        return Names(people=odd, campaigns=campaigns, policy=policy, viewer=people[who])

    common = Report(week=WEEK, made_at=AT, cut_off=AT, definition=1, policy=12, organisation=whole)
    head = replace(
        common,
        own=_line("person", "helen", OWN),
        below=_line("below", "helen", ITEMS),
        teams=tuple(_line("team", who, OWN) for who in ("helen", "mara", "ravi", "gone")),
        people=tuple(_line("person", who, OWN) for who in ("rita", "quinn")),
        campaigns=(_line("campaign", "fair", OF_CAMPAIGN),),
    )
    small = _line("organisation", "", ITEMS, shown=False)
    return {
        "helen": (head, names("helen")),
        "rita": (replace(common, own=_line("person", "rita", OWN)), names("rita")),
        "quinn": (replace(common, organisation=small), names("quinn")),
    }


def mails(policy: Policy, people: Mapping[str, Person]) -> dict[str, Written]:
    return {
        who: write_weekly_mail(report, names, TabLinks(app="a", url="https://baton.example.com"))
        for who, (report, names) in reports(policy, people).items()
    }


def cards(policy: Policy, people: Mapping[str, Person], tab: TabLinks) -> dict[str, Card]:
    found = {
        f"{who}: the report of a week": weekly_card(report, names, tab)
        for who, (report, names) in reports(policy, people).items()
    }
    report, names = reports(policy, people)["helen"]
    theirs = campaign_words(report.campaigns, names)
    found["helen: the report of a week, with each campaign"] = weekly_card(
        report, names, tab, theirs
    )
    found["helen: the report of a week, without a tab"] = weekly_card(report, names)
    assert report.own
    assert report.below
    spike = Cell(
        reason="no_fit",
        campaign="fair",
        segment="Enterprise",
        recent=Share(20, 40),
        before=Share(12, 120),
    )
    return found | {
        "helen: this week so far": week_so_far_card(WEEK, report.own, report.below, names),
        "helen: her teams": team_card(WEEK, report.own, report.teams, names),
        "milo: a reason is given more often": trend_card(
            Trend(cell=spike, chance=0.00001), "Hannover [fair](http://x)", policy
        ),
        "helen: a reason of leads of no campaign": trend_card(
            Trend(cell=replace(spike, campaign="", segment=""), chance=0.02), "", policy
        ),
    }
