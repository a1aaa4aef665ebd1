"""The command line, and the only module that reads the environment. `python app.py --help` says
what it can do. What a command needs is imported when it is asked for: some are asked for often.
"""

import argparse
import asyncio
import io
import os
import sys
from collections.abc import Mapping

from commands.arguments import parser


def main() -> int:
    arguments = parser(__doc__).parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # also when it is read by another program
    match arguments.command:
        case "run" | "sandbox":
            return _trial(arguments, os.environ)
        case "manifest":
            return _manifest(arguments, os.environ)
        case "doctor":
            return _doctor(arguments, os.environ)
    return _run(arguments, os.environ)


def _trial(arguments: argparse.Namespace, env: Mapping[str, str]) -> int:
    import warnings  # noqa: PLC0415

    # PostgreSQL's wheel looks for a desktop session when it is imported.
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
    import trial  # noqa: PLC0415  # needs packages that production does not have

    return trial.main(arguments, env)


def _manifest(arguments: argparse.Namespace, env: Mapping[str, str]) -> int:
    from commands import packing  # noqa: PLC0415

    return packing.write(env, arguments.to, arguments.since)


def _doctor(arguments: argparse.Namespace, env: Mapping[str, str]) -> int:
    from commands import diagnosing  # noqa: PLC0415
    from doctor.command import Wish  # noqa: PLC0415

    return diagnosing.diagnose(env, Wish(as_json=arguments.json, page=arguments.page))


def _run(arguments: argparse.Namespace, env: Mapping[str, str]) -> int:
    """A command that needs all settings. Returns 2 where they or the policy are wrong."""
    from commands import entry  # noqa: PLC0415
    from policy.reading import BadPolicyError  # noqa: PLC0415
    from settings import BadSettingsError, Settings  # noqa: PLC0415
    from telemetry import configure_logging  # noqa: PLC0415

    try:
        settings = Settings.read(env)
        configure_logging(settings.log_format)
        return asyncio.run(entry.do(arguments, settings)) or 0
    except (BadSettingsError, BadPolicyError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
