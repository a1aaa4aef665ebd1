"""Leads that come in by themselves: what of them is held until a person has looked."""

from typing import Annotated

from pydantic import Field, field_validator

from handoff.policy import Screening
from policy.table import Table, Words

USUAL = Screening()


class IncomingTable(Table):
    """What is held of leads that come in by themselves. Its qualifier reads why, and says by one
    click that it is a lead, or drops it; until then nobody is handed it, and it is in no figure. So
    is one whose company has a handoff open, where `[routing] duplicates` has such named.
    """

    test_domains: list[Words] = Field(
        default=list(USUAL.domains),
        max_length=200,
        description="Held is an address of one of these domains, or of one below it.",
    )
    test_words: list[Words] = Field(
        default=list(USUAL.words),
        max_length=200,
        description="Held is a company or a name in which no word but these stands.",
    )
    links: Annotated[int, Field(ge=0, le=50)] = Field(
        default=USUAL.links,
        description=(
            "Held is what holds more addresses of web pages than so many; and whatever has one "
            "for a company or a name."
        ),
    )

    @field_validator("test_domains", "test_words")
    @classmethod
    def _small(cls, written: list[str]) -> list[str]:
        return [one.strip().casefold().lstrip("@.") for one in written]
