"""A threaded HTTP/1.1 server with keep-alive that hands every request to an application."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from .message import Application, ConnectionDropped, Headers, Request, Response, text

_HOP_BY_HOP = ("Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Upgrade", "Trailer", "TE")


class _Handler(BaseHTTPRequestHandler):
    """Translates between the socket and the application; one instance a connection, one thread each."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def __getattr__(self, name: str) -> Any:
        # The base class looks for do_METHOD; the application decides about methods.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        try:
            target = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=target.path,
                query=target.query,
                headers=Headers(self.headers.items()),
                body=self._body(),
                client="{}:{}".format(*self.client_address[:2]),
            )
            self._send(self.server.answer(request))
        except ConnectionDropped as dropped:
            self._drop(dropped.reset)
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(pieces)

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status, responses.get(response.status, ""))
        headers = response.headers.without(*_HOP_BY_HOP)
        if not headers.get("Date"):
            self.send_header("Date", self.date_time_string())
        for name, value in headers:
            self.send_header(name, value)
        bodiless = self.command == "HEAD" or response.status in (204, 304) or response.status < 200
        if response.stream is not None and not bodiless:
            self.send_header("Transfer-Encoding", "chunked")
        elif not bodiless:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if bodiless:
            return
        if response.stream is None:
            self.wfile.write(response.body)
            return
        self._chunk(response.body)
        self.wfile.flush()
        for piece in response.stream:
            self._chunk(piece)
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, piece: bytes) -> None:
        if piece:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def _drop(self, reset: bool) -> None:
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.server.resetting.add(self.connection)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: who wants a log wraps the application."""


class Server(ThreadingHTTPServer):
    """An application on a port; `host`, `port` 0 for any free one, `context` for HTTPS.

    Started by `start`, ended by `close`, which also cuts the connections that clients keep open.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(
        self, application: Application, host: str = "127.0.0.1", port: int = 0, context: ssl.SSLContext | None = None
    ) -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)
        self._application = application
        self._context = context
        self._connections: set[socket.socket] = set()
        self.resetting: set[socket.socket] = set()
        self._idle = threading.Condition()
        self._under_way = 0
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The address for a client on this machine."""
        scheme = "https" if self._context else "http"
        return f"{scheme}://{self.server_address[0]!s}:{self.server_address[1]}"

    def answer(self, request: Request) -> Response:
        """The application's reply; an error of its own becomes a 500 that names it."""
        with self._idle:
            self._under_way += 1
        try:
            return self._application(request)
        except ConnectionDropped:
            raise
        except Exception as error:
            return text(500, f"{type(error).__name__}: {error}")
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()

    def start(self) -> Server:
        """Serve in a thread of its own."""
        self._thread.start()
        return self

    def close(self, grace: float = 0.0) -> None:
        """Stop listening, give requests under way `grace` seconds to end, and cut every connection."""
        self.shutdown()
        self.server_close()
        self._thread.join()
        with self._idle:
            self._idle.wait_for(lambda: self._under_way == 0, grace)
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # its own thread was quicker

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Remember the connection while its thread serves it; the TLS handshake happens here, not in accept."""
        self._connections.add(request)
        try:
            if self._context is None:
                super().process_request_thread(request, client_address)
                return
            try:
                secured = self._context.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError):
                self.shutdown_request(request)
                return
            self._connections.add(secured)
            super().process_request_thread(secured, client_address)
            self._connections.discard(secured)
        finally:
            self._connections.discard(request)

    def shutdown_request(self, request: Any) -> None:
        """End one connection; one to be reset without the orderly end that would come before."""
        if request in self.resetting:
            self.resetting.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is the client's affair."""
