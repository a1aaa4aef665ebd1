"""What would have been: decisions that were made, made again as they were or under a draft. Pure.

A draft is tried on what was really asked, with who was really free. Only what differs is carried
from one decision to the next, so a draft that says the same as the policy in force changes nothing,
to the last part.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from handoff.routing.choose import Assignment, after, choose
from handoff.routing.inputs import RULES, Member, RoutingRequest, read

Moved = Mapping[str, Sequence[tuple[int, int]]]
Asked = tuple[RoutingRequest, Sequence[Member]]
Draft = Callable[[int, RoutingRequest, Sequence[Member], Moved], Asked | None]
"""The nth question and its members as the draft has them; None for a lead of which it asks nobody.
The last argument is when (microseconds) each member would have got a lead more or less than they
did."""


@dataclass(frozen=True, slots=True)
class Differs:
    """A record that, decided again, comes out otherwise."""

    n: int
    words: str


def replayed(n: int, chosen: str | None, record: Mapping[str, Any]) -> Differs | None:
    """Decide again from what was written down; None when it is the same, to the last part, or was
    decided by rules that are no longer in force.
    """
    asked, members = read(record)
    if asked.rules != RULES:
        return None
    assignment = choose(asked, members)
    again = (
        assignment.chosen,
        assignment.how,
        assignment.backup,
        list(assignment.order),
        list(assignment.targets),
    )
    kept = (chosen, *(record[name] for name in ("how", "backup", "order", "targets")))
    if again == kept:
        return None
    return Differs(n, f"record {n}: {chosen} then, {assignment.chosen} now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The same leads under one policy."""

    chosen: tuple[str | None, ...]
    kept: int  # leads of which no rep was asked, for they are below a line
    full: Counter[str]  # how often a limit was in each rep's way

    @property
    def got(self) -> Counter[str]:
        return Counter(rep for rep in self.chosen if rep)

    @property
    def nobody(self) -> int:
        """Leads that nobody could take."""
        return self.chosen.count(None) - self.kept

    def in_time(self, answered: Mapping[str, tuple[int, int]]) -> int | None:
        """Percent of answers in time to be expected, by how each has answered: kept, and all."""
        known = {rep: n for rep, n in self.got.items() if answered.get(rep, (0, 0))[1]}
        leads = sum(known.values())
        kept = sum(n * 1000 * answered[rep][0] // answered[rep][1] for rep, n in known.items())
        return kept // (10 * leads) if leads else None


@dataclass(slots=True)
class _Apart:
    """By how much one rep's books stand elsewhere than they did, in one counter."""

    target: int = 0
    got: int = 0
    last: int | None = None
    here: bool | None = None
    moved: list[tuple[int, int]] = field(default_factory=list)  # when a lead more (1) or less (-1)


class Simulation:
    """The decisions of a span of time, one after the other, under a draft. Of each only what became
    of it is kept.
    """

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._apart: dict[tuple[str, str], _Apart] = {}
        self._chosen: list[str | None] = []
        self._full: Counter[str] = Counter()
        self._kept = 0

    def decide(self, record: Mapping[str, Any]) -> None:
        """The next one."""
        asked, members = read(record)
        books = {m.id: self._apart.setdefault((asked.counter, m.id), _Apart()) for m in members}
        then = tuple(_carried(member, books[member.id]) for member in members)
        moved = {id: one.moved for id, one in books.items()}
        question = self._draft(len(self._chosen), asked, then, moved)
        self._kept += question is None
        drafted, now = question or (asked, then)
        assignment = choose(drafted, now) if question else None
        self._chosen.append(assignment.chosen if assignment else None)
        self._full.update(m.id for m in now if question and m.full)
        _carry(books, asked, members, now, assignment)

    @property
    def run(self) -> Run:
        """What has become of all so far."""
        return Run(chosen=tuple(self._chosen), kept=self._kept, full=self._full)


def simulate(records: Iterable[Mapping[str, Any]], draft: Draft) -> Run:
    """The decisions of a span of time, in order, under a draft."""
    simulation = Simulation(draft)
    for record in records:
        simulation.decide(record)
    return simulation.run


def _carry(
    books: Mapping[str, _Apart],
    asked: RoutingRequest,
    members: Sequence[Member],
    drafted: Sequence[Member],
    assignment: Assignment | None,
) -> None:
    """What differs after this decision goes with the next."""
    really = after(members, choose(asked, members), asked.at)
    would = after(drafted, assignment, asked.at) if assignment else drafted
    for was, is_, before, given in zip(really, would, members, drafted, strict=True):
        one = books[was.id]
        one.target, one.got = is_.target - was.target, is_.got - was.got
        one.last = is_.last if is_.last != was.last else None
        one.here = is_.here if is_.here != was.here else None
        more = (is_.got - given.got) - (was.got - before.got)
        if more:
            one.moved.append((asked.at, more))


def _carried(member: Member, apart: _Apart) -> Member:
    return replace(
        member,
        target=member.target + apart.target,
        got=member.got + apart.got,
        last=member.last if apart.last is None else apart.last,
        here=member.here if apart.here is None else apart.here,
    )


WIDTH, BAR, ROW = 900, 460, 46
NAME = 25  # letters of a name that stand beside the bars; a longer one is whole when pointed at


def picture(
    before: Run,
    drafted: Run,
    names: Mapping[str, str],
    title: str,
    answered: Mapping[str, tuple[int, int]] | None = None,
) -> str:
    """Who would get what, as an SVG: two bars for each rep, in force and drafted; below, what
    becomes of the leads, and of the answers in time where it is known how each has *answered*.
    """
    was, now = before.got, drafted.got
    reps = sorted(was.keys() | now.keys(), key=lambda r: (names.get(r, r), r))
    most = max([1, *was.values(), *now.values()])
    height = 150 + ROW * len(reps)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" font-family="Segoe UI, sans-serif" font-size="15">'
        ),
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="24" y="38" font-size="21" font-weight="600">{_safe(title)}</text>',
        (
            '<rect x="24" y="56" width="14" height="14" fill="#8a8886"/>'
            '<text x="44" y="68">policy in force</text>'
        ),
        (
            '<rect x="184" y="56" width="14" height="14" fill="#4f52b2"/>'
            '<text x="204" y="68">draft</text>'
        ),
    ]
    for row, rep in enumerate(reps):
        y = 92 + ROW * row
        said = _more(now[rep] - was[rep])
        said += f", at a limit {drafted.full[rep]} ×" if drafted.full[rep] else ""
        parts += [
            _name(y, names.get(rep, rep)),
            _bar(y, was[rep], most, "#8a8886"),
            _bar(y + 18, now[rep], most, "#4f52b2"),
            f'<text x="{230 + BAR + 50}" y="{y + 22}" fill="#605e5c">{said}</text>',
        ]
    changed = sum(a != b for a, b in zip(before.chosen, drafted.chosen, strict=True))
    foot = f"{len(drafted.chosen)} leads, {changed} to someone else, {drafted.nobody} to nobody"
    foot += f", {drafted.kept} below a line" if drafted.kept else ""
    first, second = before.in_time(answered or {}), drafted.in_time(answered or {})
    if first is not None and second is not None:
        foot += f"; answers in time: {first} % in force, {second} % drafted"
    parts.append(f'<text x="24" y="{height - 22}" fill="#605e5c">{foot}</text></svg>')
    return "\n".join(parts)


def _more(leads: int) -> str:
    if not leads:
        return "the same"
    return f"{'+' if leads > 0 else '−'}{abs(leads)}"


def _name(y: int, name: str) -> str:
    said = _safe(name)
    if len(name) > NAME:
        said = f"{_safe(name[: NAME - 1].rstrip())}…<title>{said}</title>"
    return f'<text x="24" y="{y + 22}">{said}</text>'


def _bar(y: int, value: int, most: int, colour: str) -> str:
    width = max(1, BAR * value // most)
    return (
        f'<rect x="230" y="{y}" width="{width}" height="15" fill="{colour}"/>'
        f'<text x="{236 + width}" y="{y + 12}" font-size="12">{value}</text>'
    )


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
