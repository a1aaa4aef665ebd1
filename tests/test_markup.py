"""What somebody reads of HTML."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markup import visible


@pytest.mark.parametrize(
    ("html", "read"),
    [
        ("<div>a</div><div>b<br>c</div>", "a\nb\nc"),
        ("<p>a</p>\n\n<p>b <b>c</b>d</p>", "a\n\nb cd"),
        ("<ul><li>one<li>two</ul>after", "one\ntwo\n\nafter"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("a<!-- b --><script>c</script><style>d</style>", "a"),
        ("<html><head><title>t</title><meta></head><body>a &amp; b &lt;c&gt;</body>", "a & b <c>"),
        ("<head><title>t</title><body>a", "a"),
        ("a   b\n\tc", "a b c"),
        ("a<br><br>b", "a\n\nb"),
        ("<div><div>a</div></div><div></div><div>b</div>", "a\nb"),
        ("x < y and y > z", "x < y and y > z"),
        ("", ""),
    ],
)
def test_it_reads_as_in_a_browser(html: str, read: str) -> None:
    assert visible(html) == read


@given(st.text(alphabet="<>/&;!-ab \n", max_size=60))
def test_whatever_was_written_it_is_read(html: str) -> None:
    assert visible(html) == visible(html).strip()


def test_what_is_large_and_nested_takes_no_time() -> None:
    assert visible("<div>" * 50_000 + "a" + "</div>" * 50_000) == "a"
    assert len(visible("<p>x</p>" * 50_000).split()) == 50_000


@pytest.mark.parametrize(
    "once", ["<a ", '<a b="', "<!--", "<![", "</", "<script>", "&#", "<td></td>"]
)
def test_tags_that_nobody_closed_cost_no_more_than_others(once: str) -> None:
    began = process_time()
    visible(once * 50_000)
    assert process_time() - began < 3, "the square of it is minutes"


def test_a_number_of_no_character_is_half_of_one() -> None:
    assert visible("a&#" + "9" * 5_000 + ";b&#x" + "f" * 5_000 + ";") == "a\ufffdb\ufffd"
