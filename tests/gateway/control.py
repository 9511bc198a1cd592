"""The control of a gateway in memory that runs as a process: what `testing` gives in-process, over HTTP."""

from __future__ import annotations

import json
import re
from typing import Any

from .message import Request, Response, document, empty, text
from .routes import Routes, to
from .testing import GatewayHandle

_FAULTS = ("answer", "html", "drop")
_SETTINGS = ("failing_replacements", "unseen_reads", "unready_reads", "ending_reads")


class Control:
    """An application for a port of its own:

    `GET /requests` counts what came in on the public port, `DELETE /requests` starts anew; `POST /faults/KIND` plans a
    fault with the keyword arguments of `Faults.KIND`, `DELETE /faults` ends them; `PUT /settings` takes `latency`
    (seconds), `function_limit`, `prometheus` and `provider` (up or not), and the back end's numbers.
    """

    def __init__(self, gateway: GatewayHandle) -> None:
        self._gateway = gateway
        self._routes = Routes()
        self._routes.add("GET", "/requests", to(self._count))
        self._routes.add("DELETE", "/requests", to(self._reset))
        self._routes.add("POST", f"/faults/(?P<kind>{'|'.join(_FAULTS)})", self._plan)
        self._routes.add("DELETE", "/faults", to(self._clear))
        self._routes.add("PUT", "/settings", to(self._set))

    def __call__(self, request: Request) -> Response:
        """Answer one request; 400 with the reason where it does not fit."""
        try:
            return self._routes(request)
        except (ValueError, TypeError, KeyError) as error:
            return text(400, str(error))

    def _count(self, request: Request) -> Response:
        counters = self._gateway.counters
        calls = {f"{method} {path}": number for (method, path), number in sorted(counters.by_call.items())}
        return document({"total": counters.total, "writes": counters.writes, "peak": counters.peak, "calls": calls})

    def _reset(self, request: Request) -> Response:
        self._gateway.counters.reset()
        return empty(204)

    def _plan(self, request: Request, match: re.Match[str]) -> Response:
        getattr(self._gateway.faults, match["kind"])(**json.loads(request.body or b"{}"))
        return empty(204)

    def _clear(self, request: Request) -> Response:
        self._gateway.faults.clear()
        return empty(204)

    def _set(self, request: Request) -> Response:
        for name, value in json.loads(request.body).items():
            self._set_one(name, value)
        return empty(204)

    def _set_one(self, name: str, value: Any) -> None:
        if name == "latency":
            self._gateway.faults.latency = float(value)
        elif name == "function_limit":
            self._gateway.provider.provider.limit = value
        elif name == "prometheus":
            self._gateway.prometheus.up = bool(value)
        elif name == "provider":
            self._gateway.provider.up = bool(value)
        elif name in _SETTINGS:
            setattr(self._gateway.functions, name, int(value))
        else:
            raise KeyError(f"there is no setting {name}")
