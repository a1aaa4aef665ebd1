"""The Teams app package: a zip with the manifest and two icons.

https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema
"""

import io
import json
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

HERE = Path(__file__).parent
ICONS = ("color.png", "outline.png")
ALWAYS = (2020, 1, 1, 0, 0, 0)  # the same package from the same content, to the byte


class BadManifestError(Exception):
    """No package can be made; the message says what to set."""


def manifest(*, client_id: str, public_url: str) -> dict[str, Any]:
    """The template with this tenant's own ids and domain.

    The app's id follows from the bot's, so that every package is an update of the one before.
    Raises BadManifestError.
    """
    address = urlsplit(public_url)
    if address.scheme != "https" or not address.hostname or "." not in address.hostname:
        raise BadManifestError(
            f"PUBLIC_URL must be an https address that Teams can reach, not {public_url!r}"
        )
    if not client_id:
        raise BadManifestError("CLIENT_ID is missing: the id of the app registration in Entra")
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    values = {
        "APP_ID": str(uuid5(NAMESPACE_URL, f"baton:{client_id}")),
        "CLIENT_ID": client_id,
        "DOMAIN": address.netloc,
        "PUBLIC_URL": public_url.rstrip("/"),
        "VERSION": project["project"]["version"],
    }
    text = (HERE / "manifest.json").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace("${{" + name + "}}", value)
    filled: dict[str, Any] = json.loads(text)
    return filled


def pack(content: dict[str, Any]) -> bytes:
    """The package, as Teams admins upload it."""
    data = io.BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as package:
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        package.writestr(ZipInfo("manifest.json", ALWAYS), text)
        for icon in ICONS:
            package.writestr(ZipInfo(icon, ALWAYS), (HERE / icon).read_bytes())
    return data.getvalue()
