"""The HTTP server and the client side that passes requests on."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.gateway.forward import Upstream
from tests.gateway.message import ConnectionDropped, Headers, Request, Response, empty, text
from tests.gateway.server import Server


def _echo(request: Request) -> Response:
    if request.path == "/drop":
        raise ConnectionDropped(reset=request.query == "reset")
    if request.path == "/broken":
        raise RuntimeError("out of order")
    if request.path == "/stream":
        return Response(200, stream=iter([b"one ", b"two ", b"three"]))
    framing = request.headers.get("Transfer-Encoding") or request.headers.get("Content-Length")
    return Response(200, request.body, Headers([("X-Framing", framing), ("X-Client", request.client)]))


@pytest.fixture
def server() -> Iterator[Server]:
    with closing(Server(_echo).start()) as running:
        yield running


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)) as opened:
        yield opened


def test_a_connection_serves_many_requests(connection: http.client.HTTPConnection) -> None:
    clients = set()
    for number in range(3):
        connection.request("POST", "/", b"%d" % number)
        reply = connection.getresponse()
        clients.add(reply.headers["X-Client"])
        assert (reply.status, reply.read()) == (200, b"%d" % number)
    assert len(clients) == 1


def test_a_stream_arrives_whole_and_leaves_the_connection_usable(connection: http.client.HTTPConnection) -> None:
    for _ in range(2):
        connection.request("GET", "/stream")
        assert connection.getresponse().read() == b"one two three"


@pytest.mark.parametrize(
    ("query", "error"), [("", http.client.RemoteDisconnected), ("?reset", ConnectionResetError)], ids=["end", "reset"]
)
def test_a_dropped_connection(connection: http.client.HTTPConnection, query: str, error: type[Exception]) -> None:
    connection.request("POST", f"/drop{query}", b"body")
    with pytest.raises(error):
        connection.getresponse()


def test_an_error_of_the_application_is_a_500(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/broken")
    reply = connection.getresponse()
    assert (reply.status, reply.read()) == (500, b"RuntimeError: out of order\n")


def test_closing_cuts_kept_connections(server: Server, connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/")
    connection.getresponse().read()
    server.close()
    assert connection.sock is not None
    connection.sock.settimeout(10)
    assert connection.sock.recv(1) == b""


def test_closing_with_grace_lets_a_request_end() -> None:
    started, proceed = threading.Event(), threading.Event()

    def slow(request: Request) -> Response:
        started.set()
        proceed.wait(10)
        return text(200, "done")

    server = Server(slow).start()
    replies: list[Response] = []
    upstream = Upstream(server.url, kept=False)
    caller = threading.Thread(target=lambda: replies.append(upstream(Request("GET", "/"))))
    caller.start()
    assert started.wait(10)
    closer = threading.Thread(target=server.close, args=(10,))
    closer.start()
    proceed.set()
    closer.join(10)
    caller.join(10)
    assert [(reply.status, reply.body) for reply in replies] == [(200, b"done\n")]


def test_bodies_are_passed_on_chunked(server: Server) -> None:
    reply = Upstream(server.url)(Request("POST", "/", body=b"x" * 100_000))
    assert (reply.headers.get("X-Framing"), len(reply.body)) == ("chunked", 100_000)


def test_connections_are_kept_between_requests(server: Server) -> None:
    upstream = Upstream(server.url)
    clients = {upstream(Request("GET", "/")).headers.get("X-Client") for _ in range(3)}
    assert len(clients) == 1


def test_a_kept_connection_that_was_closed_is_opened_anew() -> None:
    server = Server(_echo).start()
    port = server.server_address[1]
    upstream = Upstream(server.url)
    assert upstream(Request("GET", "/")).status == 200
    server.close()
    with closing(Server(lambda request: empty(204), port=port).start()):
        assert upstream(Request("GET", "/")).status == 204


def test_streams_are_passed_on(server: Server) -> None:
    reply = Upstream(server.url, streamed=True)(Request("GET", "/stream"))
    assert reply.stream is not None
    assert b"".join(reply.stream) == b"one two three"


def test_no_server_is_an_oserror() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(OSError, match="refused"):
        Upstream(f"http://127.0.0.1:{port}")(Request("GET", "/"))


def test_a_lost_reply_is_a_connection_error(server: Server) -> None:
    with pytest.raises(ConnectionError):
        Upstream(server.url)(Request("GET", "/drop"))
