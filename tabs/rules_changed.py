"""What is otherwise in the rules than in the version before, and what that change did: how much was
kept in time before it, and since.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import htpy as h

from cards.elements import clean
from cards.figures import rules_aloud
from cards.why import OWED, PROMISES, ladder, rule_of
from handoff.figures import BY_CODE, Period, Share
from handoff.policy import Policy, Promise
from handoff.scope import By, Ground, Kind
from store.fact_terms import Look
from tabs.page import prose, section, table
from tabs.reading import Reader

COMPARED = 2  # versions: the one in force and the one before
FOUR_WEEKS = timedelta(weeks=4)


async def what_it_did(
    reader: Reader, published: Sequence[tuple[Policy, datetime]]
) -> Mapping[Promise, tuple[Share, Share]]:
    """Of each promise with another rule than before, how much was kept in time before and since: by
    everybody, four weeks at most. The day of the change is in neither, and what is about too few
    people is left out.
    """
    if len(published) < COMPARED:
        return {}
    (now, since), (was, _) = published
    other = [what for what in PROMISES if _said(now, what) != _said(was, what)]
    day, today = since.astimezone(UTC).date(), reader.at.date() + timedelta(days=1)
    after = Period(day + timedelta(days=1), min(today, day + timedelta(days=1) + FOUR_WEEKS))
    if not other or after.since >= after.until:
        return {}
    told = [await _kept(reader, period) for period in (Period(day - FOUR_WEEKS, day), after)]
    return {
        what: (told[0].get(what.value, Share(0, 0)), told[1].get(what.value, Share(0, 0)))
        for what in other
        if what.value in told[0] or what.value in told[1]
    }


async def _kept(reader: Reader, period: Period) -> Mapping[str, Share]:
    look = Look(ground=Ground(Kind.ORGANISATION), period=period, by=By.CODE)
    [shown] = await reader.stores.figures.values(
        reader.scope, [BY_CODE["kept_of_due"]], look, reader.at
    )
    return {cell.part: cell.value for cell in shown.parts if isinstance(cell.value, Share)}


def rule_words(policy: Policy, what: Promise) -> str:
    """The sentence of the cards, without the policy's name, which stands above."""
    said = rule_of(policy, what).partition(": ")[2]
    return said[0].upper() + said[1:]


def sentences(policy: Policy) -> list[str]:
    """Every rule, as a sentence: by these two versions are compared."""
    return [
        *(_said(policy, what) for what in PROMISES),
        *rules_aloud(policy, [pool.code for pool in policy.pools]),
        *(f"A lead may be sent back: {said}." for said in policy.reasons.values()),
    ]


def _said(policy: Policy, what: Promise) -> str:
    return f"{rule_words(policy, what)} {ladder(policy, what)}".strip()


def changed(
    published: Sequence[tuple[Policy, datetime]], did: Mapping[Promise, tuple[Share, Share]]
) -> h.Node:
    if len(published) < COMPARED:
        return section("What changed", h.p["This is the first version."])
    (now, _), (before, _) = published
    new, old = sentences(now), sentences(before)
    gone = [line for line in old if line not in new]
    come = [line for line in new if line not in old]
    if not (gone or come):
        return section(
            "What changed", h.p[f"Against {clean(before.label())}: nothing that is said here."]
        )
    return section(
        "What changed",
        h.p(".quiet")[f"Against {clean(before.label())}."],
        h.ul(".changed")[
            [h.li["No longer: ", h.del_[prose(line)]] for line in gone],
            [h.li["Now: ", h.ins[prose(line)]] for line in come],
        ],
        table(
            "What that change did: of what was due, how much was kept in time",
            ["What", "In the four weeks before", "Since, four weeks at most"],
            [
                [OWED[what], *(one.told if one.bottom else "nothing was due" for one in both)]
                for what, both in did.items()
            ],
            numbers=2,
        )
        if did
        else None,
        h.p(".quiet")[ONE_CHANGE] if did else None,
    )


ONE_CHANGE = (
    "The day of the change is in neither. Other things change too: a difference is a reason to "
    "look, and no proof."
)
