"""The wire between the app and PostgreSQL, which can be cut at any statement, from the outside.

It stands below everything that speaks to the database, procrastinate too: it counts what comes
over the wire. https://www.postgresql.org/docs/current/protocol-flow.html
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg.conninfo import conninfo_to_dict, make_conninfo

PORT = "5432"
PLAIN = frozenset({80877103, 80877104})  # asks for TLS or GSS: neither is spoken here
CANCEL = 80877102
OURS = ("DEALLOCATE", "ROLLBACK")  # what the client says by itself, with nothing to lose
COPY = "COPY"  # begins in one round, and is done in the next: in between rows are sent
# A worker's own coming and going, which is a matter of processes and not of jobs.
WORKER = ("register_worker", "unregister_worker", "prune_stalled", "update_heartbeat")


class Cut(StrEnum):
    BEFORE = "cut before the statement is done"
    AFTER = "cut after it is done, before its answer"


@dataclass(frozen=True, slots=True)
class Run:
    """A job being done, or what is between two of them: who clicked, and the queue."""

    n: int = 0
    job: str = ""  # empty between two


@dataclass(frozen=True, slots=True)
class Statement:
    text: str
    within: str  # the words that began its transaction; empty outside of one
    run: "Run"  # in which it came

    @property
    def begins(self) -> bool:
        return self.text.upper().startswith("BEGIN")

    @property
    def commits(self) -> bool:
        """Whether what is written lasts once this is done."""
        if self.within:
            return self.text.upper().startswith("COMMIT") and "READ ONLY" not in self.within
        return not self.begins


@dataclass
class Wire:
    url: str  # for the app
    heard: list[Statement] = field(default_factory=list)
    on_cut: Callable[[], None] | None = None
    run: Run = Run()
    how: Cut | None = None  # it will be cut, or was
    _at: int = 0

    def listen(self) -> None:
        """Counts from one anew; nothing is cut."""
        self.heard, self.how = [], None

    def cut(self, at: int, how: Cut) -> None:
        """Counts from one anew; the connection of the statement *at* is cut."""
        self.heard, self._at, self.how = [], at, how

    @property
    def was_cut(self) -> bool:
        """Whether the statement to be cut has come."""
        return len(self.heard) >= self._at

    def _counts(self, statement: Statement) -> Cut | None:
        self.heard.append(statement)
        if self.how is None or len(self.heard) != self._at:
            return None
        return self.how


@asynccontextmanager
async def wire(url: str) -> AsyncIterator[Wire]:
    """A way to the database at *url*, on this machine, that is like the straight one until cut."""
    known = conninfo_to_dict(url)
    host, port = str(known.get("host", "")), str(known.get("port") or PORT)
    with TemporaryDirectory() as folder:
        made = Wire(make_conninfo(url, host=folder, port=PORT, sslmode="disable"))
        ends: set[asyncio.StreamWriter] = set()

        async def connect(down: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
            if not host or host.startswith("/"):
                path = Path(host or "/var/run/postgresql") / f".s.PGSQL.{port}"
                answers, up = await asyncio.open_unix_connection(str(path))
            else:
                answers, up = await asyncio.open_connection(host, int(port))
            ends.update((back, up))
            try:
                await _Connection(made, down, back, answers, up).run()
            finally:
                for end in (back, up):
                    end.transport.abort()
                ends.difference_update((back, up))

        server = await asyncio.start_unix_server(connect, str(Path(folder) / f".s.PGSQL.{PORT}"))
        try:
            yield made
        finally:
            server.close()
            for end in list(ends):
                end.transport.abort()
            await asyncio.sleep(0)


class _CutError(Exception):
    """Neither side hears of the other any more."""


class _Connection:
    def __init__(
        self,
        wire: Wire,
        down: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        up: asyncio.StreamWriter,
    ) -> None:
        self._wire = wire
        self._down, self._back = down, back
        self._answers, self._up = answers, up
        self._prepared: dict[bytes, str] = {}
        self._text = ""  # of what is about to be executed
        self._executes = False
        self._within = ""
        self._mute: asyncio.Event | None = None  # set once the statement's answer has come

    async def run(self) -> None:
        if not await self._begin():
            return
        sides = {asyncio.create_task(self._asks()), asyncio.create_task(self._is_answered())}
        _, left = await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        for side in left:
            side.cancel()
        for side in sides:
            with contextlib.suppress(
                asyncio.CancelledError, _CutError, asyncio.IncompleteReadError, ConnectionError
            ):
                await side

    async def _begin(self) -> bool:
        """The first message, which has no kind. Returns False for one that ends the connection."""
        while True:
            try:
                head = await self._down.readexactly(8)
            except (asyncio.IncompleteReadError, ConnectionError):
                return False
            length, code = struct.unpack("!II", head)
            body = await self._down.readexactly(length - 8)
            if code in PLAIN:
                self._back.write(b"N")
                continue
            self._up.write(head + body)
            if code == CANCEL:
                await self._up.drain()
                return False
            return True

    async def _asks(self) -> None:
        """What the client asks, one round at a time: a query, a sync or the last row ends it."""
        asked = b""
        while True:
            kind, message = await _message(self._down)
            asked += message
            body = message[5:]
            if kind == b"P":
                name, _, rest = body.partition(b"\0")
                self._text = self._prepared[name] = rest.partition(b"\0")[0].decode()
            elif kind == b"B":
                self._text = self._prepared.get(body.split(b"\0", 2)[1], "")
            elif kind == b"E":
                self._executes = not self._text.upper().startswith(COPY)
            elif kind == b"Q":
                self._text = body.rstrip(b"\0").decode()
                self._executes = not self._text.upper().startswith(COPY)
            elif kind == b"c":  # all rows of a COPY have come, and now it is done
                self._executes = True
            if kind in (b"Q", b"S", b"c", b"X"):
                await self._round(asked)
                asked = b""

    async def _round(self, asked: bytes) -> None:
        text, executes, self._executes = " ".join(self._text.split()), self._executes, False
        cut = None
        if executes and not text.upper().startswith(OURS) and not any(w in text for w in WORKER):
            cut = self._wire._counts(Statement(text, self._within, self._wire.run))
        if text.upper().startswith("BEGIN"):
            self._within = text.upper()
        if cut is Cut.AFTER:
            self._mute = asyncio.Event()
        if cut is not Cut.BEFORE:
            self._up.write(asked)
            await self._up.drain()
        if cut is None:
            return
        if self._mute:
            await self._mute.wait()
        if self._wire.on_cut:
            self._wire.on_cut()
        raise _CutError

    async def _is_answered(self) -> None:
        while True:
            kind, message = await _message(self._answers)
            if kind == b"Z":
                if message[5:] == b"I":
                    self._within = ""
                if self._mute:
                    self._mute.set()
            if self._mute is None:
                self._back.write(message)
                if kind == b"Z":
                    await self._back.drain()


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    length = struct.unpack("!I", head[1:])[0]
    return head[:1], head + await reader.readexactly(length - 4)
