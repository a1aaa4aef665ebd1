"""How long what is stored is kept, as the policy has it."""

from dataclasses import dataclass, fields
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Counted from the end of what it belongs to; nothing of an open handoff is ever forgotten."""

    unbooked: timedelta = timedelta(days=180)  # a lead that nobody hands over, before it ends
    prospects: timedelta = timedelta(days=365)  # who a prospect was, after the handoff's end
    texts: timedelta = timedelta(days=180)  # what people wrote, after the handoff's end
    calendars: timedelta = timedelta(days=28)  # what was seen in a calendar, after its week
    outlook: timedelta = timedelta(days=90)  # which versions of events were read
    leavers: timedelta = timedelta(days=30)  # chat, hours and absences of whoever has left
    names: timedelta = timedelta(days=730)  # and their name and address
    looks: timedelta = timedelta(days=365)  # who looked at whose figures
    decisions: timedelta = timedelta(days=1095)  # what a choice of the router was made from
    jobs: timedelta = timedelta(days=14)  # what a job that failed was to do
    reports: timedelta = timedelta(days=730)  # what a weekly report says of persons

    def days(self) -> dict[str, int]:
        """Each by name, in whole days."""
        return {one.name: getattr(self, one.name).days for one in fields(self)}
