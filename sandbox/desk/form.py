"""A form on somebody's site, as far as a desk needs one: whoever fills it in is a prospect of
sandbox/leads.py, and its server hands the lead in over HTTP, with a token, as any other would.
"""

from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.desk.acts import Asked, AskedWronglyError
from sandbox.leads import LEADS

LONGEST = 20.0  # seconds that a form waits


class Filled(Asked):
    """What was typed; all else that the form asks is as that prospect has it. *once* is the same
    however often one form is sent.
    """

    who: int
    once: str
    company: str
    contact_name: str
    contact_email: str
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    address: str
    token: str

    async def send(self, filled: Filled) -> dict[str, Any]:
        """The status and what was answered. Raises AskedWronglyError where nobody answers."""
        if not 0 <= filled.who < len(LEADS):
            raise AskedWronglyError("There is no such prospect.")
        typed = filled.model_dump(exclude={"who", "once"})
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": filled.once}
        try:
            async with (
                ClientSession(timeout=ClientTimeout(LONGEST)) as http,
                http.post(
                    self.address, json={**asdict(LEADS[filled.who]), **typed}, headers=headers
                ) as answer,
            ):
                return {"status": answer.status, "said": await answer.json()}
        except (ClientError, TimeoutError, ValueError) as error:
            raise AskedWronglyError("Nobody answers the form.") from error


def shown() -> list[dict[str, str]]:
    """What is filled in of each prospect."""
    names = ("company", "contact_name", "contact_email", "needs")
    return [{name: getattr(one, name) for name in names} for one in LEADS]
