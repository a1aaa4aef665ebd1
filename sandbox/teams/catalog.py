"""The organisation's catalogue of Teams apps: what an administrator uploads in the Teams admin
center.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5
from zipfile import BadZipFile, ZipFile

from sandbox.key_value_store import KeyValueStore


class BadPackageError(ValueError):
    """The admin center refuses the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    id: str  # the catalogue's own
    external_id: str  # the manifest's
    name: str
    version: str
    application: str  # that may install it for people: webApplicationInfo
    bot: str


class Catalog:
    def __init__(self, store: KeyValueStore) -> None:
        self._apps = store.bucket("catalog app", App)

    def __iter__(self) -> Iterator[App]:
        return iter(self._apps.values())

    def clear(self) -> None:
        self._apps.clear()

    def publish(self, package: bytes) -> App:
        """Uploaded, and published at once; the same id again is an update. Raises
        BadPackageError.
        """
        try:
            with ZipFile(io.BytesIO(package)) as content:
                manifest = json.loads(content.read("manifest.json"))
            app = App(
                id=str(uuid5(NAMESPACE_URL, f"catalog {manifest['id']}")),
                external_id=manifest["id"],
                name=manifest["name"]["short"],
                version=manifest["version"],
                application=manifest.get("webApplicationInfo", {}).get("id", ""),
                bot=manifest["bots"][0]["botId"],
            )
        except (BadZipFile, KeyError, IndexError, TypeError, ValueError) as problem:
            raise BadPackageError(f"Manifest parsing has failed: {problem!r}") from problem
        self._apps[app.id] = app
        return app

    def get(self, id: str) -> App | None:
        return self._apps.get(id)
