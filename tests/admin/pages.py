"""What an administrator reads, as blocks to paste, and a terminal to paste them into."""

import asyncio
import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests import hour
from tests.admin import stand_in
from tests.commands import ROOT, baton

PAGES = ("install", "azure", "linux", "upkeep")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$|^(#{1,3}) ([^\n]*)$", re.MULTILINE | re.DOTALL)
PLACES = ("/etc/baton", "/opt/baton", "/usr/local/sbin", "/etc/systemd/system", "/etc/nginx/conf.d")
"""Of a host, which the pages change. In a test they are below its own folder, always."""
PATIENCE = 120  # seconds for one block, on a machine that has much to do besides


@dataclass(frozen=True)
class Block:
    """Something to paste: where it stands, in which language, and its n-th line of that kind."""

    page: str
    part: str  # the heading above it
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.part}: {self.text.splitlines()[0][:60]}"


def blocks(page: str | None = None, language: str = "sh", part: str | None = None) -> list[Block]:
    found = []
    for name in [page] if page else PAGES:
        heading = ""
        for match in BLOCK.finditer((ROOT / "docs" / f"{name}.md").read_text()):
            if match[3]:
                heading = match[4]
            elif match[1] == language and part in (None, heading):
                found.append(Block(name, heading, language, match[2]))
    assert found, f"no {language} in {page}, {part}"
    return found


@dataclass(frozen=True)
class Said:
    """What came of a block."""

    out: str
    failed: tuple[str, ...]  # the commands that did not end well


class Terminal:
    """One terminal, from the first block to the last: bash as a person has it, reading what is
    pasted, so that a command which asks something swallows the lines after it.

    Tools that nobody has here are stood in for; the project is a folder of its own. A line that
    stops at a variable which is not set does not keep the next from running: so it is when pasted.
    """

    def __init__(
        self, folder: Path, env: Mapping[str, str] | None = None, behind: str = ""
    ) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.root = folder / "root"
        self._tools = folder / "tools"
        self._kept = folder / "terminal"
        for one in (self.project, self._tools):
            one.mkdir(parents=True)
        for entry in ROOT.iterdir():
            if entry.name not in (".git", ".venv", "infra", "build", ".azure"):
                (self.project / entry.name).symlink_to(entry)
        shutil.copytree(ROOT / "infra", self.project / "infra")
        for file in (self.project / "infra/linux").iterdir():
            file.write_text(self.here(file.read_text()))
        for place in ("etc/systemd/system", "etc/nginx/conf.d", "usr/local/sbin"):
            (self.root / place).mkdir(parents=True)
        for name in stand_in.TOOLS:
            self.stands_in(name)
        self._env = {
            "PATH": f"{self._tools}:{os.environ['PATH']}:{self.root}/usr/local/sbin:{behind}",  # noqa: TID251
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "STAND_INS": str(folder),
            "PROJECT": str(ROOT),
            "PYTHON": shlex.join(baton(clock=hour.now)),
            "OPENSSL": shutil.which("openssl") or "openssl",
            **(env or {}),
        }

    def here(self, text: str) -> str:
        """With the host's places where they are in this test."""
        for place in PLACES:
            text = re.sub(rf"(?<![\w/.]){place}", f"{self.root}{place}", text)
        return text

    def goes_on(self, before: "Terminal") -> None:
        """As if everything that *before* did had been done here."""
        for kept in ("terminal", "world"):
            shutil.copy(before.folder / kept, self.folder / kept)

    @property
    def world(self) -> stand_in.World:
        """What the stand-ins know by now."""
        return stand_in.World.read(self.folder)

    def stands_in(self, name: str) -> None:
        """From now on that tool is only asked, and does nothing."""
        script = Path(stand_in.__file__)
        path = self._tools / name
        path.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {script} {name} "$@"\n')
        path.chmod(0o755)

    async def paste(self, text: str, **more: str) -> Said:
        known = f". {self._kept}\n" if self._kept.exists() else ""
        process = await asyncio.create_subprocess_exec(
            *("bash", "--norc", "--noprofile", "--noediting", "-i"),
            cwd=self.project,
            env=self._env,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        ends = f"\ntrap - ERR\ndeclare -px | grep -vE '{OF_ITS_OWN}' > {self._kept}\nexit 0\n"
        known += "".join(f"export {name}={shlex.quote(value)}\n" for name, value in more.items())
        begins = f"PS1= PS2=\n{known}set -E; trap 'echo \"FAILED: $BASH_COMMAND\"' ERR\n"
        async with asyncio.timeout(PATIENCE):
            out, _ = await process.communicate((begins + self.here(text) + ends).encode())
        said = out.decode(errors="replace")
        failed = re.findall(r"^FAILED: (.*)$", said, re.MULTILINE)
        failed += re.findall(r"^bash: (.*)$", said, re.MULTILINE)[NO_TERMINAL:]
        return Said(said, tuple(failed))

    async def follow(self, *some: Block, **more: str) -> str:
        """Each is pasted, and every command of it ends well."""
        out = ""
        for block in some:
            said = await self.paste(block.text, **more)
            assert not said.failed, f"{block}\n{said.out}"
            out += said.out
        assert not self.world.wrong, self.world.wrong
        return out


OF_ITS_OWN = "^declare -x (PATH|HOME|PWD|OLDPWD|STAND_INS)="
NO_TERMINAL = 2  # lines in which bash says that it has none
