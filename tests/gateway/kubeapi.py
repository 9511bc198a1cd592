"""The Kubernetes API over plain REST, as a pod reaches it with its service account."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from .forward import Upstream
from .message import Application, Headers, Request

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

Document = dict[str, Any]


class ApiError(Exception):
    """The API server refused: `status` is its HTTP status, `reason` the machine-readable word of its Status object."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class KubeApi:
    """Reads and writes objects by their REST paths. `token` gives the bearer token, anew for every request since the
    kubelet renews it; `stream` answers requests whose replies have no end.
    """

    def __init__(self, server: Application, stream: Application, token: Callable[[], str]) -> None:
        self._server = server
        self._stream = stream
        self._token = token

    @classmethod
    def in_cluster(cls, url: str = "https://kubernetes.default.svc", account: Path = SERVICE_ACCOUNT) -> KubeApi:
        """The API of the cluster that this pod runs in; raises OSError outside of one."""
        context = ssl.create_default_context(cafile=str(account / "ca.crt"))
        token = account / "token"
        return cls(
            Upstream(url, timeout=30, context=context),
            Upstream(url, timeout=3600, streamed=True, context=context),
            lambda: token.read_text().strip(),
        )

    def get(self, path: str, **query: str) -> Document | None:
        """One object or list, None where there is none."""
        try:
            return self.request("GET", path, query=query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def items(self, path: str, **query: str) -> list[Document]:
        """The objects of a list."""
        found: list[Document] = (self.get(path, **query) or {}).get("items", [])
        return found

    def request(
        self, method: str, path: str, body: Document | None = None, query: dict[str, str] | None = None
    ) -> Document:
        """Send one request, return the object in the reply; raises ApiError, and OSError without a reply."""
        content = json.dumps(body).encode() if body is not None else b""
        response = self._server(self._request(method, path, query or {}, content))
        value: Document = json.loads(response.body or b"{}")
        if response.status >= 400:
            raise ApiError(response.status, str(value.get("reason", "")), str(value.get("message", "")))
        return value

    def lines(self, path: str, **query: str) -> Iterator[str]:
        """The lines of a text that may still be growing; raises ApiError."""
        response = self._stream(self._request("GET", path, query, b""))
        stream = response.stream or iter(())
        if response.status >= 400:
            raise ApiError(response.status, "", b"".join(stream).decode(errors="replace"))
        rest = b""
        for piece in stream:
            *whole, rest = (rest + piece).split(b"\n")
            yield from (line.decode(errors="replace") for line in whole)
        if rest:
            yield rest.decode(errors="replace")

    def _request(self, method: str, path: str, query: dict[str, str], content: bytes) -> Request:
        headers = Headers([("Authorization", f"Bearer {self._token()}"), ("Accept", "application/json")])
        if content:
            headers = headers.having(Content_Type="application/json")
        return Request(method, quote(path), urlencode(query), headers, content)
