"""A list of leads from a spreadsheet, as spreadsheets are."""

import pytest

from handoff import lead_list
from handoff.policy import Policy

HEAD = (
    "company,contact_name,contact_email,time_zone,needs,pains,current_solution,request,value,"
    "campaign\n"
)
ROW = (
    "Contoso,Ines Prado,ines@contoso.example,Europe/Lisbon,"
    'Tracking,Delays,Excel,A demo,"48,000",Ports\n'
)


def read(text: str, policy: Policy) -> tuple[list[lead_list.Listed], list[str]]:
    return lead_list.read(text, policy, "quinn", "Europe/Madrid")


def test_a_row_becomes_a_lead(policy_in_force: Policy) -> None:
    [one], problems = read(HEAD + ROW, policy_in_force)

    assert problems == []
    assert (one.lead.company, one.lead.contact_zone, one.lead.value) == (
        "Contoso",
        "Europe/Lisbon",
        "48000",
    )


def test_the_same_row_is_the_same_lead_every_time(policy_in_force: Policy) -> None:
    first, _ = read(HEAD + ROW, policy_in_force)
    again, _ = read("\ufeff" + (HEAD + ROW).replace("\n", "\r\n"), policy_in_force)

    assert [one.id for one in first] == [one.id for one in again]


def test_an_unknown_column_is_named_and_nothing_is_taken(policy_in_force: Policy) -> None:
    leads, problems = read((HEAD + ROW).replace("pains", "budget"), policy_in_force)

    assert leads == []
    assert "line 1: unknown column 'budget'" in problems
    assert "line 1: column 'pains' is missing: the policy requires it" in problems


def test_bad_rows_are_named_with_their_line_and_good_ones_are_taken(
    policy_in_force: Policy,
) -> None:
    text = (
        HEAD
        + ROW
        + ROW.replace("ines@contoso.example", "not an address")
        + ROW.replace("Europe/Lisbon", "Middle Earth").replace("ines@", "a@")
        + ROW.replace("Tracking", "").replace("ines@", "b@")
        + ROW
        + ROW.replace("Ports", "Ports,extra").replace("ines@", "c@")
        + ROW.replace("Delays", "x" * 501).replace("ines@", "d@")
        + ROW.replace("Tracking", '"over\ntwo lines"').replace("ines@", "e@")
        + ROW.replace("ines@", "f@").replace("Europe/Lisbon", "")
    )

    leads, problems = read(text, policy_in_force)

    assert [one.lead.contact_email[0] for one in leads] == ["i", "e", "f"]
    assert leads[2].lead.contact_zone == "Europe/Madrid", "no zone means the qualifier's own"
    assert problems == [
        "line 3: contact_email 'not an address' is not a mail address",
        "line 4: time_zone 'Middle Earth' is not a time zone; write it like Europe/Lisbon",
        "line 5: missing: needs",
        "line 6: ines@contoso.example is in the list twice",
        "line 7: more values than columns",
        "line 8: pains is longer than 500 characters",
    ]


def test_an_empty_file_and_a_torn_one(policy_in_force: Policy) -> None:
    assert read("", policy_in_force)[0] == []
    leads, problems = read(HEAD + '"Contoso', policy_in_force)
    assert leads == []
    assert problems


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("ines@contoso.example", True),
        ("o'brien+leads@contoso.example", True),
        ("ülrich@müller.de", True),
        ("ines@contoso", False),
        ("ines@contoso..example", False),
        ("ines@-contoso.example", False),
        ("Ines <ines@contoso.example>", False),
        ("ines@contoso.example; otto@contoso.example", False),
        ("ines@contoso.example\n", False),
        ("ines@printer.local", False),
        ("", False),
    ],
)
def test_a_mail_address_is_told_from_what_only_looks_like_one(text: str, is_one: bool) -> None:
    assert lead_list.mail_ok(text) is is_one


def test_a_list_with_semicolons_is_read_as_excel_writes_it_in_europe(
    policy_in_force: Policy,
) -> None:
    row = ROW.replace('"48,000"', "48 000").replace(",", ";")

    [one], problems = read(HEAD.replace(",", ";") + row, policy_in_force)

    assert problems == []
    assert (one.lead.company, one.lead.value) == ("Contoso", "48000")


def test_a_row_that_cannot_be_kept_is_named_and_takes_no_other_with_it(
    policy_in_force: Policy,
) -> None:
    broken = ROW.replace("ines@", "other@").replace("Delays", "De\0lays")

    [one], [problem] = read(HEAD + broken + ROW, policy_in_force)

    assert one.lead.contact_email == "ines@contoso.example"
    assert problem.startswith("line 2: holds a character (NUL)")
