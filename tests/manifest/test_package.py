"""The Teams app package: what Microsoft's schema and its reviewers ask for."""

import io
import json
import shutil
import subprocess
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image

from bot.asking import command
from manifest.pack import BadManifestError, manifest, pack
from tests.conftest import ROOT

CLIENT = "11111111-2222-4333-8444-555555555555"
URL = "https://baton.contoso.example"
SCHEMA = (
    ROOT / "node_modules/@microsoft/app-manifest/build/json-schemas/teams/v1.29"
) / "MicrosoftTeams.schema.json"


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    return manifest(client_id=CLIENT, public_url=URL)


def problems(content: dict[str, Any]) -> list[Any]:
    """What Microsoft's schema has against a manifest."""
    node = shutil.which("node") or str(ROOT / ".venv/bin/node")
    read = subprocess.run(
        [node, str(ROOT / "tests/manifest/validate.mjs"), str(SCHEMA)],
        input=json.dumps(content).encode(),
        capture_output=True,
        cwd=ROOT,
        check=True,
    )
    found: list[Any] = json.loads(read.stdout)
    return found


def test_it_passes_microsofts_schema(content: dict[str, Any]) -> None:
    assert problems(content) == []


def test_a_broken_manifest_would_not_pass(content: dict[str, Any]) -> None:
    assert problems({**content, "name": {"short": "x" * 31}})
    assert problems({**content, "surprise": 1})


def test_nothing_is_left_to_fill_in_and_every_address_is_ours(content: dict[str, Any]) -> None:
    text = json.dumps(content)

    assert "${{" not in text
    assert content["validDomains"] == ["baton.contoso.example"]
    for name in ("websiteUrl", "privacyUrl", "termsOfUseUrl"):
        assert content["developer"][name].startswith(URL)
    assert content["webApplicationInfo"]["id"] == CLIENT == content["bots"][0]["botId"]


def test_names_keep_to_what_reviewers_ask(content: dict[str, Any]) -> None:
    assert len(content["name"]["short"]) <= 30
    assert "teams" not in content["name"]["short"].lower()
    short = content["description"]["short"]
    assert "app" not in short.lower().split()
    assert short.count(".") == 1
    assert len(content["description"]["full"].split()) <= 500
    assert "Microsoft Teams" in content["description"]["full"]


def test_every_command_is_one_that_baton_understands(content: dict[str, Any]) -> None:
    titles = {c["title"] for lists in content["bots"][0]["commandLists"] for c in lists["commands"]}

    assert all(command(title) == title for title in titles)
    assert {"book", "mine", "calendar", "why", "help"} == titles


def test_the_zip_holds_the_manifest_and_icons_at_its_root_and_is_the_same_every_time(
    content: dict[str, Any],
) -> None:
    data = pack(content)

    with ZipFile(io.BytesIO(data)) as package:
        assert sorted(package.namelist()) == ["color.png", "manifest.json", "outline.png"]
        assert json.loads(package.read("manifest.json")) == content
    assert pack(content) == data


def test_icons_have_the_size_and_colours_that_teams_wants() -> None:
    with Image.open(ROOT / "manifest/color.png") as color:
        assert color.size == (192, 192)
        assert color.getpixel((0, 0)) == color.getpixel((191, 191))
    with Image.open(ROOT / "manifest/outline.png") as outline:
        assert outline.size == (32, 32)
        pixels = [outline.getpixel((x, y)) for x in range(32) for y in range(32)]
        assert {p[:3] for p in pixels if isinstance(p, tuple) and p[3]} == {(255, 255, 255)}
        assert any(isinstance(p, tuple) and p[3] == 0 for p in pixels)


def test_the_apps_id_stays_so_that_a_new_package_is_an_update(content: dict[str, Any]) -> None:
    assert manifest(client_id=CLIENT, public_url="https://other.example")["id"] == content["id"]


@pytest.mark.parametrize(
    ("client", "url"),
    [("", URL), (CLIENT, ""), (CLIENT, "http://baton.example"), (CLIENT, "https://localhost")],
)
def test_what_cannot_work_is_refused_with_a_reason(client: str, url: str) -> None:
    with pytest.raises(BadManifestError):
        manifest(client_id=client, public_url=url)
