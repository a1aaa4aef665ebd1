"""Every setting of the app, read from the environment once, at start."""

import re
import ssl
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
)

LIMIT = re.compile(r"(?<!\S)([1-9]\d{0,5})/([1-9]\d{0,5})(?!\S)", re.ASCII)
MOST_LIMITS = 10
SHOWN = 200  # characters of what is wrong; whoever set it knows the rest
PACE = ((7, 1), (8, 2), (60, 30), (1800, 3600))


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
HERE = frozenset((("http", "localhost"), ("http", "127.0.0.1")))  # in a trial
OPENID = "/v1/.well-known/openidconfiguration"
SECRETS = ("DATABASE_URL", "CLIENT_SECRET", "CRM_TOKEN", "CRM_WEBHOOK_SECRET")
"""Settings that may stand in a file instead, which NAME_FILE names: as Kubernetes, systemd and
Docker hand out secrets. Key Vault's come as environment or files by the platform.
"""
CRMS: Mapping[str, str] = {"hubspot": "https://api.hubapi.com"}
"""Each CRM that answers everybody at one address.

https://developers.hubspot.com/docs/api-reference/latest/overview
"""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "hubspot": ("crm_token",),
    "salesforce": ("crm_url", "crm_client_id", "crm_token"),
    "dataverse": ("crm_url",),  # signed in to as the app registration that Baton is
}
CREDENTIALS = frozenset(("managed_identity", "client_certificate", "client_secret"))


class BadSettingsError(Exception):
    """The app cannot start; the message names every setting that is missing or wrong."""

    def __init__(self, *problems: str) -> None:
        super().__init__("cannot start: " + "; ".join(problems))
        self.problems = problems


Limits = tuple[tuple[int, int], ...]


def written(limits: Limits) -> str:
    """As a setting says it: 7/1 60/30, which is seven in a second, sixty in thirty."""
    return " ".join(f"{most}/{seconds}" for most, seconds in limits)


def _id(value: str) -> str:
    """An id of Entra. By a tenant's name Baton would sign in, and refuse everyone: tokens bear the
    id. https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
    """
    if not re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", value):
        raise ValueError(
            f"must be an id like 00000000-0000-0000-0000-000000000000, not {value!r}: it stands on "
            "the Overview of the app registration"
        )
    return value


def _number(value: Any) -> Any:
    """A number as people write it: no sign, no point, no digit of another script."""
    if isinstance(value, str) and not (value.isdecimal() and value.isascii()):
        raise ValueError(f"must be a whole number, not {value!r}")
    return value


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"must be an address, not {url!r}") from error
    if parts.scheme != "https" and (parts.scheme, parts.hostname) not in HERE:
        raise ValueError(f"must begin with https://, not {url!r}")
    odd = parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", url)
    if not parts.hostname or odd:
        raise ValueError(f"must be an address without spaces, @, ? and #, not {url!r}")
    return url.rstrip("/")


def _file(path: Path) -> Path:
    try:
        there = path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        there = False
    if not there:
        raise ValueError(f"names no file: {str(path)[:200]}")
    return path


def _authorities(path: Path) -> Path:
    """A PEM file of certificates to trust."""
    try:
        ssl.create_default_context(cafile=str(path))
    except ssl.SSLError as error:
        raise ValueError(f"must be a PEM file of certificates: {path}") from error
    except OSError as error:
        raise ValueError(
            f"cannot be read by whoever runs this: {path}: {error.strerror}"
        ) from error
    return path


def _limits(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = LIMIT.findall(value)
    if len(found) != len(value.split()) or len(found) > MOST_LIMITS:
        raise ValueError(f"must be like {written(PACE)!r}, not {value!r}")
    return tuple((int(most), int(seconds)) for most, seconds in found)


def _certificate(path: Path) -> Path:
    """A PEM file that holds a certificate, still good, and its key."""
    try:
        pem = path.read_bytes()
        load_pem_private_key(pem, password=None)
        until = load_pem_x509_certificate(pem).not_valid_after_utc
    except OSError as error:
        raise ValueError(
            f"cannot be read by whoever runs this: {path}: {error.strerror}"
        ) from error
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"must be a PEM file with a certificate and its key, unencrypted: {path}"
        ) from error
    if until < datetime.now(UTC):  # noqa: TID251  # as Entra will see it
        raise ValueError(
            f"has expired on {until:%Y-%m-%d}: upload a new certificate to the app "
            "registration in Entra, and put it into the file"
        )
    return path


def _exported(connection: str) -> str:
    """Azure Monitor's exporter is a beta, so it is installed only where it is wanted."""
    try:
        found = find_spec("azure.monitor.opentelemetry.exporter")
    except ModuleNotFoundError:  # of a package above it
        found = None
    if found is None:
        raise ValueError(
            "needs what requirements/azure.txt installs; an image has it when it is built with "
            '--build-arg "LISTS=run.txt azure.txt"'
        )
    if not re.search(r"(?i)(^|;)\s*instrumentationkey=[0-9a-f-]{36}\s*(;|$)", connection):
        raise ValueError(
            "must be the connection string of an Application Insights resource, with its "
            "InstrumentationKey"
        )
    return connection


def _collector(url: str) -> str:
    """An address within, which may well be without TLS."""
    odd = ValueError(f"must be an address such as http://collector:4318, not {url!r}")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise odd from error
    if not re.fullmatch(r"https?://[^\s/?#]+(/\S*)?", url) or not parts.hostname:
        raise odd
    return url


Id = Annotated[str, AfterValidator(_id)]
Count = Annotated[PositiveInt, BeforeValidator(_number)]
Port = Annotated[NonNegativeInt, Field(le=65_535), BeforeValidator(_number)]
Address = Annotated[str, AfterValidator(_address)]
File = Annotated[Path, AfterValidator(_file)]
WORDS: Mapping[str, str] = {  # what pydantic finds, as it is said here
    "missing": "is missing",
    "literal_error": "must be {expected}, not {input!r}",
    "greater_than": "must be more than {gt}, not {input}",
    "less_than_equal": "must be {le} at most, not {input}",
    "int_parsing_size": "is larger than any number here: {input}",
    "value_error": "{error}",
}


class Settings(BaseModel):
    """All of them, each as it is used. What is set to nothing is as good as not set."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    database_url: str = Field(repr=False, description="PostgreSQL 15 or later; may hold a password")
    tenant_id: Id = Field(
        description="the Entra tenant whose people use Baton; anyone else is refused"
    )
    client_id: Id = Field(
        description="the Entra application that is both the bot and the caller of Graph"
    )
    managed_identity: str | None = Field(
        None, description="client id of a user-assigned identity: signs in without secrets"
    )
    client_certificate: Annotated[File, AfterValidator(_certificate)] | None = Field(
        None, description="PEM file with key and certificate, where there is no identity"
    )
    client_secret: str | None = Field(
        None, repr=False, description="a secret, where there is no certificate either"
    )
    public_url: Address = Field(
        description="https address at which Teams and Graph reach this app, no slash at the end"
    )
    policy_file: Path = Field(Path("policy.toml"), description="the rules that everyone is held to")
    host: str = Field(  # containers need it; `run` says localhost
        "0.0.0.0",  # noqa: S104
        description="the address to listen on",
    )
    port: Port = Field(3978, description="and the port")
    cloud: Literal["public", "gcc", "gcc-high", "dod", "china"] = Field(
        "public", description="public, gcc, gcc-high, dod or china: sets the five addresses below"
    )
    login_url: Address = Field(description="Microsoft Entra")
    graph_url: Address = Field(description="Microsoft Graph")
    bot_openid_url: Address = Field(
        description="where the Bot Framework publishes the keys that sign its requests"
    )
    bot_issuer: str = Field(description="who signs them")
    bot_scope: str = Field(description="what a token for Teams is asked for with")
    test_mailbox: str | None = Field(
        None, description="sign-in name of a mailbox on which doctor tries each permission"
    )
    outside_mailbox: str | None = Field(
        None, description="and of one that Exchange's scope must keep closed to Baton"
    )
    notice_mailbox: str | None = Field(
        None, description="sign-in name of who mails those Teams misses; else the qualifier"
    )
    ca_file: Annotated[File, AfterValidator(_authorities)] | None = Field(
        None, description="certificates to trust instead of the machine's own (a proxy's, say)"
    )
    workers: Count = Field(
        10,
        le=500,
        description="jobs for Teams, and as many for Outlook, that one worker process runs at once",
    )
    teams_per_conversation: Annotated[Limits, BeforeValidator(_limits)] = Field(
        PACE, description="so many messages in so many seconds"
    )
    teams_per_second: Count = Field(
        40,
        le=1_000,
        description="messages of the app to its tenant; Teams takes 50, and what is sent evenly "
        "does not arrive so",
    )
    log_format: Literal["json", "text"] = Field("json", description="json or text")
    otel_exporter_otlp_endpoint: Annotated[str, AfterValidator(_collector)] | None = Field(
        None, description="collector that gets traces and metrics, over HTTP"
    )
    applicationinsights_connection_string: Annotated[str, AfterValidator(_exported)] | None = Field(
        None, repr=False, description="Azure Monitor gets them"
    )
    metrics_port: Port = Field(0, description="where Prometheus reads the metrics; 0 for nowhere")
    teams_app_id: Id | None = Field(
        None, description="the app's id in Teams' catalogue: with it, cards lead to the tab"
    )
    crm: Literal["hubspot", "salesforce", "dataverse"] | None = Field(
        None,
        description="hubspot, salesforce or dataverse (which is Dynamics 365): the CRM that is to "
        "know of handoffs; see docs/crm.md",
    )
    crm_token: str | None = Field(
        None,
        repr=False,
        description="what Baton signs in there with: HubSpot's service key, or the consumer secret "
        "of the app in Salesforce; Dynamics 365 has none",
    )
    crm_client_id: str | None = Field(
        None, description="the consumer key of the app in Salesforce; the others have none"
    )
    crm_webhook_secret: str | None = Field(
        None,
        repr=False,
        description="the client secret of the app in HubSpot that tells of contacts which are "
        "deleted for privacy; the others have none",
    )
    crm_url: Address | None = Field(
        None,
        description="its address: your own of Salesforce, or the environment's of Dynamics 365; "
        "HubSpot's need not be said",
    )
    tab_framed_by: Address | None = Field(
        None, description="an address besides Microsoft's that may frame the tab: a trial's desk"
    )
    metrics_host: str = Field(
        "127.0.0.1", description="and the address to listen on: open to whoever reaches it"
    )

    @property
    def real(self) -> bool:
        """Whether Microsoft's own Graph is asked, and nothing that stands in for it."""
        return self.graph_url in {cloud.graph for cloud in CLOUDS.values()}

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Self:
        """Raises BadSettingsError, naming every problem and not only the first."""
        secrets, problems = _secrets(env)
        given = {name: env.get(name.upper(), "").strip() for name in cls.model_fields} | secrets
        torn = {name for name, value in given.items() if value and not _is_text(value)}
        problems += [f"{name.upper()} holds what nobody can see or read" for name in sorted(torn)]
        given = {name: value for name, value in given.items() if name not in torn}
        values = addresses(env.get("CLOUD", "")) | {n: v for n, v in given.items() if v}
        if crm := CRMS.get(values.get("crm", "")):
            values.setdefault("crm_url", crm)
        unread = {name for name in secrets if env.get(f"{name.upper()}_FILE")} | torn
        settings = None
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            problems += _problems(error, unread)
        if not (values.keys() & CREDENTIALS or unread & CREDENTIALS):
            problems.append(
                "MANAGED_IDENTITY, CLIENT_CERTIFICATE (a PEM file) or CLIENT_SECRET is missing"
            )
        problems += _of_crm(values.get("crm", ""), values.keys() | unread)
        if problems or settings is None:
            raise BadSettingsError(*problems)
        return settings


def _of_crm(crm: str, given: Collection[str]) -> Iterator[str]:
    """A CRM has all or none of its settings."""
    needed = NEEDED.get(crm, ())
    for name in needed:
        if name not in given:
            yield f"{name.upper()} is missing: CRM is {crm}, and nobody is let in without"
    for name in ("crm_token", "crm_client_id", "crm_url", "crm_webhook_secret"):
        if name in given and "crm" not in given:
            yield f"{name.upper()} is set, and CRM does not say of which CRM it is"
    for name in ("crm_token", "crm_client_id"):
        if needed and name in given and name not in needed:
            yield f"{name.upper()} is set, and {crm} has none"
    if "crm_webhook_secret" in given and needed and crm != "hubspot":
        yield f"CRM_WEBHOOK_SECRET is set, and {crm} has none"


def addresses(cloud: str) -> dict[str, str]:
    """The settings that a cloud sets, where they are not set themselves."""
    of = CLOUDS.get(cloud, PUBLIC)
    return {
        "login_url": of.login,
        "graph_url": of.graph,
        "bot_openid_url": of.bot + OPENID,
        "bot_issuer": of.issuer,
        "bot_scope": f"{of.issuer}/.default",
    }


def _is_text(value: str) -> bool:
    """Bytes of the environment that are no UTF-8 come as halves of characters; and nobody sees a
    control or a space without width in what they have set.
    """
    return value.isprintable()


def _secrets(env: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What the secrets are set to, which may stand in the files that NAME_FILE names, and what is
    wrong with those.
    """
    found, problems = dict[str, str](), list[str]()
    for name in SECRETS:
        value, file = env.get(name, ""), env.get(f"{name}_FILE")
        if file and value:
            problems.append(f"{name} and {name}_FILE are both set: keep one")
        elif file:
            try:
                value = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                why = error.strerror if isinstance(error, OSError) else "it is no text"
                problems.append(f"{name}_FILE cannot be read: {file}: {why}")
            else:
                if not value:
                    problems.append(f"{name}_FILE has nothing in it: {file}")
        found[name.lower()] = value
    return found, problems


def _problems(error: ValidationError, unread: set[str]) -> Iterator[str]:
    """Each with the name of its variable. What a file should have said is told with the file."""
    for one in error.errors(include_url=False):
        name = str(one["loc"][0])
        if one["type"] == "missing" and name in unread:
            continue
        words, about = WORDS.get(one["type"]), {"input": one["input"], **one.get("ctx", {})}
        about = {key: _short(said) for key, said in about.items()}
        yield f"{name.upper()} {words.format(**about) if words else one['msg']}"


def _short(said: Any) -> Any:
    whole = str(said)
    return f"{whole[:SHOWN]}…" if len(whole) > SHOWN else said
