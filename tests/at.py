"""`python app.py`, with the time as the one thing that is given to it:

python tests/at.py FOLDER WHEN command …, where FOLDER has app.py, and WHEN is the moment at which
its clock stands, or by how many seconds, with their sign, it is ahead of the machine's.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path


def main(folder: str, when: str, *words: str) -> int:
    sys.path[0] = folder
    sys.argv = [str(Path(folder) / "app.py"), *words]
    import app  # noqa: PLC0415  # that of the folder

    if when.startswith(("+", "-")):
        ahead = timedelta(seconds=float(when))
        return app.main(lambda: app.utc_now() + ahead)
    at = datetime.fromisoformat(when)
    return app.main(lambda: at)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
