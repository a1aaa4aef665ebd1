"""The pages made from the code say what the code says."""

import json
import re
import tomllib
from enum import StrEnum

import pytest
import yaml

from tabs.glossary import WORDS, first_words
from tests.conftest import ROOT
from tools.glossary import members
from tools.write_docs import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_up_to_date(name: str) -> None:
    kept = (ROOT / "docs" / name).read_text()
    assert kept == PAGES[name](), "run: python -m tools.write_docs"


class Mood(StrEnum):
    CALM = "calm"  # nothing is due
    TENSE = "tense"


def test_no_word_comes_into_the_house_without_its_meaning() -> None:
    """A promise, a state, a role: the glossary reads each one's comment and asks for it by name."""
    with pytest.raises(ValueError, match=r"Mood\.TENSE says nowhere what it means"):
        list(members(Mood))
    with pytest.raises(ValueError, match="Mood says nowhere what it means"):
        first_words(Mood)


def test_words_stand_in_order_and_are_words_of_the_house() -> None:
    code = " ".join(
        file.read_text(encoding="utf-8").lower().replace("_", " ").replace("-", " ")
        for folder in ("handoff", "cards", "jobs", "store", "policy")
        for file in (ROOT / folder).glob("**/*.py")
    )

    assert list(WORDS) == sorted(WORDS)
    assert [word for word in WORDS if word.replace("-", " ") not in code] == [], (
        "nobody says it any more"
    )


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_changelog_and_version_agree() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text()


def test_what_the_contributors_page_names_stands_in_the_file_it_names() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"((?:`\w+` and )?`\w+`) (?:in|of) \[`[\w.]+`\]\(([^)]+)\)", page)
    assert len(named) > 5
    for names, file in named:
        for name in re.findall(r"\w+", names.replace(" and ", " ")):
            assert re.search(rf"\b{name}\b", (ROOT / file).read_text()), f"{name} in {file}"


def test_a_hook_needs_nothing_but_what_is_installed() -> None:
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]
    for hook in repos[0]["hooks"]:
        assert hook["language"] == "system"
        assert (ROOT / hook["entry"].split()[0]).is_file(), hook["id"]


def test_the_licence_is_the_one_that_is_said_everywhere() -> None:
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    package = json.loads((ROOT / "package.json").read_text())
    assert project["license"] == package["license"] == "MIT"
    assert project["version"] == package["version"]
