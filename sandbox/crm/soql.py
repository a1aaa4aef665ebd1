"""What is read of Salesforce's query language: one object, conditions that all must be so, an order
and a limit. Whatever else stands in a query is refused as Salesforce refuses what it cannot read.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select.htm
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<word>[\w.:+-]+)|(?P<sign><=|>=|!=|<>|[=<>(),]))"
)
ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one is not None and one < other,
    ">": lambda one, other: one is not None and one > other,
    "<=": lambda one, other: one is not None and one <= other,
    ">=": lambda one, other: one is not None and one >= other,
}

Row = Mapping[str, Any]


class MalformedError(Exception):
    """It cannot be read."""


@dataclass(frozen=True, slots=True)
class Condition:
    field: str
    sign: str  # one of SIGNS, or in
    value: Any


@dataclass(frozen=True, slots=True)
class Query:
    fields: tuple[str, ...]
    object: str
    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]  # the field, and whether it goes down
    limit: int | None

    @property
    def named(self) -> tuple[str, ...]:
        """Every field that it names."""
        others = (one.field for one in self.conditions)
        return (*self.fields, *others, *(name for name, _ in self.order))

    def of(self, rows: Collection[Row]) -> list[Row]:
        found = [one for one in rows if all(_fits(one, c) for c in self.conditions)]
        for name, down in reversed(self.order):
            found.sort(key=lambda one: _comparable(one[name]) or "", reverse=down)
        return found[: self.limit]


def parse(text: str) -> Query:
    """Raises MalformedError."""
    return _Reading(text).query()


class _Reading:
    def __init__(self, text: str) -> None:
        self._left: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = TOKEN.match(text, at)
            if found is None or found.lastgroup is None:
                raise MalformedError(f"unexpected token: '{text[at:].strip()[:1]}'")
            self._left.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        self._left.reverse()

    def query(self) -> Query:
        self._word("SELECT")
        fields = [self._next("word")]
        while self._if(","):
            fields.append(self._next("word"))
        self._word("FROM")
        object = self._next("word")
        conditions = []
        if self._if("WHERE"):
            conditions.append(self._condition())
            while self._if("AND"):
                conditions.append(self._condition())
        order = []
        if self._if("ORDER"):
            self._word("BY")
            order.append(self._ordered())
            while self._if(","):
                order.append(self._ordered())
        limit = int(self._next("word")) if self._if("LIMIT") else None
        if self._left:
            raise MalformedError(f"unexpected token: '{self._left[-1][1]}'")
        return Query(tuple(fields), object, tuple(conditions), tuple(order), limit)

    def _ordered(self) -> tuple[str, bool]:
        name = self._next("word")
        down = self._if("DESC")
        if not down:
            self._if("ASC")
        return name, down

    def _condition(self) -> Condition:
        field = self._next("word")
        if self._if("IN"):
            self._sign("(")
            values = [self._value()]
            while self._if(","):
                values.append(self._value())
            self._sign(")")
            return Condition(field, "in", values)
        sign = self._next("sign")
        if sign not in SIGNS:
            raise MalformedError(f"unexpected token: '{sign}'")
        return Condition(field, sign, self._value())

    def _value(self) -> Any:
        kind, said = self._left.pop() if self._left else ("", "<EOF>")
        if kind == "text":
            return re.sub(r"\\(.)", lambda found: ESCAPED.get(found[1], found[1]), said[1:-1])
        constants = {"true": True, "false": False, "null": None}
        if kind == "word" and said.lower() in constants:
            return constants[said.lower()]
        try:
            return float(said)
        except ValueError:
            pass
        try:
            return datetime.fromisoformat(said)
        except ValueError:
            raise MalformedError(f"unexpected token: '{said}'") from None

    def _next(self, kind: str) -> str:
        found, said = self._left.pop() if self._left else ("", "<EOF>")
        if found != kind:
            raise MalformedError(f"unexpected token: '{said}'")
        return said

    def _if(self, said: str) -> bool:
        if self._left and self._left[-1][0] != "text" and self._left[-1][1].upper() == said:
            self._left.pop()
            return True
        return False

    def _word(self, said: str) -> None:
        if not self._if(said):
            raise MalformedError(
                f"unexpected token: '{self._left[-1][1] if self._left else '<EOF>'}'"
            )

    _sign = _word


def _fits(row: Row, condition: Condition) -> bool:
    known = _comparable(row[condition.field])
    if isinstance(condition.value, datetime):  # a row has it as text
        known = known and datetime.fromisoformat(str(known))
    if condition.sign == "in":
        return known in [_comparable(one) for one in condition.value]
    return SIGNS[condition.sign](known, _comparable(condition.value))


def _comparable(value: Any) -> Any:
    """Text is the same in capital letters; of an id the fifteen count that both its ways have."""
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"[A-Za-z0-9]{18}", value) and value[3:6] == "Hx0":
        return value[:15]
    return value if re.fullmatch(r"[A-Za-z0-9]{3}Hx0[A-Za-z0-9]{9}", value) else value.casefold()
