"""The managed identities of the machine that asks: where Azure hands out their tokens, in both of
its ways.

https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
(Container Apps and App Service) and
https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
(virtual machines).
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from sandbox.clock import real_now
from sandbox.entra import EXCHANGE, TOKEN_LIFE, Entra
from sandbox.graph.door import Json

CONTAINER = "/msi/token"
MACHINE = "/metadata/identity/oauth2/token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    client_id: str
    object_id: str


class Identities:
    def __init__(self, entra: Entra) -> None:
        self._entra = entra
        self._assigned: dict[str, Identity] = {}
        self.header = secrets.token_urlsafe(20)  # what only the container itself knows

    def assign(self, client_id: str | None = None) -> Identity:
        """A user-assigned identity that the machine has from now on; by the application's own id
        it is the application.
        """
        made = Identity(client_id=client_id or str(uuid4()), object_id=str(uuid4()))
        self._assigned[made.client_id] = made
        return made

    def env(self) -> dict[str, str]:
        """As Container Apps tells a process that has identities."""
        return {"IDENTITY_ENDPOINT": self._entra.base + CONTAINER, "IDENTITY_HEADER": self.header}

    def answer(
        self, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, Json]:
        """To whoever asks for a token, by what proves that they are on the machine."""
        inside = (
            hmac.compare_digest(headers.get("X-IDENTITY-HEADER", ""), self.header)
            if path == CONTAINER
            else headers.get("Metadata", "").lower() == "true"
        )
        if not inside:
            return 401, _refused(path, "unauthorized_client", "The request is not from inside.")
        identity = self._assigned.get(query.get("client_id", ""))
        if identity is None:
            return 400, _refused(path, "invalid_request", "Identity not found")
        resource = query.get("resource", "").rstrip("/")
        if resource not in (EXCHANGE, *self._entra.resources()):
            return 400, _refused(path, "invalid_resource", f"Resource not found: {resource}")
        now = real_now()
        until = int((now + TOKEN_LIFE).timestamp())
        token = self._entra.application_token(
            resource,
            at=now,
            appid=identity.client_id,
            oid=identity.object_id,
            sub=identity.object_id,
        )
        return 200, {
            "access_token": token,
            "client_id": identity.client_id,
            "expires_on": str(until),
            "expires_in": str(int(TOKEN_LIFE.total_seconds())),
            "resource": resource,
            "token_type": "Bearer",
        }


def _refused(path: str, error: str, words: str) -> Json:
    if path == CONTAINER:
        return {"statusCode": 400, "message": words, "correlationId": str(uuid4())}
    return {"error": error, "error_description": words}
