"""The command line, and the only module that reads the environment and the machine's clock.
`python app.py --help` says what it can do. What a command needs is imported when it is asked for:
some are asked for often.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from commands.arguments import parser

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)  # here it comes in, and is handed on from here


def main(now: Clock = utc_now) -> int:
    """What the words on the command line ask for, at the time that *now* tells; the exit status."""
    arguments = parser().parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # also when it is read by another program
    match arguments.command:
        case "run" | "sandbox":
            return _trial(arguments, os.environ, now)
        case "manifest":
            return _manifest(arguments, os.environ)
        case "doctor":
            return _doctor(arguments, os.environ, now)
    return _run(arguments, os.environ, now)


def _trial(arguments: argparse.Namespace, env: Mapping[str, str], now: Clock) -> int:
    import warnings  # noqa: PLC0415

    # PostgreSQL's wheel looks for a desktop session when it is imported.
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
    import trial  # noqa: PLC0415  # needs packages that production does not have

    return trial.main(arguments, env, now)


def _manifest(arguments: argparse.Namespace, env: Mapping[str, str]) -> int:
    from commands import packing  # noqa: PLC0415

    return packing.write(env, arguments.to, arguments.since)


def _doctor(arguments: argparse.Namespace, env: Mapping[str, str], now: Clock) -> int:
    from commands import diagnosing  # noqa: PLC0415
    from doctor.command import Wish  # noqa: PLC0415

    wish = Wish(as_json=arguments.json, page=arguments.page)
    return diagnosing.diagnose(env, wish, now, machine=utc_now)


def _run(arguments: argparse.Namespace, env: Mapping[str, str], now: Clock) -> int:
    """A command that needs all settings. Returns 2 where they, the policy or a file are wrong,
    and 1 where it was broken off: then it may go better when it is begun again.
    """
    from commands import entry  # noqa: PLC0415
    from commands.lead_files import UnreadableFileError  # noqa: PLC0415
    from policy.reading import BadPolicyError  # noqa: PLC0415
    from settings import BadSettingsError, Settings  # noqa: PLC0415
    from telemetry import configure_logging  # noqa: PLC0415

    try:
        settings = Settings.read(env)
        configure_logging(settings.log_format)
        return entry.run(arguments, settings, now)
    except (BadSettingsError, BadPolicyError, UnreadableFileError) as error:
        print(error, file=sys.stderr)
        return 2
    except entry.BrokenOffError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
