"""What every table of the policy file is made of: a key it does not know is a mistake."""

from collections.abc import Mapping
from typing import Annotated, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

CODE = r"^[a-z][a-z0-9_]{0,39}$"
LENGTH = r"^[1-9]\d{1,2}$"
LINE = r"^[^\r\n]*$"
WRITTEN: Mapping[str, str] = {
    CODE: "must be small letters, digits and _, a letter first, 40 at most",
    LENGTH: "must be so many minutes",
    LINE: "must be one line",
}
"""How what does not fit is told."""

Code = Annotated[str, Field(pattern=CODE)]
Words = Annotated[str, Field(min_length=1, max_length=80)]
Words500 = Annotated[str, Field(min_length=1, max_length=500)]
Minutes = Annotated[int, Field(ge=0, le=120)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Coded(Protocol):
    code: str


Row = TypeVar("Row", bound=Coded)


def distinct(rows: list[Row]) -> list[Row]:
    """The rows, each with a code of its own. Raises ValueError for one that stands twice."""
    codes = [row.code for row in rows]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError("the same code twice: " + ", ".join(twice))
    return rows
