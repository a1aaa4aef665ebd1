"""The router held to a second implementation, and to what it promises whatever has happened."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from handoff.routing.choose import after, choose
from handoff.routing.inputs import LEAD, Cap, Member, Mode, Out, RoutingRequest
from tests.handoff.second_books import ONE, Books, Facts, Rules
from tests.thoroughness import THOROUGH

HISTORIES = 20_000 if THOROUGH else 400
LEADS = 40
NAMES = tuple(f"rep{n}" for n in range(8))
ASKED = RoutingRequest(pool="emea", counter="emea", policy=1, at=1)


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """The same every time, or by the seed that `make thorough` says."""
    return random.Random(int(request.config.getoption("--hypothesis-seed") or 12))


def facts(dice: random.Random) -> Facts:
    return Facts(
        away=dice.random() < 0.1,
        barred=dice.random() < 0.1,
        unskilled=dice.random() < 0.15,
        free=dice.random() < 0.75,
        free_at=dice.choice((None, 100, 200, 300)),
        owner=dice.random() < 0.1,
        load=dice.choice((0, 0, 4, 12)),
    )


def rules(dice: random.Random) -> Rules:
    return Rules(
        mode=dice.choice(("strict", "flexible", "balanced")),
        start=dice.choice((None, 150)),
        owner_first=dice.random() < 0.5,
        within=dice.choice((0, ONE // 2, ONE, 2 * ONE)),
        points=dice.choice((0, 0, 5, 10)),
        on_top=dice.random() < 0.3,
    )


def asked(of: Rules, n: int) -> RoutingRequest:
    return replace(
        ASKED,
        at=n,
        mode=Mode(of.mode),
        start=of.start,
        pick=of.pick,
        first=("owner",) if of.owner_first else (),
        within=of.within,
        load_per_lead=of.points,
        skills_on_top=of.on_top,
    )


def stands(member: Member, one: Facts) -> Member:
    out = Out.AWAY if one.away else Out.SKILL if one.unskilled else None
    return replace(
        member,
        out=out,
        caps=(Cap("day", 1, 1),) if one.barred else (),
        free=one.free,
        next_free=one.free_at,
        owner=one.owner,
        load=one.load,
    )


ALIKE = ((1,), (100,), (333,))
MODERATE = ((100, 100, 50), (20, 100, 333))
UNEVEN = ((100, 100, 5, 5, 1), (100, 100, 100, 5, 5, 5, 5, 5), (100, 20, 20, 1, 1, 1))
"""With these the largest shortfall alone lets somebody fall more than a lead behind."""
APART = (*MODERATE, (1, 5, 100, 333))


def history(dice: random.Random, weighed: Sequence[tuple[int, ...]] = ALIKE) -> tuple[Member, ...]:
    """Leads, credits, people who come and go: who gets each is the same by both, or it fails."""
    books, pool = Books(), dict[str, Member]()
    of = rules(dice)
    weights = dice.choice(weighed)
    for n in range(1, LEADS + 1):
        if not pool or dice.random() < 0.1:
            new = dice.choice(NAMES)
            if new not in pool:
                pool[new] = Member(id=new, weight=dice.choice(weights), here=False)
                books.short[new], books.weight[new] = 0, pool[new].weight
        if len(pool) > 1 and dice.random() < 0.04:
            gone = dice.choice(sorted(pool))
            del pool[gone], books.short[gone]
            books.there.discard(gone)
            books.last.pop(gone, None)
        had = [m for m in pool.values() if m.credits < m.got]
        if had and dice.random() < 0.1:
            one = dice.choice(sorted(had, key=lambda m: m.id))
            pool[one.id] = replace(one, credits=one.credits + 1)
            books.credit(one.id)
        now = {who: facts(dice) for who in sorted(pool)}
        pick = dice.choice(sorted(pool)) if dice.random() < 0.3 else None
        question = asked(replace(of, pick=pick), n)
        members = tuple(stands(pool[who], now[who]) for who in sorted(pool))

        assignment = choose(question, members)

        assert assignment.chosen == books.lead(replace(of, pick=pick), now, n), (n, of, now)
        if assignment.chosen:
            pool = {m.id: m for m in after(members, assignment, n)}
        for who, member in pool.items():
            if member.here and who in books.there:
                assert member.owed == books.short[who], (n, who)
    return tuple(stands(pool[who], Facts()) for who in sorted(pool))


def turns_alone(dice: random.Random) -> None:
    """Everyone can take every lead, now and then one is credited, and one leaves: the same by both,
    and nobody is ever more than a lead from what is theirs.
    """
    weights = list(dice.choice(UNEVEN))
    dice.shuffle(weights)
    pool = {who: Member(id=who, weight=w) for who, w in zip(NAMES, weights, strict=False)}
    books = Books(weight={who: m.weight for who, m in pool.items()}, short=dict.fromkeys(pool, 0))
    books.there = set(pool)
    leaves = dice.choice((0, 0, 50))
    for n in range(1, 161):
        if n == leaves:
            gone = dice.choice(sorted(pool))
            del pool[gone], books.short[gone]
            books.there.discard(gone)
        credited = pool[dice.choice(sorted(pool))]
        if leaves and n % 40 == 0 and credited.credits < credited.got:
            pool[credited.id] = replace(credited, credits=credited.credits + 1)
            books.credit(credited.id)
        assignment = choose(replace(ASKED, at=n), list(pool.values()))
        assert assignment.chosen == books.lead(Rules(), dict.fromkeys(pool, Facts()), n), n
        pool = {m.id: m for m in after(list(pool.values()), assignment, n)}
        assert {who: m.owed for who, m in pool.items()} == books.short, n
        assert leaves or max(abs(m.owed) for m in pool.values()) <= LEAD


@pytest.mark.large
def test_every_choice_of_random_histories_is_made_the_same_by_the_second_books(
    dice: random.Random,
) -> None:
    for _ in range(HISTORIES):
        history(dice, ALIKE + APART)
    for _ in range(HISTORIES // 40):
        turns_alone(dice)


@pytest.mark.large
def test_whatever_has_happened_turns_that_all_can_take_bring_everyone_within_one_lead(
    dice: random.Random,
) -> None:
    for _ in range(HISTORIES // 4):
        members = history(dice, ALIKE + MODERATE)
        level = choose(ASKED, members)
        sizes = [m.size for m in members]
        debts = [
            short - LEAD * size // sum(sizes)
            for short, size in zip(level.shortfalls, sizes, strict=True)
        ]
        debt = -(-max(map(abs, debts)) // LEAD)
        asked_ = replace(ASKED, mode=dice.choice(list(Mode)))
        enough = -(-sum(sizes) // min(sizes)) * debt  # the size of the pool, where all weigh alike
        for n in range(max(1, enough)):  # one writes down that who came is level
            members = after(members, choose(asked_, members), 1000 + n)
        assert all(abs(m.owed) <= LEAD + 1000 for m in members), [m.owed / LEAD for m in members]


@pytest.mark.large
def test_nobody_who_is_not_ahead_is_passed_over_for_more_than_twice_the_size_of_the_pool(
    dice: random.Random,
) -> None:
    for _ in range(HISTORIES // 4):
        members = history(dice)
        picked = dice.choice(members).id
        for n in range(dice.choice((0, 0, 30))):
            members = after(members, choose(replace(ASKED, pick=picked), members), 1000 + n)
        members = (*members, Member(id="zoe", weight=members[0].weight, here=False))
        asked_ = replace(ASKED, mode=dice.choice(list(Mode)))
        passed = dict.fromkeys([m.id for m in members], 0)
        for n in range(6 * len(members)):
            someone = dice.choice(members).id
            busy = n % 3 == 0 and someone != "zoe"
            now = tuple(
                replace(m, free=not (busy and m.id == someone), next_free=dice.randint(1, 9))
                for m in members
            )
            assignment = choose(asked_, now)
            members = after(now, assignment, 2000 + n)
            for m, short in zip(now, assignment.shortfalls, strict=True):
                waits = m.free and m.id != assignment.chosen and short >= LEAD // len(members)
                passed[m.id] = passed[m.id] + 1 if waits else 0
            assert max(passed.values()) <= 2 * len(members), (n, passed)
