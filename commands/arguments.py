"""What may be typed after `python app.py`. Needs nothing of what the commands need: help comes at
once.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

DOCTOR = """
Proves every part of Baton by using it, from the settings to each person's chat, and says of each
what to do where it is ill. Nothing is written to anybody and nothing is left behind: an entry in
the calendar of TEST_MAILBOX and a subscription to it are made and taken away again.

It needs the settings of serve and work, and may run beside them. TEST_MAILBOX names a mailbox on
which each permission is tried, OUTSIDE_MAILBOX one that Exchange must keep closed to Baton.
"""
DOCTOR_ENDS = """
exit status: 0 all is well, 1 something needs attention.

  python app.py doctor              each line as it is found
  python app.py doctor --json       for programs: healthy, at, and checks with
                                    part, what, well, found and then
  python app.py doctor --page       besides, a link that shows all of it for an hour; there are
                                    names on the page, so give it to administrators only
"""


def _words(text: str) -> str:
    """Bytes that are no text come from the shell as halves of characters, which no database keeps
    and nobody reads. Raises ArgumentTypeError.
    """
    if not text.isprintable():
        raise argparse.ArgumentTypeError(
            f"{text[:80]!r} is not written in letters that can be read"
        )
    return text


def _head(text: str) -> tuple[int, str]:
    n, _, hash = text.partition(":")
    if not n.isdecimal() or len(hash) != 64:
        raise argparse.ArgumentTypeError("say it as it was logged: number:hash")
    return int(n), hash


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no day and no moment; write it like 2026-03-02 or 2026-03-02T10:00"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _text_file(name: str) -> Path:
    """A file of text that is there. Raises ArgumentTypeError, with what to do."""
    try:
        Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise argparse.ArgumentTypeError(
            f"{name} is not UTF-8 (byte {error.start + 1}): save it as UTF-8"
        ) from error
    except OSError as error:
        raise argparse.ArgumentTypeError(
            f"{name} cannot be read: {error.strerror or error}"
        ) from error
    return Path(name)


def _new_file(name: str) -> Path:
    """Where a file may be written. Raises ArgumentTypeError, with what to do."""
    if not Path(name).parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {Path(name).parent}: make it first")
    if Path(name).is_dir():
        raise argparse.ArgumentTypeError(f"{name} is a folder: name a file in it")
    return Path(name)


def _playground(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--playground",
        action="store_true",
        help="Microsoft's Playground too, as a second client; it is under Microsoft's pre-release "
        "terms, for evaluation only",
    )


LISTS = {
    "campaigns": "campaigns: code, name, owner (mail address), source",
    "spend": "what campaigns have cost: code, month (2026-03), amount, currency",
    "goals": "goals: figure, of, whose, since, until, target",
}
"""What is kept in a list beside Baton, and its columns."""


def _list(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, help="a .csv or .xlsx file")
    command.add_argument("--encoding", help="of a .csv file that is not UTF-8")


def _sources(command: argparse.ArgumentParser) -> None:
    what = command.add_subparsers(dest="what", required=True, metavar="what")
    made = what.add_parser("make", help="a form, a flow or a system may hand leads in from now on")
    made.add_argument("name", type=_words, help="as people know it: Website form")
    made.add_argument(
        "--owner", type=_words, required=True, help="mail address of who answers for it"
    )
    made.add_argument(
        "--for",
        dest="qualifiers",
        type=_words,
        action="append",
        required=True,
        help="the qualifier's mail address; said again, they take turns",
    )
    made.add_argument(
        "--campaign", type=_words, default="", help="of its leads, where they name none"
    )
    again = what.add_parser("rotate", help="give it another token or secret")
    again.add_argument("name", type=_words)
    again.add_argument(
        "--days", type=_days, default=7, help="for which the one before is good too (7; 0 for none)"
    )
    made.add_argument(
        "--crm",
        action="store_true",
        help="its leads are read from the CRM, as [crm.leads] of the policy says: it gets no key",
    )
    for one in (made, again):
        one.add_argument(
            "--signs", action="store_true", help="a secret to sign with, not a token to send"
        )
    gone = what.add_parser("revoke", help="take nothing more from it")
    gone.add_argument("name", type=_words)
    what.add_parser("list", help="each with its owner, and when it was last used")


def _days(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and int(text) <= 90):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days up to 90")
    return int(text)


ABOUT = (
    "Baton is a Microsoft Teams bot with Outlook behind it. It makes sure that every qualified "
    "lead that is handed to a rep is accepted, met and followed up. To try it on this machine: "
    "make run. To install it in your tenant: docs/install.md."
)


def parser() -> argparse.ArgumentParser:
    """Knows every command and what it takes."""
    parser = argparse.ArgumentParser(prog="app.py", description=ABOUT)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    run = commands.add_parser(
        "run", help="everything on this machine, for a trial: database, app, worker, sandbox, desk"
    )
    run.add_argument("--calendar", type=Path, help="an .ics file, put into a rep's mailbox")
    run.add_argument(
        "--leads", type=Path, help="a .csv or .xlsx file of leads for a qualifier to book from"
    )
    _playground(run)
    commands.add_parser("serve", help="answer Teams, Graph and browsers")
    commands.add_parser("work", help="run the jobs: messages, Outlook, the clock")
    _playground(commands.add_parser("sandbox", help="Microsoft 365 on this machine, by itself"))
    look = commands.add_parser(
        "doctor",
        help="prove every part by using it, and say what to do",
        description=DOCTOR,
        epilog=DOCTOR_ENDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    look.add_argument("--json", action="store_true", help="for programs")
    look.add_argument("--page", action="store_true", help="a link that shows it for an hour")
    failed = commands.add_parser("retry", help="do again what failed for good")
    failed.add_argument("--forget", action="store_true", help="give it up instead")
    package = commands.add_parser("manifest", help="write the Teams app package")
    package.add_argument("--to", type=Path, default=Path("build"), help="folder (build)")
    package.add_argument(
        "--since", type=Path, help="the package that people have (the newest in the folder)"
    )
    commands.add_parser("install", help="put Baton into the Teams of all whom the policy names")
    upkeep = commands.add_parser("migrate", help="bring the database and the policy up to date")
    upkeep.add_argument(
        "--take-over", action="store_true", help="also where the database is another Baton's"
    )
    again = commands.add_parser("replay", help="make every routing choice again, and compare")
    again.add_argument("--since", type=_moment, help="from this day or moment on, UTC")
    again.add_argument("--until", type=_moment, help="before this day or moment, UTC")
    again.add_argument(
        "--head",
        type=_head,
        action="append",
        default=[],
        help="compare with what was logged: number:hash; may be said again",
    )
    draft = commands.add_parser("simulate", help="the last 90 days under a draft of the policy")
    draft.add_argument("--policy", type=_text_file, required=True, help="the draft")
    draft.add_argument("--picture", type=_new_file, help="draw it: an .svg file")
    leads = commands.add_parser("leads", help="import a list of leads for a qualifier")
    leads.add_argument("file", type=Path, help="a .csv or .xlsx file")
    leads.add_argument(
        "--for",
        dest="qualifier",
        type=_words,
        required=True,
        help="the qualifier's mail address",
    )
    leads.add_argument(
        "--decimals",
        choices=["point", "comma"],
        help="what stands before the decimals of its amounts, where the list does not show it",
    )
    leads.add_argument(
        "--encoding", type=_words, help="of a .csv file that is not UTF-8: windows-1252, for one"
    )
    for name, holds in LISTS.items():
        _list(commands.add_parser(name, help=f"import a list of {holds}"))
    _sources(commands.add_parser("sources", help="from where leads come in by themselves"))
    someone = commands.add_parser("person", help="all that is held about one person")
    what = someone.add_subparsers(dest="what", required=True, metavar="what")
    given = what.add_parser("export", help="give it out, as JSON")
    given.add_argument("mail", type=_words, help="their mail address")
    given.add_argument("--to", type=_new_file, help="the file to write")
    left = what.add_parser(
        "object", help="a prospect wants no contact: end what is open, forget them, know them again"
    )
    left.add_argument("mail", type=_words, help="their mail address")
    left.add_argument("--yes", action="store_true", help="do not ask")
    gone = what.add_parser("forget", help="forget them: a colleague who has left, or a prospect")
    gone.add_argument("mail", type=_words, help="their mail address")
    gone.add_argument(
        "--also",
        type=_words,
        action="append",
        default=[],
        help="look for this too: a number, a nickname",
    )
    gone.add_argument("--yes", action="store_true", help="do not ask")
    return parser
