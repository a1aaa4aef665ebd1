"""The bills of materials of a release, in CycloneDX, with the licence of every package.

python -m tools.bill [FOLDER] writes one of what serves and works, one of a trial and one of what
the trial takes from npm. Standard tools write them, of what the lock files make of an empty
environment: cyclonedx-py (https://cyclonedx-bom-tool.readthedocs.io) and npm sbom
(https://docs.npmjs.com/cli/commands/npm-sbom). The hashes stay in the lock files.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from subprocess import PIPE

from sandbox.playgrounds.package import NAME, TERMS
from tools.dependencies import asked_for

ROOT = Path(__file__).parents[1]
ABOUT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BILLS = {"": ("run", "azure"), ".trial": ("run", "sandbox")}


LICENCES = {  # of those whose own word npm does not read
    NAME: {"name": TERMS},  # it names a file
    "htmx.org": {"id": "0BSD"},  # it says BSD-0-Clause, which is the same: its LICENSE
}


def python(parts: tuple[str, ...], file: Path) -> None:
    """Of the Python packages that these lists install. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        env = Path(folder) / "env"
        _run("uv", "venv", "--quiet", "--python", sys.executable, str(env))
        lists = [word for part in parts for word in ("-r", f"requirements/{part}.txt")]
        _run("uv", "pip", "install", "--quiet", "--require-hashes", "--python", env, *lists)
        what = ["--pyproject", str(_project(parts, Path(folder))), "--mc-type", "application"]
        how = ["--output-reproducible", "--no-validate"]  # six seconds, of the tool's own output
        _run("cyclonedx-py", "environment", *what, *how, "-o", file, env)


def npm(file: Path) -> None:
    """Of the npm packages that a trial has or, marked as optional, may have. Raises
    CalledProcessError.
    """
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder) / "baton"  # npm takes a folder's name for the project's
        here.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / name, here)
        how = ["--sbom-format", "cyclonedx", "--sbom-type", "application", "--omit", "dev"]
        told = _run("npm", "sbom", "--package-lock-only", "--loglevel=error", *how, cwd=here)
        bill = json.loads(told)
        for part in bill["components"]:
            name = part["purl"].removeprefix("pkg:npm/").replace("%40", "@").rpartition("@")[0]
            if name in LICENCES:
                part["licenses"] = [{"license": LICENCES[name]}]
        file.write_text(json.dumps(bill, indent=2), encoding="utf-8")


def _project(parts: tuple[str, ...], folder: Path) -> Path:
    """A pyproject.toml that says what we ask for ourselves: the bill's first branches."""
    asked = sorted({name for part in parts for name in asked_for(part)})
    file = folder / "pyproject.toml"
    lines = [
        f"{key} = {json.dumps(value)}" for key, value in {**ABOUT, "dependencies": asked}.items()
    ]
    file.write_text("\n".join(("[project]", *lines)), encoding="utf-8")
    return file


def _run(*command: str | Path, cwd: Path = ROOT) -> str:
    told = subprocess.run(
        [str(word) for word in command], cwd=cwd, stdout=PIPE, text=True, check=True
    )
    return told.stdout


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    begins = folder.resolve() / f"{ABOUT['name']}-{ABOUT['version']}"
    files = {kind: Path(f"{begins}{kind}.cdx.json") for kind in (*BILLS, ".npm")}
    for kind, parts in BILLS.items():
        python(parts, files[kind])
    npm(files[".npm"])
    for file in files.values():
        print(f"{file}: {len(json.loads(file.read_text(encoding='utf-8'))['components'])} packages")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build"))
