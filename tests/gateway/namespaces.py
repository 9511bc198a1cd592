"""Namespaces for functions as OpenFaaS Pro keeps them, in this process."""

from __future__ import annotations

import json
import re
from typing import Any

from .message import Request, Response, document, empty

Labels = dict[str, str]


class Namespaces:
    """The namespaces of one provider: their names to their labels and annotations.

    `ending_reads`: how many looks a deletion takes. Like Kubernetes it adds a label of its own to each namespace.
    """

    def __init__(self, first: str) -> None:
        self.records: dict[str, dict[str, Labels]] = {}
        self.ending_reads = 0
        self._ending: dict[str, int] = {}
        self._keep(first, {})

    def names(self, request: Request, match: re.Match[str]) -> Response:
        """GET /system/namespaces."""
        return document(sorted(self.records))

    def one(self, request: Request, match: re.Match[str]) -> Response:
        """GET, POST, PUT and DELETE of /system/namespace/NAME."""
        name = match["name"]
        if request.method == "GET":
            return self._look(name)
        given: dict[str, Any] = json.loads(request.body)
        if given.get("name") != name:
            return empty(400)
        if request.method == "POST":
            if name in self.records:
                return empty(409)
            self._keep(name, given)
            return empty(201)
        if name not in self.records:
            return empty(404)
        if request.method == "PUT":
            self._keep(name, given)
        elif self.ending_reads > 0:
            self._ending[name] = self.ending_reads
        else:
            del self.records[name]
        return empty(202)

    def _keep(self, name: str, given: dict[str, Any]) -> None:
        self.records[name] = {
            "labels": {**(given.get("labels") or {}), "kubernetes.io/metadata.name": name},
            "annotations": dict(given.get("annotations") or {}),
        }

    def _look(self, name: str) -> Response:
        if name in self._ending:
            self._ending[name] -= 1
            if self._ending[name] < 0:
                del self._ending[name], self.records[name]
        return document({"name": name, **self.records[name]}) if name in self.records else empty(404)
