"""Whose turn it is, said a second time from what people read (docs/routing.md), with no code of
the router. It keeps books of its own.
"""

from dataclasses import dataclass, field
from fractions import Fraction

ONE = 720_720_000_000  # a lead, in parts
NEARLY = 1_000_000  # parts that make no difference


@dataclass
class Facts:
    """How somebody stands when a lead comes."""

    away: bool = False
    barred: bool = False  # at a limit, or hands it over
    unskilled: bool = False
    free: bool = True
    free_at: int | None = None
    owner: bool = False
    load: int = 0


@dataclass
class Rules:
    """How a lead is given."""

    mode: str = "flexible"
    start: int | None = None
    pick: str | None = None
    owner_first: bool = False
    within: int = ONE
    points: int = 0  # of load that weigh as one lead
    on_top: bool = False


@dataclass
class Books:
    """What each is short of, when they had a lead last, and who was there."""

    weight: dict[str, int] = field(default_factory=dict)
    short: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)

    def lead(self, rules: Rules, people: dict[str, Facts], n: int) -> str | None:
        """Who gets the lead that comes now; the books are as they are afterwards."""
        before = dict(self.short)
        present = [who for who in sorted(people) if not people[who].away]
        for who in present:
            if who not in self.there:
                self.short[who] = 0
        self._spread(-sum(self.short[who] for who in present), present)
        takes = [who for who in present if self._takes(rules, people[who])]
        if takes:
            self._share(rules, people, present, takes)
        chosen = self._chosen(rules, people, present, takes) if takes else None
        if chosen is None or not people[chosen].free:
            self.short = before  # nothing was given, and nothing is written
            return None
        self.short[chosen] -= ONE
        self.last[chosen] = n
        self.there = set(present)
        return chosen

    def credit(self, who: str) -> None:
        self.short[who] += ONE

    def _takes(self, rules: Rules, one: Facts) -> bool:
        if one.barred or one.unskilled:
            return False
        waits = rules.mode == "strict" and rules.start is not None and one.free_at is not None
        return one.free or waits

    def _spread(self, amount: int, among: list[str]) -> None:
        """By weight, to the last part; what is left over goes to the first."""
        whole, given = sum(self.weight[who] for who in among), 0
        for who in among:
            each = amount * self.weight[who] // whole
            self.short[who] += each
            given += each
        for who in among[: amount - given]:
            self.short[who] += 1

    def _share(
        self, rules: Rules, people: dict[str, Facts], present: list[str], takes: list[str]
    ) -> None:
        sharers = [w for w in present if not (rules.on_top and people[w].unskilled)]
        whole, left = sum(self.weight[who] for who in sharers), ONE
        for who in sharers:
            if who not in takes:
                room = max(ONE - self.short[who], 0)
                saved = min(ONE * self.weight[who] // whole, room)
                self.short[who] += saved
                left -= saved
        self._spread(left, takes)

    def _chosen(
        self, rules: Rules, people: dict[str, Facts], present: list[str], takes: list[str]
    ) -> str:
        compared = dict(self.short)
        loads = [people[who].load for who in takes]
        if rules.points and len(set(loads)) > 1:
            for who in takes:
                above = people[who].load * len(takes) - sum(loads)
                compared[who] -= above * ONE // (rules.points * len(takes))
        top = max(compared[who] for who in takes)

        def place(who: str) -> tuple[int, int, str]:
            waits = min(compared[who], ONE)
            return -((waits + NEARLY // 2) // NEARLY), self.last.get(who, 0), who

        line = sorted(takes, key=place)
        if len(takes) == len(present) and compared == self.short:
            line = self._before_they_miss_one(line)
        nearly = [who for who in line if top - compared[who] <= rules.within]
        if rules.pick in line and rules.mode != "strict":
            return str(rules.pick)
        owner = [who for who in line if people[who].owner]
        if rules.owner_first and owner:
            return owner[0]
        if rules.mode == "balanced" and rules.start is None and top < ONE:
            return min(nearly, key=lambda who: people[who].free_at or 0)
        return line[0]

    def _before_they_miss_one(self, line: list[str]) -> list[str]:
        """Whoever would be the first to fall a whole lead behind goes first, where otherwise
        somebody would.
        """
        if len({self.weight[who] for who in line}) == 1:
            return line
        if any(abs(self.short[who]) > 2 * ONE for who in line):
            return line
        waiting = [who for who in line if self.short[who] > 0]
        if not waiting:
            return line
        first = min(waiting, key=lambda who: self._leads_until(who, line))
        if first == line[0] or self._all_in_time(line, line[0]):
            return line
        if not self._all_in_time(line, first):
            return line
        return [first, *(who for who in line if who != first)]

    def _share_of(self, who: str, among: list[str]) -> Fraction:
        return Fraction(self.weight[who] * ONE, sum(self.weight[one] for one in among))

    def _all_in_time(self, line: list[str], now: str) -> bool:
        """Whether nobody misses a whole lead if *now* has this one, and each after it goes to
        whoever would miss one soonest.
        """
        short = {who: Fraction(self.short[who] - (ONE if who == now else 0)) for who in line}
        shares = {who: self._share_of(who, line) for who in line}
        left = max(-(short[who] // shares[who]) for who in line)  # until nobody is ahead
        if any(short[who] >= ONE for who in line):
            return False
        for _ in range(int(left)):
            soonest = min(line, key=lambda who: -(-(ONE - short[who]) // shares[who]))
            for who in line:
                short[who] += shares[who]
            short[soonest] -= ONE
            if any(short[who] >= ONE for who in line):
                return False
        return True

    def _leads_until(self, who: str, line: list[str]) -> int:
        """After how many more leads a whole one would be missing."""
        return int(-(-(ONE - self.short[who]) // self._share_of(who, line)))
