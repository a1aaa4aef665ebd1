"""A Linux host as the page on it leaves it: its folders below another, and its units by hand."""

import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.admin.pages import Block, Terminal
from tests.infra.linux_host import Database, Service


@dataclass(frozen=True)
class Host:
    """The pages' ports lead to free ones, their database to another."""

    terminal: Terminal
    database: Database
    ports: Mapping[str, int]  # by the port that the page says
    more: Mapping[str, str] = field(default_factory=dict)  # settings that lead to the sandbox

    @property
    def root(self) -> Path:
        return self.terminal.root

    def prepare(self) -> None:
        for name in ("baton", "baton.env", "baton@.service", "nginx.conf"):
            file = self.terminal.project / "infra/linux" / name
            file.write_text(self.here(file.read_text()))
        settings = self.terminal.project / "infra/linux/baton.env"
        with settings.open("a") as kept:
            kept.write(f"PORT={self.ports['3978']}\n")
            kept.writelines(f"{name}={value}\n" for name, value in self.more.items())

    def here(self, text: str) -> str:
        # In one go: a free port may begin like another that is written there.
        text = re.sub(r"\b\d+\b", lambda found: str(self.ports.get(found[0], found[0])), text)
        for said in ("-g baton", "chgrp baton"):  # the user that there is
            text = text.replace(said, f"{said.split()[0]} {os.getgid()}")
        url = f"postgresql://baton@127.0.0.1:{self.database.port}/baton"
        return text.replace("postgresql:///baton?host=/run/postgresql", url)

    @property
    def env(self) -> dict[str, str]:
        """For PostgreSQL's own tools."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.database.port),
            "PGUSER": "postgres",
            "PGDATABASE": "postgres",
        }

    async def follow(self, some: Sequence[Block], **more: str) -> str:
        here = [Block(b.page, b.part, b.language, self.here(b.text)) for b in some]
        return await self.terminal.follow(*here, **self.env, **more)

    def enabled(self) -> list[str]:
        """The units that are enabled by now."""
        calls = [call[1:] for call in self.terminal.world.calls if call[0] == "systemctl"]
        return [unit for call in calls if call[:1] == ["enable"] for unit in call[2:]]

    def unit(self, name: str) -> Service:
        """As systemd reads it. https://www.freedesktop.org/software/systemd/man/systemd.unit.html"""
        instance = name.partition("@")[2]
        text = (self.root / "etc/systemd/system/baton@.service").read_text()
        found = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
        env: dict[str, str] = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        for said in re.findall(r"^EnvironmentFile=(.*)$", text, re.MULTILINE):
            file = Path(said.removeprefix("-").replace("%i", instance))
            if file.exists() or not said.startswith("-"):
                lines = (line.partition("=") for line in file.read_text().splitlines())
                env |= {
                    key: value.strip('"') for key, _, value in lines if key[:1] not in {"#", ""}
                }
        line = found["ExecStart"].replace("%i", instance).replace("%%", "%").replace("$$", "$")
        [shell, words] = re.fullmatch(r"(/bin/sh) -c '(.*)'", line).groups()  # type: ignore[union-attr]  # ours
        return Service(
            (shell, "-c", words),
            env,
            self.root / f"{name}.log",
            folder=Path(found["WorkingDirectory"]),
            answers=instance.startswith("serve"),
        )


@asynccontextmanager
async def started(host: Host) -> AsyncIterator[Mapping[str, Service]]:
    """Every unit that is enabled, stopped well in the end."""
    units = {name: host.unit(name) for name in host.enabled()}
    async with AsyncExitStack() as stack:
        for unit in units.values():
            stack.push_async_callback(unit.kill)
            await unit.start()
        yield units
        for unit in units.values():
            await unit.stop()
