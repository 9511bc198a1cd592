"""What a test may do to a gateway from outside: make it slow, let it fail for some requests, and count them all."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from .message import Application, ConnectionDropped, Headers, Request, Response

WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass
class Counters:
    """The requests that came in on the public port, handled or not.

    `peak` is how many were under way at once; `begun` and `ended` are seconds on a clock that never goes back, when the
    first came in and when the last was answered.
    """

    requests: list[Request] = field(default_factory=list)
    peak: int = 0
    under_way: int = 0
    begun: float = 0.0
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        """From the first request to the last answer; 0 without a request."""
        return self.ended - self.begun

    @property
    def total(self) -> int:
        """How many there were."""
        return len(self.requests)

    @property
    def by_call(self) -> Counter[tuple[str, str]]:
        """How many of each method and path (without query)."""
        return Counter((request.method, request.path) for request in self.requests)

    @property
    def writes(self) -> int:
        """How many POST, PUT and DELETE requests to /system."""
        return sum(r.method in WRITES and r.path.startswith("/system/") for r in self.requests)

    def of(self, method: str, path: str | None = None) -> int:
        """How many requests of one method, and of one path where given."""
        return sum(r.method == method and path in (None, r.path) for r in self.requests)

    def reset(self) -> None:
        """Start anew."""
        self.requests.clear()
        self.peak = self.under_way
        self.begun = self.ended = 0.0


@dataclass
class Fault:
    """One planned misbehaviour for the next `times` requests that fit `method` and `path` (a prefix)."""

    times: int
    method: str = ""
    path: str = ""
    response: Response | None = None
    handled: bool = False
    reset: bool = False

    def fits(self, request: Request) -> bool:
        """Whether it is this request's turn."""
        return self.times > 0 and self.method in ("", request.method) and request.path.startswith(self.path)


class Faults:
    """Planned misbehaviour, tried in the order in which it was asked for; `latency` is seconds for every request."""

    def __init__(self, latency: float = 0.0) -> None:
        self.latency = latency
        self._planned: list[Fault] = []
        self._lock = threading.Lock()

    def answer(
        self,
        status: int,
        *,
        times: int = 1,
        method: str = "",
        path: str = "",
        headers: dict[str, str] | None = None,
        body: str = "",
    ) -> None:
        """Answer the next `times` fitting requests with `status` and do nothing of what they ask."""
        reply = Response(status, body.encode(), Headers((headers or {}).items()))
        self._plan(Fault(times, method, path, reply))

    def html(self, *, status: int = 200, times: int = 1, method: str = "", path: str = "") -> None:
        """Answer with a web page, as a proxy in front of the gateway does."""
        page = "<!DOCTYPE html><html><head><title>Please wait</title></head><body><h1>Please wait</h1></body></html>"
        headers = {"Content-Type": "text/html; charset=utf-8"}
        self.answer(status, times=times, method=method, path=path, headers=headers, body=page)

    def drop(
        self, *, times: int = 1, method: str = "", path: str = "", handled: bool = True, reset: bool = False
    ) -> None:
        """Close the connection without a reply: after the request was `handled` (a lost reply), or in its place."""
        self._plan(Fault(times, method, path, handled=handled, reset=reset))

    def clear(self) -> None:
        """Behave again."""
        self.latency = 0.0
        with self._lock:
            self._planned.clear()

    def _plan(self, fault: Fault) -> None:
        with self._lock:
            self._planned.append(fault)

    def take(self, request: Request) -> Fault | None:
        """The fault for this request, used up once."""
        with self._lock:
            fault = next((fault for fault in self._planned if fault.fits(request)), None)
            if fault is not None:
                fault.times -= 1
            return fault


class Watched:
    """An application with counters and faults in front of it."""

    def __init__(self, application: Application, counters: Counters, faults: Faults) -> None:
        self._application = application
        self._counters = counters
        self._faults = faults
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        """Answer one request, or misbehave as planned."""
        counters = self._counters
        with self._lock:
            counters.begun = counters.begun or time.monotonic()
            counters.requests.append(request)
            counters.under_way += 1
            counters.peak = max(counters.peak, counters.under_way)
        try:
            if self._faults.latency > 0:
                time.sleep(self._faults.latency)
            fault = self._faults.take(request)
            if fault is None:
                return self._application(request)
            if fault.response is not None:
                return fault.response
            if fault.handled:
                self._application(request)
            raise ConnectionDropped(reset=fault.reset)
        finally:
            with self._lock:
                counters.under_way -= 1
                counters.ended = time.monotonic()
