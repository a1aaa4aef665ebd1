"""Whatever writes takes the transaction of whoever decided, so that all of it commits together."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

WRITES = re.compile(
    r"(^|\()\s*(insert into|update (\S+ )?set|update\b|delete from|truncate)\b"
    r"|\bas \((insert|update|delete)\b"
)
ELSEWHERE = {
    "store/migrate.py": "makes the tables, before there is anything to decide",
    "store/statement_batch.py": "puts statements together, which a Tx runs",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sql(node: ast.AST) -> str:
    """The words of a string, as far as they stand there."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(
        part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "?"
        for part in parts
    )


def writing(file: Path) -> Iterator[tuple[int, Function]]:
    """Every statement that writes: its line, and the function that it stands in or is used in."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    named = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(WRITES.search(sql(part)) for part in ast.walk(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def within(node: ast.AST, function: Function | None) -> Iterator[tuple[int, Function]]:
        for one in ast.iter_child_nodes(node):
            if isinstance(one, Function):
                yield from within(one, one)
                continue
            used = isinstance(one, ast.Name) and one.id in named
            if function and (used or (id(one) not in prose and WRITES.search(sql(one)))):
                yield one.lineno, function  # type: ignore[attr-defined]  # strings and names have one
            yield from within(one, function)

    yield from within(tree, None)


def takes_tx(function: Function) -> bool:
    """Or opens the door itself."""
    arguments = [*function.args.args, *function.args.kwonlyargs]
    given = any(one.annotation and ast.unparse(one.annotation) == "Tx" for one in arguments)
    return given or "door.open()" in ast.unparse(function)


def test_every_statement_of_the_stores_that_writes_stands_in_a_function_that_takes_a_tx() -> None:
    """PostgreSQL refuses the others when they run; this names them before."""
    found = 0
    for file in sorted((ROOT / "store").glob("*.py")):
        name = str(file.relative_to(ROOT))
        for line, function in writing(file):
            found += 1
            if name not in ELSEWHERE:
                assert takes_tx(function), f"{name}:{line}: {function.name} writes without a Tx"
    assert found > 50, "the check finds what it is to look at"


def test_nobody_but_the_door_makes_a_tx() -> None:
    for package in ("store", "bot", "jobs", "web", "commands", "doctor"):
        for file in (ROOT / package).glob("**/*.py"):
            calls = (n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call))
            made = [one.lineno for one in calls if ast.unparse(one.func) in ("Tx", "door.Tx")]
            assert not made or file.name == "door.py", f"{file}:{made} makes a Tx of its own"
