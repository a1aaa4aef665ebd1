"""The Teams app package: what Microsoft's schema and its reviewers ask for."""

import asyncio
import io
import json
import shutil
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from PIL import Image

from bot.asking import command
from commands import packing
from manifest.pack import HERE, BadManifestError, Package, pack, package, write
from sandbox.m365 import running
from tests import hour
from tests.commands import baton
from tests.conftest import ROOT

CLIENT = "11111111-2222-4333-8444-555555555555"
URL = "https://baton.contoso.example"
SCHEMA = (
    ROOT / "node_modules/@microsoft/app-manifest/build/json-schemas/teams/v1.29"
) / "MicrosoftTeams.schema.json"


@pytest.fixture(scope="module")
def made() -> Package:
    return package(client_id=CLIENT, public_url=URL)


@pytest.fixture(scope="module")
def content(made: Package) -> dict[str, Any]:
    return made.manifest


def problems(content: dict[str, Any], schema: Path = SCHEMA) -> list[Any]:
    """What Microsoft's schema has against a manifest."""
    node = shutil.which("node") or str(ROOT / ".venv/bin/node")
    read = subprocess.run(
        [node, str(ROOT / "tests/manifest/validate.mjs"), str(schema)],
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
    of_figures = {"report", "week", "team"}
    assert {"book", "mine", "calendar", "why", "help", "away"} | of_figures == titles


def test_the_zip_holds_the_manifest_and_icons_at_its_root_and_is_the_same_every_time(
    made: Package,
) -> None:
    data = pack(made)

    with ZipFile(io.BytesIO(data)) as zipped:
        languages = ["de.json", "es.json", "fr.json", "pt.json"]
        icons = ["color.png", "outline.png"]
        assert sorted(zipped.namelist()) == sorted([*languages, *icons, "manifest.json"])
        assert json.loads(zipped.read("manifest.json")) == made.manifest
    assert pack(made) == data


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
    assert (
        package(client_id=CLIENT, public_url="https://other.example").manifest["id"]
        == (content["id"])
    )


@pytest.mark.parametrize(
    ("client", "url"),
    [
        ("", URL),
        ("baton", URL),
        (CLIENT, URL + "/app"),
        (CLIENT, ""),
        (CLIENT, "http://baton.example"),
        (CLIENT, "https://localhost"),
    ],
)
def test_what_cannot_work_is_refused_with_a_reason(client: str, url: str) -> None:
    with pytest.raises(BadManifestError):
        package(client_id=client, public_url=url)


@pytest.mark.parametrize("language", ["de", "fr", "es", "pt"])
def test_every_language_passes_microsofts_schema_and_its_commands_are_understood(
    made: Package, language: str
) -> None:
    texts = made.languages[f"{language}.json"]
    schema = SCHEMA.with_name("MicrosoftTeams.Localization.schema.json")
    assert problems(texts, schema) == []
    assert problems({**texts, "name.short": "x" * 31}, schema)

    for at, commands in enumerate(made.manifest["bots"][0]["commandLists"]):
        for n, ours in enumerate(commands["commands"]):
            title = texts[f"bots[0].commandLists[{at}].commands[{n}].title"]
            assert command(title) == command(title.upper() + "!") == ours["title"]
            if ours["title"] == "why":
                assert command(f"{title} #17") == "why 17"


MENDED = [  # file, what stands there, what a hand makes of it, what is said
    ("manifest.json", '"short": "Baton"', f'"short": "{"x" * 31}"', "name.short: has 31"),
    ("manifest.json", '"name": {', '"name": 7, "nome": {', "manifest.json: name.short: must be"),
    ("manifest.json", '"bots": [', '"bots": 1, "robots": [', "robots: is no key"),
    ("manifest.json", "{\n", "{,\n", "manifest.json: line 1"),
    ("manifest.json", '["${{DOMAIN}}"]', '["*.example"]', "validDomains[0]: must be one whole"),
    ("manifest.json", '["${{DOMAIN}}"]', "[]", "developer.privacyUrl: its domain"),
    ("manifest.json", "/botid-", "/", "webApplicationInfo.resource: must be api://"),
    ("manifest.json", '"personal"]\n    }', '"team"]\n    }', "staticTabs[0].scopes"),
    ("manifest.json", "/tab/configure?", "/tab/set?", "configurableTabs[0].configurationUrl"),
    ("manifest.json", "{{PUBLIC_URL}}/tab?", "{{PUBLIC_URL}}/tabs?", "staticTabs[0].contentUrl"),
    (
        "de.json",
        '"staticTabs[0].name": "Übersicht",',
        "",
        "de.json: staticTabs[0].name: is missing",
    ),
    ("manifest.json", '"id": "${{CLIENT_ID}}"', f'"id": "{CLIENT[::-1]}"', "webApplicationInfo.id"),
    ("manifest.json", "/help", "/hilfe", "description.full: must hold the address"),
    ("manifest.json", "/privacy", "/secret", "privacyUrl: must lead to Baton's own page"),
    ("manifest.json", "${{VERSION}}", "${{WERSION}}", "version: must be like 1.2.3"),
    ("manifest.json", '"file": "fr.json"', '"file": "xx.json"', "there is no file 'xx.json'"),
    ("de.json", '"buchen"', "7", "de.json: bots[0].commandLists[0].commands[0].title: must be"),
    ("de.json", '"name.short"', '"name.shirt"', "de.json: name.short: is missing"),
]


@pytest.mark.parametrize(("file", "before", "after", "said"), MENDED)
def test_a_template_made_nonsense_by_hand_is_named_with_file_and_key(
    tmp_path: Path, file: str, before: str, after: str, said: str
) -> None:
    template = Path(shutil.copytree(HERE, tmp_path / "manifest"))
    text = (template / file).read_text(encoding="utf-8")
    assert before in text
    (template / file).write_text(text.replace(before, after, 1), encoding="utf-8")

    with pytest.raises(BadManifestError) as told:
        package(client_id=CLIENT, public_url=URL, template=template)
    assert said in str(told.value)


def test_icons_of_another_size_or_without_transparency_are_refused(tmp_path: Path) -> None:
    template = Path(shutil.copytree(HERE, tmp_path / "manifest"))
    Image.new("RGB", (191, 192)).save(template / "color.png")
    Image.new("RGB", (32, 32), (255, 255, 255)).save(template / "outline.png")

    with pytest.raises(BadManifestError, match=r"color.png: is 191 by 192(.|\n)*outline.png: must"):
        package(client_id=CLIENT, public_url=URL, template=template)


def test_a_change_is_told_in_words_and_raises_the_version(tmp_path: Path) -> None:
    first = write(package(client_id=CLIENT, public_url=URL), tmp_path)
    assert first.before is None
    same = write(package(client_id=CLIENT, public_url=URL), tmp_path)
    assert (same.path, same.changed) == (first.path, ())

    moved = package(client_id=CLIENT, public_url="https://new.example")
    second = write(moved, tmp_path)
    assert second.path != first.path
    assert "manifest.json: validDomains[0]: 'new.example', was 'baton.contoso.example'" in (
        second.changed
    )
    assert write(moved, tmp_path).path == second.path, "the newest is the one that counts"
    assert write(moved, tmp_path, first.path).path == second.path
    with pytest.raises(BadManifestError, match="another app registration"):
        write(package(client_id=CLIENT[:-1] + "6", public_url=URL), tmp_path, first.path)
    with pytest.raises(BadManifestError, match="not a package"):
        write(moved, tmp_path, tmp_path / "none.zip")


def test_another_icon_alone_is_a_change(tmp_path: Path) -> None:
    first = write(package(client_id=CLIENT, public_url=URL), tmp_path)
    old = tmp_path / "baton-0.0.1.zip"
    with ZipFile(first.path) as zipped, ZipFile(old, "w") as other:
        for name in zipped.namelist():
            data = zipped.read(name)
            other.writestr(name, data + b"\0" if name == "color.png" else data)

    second = write(package(client_id=CLIENT, public_url=URL), tmp_path, old)

    assert second.path != first.path
    [change] = second.changed
    assert change.startswith("color.png: ")


def test_what_only_looks_like_a_package_is_named_and_left_out(tmp_path: Path) -> None:
    first = write(package(client_id=CLIENT, public_url=URL), tmp_path)
    (tmp_path / "baton-9.9.9.zip").write_bytes(b"PK half a download")

    second = write(package(client_id=CLIENT, public_url=URL), tmp_path)

    assert (second.path, second.changed) == (first.path, ())
    [skipped] = second.skipped
    assert "baton-9.9.9.zip: not a package" in skipped


async def test_in_a_fresh_folder_the_catalogue_says_which_version_to_outdo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(weeks=False, machine=hour.now) as box:
        env = {**box.env(), "DATABASE_URL": "postgresql://none/none", "PUBLIC_URL": URL}
        (tmp_path / "policy.toml").touch()
        env["POLICY_FILE"] = str(tmp_path / "policy.toml")

        async def run(to: str) -> str:
            write = partial(packing.write, env, tmp_path / to, None)
            assert await asyncio.to_thread(write) == 0
            return capsys.readouterr().out

        assert "has no Baton yet" in await run("first")
        made = package(client_id=env["CLIENT_ID"], public_url=URL)
        box.catalog.publish(pack(replace(made, manifest={**made.manifest, "version": "7.1.3"})))
        assert "has version 7.1.3" in await run("second")
        assert [f.name for f in (tmp_path / "second").glob("*.zip")] == ["baton-7.1.4.zip"]
        assert "has version" not in await run("second"), "the folder tells"
        box.entra.grant_exactly()
        assert "could not be asked" in await run("third")
        del env["DATABASE_URL"]
        assert "--since" in await run("fourth")


def test_the_command_writes_the_zip_or_says_what_to_set_and_writes_none(tmp_path: Path) -> None:
    def run(env: dict[str, str], *more: str) -> subprocess.CompletedProcess[str]:
        line = baton("manifest", "--to", str(tmp_path / "out"), *more, clock=hour.now)
        return subprocess.run(line, capture_output=True, text=True, cwd=ROOT, env=env, check=False)

    bad = run({"CLIENT_ID": "mine", "PUBLIC_URL": "http://baton.example"})
    assert bad.returncode == 2
    assert [line.split()[0] for line in bad.stderr.splitlines()] == ["PUBLIC_URL", "CLIENT_ID"]
    assert not (tmp_path / "out").exists()

    good = run({"CLIENT_ID": CLIENT, "PUBLIC_URL": URL})
    assert good.returncode == 0, good.stderr
    assert list((tmp_path / "out").glob("*.zip"))
    assert "--since" in run({}, "--help").stdout
