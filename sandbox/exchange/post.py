"""Every piece of post that anybody was sent: invitations, updates, cancellations, answers and
mails.

Tests ask here how often a prospect was written to, and the desk shows what the world outside has
received.
"""

from dataclasses import replace
from uuid import uuid4

from sandbox.exchange.model import Letter
from sandbox.key_value_store import KeyValueStore


class Post:
    def __init__(self, store: KeyValueStore) -> None:
        self._letters = store.bucket("letter", Letter)

    def send(self, letter: Letter) -> Letter:
        letter = replace(letter, id=uuid4().hex, to=letter.to.lower())
        self._letters[letter.id] = letter
        return letter

    def letters(self, to: str | None = None) -> list[Letter]:
        """All of them, or those to one address, oldest first."""
        return [one for one in self._letters.values() if to is None or one.to == to.lower()]

    def clear(self) -> None:
        self._letters.clear()
