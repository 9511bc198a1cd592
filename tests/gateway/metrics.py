"""The gateway's own metrics, in Prometheus' text format, and who adds them up."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from .message import Headers, Request, Response, text

INVOCATIONS = "gateway_function_invocation_total"
_SECONDS = "gateway_functions_seconds"

InvocationCounts = Callable[[], Mapping[str, float]]
"""Gives the calls so far by NAME.NAMESPACE; raises OSError where they cannot be had."""


class Metrics:
    """Counts function calls by name and code, and the seconds they took; an application that shows them."""

    def __init__(self) -> None:
        self._calls: Counter[tuple[str, int]] = Counter()
        self._seconds: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    def count(self, function: str, status: int, seconds: float) -> None:
        """Note one call of `function` (NAME.NAMESPACE)."""
        with self._lock:
            self._calls[function, status] += 1
            self._seconds[function] += seconds

    def invocations(self) -> Mapping[str, float]:
        """Calls by function, whatever their code."""
        with self._lock:
            totals: Counter[str] = Counter()
            for (function, _), number in self._calls.items():
                totals[function] += number
            return {function: float(number) for function, number in totals.items()}

    def __call__(self, request: Request) -> Response:
        """GET /metrics, and /healthz for the port it is served on."""
        if request.path == "/healthz":
            return text(200, "OK")
        if request.path != "/metrics":
            return text(404, "404 page not found")
        return Response(200, self.exposition().encode(), Headers([("Content-Type", "text/plain; version=0.0.4")]))

    def exposition(self) -> str:
        """All samples in the text format."""
        with self._lock:
            calls = sorted(self._calls.items())
            seconds = sorted(self._seconds.items())
        lines = [f"# HELP {INVOCATIONS} Function calls", f"# TYPE {INVOCATIONS} counter"]
        for (function, code), number in calls:
            lines.append(f'{INVOCATIONS}{{code="{code}",function_name="{function}"}} {number}')
        lines += [f"# HELP {_SECONDS} Time taken by functions", f"# TYPE {_SECONDS} summary"]
        for function, taken in seconds:
            lines.append(f'{_SECONDS}_sum{{function_name="{function}"}} {taken:.6f}')
        return "\n".join(lines) + "\n"
