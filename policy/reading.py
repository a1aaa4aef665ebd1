"""The policy file, read and checked.

A file with mistakes is refused whole, each mistake named with its key and, where TOML tells, its
line; the policy in force stays in force.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from handoff.accountable import POOL
from handoff.amounts import currencies
from handoff.model import DealState
from handoff.routing.check import Flaw, flaws
from handoff.seen import visible
from policy import lines
from policy.file import PolicyFile
from policy.routing_rules import routing_of
from policy.table import WRITTEN

TOO_DEEP = "it is nested without end"
STAGES = ", ".join(DealState)
TOO_LONG = "a number in it is longer than any"
WORDS: Mapping[str, str] = {  # what pydantic finds, as it is said here
    "missing": "is missing",
    "extra_forbidden": "there is no such key here; docs/policy.md has them all",
    "string_type": "must be a text in quotation marks",
    "string_too_short": "says nothing",
    "string_too_long": "takes {max_length} characters at most",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is larger than any number here",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "time_type": "must be a time of day, like 15:00:00",
    "list_type": "must be a list in [ ]",
    "tuple_type": "must be a list in [ ]",
    "dict_type": "must be a table of keys with values",
    "model_type": "must be a table of keys with values",
    "too_short": "takes {min_length} or more",
    "too_long": "takes {max_length} at most",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} at most",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}


class BadPolicyError(Exception):
    """The policy file cannot be used; the message names every mistake in it."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        super().__init__("the policy has mistakes:\n  " + "\n  ".join(mistakes))


def read(text: str, name: str = "policy.toml") -> PolicyFile:
    """The file's content, checked. Raises BadPolicyError, naming every mistake with its line."""
    return _checked(_parsed(text, name), text, name)


def read_kept(text: str) -> PolicyFile:
    """As `read`, of a text that came into force once: keys that only a newer version knows are
    passed over, so that the version before it can be gone back to.
    """
    content = _parsed(text, "policy.toml")
    try:
        PolicyFile.model_validate(content)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            if one["type"] == "extra_forbidden":
                _take_out(content, one["loc"])
    return _checked(content, text, "policy.toml")


def _parsed(text: str, name: str) -> dict[str, Any]:
    if line := lines.endless(text):
        raise BadPolicyError([f"{name}, line {line}: {TOO_DEEP}"])
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, at = lines.broken(text, str(error))
        key = ".".join(str(part) for part in at) or "the file"
        words = f"{name}, line {line}, at or after {key}: not valid TOML: {error}"
        raise BadPolicyError([words]) from error
    except (ValueError, RecursionError) as error:  # which do not say where
        words = TOO_DEEP if isinstance(error, RecursionError) else TOO_LONG
        line = lines.where(text, _unreadable)
        raise BadPolicyError([f"{name}, line {line}: {words}"]) from error
    if at := _too_deep(content):
        raise BadPolicyError([told(name, text, at, TOO_DEEP)])
    return content


def _unreadable(text: str) -> bool:
    """Whether it cannot be read for another reason than that it is no TOML, or not all of it."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    except (ValueError, RecursionError):
        return True
    return False


def _too_deep(content: Any) -> lines.Path:
    """Where tables stand in tables further than in any policy."""
    level: list[tuple[lines.Path, Any]] = [((), content)]
    for _ in range(lines.DEEPEST):
        inside: list[tuple[lines.Path, Any]] = []
        for at, one in level:
            match one:
                case dict():
                    inside += [((*at, key), more) for key, more in one.items()]
                case list():
                    inside += [((*at, n), more) for n, more in enumerate(one)]
        level = inside
    return level[0][0] if level else ()


def _checked(
    content: Mapping[str, Any], text: str, name: str, *, strict: bool = False
) -> PolicyFile:
    """*strict*: nothing is taken for what it is not, true for an hour or 15 for a time."""
    try:
        file = PolicyFile.model_validate(content, strict=strict)
    except ValidationError as error:
        found = [(e["loc"], _said({**e})) for e in error.errors(include_url=False)]
        raise _bad(name, text, found) from error
    wrong = [(f.at, f.words) for f in check(file) if f.refused]
    if wrong:
        raise _bad(name, text, wrong)
    return file


def _said(mistake: Mapping[str, Any]) -> str:
    given = mistake.get("ctx", {}).items()
    about = {name: f"{one:g}" if isinstance(one, float) else one for name, one in given}
    words = WORDS.get(mistake["type"]) or WRITTEN.get(about.get("pattern", ""))
    return words.format(**about) if words else mistake["msg"]


def _unseen(content: Any, at: lines.Path = ()) -> Iterator[lines.Path]:
    """Where it says something that nobody can see or read, or nothing but spaces."""
    match content:
        case str() if "\0" in content or visible(content) != content or content.isspace():
            yield at
        case dict():
            for key, inside in content.items():
                yield from _unseen(inside, (*at, key))
        case list():
            for n, inside in enumerate(content):
                yield from _unseen(inside, (*at, n))


def _take_out(content: Any, at: Sequence[str | int]) -> None:
    """Nothing stands there any more. What cannot be followed is left to be named as a mistake."""
    *above, last = at
    with suppress(LookupError, TypeError):
        for part in above:
            content = content[part]
        del content[last]


def read_new(text: str, name: str) -> PolicyFile:
    """As `read`, for a file that is to come into force, of which everything can be seen and is of
    its own kind: one without rules is not whole.
    """
    content = _parsed(text, name)
    if unseen := list(_unseen(content)):
        raise _bad(name, text, [(at, "holds what nobody can see or read") for at in unseen])
    file = _checked(content, text, name, strict=True)
    if not file.rules:
        words = "no [[rules]] say who gets a lead; is the file whole?"
        raise _bad(name, text, [(("rules",), words)])
    if file.currency not in currencies():
        words = f"{file.currency!r} is no currency; write its ISO code, like EUR or USD"
        raise _bad(name, text, [(("currency",), words)])
    known = {*DealState, *file.routing.stages}
    wrong: list[tuple[lines.Path, str]] = [
        (("crm", "stages", id), f"{code!r} is neither {STAGES}, nor a stage of [routing]")
        for id, code in file.crm.stages.items()
        if code not in known
    ]
    pools = {row.code for row in file.pools}
    named = {("crm", "accountable", id): to for id, to in file.crm.accountable.items()}
    wrong += [
        (at, f"{to!r} is neither pool: with the code of a pool, nor an address")
        for at, to in named.items()
        if not (to.removeprefix(POOL) in pools if to.startswith(POOL) else "@" in to)
    ]
    if file.wins.pool and file.wins.pool not in pools:
        wrong.append((("wins", "pool"), f"{file.wins.pool!r} is the code of no pool"))
    wrong += [
        (("leaders", n, "currency"), f"{row.currency!r} is no currency; write its ISO code")
        for n, row in enumerate(file.leaders)
        if row.currency and row.currency not in currencies()
    ]
    if wrong:
        raise _bad(name, text, wrong)
    return file


def check(file: PolicyFile, members: Mapping[str, Sequence[str]] | None = None) -> list[Flaw]:
    """What is wrong with who gets a lead; *members* are mail addresses by pool, where known."""
    return flaws(routing_of(file), [pool.code for pool in file.pools], members)


def told(name: str, text: str, at: lines.Path, words: str) -> str:
    """A mistake, with its file, line and key."""
    key = ".".join(str(part) for part in at) or "the file"
    line = lines.find(text, at)
    where = f"{name}, line {line}, " if line else f"{name}, "
    return f"{where}{key}: {words}"


def _bad(name: str, text: str, found: Sequence[tuple[lines.Path, str]]) -> BadPolicyError:
    return BadPolicyError(told(name, text, at, words) for at, words in found)
