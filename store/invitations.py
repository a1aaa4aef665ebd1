"""What is posted to Outlook for a meeting, from before the first try until its answer is known."""

from uuid import UUID

from pydantic import TypeAdapter

from handoff.model import Invitation
from store.door import Tx

_INVITATION: TypeAdapter[Invitation] = TypeAdapter(Invitation)


class Invitations:
    async def frozen(self, tx: Tx, handoff: UUID, key: str, invitation: Invitation) -> Invitation:
        """*invitation*, or what was to be posted under *key* when that was first tried.

        Graph holds a transaction id to its content, so another try says the same as the first.
        """
        await tx.execute(
            "insert into invitation (key, handoff, content) values (%s, %s, %s) "
            "on conflict do nothing",
            [key, handoff, _INVITATION.dump_json(invitation).decode()],
        )
        row = await (
            await tx.execute("select content from invitation where key = %s", [key])
        ).fetchone()
        assert row
        return _INVITATION.validate_python(row[0])

    async def left_over(
        self, tx: Tx, handoff: UUID, but: str | None
    ) -> list[tuple[str, Invitation]]:
        """What was tried for a meeting that is not to be any more, with its key: all *but* the
        one that is still to be made. Outlook may have it.
        """
        found = await tx.execute(
            "select key, content from invitation where handoff = %s and key is distinct from %s",
            [handoff, but],
        )
        return [(key, _INVITATION.validate_python(content)) async for key, content in found]

    async def is_gone(self, tx: Tx, key: str) -> None:
        """What was posted under *key* is dealt with."""
        await tx.execute("delete from invitation where key = %s", [key])

    async def posted(self, tx: Tx, handoff: UUID) -> None:
        """Outlook has it, or will not: it is not needed any more."""
        await tx.execute("delete from invitation where handoff = %s", [handoff])
