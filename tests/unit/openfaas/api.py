"""A server on the loopback that answers like a Kubernetes API server, from a table of objects by path."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Api:
    """What the server answers and what it was asked.

    :param objects: the answer to a GET, by path; any other path is 404, any other method 405.
    """

    objects: Mapping[str, Any]
    url: str = ""
    asked: list[str] = field(default_factory=list)


@contextmanager
def running_api(objects: Mapping[str, Any]) -> Iterator[Api]:
    """A running server; ``url`` is where."""
    api = Api({"/version": {"gitVersion": "v1.36.3"}, "/api/v1/nodes": listed(), **objects})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            found = api.objects.get(path)
            self.answer(404 if found is None else 200, found or {"message": f"{path} not found", "reason": "NotFound"})

        def do_PATCH(self) -> None:
            self.answer(405, {"message": "this server takes no writes"})

        do_POST = do_PUT = do_DELETE = do_PATCH

        def answer(self, status: int, document: Any) -> None:
            api.asked.append(f"{self.command} {self.path.partition('?')[0]}")
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def listed(*items: Mapping[str, Any]) -> dict[str, Any]:
    """A list as the API server gives it."""
    return {"metadata": {}, "items": list(items)}
