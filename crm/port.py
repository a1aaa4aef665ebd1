"""What Baton asks of a CRM, whichever it is: who is who, a contact, its fields, a note beside it,
and the deals that stand beside contacts. A contact is a person there, whatever the CRM calls one:
where it has leads too, one that was made a contact of is followed as one that was merged.
Some keep a version of each record, by which a change that somebody has just made is not undone.

An adapter never waits and never retries; what is asked twice does no harm, but for a new note. It
raises the errors of crm/errors.py.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from handoff.model import Contacted, DealState
from handoff.policy import DealField

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may own records there."""

    id: str
    mail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    id: str
    owner: str  # the id of a `User`; empty where nobody owns it
    version: str = ""  # another once anything of it was changed; empty: not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose CRM it is, as an admin knows it again."""

    id: str
    kind: str
    calls_left: int | None  # today; None where that is not said
    currency: str  # ISO 4217 code of what an amount is in that names none; empty: not said


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step that a deal can be at."""

    id: str
    name: str  # as people there call it
    state: DealState  # as the CRM itself counts it
    pipeline: str = ""  # the id of that in which it is, where there are several
    in_use: bool = True  # whether a deal can be put in it still


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What may be sold, as the CRM has it now."""

    id: str
    name: str
    contacts: frozenset[str]  # ids of whoever it stands beside
    stage: str  # the id of a `Stage`, or of one that is no more
    amount: str  # as a machine writes it: 48000, 1500.50; empty where there is none
    currency: str  # ISO 4217 code; empty: the account's own
    owner: str  # the id of a `User`; empty where nobody owns it
    made_at: datetime  # UTC, and so is the next
    changed_at: datetime
    fields: Mapping[DealField, str] = field(default_factory=dict)
    """As the CRM writes them; one that is empty may be missing. A day may be a moment of it."""
    set_at: Mapping[DealField, datetime] = field(default_factory=dict)
    """When each was set to that, UTC, or since when it was not set anew at least; as far as it was
    asked and is known.
    """
    version: str = ""  # another once anything of it was changed; empty: not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Generic[T]):
    """What was read of many contacts at once."""

    found: Collection[T]
    unread: Mapping[str, str]  # of which of them it was not all read, and why; what is there stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """That somebody was in touch with a contact."""

    contact: str  # its id, as it was asked for
    how: Contacted
    at: datetime  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a campaign there has cost so far."""

    campaign: str  # its name there
    amount: str  # as a machine writes it
    currency: str  # empty: the account's own


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsWanted:
    """Which contacts are leads, and what is read of them."""

    field: str  # by its name there
    values: Collection[str]  # of which it says one
    fields: Mapping[str, str]  # its name there, by what it is called of a lead here


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadThere:
    """A contact that is a lead, as the records have it now."""

    id: str
    former: frozenset[str]  # ids of those that were merged into it, as far as that is told
    values: Mapping[str, str]
    """What it says by the names that were asked for, with contact_name, contact_email and company;
    numbers as a machine writes them, texts as people do; what is empty may be missing.
    """
    since: datetime  # UTC; when it came to be one, or was made, where the CRM keeps no more


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsPage:
    found: Collection[LeadThere]
    unread: Mapping[str, str]  # ids of those that could not be read, and why
    until: datetime | None  # UTC; the last change that was read; None where there was none
    after: str  # by which the next page is asked for; empty: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What an admin does there, as they read it in that CRM."""

    let_in: str  # so that Baton is let in
    fields: str  # so that there are the fields that lack
    line: str  # what the type of a field is called that holds a line
    lines: str
    moment: str
    deals: str  # so that deals may be read
    writing: str  # so that a field of them may be written
    activity: str  # so that it is known who was in touch with a contact
    currency: str  # so that it is known what an amount is in
    spending: str  # so that it may be read what campaigns have cost
    forgetting: str  # so that it says who is to be forgotten; empty: it has no way to
    acting: str  # so that Baton may write for its users; empty: it has no way to


class Crm(Protocol):
    @property
    def name(self) -> str:
        """As people call it."""

    @property
    def guide(self) -> Guide: ...

    def called(self, field: str) -> str:
        """What a field is called there that is named so here."""

    async def account(self) -> Account:
        """Raises CrmSignInError where Baton is not let in."""

    async def users(self) -> Sequence[User]:
        """Everyone who may own a record now."""

    async def fields(self) -> Collection[str]:
        """The names of what may be written of a contact."""

    async def contact(self, id: str) -> Contact:
        """The contact with that id; with another, the one that it was merged into. Raises
        CrmGoneError.
        """

    async def contact_of(self, mail: str, name: str, company: str) -> Contact:
        """The contact with that address, made where there is none."""

    async def write(
        self,
        contact: str,
        values: Mapping[str, str],
        owner: str | None = None,
        *,
        version: str = "",
    ) -> None:
        """Its fields say so; an empty text clears one. With *owner* it is theirs. With *version*
        only where that is it still, if the CRM keeps versions: else CrmBusyError. All of it or
        nothing. Raises CrmRefusedError, CrmGoneError.
        """

    async def add_note(self, contact: str, text: str, at: str) -> str:
        """A new note beside the contact, of that moment; its id."""

    async def notes(self, contact: str) -> Mapping[str, str]:
        """What the notes beside a contact say, by id."""

    async def rewrite_note(self, note: str, text: str) -> None:
        """Raises CrmGoneError where somebody has deleted it."""

    async def present(self, contacts: Collection[str]) -> Batch[str]:
        """Those of *contacts* that are there by that very id, neither deleted nor merged."""

    async def known_of(self, mail: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        """What the contact of that address says of these: its names there, by what they are called
        here, as in `LeadThere`; nothing where there is none, and none is made.
        """

    async def lacks(self, fields: Collection[str]) -> Collection[str]:
        """Which of these, by their names there, nothing says that `known_of` reads."""

    async def spending(self) -> Sequence[Spent]:
        """What campaigns there have cost, each of which that is said. Raises CrmSignInError where
        it may not be read.
        """

    async def to_forget(self) -> Collection[str]:
        """The contacts of whom people there have said that they are to be forgotten, where it tells
        that to whoever asks. Raises CrmSignInError where it may not be read.
        """

    async def forgets(self, id: str) -> bool:
        """Whether that contact is to be forgotten, as it was said: by `to_forget`, or by the CRM
        itself to whoever proved it.
        """

    async def leads(self, wanted: LeadsWanted, since: datetime, after: str = "") -> LeadsPage:
        """The next of the contacts that are leads and were changed *since* then (UTC), whatever was
        changed of them, those of the earliest change first; *after* is what the page before said.
        One may come twice. What was changed a moment ago may be missing for as long as the CRM's
        index lags, and comes later with its own time, so whoever reads on begins somewhat before.
        Raises CrmRefusedError where there is no field of that name, CrmSignInError where it may not
        be read.
        """

    async def activities(
        self, contacts: Collection[str], since: datetime, until: datetime
    ) -> Batch[Activity]:
        """The last call, mail and meeting with each of *contacts*, one of a kind at most, that was
        over at *until* and not before *since* (UTC). Nothing of what was said is read. Raises
        CrmSignInError where they may not be read.
        """

    async def reads_deals(self) -> None:
        """Raises CrmSignInError where Baton may not read deals."""

    async def stages(self) -> Mapping[str, Stage]:
        """Every stage of every pipeline of deals, by its id."""

    async def deals(self, contacts: Collection[str], *, dated: bool = False) -> Batch[Deal]:
        """Whatever deal stands beside one of *contacts* now, once; none of those that were deleted.
        Of an id of before a merge nothing may be found: `contact` leads on. With *dated*, when its
        fields were set is read too, as far as the CRM keeps that.
        """

    async def deal(self, id: str) -> Deal:
        """The deal with that id as it is now; beside whom it stands is not read. Raises
        CrmGoneError.
        """

    async def write_deal(
        self, id: str, field: DealField, value: str, *, version: str = "", by: str = ""
    ) -> None:
        """Its field says so: an amount as 48000, a day as 2026-03-31, a stage by its id. *version*
        as in `write`. Where the CRM lets a program write for its users, it is the doing of the
        user *by*, who has to be one who may. Raises CrmRefusedError, CrmGoneError.
        """

    async def writes_for(self, user: str) -> None:
        """Raises CrmSignInError where Baton may not write for that user, CrmRefusedError where they
        are none who may do anything there.
        """

    async def close(self) -> None: ...
