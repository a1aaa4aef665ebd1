"""The report of each week, and alarms on what changes over some."""

from zoneinfo import available_timezones

from pydantic import Field, field_validator

from policy.table import Table


class WeeklyTable(Table):
    """The report of each week goes to everyone in the sales organisation when they begin to work
    on Monday: the organisation's figures for all, their own line, names by who manages whom.
    """

    send: bool = Field(default=True, description="Whether it is made and sent.")
    mail: bool = Field(
        default=True,
        description=(
            "Whether it comes by mail too, from NOTICE_MAILBOX; without that mailbox by card alone."
        ),
    )
    zone: str = Field(
        default="UTC",
        description="On whose clocks a week begins and ends, both on Monday 00:00: Europe/Madrid.",
    )
    trends: bool = Field(
        default=True,
        description=(
            "Whether the owner of a campaign, and whoever leads all, hear that a reason is given "
            "more often than before."
        ),
    )

    @field_validator("zone")
    @classmethod
    def _known(cls, written: str) -> str:
        if written not in available_timezones():
            raise ValueError("is no time zone, such as Europe/Madrid")
        return written
