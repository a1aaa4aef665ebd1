"""Pictures stand by themselves, and say nothing that somebody wrote as anything but words."""

from xml.etree import ElementTree as ET  # what we made ourselves

import charts
from charts import Bar, Point

SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture: str) -> ET.Element:
    return ET.fromstring(picture)


def test_a_bar_is_as_long_as_what_it_shows_and_its_mark_stands_where_it_should_be() -> None:
    shown = [
        Bar(name="Rita & <b>Co</b>", value=4, says="4 of 8", mark=8, to="list/1"),
        Bar(name="R" * 80, value=2, says="2 of 4"),
        Bar(name="What becomes of a lead that was sent back", value=0, says="4"),
        Bar(name="None", value=0, says="0"),
    ]
    root = drawn(charts.alone(charts.bars(shown, says="Rita has most")))

    long = [
        float(one.get("width", "")) for one in root.iter(f"{SVG}rect") if one.get("class") == "got"
    ]
    assert long == [174, 87, 0, 0]
    [mark] = [one for one in root.iter(f"{SVG}rect") if one.get("class") == "target"]
    assert float(mark.get("x", "")) == 6 + 348 - 1.5
    words = [one.text for one in root.iter(f"{SVG}text")]
    assert "Rita & <b>Co</b>" in words
    assert "What becomes of a lead that was sent back" in words, "there is room for all of it"
    assert max(len(one or "") for one in words) == charts.ROOM - 2 - len("2 of 4")
    [link] = root.iter(f"{SVG}a")
    assert link.get("href") == "list/1"
    assert root.get("aria-label") == "Rita has most"
    assert not [one for one in root.iter() if "style" in one.attrib]


def test_a_line_breaks_where_nothing_was_and_shows_how_far_each_may_lie() -> None:
    values = [0.5, None, 0.75, 1.0, 0.0]
    shown = [
        Point(name=f"Week {n}", value=one, low=0.25, high=1.0, few=n == 4, says="x")
        for n, one in enumerate(values)
    ]
    root = drawn(charts.alone(charts.line(shown, says="Up")))

    dots = list(root.iter(f"{SVG}circle"))
    assert len(dots) == 4
    assert (
        float(dots[2].get("cy", "")) < float(dots[1].get("cy", "")) < float(dots[3].get("cy", ""))
    )
    assert [one.get("class") for one in dots] == ["got", "got", "got", "few"]
    assert len([one for one in root.iter(f"{SVG}path") if one.get("class") == "band"]) == 2
    for nothing in ([], [Point(name="Week 1", value=None)]):
        assert not list(drawn(charts.alone(charts.line(nothing, says="-"))).iter(f"{SVG}circle"))


def test_the_line_is_named_where_it_begins_and_ends_and_no_name_lies_on_another() -> None:
    def named(*there: int) -> list[tuple[str | None, str | None]]:
        shown = [
            Point(name=f"Week {n}", value=0.5 if n in there else None, says="x") for n in range(10)
        ]
        words = drawn(charts.alone(charts.line(shown, says="Up"))).iter(f"{SVG}text")
        return [(one.text, one.get("text-anchor")) for one in words][3:]

    assert named(1, 2, 8) == [("Week 1", "start"), ("Week 8", "end")], "of the last is nothing"
    assert named(7, 8) == [("Week 8", "end")]
    assert named(0, 2) == [("Week 2", "start")]
