"""`python app.py manifest`: the Teams app package, and what is different from the one before."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from commands.writing import why
from graph.apps import Apps
from graph.client import Graph
from graph.errors import BusyError, GoneError, GraphError, SignInError
from manifest import pack, registration
from running import on_loop, sign_in_of
from settings import BadSettingsError, Settings

SINCE = "If Teams has Baton already, name the package that it has: --since"


def write(env: Mapping[str, str], folder: Path, since: Path | None) -> int:
    """The package in *folder*; of the settings only two are needed. Returns 2 for what is wrong,
    and 1 where the package cannot be written.

    Where nothing tells which version is in use, the organisation's catalogue is asked, if all
    settings are there to sign in with.
    """
    published = None
    try:
        made = pack.package(
            client_id=env.get("CLIENT_ID", ""), public_url=env.get("PUBLIC_URL", "")
        )
        if since is None and pack.newest(folder, made.manifest["id"])[0] is None:
            published, said = _published(env)
            print(said)
        written = pack.write(made, folder, since, published)
        _tell_entra(env, folder)
    except pack.BadManifestError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(why(folder, error), file=sys.stderr)
        return 1
    for line in written.skipped:
        print(f"left out of account: {line}", file=sys.stderr)
    if written.before:
        print(f"{len(written.changed)} things changed since version {written.before}")
    for line in written.changed:
        print(f"  {line}")
    print(f"{' and '.join(registration.FILES)} beside it: what the app registration is told first")
    print(f"{written.path}: upload it in the Teams admin center under Manage apps")
    return 0


def _tell_entra(env: Mapping[str, str], folder: Path) -> None:
    """What the app registration is to be told, beside the package."""
    domain = urlsplit(env["PUBLIC_URL"]).netloc
    for name, body in registration.bodies(env["CLIENT_ID"].lower(), domain).items():
        (folder / name).write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


def _published(env: Mapping[str, str]) -> tuple[str | None, str]:
    """The version in the catalogue, None where it is not known; and a line about it."""
    try:
        settings = Settings.read(env)
    except BadSettingsError:
        return None, (
            "the catalogue of Teams was not asked for the version in use: that takes all settings "
            f"of the app itself. {SINCE}"
        )
    try:
        version = on_loop(published(settings))
    except GoneError:
        return None, "the catalogue of Teams has no Baton yet: this is the first package"
    except (GraphError, BusyError, SignInError) as error:
        return None, f"the catalogue of Teams could not be asked ({error}). {SINCE}"
    return version, f"the catalogue of Teams has version {version}: this one is above it"


async def published(settings: Settings) -> str:
    """The version of Baton in the organisation's catalogue. Raises GoneError where there is none,
    and what signing in and asking Graph raise.
    """
    graph = Graph(sign_in_of(settings), settings.graph_url, settings.ca_file)
    try:
        return (await Apps(graph).find(pack.app_id(settings.client_id))).version
    finally:
        await graph.close()
