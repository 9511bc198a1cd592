"""Calling functions, at once and later."""

from __future__ import annotations

import re
from queue import Queue

import pytest

from tests.contract.client import Client
from tests.contract.functions import Functions
from tests.gateway.backend import Unreachable
from tests.gateway.deployment import Deployment
from tests.gateway.message import Request, Response, empty
from tests.gateway.server import Server
from tests.gateway.testing import GatewayHandle, running_gateway

CALL_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _environment(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def test_a_function_gets_the_request_and_its_variables(gateway: Client, functions: Functions) -> None:
    name = functions.deploy(envVars={"COLOUR": "green"})
    reply = gateway.call(
        "POST", f"/function/{name}/some/path?a=b", body=b"four", headers={"X-Own": "yes"}, authorization=None
    )
    seen = _environment(reply.text)
    assert reply.status == 200
    assert (seen["COLOUR"], seen["Http_Method"], seen["Http_Path"]) == ("green", "POST", "/some/path")
    assert (seen["Http_Query"], seen["Http_X_Own"]) == ("a=b", "yes")


def test_the_gateway_marks_request_and_reply(gateway: Client, functions: Functions) -> None:
    name = functions.deploy()
    reply = gateway.call("GET", f"/function/{name}", authorization=None)
    seen = _environment(reply.text)
    assert CALL_ID.fullmatch(reply.headers["x-call-id"])
    assert seen["Http_X_Call_Id"] == reply.headers["x-call-id"]
    assert seen["Http_X_Start_Time"] == reply.headers["x-start-time"]
    assert reply.headers["x-start-time"].isdecimal()
    assert reply.headers["x-served-by"].startswith("openfaas-ce/")
    assert seen["Http_X_Forwarded_For"]
    assert seen["Http_X_Forwarded_Host"]


def test_a_call_id_of_the_client_is_kept(gateway: Client, functions: Functions) -> None:
    name = functions.deploy()
    reply = gateway.call("GET", f"/function/{name}", headers={"X-Call-Id": "mine"})
    assert _environment(reply.text)["Http_X_Call_Id"] == "mine"


def test_body_comes_and_goes_unchanged(gateway: Client, functions: Functions) -> None:
    name = functions.deploy(envProcess="cat")
    body = b"line one\nline two\n" * 1000
    assert gateway.call("POST", f"/function/{name}", body=body).body == body


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_any_method_goes(gateway: Client, functions: Functions, method: str) -> None:
    name = functions.deploy()
    assert _environment(gateway.call(method, f"/function/{name}").text)["Http_Method"] == method


def test_the_namespace_may_stand_in_the_name(gateway: Client, functions: Functions) -> None:
    name = functions.deploy()
    assert gateway.call("GET", f"/function/{name}.openfaas-fn/").status == 200


def test_no_such_function_is_404(gateway: Client) -> None:
    assert gateway.call("POST", "/function/contract-none").status == 404


def test_a_function_without_a_ready_pod_is_503(gateway: Client, functions: Functions) -> None:
    assert gateway.call("POST", f"/function/{functions.pending()}").status == 503


@pytest.mark.stand_in
def test_a_function_that_cannot_be_reached_is_500(
    gateway: Client, functions: Functions, controls: GatewayHandle
) -> None:
    def broken(deployment: Deployment, request: Request) -> Response:
        raise Unreachable(deployment.service)

    name = functions.deploy()
    controls.functions.handlers[name] = broken
    assert gateway.call("POST", f"/function/{name}").status == 500


def test_an_asynchronous_call_is_made_later_and_reported(
    gateway: Client, functions: Functions, given_url: str, pytestconfig: pytest.Config
) -> None:
    host = pytestconfig.getoption("--callback-host", default=None)
    if given_url and not host:
        pytest.skip("the queue worker of a real gateway needs --callback-host to report to this machine")
    name = functions.deploy(envProcess="cat")
    reports: Queue[Request] = Queue()

    def take(request: Request) -> Response:
        reports.put(request)
        return empty(200)

    listener = Server(take, "0.0.0.0" if given_url else "127.0.0.1").start()
    try:
        callback = f"http://{host or '127.0.0.1'}:{listener.server_address[1]}/report"
        reply = gateway.call(
            "POST", f"/async-function/{name}", body=b"later", headers={"X-Callback-Url": callback}, authorization=None
        )
        report = reports.get(timeout=60)
    finally:
        listener.close()
    assert (reply.status, reply.body) == (202, b"")
    assert CALL_ID.fullmatch(reply.headers["x-call-id"])
    assert (report.method, report.path, report.body) == ("POST", "/report", b"later")
    assert report.headers.get("X-Call-Id") == reply.headers["x-call-id"]
    assert report.headers.get("X-Function-Status") == "200"


def test_asynchronous_calls_are_posts(gateway: Client) -> None:
    assert gateway.call("GET", "/async-function/contract-none").status == 405


@pytest.mark.stand_in
def test_without_a_queue_asynchronous_calls_are_404(controls: GatewayHandle) -> None:
    with running_gateway(asynchronous=False) as handle:
        gateway = Client(handle.url, handle.user, handle.password)
        reply = gateway.call("POST", "/async-function/contract-none")
    assert (reply.status, reply.text) == (404, "404 page not found\n")
