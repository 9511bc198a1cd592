"""A server on the loopback that answers like a Kubernetes API server, port-forwards to pods included."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import Any

# RFC 6455, section 1.3.
_HANDSHAKE = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BINARY, _CLOSE = 2, 8

Say = Callable[[bytes], None]
# What a pod does with the bytes that come to it; an empty return ends the connection.
Program = Callable[[bytes, Say], bool]


@dataclass
class Pods:
    """The Service ``web`` in the namespace ``shop``, whose port 80 leads to the pods' port ``http``; a Deployment too.

    :param programs: what listens in each ready pod. :param refuses: the status with which a port-forward is refused.
    """

    programs: dict[str, Program]
    url: str = ""
    refuses: int = 0
    opened: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def answer(self, path: str) -> dict[str, Any] | None:
        """The object at a path."""
        if path == "/api/v1/namespaces/shop/services/web":
            return {"spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}}
        if path == "/apis/apps/v1/namespaces/shop/deployments/web":
            return {"spec": {"selector": {"matchLabels": {"app": "web"}}}}
        if path == "/api/v1/namespaces/shop/pods":
            return {"metadata": {}, "items": [_pod(name) for name in self.programs]}
        name = path.removeprefix("/api/v1/namespaces/shop/pods/")
        return _pod(name) if name in self.programs else None


def _pod(name: str) -> dict[str, Any]:
    ports = [{"name": "http", "containerPort": 8000}]
    return {
        "metadata": {"namespace": "shop", "name": name},
        "spec": {"containers": [{"name": "web", "ports": ports}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    }


@contextmanager
def running_pods(programs: dict[str, Program], certificate: Path | None = None) -> Iterator[Pods]:
    """A running server; ``url`` is where. :param certificate: with its key, to serve by TLS."""
    pods = Pods(programs)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):  # a client that was killed
                super().handle()

        def do_GET(self) -> None:
            path, __, query = self.path.partition("?")
            pods.tokens.add(self.headers.get("authorization", ""))
            name = path.removesuffix("/portforward").rpartition("/")[2]
            if not path.endswith("/portforward"):
                found = pods.answer(path)
                self.say(404 if found is None else 200, found or {"message": f"{path} not found", "reason": "NotFound"})
            elif pods.refuses or name not in pods.programs:
                self.say(pods.refuses or 404, {"message": f"cannot forward to {name}", "reason": "No"})
            else:
                pods.opened.append(f"{name}:{query.removeprefix('ports=')}")
                self.forward(pods.programs[name], int(query.removeprefix("ports=")))

        def say(self, status: int, document: Any) -> None:
            body = json.dumps(document, separators=(",", ":")).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def forward(self, program: Program, port: int) -> None:
            key = self.headers["Sec-WebSocket-Key"] + _HANDSHAKE
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
            self.send_header("Sec-WebSocket-Protocol", self.headers["Sec-WebSocket-Protocol"])
            self.end_headers()
            self.close_connection = True
            for channel in (b"\0", b"\1"):
                self.wfile.write(_frame(_BINARY, channel + struct.pack("<H", port)))
            try:
                while (payload := _payload(self.rfile)) is not None:
                    if not program(payload[1:], lambda said: self.frame(_BINARY, b"\0" + said)):
                        self.frame(_CLOSE, b"")
                        return
            except OSError:  # the client has gone
                return

        def frame(self, opcode: int, payload: bytes) -> None:
            self.wfile.write(_frame(opcode, payload))

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    pods.url = f"http://127.0.0.1:{server.server_port}"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        pods.url = pods.url.replace("http", "https")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield pods
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _frame(opcode: int, payload: bytes) -> bytes:
    """A frame of a server (RFC 6455, section 5.2)."""
    length = len(payload)
    if length < 126:
        return bytes([0x80 | opcode, length]) + payload
    if length < 65536:
        return bytes([0x80 | opcode, 126]) + struct.pack(">H", length) + payload
    return bytes([0x80 | opcode, 127]) + struct.pack(">Q", length) + payload


def _payload(source: BufferedIOBase) -> bytes | None:
    """The payload of a client's next frame, which is masked; None at the end."""
    head = source.read(2)
    if len(head) < 2 or head[0] & 0x0F == _CLOSE:
        return None
    length = head[1] & 0x7F
    if length == 126:
        (length,) = struct.unpack(">H", source.read(2))
    elif length == 127:
        (length,) = struct.unpack(">Q", source.read(8))
    mask = source.read(4)
    repeated = (mask * (length // 4 + 1))[:length]
    masked = int.from_bytes(source.read(length), "big") ^ int.from_bytes(repeated, "big")
    return masked.to_bytes(length, "big")


def free_port() -> int:
    """A port of the loopback that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
