"""Another HTTP server as an application: requests are passed on to it over kept connections."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from .message import Headers, Request, Response

_HOP_BY_HOP = (
    "Connection",
    "Proxy-Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Content-Length",
    "Host",
)


class Upstream:
    """Forwards requests to `url` (its path is put in front); `timeout` in seconds.

    Connections are `kept` for the next request unless told otherwise. `streamed` replies are passed on piece by piece,
    each over a connection of its own; others are read whole. Raises OSError where the server gives no reply.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 60.0,
        kept: bool = True,
        streamed: bool = False,
        context: ssl.SSLContext | None = None,
    ) -> None:
        target = urlsplit(url)
        self._secure = target.scheme == "https"
        self._host = target.netloc
        self._prefix = target.path.rstrip("/")
        self._timeout = timeout
        self._kept = kept
        self._streamed = streamed
        self._context = context
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Response:
        """Pass one request on, with hop-by-hop fields left out and a chunked body."""
        with self._lock:
            kept = self._idle.pop() if self._idle else None
        if kept is not None:
            try:
                return self._exchange(kept, request)
            except (ConnectionError, http.client.RemoteDisconnected, http.client.CannotSendRequest):
                kept.close()  # the server closed it while it lay idle
        connection = self._connect()
        try:
            return self._exchange(connection, request)
        except http.client.HTTPException as error:
            connection.close()
            raise ConnectionError(f"{self._host}: {type(error).__name__}: {error}") from error
        except OSError:
            connection.close()
            raise

    def _connect(self) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(self._host, timeout=self._timeout, context=self._context)
        return http.client.HTTPConnection(self._host, timeout=self._timeout)

    def _exchange(self, connection: http.client.HTTPConnection, request: Request) -> Response:
        target = f"{self._prefix}{request.path}" + (f"?{request.query}" if request.query else "")
        connection.putrequest(request.method, target, skip_accept_encoding=True)
        for name, value in request.headers.without(*_HOP_BY_HOP):
            connection.putheader(name, value)
        if request.body:
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders(iter([request.body]), encode_chunked=True)
        else:
            if request.method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", "0")
            connection.endheaders()
        reply = connection.getresponse()
        headers = Headers(reply.getheaders()).without(*_HOP_BY_HOP)
        if self._streamed:
            return Response(reply.status, headers=headers, stream=_pieces(connection, reply))
        body = reply.read()
        if reply.will_close or not self._kept:
            connection.close()
        else:
            with self._lock:
                self._idle.append(connection)
        return Response(reply.status, body, headers)


def _pieces(connection: http.client.HTTPConnection, reply: http.client.HTTPResponse) -> Iterator[bytes]:
    """The body as it comes."""
    try:
        while piece := reply.read1(65536):
            yield piece
    finally:
        connection.close()
