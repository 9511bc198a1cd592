"""The edges of the code, as tests give them: transports that answer from a table, and a clock that does not wait."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Answer, Cluster


class Table:
    """A transport that answers by path.

    :param answers: a body (a document or text) for status 200, or (status, body).
    """

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """The answer of the table, 404 for a path that is not in it."""
        path = target.partition("?")[0]
        self.asked.append(f"{method} {target}")
        self.headers = headers
        found = self.answers.get(path, (404, {"message": f"{path} not found", "reason": "NotFound"}))
        if isinstance(found, Exception):
            raise found
        status, content = found if isinstance(found, tuple) else (200, found)
        return Answer(status, {}, content.encode() if isinstance(content, str) else json.dumps(content).encode())


class StillClock:
    """A clock on which sleeping is instant."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        """Seconds slept so far."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.time += seconds


def cluster(answers: Mapping[str, Any]) -> Cluster:
    """A cluster that answers from a table."""
    return Cluster(Table(answers), "https://cluster.test", StillClock(), patience=0.0)


def listed(*items: Mapping[str, Any]) -> dict[str, Any]:
    """A list as the API server gives it."""
    return {"metadata": {}, "items": list(items)}
