"""Asynchronous calls: a call becomes a message, and a worker makes it later and reports to the callback URL."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Protocol
from urllib.parse import urlsplit

from .forward import Upstream
from .message import Application, Headers, Request, Response


class Queue(Protocol):
    """Where the gateway leaves messages."""

    def publish(self, message: bytes) -> None:
        """Hand one message over; raises OSError."""


def pack(function: str, request: Request) -> bytes:
    """The message for a call of `function`, whose path below the function is the request's."""
    value = {
        "Function": function,
        "Method": request.method,
        "Path": request.path,
        "QueryString": request.query,
        "Header": list(request.headers),
        "Body": base64.b64encode(request.body).decode(),
    }
    return json.dumps(value).encode()


class Worker:
    """Makes the calls that messages ask for: `gateway` answers them, `post` takes replies for a callback URL."""

    def __init__(self, gateway: Application, post: Callable[[str, Request], Response]) -> None:
        self._gateway = gateway
        self._post = post

    def handle(self, message: bytes) -> None:
        """Make one call; raises OSError where the gateway or the callback cannot be reached."""
        value: dict[str, Any] = json.loads(message)
        headers = Headers((name, content) for name, content in value["Header"])
        callback = headers.get("X-Callback-Url")
        reply = self._gateway(
            Request(
                method=value["Method"],
                path=f"/function/{value['Function']}{value['Path']}",
                query=value["QueryString"],
                headers=headers.without("X-Callback-Url", "Authorization", "Content-Length", "Transfer-Encoding"),
                body=base64.b64decode(value["Body"]),
            )
        )
        if callback:
            self._post(callback, _report(callback, value["Function"], headers, reply))


def _report(callback: str, function: str, call: Headers, reply: Response) -> Request:
    """The POST that tells a callback URL how a call went."""
    target = urlsplit(callback)
    headers = Headers([("Content-Type", reply.headers.get("Content-Type", "text/plain"))]).having(
        X_Call_Id=call.get("X-Call-Id"), X_Function_Name=function, X_Function_Status=str(reply.status)
    )
    return Request("POST", target.path or "/", target.query, headers, reply.body)


def post(url: str, request: Request) -> Response:
    """Send a report to a callback URL's server; raises OSError."""
    target = urlsplit(url)
    return Upstream(f"{target.scheme}://{target.netloc}", kept=False)(request)


class MemoryQueue:
    """A queue in this process with one worker thread, which ends by `close`."""

    def __init__(self, handle: Callable[[bytes], None]) -> None:
        self._messages: SimpleQueue[bytes | None] = SimpleQueue()
        self._handle = handle
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def publish(self, message: bytes) -> None:
        """See Queue."""
        self._messages.put(message)

    def close(self) -> None:
        """Finish what is queued, then stop."""
        self._messages.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (message := self._messages.get()) is not None:
            try:
                self._handle(message)
            except OSError:
                continue  # a callback that cannot be reached loses its report, as with the real worker
