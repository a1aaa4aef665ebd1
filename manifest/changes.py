"""What is different between two packages, in words, and which version the new one has."""

from collections.abc import Iterator, Mapping
from typing import Any

from manifest.check import leaves

LONGEST = 60  # characters of a value that are shown


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """A line for each value that was added, removed or changed, but for the version."""
    before, after = (dict(_leaves(one)) for one in (old, new))
    for where in dict.fromkeys([*before, *after]):
        if where == "manifest.json: version":
            continue
        if where not in before:
            yield f"{where}: new, {_shown(after[where])}"
        elif where not in after:
            yield f"{where}: gone, was {_shown(before[where])}"
        elif before[where] != after[where]:
            yield f"{where}: {_shown(after[where])}, was {_shown(before[where])}"


def raised(own: str, before: str, *, changed: bool) -> str:
    """The version of a package after one of version *before*: Teams takes only a higher one.

    *own* is Baton's version, which is used wherever it is high enough.
    """
    if numbers(own) > numbers(before) or not changed:
        return own if numbers(own) > numbers(before) else before
    major, minor, patch = numbers(before)
    return f"{major}.{minor}.{patch + 1}"


def numbers(version: str) -> tuple[int, int, int]:
    """1.2.3 as numbers; what is none counts as nought."""
    parts = [int(p) if p.isascii() and p.isdecimal() else 0 for p in version.split(".")[:3]]
    major, minor, patch = [*parts, 0, 0, 0][:3]
    return major, minor, patch


def _leaves(files: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, content in files.items():
        for key, value in leaves(content):
            yield f"{name}: {key}" if key else name, value


def _shown(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")
