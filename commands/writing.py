"""What a command writes into a file."""

from pathlib import Path


class NotWrittenError(Exception):
    """The file is not there, or not whole. The message says why, and what to do."""


def write(file: Path, text: str) -> None:
    """The file holds the text. Raises NotWrittenError."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotWrittenError(why(file, error)) from error


def why(file: Path, error: OSError) -> str:
    return (
        f"{error.filename or file} cannot be written by whoever runs this: {error.strerror}: name "
        "another place, or make room"
    )
