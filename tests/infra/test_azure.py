"""The Azure files, read as far as a machine without Azure can: what is named on one side is there
on the other. Bicep's own compiler is the first step of whoever deploys them.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tree_sitter_bicep
import yaml
from psycopg import AsyncConnection
from tree_sitter import Language, Node, Parser

from settings import CLOUDS, BadSettingsError, Settings
from tabs import site
from tests.commands import as_typed
from tests.conftest import ROOT
from web.notifications import LARGEST
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


FUNCTIONS = {
    *("concat", "empty", "environment", "filter", "guid", "json", "loadTextContent", "map"),
    *("replace", "resourceGroup", "startsWith", "string", "subscriptionResourceId", "take"),
    *("tenant", "union", "uniqueString", "uriComponent"),
    *("allowed", "description", "export", "maxLength", "maxValue", "minLength", "minValue"),
    "secure",
}
"""Of Bicep's own, those that are used here: functions, and what stands behind an @."""
DECLARES = {
    *("parameter_declaration", "variable_declaration", "resource_declaration"),
    *("module_declaration", "type_declaration", "import_functionality"),
    *("lambda_expression", "for_statement"),
}
NAMES = {"object_property", "output_declaration"}  # whose first identifier is a name of its own


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _nodes(child)


@pytest.mark.parametrize("path", BICEP, ids=lambda path: path.name)
def test_every_name_that_is_used_is_one_that_there_is(path: Path) -> None:
    """What was parted from the file that declared it would be found by the compiler alone."""
    nodes = list(_nodes(File.read(path).root))
    imports = [n for n in nodes if n.type == "import_functionality"]
    declared = {_text(c) for n in imports for c in n.children if c.type == "identifier"} | {
        _name(n) for n in nodes if n.type in DECLARES - {"import_functionality"}
    }
    for node in nodes:
        if node.type != "identifier" or node.parent is None:
            continue
        first = node.parent.children[0] == node or node.parent.type == "output_declaration"
        if node.parent.type == "call_expression" and first:
            assert _text(node) in FUNCTIONS, _text(node)
        elif not (node.parent.type in NAMES and _name(node.parent) == _text(node) and first):
            assert _text(node) in declared, f"{_text(node)}: {_text(node.parent)}"
    for one in imports:
        [source] = re.findall("'(.*)'", _text(one))
        exported = re.findall(
            r"@export\(\)\s+(?:@.*\s+)*type (\w+)", (path.parent / source).read_text()
        )
        assert {_text(c) for c in one.children if c.type == "identifier"} <= set(exported)


def _fields(type_: str) -> dict[str, bool]:
    """Each field of a type of container.bicep, and whether it can be left out."""
    file = File.read(INFRA / "modules/container.bicep")
    [node] = [node for node in file.of("type_declaration") if _name(node) == type_]
    body = next(c for c in node.children if c.type == "object")
    return {_name(p): p.children[-1].type == "nullable_type" for p in _properties(body)}


def test_what_is_handed_to_a_container_has_the_fields_of_its_type() -> None:
    """An object is as long unlike its type as nobody compiles it."""
    shared = next(
        n
        for n in File.read(INFRA / "baton.bicep").of("variable_declaration")
        if _name(n) == "shared"
    )
    serve = File.read(INFRA / "modules/serve.bicep").root
    work = File.read(INFRA / "modules/work.bicep").root
    given = {
        "sharing": [next(c for c in shared.children if c.type == "object")],
        "setting": _objects(shared, "settings"),
        "entrance": _objects(serve, "ingress"),
        "binding": _objects(serve, "customDomains"),
        "probe": _objects(serve, "probes"),
        "rule": [*_objects(serve, "rules"), *_objects(work, "rules")],
        "authentication": _objects(work, "auth"),
    }
    for type_, objects in given.items():
        fields = _fields(type_)
        assert objects, type_
        for one in objects:
            names = {_name(p) for p in _properties(one)}
            assert (
                {name for name, optional in fields.items() if not optional} <= names <= set(fields)
            )


def _objects(root: Node, property_: str) -> list[Node]:
    """The outermost objects in what that property is given."""
    given, *_ = (
        n for n in _nodes(root) if n.type == "object_property" and _text(n.children[0]) == property_
    )
    inside = [n for n in _nodes(given.children[-1]) if n.type == "object"]
    return [n for n in inside if not any(o != n and n in list(_nodes(o)) for o in inside)]


@pytest.mark.parametrize("path", BICEP, ids=lambda path: path.name)
def test_every_value_has_a_type_of_its_own(path: Path) -> None:
    """What is only `object` or `array` is found wrong by Azure, minutes later."""
    assert not re.findall(r"^param \w+ (?:object|array)\b", path.read_text(), re.MULTILINE)


def test_every_kind_of_resource_is_asked_for_in_one_version() -> None:
    versions: dict[str, set[str]] = {}
    for path in BICEP:
        for kind, version in re.findall(r"'(Microsoft\.[\w./]+)@([\d-]+)'", path.read_text()):
            versions.setdefault(kind, set()).add(version)
    assert {kind: found for kind, found in versions.items() if len(found) > 1} == {}


NO_NEWER = {
    "Microsoft.Authorization/roleAssignments": "2022-04-01",
    "Microsoft.BotService/botServices": "2022-09-15",
    "Microsoft.Insights/actionGroups": "2023-01-01",
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.Network/privateDnsZones": "2024-06-01",
}
"""Of these there is no newer version that is no preview."""


def test_no_kind_of_resource_is_asked_for_in_a_version_of_long_ago() -> None:
    """Azure keeps a version for some years. The linter names those older than two."""
    for path in BICEP:
        for kind, version in re.findall(r"'(Microsoft\.[\w./]+)@([^']+)'", path.read_text()):
            assert version >= NO_NEWER.get(kind, "2024-11-30"), f"{path.name}: {kind}@{version}"
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", version), f"{kind}: a preview"


DEPLOYED = ("main", "baton")  # each with a file of its own for its parameters


def read_by(name: str) -> dict[str, bool]:
    """The variables that a file of parameters reads, and whether each has a value without."""
    text = (INFRA / f"{name}.bicepparam").read_text()
    found = re.findall(r"readEnvironmentVariable\('(\w+)'(, '[^']*')?\)", text)
    return {variable: bool(default) for variable, default in found}


@pytest.mark.parametrize("name", DEPLOYED)
def test_parameters_are_given_that_there_are_and_none_is_lacking(name: str) -> None:
    asked = File.read(INFRA / f"{name}.bicep").params
    needed = {param for param, optional in asked.items() if not optional}
    text = (INFRA / f"{name}.bicepparam").read_text()
    assert text.count(f"using '{name}.bicep'") == 1
    toolkit = json.loads((INFRA / f"{name}.m365agents.json").read_text())["parameters"]
    for given in (set(re.findall(r"^param (\w+)", text, re.MULTILINE)), set(toolkit)):
        assert needed <= given <= asked.keys()
    assert set(toolkit) == needed, "the toolkit takes an empty variable for a missing one"


def test_what_runs_finds_the_ground_by_the_names_that_it_was_made_with() -> None:
    """`existing` resources: a name that nobody made is found out by Azure alone."""
    ground = (INFRA / "main.bicep").read_text()
    made = dict(re.findall(r"module (\w+) '[^']+' = \{.*?\n    name: ([^\n]+)", ground, re.DOTALL))
    runs = (INFRA / "baton.bicep").read_text()
    found = dict(re.findall(r"resource (\w+) '[^']+' existing = \{\n  name: ([^\n]+)", runs))
    assert found.keys() == {"identity", "registry", "vault", "environment", "insights"}
    assert found == {name: made[name] for name in found}
    for line in (r"^param name .*$", r"^var suffix .*$"):
        [one], [other] = (re.findall(line, text, re.MULTILINE) for text in (ground, runs))
        assert one == other


def test_a_name_with_a_hyphen_is_a_name_for_a_registry_too() -> None:
    """Letters and digits alone: Azure/azure-rest-api-specs, RegistryNameParameter."""
    for file in ("main.bicep", "baton.bicep"):
        assert "'${replace(name, '-', '')}${suffix}'" in (INFRA / file).read_text()


def test_the_database_has_a_name_in_each_of_microsofts_clouds() -> None:
    """https://learn.microsoft.com/azure/private-link/private-endpoint-dns"""
    text = (INFRA / "modules/network.bicep").read_text().partition("var suffixes")[2]
    assert dict(re.findall(r"  (Azure\w+): '([\w.]+)'", text)) == {
        "AzureCloud": "postgres.database.azure.com",
        "AzureUSGovernment": "postgres.database.usgovcloudapi.net",
        "AzureChinaCloud": "postgres.database.chinacloudapi.cn",
    }
    assert "${suffixes[environment().name]}" in text


def test_a_revision_is_all_of_one_version() -> None:
    """Azd's first strategy changes `containers[0].image` alone. The second deploys what stands
    beside main.bicep under the service's name, so that the first step is of the new image too.
    """
    azd = yaml.safe_load((ROOT / "azure.yaml").read_text())
    [service] = azd["services"]
    assert (INFRA / f"{service}.bicep").is_file(), "azd would fall back to changing an image"
    assert (INFRA / f"{service}.bicepparam").is_file()
    assert read_by(service)[f"SERVICE_{service.upper()}_IMAGE_NAME"] is False
    container = (INFRA / "modules/container.bicep").read_text()
    first, _, rest = container.partition("initContainers: [")[2].partition("containers: [")
    assert "args: ['migrate']" in first
    assert re.findall(r"image: (.*)", first + rest) == ["shared.image"] * 2
    assert re.findall(r"env: (.*)", first + rest) == ["settings"] * 2
    assert re.findall(r"volumeMounts: (.*)", first + rest) == ["mounts"] * 2


def test_another_policy_is_another_revision() -> None:
    """A changed secret makes none; a changed setting does."""
    text = (INFRA / "modules/container.bicep").read_text()
    assert "{ name: 'policy', value: shared.policy }" in text
    assert "{ name: 'POLICY_HASH', value: uniqueString(shared.policy) }" in text


def test_the_containers_get_every_setting_that_is_needed_and_none_that_is_not(
    settings: set[str],
) -> None:
    files = ("modules/container.bicep", "baton.bicep")
    text = "".join((INFRA / file).read_text() for file in files)
    given = set(re.findall(r"name: '([A-Z_]+)'", text)) - {"POLICY_HASH"}
    assert given <= settings
    with pytest.raises(BadSettingsError) as missing:
        Settings.read({})
    assert set(re.findall(r"[A-Z]+_[A-Z_]+", str(missing))) <= given
    named = {"TEST_MAILBOX", "OUTSIDE_MAILBOX", "NOTICE_MAILBOX", "CLOUD", "WORKERS"}
    assert named <= given & read_by("baton").keys(), "each can be set in Azure"
    [clouds] = re.findall(r"@allowed\((\[.*\])\)\nparam cloud", text)
    assert re.findall(r"'([\w-]+)'", clouds) == list(CLOUDS)


def test_what_is_asked_for_health_is_answered() -> None:
    answered = {route.path for route in Pages(None, None, bool).routes()}  # type: ignore[arg-type]  # not asked
    serve = (INFRA / "modules/serve.bicep").read_text()
    asked = set(re.findall(r"path: '(/\w+)'", serve))
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


DOCKERFILE = (INFRA / "Dockerfile").read_text()


def image_holds() -> set[str]:
    """What the image holds of ours, as the last stage of the Dockerfile copies it."""
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    lines = re.findall(r"^COPY (?!--from)(.+)$", last, re.MULTILINE)
    return {name for line in lines for name in line.split()[:-1]}


@pytest.fixture(scope="module")
def without_settings(
    tmp_path_factory: pytest.TempPathFactory,
) -> subprocess.CompletedProcess[bytes]:
    """How `serve` ends in the image when it is told nothing."""
    folder = tmp_path_factory.mktemp("image")
    for name in image_holds():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return subprocess.run(
        as_typed("serve", root=folder),
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
    )


@pytest.mark.xdist_group("image")  # one for both
def test_the_image_holds_all_that_the_app_needs(
    without_settings: subprocess.CompletedProcess[bytes],
) -> None:
    assert without_settings.returncode == 2, without_settings.stderr
    assert b"DATABASE_URL is missing" in without_settings.stderr


def test_the_image_is_given_what_it_copies_and_runs_as_nobody() -> None:
    text = DOCKERFILE
    kept = (INFRA / "Dockerfile.dockerignore").read_text().split()
    for name in image_holds():
        assert f"!{name}" in kept or ("!*.py" in kept and name.endswith(".py")), name
    assert re.search(r"^USER (?!root)\w+$", text, re.MULTILINE)
    for file in re.findall(r"requirements/\w+\.txt", text):
        assert (ROOT / file).is_file()
        assert f"!{file}" in kept


def test_the_image_has_what_the_tab_loads_of_others() -> None:
    brought = re.findall(r"^COPY --from=files /files/(\S+) (\S+)$", DOCKERFILE, re.MULTILINE)
    assert {f"{folder}{path.rpartition('/')[2]}" for path, folder in brought} == {
        f"node_modules/{path}" for path in site.PACKAGES.values()
    }
    assert all(path.startswith(folder) for path, folder in brought)


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
    assert (ROOT / azd["infra"]["path"] / f"{azd['infra']['module']}.bicep").is_file()
    for name, service in azd["services"].items():
        assert (ROOT / service["docker"]["path"]).is_file()
        [lists] = service["docker"]["buildArgs"]  # Azure Monitor is told, so its exporter is there
        given = (INFRA / "Dockerfile").read_text()
        assert re.search(r"^ARG LISTS=run\.txt$", given, re.MULTILINE)
        for file in lists.removeprefix("LISTS=").split():
            assert f"requirements/{file}" in given
        assert "azure.txt" in lists
        assert service["docker"]["remoteBuild"] is True, "or everyone needs a container engine"
        runs = (INFRA / f"{name}.bicep").read_text()
        assert runs.count(f"'azd-service-name': '{name}'") == 1, "azd wants one and no other"
    toolkit = yaml.safe_load((ROOT / "m365agents.yml").read_text())
    deploys = [*toolkit["provision"], *toolkit["deploy"]]
    templates = [one["with"]["templates"] for one in deploys if one["uses"] == "arm/deploy"]
    assert [[t["path"] for t in some] for some in templates] == [
        ["./infra/main.bicep"],
        ["./infra/baton.bicep"],
    ], "what one action deploys, it deploys at once"
    for template in (t for some in templates for t in some):
        assert (ROOT / template["path"]).is_file()
        assert (ROOT / template["parameters"]).is_file()


PACKAGES = ("build/baton-1.0.0.zip", "build/baton-1.0.1.zip")


def test_the_toolkit_takes_the_newest_of_several_packages(tmp_path: Path) -> None:
    """Its script as it stands, with the packages that two versions have left."""
    toolkit = yaml.safe_load((ROOT / "m365agents.yml").read_text())
    [run] = [step["with"]["run"] for step in toolkit["publish"] if step["uses"] == "script"]
    (tmp_path / "build").mkdir()
    for age, name in enumerate(reversed(PACKAGES)):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    made, _, copied = run.partition(" && ")
    assert made.startswith(".venv/bin/python app.py manifest"), "as step 5 makes it"
    subprocess.run(["/bin/bash", "-c", copied], cwd=tmp_path, check=True)
    paths = {step["with"].get("appPackagePath") for step in toolkit["publish"]} - {None}
    [path] = paths
    assert (tmp_path / path).read_text() == PACKAGES[-1]


def test_the_toolkit_hands_on_the_image_that_it_built(tmp_path: Path) -> None:
    """The next action reads from the environment what a script says in the toolkit's own words."""
    toolkit = yaml.safe_load((ROOT / "m365agents.yml").read_text())
    [run] = [step["with"]["run"] for step in toolkit["deploy"] if step["uses"] == "script"]
    host = "batonabc.azurecr.io"
    (tmp_path / "az").write_text('#!/bin/sh\necho "$@" > "$OUT"\n')
    (tmp_path / "az").chmod(0o755)
    told = subprocess.run(
        ["/bin/bash", "-c", run.replace("${{AZURE_CONTAINER_REGISTRY_ENDPOINT}}", host)],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "OUT": str(tmp_path / "asked")},
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    said = re.findall(r"::set-teamsfx-env (\w+)=(\S+)", told.stdout)
    asked = (tmp_path / "asked").read_text().split()
    image = asked[asked.index("--image") + 1]
    assert said == [("IMAGE", f"{host}/{image}")]
    assert (ROOT / asked[asked.index("--file") + 1]).is_file()


@pytest.mark.xdist_group("image")  # one for both
def test_units_and_nginx_agree(
    settings: set[str], without_settings: subprocess.CompletedProcess[bytes]
) -> None:
    unit = (INFRA / "linux/baton@.service").read_text()
    proxy = (INFRA / "linux/nginx.conf").read_text()
    assert "PORT" in settings
    assert int(re.search(r"TimeoutStopSec=(\d+)", unit)[1]) > 10  # type: ignore[index]  # of ours
    [ends] = re.findall(r"^RestartPreventExitStatus=(\d+)$", unit, re.MULTILINE)
    ended = without_settings.returncode
    assert ended == int(ends), "what settings lack does not come by trying again"
    assert proxy.count("server 127.0.0.1:") == 2
    [largest] = re.findall(r"/api/graph \{\s+client_max_body_size (\d+)m;", proxy)
    assert int(largest) * 1024 * 1024 == LARGEST
    assert "non_idempotent" not in proxy, "what may have been done is asked of nobody else"
