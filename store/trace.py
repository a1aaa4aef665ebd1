"""A trace goes on in the jobs that follow: each carries where it began, if anybody looks."""

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

CARRIED = "traceparent"
"""The argument of a job that no task sees: who runs it takes it away first.
https://www.w3.org/TR/trace-context/
"""

_propagator = TraceContextTextMapPropagator()


def carried() -> dict[str, str]:
    """What a job gets besides its arguments: nothing when nobody looks."""
    found: dict[str, str] = {}
    _propagator.inject(found)
    return {name: value for name, value in found.items() if name == CARRIED}
