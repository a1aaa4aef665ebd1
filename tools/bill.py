"""The bill of materials of a release, in CycloneDX: every package that the lock files pin.

python -m tools.bill [FOLDER] writes baton-VERSION.cdx.json. https://cyclonedx.org
"""

import base64
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).parents[1]
PINNED = re.compile(
    r"^(?P<name>[\w.-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?P<rest>(?:.*\\\n)*.*)$",
    re.MULTILINE,
)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(root: Path = ROOT) -> str:
    """What `serve` and `work` need is required, what the trial needs besides is optional."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bom = Bom(components=[*_python(root), *_node(root)])
    bom.metadata.component = Component(
        name=project["name"], version=project["version"], type=ComponentType.APPLICATION
    )
    bom.register_dependency(bom.metadata.component, bom.components)
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)


def _python(root: Path) -> Iterator[Component]:
    served: set[str] = set()
    for part, scope in (("run", ComponentScope.REQUIRED), ("sandbox", ComponentScope.OPTIONAL)):
        text = (root / f"requirements/{part}.txt").read_text(encoding="utf-8")
        for found in PINNED.finditer(text):
            name, version = found["name"], found["version"]
            if name in served:
                continue
            served.add(name)
            purl = PackageURL("pypi", name=name, version=version)
            yield Component(
                name=name,
                version=version,
                purl=purl,
                bom_ref=str(purl),
                scope=scope,
                # A hash for each file that may be installed: a wheel for every machine.
                properties=[Property(name="sha256", value=h) for h in HASH.findall(found["rest"])],
            )


def _node(root: Path) -> Iterator[Component]:
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))
    seen: set[str] = set()
    for path, found in lock["packages"].items():
        if not path or found.get("dev"):
            continue
        name = path.rpartition("node_modules/")[2]
        space, _, short = name.rpartition("/")
        version = found["version"]
        purl = PackageURL("npm", namespace=space or None, name=short, version=version)
        if str(purl) in seen:
            continue
        seen.add(str(purl))
        kind, _, digest = found["integrity"].partition("-")
        algorithm = {"sha512": HashAlgorithm.SHA_512, "sha1": HashAlgorithm.SHA_1}[kind]
        yield Component(
            name=name,
            version=version,
            purl=purl,
            bom_ref=str(purl),
            scope=ComponentScope.OPTIONAL,
            hashes=[HashType(alg=algorithm, content=base64.b64decode(digest).hex())],
        )


def main(folder: Path) -> None:
    text = bill()
    about = json.loads(text)["metadata"]["component"]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{about['name']}-{about['version']}.cdx.json"
    file.write_text(text, encoding="utf-8")
    print(f"{file}: {len(json.loads(text)['components'])} packages")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build"))
