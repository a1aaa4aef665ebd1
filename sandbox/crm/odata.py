"""What is read of OData as Dataverse speaks it: columns, conditions, an order, a bound, and what is
expanded of one other record. Whatever else stands in a query is refused.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/overview
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<time>\d{4}-\d\d-\d\d(?:T[0-9:.]+(?:Z|[+-]\d\d:\d\d))?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<sign>[(),]))"
)
WORDS: Mapping[str, Any] = {"null": None, "true": True, "false": False}
FUNCTIONS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda one, part: part in one,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
OPTIONS = frozenset({"$select", "$filter", "$orderby", "$top", "$expand", "$count", "$skiptoken"})
EXPANDED = re.compile(r"(?P<name>\w+)(?:\(\$select=(?P<columns>[\w,]+)\))?")

Row = Mapping[str, Any]
Fits = Callable[[Row], bool]


class MalformedError(Exception):
    """It cannot be read."""


@dataclass(frozen=True, slots=True)
class Query:
    columns: tuple[str, ...]  # all of them where none is named
    fits: Fits
    order: tuple[tuple[str, bool], ...]  # the column, and whether it goes down
    top: int | None
    expand: Mapping[str, tuple[str, ...]]  # which other record, and its columns
    named: frozenset[str]  # every column that it names

    def of(self, rows: Collection[Row]) -> list[Row]:
        found = [one for one in rows if self.fits(one)]
        for name, down in reversed(self.order):
            found.sort(key=lambda one: (one[name] is not None, one[name] or ""), reverse=down)
        return found[: self.top]


def parse(options: Mapping[str, str]) -> Query:
    """Raises MalformedError."""
    odd = sorted(name for name in options if name.startswith("$") and name not in OPTIONS)
    if odd:
        raise MalformedError(f"The query parameter {odd[0]} is not supported")
    reader = _Reader(options.get("$filter", ""))
    fits = reader.read()
    columns = tuple(filter(None, (one.strip() for one in options.get("$select", "").split(","))))
    order = tuple(_ordered(options.get("$orderby", "")))
    top = options.get("$top")
    if top is not None and not top.isdecimal():
        raise MalformedError(f"Invalid value '{top}' for $top query option found.")
    return Query(
        columns=columns,
        fits=fits,
        order=order,
        top=int(top) if top else None,
        expand=dict(_expanded(options.get("$expand", ""))),
        named=frozenset({*columns, *(name for name, _ in order), *reader.named}),
    )


def _ordered(text: str) -> Iterator[tuple[str, bool]]:
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, way = part.partition(" ")
        if way.strip() not in ("", "asc", "desc"):
            raise MalformedError(f"Syntax error at position 0 in '{text}'.")
        yield name, way.strip() == "desc"


def _expanded(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for part in filter(None, _apart(text)):
        found = EXPANDED.fullmatch(part)
        if found is None:
            raise MalformedError(f"Term '{part}' is not valid in a $select or $expand expression.")
        yield found["name"], tuple((found["columns"] or "").split(",") if found["columns"] else ())


def _apart(text: str) -> Iterator[str]:
    """What stands between commas that are in no brackets."""
    began = inside = 0
    for at, sign in enumerate(text):
        inside += (sign == "(") - (sign == ")")
        if sign == "," and inside <= 0:
            yield text[began:at]
            began = at + 1
    yield text[began:]


class _Reader:
    """Of conditions, by `or`, `and`, `not` and brackets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split())
        self._at = 0
        self.named: set[str] = set()

    def read(self) -> Fits:
        if not self._tokens:
            return lambda _: True
        fits = self._either()
        if self._at < len(self._tokens):
            raise self._odd()
        return fits

    def _split(self) -> Iterator[tuple[str, str]]:
        at = 0
        while self._text[at:].strip():
            found = TOKEN.match(self._text, at)
            if found is None or found.lastgroup is None:
                raise MalformedError(f"Syntax error at position {at} in '{self._text}'.")
            at = found.end()
            yield found.lastgroup, found[found.lastgroup]

    def _odd(self) -> MalformedError:
        return MalformedError(f"Syntax error at position {self._at} in '{self._text}'.")

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._odd()
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, word: str) -> bool:
        """Whether that comes next; then it is read."""
        if self._at < len(self._tokens) and self._tokens[self._at][1] == word:
            self._at += 1
            return True
        return False

    def _either(self) -> Fits:
        found = [self._both()]
        while self._is("or"):
            found.append(self._both())
        return lambda row: any(fits(row) for fits in found)

    def _both(self) -> Fits:
        found = [self._one()]
        while self._is("and"):
            found.append(self._one())
        return lambda row: all(fits(row) for fits in found)

    def _one(self) -> Fits:
        if self._is("not"):
            other = self._one()
            return lambda row: not other(row)
        if self._is("("):
            inside = self._either()
            if not self._is(")"):
                raise self._odd()
            return inside
        kind, name = self._next()
        if kind != "word":
            raise self._odd()
        if name in FUNCTIONS:
            return self._function(name)
        _, sign = self._next()
        value, does = self._value(), SIGNS.get(sign)
        if does is None:
            raise self._odd()
        self.named.add(name)
        return lambda row: does(row[name], value)

    def _function(self, name: str) -> Fits:
        if not self._is("("):
            raise self._odd()
        _, column = self._next()
        if not self._is(","):
            raise self._odd()
        part = self._value()
        if not self._is(")") or not isinstance(part, str):
            raise self._odd()
        self.named.add(column)
        does = FUNCTIONS[name]
        return lambda row: does(str(row[column] or "").casefold(), part.casefold())

    def _value(self) -> Any:
        kind, said = self._next()
        match kind:
            case "text":
                return said[1:-1].replace("''", "'")
            case "number":
                return float(said)
            case "word" if said in WORDS:
                return WORDS[said]
            case "guid" | "time":
                return said.lower() if kind == "guid" else said
        raise self._odd()


def _same(one: Any, other: Any) -> bool:
    """Texts are compared without regard to capital letters, as SQL Server's order has it."""
    if isinstance(one, str) and isinstance(other, str):
        return _moment(one) == _moment(other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def _moment(said: str) -> str | datetime:
    try:
        at = datetime.fromisoformat(said) if "T" in said else None
    except ValueError:
        at = None
    return at.astimezone(UTC) if at and at.tzinfo else said.casefold()


def _like(one: Any, other: Any) -> Any:
    """Compared as the other is: a number with a number, what was written with what was written."""
    return float(one) if isinstance(other, float) else str(one)


SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": _same,
    "ne": lambda one, other: not _same(one, other),
    "lt": lambda one, other: None not in (one, other) and _like(one, other) < other,
    "gt": lambda one, other: None not in (one, other) and _like(one, other) > other,
    "le": lambda one, other: None not in (one, other) and _like(one, other) <= other,
    "ge": lambda one, other: None not in (one, other) and _like(one, other) >= other,
}
