"""The Teams app package: a zip with the manifest, its other languages and two icons.

https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema
"""

import io
import json
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from manifest.changes import changes, numbers, raised
from manifest.check import Content, icon_problems, problems

HERE = Path(__file__).parent
ICONS = ("color.png", "outline.png")
ALWAYS = (2020, 1, 1, 0, 0, 0)  # the same package from the same content, to the byte
LARGEST = 1_000_000  # bytes that are read of one file in an earlier package


class BadManifestError(Exception):
    """No package can be made; the message says what to set or mend, a line for each problem."""


@dataclass(frozen=True, slots=True)
class Package:
    """The manifest and its language files by name."""

    manifest: Content
    languages: Mapping[str, Content]
    icons: Mapping[str, str]  # checksum of what is drawn, by name

    def files(self) -> dict[str, Content | str]:
        return {"manifest.json": self.manifest, **self.languages, **self.icons}


@dataclass(frozen=True, slots=True)
class Written:
    path: Path
    changed: tuple[str, ...]  # in words; empty when it is as the one before
    before: str | None  # the version before; None for a first package
    skipped: tuple[str, ...] = ()  # what lies there like a package and is none, in words


def app_id(client_id: str) -> str:
    """The id in the manifest, by which Teams' catalogue knows the app as `externalId`."""
    return str(uuid5(NAMESPACE_URL, f"baton:{client_id.lower()}"))


def package(*, client_id: str, public_url: str, template: Path = HERE) -> Package:
    """The template with this tenant's own ids and domain, checked.

    The app's id follows from the bot's, so that every package is an update of the one before.
    Raises BadManifestError, naming every problem with its file and key.
    """
    wrong = _settings_problems(client_id, public_url)
    if wrong:
        raise BadManifestError("\n".join(wrong))
    address = urlsplit(public_url)
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    client = str(UUID(client_id))
    values = {
        "APP_ID": app_id(client),
        "CLIENT_ID": client,
        "DOMAIN": address.netloc,
        "PUBLIC_URL": public_url.rstrip("/"),
        "VERSION": project["project"]["version"],
    }
    content = _read(template / "manifest.json", values)
    others = {
        name: _read(template / name, values)
        for name in _named(content)
        if (template / name).is_file()
    }
    wrong = problems(content, others, client_id=client, domain=address.netloc)
    wrong += [line for icon in ICONS for line in icon_problems(icon, template / icon)]
    if wrong:
        raise BadManifestError("\n".join(wrong))
    return Package(content, others, _sums({name: (HERE / name).read_bytes() for name in ICONS}))


def write(
    made: Package, folder: Path, since: Path | None = None, published: str | None = None
) -> Written:
    """The package in *folder*, with a version above the last one's if its content is another.

    The last one is *since*, or the newest of this app in *folder*; what cannot be read there is
    skipped. Where there is none, a *published* version is outdone: what it holds is not known.
    Raises BadManifestError.
    """
    skipped: tuple[str, ...] = ()
    if since:
        last: Package | None = earlier(since)
    else:
        last, skipped = newest(folder, made.manifest["id"])
    if last and last.manifest.get("id") != made.manifest["id"]:
        raise BadManifestError(f"{since}: id: this is the package of another app registration")
    changed: tuple[str, ...] = ()
    if last:
        changed = tuple(changes(last.files(), made.files()))
        before = str(last.manifest.get("version"))
        version = raised(made.manifest["version"], before, changed=bool(changed))
        made = replace(made, manifest={**made.manifest, "version": version})
    elif published:
        version = raised(made.manifest["version"], published, changed=True)
        made = replace(made, manifest={**made.manifest, "version": version})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"baton-{made.manifest['version']}.zip"
    path.write_bytes(pack(made))
    before_ = str(last.manifest.get("version")) if last else None
    return Written(path, changed, before_, skipped)


def pack(made: Package) -> bytes:
    """The package, as Teams admins upload it."""
    data = io.BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as zipped:
        for name, content in {"manifest.json": made.manifest, **made.languages}.items():
            text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
            zipped.writestr(ZipInfo(name, ALWAYS), text)
        for icon in ICONS:
            zipped.writestr(ZipInfo(icon, ALWAYS), (HERE / icon).read_bytes())
    return data.getvalue()


def earlier(path: Path) -> Package:
    """A package written before. Raises BadManifestError when it is none."""
    try:
        with ZipFile(path) as zipped:
            read = {
                info.filename: json.loads(zipped.read(info))
                for info in zipped.infolist()
                if info.filename.endswith(".json") and info.file_size <= LARGEST
            }
            icons = {
                info.filename: zipped.read(info)
                for info in zipped.infolist()
                if info.filename in ICONS and info.file_size <= LARGEST
            }
        content = read.pop("manifest.json")
        if not all(isinstance(one, dict) for one in (content, *read.values())):
            raise BadManifestError(f"{path}: manifest.json: this is no manifest")
    except (OSError, BadZipFile, ValueError, KeyError, zlib.error) as error:
        raise BadManifestError(f"{path}: not a package with a manifest.json in it") from error
    return Package(content, read, _sums(icons))


def _sums(icons: Mapping[str, bytes]) -> dict[str, str]:
    return {name: sha256(data).hexdigest()[:12] for name, data in icons.items()}


def newest(folder: Path, app: str) -> tuple[Package | None, tuple[str, ...]]:
    """The newest package of this app, and what could not be read, in words."""
    found, skipped = [], []
    for path in sorted(folder.glob("baton-*.zip")):
        try:
            one = earlier(path)
        except BadManifestError as error:
            skipped.append(str(error))
            continue
        if one.manifest.get("id") == app:
            found.append(one)
    newest = max(found, key=lambda one: numbers(str(one.manifest.get("version"))), default=None)
    return newest, tuple(skipped)


def _settings_problems(client_id: str, public_url: str) -> list[str]:
    wrong = []
    if not _reachable(public_url):
        wrong.append(
            f"PUBLIC_URL must be an https address that Teams can reach, not {public_url!r}"
        )
    if not client_id:
        wrong.append("CLIENT_ID is missing: the id of the app registration in Entra")
    elif not _guid(client_id):
        wrong.append(
            "CLIENT_ID must be the application (client) id of the app registration, a GUID, "
            f"not {client_id!r}"
        )
    return wrong


def _reachable(url: str) -> bool:
    try:
        address = urlsplit(url)
    except ValueError:
        return False
    bare = address.path in ("", "/") and not (address.query or address.fragment or address.username)
    return address.scheme == "https" and "." in (address.hostname or "") and bare


def _guid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _read(path: Path, values: Mapping[str, str]) -> Content:
    try:
        text = path.read_text(encoding="utf-8")
        for name, value in values.items():
            text = text.replace("${{" + name + "}}", value)
        content: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadManifestError(f"{path.name}: line {error.lineno}: {error.msg}") from error
    except (OSError, UnicodeError) as error:
        raise BadManifestError(f"{path.name}: cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise BadManifestError(f"{path.name}: must be an object")
    return content


def _named(content: Content) -> list[str]:
    """The language files that a manifest names, as far as it names any."""
    info = content.get("localizationInfo")
    more = info.get("additionalLanguages") if isinstance(info, dict) else None
    names = (
        [one.get("file") for one in more or () if isinstance(one, dict)]
        if isinstance(more, list)
        else []
    )
    return [name for name in names if isinstance(name, str) and name == Path(name).name]
