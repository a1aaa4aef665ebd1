"""Known vulnerabilities of what the lock files pin: pip-audit and npm audit, once a day.

python -m tools.audit; part of `make check`. One that has a fix fails the build unless
requirements/ignored.toml says why not, and until when. Where the advisories cannot be reached it
says so, and nobody's build fails for it: nothing is then known, which is not that all is well.
So a release, with --release, is refused then.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
IGNORED = ROOT / "requirements" / "ignored.toml"
KEPT = ROOT / ".venv"  # where what is known today is kept


@dataclass(frozen=True, slots=True)
class Flaw:
    """A vulnerability of one package that is pinned. *fixed* says by what, if anything does."""

    id: str
    package: str
    version: str
    fixed: str | None
    also: tuple[str, ...] = ()  # other names of the same


class UnknownError(Exception):
    """The advisories could not be asked; the message says of whom and why."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """What is pinned together, and how it is asked what is known against it.

    *ask* raises UnknownError.
    """

    name: str
    files: tuple[Path, ...]
    ask: Callable[[], list[Flaw]]

    def key(self) -> str:
        """Another one when anything is pinned otherwise."""
        return hashlib.sha256(b"".join(file.read_bytes() for file in self.files)).hexdigest()


def read_python(report: Mapping[str, Any]) -> list[Flaw]:
    """What pip-audit says, as JSON. Raises UnknownError when it was not told of every package."""
    packages = report["dependencies"]
    skipped = [one for one in packages if "skip_reason" in one]
    if skipped or not packages:
        why = skipped[0]["skip_reason"] if skipped else "nothing was audited"
        raise UnknownError(f"of {len(packages)} packages {len(skipped)} not found: {why}")
    return [
        Flaw(
            vuln["id"],
            one["name"],
            one["version"],
            ", ".join(vuln["fix_versions"]) or None,
            tuple(vuln.get("aliases", ())),
        )
        for one in packages
        for vuln in one.get("vulns", ())
    ]


def read_node(report: Mapping[str, Any]) -> list[Flaw]:
    """What npm audit says, as JSON. Raises UnknownError when the registry gave it no answer."""
    if "vulnerabilities" not in report:
        raise UnknownError(f"npm: {report.get('message', 'no answer')}")
    flaws = {}
    for name, one in report["vulnerabilities"].items():
        fix = one["fixAvailable"]
        fixed = f"{fix['name']} {fix['version']}" if isinstance(fix, dict) else "npm audit fix"
        for cause in one["via"]:
            if isinstance(cause, dict):  # otherwise another package here, which is listed itself
                id = str(cause["url"]).rpartition("/")[2]
                flaws[id, name] = Flaw(id, name, cause["range"], fixed if fix else None)
    return list(flaws.values())


def judged(
    flaws: Iterable[Flaw], ignored: Iterable[Mapping[str, Any]], today: date
) -> tuple[list[str], int]:
    """A line for each flaw, and how many of them fail the build."""
    by_id = {one["id"]: one for one in ignored}
    lines, failing = [], 0
    for flaw in flaws:
        said = next((by_id[id] for id in (flaw.id, *flaw.also) if id in by_id), None)
        what = f"{flaw.package} {flaw.version}: {flaw.id}"
        if said and said["why"].strip() and today <= said["until"]:
            lines.append(f"{what}, ignored until {said['until']}: {said['why']}")
        elif flaw.fixed is None:
            lines.append(f"{what}, and nothing fixes it yet")
        else:
            failing += 1
            lines.append(f"{what}, fixed by {flaw.fixed}")
    return lines, failing


def _python() -> list[Flaw]:
    lines = LISTS[0].read_text(encoding="utf-8").splitlines()
    first = next(line.split()[0] for line in lines if "==" in line and line[0] != "#")
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "one.txt"
        probe.write_text(f"{first}\n", encoding="utf-8")
        read_python(_asked(_pip_audit(probe, more=["--no-deps"])))  # is there anybody to ask?
    return read_python(_asked(_pip_audit(*LISTS)))


def _pip_audit(*files: Path, more: Sequence[str] = ()) -> list[str]:
    lists = [word for file in files for word in ("-r", str(file))]
    how = ["--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    return [sys.executable, "-m", "pip_audit", *lists, *how, *more]


def _node() -> list[Flaw]:
    return read_node(_asked(["npm", "audit", "--json"]))


def _asked(command: list[str]) -> Any:
    """What a tool answers as JSON, whatever its exit status: it tells of flaws by that too."""
    try:
        told = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=300)
        return json.loads(told.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise UnknownError(f"{' '.join(command[:3])}: {type(error).__name__}") from error


LISTS = tuple(sorted((ROOT / "requirements").glob("*.txt")))
EVERYTHING = (
    Pinned("Python", LISTS, _python),
    Pinned("npm", (ROOT / "package-lock.json",), _node),
)


def known(pinned: Pinned, kept: Path, today: date, *, again: bool = False) -> list[Flaw]:
    """What is known of what is pinned: asked once a day, for advisories come without a change here.

    *again*: also where nobody could be asked before. Raises UnknownError.
    """
    key = f"{today} {pinned.key()}"
    kept /= f".audited-{pinned.name}.json"
    before = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    if before.get("key") == key and not (again and before["unknown"]):
        if before["unknown"]:
            raise UnknownError(before["unknown"])
        return [Flaw(**{**flaw, "also": tuple(flaw["also"])}) for flaw in before["flaws"]]
    unknown, flaws = None, list[Flaw]()
    try:
        flaws = pinned.ask()
    except UnknownError as error:
        unknown = str(error)
    now = {"key": key, "unknown": unknown, "flaws": [asdict(flaw) for flaw in flaws]}
    kept.write_text(json.dumps(now), encoding="utf-8")
    if unknown:
        raise UnknownError(unknown)
    return flaws


def audit(all_: Iterable[Pinned], kept: Path, today: date, *, release: bool = False) -> int:
    """Says what is known. Returns 1 when something must be done, otherwise 0."""
    ignored = tomllib.loads(IGNORED.read_text(encoding="utf-8")).get("ignored", [])
    failing = 0
    for pinned in all_:
        try:
            flaws = known(pinned, kept, today, again=release)
        except UnknownError as error:
            print(f"NOT AUDITED, {pinned.name}: the advisories cannot be reached ({error})")
            failing += release
            continue
        lines, bad = judged(flaws, ignored, today)
        failing += bad
        print("\n".join(lines) or f"audited, {pinned.name}: nothing is known against it")
    if release and failing:
        print("no release: mend what has a fix, and try again where the advisories are reached")
    return min(failing, 1)


if __name__ == "__main__":
    now = datetime.now(UTC).date()  # noqa: TID251  # of today
    sys.exit(audit(EVERYTHING, KEPT, now, release="--release" in sys.argv[1:]))
