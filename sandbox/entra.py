"""Microsoft Entra ID: sign-in of the one application, and of people who open a tab.

Tokens live by the machine's real time: whoever checks them does so against it, however far the
sandbox's clock was moved. Errors are Entra's own:
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from sandbox.clock import real_now
from sandbox.company import Person
from sandbox.graph.door import Json
from sandbox.key_value_store import KeyValueStore
from sandbox.keys import Key, new_key, process_key

BOT_API = "https://api.botframework.com"
GRAPH_API = "https://graph.microsoft.com"
EXCHANGE = "api://AzureADTokenExchange"
TOKEN_LIFE = timedelta(seconds=3599)
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ROLES = (
    "User.Read.All",
    "GroupMember.Read.All",
    "Calendars.ReadWrite",
    "Calendars.Read",
    "MailboxSettings.Read",
    "Mail.ReadBasic.All",
    "Mail.Send",
    "OnlineMeetings.Read.All",
    "OnlineMeetingArtifact.Read.All",
    "AppCatalog.Read.All",
    "TeamsAppInstallation.ReadWriteSelfForUser.All",
)


class SignInError(Exception):
    """Entra refuses, with its status, error and AADSTS number."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.number = number
        self.message = message

    def body(self) -> Json:
        now = real_now()
        trace, correlation = str(uuid4()), str(uuid4())
        return {
            "error": self.error,
            "error_description": f"AADSTS{self.number}: {self.message}"
            f" Trace ID: {trace} Correlation ID: {correlation}"
            f" Timestamp: {now:%Y-%m-%d %H:%M:%SZ}",
            "error_codes": [self.number],
            "timestamp": f"{now:%Y-%m-%d %H:%M:%SZ}",
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }


class RefusedTokenError(Exception):
    """A bearer token is not good for what it came with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """The application as it is registered. One per sandbox."""

    tenant: str
    domain: str
    client_id: str
    secret: str = field(repr=False)
    certificates: tuple[str, ...] = ()  # PEM, public
    roles: tuple[str, ...] = ROLES
    scopes: tuple[tuple[str, frozenset[str]], ...] = ()  # role, and ids of mailboxes it is for
    trusts: tuple[str, ...] = ()  # managed identities that may vouch for it: their object ids
    uris: tuple[str, ...] = ()  # by which it is asked for as an API
    token_version: int | None = None  # of tokens for that API; None: of the first
    exposed: tuple[str, ...] = ()  # scopes of that API
    allowed: tuple[str, ...] = ()  # programs that get them without anybody's consent


class Entra:
    def __init__(self, store: KeyValueStore, *, domain: str, keep_keys: bool) -> None:
        self._kept = store.bucket("registration", Registration)
        self._keys = store.bucket("entra key", Key)
        if "app" not in self._kept:
            self._kept["app"] = Registration(
                tenant=str(uuid4()),
                domain=domain,
                client_id=str(uuid4()),
                secret=secrets.token_urlsafe(30),
            )
        if "signing" not in self._keys:
            self._keys["signing"] = new_key() if keep_keys else process_key("entra")
        self.base = ""  # https://host:port, known when the server listens
        self._good: dict[str, dict[str, Any]] = {}

    @property
    def app(self) -> Registration:
        return self._kept["app"]

    @property
    def key(self) -> Key:
        return self._keys["signing"]

    # The application's registration

    def grant(self, *roles: str) -> None:
        """An administrator has consented to these application permissions."""
        kept = dict.fromkeys((*self.app.roles, *roles))
        self._kept["app"] = replace(self.app, roles=tuple(kept))

    def revoke(self, *roles: str) -> None:
        """Withdrawn, with effect on tokens that are out already: Exchange's own checks do not wait
        for a new token.
        """
        kept = tuple(role for role in self.app.roles if role not in roles)
        self._kept["app"] = replace(self.app, roles=kept)

    def grant_exactly(self, *roles: str) -> None:
        self._kept["app"] = replace(self.app, roles=roles)

    def scope(self, role: str, mailboxes: Iterable[str]) -> None:
        """Exchange's RBAC for Applications: the role is given for these mailboxes, whatever Entra
        says; what Entra says besides is for all. None of it shows in a token.

        https://learn.microsoft.com/exchange/permissions-exo/application-rbac
        """
        scopes = (*self.app.scopes, (role, frozenset(mailboxes)))
        self._kept["app"] = replace(self.app, scopes=scopes)

    def scoped(self, mailbox: str | None = None) -> frozenset[str]:
        """Roles given for one mailbox, or for any."""
        return frozenset(
            role for role, mailboxes in self.app.scopes if mailbox is None or mailbox in mailboxes
        )

    def trust_certificate(self, pem: str) -> None:
        """The application may sign in with this certificate, too."""
        certificates = (*self.app.certificates, pem)
        self._kept["app"] = replace(self.app, certificates=certificates)

    def trust_identity(self, object_id: str) -> None:
        """A federated credential: this managed identity may vouch for the application."""
        self._kept["app"] = replace(self.app, trusts=(*self.app.trusts, object_id))

    def expose(
        self, uri: str, scope: str, clients: Iterable[str], *, version: int | None = 2
    ) -> None:
        """It is an API too, which these programs may ask for.

        https://learn.microsoft.com/entra/identity-platform/quickstart-configure-app-expose-web-apis
        """
        self._kept["app"] = replace(
            self.app,
            uris=(uri,),
            token_version=version,
            exposed=(scope,),
            allowed=tuple(clients),
        )

    # What it publishes

    def metadata(self, tenant: str) -> Json:
        """Raises SignInError for a tenant that there is not."""
        self._check_tenant(tenant)
        at = f"{self.base}/{tenant}"
        return {
            "token_endpoint": f"{at}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
            "jwks_uri": f"{at}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{self.base}/{self.app.tenant}/v2.0",
            "authorization_endpoint": f"{at}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{at}/oauth2/v2.0/devicecode",
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "oid", "ver"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
        }

    def key_set(self) -> Json:
        return {"keys": [self.key.published(issuer=f"{self.base}/{self.app.tenant}/v2.0")]}

    # Signing in

    def sign_in(self, tenant: str, form: Mapping[str, str], basic: tuple[str, str] | None) -> Json:
        """A token for the application by its secret or its certificate. Raises SignInError."""
        self._check_tenant(tenant)
        if not form.get("grant_type"):
            raise SignInError(
                400,
                "invalid_request",
                900144,
                "The request body must contain the following parameter: 'grant_type'.",
            )
        if form["grant_type"] != "client_credentials":
            raise SignInError(
                400,
                "unsupported_grant_type",
                70003,
                f"The app requested an unsupported grant type '{form['grant_type']}'.",
            )
        self._check_application(form, basic, tenant)
        audience = self._audience(form.get("scope", ""))
        now = real_now()
        token = self.application_token(audience, at=now)
        seconds = int(TOKEN_LIFE.total_seconds())
        return {
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": token,
        }

    def application_token(
        self,
        audience: str,
        *,
        at: datetime | None = None,
        key: Key | None = None,
        **claims: object,
    ) -> str:
        """As issued to the application; claims by name go over the usual ones, for tests of
        readers.
        """
        now = at or real_now()
        usual: dict[str, object] = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{self.app.tenant}/",
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + TOKEN_LIFE).timestamp()),
            "appid": self.app.client_id,
            "appidacr": "1",
            "idp": f"https://sts.windows.net/{self.app.tenant}/",
            "idtyp": "app",
            "oid": self.app.client_id,
            "sub": self.app.client_id,
            "tid": self.app.tenant,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
        }
        if audience in self._graph_audiences():
            usual["roles"] = list(self.app.roles)
        if audience in self.app.uris and self.app.token_version == 2:
            issuer = f"{self.base}/{self.app.tenant}/v2.0"
            own = {"aud": self.app.client_id, "iss": issuer, "ver": "2.0"}
            usual |= {**own, "azp": usual.pop("appid")}
        return (key or self.key).sign({**usual, **claims})

    def tab_token(
        self,
        who: Person,
        *,
        at: datetime | None = None,
        key: Key | None = None,
        kid: str | None = None,
        **claims: object,
    ) -> str:
        """What Teams gives a tab that asks for a token of the person who looks at it.

        https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/authentication/tab-sso-overview
        Claims by name go over the usual ones, for tests of readers.
        """
        now = at or real_now()
        usual: dict[str, object] = {
            "aud": self.app.client_id,
            "iss": f"{self.base}/{self.app.tenant}/v2.0",
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + TOKEN_LIFE).timestamp()),
            "azp": "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",  # Teams on the web
            "azpacr": "0",
            "name": who.name,
            "oid": who.id,
            "preferred_username": who.upn,
            "scp": "access_as_user",
            "sub": hashlib.sha256(f"{who.id}{self.app.client_id}".encode()).hexdigest()[:43],
            "tid": self.app.tenant,
            "uti": secrets.token_urlsafe(16),
            "ver": "2.0",
        }
        return (key or self.key).sign({**usual, **claims}, kid=kid)

    # Checking what the application brings

    def graph_claims(self, token: str) -> dict[str, Any]:
        """Raises RefusedTokenError unless the token is for Graph and of this tenant."""
        return self._checked(token, self._graph_audiences())

    def bot_claims(self, token: str) -> dict[str, Any]:
        """Raises RefusedTokenError unless the token is for the Bot Connector and of this tenant's
        application.
        """
        claims = self._checked(token, (BOT_API, f"{BOT_API}/"))
        if claims.get("appid") != self.app.client_id:
            raise RefusedTokenError("the token is another application's")
        return claims

    def dataverse_claims(self, token: str) -> dict[str, Any]:
        """Raises RefusedTokenError unless the token is for the environment of Dynamics 365, which
        is at the sandbox's own address, and of this tenant's application.
        """
        claims = self._checked(token, (self.base, f"{self.base}/"))
        if claims.get("appid") != self.app.client_id:
            raise RefusedTokenError("the token is another application's")
        return claims

    def _checked(self, token: str, audiences: tuple[str, ...]) -> dict[str, Any]:
        known = self._good.get(token)
        if known is None:
            try:
                known = self.key.read(token, audiences=audiences)
            except jwt.InvalidTokenError as problem:
                raise RefusedTokenError(str(problem)) from problem
            if known.get("tid") != self.app.tenant:
                raise RefusedTokenError("the token is of another tenant")
            if len(self._good) > 1000:
                self._good.clear()
            self._good[token] = known
        if known["exp"] < real_now().timestamp() or known["aud"] not in audiences:
            raise RefusedTokenError("Lifetime or audience of the token does not fit.")
        return known

    def resources(self) -> tuple[str, ...]:
        """What a token can be asked for."""
        return GRAPH_API, BOT_API, self.base, *self.app.uris

    def _graph_audiences(self) -> tuple[str, ...]:
        # The sandbox's own address as well: who is given it as Graph's asks for its scope.
        return (GRAPH_API, f"{GRAPH_API}/", self.base, f"{self.base}/")

    def _check_tenant(self, tenant: str) -> None:
        if tenant.lower() not in (self.app.tenant, self.app.domain):
            raise SignInError(
                400,
                "invalid_tenant",
                90002,
                f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID"
                " and are signing into the correct cloud.",
            )

    def _check_application(
        self, form: Mapping[str, str], basic: tuple[str, str] | None, tenant: str
    ) -> None:
        client = basic[0] if basic else form.get("client_id", "")
        if client.lower() != self.app.client_id:
            raise SignInError(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{client}' was not found in the directory"
                f" '{self.app.domain}'.",
            )
        if form.get("client_assertion"):
            if not self._vouched_for(form["client_assertion"]):
                self._check_assertion(form, tenant)
            return
        secret = basic[1] if basic else form.get("client_secret")
        if not secret:
            raise SignInError(
                401,
                "invalid_client",
                7000216,
                "'client_assertion', 'client_secret' or 'request' is required for the"
                " 'client_credentials' grant type.",
            )
        if not hmac.compare_digest(secret.encode(), self.app.secret.encode()):
            raise SignInError(
                401,
                "invalid_client",
                7000215,
                "Invalid client secret provided. Ensure the secret being sent in the request is"
                " the client secret value, not the client secret ID, for a secret added to app"
                f" '{self.app.client_id}'.",
            )

    def _vouched_for(self, token: str) -> bool:
        """Whether it is the word of a managed identity. Raises SignInError when that is not
        trusted.

        https://learn.microsoft.com/entra/workload-id/workload-identity-federation
        """
        try:
            claims = self.key.read(token, audiences=(EXCHANGE,))
        except jwt.InvalidTokenError:
            return False
        if claims["sub"] not in self.app.trusts:
            raise SignInError(
                401,
                "invalid_client",
                700213,
                "No matching federated identity record found for presented assertion subject"
                f" '{claims['sub']}'.",
            )
        return True

    def _check_assertion(self, form: Mapping[str, str], tenant: str) -> None:
        """https://learn.microsoft.com/entra/identity-platform/certificate-credentials"""
        token = form["client_assertion"]
        wrong = SignInError(
            401,
            "invalid_client",
            700027,
            "The certificate with identifier used to sign the client assertion is not registered"
            " on application, or the assertion is not valid.",
        )
        if form.get("client_assertion_type") != ASSERTION:
            raise wrong
        try:
            headers = jwt.get_unverified_header(token)
            certificate = self._registered(headers)
            if certificate.not_valid_after_utc < real_now():
                raise _expired(certificate)
            public = certificate.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            jwt.decode(
                token,
                public,
                algorithms=["RS256", "PS256"],
                audience=[
                    f"{self.base}/{tenant}/oauth2/v2.0/token",
                    f"{self.base}/{self.app.tenant}/oauth2/v2.0/token",
                    f"{self.base}/{self.app.tenant}/v2.0",
                ],
                issuer=self.app.client_id,
                subject=self.app.client_id,
                options={"require": ["exp", "aud", "iss", "sub", "jti"]},
            )
        except (jwt.InvalidTokenError, LookupError) as problem:
            raise wrong from problem
        if certificate.not_valid_after_utc < real_now():
            raise SignInError(
                401,
                "invalid_client",
                700027,
                "The certificate with identifier used to sign the client assertion is expired on"
                " application. [Reason - The key used is expired.]",
            )

    def _registered(self, headers: Mapping[str, Any]) -> x509.Certificate:
        """The registered certificate whose thumbprint the assertion names. Raises LookupError."""
        for pem in self.app.certificates:
            certificate = x509.load_pem_x509_certificate(pem.encode())
            for name, algorithm in (("x5t#S256", hashes.SHA256()), ("x5t", hashes.SHA1())):  # noqa: S303
                print_ = base64.urlsafe_b64encode(certificate.fingerprint(algorithm))
                if headers.get(name, "").rstrip("=") == print_.decode().rstrip("="):
                    return certificate
        raise LookupError("no such certificate")

    def _audience(self, scope: str) -> str:
        if not scope:
            raise SignInError(
                400,
                "invalid_request",
                900144,
                "The request body must contain the following parameter: 'scope'.",
            )
        resource, ending, rest = scope.rpartition("/.default")
        if not ending or rest or " " in scope:
            raise SignInError(
                400,
                "invalid_scope",
                1002012,
                f"The provided value for scope {scope} is not valid. Client credential flows must"
                " have a scope value with /.default suffixed to the resource identifier"
                " (application ID URI).",
            )
        if resource.rstrip("/") not in self.resources():
            raise SignInError(
                400,
                "invalid_resource",
                500011,
                f"The resource principal named {resource} was not found in the tenant named"
                f" {self.app.domain}.",
            )
        return resource.rstrip("/")


def _expired(certificate: x509.Certificate) -> SignInError:
    return SignInError(
        401,
        "invalid_client",
        1000502,
        "The provided certificate is not within its specified validity window."
        f" Start={certificate.not_valid_before_utc}, End={certificate.not_valid_after_utc}.",
    )
