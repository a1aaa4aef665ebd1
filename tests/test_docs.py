"""The pages made from the code say what the code says."""

import re
from enum import StrEnum

import pytest

from tests.conftest import ROOT
from tools.glossary import WORDS, first_words, members
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
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_changelog_and_version_agree() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text()
