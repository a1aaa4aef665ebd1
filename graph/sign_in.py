"""Tokens for the app itself, from Microsoft Entra. The sole home of msal.

By a managed identity where there is one, else by a certificate, else by a secret. An identity is
either the app itself (a bot of the type UserAssignedMSI) or vouches for the app registration,
which trusts it by a federated credential; that is so when its id is another than the app's.
https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity

msal does network I/O where it stands, so it runs in a thread, one call at a time; a token is
kept until shortly before it expires.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import requests
from msal import (
    ConfidentialClientApplication,
    ManagedIdentityClient,
    UserAssignedManagedIdentity,
)
from msal.exceptions import MsalServiceError

from graph.errors import BusyError, SignInError

TIMEOUT = 10  # seconds
MARGIN = 300  # seconds before its end that a token is no longer used
UNKNOWN_TENANT = "Entra does not know the tenant"
NOT_ASSIGNED = "is not assigned to what Baton runs on"
NO_IDENTITY = "no managed identity can be asked for"
TEMPORARY = frozenset({"temporarily_unavailable", "server_error", "request_timeout"})
CURES: Mapping[int, str] = {
    90002: "TENANT_ID is no tenant of this cloud",
    700016: "CLIENT_ID is no application of the tenant: is it another tenant's?",
    700027: "the certificate is not, or no longer, the app registration's: upload the one in "
    "CLIENT_CERTIFICATE",
    1000502: "the certificate has expired: upload a new one, and put it into CLIENT_CERTIFICATE",
    7000222: "the secret has expired: make a new one in the app registration",
    7000215: "CLIENT_SECRET is wrong: it is the secret's value that is wanted, not its id",
    700213: "the app registration does not trust the managed identity: add a federated credential",
    70021: "the app registration does not trust the managed identity: add a federated credential",
}
"""What to do, by Entra's own number.
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""
EXCHANGE = "api://AzureADTokenExchange"
EXCHANGES = {
    "https://login.microsoftonline.us": f"{EXCHANGE}USGov",
    "https://login.partner.microsoftonline.cn": f"{EXCHANGE}China",
}
"""For whom an identity vouches, in clouds that are not the public one."""


class SignIn:
    """One Entra application in one tenant."""

    def __init__(
        self,
        *,
        login_url: str,
        tenant: str,
        client_id: str,
        identity: str | None,
        certificate: Path | None,
        secret: str | None,
        ca_file: Path | None,
    ) -> None:
        self._authority = f"{login_url}/{tenant}"
        self._client_id = client_id
        self._identity = identity
        self._certificate = certificate
        self._secret = secret
        self._exchange = EXCHANGES.get(login_url, EXCHANGE)
        self._http = _Http(str(ca_file) if ca_file else None)
        self._machine: ManagedIdentityClient | None = None
        self._app: ConfidentialClientApplication | None = None
        self._tokens: dict[str, tuple[str, float]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._asking: dict[str, asyncio.Task[str]] = {}

    async def token(self, scope: str) -> str:
        """A token for *scope*, such as https://graph.microsoft.com/.default.

        Entra is asked once for all who wait for the same, and they hear the same.
        Raises BusyError when Entra cannot be reached, SignInError when it refuses the app.
        """
        if (known := self._fresh(scope)) is not None:
            return known
        asking = self._asking.get(scope)
        if asking is None:
            asking = self._asking[scope] = asyncio.create_task(self._renew(scope))
            asking.add_done_callback(lambda _: self._asking.pop(scope, None))
        return await asyncio.shield(asking)

    async def _renew(self, scope: str) -> str:
        async with self._one_at_a_time:
            token, seconds = await asyncio.to_thread(self._ask, scope)
        self._tokens[scope] = token, monotonic() + seconds - min(MARGIN, seconds / 2)
        return token

    def forget(self, scope: str) -> None:
        """The token was refused: ask for another next time."""
        self._tokens.pop(scope, None)
        self._app = self._machine = None  # msal would hand the same token out again

    def _fresh(self, scope: str) -> str | None:
        token, until = self._tokens.get(scope, ("", 0.0))
        return token if monotonic() < until else None

    def _ask(self, scope: str) -> tuple[str, float]:
        if self._identity == self._client_id:
            answer = self._vouched(scope.removesuffix("/.default"))
        else:
            answer = self._asked(scope)
        if "access_token" in answer:
            return str(answer["access_token"]), float(answer.get("expires_in", 0))
        if answer.get("error") in TEMPORARY:
            raise BusyError("Entra is busy")
        self._app = None  # a new certificate may stand in the file by now
        raise SignInError(_refusal(answer))

    def _asked(self, scope: str) -> Mapping[str, Any]:
        """Entra's answer to the app registration."""
        try:
            answer: Mapping[str, Any] = self._application().acquire_token_for_client([scope])
        except requests.RequestException as error:
            raise BusyError("Entra cannot be reached") from error
        except MsalServiceError as error:  # what Entra publishes about the tenant, at first use
            raise BusyError(f"Entra is busy: {error}") from error
        except OSError as error:
            raise SignInError(f"CLIENT_CERTIFICATE cannot be read: {error.strerror}") from error
        except ValueError as error:  # msal: the tenant's metadata could not be read
            raise SignInError(f"{UNKNOWN_TENANT} in {self._authority}") from error
        return answer

    def _vouched(self, resource: str) -> Mapping[str, Any]:
        """What the machine's managed identity is given for *resource*."""
        if self._machine is None:
            self._machine = ManagedIdentityClient(
                UserAssignedManagedIdentity(client_id=self._identity), http_client=self._http
            )
        try:
            answer: Mapping[str, Any] = self._machine.acquire_token_for_client(resource=resource)
        except requests.RequestException as error:
            raise BusyError(
                f"{NO_IDENTITY}: MANAGED_IDENTITY works in Azure only, where the identity is "
                "assigned to what Baton runs on"
            ) from error
        except ValueError as error:
            raise BusyError("the managed identity's answer cannot be read") from error
        return answer

    def _assertion(self) -> str:
        """The managed identity's word for the app registration."""
        answer = self._vouched(self._exchange)
        if "access_token" not in answer:
            raise SignInError(
                f"the managed identity {self._identity} {NOT_ASSIGNED}: {_refusal(answer)}"
            )
        return str(answer["access_token"])

    def _application(self) -> ConfidentialClientApplication:
        if self._app is None:
            self._app = ConfidentialClientApplication(
                self._client_id,
                authority=self._authority,
                client_credential=self._credential(),
                # The authority comes from our settings; asking Microsoft's public cloud
                # whether it is one of its own would fail in every other cloud.
                instance_discovery=False,
                http_client=self._http,
            )
        return self._app

    def _credential(self) -> Any:
        if self._identity:
            return {"client_assertion": self._assertion}
        if self._certificate:
            pem = self._certificate.read_text(encoding="ascii")
            return {"private_key": pem, "public_certificate": pem}
        return self._secret


def _refusal(answer: Mapping[str, Any]) -> str:
    """Entra's words without what is only for Entra, and what to do about it where that is known."""
    words = str(answer.get("error_description", answer.get("error"))).partition("\r\n")[0]
    cures = [CURES[number] for number in answer.get("error_codes", ()) if number in CURES]
    return ". ".join([words.partition(" Trace ID")[0].rstrip("."), *cures])


class _Http:
    """What msal asks over. Says for each request what to trust: requests lets the environment
    overrule what is only said of a session.
    """

    def __init__(self, ca_file: str | None) -> None:
        self._session = requests.Session()
        self._trust: str | bool = ca_file or True

    def get(self, url: str, **more: Any) -> requests.Response:
        return self._session.get(url, timeout=TIMEOUT, verify=self._trust, **more)

    def post(self, url: str, **more: Any) -> requests.Response:
        return self._session.post(url, timeout=TIMEOUT, verify=self._trust, **more)

    def close(self) -> None:
        self._session.close()
