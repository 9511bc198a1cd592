"""The gateway's routes, as `faas` 0.27 (Community Edition) has them, in front of a provider.

Its warts: the list of functions needs the metrics server once there is a function, and closes the connection without
it; asynchronous calls are 404 without a queue; the metrics are on a port of their own.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from typing import Any

from .credentials import Credentials
from .deployment import MOST_REPLICAS
from .message import Application, ConnectionDropped, Headers, Request, Response, document, empty, text
from .metrics import InvocationCounts, Metrics
from .queue import Queue, pack
from .routes import FUNCTION, Routes, to

RELEASE = "0.27.13"
ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}


class Gateway:
    """An application: what users reach on port 8080.

    `credentials` guard /system and /ui (None: nobody is asked); `counts` is the metrics server; `queue` None turns
    asynchronous calls off; `logs` is the provider's application for streamed replies where that differs.
    `most_replicas` is what a function is scaled to at most, None for any number.
    """

    def __init__(
        self,
        provider: Application,
        *,
        credentials: Credentials | None,
        metrics: Metrics,
        counts: InvocationCounts,
        queue: Queue | None = None,
        logs: Application | None = None,
        namespace: str = "openfaas-fn",
        machine: str = "x86_64",
        most_replicas: int | None = MOST_REPLICAS,
    ) -> None:
        self._provider = provider
        self._credentials = credentials
        self._metrics = metrics
        self._counts = counts
        self._queue = queue
        self._logs = logs or provider
        self._namespace = namespace
        self._machine = machine
        self._most_replicas = most_replicas
        self._routes = self._table()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        return self._routes(request)

    def _table(self) -> Routes:
        routes = Routes()
        guard = self._credentials.guard if self._credentials else lambda handler: handler
        system = to(self._system)
        for methods, pattern, handler in (
            ("GET", "/system/info", to(self._info)),
            ("GET", "/system/functions", to(self._list)),
            ("POST PUT DELETE", "/system/functions", system),
            ("GET", f"/system/function/{FUNCTION}", system),
            ("POST", f"/system/scale-function/{FUNCTION}", to(self._scale)),
            ("GET POST PUT DELETE", "/system/secrets", system),
            ("GET", "/system/logs", to(self._read_logs)),
            ("GET", "/system/namespaces", system),
            ("GET POST PUT DELETE", "/system/namespace/[-a-zA-Z_0-9.]*", system),
            ("GET", "/ui/.*", lambda request, match: _page()),
        ):
            routes.add(methods, pattern, guard(handler))
        routes.add("", f"/function/{FUNCTION}(?P<rest>/.*)?", self._function)
        if self._queue is not None:
            routes.add("POST", f"/async-function/{FUNCTION}(?P<rest>/.*)?", self._asynchronous)
        routes.add("GET", "/healthz", system)
        routes.add("GET", "/", lambda request, match: empty(307).having(Location="/ui/"))
        return routes

    def _system(self, request: Request) -> Response:
        """Pass on to the provider with the gateway's own credentials; 502 without a body where it is down."""
        return self._pass_on(self._introduced(request))

    def _introduced(self, request: Request) -> Request:
        """The request with the gateway's own credentials, and where it came from."""
        headers = _forwarded(request)
        if self._credentials is not None:
            headers = headers.having(Authorization=self._credentials.header)
        return request.altered(headers=headers)

    def _pass_on(self, request: Request) -> Response:
        try:
            return self._provider(request)
        except OSError:
            return empty(502)

    def _list(self, request: Request) -> Response:
        response = self._system(request)
        if response.status != 200:
            return response
        functions: list[dict[str, Any]] = json.loads(response.body)
        if not functions:
            return response
        try:
            counts = self._counts()
        except OSError as error:
            # The wart: the real gateway panics here, and its server closes the connection.
            raise ConnectionDropped from error
        for function in functions:
            if number := counts.get(f"{function['name']}.{function['namespace']}"):
                function["invocationCount"] = int(number)
        return document(functions)

    def _scale(self, request: Request) -> Response:
        try:
            wanted = json.loads(request.body)
            replicas = int(wanted.get("replicas") or 0)
        except (ValueError, TypeError, AttributeError):
            return text(400, "the request is not a JSON object with replicas")
        wanted["replicas"] = replicas if self._most_replicas is None else max(1, min(replicas, self._most_replicas))
        return self._system(request.altered(body=json.dumps(wanted).encode()))

    def _info(self, request: Request) -> Response:
        response = self._system(request)
        provider = json.loads(response.body) if response.status == 200 else None
        version = {"commit_message": "stand-in", "sha": "0" * 40, "release": RELEASE}
        return document({"provider": provider, "version": version, "arch": ARCHITECTURES.get(self._machine, "")})

    def _read_logs(self, request: Request) -> Response:
        try:
            response = self._logs(self._introduced(request))
        except OSError:
            return text(500, "the logs cannot be read")
        if response.status in (404, 501):
            return empty(501)
        return (
            response
            if response.status in (200, 422)
            else text(500, f"the provider answers {response.status} to the log query")
        )

    def _function(self, request: Request, match: re.Match[str]) -> Response:
        started = time.perf_counter()
        tagged, tags = _tagged(request)
        path = f"/function/{match['name']}{match['rest'] or ''}"
        response = self._pass_on(tagged.altered(path=path, headers=_forwarded(tagged)))
        name = match["name"] if "." in match["name"] else f"{match['name']}.{self._namespace}"
        self._metrics.count(name, response.status, time.perf_counter() - started)
        return response.having(**tags)

    def _asynchronous(self, request: Request, match: re.Match[str]) -> Response:
        assert self._queue is not None  # there is no route without a queue
        tagged, tags = _tagged(request)
        try:
            self._queue.publish(pack(match["name"], tagged.altered(path=match["rest"] or "/")))
        except OSError as error:
            return text(500, f"the call cannot be queued: {error}").having(**tags)
        return empty(202).having(**tags)


def _tagged(request: Request) -> tuple[Request, dict[str, str]]:
    """The request with a call id and its start in nanoseconds, and the same fields for the reply.

    A call id that the client gave is kept, and then not repeated in the reply.
    """
    start = str(time.time_ns())
    tags = {"X_Start_Time": start, "X_Served_By": f"openfaas-ce/{RELEASE}"}
    call_id = request.headers.get("X-Call-Id")
    if not call_id:
        call_id = tags["X_Call_Id"] = str(uuid.uuid4())
    return request.altered(headers=request.headers.having(X_Call_Id=call_id, X_Start_Time=start)), tags


def _forwarded(request: Request) -> Headers:
    """The request's header fields, which say where it came from unless they did already."""
    headers = request.headers
    if not headers.get("X-Forwarded-Host") and headers.get("Host"):
        headers = headers.having(X_Forwarded_Host=headers.get("Host"))
    if not headers.get("X-Forwarded-For"):
        headers = headers.having(X_Forwarded_For=request.client)
    return headers


def _page() -> Response:
    """The place of the web interface."""
    page = b"<!DOCTYPE html><title>Gateway stand-in</title><p>There is no web interface here.</p>\n"
    return Response(200, page, Headers([("Content-Type", "text/html; charset=utf-8")]))
