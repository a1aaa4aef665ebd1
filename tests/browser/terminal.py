"""What commands say to whoever types them: the real ones, each as a process of its own, and how it
looks.
"""

import asyncio
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playwright.async_api import Page

from tests.commands import as_typed
from tests.trial import free_ports

LOOKS = """
body { margin: 0; padding: 24px; background: #1e1e1e; color: #d4d4d4 }
pre { margin: 0 0 20px; font: 15px/1.5 ui-monospace, Consolas, monospace; white-space: pre-wrap }
b { color: #fff }
"""
SETTINGS = {
    "DATABASE_URL": "postgresql://127.0.0.1:9/baton",  # where nobody answers
    "TENANT_ID": "11111111-1111-4111-8111-111111111111",
    "CLIENT_ID": "22222222-2222-4222-8222-222222222222",
    "CLIENT_SECRET": "none",
    "PUBLIC_URL": "https://baton.example.com",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and its exit status."""

    typed: str
    told: str
    status: int


async def typed(*words: str, **settings: str) -> Said:
    """`python app.py` with these words, and with *settings* that are other than those of a Baton
    without a database.
    """
    ports = zip(("PORT", "SANDBOX_PORT", "PLAYGROUND_PORT"), map(str, free_ports(3)), strict=True)
    process = await asyncio.create_subprocess_exec(
        *as_typed(*words),
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "100", **SETTINGS, **dict(ports), **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        told, _ = await process.communicate()
    assert process.returncode is not None
    line = [*(f"{name}={value}" for name, value in settings.items()), "python app.py", *words]
    return Said(" ".join(line), told.decode().strip(), process.returncode)


async def shown(page: Page, said: Sequence[Said]) -> None:
    """The page looks as a terminal does in which these were typed."""
    seen = "".join(
        f"<pre><b>$ {html.escape(one.typed)}</b>\n{html.escape(one.told)}</pre>" for one in said
    )
    await page.goto("about:blank")  # where no other page says which styles may be used
    await page.set_content(
        f'<!doctype html><html lang="en"><title>A terminal</title><style>{LOOKS}</style>{seen}'
    )


MISTAKES: Mapping[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "TENANT_ID must be an id like": (("serve",), {"TENANT_ID": "abc"}),
    "PORT must be 65535 at most": (("serve",), {"PORT": "99999"}),
    "the database does not answer": (("migrate",), {}),
    "start PostgreSQL": (("retry",), {}),
    "Let VAR name a folder": (("run",), {"VAR": "/proc/x"}),
    "nowhere.csv cannot be read": (("run", "--leads", "nowhere.csv"), {}),
}
"""What is typed wrong, by words of the one line that says so."""
