"""Commands about one person: give out all that is held about them, and forget them."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from commands.writing import write
from jobs import people
from jobs.services import Services
from store.about import Found, StillHereError, StillOpenError
from store.read_audit import COMMAND

STAYS = """What stays: that the handoffs were, who promised what and whether it was kept, and how
leads were shared out, under an id that leads to nobody. Figures of others are counted on it.
What is not Baton's: meetings and mails in Outlook, messages in Teams, and backups of the database.
Your organisation's own rules hold for them."""
CONFIRM = "Type the address again to go on: "


async def asked(services: Services, arguments: argparse.Namespace) -> int:
    """Give out all that is held about someone, or forget them."""
    if arguments.what == "export":
        return await export(services, arguments.mail, arguments.to)
    return await forget(
        services,
        arguments.mail,
        arguments.also,
        policy_text=await services.stores.policies.text(),
        sure=arguments.yes,
        ask=input if sys.stdin.isatty() else None,
    )


async def export(services: Services, mail: str, out: Path | None) -> int:
    """All that is held about *mail*, as JSON. Returns 1 when nothing is. Raises NotWrittenError."""
    found = await services.stores.about.find(mail)
    if not found:
        print(f"nothing is held about {mail}", file=sys.stderr)
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


async def forget(
    services: Services,
    mail: str,
    also: Sequence[str],
    *,
    policy_text: str,
    sure: bool,
    ask: Callable[[str], str] | None,
) -> int:
    """*mail* is forgotten once somebody is *sure*, or says so when *asked*. Again does no harm.

    Returns 0 when nothing is held any more, 2 when something must be done first.
    """
    found = await services.stores.about.find(mail)
    if not found:
        print(f"nothing is held about {mail}")
        return 0
    if found.present:
        await people.sync(services)  # an admin may have taken them out a moment ago
        found = await services.stores.about.find(mail)
    if lines := _named(found, policy_text):
        return _first(f"the policy file names them in {lines}: take them out and run migrate")
    if not sure:
        if ask is None:
            return _first("nobody can be asked here: say --yes if you are sure")
        who = "a colleague who has left" if found.id else "a prospect"
        print(f"{found.name} ({who}, {len(found.leads)} leads) will be forgotten for good.")
        answer = await asyncio.to_thread(ask, CONFIRM)
        if answer.strip().lower() != mail.strip().lower():
            return _first("nothing was changed")
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


def _named(found: Found, text: str) -> str:
    """The lines of the policy in force that name them: "lines 3, 17"."""
    words = [word.lower() for word in (*found.mails, found.name) if word] if found.id else []
    lines = [
        str(number)
        for number, line in enumerate(text.lower().splitlines(), 1)
        if any(word in line for word in words)
    ]
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(lines)}" if lines else ""


def _first(what: str) -> int:
    print(f"not forgotten: {what}", file=sys.stderr)
    return 2
