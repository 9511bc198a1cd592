"""faas_invoke as a playbook sees it."""

from __future__ import annotations

import base64
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from tests.gateway.deployment import Deployment
from tests.gateway.message import Headers, Request, Response
from tests.gateway.server import Server
from tests.gateway.testing import GatewayHandle
from tests.unit.faas.conftest import Modules, Run
from tests.unit.faas.test_function_module import ENV


@pytest.fixture(autouse=True)
def deployed(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**ENV)
    modules.function(name="cat", image="example.com/alpine:1", fprocess="cat")
    gateway.counters.reset()


def invoke(modules: Modules, **options: Any) -> Run:
    return modules.run("faas_invoke", **{"name": "env", **options})


def test_the_function_gets_method_path_query_headers_and_body(modules: Modules, gateway: GatewayHandle) -> None:
    run = invoke(
        modules,
        method="PUT",
        path="/items/a b",
        query={"width": 120, "tag": ["x", "y"]},
        headers={"X-Kind": "test"},
        body="four",
    )
    assert run.result["status"] == 200
    assert run.result["changed"] is False
    assert run.result["url"] == f"{gateway.url}/function/env/items/a%20b?width=120&tag=x&tag=y"
    said = run.result["body"].splitlines()
    assert "Http_Method=PUT" in said
    assert "Http_ContentLength=4" in said
    assert "Http_X_Kind=test" in said
    assert "Http_Query=width=120&tag=x&tag=y" in said


def test_the_gateways_login_is_not_shown_to_functions(modules: Modules, gateway: GatewayHandle) -> None:
    assert "Authorization" not in invoke(modules).result["body"]
    assert not gateway.counters.requests[-1].headers.get("Authorization")


def test_a_namespace_is_a_part_of_the_name(modules: Modules, gateway: GatewayHandle) -> None:
    assert invoke(modules, namespace="openfaas-fn").result["url"].endswith("/function/env.openfaas-fn")


@pytest.mark.parametrize(
    ("body", "sent", "kind"),
    [("plain", "plain", "text/plain"), ({"a": [1]}, '{"a": [1]}', "application/json"), (None, "", "")],
)
def test_a_body_is_text_or_json(modules: Modules, gateway: GatewayHandle, body: Any, sent: str, kind: str) -> None:
    assert invoke(modules, name="cat", body=body).result["body"] == sent
    assert gateway.counters.requests[-1].headers.get("Content-Type") == kind


def test_json_and_bytes_are_given_as_what_they_are(modules: Modules, gateway: GatewayHandle) -> None:
    def answer(deployment: Deployment, request: Request) -> Response:
        if request.path == "/json":
            return Response(200, b'{"a": 1}', Headers([("Content-Type", "application/json")]))
        return Response(200, b"\xff\x00", Headers([("Content-Type", "image/png")]))

    gateway.functions.handlers["env"] = answer
    assert invoke(modules, path="json").result["json"] == {"a": 1}
    picture = invoke(modules).result
    assert picture["body_base64"] == "/wA="
    assert picture["body"] is None


def test_an_unexpected_status_is_one_sentence(modules: Modules, gateway: GatewayHandle) -> None:
    run = invoke(modules, name="none", method="GET")
    assert run.failed
    assert run.message.startswith(f"GET {gateway.url}/function/none answered 404 where 200 was expected: ")
    assert run.message.endswith("Is it deployed?")
    assert invoke(modules, name="none", status_code=[200, 404]).result["status"] == 404


def test_a_call_is_made_again_only_where_that_does_no_harm(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.faults.answer(503, path="/function")
    assert invoke(modules, method="GET").result["status"] == 200
    gateway.faults.answer(503, path="/function")
    assert "answered 503" in invoke(modules, method="POST").message
    gateway.faults.drop(path="/function")
    gateway.counters.reset()
    assert "No answer from" in invoke(modules, method="POST").message or invoke(modules).failed
    assert gateway.counters.total == 1
    gateway.faults.answer(503, path="/function")
    gateway.counters.reset()
    assert invoke(modules, method="GET", status_code=[503]).result["status"] == 503
    assert gateway.counters.total == 1


def test_check_mode_makes_safe_calls_only(modules: Modules, gateway: GatewayHandle) -> None:
    assert modules.run("faas_invoke", check=True, name="env", method="GET").result["status"] == 200
    gateway.counters.reset()
    unsent = modules.run("faas_invoke", check=True, name="env").result
    assert unsent["status"] is None
    assert unsent["msg"] == "POST is not sent in check mode."
    assert modules.run("faas_invoke", check=True, name="env", gateway="").result["status"] is None
    assert gateway.counters.total == 0
    absent = modules.run("faas_invoke", check=True, name="none", method="GET").result
    assert absent["status"] is None
    assert absent["msg"] == "Function 'none' is not deployed yet."


def test_secret_headers_show_nowhere(modules: Modules, gateway: GatewayHandle) -> None:
    for status in (200, 201):
        run = invoke(modules, headers={"Authorization": "Bearer marker-7f3a"}, body="marker-body", status_code=[status])
        assert "marker-7f3a" not in run.text
        assert "marker-body" not in run.text
    assert "marker-7f3a" in gateway.counters.requests[-1].headers.get("Authorization")
    refused = invoke(modules, gateway="http://faas.example.com", headers={"Authorization": "Bearer marker-7f3a"})
    assert "without encryption" in refused.message


def test_a_header_that_http_does_not_allow_is_one_sentence(modules: Modules, gateway: GatewayHandle) -> None:
    run = invoke(modules, headers={"X-A": "one\r\nX-B: two"})
    assert run.message == f"A header for {gateway.url} holds characters that HTTP does not allow."


def test_bytes_come_from_a_file_or_from_base64(modules: Modules, gateway: GatewayHandle, home: Path) -> None:
    picture = home / "picture.png"
    picture.write_bytes(b"\xff\x00 picture")
    sent = invoke(modules, name="cat", src=str(picture))
    assert sent.result["body_base64"] == base64.b64encode(picture.read_bytes()).decode()
    assert gateway.counters.requests[-1].headers.get("Content-Type") == "application/octet-stream"
    back = invoke(modules, name="cat", body_base64=sent.result["body_base64"], headers={"content-type": "image/png"})
    assert back.result["body_base64"] == sent.result["body_base64"]
    assert gateway.counters.requests[-1].headers.get("Content-Type") == "image/png"


def test_an_answer_goes_into_a_file_once(modules: Modules, gateway: GatewayHandle, home: Path) -> None:
    dest = home / "answer"
    options: dict[str, Any] = {"name": "cat", "body_base64": "/wA=", "dest": str(dest)}
    run = invoke(modules, **options)
    assert run.result["changed"]
    assert dest.read_bytes() == b"\xff\x00"
    assert (run.result["body"], run.result["dest"]) == (None, str(dest))
    assert "body_base64" not in run.result
    assert not invoke(modules, **options).result["changed"]
    assert invoke(modules, **{**options, "body_base64": "AA=="}).result["changed"]
    assert invoke(modules, **options, status_code=[201]).failed
    assert dest.read_bytes() == b"\0"
    assert [path.name for path in home.iterdir() if "answer" in path.name] == ["answer"]


def test_check_mode_foretells_the_file(modules: Modules, home: Path) -> None:
    options: dict[str, Any] = {"name": "cat", "method": "GET", "dest": str(home / "answer")}
    predicted = modules.run("faas_invoke", check=True, **options)
    assert predicted.result["changed"]
    assert not (home / "answer").exists()
    assert modules.run("faas_invoke", **options).result["changed"]
    assert not modules.run("faas_invoke", check=True, **options).result["changed"]


def test_an_asynchronous_call_is_queued_and_reported(modules: Modules, gateway: GatewayHandle) -> None:
    reports: Queue[Request] = Queue()

    def take(request: Request) -> Response:
        reports.put(request)
        return Response(200)

    listener = Server(take, "127.0.0.1", 0).start()
    try:
        run = invoke(modules, name="cat", body="later", asynchronous=True, callback_url=f"{listener.url}/report")
        report = reports.get(timeout=60)
    finally:
        listener.close()
    assert run.result["status"] == 202
    assert run.result["url"] == f"{gateway.url}/async-function/cat"
    assert report.body == b"later"
    assert report.headers.get("X-Call-Id") == run.result["call_id"]
    own = invoke(modules, asynchronous=True, headers={"X-Call-Id": "mine"})
    assert own.result["call_id"] == "mine"


def test_a_call_is_made_again_when_that_is_said_to_do_no_harm(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.faults.answer(503, path="/function", times=2)
    assert invoke(modules, idempotent=True).result["status"] == 200
    gateway.faults.drop(path="/async-function")
    assert invoke(modules, asynchronous=True, idempotent=True).result["status"] == 202
    gateway.faults.answer(503, path="/async-function")
    gateway.counters.reset()
    assert "answered 503 where 202 was expected" in invoke(modules, asynchronous=True).message
    assert gateway.counters.total == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"asynchronous": True, "method": "GET"}, "An asynchronous call of function 'env' must be a POST, not a GET."),
        ({"callback_url": "http://127.0.0.1/"}, "callback_url needs asynchronous: true"),
        ({"src": "/none"}, "The file /none with the body cannot be read (No such file or directory)."),
        ({"body_base64": "hush!"}, "body_base64 is no base64."),
        ({"src": "/none", "body": "a"}, "mutually exclusive"),
    ],
)
def test_options_that_do_not_go_together_are_one_sentence(
    modules: Modules, gateway: GatewayHandle, options: dict[str, Any], sentence: str
) -> None:
    run = invoke(modules, **options)
    assert sentence in run.message
    assert "hush" not in run.text
    assert gateway.counters.total == 0


def test_a_file_that_cannot_be_written_is_one_sentence(modules: Modules, home: Path) -> None:
    run = invoke(modules, dest=str(home / "none" / "answer"))
    assert run.message == f"The answer cannot be put into {home}/none/answer (No such file or directory)."
    assert f"The answer cannot be put into {home} (Is a directory)" in invoke(modules, dest=str(home)).message
