"""A small API server in memory: it keeps objects by path, and knows lists, conflicts and deletion, nothing else."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from tests.gateway.message import Request, Response, document


class MemoryApi:
    """An application; `objects` are its objects by path, `requests` what was asked of it, `logs` texts by path."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.requests: list[Request] = []
        self.logs: dict[str, str] = {}

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        self.requests.append(request)
        if request.path in self.logs:
            return Response(200, stream=iter([self.logs[request.path].encode()]))
        namespace, _, below = request.path.partition("/namespaces/")[2].partition("/")
        if "/" not in below and request.method == "POST":
            return self._create(request.path, namespace, json.loads(request.body))
        if "/" not in below:
            return self._list(request)
        found = self.objects.get(request.path)
        if found is None:
            return _refusal(404, "NotFound", f"{below} not found")
        if request.method == "PUT":
            self.objects[request.path] = found = json.loads(request.body)
        if request.method == "DELETE":
            del self.objects[request.path]
        return document(found)

    def _create(self, path: str, namespace: str, body: dict[str, Any]) -> Response:
        name = body["metadata"]["name"]
        if f"{path}/{name}" in self.objects:
            return _refusal(409, "AlreadyExists", f'"{name}" already exists')
        body["metadata"] |= {"namespace": namespace, "creationTimestamp": "2026-01-01T00:00:00Z"}
        self.objects[f"{path}/{name}"] = body
        return document(body, 201)

    def _list(self, request: Request) -> Response:
        selector = parse_qs(request.query).get("labelSelector", [""])[0]
        below = [found for path, found in self.objects.items() if path.rpartition("/")[0] == request.path]
        return document({"items": [found for found in below if _selected(found, selector)]})


def _selected(found: dict[str, Any], selector: str) -> bool:
    labels = found["metadata"].get("labels") or {}
    key, equals, value = selector.partition("=")
    return not selector or (key in labels and (not equals or labels[key] == value))


def _refusal(status: int, reason: str, message: str) -> Response:
    return document({"kind": "Status", "reason": reason, "message": message}, status)
