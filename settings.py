"""Every setting of the app, read from the environment once, at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

REQUIRED = ("DATABASE_URL", "TENANT_ID", "CLIENT_ID", "PUBLIC_URL")


class BadSettingsError(Exception):
    """The app cannot start; the message names every setting that is missing or wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The addresses default to Microsoft's public cloud; other clouds have their own."""

    database_url: str = field(repr=False)  # holds a password
    tenant_id: str  # the Entra tenant whose people use Baton; anyone else is refused
    client_id: str  # the Entra application that is both the bot and the caller of Graph
    client_secret: str | None = field(repr=False)
    client_certificate: Path | None  # PEM file with key and certificate; preferred to a secret
    public_url: str  # https address at which Teams and Graph reach this app, no slash at the end
    policy_file: Path
    host: str
    port: int
    login_url: str
    graph_url: str
    bot_openid_url: str  # where the Bot Framework publishes the keys that sign its requests
    bot_issuer: str
    bot_scope: str
    ca_file: Path | None  # certificates to trust besides the machine's own (a proxy's, say)
    workers: int  # jobs that one worker process runs at once
    log_format: str  # "json" or "text"

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Self:
        """Raises BadSettingsError, naming every problem and not only the first."""
        problems = [f"{name} is missing" for name in REQUIRED if not env.get(name)]
        if not (env.get("CLIENT_SECRET") or env.get("CLIENT_CERTIFICATE")):
            problems.append("CLIENT_CERTIFICATE (a PEM file) or CLIENT_SECRET is missing")

        def number(name: str, default: int) -> int:
            text = env.get(name, "")
            if text and not text.isdecimal():
                problems.append(f"{name} must be a whole number, not {text!r}")
                return default
            return int(text) if text else default

        def file(name: str) -> Path | None:
            path = Path(env[name]) if env.get(name) else None
            if path is not None and not path.is_file():
                problems.append(f"{name} names no file: {path}")
            return path

        def address(name: str, default: str = "") -> str:
            url = (env.get(name) or default).rstrip("/")
            if url and not url.startswith(("https://", "http://localhost", "http://127.0.0.1")):
                problems.append(f"{name} must begin with https://, not {url!r}")
            return url

        settings = cls(
            database_url=env.get("DATABASE_URL", ""),
            tenant_id=env.get("TENANT_ID", ""),
            client_id=env.get("CLIENT_ID", ""),
            client_secret=env.get("CLIENT_SECRET") or None,
            client_certificate=file("CLIENT_CERTIFICATE"),
            public_url=address("PUBLIC_URL"),
            policy_file=Path(env.get("POLICY_FILE") or "policy.toml"),
            host=env.get("HOST") or "0.0.0.0",  # noqa: S104  # containers need it; `run` says localhost
            port=number("PORT", 3978),
            login_url=address("LOGIN_URL", "https://login.microsoftonline.com"),
            graph_url=address("GRAPH_URL", "https://graph.microsoft.com"),
            bot_openid_url=address(
                "BOT_OPENID_URL",
                "https://login.botframework.com/v1/.well-known/openidconfiguration",
            ),
            bot_issuer=env.get("BOT_ISSUER") or "https://api.botframework.com",
            bot_scope=env.get("BOT_SCOPE") or "https://api.botframework.com/.default",
            ca_file=file("CA_FILE"),
            workers=number("WORKERS", 10),
            log_format=env.get("LOG_FORMAT") or "json",
        )
        if settings.log_format not in ("json", "text"):
            problems.append(f"LOG_FORMAT must be json or text, not {settings.log_format!r}")
        if problems:
            raise BadSettingsError("cannot start: " + "; ".join(problems))
        return settings
