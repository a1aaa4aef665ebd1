"""Which figures are not shown, so that none about too few people can be worked out from those that
are: complementary cell suppression. Pure.

What adds up to what is said by the figures themselves: each counts certain kinds of facts, and what
counts the same facts, or some of them, is bound to it. A *piece* is the largest kind of facts that
no figure counts a part of; every number that is told is a sum of pieces, and what a reader can work
out are the linear combinations of what they are told.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import combinations
from types import MappingProxyType

from handoff.figures import FIGURES, Figure, Those, Unit

Piece = str
"""A kind of fact, and of which of the codes that tell figures apart it is, as a word, for it is
looked up very often; of a figure whose number is nobody else's, its own code, and of an amount the
currency too.
"""
People = frozenset[str]
Sum = Mapping[Piece, People]
"""Whose each piece of a sum is, of those whom the reader does not see by name; more than enough of
them where they are more.
"""
_NOBODY: People = frozenset()
_PRIME = 2**127 - 1  # reckoned modulo it: exact for sums of ones of so few pieces
Vector = Mapping[Piece, int]
ENOUGH = 4  # times as many people as there must be: more are not told apart
_FIRST = (Unit.SHARE, Unit.COUNT, Unit.PER_HUNDRED, Unit.WORKING, Unit.PLAIN, Unit.MONEY)
"""What is shown first, so that what stands behind gives way."""

_PLACE = {one.code: n for n, one in enumerate(FIGURES)}
_THOSE = tuple(
    dict.fromkeys(
        those for one in FIGURES if not one.cohort for those in (one.top, one.bottom) if those
    )
)
_CODES = sorted({code for those in _THOSE for code in those.codes or ()})
_OTHER = "?"  # a code that no figure names


@cache
def piece(what: str, code: str) -> Piece:
    """Of which piece a fact is."""
    return f"{what} {''.join('+' if those.fits(what, code) else '-' for those in _THOSE)}"


@cache
def pieces(those: Those) -> frozenset[Piece]:
    return frozenset(
        piece(what, code)
        for what in those.what
        for code in (*_CODES, _OTHER)
        if those.fits(what, code)
    )


@cache
def numbers(figure: Figure) -> tuple[frozenset[Piece], ...]:
    """The numbers that it tells, each as the pieces that it is the sum of: of a share both, of how
    long something took how often it did. What an amount is, and how many of a cohort have come
    further, is no sum of anything else.
    """
    if figure.unit is Unit.MONEY:
        return (frozenset({own(figure)}),)
    top = frozenset({own(figure)}) if figure.cohort else pieces(figure.top)
    return (top, pieces(figure.bottom)) if figure.bottom else (top,)


@cache
def tells(figure: Figure) -> tuple[frozenset[Piece], ...]:
    """The numbers that are known of whoever is told it: its own, and what that nearly always is."""
    return (*numbers(figure), *([pieces(figure.comes_to)] if figure.comes_to else []))


def own(figure: Figure, currency: str = "") -> Piece:
    """The piece that is this figure's alone; of an amount, so much of it as is of that currency."""
    return f"= {figure.code} {currency}".rstrip()


_AMOUNTS = frozenset(own(one) for one in FIGURES if one.unit is Unit.MONEY)


def _what(of: Piece) -> str:
    """Of which kind of facts it is."""
    return of.partition(" ")[0]


class Family(tuple[Figure, ...]):
    """Figures that have pieces in common, and those bound to these. Known by which it is, for there
    are few.
    """

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def _families() -> tuple[Family, ...]:
    found: list[tuple[set[Piece], list[Figure]]] = []
    for figure in FIGURES:
        mine = {one for number in tells(figure) for one in number}
        bound = [one for one in found if one[0] & mine]
        found = [one for one in found if one not in bound]
        found.append(
            (
                mine.union(*[one[0] for one in bound]),
                [*[figure for one in bound for figure in one[1]], figure],
            )
        )
    return tuple(Family(sorted(figures, key=FIGURES.index)) for _, figures in found)


FAMILIES = _families()


@cache
def _secrets(family: Family) -> tuple[frozenset[Piece], ...]:
    """What a page tells of these figures, or of one code of theirs where it parts them."""
    return _left_of(family, _all(family))


@lru_cache(2_000)
def _left_of(family: Family, there: frozenset[Piece]) -> tuple[frozenset[Piece], ...]:
    """Of the pieces that are *there*: each number and each piece, and what is left of a number
    without others that are parts of it.
    """
    told = {number & there for figure in family for number in tells(figure)} - {frozenset()}
    single = {frozenset({one}) for number in told if len(number) > 1 for one in number}
    found, left = told | single, told
    while left:
        left = {one - other for one in left for other in told if other < one} - found
        found |= left
    return tuple(sorted(found, key=sorted))


# --- What can be worked out -------------------------------------------------------------------


class Span:
    """Every linear combination of the vectors that were added."""

    __slots__ = ("_rows",)

    def __init__(self, of: Iterable[Vector] = ()) -> None:
        self._rows: dict[Piece, dict[Piece, int]] = {}
        for one in of:
            self.add(one)

    def copy(self) -> "Span":
        found = Span()
        found._rows = dict(self._rows)
        return found

    def rest(self, vector: Vector) -> dict[Piece, int]:
        """What is left of it once all that is known is taken away; nothing where all of it is."""
        left = dict(vector)
        for pivot in [one for one in left if one in self._rows]:
            times = left[pivot]
            for name, n in self._rows[pivot].items():
                left[name] = (left.get(name, 0) - times * n) % _PRIME
        return {name: n for name, n in left.items() if n}

    def add(self, vector: Vector) -> None:
        """Each row is kept free of the pivots of all others, so that one pass takes all away."""
        left = self.rest(vector)
        if not left:
            return
        pivot = min(left)
        by = pow(left[pivot], -1, _PRIME)
        row = {name: n * by % _PRIME for name, n in left.items()}
        for other, had in self._rows.items():
            if times := had.get(pivot, 0):
                new = {n: (had.get(n, 0) - times * row.get(n, 0)) % _PRIME for n in {*had, *row}}
                self._rows[other] = {name: n for name, n in new.items() if n}
        self._rows[pivot] = row

    def unknown(self, of: Iterable[Piece]) -> list[dict[Piece, int]]:
        """By what the pieces *of* it may differ without anything known being otherwise."""
        free = [one for one in of if one not in self._rows]
        return [
            {one: 1, **{p: -row[one] % _PRIME for p, row in self._rows.items() if one in row}}
            for one in free
        ]

    def __len__(self) -> int:
        return len(self._rows)


def _vector(number: Iterable[Piece], there: Collection[Piece]) -> dict[Piece, int]:
    return {one: 1 for one in number if one in there}


# --- One sum ----------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Group:
    """What is told of one ground and time, or of one part of it."""

    sums: Mapping[object, Sum | People]
    """Whose it is, by piece, under no name; and whose what is left of other sums without it, of
    each piece or of all of them.
    """
    never: frozenset[str] = frozenset()  # codes of figures that are not shown, whatever they are of
    also: frozenset[frozenset[Piece]] = frozenset()  # numbers not to be known, of however many
    told: bool = True  # whether anything of it is shown at all
    gone: set[str] = field(default_factory=set)  # codes of figures that are not shown
    must: frozenset[str] = frozenset()  # … that it would be in vain to hide: its parts tell them
    there: frozenset[Piece] = field(init=False)
    """Of which pieces there is anything that the reader does not know by name."""
    anybodys: frozenset[Piece] = field(init=False)  # of which there is anything in any of its sums
    _few: dict[tuple[frozenset[Piece], int], bool] = field(init=False, default_factory=dict)
    _small: dict[int, frozenset[Piece] | None] = field(init=False, default_factory=dict)
    unknown: dict[tuple[Family, int], Sequence[Vector]] = field(init=False, default_factory=dict)
    """By what the pieces of a family may differ, by how many codes were gone, which only grow."""
    secrets: dict[Family, list[dict[Piece, int]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.sums = _apart_by_currency(self.sums)
        found = self.sums[""]
        assert isinstance(found, Mapping)
        self.there = frozenset(one for one, who in found.items() if who)
        self.anybodys = frozenset(
            one
            for several in self.sums.values()
            if not isinstance(several, frozenset)
            for one, who in several.items()
            if who
        )

    def apart(self, *, told: bool) -> "Group":
        """The same, of which more may be gone."""
        found = Group(
            sums=self.sums,
            never=self.never,
            also=self.also,
            told=told,
            gone=set(self.gone),
            must=self.must,
        )
        if not told:
            found.gone |= {one.code for one in FIGURES}
        return found

    def people(self, number: frozenset[Piece]) -> Iterator[tuple[object, People]]:
        for key, one in self.sums.items():
            who = one if isinstance(one, frozenset) else _of(one, number)
            if who and (not isinstance(one, frozenset) or not number.isdisjoint(self.there)):
                yield key, who

    def few(self, number: frozenset[Piece], least: int) -> bool:
        small = self.small(least)
        if small is not None and number.isdisjoint(small):
            return False
        key = number, least
        if key not in self._few:
            self._few[key] = any(len(who) < least for _, who in self.people(number))
        return self._few[key]

    def small(self, least: int) -> frozenset[Piece] | None:
        """The pieces that are about too few people: a number without any of them is about enough.
        None where all of it may be.
        """
        if least not in self._small:
            sums = list(self.sums.values())
            whole = any(0 < len(one) < least for one in sums if isinstance(one, frozenset))
            self._small[least] = (
                None
                if whole
                else frozenset(
                    of
                    for one in sums
                    if not isinstance(one, frozenset)
                    for of, who in one.items()
                    if 0 < len(who) < least
                )
            )
        return self._small[least]


def _apart_by_currency(sums: Mapping[object, Sum | People]) -> Mapping[object, Sum | People]:
    """An amount is told in each currency: so it is of whose deals are in that one alone, too."""
    found: dict[object, Sum | People] = {}
    for key, one in sums.items():
        if isinstance(one, frozenset):
            found[key] = one
            continue
        whole: dict[Piece, People] = {}
        for of, who in one.items():
            name, _, currency = of.rpartition(" ")
            if name in _AMOUNTS:
                found[key, currency] = {name: who}
            else:
                name = of
            whole[name] = whole.get(name, _NOBODY) | who
        found[key] = whole
    return found


def _of(sum_: Sum, number: Iterable[Piece]) -> People:
    return _NOBODY.union(*[sum_[one] for one in number if one in sum_])


def hide(group: Group, least: int) -> None:
    """Of one sum: what is about too few people is gone, and as much of what it could be worked out
    from, or a sum of several such that is about too few.
    """
    for family in FAMILIES:
        _hide(group, family, least)


def _hide(group: Group, family: Family, least: int) -> None:
    there = group.there
    if group.anybodys.isdisjoint(_all(family)):
        group.gone |= {one.code for one in family if one.code in group.never}
        return
    secrets = _secret(group, family, least)
    gone = {
        one.code
        for one in family
        if one.code in group.never
        or one.code in group.gone
        or any(group.few(number, least) for number in tells(one))
    }
    gone -= group.must
    known = Span()
    for figure in family if secrets else ():
        for number in tells(figure) if figure.code in group.must else ():
            known.add(_vector(number, there))
    for figure in _in_order(group, family, least) if secrets else ():
        if figure.code in gone or figure.code in group.must:
            continue
        more = known.copy()
        for number in tells(figure):
            more.add(_vector(number, there))
        if any(not more.rest(secret) for secret in secrets):
            gone.add(figure.code)
        else:
            known = more
    group.gone |= gone


def left_alone(before: Sequence[Group], least: int) -> frozenset[frozenset[Piece]]:
    """What the next week does not tell, after the weeks *before* it, the last of them last: what is
    hidden of these and is about too few people in all of them together, unless a week since has
    anything of it. So the sum of all of them can be told.
    """
    found: set[frozenset[Piece]] = set()
    for number in {one for family in FAMILIES for one in _secrets(family)}:
        hidden = [n for n, one in enumerate(before) if one.few(number, least)]
        if not hidden or any(not one.there.isdisjoint(number) for one in before[hidden[-1] + 1 :]):
            continue
        if _few_of(number, [before[n] for n in hidden], least):
            found.add(number)
    return frozenset(found)


def _in_order(group: Group, family: Family, least: int) -> list[Figure]:
    return sorted(family, key=lambda one: _order(group, one, least))


def _order(group: Group, figure: Figure, least: int) -> tuple[int, int, int]:
    """A share before the numbers in it, and the numbers of most people first."""
    many = _size(group, tells(figure)[0], least) if figure.unit is Unit.COUNT else 0
    return _FIRST.index(figure.unit), -many, _PLACE[figure.code]


def _size(group: Group, number: frozenset[Piece], least: int) -> int:
    """Of how many people; of so many that it no longer matters, alike."""
    return min(len(_main(group, number)), ENOUGH * least)


def _main(group: Group, number: frozenset[Piece]) -> People:
    found = group.sums[""]
    assert isinstance(found, Mapping)
    return _of(found, number)


def _secret(group: Group, family: Family, least: int) -> list[dict[Piece, int]]:
    """What is about too few people, and what several such numbers come to together that is."""
    if family not in group.secrets:
        group.secrets[family] = _secret_of(group, family, least)
    return group.secrets[family]


def _secret_of(group: Group, family: Family, least: int) -> list[dict[Piece, int]]:
    there, small = group.there, group.small(least)
    if there.isdisjoint(_all(family)):
        return []
    also = {one & there for one in group.also if one <= _all(family)}
    if not also and small is not None and small.isdisjoint(_all(family)):
        return []
    numbers = {*_secrets(family), *_left_of(family, there & _all(family))}
    found = {one & there for one in numbers if group.few(one, least)} | also
    found.discard(frozenset())
    single = [
        number
        for one in family
        if one.unit is Unit.COUNT
        for number in tells(one)
        if not number.isdisjoint(there) and group.few(number, least)
    ]
    for count in range(2, len(single) + 1):
        for several in combinations(single, count):
            together = frozenset().union(*several)
            if len(together) == sum(map(len, several)) and group.few(together, least):
                found.add(together & there)
    return [dict.fromkeys(one, 1) for one in sorted(found, key=sorted)]


OfParts = Mapping[str, Mapping[str, "Group"]]
"""By the name of each part, its own parts."""

# --- Parts of a whole -------------------------------------------------------------------------


def hide_parts(whole: Group, parts: Mapping[str, Group], least: int) -> None:
    """Of the parts of a sum, which is told too: of each figure as many parts are gone as it takes
    for those that are about too few not to be what is left of the whole, nor they together to be
    about too few; and what is gone of a part cannot be worked out from the others and the whole.
    *whole* has been hidden in already.
    """
    for family in FAMILIES:
        for figure in family:
            for group in parts.values():
                if figure.code in whole.gone - group.must:
                    group.gone.add(figure.code)
            _enough(figure, parts, least)
        for group in parts.values():
            _hide(group, family, least)
        _bound(whole, parts, family, least).settle()
        _settle_together(whole, parts, family, least)


def _settle_together(whole: Group, parts: Mapping[str, Group], family: Family, least: int) -> None:
    """What of the whole, or of several parts together, is about too few people is not worked out of
    all that is told: else figures are gone of all parts, the last in order first.
    """
    shown = {one.code for one in family} - whole.gone
    for figure in reversed(_in_order(whole, family, least)):
        if not _Beside(whole, parts, family, least, {}).tells(shown):
            return
        for group in parts.values():
            group.gone |= {figure.code} - group.must


def hide_whole(
    whole: Group,
    parts: Mapping[str, Group],
    least: int,
    first: str = "",
    of_parts: OfParts = MappingProxyType({}),
) -> None:
    """Of a sum of *parts* that are each told by themselves, wherever they are told: *whole* is told
    no more than leaves what is gone of a part not to be worked out, nor what is gone of several to
    be about too few people together. The part called *first*, which is told nowhere else, gives way
    before the whole does. The parts have been hidden in already, as have *of_parts*, their own.
    """
    whole.must = _told_by(parts)
    hide(whole, least)
    for family in FAMILIES:
        codes = {one.code for one in family}
        beside = _Beside(whole, parts, family, least, of_parts)
        if not beside.tells(codes - whole.gone):
            continue
        if first in parts:
            gone = [one.gone for name, one in parts.items() if name != first]
            parts[first].gone |= codes & set().union(*gone)
            _hide(parts[first], family, least)
            whole.must = _told_by(parts)
            beside = _Beside(whole, parts, family, least, of_parts)
            if not beside.tells(codes - whole.gone):
                continue
        told = codes & whole.must
        for figure in _in_order(whole, family, least):
            if figure.code not in whole.gone and not beside.tells(told | {figure.code}):
                told.add(figure.code)
        whole.gone |= codes - told


class _Beside:
    """What the whole tells beside its parts: of each of its numbers, and of what is about too few,
    what is left without all that each part tells by itself, and each of its own parts.
    """

    def __init__(
        self,
        whole: Group,
        parts: Mapping[str, Group],
        family: Family,
        least: int,
        of_parts: OfParts,
    ) -> None:
        self._secrets: list[dict[Piece, int]] = []
        several_told = [one for of in of_parts.values() for one in of.values()]
        if not any(_secret(one, family, least) for one in (whole, *parts.values(), *several_told)):
            return
        every = _all(family)
        self._cells = {
            name: _cells(name, one, of_parts.get(name, {}), every)
            for name, one in parts.items()
            if one.there & every
        }
        self._told: dict[str, Span] = {}
        secrets = []
        for name in self._cells:
            self._told[name] = known = Span()
            groups = [(None, parts[name]), *of_parts.get(name, {}).items()]
            for part, group in groups:
                for number in _told_of(group, family):
                    known.add(self._sum(name, number, part))
            secrets += [
                known.rest(self._sum(name, secret, part))
                for part, group in groups
                for secret in _secret(group, family, least)
            ]
        self._numbers = {one.code: [self._rest(number) for number in tells(one)] for one in family}
        secrets += [self._rest(frozenset(secret)) for secret in _secret(whole, family, least)]
        for figure in family:
            gone = [name for name in self._cells if figure.code in parts[name].gone]
            several = [parts[name] for name in gone]
            secrets += [
                self._rest(number, gone)
                for number in tells(figure)
                if _few_of(number, several, least)
            ]
        secrets += self._of_several(of_parts, family, least)
        self._secrets = [one for one in secrets if one]  # the others are told by the parts alone

    def _of_several(
        self, of_parts: OfParts, family: Family, least: int
    ) -> Iterator[dict[Piece, int]]:
        """What is hidden of one part of several parts, and is about too few in all of them."""
        every = _all(family)
        for part in sorted({part for several in of_parts.values() for part in several}):
            groups = {
                name: several[part]
                for name, several in of_parts.items()
                if part in several and name in self._cells and several[part].there & every
            }
            if len(groups) < 2:
                continue
            there = frozenset().union(*[one.there & every for one in groups.values()])
            for number in _left_of(family, there):
                few = {name: one for name, one in groups.items() if one.few(number, least)}
                if len(few) > 1 and _few_of(number, list(few.values()), least):
                    yield {
                        cell: n
                        for name in few
                        for cell, n in self._told[name].rest(self._sum(name, number, part)).items()
                    }

    def _sum(self, name: str, number: Iterable[Piece], part: str | None = None) -> dict[Piece, int]:
        cells = self._cells[name].get(part, {})
        return {cell: 1 for one in number for cell in cells.get(one, ())}

    def _rest(self, number: frozenset[Piece], of: Iterable[str] | None = None) -> dict[Piece, int]:
        found: dict[Piece, int] = {}
        for name in self._cells if of is None else of:
            found |= self._told[name].rest(self._sum(name, number))
        return found

    def tells(self, codes: Collection[str]) -> bool:
        """Whether with those figures of the whole anything can be worked out."""
        if not self._secrets:
            return False
        known = Span(one for code in codes for one in self._numbers[code])
        return any(not known.rest(secret) for secret in self._secrets)


def _cells(
    name: str, whole: Group, parts: Mapping[str, Group], every: frozenset[Piece]
) -> dict[str | None, dict[Piece, list[Piece]]]:
    """What cannot be told apart any more, by part and by piece; by None of all parts."""
    found: dict[str | None, dict[Piece, list[Piece]]] = {None: {}}
    for part, group in parts.items() if parts else [(None, whole)]:
        for one in group.there & every:
            cell = f"{name} {part} {one}"
            for of in {part, None}:
                found.setdefault(of, {}).setdefault(one, []).append(cell)
    return found


@dataclass(frozen=True, slots=True)
class ByWeek:
    """A sum and its parts; its *weeks*, told by themselves, and the same parts of each of them."""

    whole: Group
    parts: Mapping[str, Group]
    weeks: Mapping[str, Group]
    of_weeks: OfParts

    @property
    def told(self) -> Iterator[tuple[Group, str | None, str | None]]:
        """Each sum that is told, of which week and of which part; None where of all."""
        yield self.whole, None, None
        for part, group in self.parts.items():
            yield group, None, part
        for week, group in self.weeks.items():
            yield group, week, None
        for week, several in self.of_weeks.items():
            for part, group in several.items():
                yield group, week, part


def hide_parts_of_weeks(all_of_it: ByWeek, least: int) -> None:
    """Where anything could be worked out of all of it together, of the parts no more is told than
    their weeks tell. All have been hidden in already.
    """
    for family in FAMILIES:
        if _worked_out_together(all_of_it, family, least):
            for group in all_of_it.parts.values():
                group.gone |= {one.code for one in family} - group.must


def _worked_out_together(all_of_it: ByWeek, family: Family, least: int) -> bool:
    every = _all(family)
    cells: dict[tuple[str | None, str | None], list[tuple[Piece, str]]] = {}
    for week, several in all_of_it.of_weeks.items():
        for part, group in several.items():
            for one in group.there & every:
                for where in ((week, part), (week, None), (None, part), (None, None)):
                    cells.setdefault(where, []).append((one, f"{week} {part} {one}"))

    def sum_of(number: Iterable[Piece], week: str | None, part: str | None) -> dict[Piece, int]:
        among = frozenset(number)
        return {name: 1 for one, name in cells.get((week, part), ()) if one in among}

    secrets = [
        sum_of(secret, week, part)
        for group, week, part in all_of_it.told
        for secret in _secret(group, family, least)
    ]
    if not secrets:
        return False
    known = Span(
        sum_of(number, week, part)
        for group, week, part in all_of_it.told
        for number in _told_of(group, family)
    )
    return any(secret and not known.rest(secret) for secret in secrets)


def _told_by(parts: Mapping[str, Group]) -> frozenset[str]:
    """Codes of figures that each part tells which has anything of it."""
    return frozenset(
        figure.code
        for figure in FIGURES
        if not any(
            figure.code in one.gone and not one.anybodys.isdisjoint(number)
            for one in parts.values()
            for number in tells(figure)
        )
    )


def _enough(figure: Figure, parts: Mapping[str, Group], least: int) -> None:
    """So many parts are gone that together they are about enough people."""
    there = {
        name: group
        for name, group in parts.items()
        if any(not number.isdisjoint(group.there) for number in tells(figure))
        and figure.code not in group.must
    }
    gone = {
        name
        for name, group in there.items()
        if figure.code in group.gone
        or figure.code in group.never
        or not group.told
        or any(group.few(number, least) for number in tells(figure))
    }
    left = sorted(
        there.keys() - gone,
        key=lambda name: (_size(there[name], tells(figure)[-1], least), name),
    )
    while gone and left and _few_together(figure, [there[name] for name in gone], least):
        gone.add(left.pop(0))
    for name in gone:
        there[name].gone.add(figure.code)


def _few_together(figure: Figure, groups: Sequence[Group], least: int) -> bool:
    return any(_few_of(number, groups, least) for number in tells(figure))


def _few_of(number: frozenset[Piece], groups: Sequence[Group], least: int) -> bool:
    people: dict[object, set[str]] = {}
    for group in groups:
        for key, who in group.people(number):
            people.setdefault(key, set()).update(who)
    return any(len(who) < least for who in people.values())


@dataclass(slots=True)
class _Bound:
    """The parts of a whole in which there is anything of some figures."""

    whole: Group
    parts: Mapping[str, Group]  # the smallest first, which give way
    family: Family
    least: int
    secrets: Mapping[str, Sequence[Vector]]
    _alike: dict[int, Sequence[Vector]] = field(init=False, default_factory=dict)
    _alone: set[int] = field(init=False, default_factory=set)
    _lefts: dict[int, Sequence[Vector]] = field(init=False, default_factory=dict)

    def settle(self) -> None:
        """What is gone of one part is gone of another too, where it would be what is left."""
        for _ in self.parts:
            told = [name for name in self.parts if self._worked_out(name)]
            settled = [not self._made_up(name) for name in told]
            if all(settled):
                return

    def _made_up(self, name: str) -> bool:
        """The next others have no more than that part has, until it is enough. Returns whether any
        has less than before.
        """
        lost = {one.code for one in self.family} & self.parts[name].gone
        changed = False
        for other, group in self.parts.items():
            if other != name and lost - group.gone - group.must and self._worked_out(name):
                group.gone |= lost - group.must
                _hide(group, self.family, self.least)
                self._alike, self._lefts = {}, {}
                changed = True
        return changed

    def _worked_out(self, name: str) -> bool:
        """Whether anything of that part that is about too few is what the whole, the other parts
        and it itself tell: it is, unless the part may be otherwise by something that the others
        make up for, or that the whole does not tell.
        """
        secrets = self.secrets[name]
        if not secrets:
            return False
        there = self.parts[name].there
        known = Span(_told(self.parts[name], self.family))
        for one in self._left(name):
            known.add({name: n for name, n in one.items() if name in there})
        return any(not known.rest(secret) for secret in secrets)

    def _left(self, name: str) -> Sequence[Vector]:
        """By what that part may differ without anything beside it making up for it. Most parts tell
        the same figures, so that it is looked for once for all of these.
        """
        if not self._alike:
            several = [_unknown(group, self.family) for group in self.parts.values()]
            self._alike = {id(one): one for one in several}
            self._alone = {of for of, times in Counter(map(id, several)).items() if times == 1}
        own = id(_unknown(self.parts[name], self.family))
        but = own if own in self._alone else 0
        if but not in self._lefts:
            every = _all(self.family)
            beside = Span(_unknown(self.whole, self.family))
            for of, unknown in self._alike.items():
                if of != but and len(beside) < len(every):
                    for one in unknown:
                        beside.add(one)
            self._lefts[but] = beside.unknown(every)
        return self._lefts[but]


def _bound(whole: Group, parts: Mapping[str, Group], family: Family, least: int) -> _Bound:
    any_ = {name: one for name, one in parts.items() if not one.there.isdisjoint(_all(family))}
    order = sorted(any_, key=lambda name: (_size(any_[name], _all(family), least), name))
    return _Bound(
        whole=whole,
        parts={name: any_[name] for name in order},
        family=family,
        least=least,
        secrets={name: _secret(any_[name], family, least) for name in order},
    )


def _told(group: Group, family: Family) -> list[dict[Piece, int]]:
    return [_vector(number, group.there) for number in _told_of(group, family)]


def _told_of(group: Group, family: Family) -> list[frozenset[Piece]]:
    return [
        number
        for figure in family
        if group.told and figure.code not in group.gone
        for number in tells(figure)
    ]


def _unknown(group: Group, family: Family) -> Sequence[Vector]:
    key = family, len(group.gone)
    found = group.unknown.get(key)
    if found is None:
        shown = frozenset(one.code for one in family if group.told and one.code not in group.gone)
        found = group.unknown[key] = _unknown_of(family, shown, group.there & _all(family))
    return found


@lru_cache(2_000)
def _unknown_of(family: Family, shown: frozenset[str], there: frozenset[Piece]) -> Sequence[Vector]:
    known = Span(
        _vector(number, there)
        for figure in family
        if figure.code in shown
        for number in tells(figure)
    )
    return known.unknown(sorted(there))


@cache
def _all(family: Family) -> frozenset[Piece]:
    return frozenset(one for figure in family for number in tells(figure) for one in number)
