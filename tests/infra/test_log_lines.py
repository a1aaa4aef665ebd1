"""Whatever a process says of itself, another program can read it line by line."""

import json
import subprocess
import sys

from tests.conftest import ROOT

SAYING = """
import logging, sys, threading, warnings
import structlog
from telemetry import configure_logging, log_what_breaks

configure_logging("json")
log_what_breaks()
structlog.get_logger().info("ours", handoff="17")
logging.getLogger("msal.token_cache").warning("theirs: %s\\nand more", "a token is old")
try:
    {}["missing"]
except KeyError:
    logging.getLogger("procrastinate.worker").exception("a job failed")
logging.getLogger("aiohttp.access").info("not worth a line")
logging.getLogger("psycopg.pool").error("%d connections", "no")
warnings.warn("this will go", FutureWarning)
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
class Odd:
    def __del__(self):
        raise OSError("on its way out")
Odd()
raise RuntimeError("the end")
"""


def test_every_line_is_json_whoever_says_it() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SAYING], cwd=ROOT, capture_output=True, text=True, check=False
    )

    lines = [json.loads(line) for line in run.stderr.splitlines()]
    said = [(one["level"], one.get("logger"), one["event"].splitlines()[0]) for one in lines]
    assert said[:4] == [
        ("info", None, "ours"),
        ("warning", "msal.token_cache", "theirs: a token is old"),
        ("error", "procrastinate.worker", "a job failed"),
        ("warning", "psycopg.pool", "a line of a log could not be written"),
    ]
    assert said[4][:2] == ("warning", "py.warnings")
    broken = [one["exception"].splitlines()[-1] for one in lines if "exception" in one]
    assert broken == [
        "KeyError: 'missing'",
        "ZeroDivisionError: division by zero",
        "OSError: on its way out",
        "RuntimeError: the end",
    ]
    assert all(one["timestamp"].endswith("Z") for one in lines)
    assert (run.returncode, run.stdout) == (1, "")
