"""Of many lines that a command has to say, the first, and how many more there are of each kind."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

SHOWN = 10  # told one by one


def summed_up(lines: Sequence[str], kinds: Sequence[str] = ()) -> Iterator[str]:
    """The first as they are, of the others how many there are of each kind: of *kinds*, in the same
    order, or what is left of each line without what is only its own.
    """
    yield from lines[:SHOWN]
    rest = islice(kinds, SHOWN, None) if kinds else map(_kind, islice(lines, SHOWN, None))
    kinds_left = Counter(rest)
    for kind, count in kinds_left.most_common():
        yield f"and {count} more: {kind}"


def _kind(line: str) -> str:
    """The line without what is only this row's: its place, addresses, what was written."""
    told = re.sub(r"^(line|row) \d+: ", "", line)
    told = re.sub(r"(?<!\S)\S+@\S+?(?=[:;,]?(\s|$))", "…", told)
    return re.sub(r"'[^']*'|\"[^\"]*\"|\bno\. \d+", "…", told)
