"""The gateway in memory as a test sees it: what it counts, and how it misbehaves when asked to."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.contract.client import Client, Reply
from tests.gateway.control import Control
from tests.gateway.deployment import Deployment
from tests.gateway.message import Request, Response, text
from tests.gateway.server import Server
from tests.gateway.testing import GatewayHandle, running_gateway

FUNCTIONS = "/system/functions"


@pytest.fixture
def handle() -> Iterator[GatewayHandle]:
    with running_gateway() as running:
        yield running


@pytest.fixture
def client(handle: GatewayHandle) -> Client:
    return Client(handle.url, handle.user, handle.password)


def _deploy(client: Client, name: str = "env", **fields: Any) -> Reply:
    return client.call("POST", FUNCTIONS, {"service": name, "image": "image", "envProcess": "env", **fields})


def test_requests_are_counted(handle: GatewayHandle, client: Client) -> None:
    client.call("GET", FUNCTIONS + "?namespace=openfaas-fn")
    _deploy(client)
    client.call("GET", "/function/env")
    counters = handle.counters
    assert (counters.total, counters.writes) == (3, 1)
    assert (counters.of("GET"), counters.of("GET", FUNCTIONS), counters.of("PUT")) == (2, 1, 0)
    assert counters.by_call["GET", "/function/env"] == 1
    assert json.loads(counters.requests[1].body)["service"] == "env"
    counters.reset()
    assert counters.total == 0


def test_the_most_requests_at_once_are_counted(handle: GatewayHandle, client: Client) -> None:
    together = threading.Barrier(3)

    def meet(deployment: Deployment, request: Request) -> Response:
        together.wait(10)
        return text(200, "met")

    _deploy(client)
    handle.functions.handlers["env"] = meet
    callers = [threading.Thread(target=client.call, args=("GET", "/function/env")) for _ in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(20)
    assert handle.counters.peak == 3


def test_an_answer_is_given_so_often_and_nothing_is_done(handle: GatewayHandle, client: Client) -> None:
    handle.faults.answer(503, times=2, method="POST", path="/system/", headers={"Retry-After": "1"}, body="busy")
    assert client.call("GET", FUNCTIONS).status == 200
    replies = [_deploy(client) for _ in range(3)]
    assert [reply.status for reply in replies] == [503, 503, 202]
    assert (replies[0].headers["retry-after"], replies[0].text) == ("1", "busy")


@pytest.mark.parametrize("handled", [True, False])
def test_a_dropped_connection_did_its_work_or_not(handle: GatewayHandle, client: Client, handled: bool) -> None:
    handle.faults.drop(method="POST", handled=handled)
    with pytest.raises(http.client.RemoteDisconnected):
        _deploy(client)
    assert ("env" in handle.functions.records) is handled


def test_a_reset_is_a_reset(handle: GatewayHandle, client: Client) -> None:
    handle.faults.drop(reset=True)
    with pytest.raises(ConnectionResetError):
        client.call("GET", FUNCTIONS)


def test_a_web_page_in_place_of_a_document(handle: GatewayHandle, client: Client) -> None:
    handle.faults.html(path=FUNCTIONS)
    reply = client.call("GET", FUNCTIONS)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert client.call("GET", FUNCTIONS).json == []


def test_faults_end_when_cleared(handle: GatewayHandle, client: Client) -> None:
    handle.faults.answer(500, times=100)
    assert client.call("GET", FUNCTIONS).status == 500
    handle.faults.clear()
    assert client.call("GET", FUNCTIONS).status == 200


def test_replicas_get_ready_after_so_many_looks(handle: GatewayHandle, client: Client) -> None:
    handle.functions.unready_reads = 2
    _deploy(client)
    seen = [client.call("GET", "/system/function/env").json.get("availableReplicas", 0) for _ in range(3)]
    assert seen == [0, 0, 1]


def test_a_broken_image_never_gets_ready_but_leaves_the_old_replicas(handle: GatewayHandle, client: Client) -> None:
    handle.functions.broken_images.add("broken")
    _deploy(client, "new", image="broken")
    _deploy(client, "old")
    assert client.call("PUT", FUNCTIONS, {"service": "old", "image": "broken"}).status == 202
    assert client.call("GET", "/function/new").status == 503
    assert client.call("GET", "/function/old").status == 200


def test_thousands_of_functions_are_one_reply() -> None:
    with running_gateway(function_limit=None) as handle:
        for number in range(2000):
            handle.functions.create(Deployment(f"function-{number}", "image"))
        reply = Client(handle.url, handle.user, handle.password).call("GET", FUNCTIONS)
        assert len(reply.json) == 2000
        assert handle.counters.total == 1


def test_the_control_port_does_what_a_test_does(handle: GatewayHandle, client: Client) -> None:
    with closing(Server(Control(handle)).start()) as server:
        control = Client(server.url, "", "")
        assert control.call("PUT", "/settings", {"function_limit": None, "failing_replacements": 1}).status == 204
        assert control.call("POST", "/faults/answer", {"status": 500, "method": "GET"}).status == 204
        assert client.call("GET", FUNCTIONS).status == 500
        _deploy(client)
        reply = client.call("PUT", FUNCTIONS, {"service": "env", "image": "other"})
        assert (reply.status, reply.body) == (200, b"")
        assert control.call("GET", "/requests").json["calls"]["PUT /system/functions"] == 1
        assert control.call("PUT", "/settings", {"colour": "green"}).status == 400
        assert control.call("DELETE", "/requests").status == 204
        assert control.call("GET", "/requests").json["total"] == 0
