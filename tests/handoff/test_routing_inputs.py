"""What a choice is made from: limits on the rep's own calendar, weights, credits; who starves."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from time import process_time
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.hours import Span
from handoff.model import (
    Commitment,
    Decision,
    Ending,
    Entry,
    Handoff,
    Meeting,
    Person,
    State,
    Step,
)
from handoff.money import whole
from handoff.policy import Promise
from handoff.routing import credits, famine
from handoff.routing.caps import Got, caps
from handoff.routing.check import flaws
from handoff.routing.choose import after, choose
from handoff.routing.gather import (
    Known,
    Question,
    Times,
    load,
    members_of,
    performance,
    ramp,
)
from handoff.routing.inputs import LEAD, Member, Mode, Out, RoutingRequest, read, written
from handoff.routing.policy import (
    Limits,
    Performance,
    PoolLimits,
    PoolTerms,
    RepTerms,
    Routing,
    Rule,
    Trait,
)
from handoff.routing.reasons import cap_words, leads, reasons
from handoff.routing.simulate import picture, replayed, simulate
from handoff.timeline import Word
from tests.conftest import person
from tests.handoff.conftest import LEAD as OURS
from tests.hour import MONDAY
from tests.thoroughness import examples

ALL = Rule(name="All", to="emea")
ASKED = RoutingRequest(pool="emea", counter="emea", policy=1, at=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_day_and_a_week_end_at_the_reps_own_midnight_also_where_the_clocks_change() -> None:
    """29 March 2026: Madrid goes from +01:00 to +02:00. Sunday has 23 hours."""
    limits = Limits(day=1, week=5)
    sunday = at("2026-03-29T12:00")
    before, on = Got(at("2026-03-28T22:59")), Got(at("2026-03-28T23:00"))

    last_week, first = Got(at("2026-03-22T22:59")), Got(at("2026-03-22T23:00"))
    got = [last_week, first, before, on]

    day, week = caps(limits, got=got, open=0, tags=(), zone="Europe/Madrid", at=sunday)

    assert (day.used, day.most, week.used) == (1, 1, 3)
    assert day.resets_at == int(at("2026-03-29T22:00").timestamp())
    assert cap_words(day, "Europe/Madrid") == "1 of 1 today, resets Mon 00:00"
    assert cap_words(week, "Europe/Madrid") == "3 of 5 this week, resets Mon 00:00"
    [there, _] = caps(limits, got=[before, on], open=0, tags=(), zone="America/New_York", at=sunday)
    assert there.used == 0, "both were Saturday evening there"


def test_limits_stack_and_a_rolling_one_frees_when_its_oldest_lead_ages() -> None:
    limits = Limits(rolling=2, rolling_days=10, open=3, tags={"Large": 1})
    got = [
        Got(MONDAY - timedelta(days=n), frozenset({"Large"} if n == 1 else ())) for n in (1, 4, 11)
    ]

    rolling, open_, tag = caps(
        limits, got=got, open=3, tags=("Large",), zone="UTC", at=MONDAY + timedelta(days=1)
    )

    assert rolling.reached
    assert rolling.resets_at == int((MONDAY - timedelta(days=4) + timedelta(days=10)).timestamp())
    assert open_.reached
    assert tag.used == 0, "the large one was last week's"
    assert cap_words(open_, "UTC") == "3 of 3 open"


def test_an_hour_and_a_whole_pool_can_have_a_limit() -> None:
    got = [MONDAY - timedelta(minutes=m) for m in (10, 59, 61, 1450)]
    [hour] = caps(
        Limits(hour=2), got=list(map(Got, got)), open=0, tags=(), zone="Europe/Madrid", at=MONDAY
    )
    assert (hour.used, hour.reached) == (2, True), "what is older than an hour does not count"
    assert cap_words(hour, "UTC") == "2 of 2 in an hour, resets Mon 09:01"

    terms = PoolTerms(counter="one", at_most=PoolLimits(hour=3, day=3, week=9))
    found = gathered(
        Routing(rules=(ALL,), pools={"emea": terms}),
        person("Rita Osei", "rep"),
        person("Ravi Patel", "rep"),
        of_the_pool=got,
    )
    for member in found.values():
        used = [("pool:hour", 2), ("pool:day", 3), ("pool:week", 4)]
        assert [(cap.kind, cap.used) for cap in member.caps] == used
        assert member.full
        assert cap_words(member.full, "UTC").startswith("3 of 3 of the whole pool in 24 hours")


def test_ramp_performance_and_load_are_sums_that_a_rep_can_make() -> None:
    assert [
        ramp(date(2026, 3, 2), date(2026, 3, 2) + timedelta(days=d), (25, 50))
        for d in (0, 29, 30, 60)
    ] == [25, 25, 50, 100]
    terms = Performance(floor=80, ceiling=120, least=5)
    assert performance((9, 10), (15, 20), terms) == 120
    assert performance((8, 10), (16, 20), terms) == 100
    assert performance((1, 10), (15, 20), terms) == 80, "never below the floor"
    assert performance((4, 4), (15, 20), terms) == 100, "too few to say"
    stages = {"discovery": 1, "proposal": 3}
    assert load(["proposal", None, "discovery", "retired"], stages) == 3 + 1 + 1 + 1


def gathered(routing: Routing, *people: Person, **known: object) -> dict[str, Member]:
    lead = replace(OURS, contact_email="a@firma.de", value=whole(250_000, "EUR"))
    question = Question(
        pool="emea", lead=lead, qualifier=person("Quinn Avery", "qualifier"), at=MONDAY
    )
    facts = Known(books={}, got={}, stages={}, open={}, answers={}, **known)  # type: ignore[arg-type]
    times = Times(
        free=frozenset({"rita", "ravi"}),
        first={"rita": MONDAY, "ravi": MONDAY, "rosa": None},
        until=MONDAY + timedelta(days=14),
        dark=frozenset({"noah"}),
    )
    return {m.id: m for m in members_of(question, people, facts, times, routing)}


def test_who_takes_no_part_and_why() -> None:
    rosa = person("Rosa Klein", "rep")
    away = replace(rosa.hours, away=(Span(MONDAY, MONDAY + timedelta(days=20)),))
    people = (
        person("Rita Osei", "rep"),
        replace(person("Ravi Patel", "rep"), unreachable="blocked"),
        replace(rosa, hours=away),
        person("Noah Brooks", "rep"),
        person("Quinn Avery", "rep"),
    )

    found = gathered(Routing(rules=(ALL,)), *people)

    assert {id: m.out for id, m in found.items()} == {
        "rita": None,
        "ravi": Out.UNREACHABLE,
        "rosa": Out.AWAY,
        "noah": Out.DARK,
        "quinn": Out.QUALIFIER,
    }
    assert list(found) == sorted(found), "the fixed order is by id"


def test_skills_preferences_pairs_owners_and_agreement_come_from_the_policy() -> None:
    routing = Routing(
        rules=(ALL,),
        traits=(Trait(kind="language", name="German", domains=(".de",)),),
        pools={"emea": PoolTerms(counter="one", needs=("language",))},
        reps=(
            RepTerms(
                who="Rita@halden.example", skills=("German",), prefers=("German",), weight=250
            ),
        ),
        pairs=(("quinn@halden.example", "rita@halden.example"),),
        signed=True,
    )

    found = gathered(
        routing,
        person("Rita Osei", "rep"),
        person("Ravi Patel", "rep"),
        owner="rita",
        signed=frozenset({"rita"}),
    )

    rita, ravi = found["rita"], found["ravi"]
    assert (rita.out, rita.weight, rita.prefers, rita.paired, rita.owner) == (
        None,
        250,
        True,
        True,
        True,
    )
    assert (ravi.out, ravi.prefers, ravi.paired) == (Out.SKILL, False, False)


def handoff(rep: str | None = "rita") -> Handoff:
    return Handoff(
        id=UUID(int=1),
        number=1,
        lead=OURS,
        qualifier="quinn",
        owner="quinn",
        policy=1,
        state=State.OFFERED,
        rep=rep,
        meeting=Meeting(span=Span(MONDAY, MONDAY + timedelta(hours=1))),
    )


def told(what: Word, **detail: str) -> Decision:
    entry = Entry(at=MONDAY, by="quinn", what=what, rule="answer", detail=detail)
    return Decision(handoff=handoff(), entries=(entry,))


POLICY = Routing(
    rules=(ALL,), credit=("lead", "no_show", "cancelled", "reassigned"), fault=("no_need", "brief")
)


@pytest.mark.parametrize(
    ("decision", "moved"),
    [
        (told("booked", to="rita"), [credits.Given("rita", "named")]),
        (told("booked", to="rita", turn="7"), []),
        (told("sent_back", reason="no_need"), [credits.Credit("rita", "lead")]),
        (told("sent_back", reason="wrong_owner"), []),
        (told("went", outcome="prospect_absent"), [credits.Credit("rita", "no_show")]),
        (told("went", outcome="rep_absent"), []),
        (told("cancelled"), [credits.Credit("rita", "cancelled")]),
        (
            told("reassigned", to="ravi"),
            [credits.Credit("rita", "reassigned"), credits.Given("ravi", "reassigned")],
        ),
        (told("passed_on", to="ravi"), [credits.Given("ravi", "passed_on")]),
        (told("nurture"), []),
        (told("accepted"), []),
    ],
)
def test_what_moves_the_books_is_policy(decision: Decision, moved: list[object]) -> None:
    assert list(credits.movements(handoff(), decision, POLICY)) == moved


OVERDUE = Commitment(
    n=1,
    what=Promise.ANSWER,
    who="rita",
    made_at=MONDAY - timedelta(hours=3),
    due_at=MONDAY - timedelta(minutes=1),
    first_due_at=MONDAY - timedelta(minutes=1),
)


@pytest.mark.parametrize(
    ("decision", "credited"),
    [
        (told("reassigned", to="ravi"), False),
        (told("given_over", to="ravi"), False),
        (told("cancelled"), False),
        (told("sent_back", reason="no_need"), True),
        (told("went", outcome="prospect_absent"), True),
    ],
)
@pytest.mark.parametrize(
    ("promise", "late"),
    [
        (OVERDUE, True),
        (replace(OVERDUE, ending=Ending.LATE, ended_at=MONDAY), True),
        (replace(OVERDUE, due_at=MONDAY + timedelta(hours=1), reached=Step.BREACH), True),
        (replace(OVERDUE, due_at=MONDAY + timedelta(hours=1)), False),
        (replace(OVERDUE, ending=Ending.KEPT, ended_at=MONDAY), False),
        (replace(OVERDUE, excused_at=MONDAY - timedelta(hours=1)), False),
        (replace(OVERDUE, who="mara"), False),
    ],
)
def test_who_let_it_become_overdue_is_credited_only_for_what_is_the_leads_own(
    decision: Decision, credited: bool, promise: Commitment, late: bool
) -> None:
    before = replace(handoff(), commitments=(promise,))

    moved = credits.movements(before, decision, POLICY)

    assert any(isinstance(m, credits.Credit) for m in moved) is (credited or not late)


def test_what_is_passed_on_by_hand_is_credited_where_the_policy_credits_what_is_passed_on() -> None:
    before = replace(handoff(), commitments=(OVERDUE,))
    routing = replace(POLICY, credit=("passed_on",))

    moved = credits.movements(before, told("reassigned", to="ravi"), routing)

    assert moved[0] == credits.Credit("rita", "passed_on")


def some(**leads: int) -> dict[str, list[datetime]]:
    """So many leads of each, one a day."""
    return {who: [MONDAY - timedelta(days=n) for n in range(count)] for who, count in leads.items()}


def test_a_days_leave_silences_no_alarm_and_what_came_meanwhile_does_not_count() -> None:
    members = tuple(Member(id=id, weight=100) for id in ("ravi", "rita", "rosa"))
    there = frozenset(("ravi", "rita", "rosa"))
    day = (Span(MONDAY - timedelta(days=1), MONDAY - timedelta(hours=1)),)
    two = (Span(MONDAY - timedelta(days=2), MONDAY + timedelta(hours=1)),)

    [found] = famine.starved(members, some(ravi=4, rosa=1), there, 3, {"rita": day, "rosa": two})

    assert (found.id, found.peer, found.peer_got) == ("rita", "ravi", 3)
    assert famine.starved(members, some(ravi=4, rosa=1), there, 3, {"rita": two}) == ()


def test_a_rep_without_leads_beside_one_with_three_is_found_with_what_would_mend_it() -> None:
    members = tuple(Member(id=id, weight=100) for id in ("ravi", "rita", "rosa"))
    there = frozenset(m.id for m in members)

    [found] = famine.starved(members, some(ravi=4, rosa=2), there, 3)

    assert (found.id, found.peer, found.peer_got, found.owed) == ("rita", "ravi", 4, 2)
    assert famine.starved(members, some(ravi=2, rosa=2), there, 3) == ()
    assert famine.starved(members, some(ravi=4), there - {"rita", "rosa"}, 3) == (), "was away"
    part_time = (members[0], replace(members[1], weight=20), members[2])
    assert famine.starved(part_time, some(ravi=4, rosa=2), there, 3) == (), "not comparable"
    of, effect = famine.effect(ASKED, members, "rita", found.owed)
    assert of == 6
    assert {id: (a, b) for id, a, b in effect}["rita"] == (2, 3)


def test_what_is_usual_of_a_whole_pool_stands_in_no_record_and_is_read_back_the_same() -> None:
    members = (Member(id="a"), Member(id="b", weight=50, next_free=7))

    record = written(ASKED, members)

    assert record["columns"] == ["id", "weight", "target", "got", "caps", "out", "next_free"]
    assert read(record) == (ASKED, members)


def test_of_a_large_pool_each_costs_no_more_than_of_a_small_one() -> None:
    """Nobody is looked up in a list of all; of many each may take thrice as long."""

    def took(reps: int) -> float:
        members = [Member(id=f"r{n}", next_free=n % 9) for n in range(reps)]
        times = []
        for _ in range(2):
            began = process_time()
            reasons(replace(ASKED, mode=Mode.BALANCED), members)
            times.append(process_time() - began)
        return min(times)

    assert took(8_000) < 3 * 20 * took(400)


def test_fair_data_at_random_raises_no_alarm() -> None:
    """Four hundred fortnights: leads, free times and weights at random, turns as the router takes
    them.
    """
    dice, raised = random.Random(7), 0
    for _ in range(400):
        members = tuple(
            Member(id=f"r{n}", weight=dice.choice((80, 100, 100, 120)))
            for n in range(dice.randint(2, 8))
        )
        got: Counter[str] = Counter()
        for n in range(dice.randint(1, 40)):
            asked = tuple(replace(m, free=dice.random() < 0.8) for m in members)
            assignment = choose(ASKED, asked)
            members = after(asked, assignment, n + 1)
            got.update([assignment.chosen] if assignment.chosen else [])
        raised += bool(famine.starved(members, some(**got), frozenset(m.id for m in members), 3))
    assert raised <= 20, f"{raised} of 400"


def test_what_would_have_changed_it_is_tried_and_tenths_are_rounded() -> None:
    members = (
        Member(id="rita", free=False),
        Member(id="ravi", last=1),
        Member(id="rosa", target=-3 * LEAD, free=False),
    )

    why = {one.id: one for one in reasons(ASKED, members, ("rita", "rosa"))}

    assert why["ravi"].code == "chosen"
    assert (why["rita"].code, why["rita"].would_be) == ("busy", True)
    assert (why["rosa"].code, why["rosa"].would_be) == ("busy", False)
    freed = tuple(replace(m, free=True) if m.id == "rita" else m for m in members)
    assert choose(ASKED, freed).chosen == "rita", "following the advice changes the pick as said"
    assert [leads(n) for n in (LEAD, -LEAD // 3, LEAD // 20, LEAD // 21)] == [
        "1.0",
        "-0.3",
        "0.1",
        "0.0",
    ]


def heavier(member: Member) -> Member:
    return replace(member, weight=member.weight * 9)


@settings(max_examples=examples(30), deadline=None)
@given(st.lists(st.sampled_from((50, 100, 200)), min_size=2, max_size=5), st.integers(1, 25))
def test_records_are_made_again_and_the_same_draft_changes_nothing(
    weights: list[int], count: int
) -> None:
    members = tuple(Member(id=f"r{n}", weight=w) for n, w in enumerate(weights))
    records, chosen = [], []
    for n in range(count):
        asked = replace(ASKED, at=n + 1)
        assignment = choose(asked, members)
        records.append(
            {
                **written(asked, members),
                "how": assignment.how,
                "backup": assignment.backup,
                "order": list(assignment.order),
                "targets": list(assignment.targets),
            }
        )
        chosen.append(assignment.chosen)
        members = after(members, assignment, n + 1)

    assert all(
        replayed(n, who, r) is None for n, (who, r) in enumerate(zip(chosen, records, strict=True))
    )
    assert replayed(1, "someone else", records[0])
    same = simulate(records, lambda _n, asked, members, _moved: (asked, members))
    assert list(same.chosen) == chosen
    doubled = simulate(
        records,
        lambda _n, asked, members, _moved: (asked, (heavier(members[0]), *members[1:])),
    )
    assert doubled.got["r0"] >= same.got["r0"]
    assert "<svg" in picture(same, doubled, {"r0": "A & <B>"}, "Draft")
    assert "A &amp; &lt;B&gt;" in picture(same, doubled, {"r0": "A & <B>"}, "Draft")


EUR = partial(whole, currency="EUR")


def rule(name: str, to: str = "emea", **more: object) -> Rule:
    when = {"region": more.pop("region")} if "region" in more else {}
    return Rule(name=name, to=to, when=when, **more)  # type: ignore[arg-type]


HI, LO = rule("hi", value_from=EUR(100)), rule("lo", value_below=EUR(100))


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([rule("a", region=("A",)), rule("b", region=("B",)), rule("ab", region=("A", "B"))], "ab"),
        (
            [
                HI,
                LO,
                rule("x", value_from=EUR(50)),
            ],
            "x",
        ),
        (
            [
                HI,
                LO,
                rule("x", region=("A",)),
            ],
            "",
        ),
        ([rule("none", value_from=EUR(100), value_below=EUR(50))], "none"),
        ([rule("none", value_from=EUR(100), value_below=EUR(100))], "none"),
        ([rule("a", region=("A",)), rule("ab", region=("A", "B"))], ""),
        ([HI, rule("x", region=("A",))], ""),
        (
            [
                LO,
                rule("mid", value_from=EUR(100), value_below=EUR(200)),
            ],
            "",
        ),
    ],
)
def test_a_rule_that_no_lead_comes_to_is_named(rules: list[Rule], said: str) -> None:
    traits = tuple(Trait(kind="region", name=name, zones=(name,)) for name in "AB")
    routing = Routing(
        rules=(*rules, rule("rest")), traits=traits, pools={"emea": PoolTerms(counter="emea")}
    )

    found = [flaw.words for flaw in flaws(routing, ["emea"]) if "rest" not in flaw.words]

    assert [f"{said!r}" in words for words in found] == ([True] if said else [])


def test_the_ramp_counts_days_where_the_rep_is() -> None:
    """Half past noon on 30 January, UTC, is the 31st on Kiritimati: their thirtieth day is over."""
    far = person("Rita Osei", "rep")
    far = replace(far, hours=replace(far.hours, zone="Pacific/Kiritimati"))
    own = RepTerms(who=far.mail, since=date(2026, 1, 1))
    question = Question(pool="emea", lead=OURS, qualifier=None, at=at("2026-01-30T12:30"))
    known = Known(books={}, got={}, stages={}, open={}, answers={})
    times = Times(free=frozenset({"rita"}), first={})

    [member] = members_of(
        question, [far], known, times, Routing(rules=(ALL,), reps=(own,), ramp=(25, 50))
    )

    assert member.ramp == 50
