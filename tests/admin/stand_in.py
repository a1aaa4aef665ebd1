"""Tools that nobody has here, doing what their sources say as far as the pages lean on it.

Each call is kept. Refused are: an argument that is empty, a command or an option that there is not,
what a tool would ask for on the terminal where it cannot, what Azure refuses by its own rules. Run
as `python -I -S stand_in.py TOOL ARGUMENTS`; what they know is in the folder STAND_INS names.

az: azure-cli 2.91.0, whose parser knows these options. azd: Azure/azure-dev of 2026-08-21.
"""

from __future__ import annotations

import marshal
import os
import sys

TYPE_CHECKING = False  # a program that is run hundreds of times imports no more than it needs
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

TENANT = "11111111-1111-4111-8111-111111111111"
CLIENT = "22222222-2222-4222-8222-222222222222"
OBJECT = "77777777-7777-4777-8777-777777777777"
PRINCIPAL = "33333333-3333-4333-8333-333333333333"
IDENTITY = "44444444-4444-4444-8444-444444444444"
SUBSCRIPTION = "55555555-5555-4555-8555-555555555555"
HOST = "batonabc.azurecr.io"

ENV = os.environ  # noqa: TID251  # a program of its own, run by a shell

GLOBAL = {"--query", "--output"}
AZ: dict[str, set[str]] = {
    "login": {"--allow-no-subscriptions"},
    "rest": {"--method", "--url", "--body"},
    "account show": set(),
    "cloud show": set(),
    "provider show": {"--namespace"},
    "role assignment list": {"--assignee", "--include-inherited", "--include-groups"},
    "role assignment create": {
        *("--role", "--assignee-object-id", "--assignee-principal-type", "--scope"),
    },
    "ad signed-in-user show": set(),
    "ad app create": {"--display-name", "--sign-in-audience"},
    "ad app list": {"--display-name"},
    "ad app show": {"--id"},
    "ad app delete": {"--id"},
    "ad app permission add": {"--id", "--api", "--api-permissions"},
    "ad app permission admin-consent": {"--id"},
    "ad app federated-credential create": {"--id", "--parameters"},
    "ad app credential reset": {"--id", "--cert", "--append"},
    "ad app credential list": {"--id", "--cert"},
    "ad app credential delete": {"--id", "--cert", "--key-id"},
    "ad sp create": {"--id"},
    "ad sp show": {"--id"},
    "group create": {"--name", "--location"},
    "group delete": {"--name"},
    "resource list": {"--resource-group", "--resource-type"},
    "deployment group create": {"--resource-group", "--name", "--parameters"},
    "deployment group show": {"--resource-group", "--name"},
    "acr build": {"--registry", "--image", "--file", "--build-arg"},
    "acr repository show-tags": {"--name", "--repository", "--orderby", "--top"},
    "keyvault show": {"--name"},
    "keyvault recover": {"--name"},
    "keyvault secret set": {"--vault-name", "--name", "--file"},
    "bot create": {
        *("--resource-group", "--name", "--app-type", "--appid", "--tenant-id", "--endpoint"),
    },
    "bot show": {"--resource-group", "--name"},
    "bot update": {"--resource-group", "--name", "--endpoint"},
    "bot msteams create": {"--resource-group", "--name"},
    "containerapp exec": {"--resource-group", "--name", "--command"},
    "containerapp hostname bind": {
        *("--resource-group", "--name", "--environment", "--hostname", "--validation-method"),
    },
    "containerapp env certificate list": {
        *("--resource-group", "--name", "--managed-certificates-only"),
    },
    "postgres flexible-server restore": {
        *("--resource-group", "--name", "--source-server", "--restore-time", "--subnet"),
        *("--private-dns-zone", "--yes"),
    },
}
AZD: dict[str, set[str]] = {
    "auth login": set(),
    "env new": {"--subscription", "--location", "--no-prompt"},
    "env set": set(),
    "env get-value": set(),
    "provision": {"--no-prompt"},
    "deploy": {"--no-prompt", "--from-package"},
    "up": {"--no-prompt"},
    "down": set(),
}
TOOLS = (
    *("az", "azd", "docker", "git", "openssl", "python3", "sleep"),
    *("apt-get", "adduser", "deluser", "runuser", "systemctl", "nginx"),
)
ASK = {"az login", "az group delete", "azd auth login", "azd down"}  # on the terminal


class RefusedError(Exception):
    """The tool says no."""


class World:
    """What there is by now, kept in a file."""

    def __init__(self, folder: str | Path) -> None:
        self._file = f"{folder}/world"
        self.calls: list[list[str]] = []
        self.wrong: list[str] = []
        self.groups: list[str] = []
        self.env: dict[str, str] = {}  # azd's
        self.deployed: dict[
            str, Any
        ] = {}  # by deployment: what its parameters read, and its outputs
        self.images: list[str] = []
        self.revision: dict[str, Any] = {}  # what the containers run
        self.trust: dict[str, Any] = {}
        self.keys = ["the-old-key"]
        self.secrets: list[str] = []
        self.bots = ["baton-bot"]  # somebody has that name, anywhere in the world
        self.tries: dict[str, int] = {}

    @classmethod
    def read(cls, folder: str | Path) -> World:
        world = cls(folder)
        if os.path.exists(world._file):  # noqa: PTH110
            with open(world._file, "rb") as kept:  # noqa: PTH123
                for name, value in marshal.load(kept).items():
                    setattr(world, name, value)
        return world

    def keep(self) -> None:
        kept = {name: value for name, value in vars(self).items() if name[0] != "_"}
        with open(self._file, "wb") as file:  # noqa: PTH123
            marshal.dump(kept, file)

    def at_second_try(self, what: str) -> None:
        """Refused the first time: what was just given is felt a little later."""
        self.tries[what] = self.tries.get(what, 0) + 1
        if self.tries[what] == 1:
            raise RefusedError(f"{what}: not yet")


def known(
    commands: Mapping[str, set[str]], words: Sequence[str], everywhere: set[str]
) -> tuple[str, dict[str, str], list[str]]:
    """The command, its options by name, and what stands by itself."""
    for length in range(min(4, len(words)), 0, -1):
        command = " ".join(words[:length])
        if command in commands:
            break
    else:
        raise RefusedError(f"no such command: {' '.join(words[:4])}")
    options: dict[str, str] = {}
    loose: list[str] = []
    name = ""
    for word in words[length:]:
        if word.startswith("--"):
            if word not in commands[command] | everywhere:
                raise RefusedError(f"{command} has no {word}")
            name = word
            options[name] = ""
        elif name and not options[name]:
            options[name] = word
        elif name == "--api-permissions":
            options[name] += f" {word}"
        else:
            loose.append(word)
    return command, options, loose


def text_of(file: str) -> str:
    with open(file, encoding="utf-8") as there:  # noqa: PTH123
        return there.read()


def parameters(file: str, env: Mapping[str, str]) -> dict[str, str]:
    """What a file of parameters reads. Refused where a value is lacking."""
    import json  # noqa: PLC0415
    import re  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    text = Path(file).read_text()
    read: dict[str, str] = {}
    for name, default in re.findall(r"readEnvironmentVariable\('(\w+)'(?:, '([^']*)')?\)", text):
        has_default = re.search(rf"\('{name}', '", text)
        if not env.get(name) and not has_default:
            raise RefusedError(f"{file}: {name} has no value")
        read[name] = env.get(name) or default
    if "DATABASE_PASSWORD" in read:
        password = read["DATABASE_PASSWORD"]
        kinds = sum(bool(re.search(kind, password)) for kind in ("[a-z]", "[A-Z]", r"\d", r"\W"))
        if not 8 <= len(password) <= 128 or kinds < 3 or "baton" in password.lower():
            raise RefusedError("the administrator's password is too weak")
    if "CUSTOM_DOMAINS" in read:
        json.loads(read["CUSTOM_DOMAINS"])
    return read


def deploy(world: World, file: str, env: Mapping[str, str], group: str) -> dict[str, str]:
    """The outputs of one Bicep file."""
    import re  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    if group not in world.groups:
        raise RefusedError(f"there is no resource group {group}")
    read = parameters(file, env)
    bicep = Path(file).with_suffix(".bicep").read_text()
    outputs = {
        name: f"the-{name.lower()}" for name in re.findall(r"^output (\w+)", bicep, re.MULTILINE)
    }
    given = {
        "AZURE_CONTAINER_REGISTRY_ENDPOINT": HOST,
        "IDENTITY_PRINCIPAL_ID": IDENTITY,
        "PUBLIC_URL": read.get("CUSTOM_URL") or "https://baton-serve.example.com",
        "DATABASE_SERVER": read.get("DATABASE_SERVER") or "baton-abc",
    }
    outputs |= {name: value for name, value in given.items() if name in outputs}
    world.deployed[Path(file).stem] = {"read": read, "outputs": outputs}
    if image := read.get("SERVICE_BATON_IMAGE_NAME"):
        if image not in world.images:
            raise RefusedError(f"there is no image {image}")
        world.revision = {"image": image, "first": image, "settings": read}
    return outputs


def az(world: World, words: Sequence[str]) -> str:
    command, options, _ = known(AZ, words, GLOBAL)
    named = [options.get(one, "").removeprefix("@") for one in ("--file", "--cert", "--body")]
    for file in named:
        if file and not os.path.isfile(file):  # noqa: PTH113
            raise RefusedError(f"there is no file {file}")
    if options.get("--id") not in {None, CLIENT}:
        raise RefusedError(f"there is no application {options['--id']}")
    for does in (told, entra, vault, azure, bot):
        answer = does(world, command, options)
        if answer is not None:
            return answer
    return ""


def told(world: World, command: str, options: Mapping[str, str]) -> str | None:
    """What only tells."""
    match command:
        case "account show":
            names = {"tenantId": TENANT, "id": SUBSCRIPTION, "name": "Pay as you go"}
            return names[options["--query"]]
        case "deployment group show":
            import re  # noqa: PLC0415

            [name] = re.findall(r"properties\.outputs\.(\w+)\.value", options["--query"])
            if options["--name"] not in world.deployed:
                raise RefusedError(f"Deployment '{options['--name']}' could not be found.")
            return str(world.deployed[options["--name"]]["outputs"][name])
    return ALWAYS.get(command)


ALWAYS = {
    "cloud show": "https://login.microsoftonline.com",
    "ad signed-in-user show": "66666666-6666-4666-8666-666666666666",
    "ad app create": CLIENT,
    "ad app list": CLIENT,
    "ad app show": OBJECT,
    "ad sp create": PRINCIPAL,
    "ad sp show": PRINCIPAL,
    "keyvault show": "/subscriptions/x/vaults/y",
    "containerapp env certificate list": "/subscriptions/x/managedCertificates/y",
}


def entra(world: World, command: str, options: Mapping[str, str]) -> str | None:
    match command:
        case "ad app permission admin-consent":
            world.at_second_try("consent")
        case "ad app federated-credential create":
            import json  # noqa: PLC0415

            world.trust = json.loads(options["--parameters"])
        case "ad app credential reset" if "--cert" not in options:
            world.keys = [*(world.keys if "--append" in options else []), "a-new-secret"]
            return "the-secret-itself"
        case "ad app credential reset":
            text = text_of(options["--cert"].removeprefix("@"))
            if "PRIVATE KEY" in text or "BEGIN CERTIFICATE" not in text:
                raise RefusedError("the public part is wanted, and nothing else")
            world.keys = [*(world.keys if "--append" in options else []), "a-new-key"]
        case "ad app credential delete":
            world.keys.remove(options["--key-id"])
        case _:
            return None
    return ""


def vault(world: World, command: str, options: Mapping[str, str]) -> str | None:
    if command != "keyvault secret set":
        return None
    text = text_of(options["--file"])
    if "PRIVATE KEY" not in text or "BEGIN CERTIFICATE" not in text:
        raise RefusedError("Baton wants the key and the certificate in one file")
    world.at_second_try("vault")
    world.secrets.append(options["--name"])
    return ""


def azure(world: World, command: str, options: Mapping[str, str]) -> str | None:
    match command:
        case "group create":
            world.groups.append(options["--name"])
        case "deployment group create":
            file, group = options["--parameters"], options["--resource-group"]
            world.deployed[options["--name"]] = {"outputs": deploy(world, file, ENV, group)}
        case "acr build":
            if options["--registry"] != HOST:
                raise RefusedError(f"there is no registry {options['--registry']}")
            world.images.append(f"{HOST}/{options['--image']}")
        case _:
            return None
    return ""


def bot(world: World, command: str, options: Mapping[str, str]) -> str | None:
    name = options.get("--name", "")
    match command:
        case "bot create":
            import re  # noqa: PLC0415

            if name in world.bots or not re.fullmatch(r"[\w-]{4,42}", name):
                raise RefusedError(f"{name}: that handle is taken, or is none")
            world.bots.append(name)
        case "bot msteams create" | "bot update":
            if name not in world.bots:
                raise RefusedError(f"there is no bot {name}")
        case _:
            return None
    return ""


def azd(world: World, words: Sequence[str]) -> str:
    command, options, loose = known(AZD, words, set())
    match command:
        case "env new":
            world.env = {
                "AZURE_ENV_NAME": loose[0],
                "AZURE_SUBSCRIPTION_ID": options["--subscription"],
                "AZURE_LOCATION": options["--location"],
            }
        case "env set":
            world.env[loose[0]] = loose[1]
        case "env get-value":
            if loose[0] not in world.env:  # on standard output: cmd/middleware/ux.go
                sys.stdout.write(f"\nERROR: key not found: '{loose[0]}'\n")
                raise RefusedError("")
            return world.env[loose[0]]
        case "provision":
            provision(world)
        case "deploy":
            release(world, options.get("--from-package"))
        case "up":
            provision(world)
            release(world, None)
    return ""


def provision(world: World) -> None:
    """Without a group, or with one that is not there, azd asks for another."""
    outputs = deploy(
        world, "infra/main.bicepparam", world.env, world.env.get("AZURE_RESOURCE_GROUP", "")
    )
    world.env |= outputs


def release(world: World, package: str | None) -> None:
    """Of azd's two strategies the one for which the files are there."""
    import re  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    azure = Path("azure.yaml").read_text().partition("services:")[2]
    services = re.findall(r"^  (\w+):$", azure, re.MULTILINE)
    for service in services:
        world.tries["images"] = world.tries.get("images", 0) + 1
        image = (
            package
            or f"{HOST}/baton/{service}-{world.env['AZURE_ENV_NAME']}:{world.tries['images']}"
        )
        if not package:
            world.images.append(image)
        world.env[f"SERVICE_{service.upper()}_IMAGE_NAME"] = image
        own = Path(f"infra/{service}")
        whole = own.with_suffix(".bicepparam").is_file()
        if whole or (
            own.with_suffix(".bicep").is_file() and Path(f"{own}.parameters.json").is_file()
        ):
            group = world.env["AZURE_RESOURCE_GROUP"]
            world.env |= deploy(world, f"{own}.bicepparam", world.env, group)
        else:
            world.revision["image"] = image  # containers[0].image, and nothing else


def docker(world: World, words: Sequence[str]) -> str:
    from pathlib import Path  # noqa: PLC0415

    match words[:3]:
        case ["compose", "--file", file] if Path(file).is_file():
            rest = words[3:]
        case _:
            raise RefusedError(f"docker {' '.join(words)}")
    settings = Path(file).parent / ".env"
    if "DATABASE_PASSWORD=" not in (settings.read_text() if settings.exists() else ""):
        raise RefusedError("DATABASE_PASSWORD is missing a value: set it in infra/.env")
    match rest:
        case ["up" | "stop" | "restart" | "down", *_]:
            return ""
        case ["exec", "-T", "database", "pg_dump", *_]:
            return "PGDMP"
        case ["exec", "-T", "database", "pg_restore", *_]:
            if sys.stdin.read(5) != "PGDMP":
                raise RefusedError("that is no backup")
            return ""
        case ["exec", "-T", "database", "createdb" | "psql", *_]:
            return ""
    raise RefusedError(f"docker compose {' '.join(rest)}")


def git(_world: World, words: Sequence[str]) -> str:
    """Of this project as it lies there: each part of it leads to its place."""
    from pathlib import Path  # noqa: PLC0415

    if words[0] == "describe":
        return ENV.get("DESCRIBED", "0.2.0")
    if words[:-1] == ["checkout", "--merge"]:
        return ""
    if words != ["archive", "HEAD"]:
        raise RefusedError(f"git {' '.join(words)}")
    import tarfile  # noqa: PLC0415  # takes as long as all the rest, and git alone needs it

    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
        for entry in sorted(Path(ENV["PROJECT"]).iterdir()):
            if entry.name.startswith(".") or entry.name in ("build", "var", "node_modules"):
                continue
            link = tarfile.TarInfo(entry.name)
            link.type, link.linkname = tarfile.SYMTYPE, str(entry)
            tar.addfile(link)
    return ""


def openssl(world: World, words: Sequence[str]) -> str:
    """The real one; with a key that takes a hundredth of the time, where nobody signs in by it."""
    world.keep()
    real = ENV["OPENSSL"]
    size = ENV.get("KEYS", "rsa:1024")
    os.execv(real, [real, *(word.replace("rsa:3072", size) for word in words)])


def python3(_world: World, words: Sequence[str]) -> str:
    """Makes an environment in which everything is installed already, and whose clock is the tests'
    own: what follows `python app.py` is handed on.
    """
    from pathlib import Path  # noqa: PLC0415

    match words:
        case ["-m", "venv", folder]:
            made = Path(folder) / "bin"
            made.mkdir(parents=True, exist_ok=True)
            (made / "python").write_text(f'#!/bin/sh\nshift\nexec {ENV["PYTHON"]} "$@"\n')
            (made / "pip").write_text('#!/bin/sh\nfor file; do :; done\ntest -r "$file"\n')
            (made / "npm").write_text("#!/bin/sh\ntest -r package-lock.json\n")
            for one in made.iterdir():
                one.chmod(0o755)
            return ""
    raise RefusedError(f"python3 {' '.join(words)}")


def runuser(world: World, words: Sequence[str]) -> str:
    """As the user named, who here is the one that there is."""
    world.keep()
    match words:
        case ["--user", "postgres" | "baton", "--", *command]:
            os.execvp(command[0], command)
    raise RefusedError(f"runuser {' '.join(words)}")


def host(_world: World, _words: Sequence[str]) -> str:
    """What changes the whole machine is only kept."""
    return ""


def call(world: World, name: str, words: Sequence[str]) -> str:
    if "" in words:
        world.wrong.append(f"an empty argument: {name} {words}")
        raise RefusedError("an argument is empty")
    said = f"{name} {' '.join(words)}"
    asks = any(said.startswith(one) for one in ASK)
    if asks and sys.stdin.read().partition("\ntrap - ERR\n")[0].strip():
        world.wrong.append(f"{said} swallows the lines after it")
    if (fails := ENV.get("FAILS")) and fails in said:
        raise RefusedError("not today")
    does = globals().get(name, host)
    return str(does(world, words))


def main() -> None:
    name, *words = sys.argv[1:]
    world = World.read(ENV["STAND_INS"])
    world.calls.append([name, *words])
    try:
        said = call(world, name, words)
    except RefusedError as error:
        world.keep()
        sys.exit(f"{name}: {error}")
    world.keep()
    if said:
        sys.stdout.write(f"{said}\n")


if __name__ == "__main__":
    main()
