"""Commands that begin in a moment: the code of `python app.py` is read once, by a process from
which each command is then forked.

A command so begun is a process of its own, with its own environment, folder, output, clock and
end, and does all that app.main does. Only the reading of the code is spared, a second and a half of
it. `serve` reads and forks, and ends when whoever began it does. `ask` is what is started in the
place of `python app.py`: it hands over what it was started with, passes on the signals that it
gets, and ends as the command ends. If it is killed, so is the command.

python -I -S tests/warm.py ask NAME FOLDER WHEN command …, where NAME is that of a socket of Linux'
abstract ones, without the nought that they begin with.
"""

import marshal  # built in, and the other side is this very Python
import os
import signal
import socket
import sys

PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LENGTH = 8  # bytes of a number that goes over the line
CODE = ("tests.at", "app", "commands.entry", "commands.diagnosing", "commands.packing", "trial")


def ask(name: str, *words: str) -> None:
    """The command runs, and this process ends as it did."""
    line = socket.socket(socket.AF_UNIX)
    line.connect(f"\0{name}")
    umask = os.umask(0)
    os.umask(umask)
    asked = marshal.dumps((os.getcwd(), umask, dict(os.environ), words))  # noqa: PTH109, TID251
    socket.send_fds(line, [len(asked).to_bytes(LENGTH, "big")], [0, 1, 2])
    line.sendall(asked)
    pid = _number(line)
    for one in PASSED_ON:
        signal.signal(one, lambda number, _frame: os.kill(pid, number))
    status = _number(line)
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) in PASSED_ON:
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status))


def _number(line: socket.socket) -> int:
    return int.from_bytes(_all(line, LENGTH), "big")


def _all(line: socket.socket, size: int) -> bytes:
    said = b""
    while len(said) < size:
        more = line.recv(size - len(said))
        if not more:
            sys.exit("the process from which commands are forked is gone")
        said += more
    return said


def serve(listening: str, folder: str) -> int:
    """Forks what is asked for, until standard input ends. In what was forked: its exit status."""
    import gc  # noqa: PLC0415  # `ask` is started often, and imports no more than it needs
    import importlib  # noqa: PLC0415
    import selectors  # noqa: PLC0415
    import warnings  # noqa: PLC0415

    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")  # as app.py does before it reads the trial
    sys.path[0] = folder
    for name in CODE:
        importlib.import_module(name)
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # those it is for get it themselves
    door = socket.socket(fileno=int(listening))
    waiting = selectors.DefaultSelector()
    waiting.register(door, selectors.EVENT_READ)
    waiting.register(0, selectors.EVENT_READ)
    running: dict[int, socket.socket] = {}  # who asked, by the id of the process
    while True:
        for key, _ in waiting.select():
            if key.fileobj == 0:
                return 0
            if key.fileobj is door:
                line, given, asked = _asked(door)
                pid = os.fork()
                if not pid:
                    waiting.close()
                    for mine in (door, line, *running.values()):
                        mine.close()
                    return _become(given, asked)
                _say(line, pid)
                _close(given)
                running[pid] = line
                waiting.register(line, selectors.EVENT_READ, pid)
                waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
            elif isinstance(key.fileobj, int):
                waiting.unregister(key.fileobj)
                _close([key.fileobj])
                with running.pop(key.data) as line:
                    waiting.unregister(line)
                    _say(line, os.waitpid(key.data, 0)[1])
            elif key.data in running:  # nothing is said on it, so whoever asked is gone
                os.kill(key.data, signal.SIGKILL)


def _asked(door: socket.socket) -> tuple[socket.socket, list[int], bytes]:
    line, _ = door.accept()
    size, given, _, _ = socket.recv_fds(line, LENGTH, 3)
    return line, given, _all(line, int.from_bytes(size, "big"))


def _close(given: list[int]) -> None:
    for one in given:
        os.close(one)


def _say(line: socket.socket, number: int) -> None:
    from contextlib import suppress  # noqa: PLC0415

    with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked may have been killed
        line.sendall(number.to_bytes(LENGTH, "big"))


def _become(given: list[int], asked: bytes) -> int:
    """What was asked for is done here, as if it had been started so."""
    from tests.at import main  # noqa: PLC0415

    for place, one in enumerate(given):
        os.dup2(one, place)
        os.close(one)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder, umask, env, words = marshal.loads(asked)
    os.chdir(folder)
    os.umask(umask)
    os.environ.clear()  # noqa: TID251
    os.environ.update(env)  # noqa: TID251
    return main(*words)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", listening, folder]:
            sys.exit(serve(listening, folder))
        case ["ask", *words]:
            ask(*words)
