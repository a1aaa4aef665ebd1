"""What a command writes into a file."""

import os
from collections.abc import Callable
from pathlib import Path


class NotWrittenError(Exception):
    """The file is not there, or not whole. The message says why, and what to do."""


def write(file: Path, text: str, *, private: bool = False) -> None:
    """The file holds the text; a *private* one is readable by its owner alone, also where it was
    there before. Raises NotWrittenError.
    """
    try:
        with open(file, "r+" if private else "w", encoding="utf-8", opener=_made(private)) as out:
            if private:
                os.fchmod(out.fileno(), 0o600)
                out.truncate()
            out.write(text)
    except OSError as error:
        raise NotWrittenError(why(file, error)) from error


def why(file: Path, error: OSError) -> str:
    return (
        f"{error.filename or file} cannot be written by whoever runs this: {error.strerror}: name "
        "another place, or make room"
    )


def _made(private: bool) -> Callable[[str, int], int]:
    """A private file is never anybody else's to read, not even while it is empty."""
    return lambda name, flags: os.open(name, flags | os.O_CREAT, 0o600 if private else 0o666)
