"""Settings: every problem is named at once, and no secret is ever shown."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pydantic
import pytest

from settings import BadSettingsError, Settings
from tests.certificates import pem_files
from tests.conftest import ROOT
from tests.hour import machine

GOOD = {
    "DATABASE_URL": "postgresql://baton:hunter2@db/baton",
    "TENANT_ID": "11111111-1111-4111-8111-111111111111",
    "CLIENT_ID": "22222222-2222-4222-8222-222222222222",
    "CLIENT_SECRET": "s3cret",
    "PUBLIC_URL": "https://baton.example/",
}


def test_what_is_not_said_is_microsofts_public_cloud() -> None:
    settings = Settings.read(GOOD)

    assert settings.graph_url == "https://graph.microsoft.com"
    assert settings.login_url == "https://login.microsoftonline.com"
    assert settings.public_url == "https://baton.example"
    assert settings.port == 3978
    assert settings.teams_per_conversation == ((7, 1), (8, 2), (60, 30), (1800, 3600))


@pytest.mark.parametrize(
    ("cloud", "login", "graph", "issuer"),
    [
        ("gcc", "login.microsoftonline.com", "graph.microsoft.com", "api.botframework.com"),
        ("gcc-high", "login.microsoftonline.us", "graph.microsoft.us", "api.botframework.us"),
        ("dod", "login.microsoftonline.us", "dod-graph.microsoft.us", "api.botframework.us"),
        (
            *("china", "login.partner.microsoftonline.cn", "microsoftgraph.chinacloudapi.cn"),
            "api.botframework.azure.cn",
        ),
    ],
)
def test_a_cloud_sets_every_address_and_each_can_still_be_set_by_itself(
    cloud: str, login: str, graph: str, issuer: str
) -> None:
    settings = Settings.read({**GOOD, "CLOUD": cloud})

    assert (settings.login_url, settings.graph_url) == (f"https://{login}", f"https://{graph}")
    assert (settings.bot_issuer, settings.bot_scope) == (
        f"https://{issuer}",
        f"https://{issuer}/.default",
    )
    assert settings.bot_openid_url.startswith("https://login.botframework.")
    proxied = Settings.read({**GOOD, "CLOUD": cloud, "GRAPH_URL": "https://proxy.example"})
    assert (proxied.graph_url, proxied.login_url) == ("https://proxy.example", f"https://{login}")


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(BadSettingsError) as error:
        Settings.read({})

    for name in ("DATABASE_URL", "TENANT_ID", "CLIENT_ID", "PUBLIC_URL", "CLIENT_CERTIFICATE"):
        assert name in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "²"),
        ("PORT", "99999"),
        ("PORT", "65536"),
        ("PORT", "9" * 5_000),
        ("PUBLIC_URL", "/"),
        ("PUBLIC_URL", "http://baton.example"),
        ("PUBLIC_URL", "http://localhost.evil.example"),
        ("PUBLIC_URL", "https://baton.example@evil.example"),
        ("PUBLIC_URL", "https://ba\u200bton.example"),
        ("TENANT_ID", "\u202etenant"),
        ("TENANT_ID", "abc"),
        ("TENANT_ID", "halden.example"),
        ("TENANT_ID", "11111111-1111-4111-8111-11111111111"),
        ("CLIENT_ID", "   "),
        ("CLIENT_ID", "client"),
        ("HOST", "127.0.0.1\nx"),
        ("GRAPH_URL", "graph.microsoft.us"),
        ("CA_FILE", "/nowhere.pem"),
        ("CLIENT_CERTIFICATE", "/nowhere.pem"),
        ("LOG_FORMAT", "xml"),
        ("CLOUD", "moon"),
        ("TEAMS_PER_CONVERSATION", "7 a second"),
        ("TEAMS_PER_CONVERSATION", "0/1"),
        ("TEAMS_PER_CONVERSATION", "٧/١"),
        ("TEAMS_PER_CONVERSATION", "1/99999999999999999999"),
        ("TEAMS_PER_CONVERSATION", "7/1 " * 11),
        ("TEAMS_PER_SECOND", "99999999999999999999"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:99999"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://[::1"),
    ],
)
def test_what_is_wrong_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(BadSettingsError, match=name) as error:
        Settings.read({**GOOD, name: value})
    assert len(str(error.value)) < 400, "and never whole pages of it"


def test_a_certificate_stands_for_a_secret(tmp_path: Path) -> None:
    pem, _ = pem_files(tmp_path / "key.pem")
    without = {name: value for name, value in GOOD.items() if name != "CLIENT_SECRET"}

    assert Settings.read({**without, "CLIENT_CERTIFICATE": str(pem)}).client_certificate == pem


WITHOUT = {name: value for name, value in GOOD.items() if name != "CLIENT_SECRET"}


def test_a_managed_identity_stands_for_a_secret() -> None:
    assert Settings.read({**WITHOUT, "MANAGED_IDENTITY": "an-id"}).managed_identity == "an-id"


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    (tmp_path / "database").write_text(GOOD["DATABASE_URL"] + "\n")
    (tmp_path / "secret").write_text("s3cret\n")
    env = {name: value for name, value in WITHOUT.items() if name != "DATABASE_URL"}

    settings = Settings.read(
        {
            **env,
            "DATABASE_URL_FILE": str(tmp_path / "database"),
            "CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        }
    )

    assert (settings.database_url, settings.client_secret) == (GOOD["DATABASE_URL"], "s3cret")


def test_every_wrong_credential_is_named_at_once_and_none_is_shown(tmp_path: Path) -> None:
    old, _ = pem_files(tmp_path / "old.pem", until=machine() - timedelta(days=3))
    (tmp_path / "other").write_text("0ther")

    with pytest.raises(BadSettingsError) as error:
        Settings.read(
            {
                "TENANT_ID": "11111111-1111-4111-8111-111111111111",
                "DATABASE_URL_FILE": "/nowhere",
                "CLIENT_SECRET": "s3cret",
                "CLIENT_SECRET_FILE": str(tmp_path / "other"),
                "CLIENT_CERTIFICATE": str(old),
            }
        )

    told = str(error.value)
    for words in (
        "DATABASE_URL_FILE cannot be read: /nowhere",
        "CLIENT_SECRET and CLIENT_SECRET_FILE are both set",
        "CLIENT_CERTIFICATE has expired on",
        "CLIENT_ID is missing",
        "PUBLIC_URL is missing",
    ):
        assert words in told
    assert "DATABASE_URL is missing" not in told
    assert "s3cret" not in told
    assert "0ther" not in told


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("x")

    with pytest.raises(BadSettingsError, match="with a certificate and its key"):
        Settings.read({**WITHOUT, "CLIENT_CERTIFICATE": str(tmp_path / "key.pem")})


def test_secrets_are_not_shown() -> None:
    shown = repr(Settings.read(GOOD))

    assert "hunter2" not in shown
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "70000", "PORT must be 65535 at most, not 70000"),
        ("WORKERS", "0", "WORKERS must be more than 0, not 0"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be 'json' or 'text', not 'xml'"),
        ("CA_FILE", "/nowhere.pem", "CA_FILE names no file: /nowhere.pem"),
        ("TEAMS_PER_CONVERSATION", "{x}", "like '7/1 8/2 60/30 1800/3600', not '{x}'"),
    ],
)
def test_what_is_wrong_says_what_would_be_right(name: str, value: str, said: str) -> None:
    with pytest.raises(BadSettingsError) as error:
        Settings.read({**GOOD, name: value})
    assert said in str(error.value)


def test_what_is_set_to_nothing_is_not_set() -> None:
    assert Settings.read({**GOOD, "PORT": "", "CA_FILE": "", "CLOUD": ""}) == Settings.read(GOOD)


def test_azure_monitor_is_told_only_where_its_exporter_is_installed(tmp_path: Path) -> None:
    """In a Python that has what `settings.py` imports, and nothing of Azure's."""
    needed = ("pydantic", "pydantic_core", "annotated_types", "typing_inspection", "cryptography")
    for name in (*needed, "cffi", "typing_extensions.py"):
        found = Path(pydantic.__file__).parents[1] / name
        (tmp_path / name).symlink_to(found)
    for file in Path(pydantic.__file__).parents[1].glob("_cffi_backend*"):
        (tmp_path / file.name).symlink_to(file)
    key = "12345678-1234-4234-8234-123456789012"
    env = {**GOOD, "APPLICATIONINSIGHTS_CONNECTION_STRING": f"InstrumentationKey={key}"}
    script = "import json, sys, settings; settings.Settings.read(json.load(sys.stdin))"
    told = subprocess.run(
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        input=json.dumps(env),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "APPLICATIONINSIGHTS_CONNECTION_STRING needs what requirements/azure.txt" in told.stderr
    assert key not in told.stderr
    assert Settings.read(env).applicationinsights_connection_string, "here it is installed"
    assert key not in repr(Settings.read(env))


def test_a_crm_has_all_of_its_settings_or_none() -> None:
    assert Settings.read(GOOD).crm is None
    read = Settings.read({**GOOD, "CRM": "hubspot", "CRM_TOKEN": "pat-eu1-1234"})
    assert (read.crm, read.crm_url) == ("hubspot", "https://api.hubapi.com")
    assert "pat-eu1-1234" not in repr(read)
    org = {"CRM_URL": "https://halden.my.salesforce.com", "CRM_CLIENT_ID": "3MVG9"}
    read = Settings.read({**GOOD, "CRM": "salesforce", "CRM_TOKEN": "C0FFEE", **org})
    assert (read.crm, read.crm_url) == ("salesforce", org["CRM_URL"])
    assert "C0FFEE" not in repr(read)
    there = {"CRM_URL": "https://halden.crm4.dynamics.com"}
    read = Settings.read({**GOOD, "CRM": "dataverse", **there})
    assert (read.crm, read.crm_url, read.crm_token) == ("dataverse", there["CRM_URL"], None)
    for wrong, told in (
        ({"CRM": "hubspot"}, "CRM_TOKEN is missing"),
        ({"CRM_TOKEN": "pat-eu1-1234"}, "CRM_TOKEN is set, and CRM does not say"),
        ({"CRM_URL": "https://crm.example"}, "CRM_URL is set, and CRM does not say"),
        (
            {"CRM": "abacus", "CRM_TOKEN": "pat-eu1-1234"},
            "CRM must be 'hubspot', 'salesforce' or 'dataverse', not 'abacus'",
        ),
        ({"CRM": "salesforce", "CRM_TOKEN": "secret"}, "CRM_URL is missing: CRM is salesforce"),
        ({"CRM": "salesforce", "CRM_URL": "https://a.my.salesforce.com"}, "CRM_CLIENT_ID is miss"),
        ({"CRM_CLIENT_ID": "3MVG9"}, "CRM_CLIENT_ID is set, and CRM does not say"),
        (
            {"CRM": "hubspot", "CRM_TOKEN": "pat-eu1-1234", "CRM_CLIENT_ID": "3MVG9"},
            "CRM_CLIENT_ID is set, and hubspot has none",
        ),
        ({"CRM": "dataverse"}, "CRM_URL is missing: CRM is dataverse"),
        (
            {"CRM": "dataverse", **there, "CRM_TOKEN": "secret"},
            "CRM_TOKEN is set, and dataverse has none",
        ),
    ):
        with pytest.raises(BadSettingsError, match=told):
            Settings.read({**GOOD, **wrong})
