"""What Microsoft's client does slowly, done quickly.

Every object read from Graph is asked which fields it has. In msgraph-sdk 1.65 the class that all
of them come from, Entity, runs 2,392 import statements to answer that, each time: 10 ms for a user
or an event, in which nothing else runs. The answer names two fields and needs none of them.

Whatever waits for a connection looks first for `sniffio`, which no longer comes along with `anyio`,
and Python goes through every folder for what is missing, each time: a dozen times a request, a
tenth of a millisecond each. https://github.com/encode/httpcore/pull/1103
"""

import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from msgraph.generated.models.entity import Entity

AS_IT_COMES = Entity.get_field_deserializers
"""Microsoft's own, for the test that ours says the same."""


def _fields(self: Any) -> dict[str, Callable[[Any], None]]:
    return {
        "id": lambda node: setattr(self, "id", node.get_str_value()),
        "@odata.type": lambda node: setattr(self, "odata_type", node.get_str_value()),
    }


def make_quick() -> None:
    """From now on objects are read in a tenth of the time, and what is missing is known to be.
    Twice does no harm.
    """
    Entity.get_field_deserializers = _fields
    if "sniffio" not in sys.modules and not find_spec("sniffio"):
        # https://docs.python.org/3/reference/import.html#the-module-cache
        sys.modules["sniffio"] = None  # type: ignore[assignment]
