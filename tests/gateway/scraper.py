"""Stands where Prometheus stands: scrapes the pods that ask for it, and adds up function calls for the gateway.

It scrapes when it is asked, not by the clock, so that an answer is never older than the question.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .forward import Upstream
from .kubeapi import KubeApi
from .message import Application, Request, Response, document, text
from .metrics import INVOCATIONS

_SAMPLE = re.compile(rf"^{INVOCATIONS}\{{(?P<labels>[^}}]*)\}} (?P<value>\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Target:
    """Something to scrape."""

    name: str
    url: str


def annotated_pods(api: KubeApi, namespaces: tuple[str, ...]) -> Callable[[], list[Target]]:
    """Gives the running pods whose annotations prometheus.io/scrape, port and path ask to be scraped."""

    def find() -> list[Target]:
        pods = [pod for namespace in namespaces for pod in api.items(f"/api/v1/namespaces/{namespace}/pods")]
        return [target for target in map(_target, pods) if target]

    return find


def _target(pod: dict[str, Any]) -> Target | None:
    annotations = pod["metadata"].get("annotations") or {}
    address = (pod.get("status") or {}).get("podIP")
    if annotations.get("prometheus.io/scrape") != "true" or not address:
        return None
    host = f"[{address}]" if ":" in address else address
    port = annotations.get("prometheus.io/port", "80")
    path = annotations.get("prometheus.io/path", "/metrics")
    name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
    return Target(name, f"http://{host}:{port}{path}")


class Scraper:
    """An application: `/api/v1/query` answers the gateway's query, `/api/v1/targets` says what was scraped and how it
    went, `/-/healthy` that it runs. `fetch` answers a GET of a target's URL; both raise OSError.
    """

    def __init__(self, targets: Callable[[], list[Target]], fetch: Callable[[str], Response]) -> None:
        self._targets = targets
        self._fetch = fetch

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if request.path in ("/-/healthy", "/-/ready"):
            return text(200, "The scraper is healthy.")
        if request.path not in ("/api/v1/query", "/api/v1/targets"):
            return text(404, "404 page not found")
        totals: Counter[str] = Counter()
        seen = []
        for target in self._targets():
            health, error = "up", ""
            try:
                totals.update(_invocations(self._scrape(target)))
            except OSError as failure:
                health, error = "down", str(failure)
            seen.append({"name": target.name, "scrapeUrl": target.url, "health": health, "lastError": error})
        if request.path == "/api/v1/targets":
            return document({"status": "success", "data": {"activeTargets": seen}})
        now = time.time()
        result = [{"metric": {"function_name": name}, "value": [now, f"{n:g}"]} for name, n in sorted(totals.items())]
        return document({"status": "success", "data": {"resultType": "vector", "result": result}})

    def _scrape(self, target: Target) -> str:
        reply = self._fetch(target.url)
        if reply.status != 200:
            raise ConnectionError(f"status {reply.status}")
        return reply.body.decode(errors="replace")


def _invocations(exposition: str) -> Mapping[str, int]:
    """Function calls by NAME.NAMESPACE in a text of metrics."""
    totals: Counter[str] = Counter()
    for sample in _SAMPLE.finditer(exposition):
        labels = dict(_LABEL.findall(sample["labels"]))
        totals[labels.get("function_name", "")] += int(float(sample["value"]))
    return totals


def fetch(url: str) -> Response:
    """GET one URL over a connection of its own."""
    return Upstream(url, timeout=5, kept=False)(Request("GET", ""))


def counts_from(server: Application) -> Callable[[], Mapping[str, float]]:
    """The gateway's view of a scraper or a Prometheus: calls by NAME.NAMESPACE, OSError without an answer."""
    query = urlencode({"query": f"sum({INVOCATIONS}) by (function_name)"})

    def counts() -> Mapping[str, float]:
        reply = server(Request("GET", "/api/v1/query", query))
        if reply.status != 200:
            raise ConnectionError(f"the metrics server answers {reply.status}")
        result = json.loads(reply.body)["data"]["result"]
        return {row["metric"].get("function_name", ""): float(row["value"][1]) for row in result}

    return counts
