"""A list of leads from a spreadsheet, as spreadsheets are."""

import pytest

from commands.lead_files import table
from handoff import addresses, lead_list
from handoff.amounts import Style
from handoff.money import Money, whole
from handoff.policy import Policy
from sandbox.leads import as_csv

HEAD = (
    "company,contact_name,contact_email,time_zone,needs,pains,current_solution,request,value,"
    "campaign\n"
)
ROW = (
    "Contoso,Ines Prado,ines@contoso.example,Europe/Lisbon,"
    'Tracking,Delays,Excel,A demo,"€48,000.00",Ports\n'
)


def read(text: str, policy: Policy) -> tuple[list[lead_list.Listed], list[str]]:
    return lead_list.read(table(text.encode()), policy, "quinn")


def test_a_row_becomes_a_lead(policy_in_force: Policy) -> None:
    [one], problems = read(HEAD + ROW, policy_in_force)

    assert problems == []
    assert (one.lead.company, one.lead.contact_zone, one.lead.value) == (
        "Contoso",
        "Europe/Lisbon",
        whole(48_000, "EUR"),
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
    assert not leads[2].lead.contact_zone, "where no zone is given, it is asked"
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
    assert addresses.mail_ok(text) is is_one


def test_a_list_with_semicolons_is_read_as_excel_writes_it_in_europe(
    policy_in_force: Policy,
) -> None:
    row = ROW.replace('"€48,000.00"', "48 000").replace(",", ";")

    [one], problems = read(HEAD.replace(",", ";") + row, policy_in_force)

    assert problems == []
    assert (one.lead.company, one.lead.value) == ("Contoso", whole(48_000, "EUR"))


def test_a_row_that_cannot_be_kept_is_named_and_takes_no_other_with_it(
    policy_in_force: Policy,
) -> None:
    broken = ROW.replace("ines@", "other@").replace("Delays", "De\0lays")

    [one], [problem] = read(HEAD + broken + ROW, policy_in_force)

    assert one.lead.contact_email == "ines@contoso.example"
    assert problem.startswith("line 2: holds a character (NUL)")


def worths(column: list[str], policy: Policy, style: Style | None = None) -> list[str]:
    """What is read of a list with these amounts: each, or what is said of it."""
    rows = [
        ROW.replace('"€48,000.00"', f'"{worth}"').replace("ines@", f"i{n}@")
        for n, worth in enumerate(column)
    ]
    leads, problems = lead_list.read(table((HEAD + "".join(rows)).encode()), policy, "quinn", style)
    amounts = {
        int(one.lead.contact_email[1:].partition("@")[0]): f"{one.lead.value.plain()} "
        f"{one.lead.value.currency}"
        for one in leads
        if one.lead.value
    }
    return [*(amounts[n] for n in sorted(amounts)), *problems]


def test_one_amount_that_shows_its_style_shows_that_of_its_column(policy_in_force: Policy) -> None:
    assert worths(["1,500", "2.50", "€120,000"], policy_in_force) == [
        "1500 EUR",
        "2.50 EUR",
        "120000 EUR",
    ]
    assert worths(["1.500", "2,50", "120.000 USD"], policy_in_force) == [
        "1500 EUR",
        "2.50 EUR",
        "120000 USD",
    ]


def test_an_amount_that_may_be_two_is_refused_with_its_line_and_taken_where_it_is_said(
    policy_in_force: Policy,
) -> None:
    assert worths(["48000", "1,500"], policy_in_force) == [
        "48000 EUR",
        "line 3: value '1,500' may be 1.5 or 1500; write it without a sign between thousands",
    ]
    assert worths(["1,500"], policy_in_force, Style.POINT) == ["1500 EUR"]
    assert worths(["1,500"], policy_in_force, Style.COMMA) == ["1.50 EUR"]


def test_a_column_in_two_styles_is_refused_whole(policy_in_force: Policy) -> None:
    [said] = worths(["1,500.00", "48000", "1.500,00"], policy_in_force)

    assert said == (
        "column value: '1,500.00' (line 2) has a point before its decimals and '1.500,00' "
        "(line 4) a comma; write all amounts in one way"
    )


def test_a_currency_has_a_column_and_an_amount_may_not_contradict_it(
    policy_in_force: Policy,
) -> None:
    head = HEAD.replace("campaign", "campaign,currency")

    def read_with(worth: str, currency: str) -> Money | str | None:
        row = ROW.replace('"€48,000.00"', worth).replace("Ports", f"Ports,{currency}")
        leads, problems = read(head + row, policy_in_force)
        return leads[0].lead.value if leads else problems[0]

    assert read_with("48000", "usd") == whole(48_000, "USD")
    assert read_with("48000", "") == whole(48_000, "EUR")
    assert read_with("$48000", "USD") == whole(48_000, "USD")
    assert read_with("€48000", "USD") == (
        "line 2: value '€48000' is not in USD, as its column currency says"
    )
    assert read_with("48000", "beans") == (
        "line 2: currency 'beans' is no currency; write its code, like USD"
    )


def test_each_lead_of_a_trial_says_an_amount_and_it_is_read(policy_in_force: Policy) -> None:
    leads, problems = read(as_csv(), policy_in_force)

    assert problems == []
    assert [one.lead.value for one in leads] == [
        whole(48_000, "EUR"),
        whole(72_000, "EUR"),
        whole(36_000, "USD"),
        whole(120_000, "USD"),
        whole(25_000, "USD"),
        whole(18_000, "USD"),
        whole(54_000, "EUR"),
        whole(64_000, "EUR"),
    ]


@pytest.mark.parametrize("zone", ["localtime", "Factory"])
def test_where_a_machine_is_says_nothing_of_a_prospect(zone: str) -> None:
    assert not lead_list.zone_ok(zone)
