"""A list, of leads or of campaigns, as a file has it: CSV in each of the ways in which programs
write it, or Excel.

Bytes in, a table of text out; what its rows mean is said in `handoff/lead_list.py` and in
`handoff/campaigns.py`.
"""

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import datetime, time
from pathlib import Path

from handoff.lead_list import COLUMNS, MOST_ROWS, Row, Table, spelled
from handoff.seen import visible

EXCEL = b"PK\x03\x04"  # .xlsx is a zip; the older .xls is not
OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # and one that is encrypted
MOST_BYTES = 200 * 2**20  # unpacked; 50,000 leads are a tenth of it
MOST_CELLS = 100  # of one row
LONGEST_ROW = 4 * 2**20  # bytes of one row of Excel, unpacked; it is in memory as a whole
PACKED = 150  # times smaller than unpacked is no list; of what unpacks to more than SOME
SOME = 2**18  # bytes
MOST_SHEETS = 500  # each costs its share of what all of them cost
LINES = 100  # of one row in quotes; a torn quote would have all the rest of the file
APART = (",", ";", "\t", "|")
MARKED = 64  # bytes in which it shows that letters have two or four
MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
LATIN = "cp1252"  # the commonest by far; which of them wrote an accent cannot be found out
LATINS = ("cp1250", LATIN, "cp1254", "cp1257")
CODE_PAGES = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "cp932", "gb18030")
MIDNIGHT = time()
_SHEET = re.compile(rb"<(?:[\w.-]+:)?worksheet[\s>]")
_BOOK = re.compile(rb"<(?:[\w.-]{1,40}:)?workbook[\s>]")
_OF_A_BOOK = re.compile(rb"<(?:[\w.-]{1,40}:)?sheet[\s/>]")
_ROW_ENDS = re.compile(rb"</(?:[\w.-]{1,40}:)?row\s*>")  # in whatever namespace
SAVE = "in Excel save it as CSV UTF-8"


class UnreadableFileError(Exception):
    """The file is no list of leads. The message names what it is and what to do."""


def read(file: Path, encoding: str | None = None, columns: Collection[str] = COLUMNS) -> Table:
    """The rows of a .csv or .xlsx file, as `table` has them. Raises UnreadableFileError, which
    names the file.
    """
    try:
        return table(file.read_bytes(), encoding, columns)
    except OSError as error:
        raise UnreadableFileError(f"{file} cannot be read: {error.strerror or error}") from error
    except UnreadableFileError as error:
        raise UnreadableFileError(f"{file} {error}") from error


def table(content: bytes, encoding: str | None = None, columns: Collection[str] = COLUMNS) -> Table:
    """What stands in each cell, as text, with the line of its row; of Excel's the first sheet
    that is not hidden.

    A line that cannot be read costs that line and is named. *encoding* is that of a CSV file that
    is neither UTF-8 nor marked as UTF-16; by *columns*, the names that its columns may have, it is
    seen what stands between them. Raises UnreadableFileError.
    """
    if content.startswith(EXCEL):
        return _of_excel(content)
    if content.startswith(OLD_EXCEL):
        raise UnreadableFileError(
            "is an Excel file of before 2007, or has a password: save it as .xlsx, without one"
        )
    return _of_text(_decoded(content, encoding), columns)


def _decoded(content: bytes, encoding: str | None) -> str:
    marked = next((name for mark, name in MARKS.items() if content.startswith(mark)), None)
    if not (marked or encoding) and b"\0" in content[:MARKED]:
        raise UnreadableFileError(f"is in UTF-16 or UTF-32 and does not say so: {SAVE}")
    try:
        text = content.decode(marked or encoding or "utf-8")
        text.encode()  # halves of letters, which UTF-7 and others may hold, are no text
    except LookupError as error:
        raise UnreadableFileError(
            f"is in no encoding of the name {(encoding or '')[:80]!r}"
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(_says_what(content, marked or encoding, error)) from error
    except UnicodeError as error:  # of a codec that does not say where
        raise UnreadableFileError(f"is not {marked or encoding}: {SAVE}") from error
    return text


def _says_what(content: bytes, said: str | None, error: UnicodeDecodeError) -> str:
    """Names the encoding that it may be in, with a line to see by whether it is. Names of people
    are not guessed: nobody would notice.
    """
    from charset_normalizer import from_bytes  # noqa: PLC0415  # a tenth of a second, for this only

    line = content.count(b"\n", 0, error.start) + 1
    if said:
        return f"line {line} is not {said}, as the rest of it"
    where = f"line {line} is not UTF-8: {SAVE}"
    if (likely := from_bytes(content, cp_isolation=list(CODE_PAGES)).best()) is None:
        return where
    readings: dict[str, str] = {}  # how the line reads: in what
    for page in (LATIN, likely.encoding) if likely.encoding in LATINS else (likely.encoding,):
        shown = content.split(b"\n")[line - 1].decode(page, "replace").strip()[:80]
        readings.setdefault(shown, page.replace("cp125", "windows-125"))
    ways = [
        f"--encoding {page} if this line reads as it should: {r}" for r, page in readings.items()
    ]
    return f"{where}, or say {'; or '.join(ways)}"


def _of_text(text: str, columns: Collection[str]) -> Table:
    lines = io.StringIO(text, newline="").readlines()
    first = 0
    apart = None
    if lines and re.fullmatch(r"sep=[^\r\n\" ]\s*", lines[0]):  # Excel's own way to say it
        apart, first = lines[0][4], 1
    apart = apart or _apart(lines, columns)
    rows, problems = [], []
    at = first
    while at < len(lines):
        reader = csv.reader(lines[at : at + LINES], delimiter=apart, strict=True)
        try:
            cells = next(reader)
        except csv.Error as error:
            problems.append(f"line {at + 1}: {_torn(str(error))}")
            at += 1
            continue
        rows.append(Row(f"line {at + 1}", tuple(map(visible, cells))))
        at += reader.line_num
        _not_too_many(rows)
    return Table(tuple(rows), tuple(problems))


def _torn(why: str) -> str:
    """What `csv` says of a line, for who made the list."""
    if "expected after" in why or "unexpected end" in why:
        return 'a quotation mark (") is torn: inside a text it is written twice'
    if "field limit" in why:
        return f"one of its cells has more than {csv.field_size_limit()} characters"
    return why


def _apart(lines: list[str], columns: Collection[str]) -> str:
    """What stands between the cells: with what the first line shows the most columns we know."""

    def known(apart: str) -> int:
        for line in lines:
            if line.strip():
                try:
                    cells = next(csv.reader([line], delimiter=apart))
                except csv.Error:
                    return 0
                return sum(spelled(cell) in columns for cell in cells)
        return 0

    return max(APART, key=known)


def _of_excel(content: bytes) -> Table:
    try:
        return _first_sheet(content)
    except UnreadableFileError:
        raise
    except Exception as error:  # whatever zlib, openpyxl or its reader of XML stumbles over
        raise UnreadableFileError(
            "is no Excel file, or is damaged: save it again in Excel"
        ) from error


def _first_sheet(content: bytes) -> Table:
    """That somebody sees and that has anything in it: what formulas gave when it was last saved.
    Raises anything.
    """
    from openpyxl import load_workbook  # noqa: PLC0415  # a third of a second, for this only

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
            raise UnreadableFileError(f"unpacks to more than {MOST_BYTES // 2**20} MB")
        for part in parts.infolist():
            if part.file_size > max(SOME, PACKED * part.compress_size):
                raise UnreadableFileError(NO_LIST)
            if part.file_size > LONGEST_ROW and _has_a_long_row(parts, part):
                raise UnreadableFileError(NO_LIST)
            if part.file_size > SOME // 8 and _has_many_sheets(parts, part):
                raise UnreadableFileError(MANY_SHEETS)
    with closing(load_workbook(io.BytesIO(content), read_only=True, data_only=True)) as book:
        seen = [one for one in book.worksheets if one.sheet_state == "visible"]
        for sheet in seen or book.worksheets:
            rows = list(_rows(sheet.iter_rows(values_only=True, max_col=MOST_CELLS)))
            if rows:
                others = [one.title for one in book.worksheets if one is not sheet]
                note = f"only its sheet {sheet.title!r} was read" if others else ""
                return Table(tuple(rows), (), note, worked_out=True)
    return Table((), ())


MANY_SHEETS = f"has more than {MOST_SHEETS} sheets: make a new file with nothing but the list"
NO_LIST = "holds far more in one row than a list does: make a new file with nothing but the list"


def _has_many_sheets(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether it is what says which sheets there are, wherever it lies, and names more of them than
    MOST_SHEETS.
    """
    found, last = 0, b""
    with parts.open(part) as book:
        some = book.read(2**16)
        if not _BOOK.search(some):
            return False
        while some and found <= MOST_SHEETS:
            named = [one.end() for one in _OF_A_BOOK.finditer(last + some)]
            found += len(named)
            rest = (last + some)[named[-1] if named else 0 :]
            last, some = rest[-64:], book.read(2**16)
    return found > MOST_SHEETS


def _has_a_long_row(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether it is a sheet, wherever it lies, of which one row is longer than LONGEST_ROW."""
    since, last = 0, b""
    with parts.open(part) as sheet:
        if not _SHEET.search(start := sheet.read(2**16)):
            return False
        some = start
        while some:
            ends = [end.end() for end in _ROW_ENDS.finditer(last + some)]
            since = len(last) + len(some) - ends[-1] if ends else since + len(some)
            if since > LONGEST_ROW:
                return True
            last, some = (last + some)[-64:], sheet.read(2**16)
    return False


def _rows(found: Iterator[tuple[object, ...]]) -> Iterator[Row]:
    for n, cells in enumerate(found, 1):
        if n > MOST_ROWS + 1:  # also where a cell stands far down by mistake
            raise UnreadableFileError(TOO_MANY)
        if any(cell is not None for cell in cells):
            yield Row(f"row {n}", tuple(map(_shown, cells)))


TOO_MANY = f"has more than {MOST_ROWS:,} rows: make several lists of it"


def _not_too_many(rows: list[Row]) -> None:
    if len(rows) > MOST_ROWS + 1:
        raise UnreadableFileError(TOO_MANY)


def _shown(cell: object) -> str:
    """As text. A number has its decimals behind a point, two of them or four, so that nobody takes
    them for thousands.
    """
    match cell:
        case None:
            return ""
        case float() if not cell.is_integer():
            whole, point, rest = f"{cell:.4f}".partition(".")
            rest = rest.rstrip("0")
            return f"{whole}{point}{rest:0<{2 if len(rest) < 3 else 4}}"
        case float():
            return str(int(cell))
        case datetime() if cell.time() == MIDNIGHT:  # as Excel has a day
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat()
    return visible(str(cell))
