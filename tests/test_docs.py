"""The pages made from the code say what the code says."""

import re

import pytest

from tests.conftest import ROOT
from tools.write_docs import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_up_to_date(name: str) -> None:
    kept = (ROOT / "docs" / name).read_text()
    assert kept == PAGES[name](), "run: python -m tools.write_docs"


def test_every_link_between_pages_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_dependency_has_its_line_in_the_docs() -> None:
    docs = (ROOT / "docs/dependencies.md").read_text()
    for part in ("run", "sandbox", "dev", "node", "uv"):
        for line in (ROOT / f"requirements/{part}.in").read_text().splitlines():
            name = re.split(r"[\[=<>]", line.strip())[0]
            if name and not name.startswith(("#", "-r")):
                assert f"`{name}`" in docs, name


def test_changelog_and_version_agree() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert f"## {version[1]}" in (ROOT / "CHANGELOG.md").read_text()
