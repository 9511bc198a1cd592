# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection to a cluster: one request, its answer, and the failures that users see."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable
from urllib.parse import urlencode

from .._errors import MeshError, NotAuthenticated, PassingFault, Refused
from .._retry import Clock, retried
from .stream import PodStream

T = TypeVar("T")
Object = dict[str, Any]

REQUEST_SECONDS = 30.0
FIRST_ANSWER_SECONDS = 8.0
PATIENCE_SECONDS = 120.0
PAGE_SIZE = 500

APPLY_PATCH = "application/apply-patch+yaml"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


@dataclass(frozen=True)
class Answer:
    """What came back for one request."""

    status: int
    headers: dict[str, str]
    body: bytes


class Transport(Protocol):
    """Sends one request. Raises PassingFault where no answer came, MeshError where none ever will."""

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """The answer to one request for ``target`` (path and query), within ``seconds``."""


@runtime_checkable
class Forwarding(Protocol):
    """A transport that reaches the ports of pods too, from the pods' own loopback."""

    def ask_pod(self, namespace: str, pod: str, port: int, path: str, seconds: float) -> Answer:
        """The answer of a pod's program to one GET, through the API server's port-forward.

        :raises Refused: the API server does not forward, for want of rights (``pods/portforward``) or of the pod.
        :raises PassingFault: the port gave no answer.
        """


@runtime_checkable
class Streaming(Protocol):
    """A transport that opens ports of pods, for bytes of any kind."""

    def open_port(self, namespace: str, pod: str, port: int, seconds: float) -> PodStream:
        """The open port, within ``seconds``.

        :raises Refused: the API server does not forward, for want of rights (``pods/portforward``).
        :raises PassingFault: it cannot now, as while the pod comes or goes.
        """


class ApiError(Refused):
    """The API server refused a request.

    :param status: the HTTP status. :param reason: the machine-readable reason, such as ``AlreadyExists``.
    :param causes: the ``details.causes`` of the answer, such as one for each field in conflict.
    """

    def __init__(self, message: str, status: int, reason: str = "", causes: list[Object] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.causes = causes or []


class WebhookFault(PassingFault):
    """An admission webhook could not be called; the message names it."""


class WebhookDown(MeshError):
    """A dry run has no answer, since an admission webhook could not be called or takes no part in dry runs."""


@dataclass
class Cluster:
    """A cluster's API, spoken to over connections that stay open. Safe to use from several threads.

    :param server: the API server's URL, for messages.
    :param patience: seconds for which a fault that may pass is waited out once the server has answered.
    """

    transport: Transport
    server: str
    clock: Clock
    patience: float = PATIENCE_SECONDS
    requests: Counter[str] = field(default_factory=Counter)
    _answered: bool = False

    def get(self, path: str, query: dict[str, str] | None = None) -> Object | None:
        """The object at ``path``, or None where there is none."""
        try:
            return self.request("GET", path, query=query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def items(self, path: str, query: dict[str, str] | None = None) -> Iterator[Object]:
        """The objects of a list, fetched in pages of 500 as they are used; none where the kind is unknown."""
        page: dict[str, str] = {**(query or {}), "limit": str(PAGE_SIZE)}
        while True:
            answer = self.get(path, page)
            if answer is None:
                return
            yield from answer.get("items") or []
            token = answer["metadata"].get("continue")
            if not token:
                return
            page["continue"] = token

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: Object | list[Object] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Object:
        """The server's answer, decoded. Faults that may pass are waited out.

        :raises ApiError: the server refuses. :raises NotAuthenticated: it does not know us.
        :raises PassingFault: it did not get well in time; the message names the server.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        headers = {"Accept": accept, "Content-Type": content_type}
        data = None if body is None else json.dumps(body).encode()
        kind = _kind_of_request(method, path, query or {})

        def once() -> Object:
            self.requests[kind] += 1
            answer = self.transport.send(method, target, headers, data, min(REQUEST_SECONDS, self.patience))
            self._answered = True
            try:
                return self._decoded(method, path, answer)
            except WebhookFault as fault:
                if kind != "dry_run":
                    raise
                # A question may go unanswered: only what is written waits for a webhook to come up.
                raise WebhookDown(str(fault)) from fault

        began = self.clock.now()
        if not self._answered:
            # An address where nothing answers is most likely wrong.
            try:
                return retried(once, self.clock, min(FIRST_ANSWER_SECONDS, self.patience))
            except PassingFault:
                if not self._answered:
                    raise
        return retried(once, self.clock, self.patience - (self.clock.now() - began))

    def text(self, path: str, query: dict[str, str] | None = None) -> str:
        """The plain text at ``path``: a container's log, or the answer of a proxied pod."""
        target = f"{path}?{urlencode(query)}" if query else path
        self.requests["read"] += 1
        answer = self.transport.send("GET", target, {"Accept": "*/*"}, None, REQUEST_SECONDS)
        if answer.status >= 400:
            raise self._failure("GET", path, answer)
        return answer.body.decode(errors="replace")

    def text_inside(self, namespace: str, pod: str, port: int, path: str) -> str:
        """The text that a pod's program gives to callers on its own loopback. See ``Forwarding`` for the errors."""
        if not isinstance(self.transport, Forwarding):
            raise MeshError(f"Pod {namespace}/{pod} cannot be asked over a connection that forwards no ports.")
        self.requests["read"] += 1
        answer = self.transport.ask_pod(namespace, pod, port, path, REQUEST_SECONDS)
        if answer.status >= 400:
            raise Refused(f"Pod {namespace}/{pod} answers {path} at port {port} with HTTP {answer.status}.")
        return answer.body.decode(errors="replace")

    def open_port(self, namespace: str, pod: str, port: int) -> PodStream:
        """An open port of a pod. See ``Streaming`` for the errors."""
        if not isinstance(self.transport, Streaming):
            raise MeshError(f"Pod {namespace}/{pod} cannot be reached over a connection that forwards no ports.")
        self.requests["read"] += 1
        return self.transport.open_port(namespace, pod, port, min(REQUEST_SECONDS, self.patience))

    def _decoded(self, method: str, path: str, answer: Answer) -> Object:
        if answer.status >= 400:
            raise self._failure(method, path, answer)
        try:
            decoded = json.loads(answer.body or b"{}")
        except ValueError:
            decoded = None
        if not isinstance(decoded, dict):
            raise MeshError(
                f"{self.server} does not answer as a Kubernetes API server does ({method} {path}): check the address."
            )
        return decoded

    def _failure(self, method: str, path: str, answer: Answer) -> MeshError:
        try:
            status = json.loads(answer.body)
        except ValueError:
            status = {}
        status = status if isinstance(status, dict) else {}
        said = status.get("message") or answer.body.decode(errors="replace").strip()[:300] or f"HTTP {answer.status}"
        where = f"{method} {path} at {self.server}"
        if answer.status == 401:
            return NotAuthenticated(f"{self.server} does not accept these credentials: renew them in the kubeconfig.")
        if 'User "system:anonymous"' in said:
            return NotAuthenticated(
                f"{self.server} was given no credentials: check the user of the kubeconfig, and run its credential "
                "plugin, if it has one, by hand."
            )
        if answer.status == 403:
            return ApiError(f"{said} ({where}).", 403, status.get("reason", ""))
        if "failed calling webhook" in said:
            return WebhookFault(f"{said} ({where}).")
        if "does not support dry run" in said:
            return WebhookDown(f"{said} ({where}).")
        # Other answers of 500 are final: they come from faults in the document.
        if answer.status in (429, 502, 503, 504) or (answer.status == 500 and "etcdserver" in said):
            return PassingFault(f"{said} ({where}).", _seconds(answer.headers.get("retry-after")))
        details = status.get("details") or {}
        return ApiError(f"{said} ({where}).", answer.status, status.get("reason", ""), details.get("causes"))


def connect(params: dict[str, Any], clock: Clock) -> Cluster:
    """The cluster that a module's connection options name.

    :param params: the module's parameters, with the options of ``argspec.CONNECTION``; with a ``timeout``, faults that
        may pass are waited out for as long.
    :raises MeshError: the library is missing, the kubeconfig cannot be used, or a credential plugin hangs.
    """
    from ._library import LibraryTransport, load_configuration

    seconds = float(params.get("timeout") or PATIENCE_SECONDS)
    configuration = within(
        min(seconds, REQUEST_SECONDS), lambda: load_configuration(params), "A credential plugin of the kubeconfig"
    )
    return Cluster(LibraryTransport(configuration, params), configuration.host, clock, patience=seconds)


def within(seconds: float, call: Callable[[], T], what: str) -> T:
    """The result of ``call``, or a MeshError that names ``what`` when it takes longer than ``seconds``."""
    outcome: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:
            failure.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    if failure:
        raise failure[0]
    if not outcome:
        raise MeshError(f"{what} gave no answer within {seconds:.0f} s: run it by hand to see why.")
    return outcome[0]


def _kind_of_request(method: str, path: str, query: dict[str, str]) -> str:
    if method == "GET":
        return "read"
    if "dryRun" in query:
        return "dry_run"
    return "review" if path.endswith("reviews") else "write"


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.isdigit() else None
