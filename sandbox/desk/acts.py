"""What somebody at the desk does in the name of others, besides what they do in Teams.

Whatever is asked for wrongly raises AskedWronglyError with a sentence for the person who asked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.company import Person, UnknownPersonError
from sandbox.desk import view
from sandbox.exchange.meetings import NotAllowedError
from sandbox.exchange.model import Address, Event, Letter
from sandbox.m365 import Sandbox

LONGEST_MOVE = 24 * 14  # hours
HOUR = timedelta(hours=1)
NOTHING = "Nothing is waited for just now. Book a meeting, or move on to the next morning."
ANSWERS = {"accept": "accept", "tentative": "tentativelyAccept", "decline": "decline"}


class AskedWronglyError(Exception):
    """The message is a sentence for the person at the desk."""


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Move(Asked):
    """Of the clock: by hours, to when somebody's next working day begins, or to the next thing that
    happens.
    """

    hours: Annotated[int, Field(gt=0, le=LONGEST_MOVE)] | None = None
    morning_of: str | None = None
    next: Literal[True] | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """The next thing that happens, and when."""

    at: datetime
    what: str


class SwitchFault(Asked):
    name: str
    on: bool


class Block(Asked):
    on: bool


class Away(Asked):
    on: bool


class Act(Asked):
    """On an event in somebody's calendar."""

    event: str
    do: Literal["accept", "tentative", "decline", "delete", "later", "cancel", "join"]


class Reply(Asked):
    """Of somebody outside, to a letter; join is to be in the meeting that it is about."""

    letter: str
    answer: Literal["accept", "tentative", "decline", "join"]


class Write(Asked):
    """An answer to everybody on a mail that the person was sent."""

    letter: str


M = TypeVar("M", bound=Asked)


def read(kind: type[M], content: bytes) -> M:
    """Raises AskedWronglyError."""
    try:
        return kind.model_validate_json(content)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        about = f"{where}: " if where else ""
        raise AskedWronglyError(f"That cannot be read: {about}{first['msg']}.") from problem


def person(box: Sandbox, who: str) -> Person:
    """Raises AskedWronglyError."""
    try:
        return box.person(who)
    except UnknownPersonError as problem:
        raise AskedWronglyError(f"Nobody at Halden Systems is called {who}.") from problem


def moved(box: Sandbox, asked: Move, next: Next | None) -> datetime:
    """The time that the clock is to be moved on to."""
    if [asked.hours, asked.morning_of, asked.next].count(None) != 2:
        raise AskedWronglyError(
            "The clock moves by hours, to somebody's morning or to the next thing: say which."
        )
    if asked.next:
        if next is None:
            raise AskedWronglyError(NOTHING)
        return next.at
    if asked.hours is not None:
        return box.clock() + timedelta(hours=asked.hours)
    who = person(box, asked.morning_of or "")
    try:
        return view.next_morning(box, who)
    except ValueError as problem:
        raise AskedWronglyError(str(problem)) from problem


def switch_fault(box: Sandbox, asked: SwitchFault) -> None:
    try:
        box.faults.switch(asked.name, on=asked.on)
    except KeyError as problem:
        raise AskedWronglyError(f"There is no switch {asked.name}.") from problem


def block(box: Sandbox, who: Person, *, on: bool) -> None:
    """The person has blocked the bot, or takes its messages again."""
    if on:
        box.teams.block(who)
    else:
        box.teams.unblock(who)


def away(box: Sandbox, who: Person, *, on: bool) -> None:
    """The person is out of office until further notice, or back: Outlook's automatic replies."""
    box.outlook.set_automatic_replies(who, on=on)


def act(box: Sandbox, who: Person, asked: Act) -> None:
    """As the person does it in Outlook."""
    event = _event(box, who, asked.event)
    if asked.do not in view.actions(event):
        raise AskedWronglyError(f"{who.given} cannot do that with “{event.subject}”.")
    try:
        if asked.do in ANSWERS:
            box.outlook.respond(who, event, ANSWERS[asked.do])
        elif asked.do == "join":
            _join(box, event, Address(name=who.name, mail=who.mail), who.id)
        elif asked.do == "later":
            box.outlook.move(who, event, event.start + HOUR)
        elif asked.do == "cancel":
            box.outlook.cancel(who, event)
        else:
            box.outlook.delete(who, event)
    except NotAllowedError as problem:
        raise AskedWronglyError(str(problem)) from problem


def reply(box: Sandbox, asked: Reply) -> None:
    """As the reader of the letter, who is outside the company."""
    letter = _letter(box, asked.letter)
    if asked.answer == "join":
        name = next((a.name for a in letter.attendees if a.is_for(letter.to)), letter.to)
        copies = box.mailboxes.copies(letter.uid or "")
        event = next((copy for copy in copies if copy.is_organizer), None)
        if event is None:
            raise AskedWronglyError("That meeting does not take place.")
        _join(box, event, Address(name=name, mail=letter.to), None)
        return
    box.outside.respond(letter.to, ANSWERS[asked.answer], meeting=letter)


def write(box: Sandbox, who: Person, asked: Write) -> None:
    """As somebody does in Outlook, from the phone."""
    letter = next((one for one in box.post.letters(who.mail) if one.id == asked.letter), None)
    mails = box.outlook.mail(who)
    mail = next((m for m in mails if letter and m.internet_id == letter.internet_id), None)
    if mail is None:
        raise AskedWronglyError("There is no such mail to answer.")
    box.outlook.reply(who, mail, f"Thank you! I look forward to it. {who.given}")


def _join(box: Sandbox, event: Event, who: Address, person: str | None) -> None:
    """From the beginning of the meeting to its end; once is enough."""
    if event.join_url is None or event.cancelled:
        raise AskedWronglyError("That is no Teams meeting.")
    if not box.meetings.has_joined(event, who.name):
        box.meetings.join(event, who, person=person)


def _event(box: Sandbox, who: Person, id: str) -> Event:
    try:
        return box.outlook.event(who, id)
    except LookupError as problem:
        raise AskedWronglyError(f"That is not in {who.given}'s calendar any more.") from problem


def _letter(box: Sandbox, id: str) -> Letter:
    for letter in box.post.letters():
        if letter.id == id and letter.kind in view.ASKS:
            return letter
    raise AskedWronglyError("There is no such invitation.")
