"""Functions that live in this process: quick, many, and as slow or broken as a test asks for."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .backend import Exists, LogQuery, NoEndpoints, NotAFunction, SecretMissing, Unknown
from .deployment import Deployment, status_document
from .message import Headers, Request, Response

FunctionHandler = Callable[[Deployment, Request], Response]
"""What a function in memory does with a request."""

NODE_CORES = 64

_uids = itertools.count(1)


def show_environment(deployment: Deployment, request: Request) -> Response:
    """What `fprocess: env` prints: the function's variables and the request's headers, one NAME=value a line."""
    lines = [f"HOSTNAME={deployment.service}-0", f"fprocess={deployment.env_process}"]
    lines += [f"{name}={value}" for name, value in sorted(deployment.env_vars.items())]
    lines += [f"Http_{name.title().replace('-', '_')}={value}" for name, value in request.headers]
    lines += [f"Http_Method={request.method}", f"Http_ContentLength={len(request.body)}", f"Http_Path={request.path}"]
    if request.query:
        lines.append(f"Http_Query={request.query}")
    return Response(200, "\n".join(lines).encode() + b"\n", Headers([("Content-Type", "text/plain")]))


def repeat_body(deployment: Deployment, request: Request) -> Response:
    """What `fprocess: cat` prints: the request's body."""
    return Response(200, request.body, Headers([("Content-Type", "text/plain")]))


PROCESSES: Mapping[str, FunctionHandler] = {"env": show_environment, "cat": repeat_body}


@dataclass
class Record:
    """One function: what was asked for last, and how far it has got.

    `unseen`, `unready` and `ending` count down with every look at the function's status: it is not listed yet, its
    replicas are not available yet, its deletion is not over yet (None: it is not being deleted).
    """

    deployment: Deployment
    replicas: int = 1
    available: int = 1
    uid: str = ""
    restarts: int = 0
    created_at: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    unseen: int = 0
    unready: int = 0
    ending: int | None = None


class MemoryBackend:
    """A back end in memory. Attributes that a test may set:

    `handlers`: a function's name to what it does (default: by its fprocess, `env` where that says nothing);
    `unseen_reads`, `unready_reads`, `ending_reads`: how many looks at its status a change takes to get through;
    `broken_images`: images whose pods never become ready; `failing_replacements`: so many PUTs fail, which the
    provider answers with an empty 200; `foreign`: names of Deployments that are no functions; `has_logs`.

    As on a node, a function that requests more than `NODE_CORES` of CPU never gets ready.
    """

    def __init__(self, namespace: str = "openfaas-fn") -> None:
        self.namespace = namespace
        self.records: dict[str, Record] = {}
        self.handlers: dict[str, FunctionHandler] = {}
        self.broken_images: set[str] = set()
        self.foreign: set[str] = set()
        self.has_logs = True
        self.failing_replacements = 0
        self.unseen_reads = 0
        self.unready_reads = 0
        self.ending_reads = 0
        self.secret_values: dict[str, bytes] = {}
        self._lock = threading.RLock()

    def count(self) -> int:
        """See Backend."""
        return len(self.records)

    def exists(self, name: str) -> bool:
        """See Backend."""
        return name in self.records

    def statuses(self) -> list[dict[str, Any]]:
        """See Backend; one look at every function."""
        with self._lock:
            found = (self.status(name) for name in sorted(self.records))
            return [status for status in found if status]

    def status(self, name: str) -> dict[str, Any] | None:
        """See Backend; one look at the function."""
        with self._lock:
            record = self._look(name)
            if record is None:
                return None
            added = {"faas_function": name} | ({"uid": record.uid} if record.uid else {})
            return status_document(
                record.deployment,
                namespace=self.namespace,
                labels=added | dict(record.deployment.labels),
                replicas=record.replicas,
                available=min(record.available, record.replicas),
                created_at=record.created_at,
            )

    def check_secrets(self, names: tuple[str, ...]) -> None:
        """See Backend."""
        for name in names:
            if name not in self.secret_values:
                raise SecretMissing(f'secrets "{name}" not found')

    def create(self, deployment: Deployment) -> None:
        """See Backend."""
        with self._lock:
            name = deployment.service
            record = self.records.get(name)
            if record is not None and record.ending is not None:
                raise Exists(f'object is being deleted: deployments.apps "{name}" already exists')
            if record is not None or name in self.foreign:
                raise Exists(f'deployments.apps "{name}" already exists')
            self.records[name] = Record(
                deployment,
                replicas=deployment.least_replicas or 1,
                available=0,
                unseen=self.unseen_reads,
                unready=self.unready_reads,
            )
            self._settle(self.records[name])

    def replace(self, deployment: Deployment) -> None:
        """See Backend; as in a rolling update, replicas that were available stay so."""
        with self._lock:
            record = self.records.get(deployment.service)
            if record is None:
                raise Unknown(f'deployments.apps "{deployment.service}" not found')
            if self.failing_replacements > 0:
                self.failing_replacements -= 1
                raise RuntimeError("asked to fail")
            record.deployment = deployment
            record.replicas = deployment.least_replicas or record.replicas
            record.uid = str(next(_uids))
            record.restarts += 1
            record.unready = self.unready_reads
            self._settle(record)

    def delete(self, name: str) -> None:
        """See Backend."""
        with self._lock:
            record = self.records.get(name)
            if name in self.foreign:
                raise NotAFunction(name)
            if record is None:
                raise Unknown(f'deployments.apps "{name}" not found')
            if self.ending_reads > 0:
                record.ending = self.ending_reads
            else:
                del self.records[name]

    def scale(self, name: str, replicas: int) -> None:
        """See Backend."""
        with self._lock:
            record = self.records.get(name)
            if record is None:
                raise Unknown(name)
            record.replicas = replicas
            self._settle(record)

    def secrets(self) -> list[str]:
        """See Backend."""
        return sorted(self.secret_values)

    def create_secret(self, name: str, value: bytes) -> None:
        """See Backend."""
        with self._lock:
            if name in self.secret_values:
                raise Exists(f'secrets "{name}" already exists')
            self.secret_values[name] = value

    def replace_secret(self, name: str, value: bytes) -> None:
        """See Backend."""
        with self._lock:
            if name not in self.secret_values:
                raise Unknown(f'secrets "{name}" not found')
            self.secret_values[name] = value

    def delete_secret(self, name: str) -> None:
        """See Backend."""
        with self._lock:
            if self.secret_values.pop(name, None) is None:
                raise Unknown(f'secrets "{name}" not found')

    def logs(self, query: LogQuery) -> Iterator[dict[str, str]]:
        """See Backend; one line for each (re)start. `follow` ends with the last line, as nothing more will come."""
        if not self.has_logs:
            raise NotImplementedError("this provider keeps no logs")
        instance = f"{query.name}-0"
        record = self.records.get(query.name)
        if record is None or query.instance not in ("", instance) or record.created_at < query.since:
            return iter(())
        lines = [f"start {number + 1} of fprocess" for number in range(record.restarts + 1)]
        if query.tail >= 0:
            lines = lines[len(lines) - min(query.tail, len(lines)) :]
        about = {"name": query.name, "namespace": self.namespace, "instance": instance}
        return iter([{**about, "timestamp": record.created_at, "text": line} for line in lines])

    def call(self, name: str, request: Request) -> Response:
        """See Backend."""
        record = self.records.get(name)
        if record is None:
            raise Unknown(name)
        if record.available < 1:
            raise NoEndpoints(name)
        handler = self.handlers.get(name) or PROCESSES.get(record.deployment.env_process, show_environment)
        return handler(record.deployment, request.altered(headers=request.headers.having(Host="10.0.0.1:8080")))

    def _look(self, name: str) -> Record | None:
        """The record as one look shows it; every look brings what is under way a step on."""
        record = self.records.get(name)
        if record is None:
            return None
        if record.ending is not None:
            record.ending -= 1
            if record.ending < 0:
                del self.records[name]
                return None
        if record.unseen > 0:
            record.unseen -= 1
            return None
        if record.unready > 0:
            record.unready -= 1
        else:
            self._settle(record)
        return record

    def _settle(self, record: Record) -> None:
        """Make the replicas available that nothing holds back."""
        deployment = record.deployment
        if record.unready == 0 and deployment.image not in self.broken_images and _fits(deployment):
            record.available = record.replicas


def _fits(deployment: Deployment) -> bool:
    """Whether a node has the CPU that the function requests."""
    cores = deployment.requests.get("cpu", "")
    return not (cores.isdecimal() and int(cores) > NODE_CORES)
