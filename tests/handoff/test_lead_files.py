"""Lists of leads as the programs that people have write them."""

import io
import re
from pathlib import Path
from time import process_time
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from commands.arguments import parser
from commands.lead_files import MOST_BYTES, UnreadableFileError, read, table
from handoff import lead_list
from handoff.lead_list import COLUMNS, Listed
from handoff.money import whole
from handoff.policy import Policy

HEAD = ["company", "contact_name", "contact_email", "needs", "pains", "value", "campaign"]
HEAD += ["current_solution", "request"]
CELLS = ["Contoso", "Ines Prado", "ines@contoso.example", "Tracking", "Delays", "48000", "Ports"]
CELLS += ["Excel", "A demo"]


def line(apart: str = ",", **other: str) -> str:
    return apart.join({**dict(zip(HEAD, CELLS, strict=True)), **other}.values())


def taken(content: bytes, policy: Policy, **how: str) -> tuple[list[Listed], list[str]]:
    return lead_list.read(table(content, **how), policy, "quinn")


def sheet(*rows: list[object], more: str = "") -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    if more:
        book.create_sheet(more).append(["something else"])
    book.save(out)
    return out.getvalue()


def odd_part(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with ZipFile(io.BytesIO(sheet(list(HEAD)))) as whole, ZipFile(out, "w") as odd:
        for one in whole.namelist():
            odd.writestr(one, content if one == name else whole.read(one))
    return out.getvalue()


@pytest.mark.parametrize("apart", [",", ";", "\t", "|"])
def test_whatever_stands_between_the_cells_and_however_the_columns_are_spelled(
    apart: str, policy_in_force: Policy
) -> None:
    spelled = [name.replace("_", " ").capitalize() for name in HEAD]
    row = line(apart, company='"A,\nB; C"')
    text = f"{apart.join(spelled)}{apart * 3}\r\n{row}{apart * 5}\r\n"

    [one], problems = taken(text.encode("utf-8-sig"), policy_in_force)

    assert problems == []
    assert (one.lead.company, one.lead.contact_name) == ("A, B; C", "Ines Prado")


def test_a_list_says_itself_what_stands_between(policy_in_force: Policy) -> None:
    text = f"sep=;\r\n{';'.join(HEAD)}\r\n{line(';', pains='')}"

    for encoding in ("utf-16", "utf-32"):
        assert taken(text.encode(encoding), policy_in_force)[1] == ["line 3: missing: pains"]


def test_what_can_stand_between_no_cells_is_not_taken_for_it(policy_in_force: Policy) -> None:
    for odd in ('"', "\r", " ", ""):
        found = table(f"sep={odd}\r\n{line(company='x')}".encode())
        assert found.rows[0].cells[0].startswith("sep="), "and no column is known by that name"
    long = f"{','.join(HEAD)}\n{line(company='x' * 200_000)}\n{line()}"
    [_], problems = taken(long.encode(), policy_in_force)
    assert problems == ["line 2: one of its cells has more than 131072 characters"]


def test_rows_with_nothing_in_them_are_no_rows(policy_in_force: Policy) -> None:
    text = "\n".join([",,,", ",".join(HEAD), line(), *[" ,,,,,,,,"] * 200, ""])

    [_], problems = taken(text.encode(), policy_in_force)

    assert problems == []


def test_a_torn_quotation_mark_costs_its_own_row(policy_in_force: Policy) -> None:
    good = [line(contact_email=f"i{n}@c{n}.example") for n in range(150)]
    two_lines = line(contact_email="two@lines.example", needs='"over\ntwo"')
    torn = [line(company='"A" Corp'), line(company='"never ends')]
    text = "\n".join([",".join(HEAD), torn[0], *good, torn[1], two_lines, good[0]])

    listed, problems = taken(text.encode(), policy_in_force)

    assert len(listed) == 151
    assert problems == [
        'line 2: a quotation mark (") is torn: inside a text it is written twice',
        'line 153: a quotation mark (") is torn: inside a text it is written twice',
        "line 156: i0@c0.example is in the list twice",
    ]


def test_a_column_that_stands_there_twice_or_has_no_name_is_named(policy_in_force: Policy) -> None:
    text = f"{','.join(HEAD)},Company,,when\n{line()},Other Ltd,x,y\n"

    listed, problems = taken(text.encode(), policy_in_force)

    assert listed == []
    assert problems == [
        "line 1: column 'company' stands there twice",
        "line 1: column 11 has no name",
        "line 1: unknown column 'when'",
        f"known columns: {', '.join(COLUMNS)}",
    ]


def test_names_are_not_guessed_from_an_encoding_that_nobody_named(policy_in_force: Policy) -> None:
    names = [line(company="Müller & Söhne", contact_name="José Núñez")]
    content = "\n".join([",".join(HEAD), *names]).encode("windows-1252")

    with pytest.raises(UnreadableFileError) as refused:
        table(content)

    assert (
        "line 2 is not UTF-8: in Excel save it as CSV UTF-8, or say --encoding windows-1252"
        in str(refused.value)
    )
    assert f"if this line reads as it should: {names[0][:30]}" in str(refused.value)
    with pytest.raises(UnreadableFileError, match=r"--encoding windows-1250 .* Łódź"):
        table("\n".join([",".join(HEAD), line(company="Łódź Świątynia Źrebię")]).encode("cp1250"))
    [one], _ = taken(content, policy_in_force, encoding="windows-1252")
    assert (one.lead.company, one.lead.contact_name) == ("Müller & Söhne", "José Núñez")
    with pytest.raises(UnreadableFileError, match="in no encoding of the name 'win'"):
        table(content, "win")
    with pytest.raises(UnreadableFileError, match="is not undefined: in Excel save it"):
        table(content, "undefined")


def test_an_excel_file_is_read_as_it_is(policy_in_force: Policy) -> None:
    numbers: list[object] = [*CELLS[:5], 1500.5, *CELLS[6:]]
    content = sheet([], list(HEAD), [], numbers, more="Notes")

    [one], problems = taken(content, policy_in_force)

    assert problems == []
    assert one.lead.value
    assert one.lead.value.minor == whole(3001, "EUR").minor // 2
    assert table(content).note == "only its sheet 'Sheet' was read"
    assert taken(sheet(list(HEAD), ["Contoso"]), policy_in_force)[1][0].startswith("row 2: missing")
    failed = sheet(list(HEAD), list(CELLS), ["#N/A", *CELLS[1:]], [CELLS[0], "#REF!", *CELLS[2:]])
    listed, problems = taken(failed, policy_in_force)
    assert len(listed) == 1, "whose company is another table's cell is nobody's lead"
    assert problems == [
        f"row {row}: holds {what}, where a formula of Excel's has failed"
        for row, what in ((3, "#N/A"), (4, "#REF!"))
    ]


def test_a_number_of_excels_has_the_decimals_of_its_currency(policy_in_force: Policy) -> None:
    """A dinar of Kuwait has a thousand fils; what a formula makes of euros has no end."""
    of = {"KWD": 1500.125, "EUR": 1234.56789, "JPY": 1500.4, "TND": 0.5, "USD": 0.125}
    rows = [
        [*CELLS[:2], f"i{n}@c{n}.example", *CELLS[3:5], worth, *CELLS[6:], currency]
        for n, (currency, worth) in enumerate(of.items())
    ]

    found, problems = taken(sheet([*HEAD, "currency"], *rows), policy_in_force)

    assert problems == []
    assert [one.lead.value and one.lead.value.plain() for one in found] == [
        *("1500.125", "1234.57", "1500", "0.500", "0.12")
    ]
    typed = f"{','.join(HEAD)}\n{line(value='1234.5678')}"
    assert taken(typed.encode(), policy_in_force)[1] == [
        "line 2: value '1234.5678' has more decimals than EUR has"
    ], "which nobody worked out"


def test_a_sheet_that_nobody_sees_is_no_list() -> None:
    """Where Excel hides last year's, nobody means it."""
    book, out = Workbook(), io.BytesIO()
    book.active.append(["company", "Last year's"])  # type: ignore[union-attr]
    book.active.sheet_state = "hidden"  # type: ignore[union-attr]
    book.create_sheet("Leads").append(["company", "Contoso"])
    book.active = 1
    book.save(out)

    found = table(out.getvalue())

    assert [row.cells[:2] for row in found.rows] == [("company", "Contoso")]
    assert found.note == "only its sheet 'Leads' was read"


def test_what_is_no_list_is_said_to_be_none(tmp_path: Path) -> None:
    for content, said in (
        (b"PK\x03\x04 and no more", "is no Excel file, or is damaged"),
        (sheet(list(HEAD))[:-200], "is no Excel file, or is damaged"),
        (odd_part("xl/workbook.xml", b"<a>&b;</a>"), "is no Excel file, or is damaged"),
        (odd_part("xl/worksheets/sheet1.xml", b"<a"), "is no Excel file, or is damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "or has a password: save it as .xlsx"),
        (b"\xff\xfe\x00\xd8\x00", "line 1 is not utf-16"),
        (",".join(HEAD).encode("utf-16-le"), "is in UTF-16 or UTF-32 and does not say so"),
    ):
        (tmp_path / "may.csv").write_bytes(content)
        with pytest.raises(UnreadableFileError, match=said):
            read(tmp_path / "may.csv")
    with pytest.raises(UnreadableFileError, match=r"june.csv cannot be read: No such file"):
        read(tmp_path / "june.csv")
    with pytest.raises(UnreadableFileError, match=r"cannot be read: Is a directory"):
        read(tmp_path)
    words = parser().parse_args(["leads", "may.csv", "--for", "quinn@halden.example"])
    assert (words.file, words.encoding) == (Path("may.csv"), None)


def test_a_sheet_with_one_cell_far_away_holds_up_nobody() -> None:
    book, out = Workbook(), io.BytesIO()
    book.active.cell(1_048_576, 16_384, "far")  # type: ignore[union-attr]
    book.save(out)

    with pytest.raises(UnreadableFileError, match="more than 100,000 rows: make several lists"):
        table(out.getvalue())


def test_halves_of_letters_are_no_text_whatever_encoding_is_named() -> None:
    for encoding, half in (("utf-7", b"+2D0-"), ("unicode_escape", rb"\ud83d")):
        content = ",".join(HEAD).encode() + b"\n" + half
        with pytest.raises(UnreadableFileError, match=f"is not {encoding}"):
            table(content, encoding)


def packed(name: str, content: bytes) -> bytes:
    """A list with a part that takes next to nothing before it is unpacked."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(sheet(list(HEAD)))) as book, ZipFile(out, "w", ZIP_DEFLATED) as odd:
        for one in {*book.namelist(), name}:
            odd.writestr(one, content if one == name else book.read(one))
    return out.getvalue()


def test_a_small_file_that_unpacks_to_much_is_refused_before_it_is_read() -> None:
    sheet_1 = "xl/worksheets/sheet1.xml"
    endless = (
        b"<worksheet><sheetData><row>" + b"<c/>" * 2_000_000 + b"</row></sheetData></worksheet>"
    )

    looks_ended = endless.replace(b"<c/>" * 5, b"<c><v>row></v></c>")

    for content in (
        packed(sheet_1, endless),
        *(odd_part(sheet_1, e) for e in (endless, looks_ended)),
        packed("xl/sharedStrings.xml", b"<sst>" + b"<si><t>x</t></si>" * 1_000_000 + b"</sst>"),
    ):
        with pytest.raises(UnreadableFileError, match="far more in one row than a list"):
            table(content)
    with pytest.raises(UnreadableFileError, match="unpacks to more than 200 MB"):
        table(packed("xl/media/picture.png", bytes(MOST_BYTES)))


def test_a_book_of_thousands_of_sheets_holds_up_nobody() -> None:
    """Openpyxl takes four times as long for twice as many, whether or not two are the same."""
    book, again = "xl/workbook.xml", re.compile(rb"<sheet .*?/>")
    with ZipFile(io.BytesIO(sheet(list(HEAD)))) as whole:
        text = whole.read(book)
    many = again.sub(lambda one: one[0] * 20_000, text)
    prefixed = many.replace(b"<sheet ", b"<x:sheet ")

    began = process_time()
    for content in (many, prefixed):
        with pytest.raises(UnreadableFileError, match="has more than 500 sheets: make a new file"):
            table(odd_part(book, content))
    assert process_time() - began < 2, "seconds of this process"
    few = again.sub(lambda one: one[0] * 400, text)
    assert table(odd_part(book, few)).rows


def test_two_torn_quotation_marks_far_apart_do_not_make_one_row_of_all_between_them(
    policy_in_force: Policy,
) -> None:
    rows = [line(contact_email=f"i{n}@contoso.example") for n in range(302)]
    rows[1], rows[250] = f'"{rows[1]}', rows[250].replace(",", '",', 1)

    found, problems = taken("\n".join([",".join(HEAD), *rows]).encode(), policy_in_force)

    assert len(found) == 301
    assert [one.partition(":")[0] for one in problems] == ["line 3"]
