"""Where in a TOML file a key stands, and at which key a file stops being TOML."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

Path = tuple[str | int, ...]
DEEPEST = 20  # tables in tables; those of a policy stand in three
MOST_PARTS = 500  # of a key; Python's reader takes four times as long for twice as many

_HEADER = re.compile(r"\s*(\[\[?)([^\]]+)\]\]?\s*(?:#.*)?")
_PART = r"""(?:"[^"]++"|'[^']++'|[A-Za-z0-9_-]++)"""
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_LONG = re.compile(rf"(?<![\w-])(?:{_PART}\s*+\.\s*+){{{MOST_PARTS}}}")
_LINE = re.compile(r"at line (\d+)")


def find(text: str, at: Sequence[str | int]) -> int | None:
    """The line of the key, of the table it would stand in, or of the nearest table above.

    *at* is the way to it: names, and numbers within lists of tables.
    """
    here, below = _known(text)
    way = tuple(at)
    above = [here[way[:n]] for n in range(len(way), 0, -1) if way[:n] in here]
    within = below.get(way)
    if within is not None and (way not in here or all(line > within for line in above)):
        return within
    return above[0] if above else None


@lru_cache(maxsize=2)  # of one file there may be thousands of mistakes
def _known(text: str) -> tuple[dict[Path, int], dict[Path, int]]:
    """The first line of each way that is written, and of each that one leads through."""
    here: dict[Path, int] = {}
    below: dict[Path, int] = {}
    for number, way in _places(text):
        here.setdefault(way, number)
        for n in range(1, len(way) + 1):
            below.setdefault(way[:n], number)
    return here, below


def broken(text: str, why: str) -> tuple[int, Path]:
    """The line at which it is no longer TOML, and the key there or above.

    *why* is the message of Python's own reader, which knows a line unless the text just ends.
    """
    said = _LINE.search(why)
    line = int(said[1]) if said else max(1, len(text.splitlines()))
    return line, next((here for n, here in reversed([*_places(text)]) if n <= line), ())


def endless(text: str) -> int | None:
    """The first line with a key of more parts than MOST_PARTS."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.count(".") >= MOST_PARTS and _LONG.search(line):
            return number
    return None


def where(text: str, falls: Callable[[str], bool]) -> int:
    """The line with which a text, read from its beginning, first *falls*, as all of it does."""
    whole = text.splitlines(keepends=True)
    return 1 + bisect_left(range(len(whole)), True, key=lambda n: falls("".join(whole[: n + 1])))


def _places(text: str) -> Iterator[tuple[int, Path]]:
    """Every line with a key or the head of a table, and the way to it."""
    table: Path = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if (header := _HEADER.fullmatch(line)) and (name := header[2].strip()):
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
            table = _path(name, counts)
            yield number, table
        elif key := _KEY.match(line):
            yield number, (*table, *_path(key[1], {}))


def _path(name: str, counts: dict[str, int]) -> Path:
    parts: list[str | int] = []
    so_far = ""
    for part in name.split(".", DEEPEST)[:DEEPEST]:
        so_far = f"{so_far}.{part}" if so_far else part
        parts.append(part.strip().strip("\"'"))
        if so_far in counts:
            parts.append(counts[so_far])
    return tuple(parts)
