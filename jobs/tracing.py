"""A job as part of the trace that caused it, and how long it took."""

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from procrastinate import JobContext

from store.trace import CARRIED

_tracer = trace.get_tracer("baton")
_took = metrics.get_meter("baton").create_histogram("baton.job.duration", unit="s")
_propagator = TraceContextTextMapPropagator()


async def traced(
    call_next: Callable[[], Awaitable[Any]], context: JobContext, _worker: object
) -> Any:
    """The task runs inside the trace of what put it into the queue, and sees nothing of it.

    An error is named by its kind alone, for its words may be a person's.
    """
    parent = context.job.task_kwargs.pop(CARRIED, None)
    began, labels = monotonic(), {"job": context.job.task_name, "outcome": "done"}
    with _tracer.start_as_current_span(
        f"job {context.job.task_name}",
        context=_propagator.extract({CARRIED: str(parent)}) if parent else None,
        kind=trace.SpanKind.CONSUMER,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        if handoff := context.job.task_kwargs.get("handoff_id"):
            span.set_attribute("baton.handoff", str(handoff))
        try:
            return await call_next()
        except Exception as error:  # counted by its kind, and raised: jobs/retry.py decides
            labels["outcome"] = type(error).__name__
            span.set_status(trace.StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            _took.record(monotonic() - began, labels)
