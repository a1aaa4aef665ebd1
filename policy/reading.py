"""The policy file, read and checked.

A file with mistakes is refused whole, each mistake named with its key and, where TOML tells, its
line; the policy in force stays in force.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from handoff.amounts import currencies
from handoff.routing.check import Flaw, flaws
from policy import lines
from policy.file import PolicyFile
from policy.routing_rules import routing_of


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
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, at = lines.broken(text, str(error))
        key = ".".join(str(part) for part in at) or "the file"
        words = f"{name}, line {line}, at or after {key}: not valid TOML: {error}"
        raise BadPolicyError([words]) from error
    except (ValueError, RecursionError) as error:  # which do not say where
        words = f"{name}: a number in it is longer than any, or it is nested without end"
        raise BadPolicyError([words]) from error


def _checked(content: Mapping[str, Any], text: str, name: str) -> PolicyFile:
    try:
        file = PolicyFile.model_validate(content)
    except ValidationError as error:
        found = [(e["loc"], e["msg"]) for e in error.errors(include_url=False)]
        raise _bad(name, text, found) from error
    wrong = [(f.at, f.words) for f in check(file) if f.refused]
    if wrong:
        raise _bad(name, text, wrong)
    return file


def _take_out(content: Any, at: Sequence[str | int]) -> None:
    """Nothing stands there any more. What cannot be followed is left to be named as a mistake."""
    *above, last = at
    with suppress(LookupError, TypeError):
        for part in above:
            content = content[part]
        del content[last]


def read_new(text: str, name: str) -> PolicyFile:
    """As `read`, for a file that is to come into force: one without rules is not whole."""
    file = read(text, name)
    if not file.rules:
        words = "no [[rules]] say who gets a lead; is the file whole?"
        raise _bad(name, text, [(("rules",), words)])
    if file.currency not in currencies():
        words = f"{file.currency!r} is no currency; write its ISO code, like EUR or USD"
        raise _bad(name, text, [(("currency",), words)])
    wrong = [
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


def told(name: str, text: str, at: tuple[str | int, ...], words: str) -> str:
    """A mistake, with its file, line and key."""
    key = ".".join(str(part) for part in at) or "the file"
    line = lines.find(text, at)
    where = f"{name}, line {line}, " if line else f"{name}, "
    return f"{where}{key}: {words}"


def _bad(
    name: str, text: str, found: Sequence[tuple[tuple[str | int, ...], str]]
) -> BadPolicyError:
    return BadPolicyError(told(name, text, at, words) for at, words in found)
