"""Every setting of the app, read from the environment once, at start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

LIMIT = re.compile(r"(?<!\S)([1-9]\d*)/([1-9]\d*)(?!\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Where one of Microsoft's clouds is reached."""

    login: str
    graph: str
    bot: str  # the Bot Framework's place for keys
    issuer: str


PUBLIC = Cloud(
    login="https://login.microsoftonline.com",
    graph="https://graph.microsoft.com",
    bot="https://login.botframework.com",
    issuer="https://api.botframework.com",
)
GOVERNMENT = Cloud(
    login="https://login.microsoftonline.us",
    graph="https://graph.microsoft.us",
    bot="https://login.botframework.azure.us",
    issuer="https://api.botframework.us",
)
CLOUDS: Mapping[str, Cloud] = {
    "public": PUBLIC,
    "gcc": PUBLIC,  # its tenants live in the public cloud
    "gcc-high": GOVERNMENT,
    "dod": replace(GOVERNMENT, graph="https://dod-graph.microsoft.us"),
    "china": Cloud(
        login="https://login.partner.microsoftonline.cn",
        graph="https://microsoftgraph.chinacloudapi.cn",
        bot="https://login.botframework.azure.cn",
        issuer="https://api.botframework.azure.cn",
    ),
}
"""https://learn.microsoft.com/graph/deployments
https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
https://learn.microsoft.com/azure/bot-service/how-to-deploy-gov-cloud-high
https://learn.microsoft.com/microsoftteams/platform/teams-sdk/essentials/app-configuration/sovereign-cloud
"""
OPENID = "/v1/.well-known/openidconfiguration"
SECRETS = ("DATABASE_URL", "CLIENT_SECRET")
"""Settings that may stand in a file instead, which NAME_FILE names: as Kubernetes, systemd and
Docker hand out secrets. Key Vault's come as environment or files by the platform.
"""


class BadSettingsError(Exception):
    """The app cannot start; the message names every setting that is missing or wrong."""

    def __init__(self, *problems: str) -> None:
        super().__init__("cannot start: " + "; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    database_url: str = field(repr=False)  # PostgreSQL 15 or later; may hold a password
    tenant_id: str  # the Entra tenant whose people use Baton; anyone else is refused
    client_id: str  # the Entra application that is both the bot and the caller of Graph
    managed_identity: str | None  # client id of a user-assigned identity: signs in without secrets
    client_certificate: Path | None  # PEM file with key and certificate, where there is no identity
    client_secret: str | None = field(repr=False)  # a secret, where there is no certificate either
    public_url: str  # https address at which Teams and Graph reach this app, no slash at the end
    policy_file: Path  # the rules that everyone is held to
    host: str  # the address to listen on
    port: int  # and the port
    cloud: str  # public, gcc, gcc-high, dod or china: sets the five addresses below
    login_url: str  # Microsoft Entra
    graph_url: str  # Microsoft Graph
    bot_openid_url: str  # where the Bot Framework publishes the keys that sign its requests
    bot_issuer: str  # who signs them
    bot_scope: str  # what a token for Teams is asked for with
    test_mailbox: str | None  # sign-in name of a mailbox on which doctor tries each permission
    outside_mailbox: str | None  # and of one that Exchange's scope must keep closed to Baton
    notice_mailbox: str | None  # sign-in name of who mails those Teams misses; else the qualifier
    ca_file: Path | None  # certificates to trust instead of the machine's own (a proxy's, say)
    workers: int  # jobs that one worker process runs at once
    teams_per_conversation: tuple[tuple[int, int], ...]  # so many messages in so many seconds
    teams_per_second: int  # messages of the app to its tenant
    log_format: str  # json or text
    otel_exporter_otlp_endpoint: str | None  # collector that gets traces and metrics, over HTTP
    applicationinsights_connection_string: str | None = field(repr=False)  # Azure Monitor gets them
    metrics_port: int  # where Prometheus reads the metrics; 0 for nowhere
    metrics_host: str  # and the address to listen on: open to whoever reaches it

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Self:
        """Raises BadSettingsError, naming every problem and not only the first."""
        read = _Reader(env)
        name = read.one_of("CLOUD", tuple(CLOUDS))
        cloud = CLOUDS.get(name, PUBLIC)
        settings = cls(
            database_url=read.needed("DATABASE_URL"),
            tenant_id=read.needed("TENANT_ID"),
            client_id=read.needed("CLIENT_ID"),
            managed_identity=env.get("MANAGED_IDENTITY") or None,
            client_certificate=read.certificate("CLIENT_CERTIFICATE"),
            client_secret=read.value("CLIENT_SECRET") or None,
            public_url=read.address("PUBLIC_URL", read.needed("PUBLIC_URL")),
            policy_file=Path(read.text("POLICY_FILE", "policy.toml")),
            host=read.text("HOST", "0.0.0.0"),  # noqa: S104  # containers need it; `run` says localhost
            port=read.number("PORT", 3978),
            cloud=name,
            login_url=read.address("LOGIN_URL", cloud.login),
            graph_url=read.address("GRAPH_URL", cloud.graph),
            bot_openid_url=read.address("BOT_OPENID_URL", cloud.bot + OPENID),
            bot_issuer=read.text("BOT_ISSUER", cloud.issuer),
            bot_scope=read.text("BOT_SCOPE", f"{cloud.issuer}/.default"),
            test_mailbox=env.get("TEST_MAILBOX") or None,
            outside_mailbox=env.get("OUTSIDE_MAILBOX") or None,
            notice_mailbox=env.get("NOTICE_MAILBOX") or None,
            ca_file=read.file("CA_FILE"),
            workers=read.number("WORKERS", 10),
            teams_per_conversation=read.limits("TEAMS_PER_CONVERSATION", "7/1 8/2 60/30 1800/3600"),
            teams_per_second=read.number("TEAMS_PER_SECOND", 50),
            log_format=read.one_of("LOG_FORMAT", ("json", "text")),
            otel_exporter_otlp_endpoint=env.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None,
            applicationinsights_connection_string=(
                env.get("APPLICATIONINSIGHTS_CONNECTION_STRING") or None
            ),
            metrics_port=read.number("METRICS_PORT", 0),
            metrics_host=read.text("METRICS_HOST", "127.0.0.1"),
        )
        credential = settings.managed_identity or settings.client_secret
        if not (credential or env.get("CLIENT_CERTIFICATE") or env.get("CLIENT_SECRET_FILE")):
            read.problems.append(
                "MANAGED_IDENTITY, CLIENT_CERTIFICATE (a PEM file) or CLIENT_SECRET is missing"
            )
        if read.problems:
            raise BadSettingsError(*read.problems)
        return settings


class _Reader:
    """Reads one variable after the other and remembers what is wrong with them."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.problems: list[str] = []

    def value(self, name: str) -> str:
        """What it is set to; a secret may stand in the file that NAME_FILE names."""
        file = self._env.get(f"{name}_FILE") if name in SECRETS else None
        value = self._env.get(name, "")
        if not file:
            return value
        if value:
            self.problems.append(f"{name} and {name}_FILE are both set: keep one")
            return value
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            self.problems.append(f"{name}_FILE cannot be read: {file}: {why}")
            return ""

    def needed(self, name: str) -> str:
        known = len(self.problems)
        value = self.value(name)
        if not value and len(self.problems) == known:
            self.problems.append(f"{name} is missing")
        return value

    def text(self, name: str, default: str) -> str:
        return self._env.get(name) or default

    def number(self, name: str, default: int) -> int:
        text = self._env.get(name, "")
        if text and not (text.isdecimal() and text.isascii()):
            self.problems.append(f"{name} must be a whole number, not {text!r}")
            return default
        return int(text) if text else default

    def file(self, name: str) -> Path | None:
        path = Path(self._env[name]) if self._env.get(name) else None
        if path is not None and not path.is_file():
            self.problems.append(f"{name} names no file: {path}")
        return path

    def certificate(self, name: str) -> Path | None:
        """A PEM file that holds a certificate, still good, and its key."""
        path = self.file(name)
        if path is None or not path.is_file():
            return path
        try:
            pem = path.read_bytes()
            load_pem_private_key(pem, password=None)
            until = load_pem_x509_certificate(pem).not_valid_after_utc
        except (OSError, ValueError, TypeError):
            self.problems.append(
                f"{name} must be a PEM file with a certificate and its key, unencrypted: {path}"
            )
            return path
        if until < datetime.now(UTC):
            self.problems.append(
                f"{name} has expired on {until:%Y-%m-%d}: upload a new certificate to the app "
                "registration in Entra, and put it into the file"
            )
        return path

    def address(self, name: str, default: str) -> str:
        url = (self._env.get(name) or default).rstrip("/")
        if url and not url.startswith(("https://", "http://localhost", "http://127.0.0.1")):
            self.problems.append(f"{name} must begin with https://, not {url!r}")
        return url

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        text = self._env.get(name) or choices[0]
        if text not in choices:
            self.problems.append(f"{name} must be {' or '.join(choices)}, not {text!r}")
        return text

    def limits(self, name: str, default: str) -> tuple[tuple[int, int], ...]:
        """Such as 7/1 60/30: seven in a second, sixty in thirty."""
        text = self._env.get(name) or default
        found = LIMIT.findall(text)
        if len(found) != len(text.split()):
            self.problems.append(f"{name} must be like {default!r}, not {text!r}")
        return tuple((int(most), int(seconds)) for most, seconds in found)
