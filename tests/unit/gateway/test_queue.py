"""Asynchronous calls over a real NATS server."""

from __future__ import annotations

import json
import socket
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Queue

import pytest

from tests.contract.client import eventually
from tests.gateway.message import Headers, Request, Response, empty, text
from tests.gateway.nats import NatsConnection, NatsQueue
from tests.gateway.queue import MemoryQueue, Worker, pack
from tests.gateway.server import Server

SERVER = Path(sysconfig.get_path("scripts")) / "nats-server"
Address = tuple[str, int]


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Address]:
    with subprocess.Popen(
        [SERVER, "--addr", "127.0.0.1", "--port", "-1", "--ports_file_dir", tmp_path], stderr=subprocess.DEVNULL
    ) as process:
        try:
            (ports,) = eventually(lambda: list(tmp_path.glob("*.ports")), "the NATS server listens")
            content = eventually(ports.read_text, "the NATS server's ports are written")
            host, _, port = json.loads(content)["nats"][0].removeprefix("nats://").partition(":")
            yield host, int(port)
        finally:
            process.terminate()


def test_messages_are_shared_in_a_group_and_arrive_as_they_were(nats: Address) -> None:
    received: Queue[bytes] = Queue()
    messages = [b"", b"MSG like\r\nPING\r\n", b"\x00" * 100_000]
    workers = [NatsConnection(nats, name=f"worker-{number}") for number in range(2)]
    queue = NatsQueue(nats, "calls")
    for worker in workers:
        worker.work("calls", "group", received.put)
    for message in messages:
        queue.publish(message)
    got = [received.get(timeout=10) for _ in messages]
    for worker in workers:
        worker.confirm()
        worker.close()
    assert sorted(got) == sorted(messages)
    assert received.empty()


def test_a_queue_connects_anew(nats: Address) -> None:
    received: Queue[bytes] = Queue()
    worker = NatsConnection(nats, name="worker")
    worker.work("calls", "group", received.put)
    queue = NatsQueue(nats, "calls")
    queue._connection.close()
    queue.publish(b"after all")
    assert received.get(timeout=10) == b"after all"
    worker.close()


def test_no_server_is_an_oserror() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = taken.getsockname()
    with pytest.raises(OSError, match="refused"):
        NatsQueue(address, "calls")


def test_another_kind_of_server_is_named() -> None:
    with (
        closing(Server(lambda request: empty(200)).start()) as server,
        pytest.raises(OSError, match=r"does not speak the NATS protocol|timed out"),
    ):
        NatsConnection(("127.0.0.1", server.server_address[1]), name="test", timeout=0.2)


def test_a_worker_calls_the_gateway_and_reports() -> None:
    calls: list[Request] = []
    reports: list[tuple[str, Request]] = []

    def gateway(request: Request) -> Response:
        calls.append(request)
        return Response(500, b"failed", Headers([("Content-Type", "text/html")]))

    def post(url: str, request: Request) -> Response:
        reports.append((url, request))
        return empty(200)

    headers = Headers(
        [("X-Call-Id", "id"), ("X-Callback-Url", "http://there/path?a=b"), ("X-Own", "yes"), ("Authorization", "no")]
    )
    Worker(gateway, post).handle(pack("env", Request("POST", "/some", "c=d", headers, b"\x00body")))
    (call,) = calls
    ((url, report),) = reports
    assert (call.method, call.path, call.query, call.body) == ("POST", "/function/env/some", "c=d", b"\x00body")
    assert [call.headers.get(name) for name in ("X-Own", "Authorization", "X-Callback-Url")] == ["yes", "", ""]
    assert (url, report.path, report.query, report.body) == ("http://there/path?a=b", "/path", "a=b", b"failed")
    assert report.headers.get("X-Function-Status") == "500"
    assert report.headers.get("X-Function-Name") == "env"
    assert report.headers.get("X-Call-Id") == "id"


def test_a_report_that_fails_does_not_stop_the_queue() -> None:
    handled: list[bytes] = []

    def handle(message: bytes) -> None:
        handled.append(message)
        raise ConnectionRefusedError("nobody there")

    queue = MemoryQueue(handle)
    queue.publish(b"one")
    queue.publish(b"two")
    queue.close()
    assert handled == [b"one", b"two"]


def test_without_a_callback_nothing_is_reported() -> None:
    def post(url: str, request: Request) -> Response:
        raise AssertionError("there is no callback")

    Worker(lambda request: text(200, "done"), post).handle(pack("env", Request("POST", "/")))
