"""Whoever is next: what holds for any pool, any weights and whatever happens to them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.routing.choose import Assignment, after, choose
from handoff.routing.inputs import LEAD, Cap, Member, Mode, Out, RoutingRequest, read, written
from tests.thoroughness import examples

ASKED = RoutingRequest(pool="emea", counter="emea", policy=1, at=1)
WEIGHTS = st.lists(st.integers(1, 1000), min_size=1, max_size=12)


def pool(*weights: int) -> tuple[Member, ...]:
    return tuple(Member(id=f"rep{n:02}", weight=weight) for n, weight in enumerate(weights))


def give(
    members: Sequence[Member], leads: int, asked: RoutingRequest = ASKED
) -> tuple[tuple[Member, ...], list[str | None]]:
    """So many leads, one after the other; who got them."""
    now, chosen = tuple(members), []
    for n in range(leads):
        assignment = choose(asked, now)
        now = after(now, assignment, n + 1)
        chosen.append(assignment.chosen)
    return now, chosen


def next_of(members: Sequence[Member], asked: RoutingRequest = ASKED) -> str | None:
    return choose(asked, members).chosen


def change(members: Sequence[Member], id: str, **to: object) -> tuple[Member, ...]:
    return tuple(replace(m, **to) if m.id == id else m for m in members)  # type: ignore[arg-type]


@settings(max_examples=examples(10), deadline=None)
@given(WEIGHTS)
def test_a_thousand_leads_end_within_one_of_the_target_whatever_the_weights(
    weights: list[int],
) -> None:
    members, _ = give(pool(*weights), 1000)

    for member, weight in zip(members, weights, strict=True):
        target = Fraction(1000 * weight, sum(weights))
        assert abs(member.got - target) <= 1, weights
        assert abs(Fraction(member.target, LEAD) - target) < Fraction(1, 10**6)


@pytest.mark.parametrize("mode", list(Mode))
def test_in_a_pool_eight_times_as_large_a_choice_takes_no_more_than_some_ten_times_as_long(
    mode: Mode,
) -> None:
    """One that grew with the square would take sixty-four times as long."""
    asked = replace(ASKED, mode=mode, within=LEAD)

    def took(members: Sequence[Member]) -> float:
        """Seconds of this process, the best of three."""
        found = []
        for _ in range(3):
            begun = process_time()
            choose(asked, members)
            found.append(process_time() - begun)
        return min(found)

    small, large = (pool(*[1 + n % 7 for n in range(size)]) for size in (1_000, 8_000))
    assert took(large) < took(small) * 24


def test_the_largest_shortfall_alone_would_let_somebody_fall_more_than_a_lead_behind() -> None:
    """Why the choice looks ahead: with these weights it would be 1.12 leads, at the 72nd."""
    now, worst = pool(100, 100, 5, 5, 1), 0
    for n in range(72):
        now = after(now, choose(ASKED, now), n + 1)
        worst = max(worst, *(m.owed for m in now))
    assert worst <= LEAD


def test_picks_of_nearly_two_leads_let_nobody_else_fall_a_lead_behind() -> None:
    owed = (-1.875, 0.5, 0.625, 0.75)
    now = tuple(
        replace(m, target=int(LEAD * leads))
        for m, leads in zip(pool(80, 60, 40, 20), owed, strict=True)
    )

    _, chosen = give(now, 3)

    assert chosen == ["rep02", "rep01", "rep03"], "the one who weighs least can wait longest"


def test_where_somebody_is_a_lead_behind_whatever_is_chosen_it_goes_by_the_line() -> None:
    heavy, ahead, light = pool(120, 20, 20)
    now = (
        replace(heavy, target=LEAD * 3 // 8, last=1),
        replace(ahead, target=-LEAD * 3 // 2, last=3),
        replace(light, target=LEAD * 9 // 8, last=2),
    )

    assert next_of(now) == heavy.id, "short by a whole lead like the other, and waits for longer"


def test_with_equal_weights_everyone_is_chosen_once_before_anyone_twice() -> None:
    _, chosen = give(pool(100, 100, 100), 6)

    assert chosen == ["rep00", "rep01", "rep02"] * 2


def test_of_equal_shortfalls_the_longest_waiting_is_next_and_then_a_fixed_order() -> None:
    members = change(change(pool(100, 100, 100), "rep00", last=5), "rep01", last=3)

    assert next_of(members) == "rep02", "never chosen"
    assert next_of(members[:2]) == "rep01", "chosen longer ago"
    assert next_of(change(members[:2], "rep00", last=3)) == "rep00", "a fixed order"


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["join", "leave", "holiday", "back", "credit", "full", "lead", "lead"]),
        st.integers(0, 11),
        st.integers(1, 300),
    ),
    max_size=40,
)


def happens(members: tuple[Member, ...], event: str, who: int, weight: int) -> tuple[Member, ...]:
    if event == "join":
        new = f"new{len(members):02}{weight:03}"
        known = {m.id for m in members}
        return members if new in known else (*members, Member(id=new, weight=weight, here=False))
    one = members[who % len(members)]
    match event:
        case "leave" if len(members) > 1:
            return tuple(m for m in members if m is not one)
        case "holiday":
            return change(members, one.id, out=Out.AWAY)
        case "back":
            return change(members, one.id, out=None, caps=())
        case "credit" if one.credits < one.got:
            return change(members, one.id, credits=one.credits + 1)
        case "full":
            return change(members, one.id, caps=(Cap("day", 3, 3),))
        case "lead":
            return after(members, choose(ASKED, members), weight)
    return members


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=6), EVENTS)
def test_whatever_happens_the_sum_is_level_and_whoever_is_next_is_short(
    weights: list[int], events: list[tuple[str, int, int]]
) -> None:
    members = pool(*weights)
    for event in events:
        members = happens(members, *event)

    for n in range(3 * len(members)):  # the next rounds
        assignment = choose(ASKED, members)
        both = list(zip(members, assignment.shortfalls, strict=True))
        there = [short for m, short in both if m.out is None]
        shared = LEAD if assignment.chosen else 0
        assert sum(there) == shared, "level, but for the lead that is shared out"
        members = after(members, assignment, 10_000 + n)
        chosen = next((m for m in members if m.id == assignment.chosen), None)
        if chosen is None:
            assert all(m.out or m.full for m in members), "nobody, though somebody could"
        else:
            able = [short for m, short in both if m.out is None and m.full is None]
            average = sum(able) // len(able) - len(members)  # each share is rounded for itself
            assert chosen.owed + LEAD >= min(LEAD, average), "not below the average"


def test_those_who_come_are_owed_something_and_go_again_leave_nobody_ahead() -> None:
    members, _ = give(pool(100, 100), 2)
    for n in range(20):
        members = (*members, Member(id=f"temp{n}", weight=100, here=False))
        members, _ = give(members, 1)
        members = members[:2]

    assignment = choose(ASKED, members)

    assert all(m.owed >= -LEAD for m in after(members, assignment, 100))


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.integers(1, 300), min_size=2, max_size=8), st.integers(0, 40), st.booleans())
def test_who_comes_or_goes_shifts_nobody_by_more_than_one_lead(
    weights: list[int], leads: int, comes: bool
) -> None:
    before, _ = give(pool(*weights), leads)
    changed = (*before, Member(id="zoe", weight=weights[0], here=False)) if comes else before[1:]

    assignment = choose(ASKED, changed)
    whole = sum(m.size for m in changed)
    for was, shortfall in zip(changed, assignment.shortfalls, strict=True):
        level = shortfall - LEAD * was.size // whole
        assert abs(level - (was.owed if was.here else 0)) <= LEAD + 1


@pytest.mark.parametrize("owed", [-2, 0, 2])
def test_who_comes_or_comes_back_owes_nothing_and_is_owed_nothing(owed: int) -> None:
    """Whatever the books said when they went: they begin with the share that everyone gets."""
    members = change(pool(100, 100, 100), "rep01", here=False, got=4, target=(4 + owed) * LEAD)

    assert choose(ASKED, members).shortfalls == (LEAD // 3,) * 3


def test_who_comes_back_from_three_weeks_away_is_not_flooded() -> None:
    members, _ = give(pool(100, 100, 100), 9)
    members = change(members, "rep01", out=Out.AWAY)
    members, chosen = give(members, 30)
    assert "rep01" not in chosen

    _, chosen = give(change(members, "rep01", out=None), 9)

    assert chosen.count("rep01") == 3
    assert chosen[:3].count("rep01") == 1


def test_who_was_never_free_is_owed_one_lead_and_no_more() -> None:
    members = change(pool(100, 100, 100), "rep00", free=False)
    members, _ = give(members, 50)
    assert members[0].owed == LEAD

    _, chosen = give(change(members, "rep00", free=True), 9)

    assert chosen.count("rep00") == 3 + 1


@pytest.mark.parametrize(
    "cannot",
    [
        {"free": False},
        {"caps": (Cap("day", 3, 3),)},
        {"out": Out.SKILL},
        {"out": Out.QUALIFIER},
    ],
    ids=["calendar full", "at a limit", "without the skill", "hands it over"],
)
def test_what_someone_could_not_take_is_saved_up_to_one_lead_whatever_the_cause(
    cannot: dict[str, object],
) -> None:
    members = pool(100, 100, 100)
    for n in range(50):
        now = after(
            change(members, "rep00", **cannot),
            choose(ASKED, change(members, "rep00", **cannot)),
            n + 1,
        )
        members = change(now, "rep00", free=True, caps=(), out=None)
        assert members[0].owed <= LEAD

    assert members[0].owed == LEAD


def picked(members: tuple[Member, ...], n: int) -> tuple[RoutingRequest, tuple[Member, ...]]:
    return replace(ASKED, pick="rep00"), members


def owned(members: tuple[Member, ...], n: int) -> tuple[RoutingRequest, tuple[Member, ...]]:
    return replace(ASKED, first=("owner",)), change(members, "rep00", owner=True)


def skilled(members: tuple[Member, ...], n: int) -> tuple[RoutingRequest, tuple[Member, ...]]:
    lacking = change(change(members, "rep01", out=Out.SKILL), "rep02", out=Out.SKILL)
    return ASKED, lacking


def history(
    leads: int,
    how: Callable[[tuple[Member, ...], int], tuple[RoutingRequest, tuple[Member, ...]]],
    when: Callable[[int], bool],
    members: tuple[Member, ...] | None = None,
) -> tuple[Member, ...]:
    """So many leads, of which those *when* come about in that way and the others by turn."""
    members = members or pool(100, 100, 100)
    for n in range(leads):
        asked, now = how(members, n) if when(n) else (ASKED, members)
        stood = {m.id: m for m in members}
        given = after(now, choose(asked, now), n + 1)
        members = tuple(
            replace(m, out=stood[m.id].out, owner=stood[m.id].owner, here=True) for m in given
        )
    return members


@pytest.mark.parametrize("how", [picked, owned])
@pytest.mark.parametrize("every", [2, 3, 5])
def test_whatever_somebody_takes_counts_however_they_came_to_it(
    how: Callable[[tuple[Member, ...], int], tuple[RoutingRequest, tuple[Member, ...]]], every: int
) -> None:
    """Ninety leads come to the first rep in bursts; the rest by turn. All are level in the end."""
    burst = history(90, how, lambda n: n % every == 0)
    members = history(270, how, lambda n: False, burst)

    assert {m.got for m in members} == {120}


def test_a_lead_that_only_one_has_the_skill_for_counts_like_any_other() -> None:
    """A third of 900 leads is German, and only the first rep is: each can have three hundred."""
    members = history(900, skilled, lambda n: n % 3 == 0)
    more = history(900, skilled, lambda n: n % 2 == 0)

    assert all(299 <= m.got <= 301 for m in members)
    assert [round(m.got, -1) for m in more] == [450, 220, 220], "no more than can be had by turn"


def test_where_skills_are_on_top_such_a_lead_costs_nothing_and_moves_nobody() -> None:
    def on_top(members: tuple[Member, ...], n: int) -> tuple[RoutingRequest, tuple[Member, ...]]:
        return replace(ASKED, skills_on_top=True), skilled(members, n)[1]

    members = history(900, on_top, lambda n: n % 3 == 0)

    assert [m.got for m in members] == [500, 200, 200]


def test_picks_that_outnumber_turns_are_made_up_for_as_soon_as_turns_are_taken() -> None:
    members = history(30, picked, lambda n: True)
    assert [m.got for m in members] == [30, 0, 0]

    _, chosen = give(members, 60)

    assert "rep00" not in chosen, "each of the others is owed ten, and pays with three shares"
    assert [m.got for m in history(61, picked, lambda n: False, members)] != [30, 30, 30]


def test_in_balanced_mode_whoever_is_always_free_last_is_not_left_behind() -> None:
    for within in (LEAD // 2, LEAD, 2 * LEAD):
        asked = replace(ASKED, mode=Mode.BALANCED, within=within)
        members = tuple(
            replace(m, next_free=at) for m, at in zip(pool(1, 1, 1), (300, 100, 200), strict=True)
        )
        now, _ = give(members, 300, asked)
        assert max(m.got for m in now) - min(m.got for m in now) <= 2, within


@pytest.mark.parametrize("points", [4, 12, 30])
def test_load_above_the_others_delays_a_turn_and_takes_none_away(points: int) -> None:
    asked = replace(ASKED, load_per_lead=10)
    now, _ = give(change(pool(100, 100, 100), "rep00", load=points), 300, asked)

    assert now[0].got >= 100 - points // 10 - 1


def test_who_is_owed_one_lead_waits_in_line_with_who_is_owed_fifty() -> None:
    """Two are owed much for another's leads; whoever comes new is not passed over meanwhile."""
    members = (*history(150, picked, lambda n: True), Member(id="zoe", weight=100, here=False))

    _, chosen = give(members, 40)

    assert "rep00" not in chosen
    assert chosen.index("zoe") < 2 * len(members)
    assert chosen.count("zoe") == 10


def test_a_credit_is_as_if_the_lead_had_never_been() -> None:
    members, _ = give(pool(100, 100, 100), 3)
    without = change(members, "rep01", credits=1)

    _, chosen = give(without, 4)

    assert chosen[0] == "rep01", "it is theirs again"
    assert chosen.count("rep01") == 2


def test_one_deal_at_a_heavier_stage_changes_the_very_next_pick() -> None:
    """Four points of load weigh as one lead. 1, 1 and 1: the first; with 5, 3 and 1: the last."""
    asked = replace(ASKED, load_per_lead=4)
    members = change(change(pool(100, 100, 100), "rep00", load=1), "rep01", load=1)
    members = change(members, "rep02", load=1)
    assert next_of(members, asked) == "rep00"

    heavier = change(members, "rep00", load=3)

    assert next_of(heavier, asked) == "rep01"
    assignment = choose(asked, heavier)
    third, above, below = LEAD // 3, LEAD // 3, LEAD // 6  # the average is 5/3 points
    assert [score // 1000 for score in assignment.scores] == pytest.approx(
        [(third - above) // 1000, (third + below) // 1000, (third + below) // 1000], abs=1
    )


def test_a_preference_decides_between_equals_and_not_against_a_shortfall() -> None:
    asked = replace(ASKED, preference=LEAD // 4)
    members = change(pool(100, 100), "rep01", prefers=True)
    assert next_of(members, asked) == "rep01"

    owed = change(members, "rep00", target=LEAD)

    assert next_of(owed, asked) == "rep00"


def test_ramp_and_performance_weigh_as_percent() -> None:
    members = change(change(pool(100, 100), "rep00", ramp=50), "rep01", performance=100)

    now, _ = give(members, 90)

    assert [m.got for m in now] == [30, 60]


def test_the_owner_goes_first_then_the_pair_while_fair() -> None:
    asked = replace(ASKED, first=("owner", "pair"), pair_within=LEAD)
    members = change(pool(100, 100, 100), "rep02", paired=True)
    assert choose(asked, members).how == "pair"
    assert choose(asked, change(members, "rep01", owner=True)).chosen == "rep01"

    ahead = change(members, "rep02", got=2, target=0)
    assert choose(asked, ahead).how == "next", "two leads ahead: the pair waits"


def test_a_pick_is_honoured_where_the_pool_allows_it_and_said_to_be_one() -> None:
    members = pool(100, 100)

    picked = choose(replace(ASKED, pick="rep01"), members)
    strict = choose(replace(ASKED, pick="rep01", mode=Mode.STRICT), members)
    full = change(members, "rep01", caps=(Cap("week", 5, 5),))

    assert (picked.chosen, picked.how) == ("rep01", "pick")
    owned = change(members, "rep01", owner=True)
    instead = choose(replace(ASKED, pick="rep00", first=("owner",)), owned)
    assert (instead.chosen, instead.how) == ("rep00", "pick"), "next in turn, instead of the owner"
    assert (strict.chosen, strict.how) == ("rep00", "next")
    assert choose(replace(ASKED, pick="rep01"), full).chosen == "rep00", "a cap is never passed"


def test_strictly_in_turn_another_time_is_sought_rather_than_another_rep() -> None:
    asked = replace(ASKED, mode=Mode.STRICT, start=100)
    members = change(pool(100, 100), "rep00", free=False, next_free=200)

    assert choose(asked, members) == replace(choose(asked, members), chosen=None, how="moved")
    assert next_of(change(members, "rep00", next_free=None), asked) == "rep01"


def test_balanced_takes_the_first_free_of_those_owed_nearly_as_much() -> None:
    asked = replace(ASKED, mode=Mode.BALANCED, within=LEAD // 2)
    members = change(change(pool(100, 100), "rep00", next_free=300), "rep01", next_free=200)
    assert next_of(members, asked) == "rep01"

    assert next_of(change(members, "rep01", got=1), asked) == "rep00"


def test_balanced_books_whoever_was_shown_also_where_another_waits_longer() -> None:
    asked = replace(ASKED, mode=Mode.BALANCED, within=LEAD, start=100, pick="rep01")
    members = change(pool(100, 100), "rep00", target=LEAD // 4)

    near = choose(asked, members)
    far = choose(replace(asked, within=0), members)

    assert (near.chosen, near.how) == ("rep01", "next")
    assert (far.chosen, far.how) == ("rep01", "pick"), "shown for the qualifier to pick"


def test_nobody_is_said_to_be_nobody() -> None:
    assert choose(ASKED, ()).how == "nobody"
    assert choose(ASKED, change(pool(100), "rep00", out=Out.DARK)) == Assignment(
        chosen=None, how="nobody", shortfalls=(0,), scores=(0,), targets=(0,)
    )


MEMBERS = st.lists(
    st.builds(
        Member,
        id=st.uuids().map(str),
        weight=st.integers(1, 1000),
        ramp=st.integers(1, 100),
        performance=st.integers(50, 150),
        target=st.integers(-5 * LEAD, 5 * LEAD),
        got=st.integers(0, 50),
        credits=st.integers(0, 5),
        last=st.none() | st.integers(0, 10**9),
        here=st.booleans(),
        load=st.integers(0, 40),
        prefers=st.booleans(),
        paired=st.booleans(),
        owner=st.booleans(),
        caps=st.lists(st.builds(Cap, st.just("day"), st.integers(0, 5), st.integers(1, 5))).map(
            tuple
        ),
        out=st.none() | st.sampled_from(Out),
        free=st.booleans(),
        next_free=st.none() | st.integers(0, 10**9),
    ),
    max_size=8,
    unique_by=lambda m: m.id,
)


@settings(max_examples=examples(60), deadline=None)
@given(MEMBERS, st.sampled_from(Mode), st.integers(0, 5))
def test_what_was_written_down_decides_the_same_again_and_no_cap_is_passed(
    members: list[Member], mode: Mode, load: int
) -> None:
    asked = replace(
        ASKED, mode=mode, load_per_lead=load, preference=LEAD // 4, first=("owner", "pair")
    )
    assignment = choose(asked, members)

    again = read(written(asked, members))

    assert again == (asked, tuple(members))
    assert choose(*again) == assignment
    chosen = next((m for m in members if m.id == assignment.chosen), None)
    if chosen:
        assert chosen.out is None
        assert chosen.full is None
        assert chosen.free
    else:
        assert mode is Mode.STRICT or not any(
            m.free and m.out is None and m.full is None for m in members
        )
