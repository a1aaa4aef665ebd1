"""Where in a TOML file a key stands. Python's own reader tells only of what is not TOML at all."""

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*=""")


def find(text: str, at: Sequence[str | int]) -> int | None:
    """The line of the key, of the table it would stand in, or of the nearest table above.

    *at* is the way to it: names, and numbers within lists of tables.
    """
    best, depth = None, 0
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        here: tuple[str | int, ...] | None = None
        if header := _HEADER.match(line):
            name = header[2]
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
            table = _path(name, counts)
            here = table
        elif key := _KEY.match(line):
            here = (*table, next(part for part in key.groups() if part))
        if here and not best and here[: len(at)] == tuple(at):
            best, depth = number, len(at)
        if here and len(here) > depth and tuple(at[: len(here)]) == here:
            best, depth = number, len(here)
    return best


def _path(name: str, counts: dict[str, int]) -> tuple[str | int, ...]:
    parts: list[str | int] = []
    so_far = ""
    for part in name.split("."):
        so_far = f"{so_far}.{part}" if so_far else part
        parts.append(part.strip().strip("\"'"))
        if so_far in counts:
            parts.append(counts[so_far])
    return tuple(parts)
