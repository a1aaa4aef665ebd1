"""The Azure files, read as far as a machine without Azure can: what is named on one side is there
on the other. Bicep's own compiler is the reader's first step (docs/install.md).
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tree_sitter_bicep
import yaml
from psycopg import AsyncConnection
from tree_sitter import Language, Node, Parser

from settings import BadSettingsError, Settings
from tests.conftest import ROOT
from web.pages import Pages

INFRA = ROOT / "infra"
BICEP = sorted(INFRA.rglob("*.bicep"))
PARSER = Parser(Language(tree_sitter_bicep.language()))


@dataclass(frozen=True)
class Module:
    """A call of a module: what it is called here, the file, and the names it is given."""

    name: str
    path: Path
    given: frozenset[str]


@dataclass(frozen=True)
class File:
    text: str
    root: Node

    @classmethod
    def read(cls, path: Path) -> "File":
        return cls(path.read_text(), PARSER.parse(path.read_bytes()).root_node)

    def of(self, kind: str) -> Iterator[Node]:
        return (node for node in self.root.children if node.type == kind)

    @property
    def params(self) -> dict[str, bool]:
        """Each parameter, and whether it can be left out."""
        return {
            _name(node): any(c.type == "=" for c in node.children) or "?" in _text(node)
            for node in self.of("parameter_declaration")
        }

    @property
    def outputs(self) -> set[str]:
        return {_name(node) for node in self.of("output_declaration")}

    def modules(self, folder: Path) -> Iterator[Module]:
        for node in self.of("module_declaration"):
            body = next(c for c in node.children if c.type == "object")
            path = next(c for c in node.children if c.type == "string")
            params = next(p for p in _properties(body) if _name(p) == "params")
            given = _properties(next(c for c in params.children if c.type == "object"))
            target = folder / _text(path).strip("'")
            yield Module(_name(node), target, frozenset(_name(p) for p in given))


def _text(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()


def _name(node: Node) -> str:
    return _text(next(c for c in node.children if c.type == "identifier"))


def _properties(node: Node) -> list[Node]:
    return [c for c in node.children if c.type == "object_property"]


class Asked(Mapping[str, str]):
    """An environment that has everything, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.fixture(scope="module")
def settings() -> set[str]:
    """The name of every setting."""
    asked = Asked()
    with pytest.raises(BadSettingsError):
        Settings.read(asked)
    return asked.names


@pytest.mark.parametrize("path", BICEP, ids=lambda path: path.name)
def test_every_file_is_bicep(path: Path) -> None:
    assert not File.read(path).root.has_error


@pytest.mark.parametrize("path", BICEP, ids=lambda path: path.name)
def test_every_module_is_there_and_is_given_what_it_asks_for(path: Path) -> None:
    file = File.read(path)
    for module in file.modules(path.parent):
        asked = File.read(module.path).params
        needed = {name for name, optional in asked.items() if not optional}
        assert needed <= module.given, f"{module.name} lacks {needed - module.given}"
        assert module.given <= asked.keys(), f"{module.name}: {module.given - asked.keys()}"
        used = set(re.findall(rf"\b{module.name}\.outputs\.(\w+)", file.text))
        outputs = File.read(module.path).outputs
        assert used <= outputs, f"{module.name} gives no {used - outputs}"
        if path.name == "main.bicep":
            assert outputs <= used | {"name"}, f"nobody takes {outputs - used} of {module.name}"


@pytest.mark.parametrize("path", BICEP, ids=lambda path: path.name)
def test_every_parameter_is_used_and_every_secret_is_marked(path: Path) -> None:
    file = File.read(path)
    for name in file.params:
        assert len(re.findall(rf"\b{name}\b", file.text)) > 1, name
        if re.search("password|secret$", name.lower()):
            assert re.search(rf"@secure\(\)\s+param {name}\b", file.text), f"{name} is no secret"
    for name in file.outputs:
        assert not re.search("password|secret", name.lower()), name


def test_every_module_has_a_place() -> None:
    called = {m.path for path in BICEP for m in File.read(path).modules(path.parent)}
    assert {path for path in BICEP if path.parent.name == "modules"} == called


def test_the_examples_name_parameters_that_there_are() -> None:
    asked = File.read(INFRA / "main.bicep").params
    needed = {name for name, optional in asked.items() if not optional}
    examples = {
        file.name: set(json.loads(file.read_text())["parameters"])
        for file in INFRA.glob("*.parameters.json")
    }
    text = (INFRA / "example.bicepparam").read_text()
    examples["example.bicepparam"] = set(re.findall(r"^param (\w+)", text, re.MULTILINE))
    assert len(examples) == 3
    for name, given in examples.items():
        assert needed <= given <= asked.keys(), name


def test_the_containers_get_every_setting_that_is_needed_and_none_that_is_not(
    settings: set[str],
) -> None:
    given = set(re.findall(r"name: '([A-Z_]+)'", (INFRA / "modules/container.bicep").read_text()))
    assert given <= settings
    with pytest.raises(BadSettingsError) as missing:
        Settings.read({})
    assert set(re.findall(r"[A-Z]+_[A-Z_]+", str(missing))) <= given


def test_what_is_asked_for_health_is_answered() -> None:
    answered = {route.path for route in Pages(None, None, bool).routes()}  # type: ignore[arg-type]  # not asked
    serve = (INFRA / "modules/serve.bicep").read_text()
    asked = set(re.findall(r"asked\('(/\w+)'", serve))
    assert asked == {"/healthz", "/readyz"} <= answered
    assert "/healthz" in (INFRA / "Dockerfile").read_text()
    for found in re.findall(r"failureThreshold: (\d+)", serve):
        assert int(found) <= 10, "Container Apps takes no more"


async def test_the_queue_is_asked_as_the_database_has_it(database: str) -> None:
    """The scaler's question, put to a real database."""
    text = (INFRA / "modules/work.bicep").read_text()
    query = re.search(r"query: '(.*)'\n", text)
    assert query
    async with await AsyncConnection.connect(database) as tx:
        answer = await tx.execute(query[1].replace("\\'", "'").encode())
        [(waiting,)] = await answer.fetchall()
    assert isinstance(waiting, int)


def image_holds() -> set[str]:
    """What the image holds of ours, as the last stage of the Dockerfile copies it."""
    last = (INFRA / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    lines = re.findall(r"^COPY (?!--from)(.+)$", last, re.MULTILINE)
    return {name for line in lines for name in line.split()[:-1]}


def test_the_image_holds_all_that_the_app_needs(tmp_path: Path) -> None:
    for name in image_holds():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    told = subprocess.run(
        [sys.executable, "app.py", "serve"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )
    assert told.returncode == 2, told.stderr
    assert b"DATABASE_URL is missing" in told.stderr


def test_the_image_is_given_what_it_copies_and_runs_as_nobody() -> None:
    text = (INFRA / "Dockerfile").read_text()
    kept = (INFRA / "Dockerfile.dockerignore").read_text().split()
    for name in image_holds():
        assert f"!{name}" in kept or ("!*.py" in kept and name.endswith(".py")), name
    assert re.search(r"^USER (?!root)\w+$", text, re.MULTILINE)
    for file in re.findall(r"requirements/\w+\.txt", text):
        assert (ROOT / file).is_file()
        assert f"!{file}" in kept


def test_compose_names_settings_and_files_that_there_are(settings: set[str]) -> None:
    compose: dict[str, Any] = yaml.safe_load((INFRA / "compose.yaml").read_text())
    ours = {name: one for name, one in compose["services"].items() if one.get("image") == "baton"}
    assert {one["command"] for one in ours.values()} == {"migrate", "serve", "work"}
    for one in ours.values():
        assert set(one["environment"]) <= settings
        assert (INFRA / one["build"]["context"] / one["build"]["dockerfile"]).is_file()
        assert one["cap_drop"] == ["ALL"]
    for one in compose["services"].values():
        assert set(one.get("depends_on", ())) <= compose["services"].keys()


def test_azd_and_the_toolkit_find_what_they_are_told_of() -> None:
    azd = yaml.safe_load((ROOT / "azure.yaml").read_text())
    main = (INFRA / "main.bicep").read_text()
    assert (ROOT / azd["infra"]["path"] / f"{azd['infra']['module']}.bicep").is_file()
    for name, service in azd["services"].items():
        assert (ROOT / service["docker"]["path"]).is_file()
        [lists] = service["docker"]["buildArgs"]  # Azure Monitor is told, so its exporter is there
        given = (INFRA / "Dockerfile").read_text()
        assert re.search(r"^ARG LISTS=run\.txt$", given, re.MULTILINE)
        for file in lists.removeprefix("LISTS=").split():
            assert f"requirements/{file}" in given
        assert "azure.txt" in lists
        assert f"'azd-service-name': '{name}'" in main
    toolkit = yaml.safe_load((ROOT / "m365agents.yml").read_text())
    for template in toolkit["provision"][0]["with"]["templates"]:
        assert (ROOT / template["path"]).is_file()
        assert (ROOT / template["parameters"]).is_file()
    paths = {step["with"].get("appPackagePath") for step in toolkit["publish"]} - {None}
    run = next(step["with"]["run"] for step in toolkit["publish"] if step["uses"] == "script")
    assert all(path.removeprefix("./") in run for path in paths)


def test_units_and_nginx_agree(settings: set[str]) -> None:
    unit = (INFRA / "linux/baton@.service").read_text()
    proxy = (INFRA / "linux/nginx.conf").read_text()
    assert "PORT" in settings
    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > 10  # type: ignore[index]  # of ours
    assert proxy.count("server 127.0.0.1:") == 2
    assert "non_idempotent" in proxy
