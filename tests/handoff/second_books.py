"""Whose turn it is, said a second time from what people read (docs/routing.md), with no code of
the router. It keeps books of its own, for people who count alike.
"""

from dataclasses import dataclass, field

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
        chosen = self._chosen(rules, people, takes) if takes else None
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
        """Evenly, to the last part; what is left over goes to the first."""
        for place, who in enumerate(among):
            each, over = divmod(amount, len(among))
            self.short[who] += each + (1 if place < over else 0)

    def _share(
        self, rules: Rules, people: dict[str, Facts], present: list[str], takes: list[str]
    ) -> None:
        sharers = [w for w in present if not (rules.on_top and people[w].unskilled)]
        left = ONE
        for who in sharers:
            if who not in takes:
                room = max(ONE - self.short[who], 0)
                saved = min(ONE // len(sharers), room)
                self.short[who] += saved
                left -= saved
        self._spread(left, takes)

    def _chosen(self, rules: Rules, people: dict[str, Facts], takes: list[str]) -> str:
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
        nearly = [who for who in line if top - compared[who] <= rules.within]
        if rules.pick in line and rules.mode != "strict":
            return str(rules.pick)
        owner = [who for who in line if people[who].owner]
        if rules.owner_first and owner:
            return owner[0]
        if rules.mode == "balanced" and rules.start is None and top < ONE:
            return min(nearly, key=lambda who: people[who].free_at or 0)
        return line[0]
