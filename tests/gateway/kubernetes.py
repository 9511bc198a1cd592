"""Functions that are Deployments and Services in a cluster."""

from __future__ import annotations

import base64
import random
import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

from .backend import BackendError, Exists, LogQuery, NoEndpoints, NotAFunction, SecretMissing, Unknown, Unreachable
from .deployment import Deployment
from .forward import Upstream
from .kubeapi import ApiError, KubeApi
from .message import Request, Response
from .workload import (
    FUNCTION_LABEL,
    PORT,
    PodSettings,
    is_function,
    new_service,
    new_workload,
    renewed_workload,
    workload_status,
)

Locator = Callable[[str], str]
"""Gives the base URL at which to call a function; raises NoEndpoints."""

_SECRET_LABEL = {"app.kubernetes.io/managed-by": "openfaas"}
_FOREGROUND = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground"}


def by_pod_address(api: KubeApi, namespace: str) -> Locator:
    """One of the function's ready pods, by address and at random: how the Community Edition calls functions."""

    def locate(name: str) -> str:
        slices = api.items(
            f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
            labelSelector=f"kubernetes.io/service-name={name}",
        )
        addresses = [
            endpoint["addresses"][0]
            for found in slices
            for endpoint in found.get("endpoints") or []
            if (endpoint.get("conditions") or {}).get("ready")
        ]
        if not addresses:
            raise NoEndpoints(name)
        address = random.choice(addresses)
        return f"http://[{address}]:{PORT}" if ":" in address else f"http://{address}:{PORT}"

    return locate


def by_service_name(namespace: str, domain: str) -> Locator:
    """The function's Service, whose pod the network chooses: `directFunctions`."""
    return lambda name: f"http://{name}.{namespace}.svc.{domain}:{PORT}"


class KubernetesBackend:
    """A back end in one namespace of a cluster; `timeout` in seconds for a function's reply."""

    def __init__(
        self, api: KubeApi, namespace: str, locate: Locator, settings: PodSettings, timeout: float = 60.0
    ) -> None:
        self.namespace = namespace
        self._api = api
        self._locate = locate
        self._settings = settings
        self._timeout = timeout

    def count(self) -> int:
        """See Backend."""
        return len(self._workloads())

    def exists(self, name: str) -> bool:
        """See Backend."""
        return self._workload(name) is not None

    def statuses(self) -> list[dict[str, Any]]:
        """See Backend."""
        return [workload_status(workload) for workload in self._workloads()]

    def status(self, name: str) -> dict[str, Any] | None:
        """See Backend."""
        workload = self._workload(name)
        return workload_status(workload) if workload else None

    def check_secrets(self, names: tuple[str, ...]) -> None:
        """See Backend."""
        for name in names:
            if self._api.get(self._path("secrets", name)) is None:
                raise SecretMissing(f'secrets "{name}" not found')

    def create(self, deployment: Deployment) -> None:
        """See Backend."""
        self._change("POST", self._path("deployments"), new_workload(deployment, self._settings))
        self._change("POST", self._path("services"), new_service(deployment))

    def replace(self, deployment: Deployment) -> None:
        """See Backend."""
        workload = self._workload(deployment.service)
        if workload is None:
            raise Unknown(f'deployments.apps "{deployment.service}" not found')
        uid = str(time.time_ns() % 1_000_000_000)
        renewed = renewed_workload(workload, deployment, self._settings, uid)
        self._change("PUT", self._path("deployments", deployment.service), renewed)
        service = self._change("GET", self._path("services", deployment.service))
        service["metadata"]["annotations"] = dict(deployment.annotations)
        self._change("PUT", self._path("services", deployment.service), service)

    def delete(self, name: str) -> None:
        """See Backend; the pods go before the Deployment does."""
        workload = self._workload(name)
        if workload is None:
            raise Unknown(f'deployments.apps "{name}" not found')
        if not is_function(workload):
            raise NotAFunction(name)
        self._change("DELETE", self._path("deployments", name), _FOREGROUND)
        self._change("DELETE", self._path("services", name), _FOREGROUND)

    def scale(self, name: str, replicas: int) -> None:
        """See Backend."""
        workload = self._workload(name)
        if workload is None:
            raise Unknown(name)
        workload["spec"]["replicas"] = replicas
        self._change("PUT", self._path("deployments", name), workload)

    def secrets(self) -> list[str]:
        """See Backend."""
        selector = ",".join(f"{key}={value}" for key, value in _SECRET_LABEL.items())
        return [item["metadata"]["name"] for item in self._api.items(self._path("secrets"), labelSelector=selector)]

    def create_secret(self, name: str, value: bytes) -> None:
        """See Backend."""
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": {"name": name, "labels": dict(_SECRET_LABEL)},
            "data": {name: base64.b64encode(value).decode()},
        }
        self._change("POST", self._path("secrets"), secret)

    def replace_secret(self, name: str, value: bytes) -> None:
        """See Backend."""
        secret = self._change("GET", self._path("secrets", name))
        secret["data"] = {name: base64.b64encode(value).decode()}
        self._change("PUT", self._path("secrets", name), secret)

    def delete_secret(self, name: str) -> None:
        """See Backend."""
        self._change("DELETE", self._path("secrets", name))

    def logs(self, query: LogQuery) -> Iterator[dict[str, str]]:
        """See Backend; with `follow` the pods' lines come as they are written."""
        pods = self._api.items(self._path("pods"), labelSelector=f"{FUNCTION_LABEL}={query.name}")
        names = [pod["metadata"]["name"] for pod in pods]
        wanted = [name for name in names if query.instance in ("", name)]
        return _merged([self._pod_lines(query, name) for name in wanted])

    def call(self, name: str, request: Request) -> Response:
        """See Backend; over a connection of its own, as the real provider keeps none for longer than a moment."""
        try:
            base = self._locate(name)
        except NoEndpoints:
            if not self.exists(name):
                raise Unknown(name) from None
            raise
        try:
            return Upstream(base, timeout=self._timeout, kept=False)(request)
        except OSError as error:
            if not self.exists(name):
                raise Unknown(name) from error
            raise Unreachable(name) from error

    def _workloads(self) -> list[dict[str, Any]]:
        return self._api.items(self._path("deployments"), labelSelector=FUNCTION_LABEL)

    def _workload(self, name: str) -> dict[str, Any] | None:
        return self._api.get(self._path("deployments", name))

    def _path(self, resource: str, name: str = "") -> str:
        group = "/apis/apps/v1" if resource == "deployments" else "/api/v1"
        return f"{group}/namespaces/{self.namespace}/{resource}" + (f"/{name}" if name else "")

    def _change(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A request whose refusal is an error of the back end."""
        try:
            return self._api.request(method, path, body)
        except ApiError as error:
            kinds: dict[str, type[BackendError]] = {"NotFound": Unknown, "AlreadyExists": Exists}
            raise kinds.get(error.reason, BackendError)(str(error)) from error

    def _pod_lines(self, query: LogQuery, pod: str) -> Iterator[dict[str, str]]:
        asked = {"container": query.name, "timestamps": "true", "follow": "true" if query.follow else "false"}
        if query.tail >= 0:
            asked["tailLines"] = str(query.tail)
        if query.since:
            asked["sinceTime"] = query.since
        about = {"name": query.name, "namespace": self.namespace, "instance": pod}
        try:
            for line in self._api.lines(self._path("pods", pod) + "/log", **asked):
                timestamp, _, message = line.partition(" ")
                yield {**about, "timestamp": timestamp, "text": message}
        except (ApiError, OSError):
            return  # a pod that has not started, or is gone, has no lines


def _merged(sources: list[Iterator[dict[str, str]]]) -> Iterator[dict[str, str]]:
    """What several sources give, as it comes, until the last of them ends."""
    found: SimpleQueue[dict[str, str] | None] = SimpleQueue()

    def read(source: Iterator[dict[str, str]]) -> None:
        for message in source:
            found.put(message)
        found.put(None)

    for source in sources:
        threading.Thread(target=read, args=(source,), daemon=True).start()
    running = len(sources)
    while running:
        message = found.get()
        if message is None:
            running -= 1
        else:
            yield message
