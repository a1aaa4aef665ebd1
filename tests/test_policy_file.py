"""The policy file: checked whole, every mistake named, every key explained."""

from datetime import date, time, timedelta
from time import process_time

import pytest
from pydantic import BaseModel

from handoff.policy import FIELDS, Promise
from policy import reading
from policy.days_off import holidays_of
from policy.file import PolicyFile
from policy.rules import rules_of
from tests.conftest import ROOT

TEXT = (ROOT / "policy.toml").read_text()


def test_the_policy_that_comes_with_the_project_is_good() -> None:
    rules = rules_of(reading.read(TEXT), 3)

    assert rules.label() == "Sales 3"
    assert rules.clocks[Promise.ANSWER].hours == timedelta(hours=4)
    assert set(rules.required) <= FIELDS.keys()
    assert [pool.code for pool in rules.pools] == ["emea", "americas"]


@pytest.mark.parametrize(
    ("mend", "named"),
    [
        (("hours = 4,", "hours = 0,"), "clocks.answer.hours"),
        (("hours = 4,", 'hours = "four",'), "clocks.answer.hours"),
        (("reminder = 0.5", "reminder = 1.5"), "clocks.answer.reminder"),
        (("[escalation]", "[escalations]"), "escalations"),
        (('code = "americas"', 'code = "emea"'), "the same code twice: emea"),
        (('holidays = "US"', 'holidays = "Atlantis"'), "pools.1.holidays"),
        (("required = [", 'required = ["budget", '), "brief.required.0"),
        (('required = ["company", ', "required = ["), "must include company"),
        (("days = 2", 'days = 2\nweekday = "monday"'), "set either days"),
        (('kind = "call"', 'kind = "fax"'), "quick_actions.0.kind"),
        (('qualifiers = ["group:Qualifiers"]', "qualifiers = []"), "people.qualifiers"),
        (("types = [", "lengths = []\ntypes = ["), "meeting.lengths"),
        (("types = [", "lengths = [30]\ntypes = ["), "set either lengths or types"),
        (('code = "demo"', 'code = "first"'), "the same code twice: first"),
        (("minutes = 45", "minutes = 450"), "meeting.types.1.minutes"),
        (("days_ahead = 14", "days_ahead = 400"), "meeting.days_ahead"),
        (('public = ["request", "needs"]', 'public = ["value"]'), "brief.public.0"),
        (("[reasons]", "[reasons]\nNot-a-code = 'x'"), "reasons"),
        (("[brief]", "[brief"), "not valid TOML"),
        (("days_ahead = 14", "days_ahead = " + "9" * 5_000), "a number in it is longer than any"),
        (("days_ahead = 14", "days_ahead = " + "[" * 5_000), "it is nested without end"),
    ],
)
def test_each_mistake_is_named_with_its_key(mend: tuple[str, str], named: str) -> None:
    assert mend[0] in TEXT

    with pytest.raises(reading.BadPolicyError) as error:
        reading.read(TEXT.replace(*mend, 1))

    assert named in str(error.value)


@pytest.mark.parametrize(
    ("mend", "said"),
    [
        (("hours = 4,", "hours = true,"), "clocks.answer.hours: must be a number"),
        (("hours = 4,", 'hours = "4",'), "clocks.answer.hours: must be a number"),
        (("hours = 4,", "hours = nan,"), "clocks.answer.hours: must be"),
        (("hours = 4,", "hours = 1e300,"), "clocks.answer.hours: must be 400 at most"),
        (("hours = 4,", "hours = -4,"), "clocks.answer.hours: must be more than 0"),
        (("escalate = true", "escalate = 1"), "escalate: must be true or false"),
        (("check_at = 15:00:00", "check_at = 15"), "calendar.check_at: must be a time of day"),
        (("days_ahead = 14", "days_ahead = 14.5"), "meeting.days_ahead: must be a whole number"),
        (("days_ahead = 14", "days_ahead = 1e308"), "meeting.days_ahead: must be"),
        (("levels = 2", "levels = []"), "escalation.levels: must be a whole number"),
        (("[brief]", "[brief]\nlater = 1"), "brief.later: there is no such key here"),
        (('name = "Sales"', "name = 3"), "name: must be a text in quotation marks"),
        (('name = "Sales"', 'name = ""'), "name: says nothing"),
        (('name = "Sales"', 'name = " "'), "name: holds what nobody can see"),
        (('company = "Halden Systems"', r'company = "\u0000"'), "company: holds what nobody can"),
        (('price = "Price"', 'price = "Pri\u202ece"'), "lost.price: holds what nobody can see"),
        (('name = "EMEA"', 'name = "EM\u200bEA"'), "pools.0.name: holds what nobody can see"),
        (('code = "demo"', 'code = "Demo!"'), "types.1.code: must be small letters"),
        (('code = "call_2d"\n', ""), "quick_actions.0.code: is missing"),
        (("more_time = [2, 4, 8]", f"more_time = {[1] * 11}"), "more_time: takes 10 at most"),
        (('reps = ["group:Reps EMEA"]', "reps = {}"), "pools.0.reps: must be a list"),
    ],
)
def test_what_is_of_another_kind_or_cannot_be_seen_never_comes_into_force(
    mend: tuple[str, str], said: str
) -> None:
    assert mend[0] in TEXT

    with pytest.raises(reading.BadPolicyError) as error:
        reading.read_new(TEXT.replace(*mend, 1), "sales.toml")

    assert said in str(error.value)
    assert ", line " in str(error.value)


def test_hours_of_a_prospects_day_are_two_times() -> None:
    hours = "prospect_hours = [09:00:00, 17:30:00]"

    file = reading.read_new(TEXT.replace("[meeting]", f"[meeting]\n{hours}"), "policy.toml")

    assert file.meeting.prospect_hours == (time(9), time(17, 30))


NEWER = (
    ("name =", 'later = "yes"\nname ='),
    ("[people]", "[people]\nlater = 3"),
    ("[[pools]]", "[[pools]]\nlater = [1, 2]"),
)
"""What only a later version has keys for."""


def test_whoever_goes_back_from_a_newer_version_reads_what_it_had_in_force() -> None:
    """A handoff keeps the policy that it began with, and the version before goes on with it. The
    file that is to come into force is another matter: what cannot be meant is named.
    """
    text = TEXT
    for said, more in NEWER:
        text = text.replace(said, more, 1)

    assert reading.read_kept(text) == reading.read(TEXT)
    with pytest.raises(reading.BadPolicyError) as error:
        reading.read(text)
    assert str(error.value).count("later: ") == len(NEWER)
    with pytest.raises(reading.BadPolicyError):
        reading.read_kept(text.replace('name = "Sales"', "name = 3"))


def test_all_mistakes_are_named_at_once() -> None:
    text = TEXT.replace("hours = 4,", "hours = 0,", 1).replace("days_ahead = 14", "days_ahead = 0")

    with pytest.raises(reading.BadPolicyError) as error:
        reading.read(text)

    assert "clocks.answer.hours" in str(error.value)
    assert "meeting.days_ahead" in str(error.value)


def tables(model: type[BaseModel]) -> list[type[BaseModel]]:
    found = [model]
    for field in model.model_fields.values():
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found += tables(part)
    return found


def test_every_key_is_explained_in_the_file_and_in_the_docs() -> None:
    docs = (ROOT / "docs/policy.md").read_text()

    for table in tables(PolicyFile):
        assert table.__doc__
        for name, field in table.model_fields.items():
            assert field.description, f"{table.__name__}.{name}"
            assert f"`{name}`" in docs, f"{name}: run python -m tools.write_docs"
            assert field.description in docs, f"{name}: run python -m tools.write_docs"


def test_public_holidays_by_country_and_region() -> None:
    year = (date(2026, 1, 1), date(2026, 12, 31))

    assert date(2026, 1, 6) in holidays_of("ES", *year)
    assert date(2026, 1, 6) in holidays_of("DE-BY", *year)
    assert date(2026, 1, 6) not in holidays_of("DE-BE", *year)
    assert holidays_of(None, *year) == frozenset()


def test_a_file_with_thousands_of_mistakes_or_one_without_end_is_refused_all_the_same() -> None:
    unknown = "".join(f"odd_{n} = 1\n" for n in range(5_000))
    with pytest.raises(reading.BadPolicyError) as error:
        reading.read(TEXT.replace("[brief]", f"[brief]\n{unknown}", 1), "sales.toml")
    assert str(error.value).count("there is no such key here") == 5_000
    before = TEXT.count("\n") + 2
    began = process_time()
    for odd, line, words in (
        ("a" + ".a" * 50_000 + " = 1", 0, "nested without end"),
        ("b = 1\nc = {" + "'a' . " * 50_000 + "a = 1}", 1, "nested without end"),
        ("a = " + "[" * 30 + "]" * 30, 0, "nested without end"),
        ("a" + ".a" * 5_000 + " = 1", 0, "nested without end"),
        ("[" + "a." * 5_000 + "a]", 0, "nested without end"),
        ("a = " + "[" * 5_000, 0, "nested without end"),
        ("b = 1\na = " + "{a=" * 5_000, 1, "nested without end"),
        ("b = [\n1,\n" + "9" * 5_000 + ",\n]", 2, "longer than any"),
    ):
        with pytest.raises(reading.BadPolicyError) as error:
            reading.read(f"{TEXT}\n[odd]\n{odd}\n", "sales.toml")
        assert f"sales.toml, line {before + line + 1}" in str(error.value), odd[:20]
        assert words in str(error.value)
    assert process_time() - began < 15, "seconds of this process"
