"""Collections as Graph answers them: filtered, ordered, page by page."""

from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sandbox.graph.door import Answer, Call, Json, bad
from sandbox.graph.odata import Query, ordered, selected

MOST = 1000  # that $top may ask for


def checked(
    query: Query, *, kind: str, known: Sequence[str], unfilterable: Sequence[str] = ()
) -> Query:
    """Raises RefusedError for a property that the kind does not have or that cannot be filtered
    by.
    """
    names = {name.lower() for name in known}
    used = [*query.select, *(path.partition("/")[0] for path, _ in query.orderby)]
    used += query.filter.properties if query.filter else ()
    for name in used:
        if name.lower() not in names and name != "*":
            raise bad(
                "RequestBroker--ParseUri",
                f"Could not find a property named '{name}' on type 'microsoft.graph.{kind}'.",
            )
    for name in query.filter.properties if query.filter else ():
        if name in unfilterable:
            raise bad("ErrorInvalidProperty", f"The property '{name}' does not support filtering.")
    if query.top is not None and query.top > MOST:
        raise bad(
            "ErrorInvalidParameter", f"The value of $top must be between 1 and {MOST} inclusive."
        )
    return query


def page(
    call: Call,
    query: Query,
    items: list[Json],
    *,
    context: str,
    size: int = 10,
    always: Sequence[str] = ("id",),
    finish: Callable[[Json], Json] = lambda item: item,
) -> Answer:
    """One page of what the query leaves of the items, and the link to the next."""
    if query.filter:
        items = [item for item in items if query.filter.test(item)]
    items = ordered(items, query.orderby)
    size = query.top or call.prefer.page or size
    shown = [
        finish(selected(item, query.select, always=always))
        for item in items[query.skip : query.skip + size]
    ]
    body: Json = {"@odata.context": f"{call.base}/$metadata#{context}"}
    if query.count:
        body["@odata.count"] = len(items)
    if query.skip + size < len(items):
        body["@odata.nextLink"] = with_query(call.url, {"$skip": str(query.skip + size)})
    body["value"] = shown
    return Answer(body=body)


def with_query(url: str, parameters: dict[str, str], *, only: bool = False) -> str:
    """The address with these parameters instead of its own of the same names, or of all."""
    parts = urlsplit(url)
    kept = [] if only else [(k, v) for k, v in parse_qsl(parts.query) if k not in parameters]
    return urlunsplit(parts._replace(query=urlencode([*kept, *parameters.items()], safe="$")))
