"""Commands about one person: give out all that is held about them, and forget them."""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from commands import who_is_who
from commands.writing import write
from handoff import addresses
from jobs.forgetting import forget_for_good
from jobs.services import Services
from store.about import Found, StillHereError, StillOpenError
from store.read_audit import COMMAND

STAYS = """What stays: that the handoffs were, who promised what and whether it was kept, and how
leads were shared out, under an id that leads to nobody. Figures of others are counted on it.
What is not Baton's: meetings and mails in Outlook, messages in Teams, and backups of the database.
Your organisation's own rules hold for them."""
Ask = Callable[[str], str]
CONFIRM = "Type the address again to go on: "


async def asked(services: Services, arguments: argparse.Namespace) -> int:
    """Give out all that is held about someone, or forget them."""
    ask = input if sys.stdin.isatty() else None
    if arguments.what == "export":
        return await export(services, arguments.mail, arguments.to)
    if arguments.what == "object":
        return await object_to_it(services, arguments.mail, sure=arguments.yes, ask=ask)
    return await forget(
        services,
        arguments.mail,
        arguments.also,
        policy_text=await services.stores.policies.text(),
        sure=arguments.yes,
        ask=ask,
    )


async def export(services: Services, mail: str, out: Path | None) -> int:
    """All that is held about *mail*, as JSON. Returns 1 when nothing is. Raises NotWrittenError."""
    found = await services.stores.about.find(mail)
    if not found:
        print(_nothing(found, mail), file=sys.stderr)
        return 1
    if found.id:
        async with services.stores.door.open() as tx:
            await services.stores.read_audit.record(
                tx, COMMAND, [found.id], "export", services.now()
            )
    stored = {
        "about": mail,
        "made": services.now().isoformat(timespec="seconds"),
        "held": await services.stores.about.export(mail),
    }
    text = json.dumps(stored, ensure_ascii=False, indent=2) + "\n"
    if out is None:
        print(text, end="")
        return 0
    await asyncio.to_thread(write, out, text, private=True)
    print(f"written to {out}; only you can read it")
    return 0


async def object_to_it(services: Services, mail: str, *, sure: bool, ask: Ask | None) -> int:
    """A prospect wants no contact: what is open with them ends, with a word to those who had a part
    in it; they are forgotten, and no list and no form brings them in again. Again does no harm.

    Returns 0 when it is so, 2 when something must be done first.
    """
    stores = services.stores
    found = await stores.about.find(mail)
    if found.id:
        return _first(f"{found.name} works here: take them out of the policy, then forget them")
    open_ = f"{len(found.leads)} leads end and are" if found.leads else "nothing is held, which is"
    said = f"{mail}: {open_} forgotten for good, and the address is taken in no more."
    if not sure and not await _sure(said, mail, ask):
        return 2
    done = await forget_for_good(services, mail)
    print("Removed:" if done.removed else "Nothing was held.")
    for line in done.removed:
        print(f"  {line}")
    print(f"{done.ended} open handoffs have ended; a meeting still ahead is called off")
    print("That address is taken in no more, by a list or by hand")
    return 0


async def forget(
    services: Services,
    mail: str,
    also: Sequence[str],
    *,
    policy_text: str,
    sure: bool,
    ask: Ask | None,
) -> int:
    """*mail* is forgotten once somebody is *sure*, or says so when *asked*. Again does no harm.

    Returns 0 when nothing is held any more, 2 when something must be done first.
    """
    found = await services.stores.about.find(mail)
    if not found and found.corrected:
        also = [*also, mail]
        if numbers := await services.stores.about.still_invited(mail):
            said = ", ".join(f"no. {number}" for number in numbers)
            return _first(f"Outlook still has to take that address off the meeting of {said}")
    if not found:
        print(_nothing(found, mail))
        return await _forget_words(services, mail, also, sure=sure, ask=ask) if also else 0
    if found.present:
        # An admin may have taken them out a moment ago.
        await who_is_who.read(services, Console(stderr=True))
        found = await services.stores.about.find(mail)
    if lines := _named(found, policy_text):
        return _first(f"the policy file names them in {lines}: take them out and run migrate")
    who = "a colleague who has left" if found.id else "a prospect"
    said = f"{found.name} ({who}, {len(found.leads)} leads) will be forgotten for good."
    if not sure and not await _sure(said, mail, ask):
        return 2
    try:
        done = await services.stores.about.forget(mail, also)
    except StillHereError:
        return _first(
            "the policy still names them, by a group in Entra perhaps: take them out there; "
            "then this command reads it again"
        )
    except StillOpenError as error:
        return _first(
            f"they have a part in open handoffs ({error}): end them or pass them on in Teams"
        )
    print("Removed:")
    for line in done:
        print(f"  {line}")
    print(STAYS)
    return 0


def _nothing(found: Found, mail: str) -> str:
    if found.corrected:
        return f"{mail} was a lead's address until that was corrected; nothing else is held of it"
    return f"nothing is held about {mail}"


async def _forget_words(
    services: Services, mail: str, also: Sequence[str], *, sure: bool, ask: Ask | None
) -> int:
    """What they are called goes out of what was written, though they are forgotten already."""
    said = f"{', '.join(also)} will be taken out of all that people wrote."
    if not sure and not await _sure(said, mail, ask):
        return 2
    print("Removed:")
    for line in await services.stores.about.forget_words(also):
        print(f"  {line}")
    return 0


async def _sure(said: str, mail: str, ask: Ask | None) -> bool:
    """Whether somebody who has read what will happen types the address again."""
    if ask is None:
        _first("nobody can be asked here: say --yes if you are sure")
        return False
    print(said)
    answer = await asyncio.to_thread(ask, CONFIRM)
    if addresses.one(answer) == addresses.one(mail):
        return True
    _first("nothing was changed")
    return False


def _named(found: Found, text: str) -> str:
    """The lines of the policy in force that name them: "lines 3, 17". "the same" is not Sam."""
    ways = [way for mail in found.mails for way in addresses.spellings(mail)]
    words = [re.escape(word) for word in ways if word]
    called = re.escape(found.name.strip())
    if " " in found.name.strip():
        words.append(called)
    said = re.compile(rf"(?<![\w.+-])(?:{'|'.join(words)})(?![\w-])", re.IGNORECASE)
    alone = re.compile(rf"(?<!\w){called}(?!\w)")  # a name of one word, as it is written
    lines = [
        str(number)
        for number, line in enumerate(text.splitlines(), 1)
        if found.id and ((words and said.search(line)) or (called and alone.search(line)))
    ]
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(lines)}" if lines else ""


def _first(what: str) -> int:
    print(f"not done: {what}", file=sys.stderr)
    return 2
