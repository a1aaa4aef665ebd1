"""docs/dependencies.md, made from the lists in requirements/, package.json and the imports.

Why a package is there stands above it in its list; who uses it is read from the code.
"""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, distribution
from pathlib import Path

from sandbox.playgrounds.package import TERMS

ROOT = Path(__file__).parents[1]
LISTS = {
    "run": "To serve and to work",
    "azure": "For Azure Monitor, on top",
    "sandbox": "For a trial, on top",
    "dev": "To test, on top",
    "bench": "To measure, on top",
    "uv": "To install",
    "node": "Node.js, where a machine has none",
}
NPM = {  # package.json has no room for reasons
    "@microsoft/teams-js": (
        "what a page speaks with the Teams that frames it: theme, language, and a token of who "
        "looks. Microsoft's own; the one file for browsers, without a build"
    ),
    "htmx.org": (
        "a link of the tab brings a part of a page, and the token goes with what is asked for: "
        "13 kB, without a build and without `eval`. Version 4 and not 2, for only there what asks "
        "may wait for a token, on the way back too"
    ),
    "@microsoft/m365agentsplayground": (
        f"Microsoft's own Teams test client, a second one besides the desk's. Under {TERMS}. "
        "So `make run` installs it only when it is asked for"
    ),
    "@microsoft/app-manifest": "Microsoft's manifest schema",
    "axe-core": "what stands in the way on pages, for whoever cannot see or use a mouse",
    "@fontsource/inter": (
        "letters made after an iPhone's own and wider, by which the tests measure cards on a phone"
    ),
    "@fontsource/roboto": "the letters of Android, by which the tests measure cards on a phone",
    "adaptivecards": (
        "Microsoft's renderer for browsers: draws every card on the desk, and reads every card in "
        "the tests. One file, without a build"
    ),
    "markdown-it": "what the renderer looks for to read markdown with; passes no HTML on",
    "ajv-draft-04": "holds the manifest against that schema, in the draft that Microsoft writes",
    "ajv-formats": "addresses and the like in that schema",
}
KINDS = {
    "dependencies": "for the tab and for a trial",
    "optionalDependencies": "for a trial with `PLAYGROUND=1`, and to test",
    "devDependencies": "to test",
}
ABOUT = (
    "What each is for, why this one, and its one home in the code. This page is made from "
    "`requirements/*.in`, `package.json` and the imports by `make docs`. A dash stands where "
    "nobody imports it: a command, a plug-in, data or types."
)
PINS = (
    "`make lock` pins each list with hashes in `requirements/*.txt`, and npm's in "
    "`package-lock.json`. It takes no release younger than a week: most that are poisoned are "
    "found out by then. `make lock NEWER=all` moves on to the newest that are old enough, "
    "`NEWER=aiohttp` one package. Where a release mends a vulnerability a week is too long: its "
    "package goes into `URGENT` in the `Makefile`, with the advisory in the commit, and out again "
    "when the week is over; one of npm's is asked for by its version in `npm install "
    "--package-lock-only`. `renovate.json` asks for the same by itself."
)
NEW = (
    "Before a package comes in: its releases, its open issues, its licence (it goes into the bill "
    "of materials) and what it brings along. It goes into the list of whoever needs it, with the "
    "reason above it; then `make lock docs`. deptry fails the suite for what is imported and not "
    "asked for, and for what is asked for and not imported."
)
TELLING = ("dependencies", "test_dependencies")  # these name packages, and use none
PACKAGE = re.compile(r"\w[\w.-]*")


def page() -> str:
    """The whole page."""
    npm = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    parts = [f"# Dependencies\n\n{ABOUT}\n\n{PINS}\n\n{NEW}"]
    for part, title in LISTS.items():
        rows = [(name, why, homes(users(name))) for name, why in asked_for(part).items()]
        parts.append(_table(f"{title}: `requirements/{part}.in`", rows))
    for kind, title in KINDS.items():
        rows = [(name, NPM[name], homes(mentions(name))) for name in npm[kind]]
        parts.append(_table(f"From npm, {title}: `package.json`", rows))
    return "\n\n".join(parts) + "\n"


def _table(title: str, rows: list[tuple[str, str, str]]) -> str:
    lines = [f"| `{name}` | {why} | {home} |" for name, why, home in rows]
    head = ["| package | what for, why this one | home |", "|---|---|---|"]
    return "\n".join((f"## {title}", "", *head, *lines))


def asked_for(part: str) -> dict[str, str]:
    """What a list asks for by itself, each with the reason that stands above it."""
    text = (ROOT / f"requirements/{part}.in").read_text(encoding="utf-8")
    found, why = dict[str, str](), ""
    for line in text.splitlines():
        if line.startswith("#"):
            why = line.removeprefix("# ")
        elif package := PACKAGE.match(line):
            found[package[0]] = why
    return found


def homes(files: set[Path]) -> str:
    """Where files are: a file, or its folder where there are several in one.

    Tests and measures use what they look at, so they are told where nobody else is.
    """
    inside = defaultdict(list)
    for file in {file for file in files if file.parts[0] not in ("tests", "bench")} or files:
        inside[file.parts[0]].append(file)
    named = (f"{top}/" if len(of) > 1 else of[0].as_posix() for top, of in inside.items())
    return ", ".join(f"`{name}`" for name in sorted(named)) or "–"


def users(name: str) -> set[Path]:
    """Who imports a package; of types, who imports what they are for."""
    brings = modules(distribution(name))
    if name == "psycopg":
        brings |= modules(distribution("psycopg-pool"))  # its extra
    return {file for file, found in imports().items() if found & brings}


def modules(of: Distribution) -> set[str]:
    """The modules that a package brings."""
    paths = (Path(str(file)) for file in of.files or () if str(file).endswith((".py", ".pyi")))
    found = {".".join((*p.parent.parts, p.stem)).removesuffix(".__init__") for p in paths}
    return {name.replace("-stubs", "") for name in found}


@cache
def imports() -> Mapping[Path, frozenset[str]]:
    """Every module that a file imports, and every name with the module it is taken from."""
    return {file.relative_to(ROOT): frozenset(_imported(file)) for file in sources("*.py")}


def sources(pattern: str) -> Iterator[Path]:
    """Our own files."""
    yield from ROOT.glob(pattern)
    for folder in ROOT.iterdir():
        if folder.is_dir() and folder.name[0] != "." and folder.name not in ("node_modules", "var"):
            yield from folder.rglob(pattern)


def mentions(name: str) -> set[Path]:
    """Who names an npm package, whole or by its last part in quotes."""
    said = (name, f'"{name.rpartition("/")[2]}"')
    files = [*sources("*.py"), *sources("*.mjs")]
    return {
        file.relative_to(ROOT)
        for file in files
        if file.stem not in TELLING and any(one in file.read_text(encoding="utf-8") for one in said)
    }


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
