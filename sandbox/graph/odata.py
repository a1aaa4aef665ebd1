"""The part of OData's query language that clients of calendars, mail and people use.

https://learn.microsoft.com/graph/query-parameters
Filters are evaluated on the JSON that would be answered.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.graph.door import Json, RefusedError, bad

Test = Callable[[Any], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<date>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_@$][\w.@$-]*(?:/[\w.@$-]+)*)"
    r"|(?P<mark>[(),:]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda text, part: part in text,
}
KNOWN = {
    "$select",
    "$filter",
    "$orderby",
    "$top",
    "$skip",
    "$expand",
    "$count",
    "$search",
    "$skiptoken",
    "$deltatoken",
    "$format",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    test: Test
    properties: tuple[str, ...]  # first parts of the paths, in the order in which they are named
    advanced: bool  # uses what the directory grants with ConsistencyLevel only
    most: int = 0  # values in the longest `in`


@dataclass(frozen=True, slots=True, kw_only=True)
class Expand:
    name: str
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    select: tuple[str, ...] = ()
    filter: Filter | None = None
    orderby: tuple[tuple[str, bool], ...] = ()  # path, descending
    top: int | None = None
    skip: int = 0
    expand: tuple[Expand, ...] = ()
    count: bool = False

    def expanded(self, name: str) -> Expand | None:
        return next((one for one in self.expand if one.name.lower() == name.lower()), None)


def query(raw: Mapping[str, str]) -> Query:
    """Raises RefusedError for what cannot be read."""
    given = {_dollar(name): value for name, value in raw.items()}
    for name in given:
        if name.startswith("$") and name not in KNOWN:
            raise bad("BadRequest", f"The query parameter '{name}' is not supported.")
    return Query(
        select=tuple(part.strip() for part in given.get("$select", "").split(",") if part.strip()),
        filter=parse_filter(given["$filter"]) if given.get("$filter") else None,
        orderby=tuple(_order(part) for part in given.get("$orderby", "").split(",") if part),
        top=_number("$top", given, lowest=1),
        skip=_number("$skip", given, lowest=0) or 0,
        expand=tuple(_expand(part) for part in _apart(given.get("$expand", ""), ",")),
        count=given.get("$count", "").lower() == "true",
    )


def _dollar(name: str) -> str:
    return name.lower() if name.startswith("$") else name


def _number(name: str, given: Mapping[str, str], *, lowest: int) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not text.isdecimal() or int(text) < lowest:
        raise bad("BadRequest", f"Invalid value '{text}' for {name} query option.")
    return int(text)


def _order(part: str) -> tuple[str, bool]:
    path, _, direction = part.strip().partition(" ")
    if direction.strip() not in ("", "asc", "desc"):
        raise bad("BadRequest", f"Syntax error in $orderby: '{part}'.")
    return path, direction.strip() == "desc"


def _expand(part: str) -> Expand:
    name, _, rest = part.strip().partition("(")
    options = {}
    for option in _apart(rest.removesuffix(")"), ";"):
        key, _, value = option.partition("=")
        options[key.strip().lower()] = value.strip()
    return Expand(name=name.strip(), options=options)


def _apart(text: str, mark: str) -> list[str]:
    """Split at the mark where it stands outside brackets and quotes."""
    parts, depth, quoted, current = [], 0, False, ""
    for sign in text:
        if sign == "'":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == mark and not quoted and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += sign
    return [part for part in (*parts, current) if part.strip()]


# Results


def ordered(items: list[Json], orderby: Sequence[tuple[str, bool]]) -> list[Json]:
    for path, descending in reversed(orderby):
        items = sorted(items, key=lambda item: _sortable(value(item, path)), reverse=descending)
    return items


def selected(item: Json, select: Sequence[str], *, always: Sequence[str] = ("id",)) -> Json:
    if not select or "*" in select:
        return item
    wanted = {name.lower() for name in (*select, *always)}
    return {
        name: content
        for name, content in item.items()
        if name.lower() in wanted or name.startswith("@odata")
    }


def value(item: Any, path: str) -> Any:
    for name in path.split("/"):
        if not isinstance(item, dict):
            return None
        item = item.get(name)
    return item


def _sortable(content: Any) -> Any:
    if content is None:
        return ""
    return content.lower() if isinstance(content, str) else content


# Filters


def parse_filter(text: str) -> Filter:
    reader = _Reader(text)
    test = reader.either()
    reader.end()
    return Filter(
        test=test,
        properties=tuple(reader.properties),
        advanced=reader.advanced,
        most=reader.most,
    )


class _Reader:
    """Recursive descent over: either = both {or both}, both = single {and single}."""

    def __init__(self, text: str) -> None:
        self.properties: list[str] = []
        self.advanced = False
        self.most = 0
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        self._variable: str | None = None
        place = 0
        while place < len(text.rstrip()):
            match = _TOKEN.match(text, place)
            if match is None:
                raise self._wrong(text[place:])
            self._tokens.append((match.lastgroup or "", match[0].strip()))
            place = match.end()

    def either(self) -> Test:
        tests = [self._both()]
        while self._take("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda item: any(test(item) for test in tests)

    def end(self) -> None:
        if self._tokens:
            raise self._wrong(self._tokens[0][1])

    def _both(self) -> Test:
        tests = [self._single()]
        while self._take("and"):
            tests.append(self._single())
        return tests[0] if len(tests) == 1 else lambda item: all(test(item) for test in tests)

    def _single(self) -> Test:
        if self._take("not"):
            self.advanced = True
            inner = self._single()
            return lambda item: not inner(item)
        if self._take("("):
            inner = self.either()
            self._need(")")
            return inner
        kind, word = self._next()
        if kind == "name" and self._peek() == "(":
            return self._call(word)
        left = self._operand(kind, word)
        _, comparison = self._next()
        if comparison == "in":
            return self._in(left)
        if comparison not in _COMPARE:
            raise self._wrong(comparison)
        if comparison == "ne":
            self.advanced = True
        right = self._operand(*self._next())
        compare = _COMPARE[comparison]
        return lambda item: _compared(compare, left(item), right(item))

    def _in(self, left: Test) -> Test:
        self._need("(")
        options = [self._operand(*self._next())]
        while self._take(","):
            options.append(self._operand(*self._next()))
        self._need(")")
        self.most = max(self.most, len(options))
        return lambda item: any(
            _compared(operator.eq, left(item), option(item)) for option in options
        )

    def _call(self, word: str) -> Test:
        self._need("(")
        path, _, function = word.rpartition("/")
        if path and function.lower() in ("any", "all"):
            return self._lambda(path, each=function.lower() == "all")
        if word.lower() not in _FUNCTIONS:
            raise self._wrong(word)
        if word.lower() == "endswith":
            self.advanced = True
        left = self._operand(*self._next())
        self._need(",")
        right = self._operand(*self._next())
        self._need(")")
        check = _FUNCTIONS[word.lower()]
        return lambda item: check(str(left(item) or "").lower(), str(right(item)).lower())

    def _lambda(self, path: str, *, each: bool) -> Test:
        self.properties.append(path.partition("/")[0])
        outer, (_, self._variable) = self._variable, self._next()
        self._need(":")
        inner = self.either()
        self._need(")")
        self._variable = outer
        over = all if each else any
        return lambda item: over(inner(one) for one in value(item, path) or [])

    def _operand(self, kind: str, word: str) -> Test:
        match kind:
            case "text":
                text = word[1:-1].replace("''", "'")
                return lambda _: text
            case "number":
                number = float(word)
                return lambda _: number
            case "date":
                return lambda _: word
            case "name" if word in ("true", "false", "null"):
                constant = {"true": True, "false": False, "null": None}[word]
                return lambda _: constant
            case "name":
                return self._path(word)
        raise self._wrong(word)

    def _path(self, word: str) -> Test:
        first, _, rest = word.partition("/")
        if self._variable and first == self._variable:
            return (lambda item: value(item, rest)) if rest else (lambda item: item)
        self.properties.append(first)
        return lambda item: value(item, word)

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise self._wrong("the end")
        return self._tokens.pop(0)

    def _peek(self) -> str:
        return self._tokens[0][1] if self._tokens else ""

    def _take(self, word: str) -> bool:
        if self._peek().lower() != word:
            return False
        self._tokens.pop(0)
        return True

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise self._wrong(self._peek() or "the end")

    def _wrong(self, at: str) -> RefusedError:
        return bad(
            "BadRequest", f"Invalid filter clause: syntax error at '{at}' in '{self._text}'."
        )


def _compared(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        moments = _moment(left), _moment(right)
        if moments[0] and moments[1]:
            return compare(*moments)
        return compare(left.lower(), right.lower())
    if left is None or right is None or isinstance(left, bool) != isinstance(right, bool):
        return compare(left, right) if compare in (operator.eq, operator.ne) else False
    return compare(left, right)


def _moment(text: str) -> datetime | None:
    """Text that is a time, as UTC where it names no offset."""
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
