"""A plain HTTP client for the gateway, which follows no redirect and hides nothing."""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Reply:
    """What came back; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as a JSON document."""
        return json.loads(self.body)


class Client:
    """Calls one gateway with one pair of credentials; each call has a connection of its own."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        self._authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def call(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        authorization: str | None = "",
        timeout: float = 60.0,
    ) -> Reply:
        """One request with a JSON `document` or a `body`; `authorization` None sends none, a text sends that.

        Raises OSError or http.client.HTTPException where there is no reply.
        """
        target = urlsplit(self.url)
        kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        sent = {} if authorization is None else {"Authorization": authorization or self._authorization}
        content = json.dumps(document).encode() if document is not None else body
        connection = kind(target.netloc, timeout=timeout)
        try:
            connection.request(method, target.path + path, content, {**sent, **(headers or {})})
            reply = connection.getresponse()
            names = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, names, reply.read())
        finally:
            connection.close()


def eventually(holds: Callable[[], Any], what: str, seconds: float = 120.0) -> Any:
    """The first true value of `holds`; fails the test with `what` when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.1)
    return value
