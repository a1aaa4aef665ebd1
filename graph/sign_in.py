"""Tokens for the app itself, from Microsoft Entra. The sole home of msal.

msal does network I/O where it stands, so it runs in a thread, one call at a time; a token is
kept until shortly before it expires.
"""

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any

import requests
from msal import ConfidentialClientApplication
from msal.exceptions import MsalServiceError

from graph.errors import BusyError, SignInError

TIMEOUT = 10  # seconds
MARGIN = 300  # seconds before its end that a token is no longer used
UNKNOWN_TENANT = "Entra does not know the tenant"
TEMPORARY = frozenset({"temporarily_unavailable", "server_error", "request_timeout"})


class SignIn:
    """One Entra application in one tenant."""

    def __init__(  # all by name
        self,
        *,
        login_url: str,
        tenant: str,
        client_id: str,
        secret: str | None,
        certificate: Path | None,
        ca_file: Path | None,
    ) -> None:
        self._authority = f"{login_url}/{tenant}"
        self._client_id = client_id
        self._secret = secret
        self._certificate = certificate
        self._ca_file = ca_file
        self._app: ConfidentialClientApplication | None = None
        self._tokens: dict[str, tuple[str, float]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def token(self, scope: str) -> str:
        """A token for *scope*, such as https://graph.microsoft.com/.default.

        Raises BusyError when Entra cannot be reached, SignInError when it refuses the app.
        """
        if (known := self._fresh(scope)) is not None:
            return known
        async with self._one_at_a_time:
            if (known := self._fresh(scope)) is not None:
                return known
            token, seconds = await asyncio.to_thread(self._ask, scope)
            self._tokens[scope] = token, monotonic() + seconds - min(MARGIN, seconds / 2)
            return token

    def forget(self, scope: str) -> None:
        """The token was refused: ask for another next time."""
        self._tokens.pop(scope, None)
        self._app = None  # msal would hand the same token out again

    def _fresh(self, scope: str) -> str | None:
        token, until = self._tokens.get(scope, ("", 0.0))
        return token if monotonic() < until else None

    def _ask(self, scope: str) -> tuple[str, float]:
        try:
            answer = self._application().acquire_token_for_client([scope])
        except requests.RequestException as error:
            raise BusyError("Entra cannot be reached") from error
        except MsalServiceError as error:  # what Entra publishes about the tenant, at first use
            raise BusyError(f"Entra is busy: {error}") from error
        except ValueError as error:  # msal: the tenant's metadata could not be read
            raise SignInError(f"{UNKNOWN_TENANT} in {self._authority}") from error
        if "access_token" in answer:
            return str(answer["access_token"]), float(answer.get("expires_in", 0))
        if answer.get("error") in TEMPORARY:
            raise BusyError("Entra is busy")
        words = str(answer.get("error_description", answer.get("error"))).partition("\r\n")[0]
        raise SignInError(words.partition(" Trace ID")[0])

    def _application(self) -> ConfidentialClientApplication:
        if self._app is None:
            self._app = ConfidentialClientApplication(
                self._client_id,
                authority=self._authority,
                client_credential=self._credential(),
                # The authority comes from our settings; asking Microsoft's public cloud
                # whether it is one of its own would fail in every other cloud.
                instance_discovery=False,
                http_client=_Http(str(self._ca_file) if self._ca_file else None),
            )
        return self._app

    def _credential(self) -> Any:
        if self._certificate:
            pem = self._certificate.read_text(encoding="ascii")
            return {"private_key": pem, "public_certificate": pem}
        return self._secret


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
