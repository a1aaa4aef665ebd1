"""docs/glossary.md: what each word means that the house uses in a sense of its own.

Closed vocabularies are read from the enumerations of handoff/, each word with the comment beside
it, and the timeline from its sentences. What no class bears is said here.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path

from tabs.glossary import WORDS, first_words, meaning

ROOT = Path(__file__).parents[1]


INTRODUCTION = (
    "Cards speak plainly and need no list of words. This one is for whoever reads the policy, the "
    "logs or the code: a word stands here when it means something of its own in Baton. Where it "
    "means two things, both are said. This page is made from the code."
)
TIMELINE = "What a line of a handoff's timeline is kept as, and how it reads."


def page() -> str:
    """docs/glossary.md"""
    lines = ["# Words", "", INTRODUCTION, "", "| word | what it means |", "|---|---|"]
    lines += [f"| {word} | {meaning(by)} |" for word, by in WORDS.items()]
    for kind in vocabularies():
        lines += ["", f"## {heading(kind)}", "", first_words(kind), ""]
        lines += ["| word | what it means |", "|---|---|"]
        lines += [f"| `{word}` | {told} |" for word, told in members(kind)]
    lines += ["", "## Timeline", "", TIMELINE, "", "| word | how it reads |", "|---|---|"]
    lines += [f"| `{word}` | {told} |" for word, told in sentences()]
    return "\n".join([*lines, ""])


def vocabularies() -> list[type[StrEnum]]:
    """Every enumeration of handoff/, by name: whoever adds one finds it here."""
    modules = [
        import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
        for file in sorted((ROOT / "handoff").glob("**/*.py"))
        if file.stem != "__init__"
    ]
    found = {
        kind.__name__: kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not StrEnum
    }
    return [kind for _, kind in sorted(found.items())]


def heading(kind: type) -> str:
    """MeetingOutcome as "Meeting outcome"."""
    return re.sub(r"(?<=[a-z])([A-Z])", lambda m: f" {m[1].lower()}", kind.__name__)


def members(kind: type[StrEnum]) -> Iterator[tuple[str, str]]:
    """Each word, and the comment beside it. Raises ValueError for one without."""
    told = dict(re.findall(r'^    (\w+) = "[^"]*"  # (.+)$', inspect.getsource(kind), re.MULTILINE))
    for member in kind:
        if member.name not in told:
            raise ValueError(
                f"{kind.__name__}.{member.name} says nowhere what it means: add a comment beside it"
            )
        yield member.value, _sentence(told[member.name])


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + ("" if words[-1] in ".?" else ".")


def sentences() -> Iterator[tuple[str, str]]:
    """Each word of the timeline, with "…" for whatever its line fills in."""
    tree = ast.parse((ROOT / "cards/timeline.py").read_text(encoding="utf-8"))
    table = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id == "SENTENCES"
    )
    assert isinstance(table, ast.Dict)
    for key, make in zip(table.keys, table.values, strict=True):
        assert isinstance(key, ast.Constant)
        assert isinstance(make, ast.Lambda)
        yield str(key.value), _read(make.body)


def _read(node: ast.expr) -> str:
    match node:
        case ast.Constant(value):
            return str(value)
        case ast.JoinedStr(values):
            return "".join(_read(one) for one in values)
        case ast.BinOp(left, ast.Add(), right):
            return _read(left) + _read(right)
        case ast.IfExp(_, _, otherwise):
            return _read(otherwise)
        case ast.FormattedValue(ast.Call(ast.Name("_mail"))):
            return ""
        case _:
            return "…"
