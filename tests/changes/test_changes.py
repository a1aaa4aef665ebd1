"""Three usual changes to Baton, kept as patches: a follow-up of a new kind, a word with a card, a
promise with a clock. Each is made as CONTRIBUTING.md says, so what that page says stays true.

They are applied to a copy of the tree, each on top of the one before. Where the code they touch
has moved, the patch that no longer fits is named with its files. Make it again then: `git apply
--reject` it and those before it, mend what is left over, and write what `git diff` says in its
place, without docs/, which `make docs` writes, and with the changes kept apart.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.thoroughness import THOROUGH

pytestmark = pytest.mark.xdist_group("changes")  # one copy for all of them

PATCHES = sorted(Path(__file__).parent.glob("*.patch"))
NOT_COPIED = (".git", ".venv", "node_modules", "var", "build", ".hypothesis")
COMPILED_FOR_PYTEST = "*-pytest-*.pyc"  # they name the files of the tree that they were made from
FILE = re.compile(r"^\+\+\+ b/(\S+)$", re.MULTILINE)
TEST = re.compile(r"^\+(?:async )?def (test_\w+)", re.MULTILINE)
NAMING = (
    "tests/test_vocabularies.py",
    "tests/test_policy_file.py::test_every_key_is_explained_in_the_file_and_in_the_docs",
    "tests/cards/test_cards.py::test_every_verb_is_on_a_card",
    "tests/failures/test_every_failure.py::test_every_verb_and_every_job_has_its_story",
)
"""The tests that name what was forgotten."""

# A line on each side is enough to find the place by: what else is added near it is no matter.
APPLY = ("git", "apply", "-C1")

# A database of its own: this one's names would be those of the tests around it.
OWN = ("DATABASE_URL", "THOROUGH", "HOUR", "GITHUB_ACTIONS")


def environment(tree: Path) -> Mapping[str, str]:
    left = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251  # what commands need to be found
        if name not in OWN and not name.startswith(("PYTEST_", "GIT_"))
    }
    return left | {"GIT_CEILING_DIRECTORIES": str(tree.parent)}


def told(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What a command in *tree* came to, and all that it said, in one."""
    return subprocess.run(
        words,
        cwd=tree,
        env=environment(tree),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def python(tree: Path, *words: str) -> None:
    """`python -m` with these words is content with *tree*; what it says otherwise is shown."""
    done = told(tree, sys.executable, "-m", *words)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}"


def files(patch: Path) -> list[str]:
    return FILE.findall(patch.read_text(encoding="utf-8"))


def moved(tree: Path, patch: Path) -> list[str]:
    """The files of *tree* on which *patch* does not fit any more."""
    return [
        file
        for file in files(patch)
        if told(tree, *APPLY, "--check", f"--include={file}", str(patch)).returncode
    ]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of Baton with all the changes made, and its pages written anew.

    What mypy has found out of Baton, and what Python has compiled, is copied too: of the copy only
    what is another there is looked at, which is a twentieth of the work. Where nothing is known yet
    (`make check` leaves it) it is found out here, and known from then on.
    """
    told(ROOT, sys.executable, "-m", "mypy", ".")
    tree = tmp_path_factory.mktemp("changed") / "baton"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*NOT_COPIED, COMPILED_FOR_PYTEST))
    for installed in (".venv", "node_modules"):
        (tree / installed).symlink_to(ROOT / installed)
    for patch in PATCHES:
        if told(tree, *APPLY, str(patch)).returncode:
            pytest.fail(f"{patch.name} no longer fits {', '.join(moved(tree, patch))}")
    python(tree, "tools.write_docs")
    return tree


def test_what_a_change_takes_is_written_as_everything_else_is(tree: Path) -> None:
    python(tree, "ruff", "format", "--check", "--quiet", ".")
    python(tree, "ruff", "check", "--quiet", ".")
    python(tree, "mypy", ".")


def test_nothing_that_belongs_to_a_change_is_missing(tree: Path) -> None:
    """What would name it is content, and so are the tests that each change brings."""
    own = [
        f"{file}::{name}"
        for patch in PATCHES
        for part in patch.read_text(encoding="utf-8").split("\ndiff --git ")
        for file in FILE.findall(part)
        for name in TEST.findall(part)
    ]
    assert len(own) >= len(PATCHES)

    # What is no word of a vocabulary does not pass mypy, which is content with the tree already.
    python(tree, "pytest", "-n", "0", "-k", "not does_not_pass_the_types", *NAMING, *own)


@pytest.mark.large
@pytest.mark.skipif(not THOROUGH, reason="the whole suite once more: make thorough")
def test_everything_else_holds_once_the_changes_are_made(tree: Path) -> None:
    python(tree, "pytest", "-n", "2", "--dist", "loadgroup", "--ignore", "tests/changes")


def test_a_patch_that_no_longer_fits_is_named_with_the_file_that_moved(tmp_path: Path) -> None:
    patch = PATCHES[0]
    for file in files(patch):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    assert moved(tmp_path, patch) == []
    (tmp_path / "policy.toml").write_text("name = 'Another'\n", encoding="utf-8")

    assert moved(tmp_path, patch) == ["policy.toml"]
