"""What people and machines elsewhere write is looked through once: however it is made, twice as
much of it takes twice as long.
"""

import ast
import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations, islice, product
from pathlib import Path
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from time import process_time
from typing import Any

from tests.conftest import ROOT
from tests.test_layout import BESIDE, PACKAGES
from tests.thoroughness import THOROUGH

LENGTH = 4_000 if THOROUGH else 1_500  # signs; of 100,000 one that is not mended takes minutes
FEW = (4, 6, 8, 10, 12, 15, 19, 24, 30, 38, 48, 60)  # times, of which some try every part
LONG_FOR_FEW = 0.05  # seconds; a thousand times what they take
MANY = 10  # times as long as to look at each sign, from which on it is measured
MORE = 3.0  # times as long for twice as much; in every second square it is four
SIGNS = 8  # of a pattern, of which hostile texts are made
ENDS = ("\x00", " ", "1")  # with which a text is not what is looked for
METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")
MADE_OF_WORDS = {
    "cards/why.py": "the name of a trait, between two edges of words",
    "sandbox/teams/cards.py": "what a card of ours asks of its own field",
    "handoff/routing/rules.py": "a word of the policy, between two edges of words",
}
"""Patterns that are made when they are asked for."""


@dataclass(frozen=True)
class Found:
    where: str
    pattern: re.Pattern[Any]
    whole: bool  # it is held to a text's beginning, and not to each place in it


def sources() -> Iterator[Path]:
    yield from ROOT.glob("*.py")
    for package in sorted(PACKAGES - BESIDE):
        yield from sorted((ROOT / package).rglob("*.py"))


def named(values: Mapping[str, Any]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    for name, value in values.items():
        many = value.values() if isinstance(value, dict) else [value]
        for one in many:
            if isinstance(one, re.Pattern):
                yield name, one


def patterns() -> Iterator[Found]:
    """Each of the product's, and how it is used."""
    texts = {file: file.read_text(encoding="utf-8") for file in sources()}
    whole_text = "\n".join(texts.values())
    for file, text in texts.items():
        where = str(file.relative_to(ROOT))
        if not re.search(r"\bre\.[a-z]", text):
            continue
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=how)) if (
                    how in METHODS
                ):
                    if not isinstance(node.args[0], ast.Constant):
                        assert where in MADE_OF_WORDS, f"{where}: name it, so that it is looked at"
                        continue
                    text_of_it = node.args[0].value
                    assert isinstance(text_of_it, str)
                    made = re.compile(text_of_it)
                    yield Found(f"{where}:{node.lineno}", made, how in ("match", "fullmatch"))
        module = importlib.import_module(where.removesuffix(".py").replace("/", "."))
        for name, one in named(vars(module)):
            used = set(re.findall(rf"\b{name}(?:\[\w+\])?\.(\w+)\(", whole_text))
            yield Found(f"{where}: {name}", one, bool(used) and used <= {"match", "fullmatch"})


def signs(pattern: re.Pattern[Any]) -> list[str]:
    """What it looks for: its signs, and those that stand in a row."""
    text = (
        pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    )
    found: list[str] = []
    _walk(parser.parse(text, pattern.flags & ~re.UNICODE & ~re.LOCALE), found)
    return list(dict.fromkeys([*found, "x", " "]))[:SIGNS]


def _walk(parts: Iterable[Any], found: list[str]) -> None:
    row = ""
    for kind, value in parts:
        if kind is kinds.LITERAL:
            row += chr(value)
            continue
        if row:
            found.append(row)
        row = ""
        found.extend(_signs_of(kind, value))
        for inside in _inside(kind, value):
            _walk(inside, found)
    if row:
        found.append(row)


def _signs_of(kind: Any, value: Any) -> Iterator[str]:
    if kind is kinds.IN and value[0][0] is kinds.NEGATE:
        yield "x"  # of all that are not among those
        yield from islice(_signs_of(kind, value[1:]), 2)
    elif kind is kinds.IN:
        for inner, one in value:
            if inner is kinds.LITERAL:
                yield chr(one)
            elif inner is kinds.RANGE:
                yield chr(one[0])
            elif inner is kinds.CATEGORY:
                yield from {"DIGIT": "1", "SPACE": " \t"}.get(str(one).rpartition("_")[2], "x")
    elif kind is kinds.NOT_LITERAL:
        yield "y" if value == ord("x") else "x"


def _inside(kind: Any, value: Any) -> Iterator[Any]:
    if isinstance(value, parser.SubPattern):
        yield value
    elif isinstance(value, tuple | list) and kind is not kinds.IN:
        for one in value:
            if isinstance(one, parser.SubPattern):
                yield one
            elif isinstance(one, list):
                yield from (part for part in one if isinstance(part, parser.SubPattern))


def hostile(one: Found) -> Iterator[tuple[int, Callable[[int], Any]]]:
    """Texts that nearly are what it looks for, as often as one likes, but at their end; and how
    many signs it is each time.
    """
    some = signs(one.pattern)
    begins = [("", a + b) for a, b in combinations(some, 2)]
    begins += [(a, b) for a, b in product(("", *some), some) if a != b]

    def of(begin: str, unit: str, end: str, times: int) -> Any:
        text = begin + unit * times + end
        return text if isinstance(one.pattern.pattern, str) else text.encode("latin-1", "replace")

    for (begin, unit), end in product(begins, ENDS[: 3 if one.whole else 1]):
        yield len(unit), partial(of, begin, unit, end)


def took(one: Found, text: Any, times: int = 1) -> float:
    best = float("inf")
    for _ in range(times):
        began = process_time()
        if one.whole:
            one.pattern.match(text)
            one.pattern.fullmatch(text)
        else:
            for _found in one.pattern.finditer(text):
                pass
        best = min(best, process_time() - began)
    return best


def too_long(one: Found, each: float) -> str:
    for signs_each, text in hostile(one):
        times = LENGTH // signs_each
        for few in FEW:
            if took(one, text(few)) > LONG_FOR_FEW:
                return f"{one.where}: {text(few)!r} takes for ever"
        if took(one, text(times)) < MANY * each:
            continue
        once, twice = took(one, text(times), 3), took(one, text(2 * times), 3)
        if once > MANY * each and twice > MORE * once:
            return f"{one.where}: {text(9)!r} takes {twice / once:.1f} times as long for two of it"
    return ""


def test_twice_as_much_of_a_hostile_text_takes_twice_as_long() -> None:
    sign = Found("", re.compile("[ab]"), whole=False)
    each = took(sign, "a" * LENGTH, 5)
    found = list(patterns())
    assert len(found) > 100
    slow = (
        Found("", re.compile(r"\S+@\S+"), whole=False),
        Found("", re.compile("(x+x+)+y"), whole=True),
    )
    assert all(too_long(one, each) for one in slow), "it is seen where it is so"
    assert [words for one in found if (words := too_long(one, each))] == []
