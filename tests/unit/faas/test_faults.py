"""What goes wrong between a module and a gateway, and what becomes of it."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.testing import GatewayHandle, running_gateway
from tests.unit.faas.conftest import Modules
from tests.unit.faas.test_function_module import ENV, many


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_fault_that_passes_is_waited_out(modules: Modules, gateway: GatewayHandle, method: str, status: int) -> None:
    gateway.faults.answer(status, times=2, method=method, headers={"Retry-After": "0"})
    assert modules.function(**ENV).verbs == {"env": "created"}
    assert gateway.functions.records["env"].restarts == 0


def test_a_put_that_failed_is_looked_at_before_it_is_repeated(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**ENV)
    gateway.faults.answer(503, method="PUT")
    gateway.counters.reset()
    assert modules.function(**{**ENV, "fprocess": "cat"}, wait=False).verbs == {"env": "updated"}
    calls = [request.method for request in gateway.counters.requests]
    assert calls == ["GET", "PUT", "GET", "PUT"]


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize(("fprocess", "verb"), [("env", "created"), ("cat", "updated")])
def test_a_lost_reply_makes_nothing_twice(
    modules: Modules, gateway: GatewayHandle, fprocess: str, verb: str, reset: bool
) -> None:
    if verb == "updated":
        modules.function(**ENV)
    gateway.faults.drop(method="POST" if verb == "created" else "PUT", reset=reset)
    gateway.counters.reset()
    assert modules.function(**{**ENV, "fprocess": fprocess}).verbs == {"env": verb}
    assert gateway.counters.writes == 1
    assert gateway.functions.records["env"].restarts == (verb == "updated")


def test_a_lost_reply_to_a_removal_is_no_failure(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**ENV)
    gateway.faults.drop(method="DELETE")
    assert modules.function(name="env", state="absent").verbs == {"env": "deleted"}
    assert not gateway.functions.records


def test_a_lost_request_is_made_again(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.faults.drop(method="POST", handled=False)
    assert modules.function(**ENV).verbs == {"env": "created"}


def test_a_success_that_changed_nothing_is_tried_once_more(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**ENV)
    gateway.functions.failing_replacements = 1
    gateway.counters.reset()
    assert modules.function(**{**ENV, "fprocess": "cat"}).verbs == {"env": "updated"}
    assert gateway.counters.of("PUT") == 2
    assert gateway.functions.records["env"].restarts == 1


def test_a_success_that_changed_nothing_again_is_a_failure(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**ENV)
    gateway.functions.failing_replacements = 2
    run = modules.function(**{**ENV, "fprocess": "cat"})
    assert run.failed
    assert run.verbs == {"env": "failed"}
    assert "with 200 where 202 means done, and changed nothing" in run.message
    assert run.result["changed"] is False
    assert modules.function(**{**ENV, "fprocess": "cat"}).verbs == {"env": "updated"}


def test_what_kubernetes_refuses_for_good_is_tried_once(modules: Modules, gateway: GatewayHandle) -> None:
    said = 'unable create Deployment: Deployment.apps "env" is invalid: spec.template.labels: Invalid value: "a b"'
    gateway.faults.answer(500, times=9, method="POST", body=said)
    run = modules.function(**ENV)
    assert run.failed
    assert said in run.message
    assert gateway.counters.of("POST") == 1


def test_without_prometheus_each_function_is_asked_for_and_the_warning_says_so(
    modules: Modules, gateway: GatewayHandle
) -> None:
    modules.function(functions=many(3))
    gateway.prometheus.up = False
    run = modules.function(functions=many(4), wait=False)
    assert run.verbs == {"f0": "unchanged", "f1": "unchanged", "f2": "unchanged", "f3": "created"}
    assert "The list of functions could not be had" in run.warnings
    assert "Prometheus" in run.warnings


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"status": 401}, "does not accept the login from the option password (401)"),
        ({"status": 302, "headers": {"Location": "https://other.example.com/"}}, "redirects GET /system/function"),
        ({"status": 400, "body": "namespace must be: openfaas-fn"}, "namespace must be: openfaas-fn"),
        (
            {"status": 200, "body": "<html>Welcome</html>"},
            "does not answer /system/functions as an OpenFaaS gateway does",
        ),
        ({"status": 200, "body": '{"items": []}'}, "as an OpenFaaS gateway does"),
        ({"status": 404, "body": "404 page not found"}, "has nothing at /system/functions (404, 404 page not found)"),
    ],
)
def test_an_answer_that_is_no_list_is_one_sentence(
    modules: Modules, gateway: GatewayHandle, answer: dict[str, Any], sentence: str
) -> None:
    gateway.faults.answer(**answer, times=9)
    run = modules.function(functions=many(2))
    assert run.failed
    assert sentence in run.message
    assert run.message.startswith(gateway.url)
    assert gateway.counters.writes == 0


@pytest.mark.parametrize("status", [200, 403, 404])
@pytest.mark.parametrize(
    ("module", "options", "path"),
    [
        ("faas_function", ENV, "/system/function/env"),
        ("faas_function_info", {}, "/system/functions"),
        ("faas_secret", {"name": "key", "value": "value"}, "/system/secrets"),
        ("faas_secret_info", {}, "/system/secrets"),
        ("faas_info", {}, "/system/info"),
        ("faas_login", {}, "/system/functions"),
        ("faas_namespace", {"name": "blue"}, "/system/namespace/blue"),
        ("faas_scale", {"name": "env", "replicas": 2}, "/system/function/env"),
    ],
)
def test_a_web_page_in_the_gateways_place_is_one_sentence(
    modules: Modules, gateway: GatewayHandle, module: str, options: dict[str, Any], path: str, status: int
) -> None:
    gateway.faults.html(status=status, times=9)
    run = modules.run(module, **options)
    assert run.message == f"{gateway.url} does not answer {path} as an OpenFaaS gateway does: check the URL."
    assert gateway.counters.writes == 0


def test_a_namespace_that_is_not_served_is_named(modules: Modules, gateway: GatewayHandle) -> None:
    run = modules.function(**ENV, namespace="elsewhere")
    assert run.failed
    assert "refused GET /system/functions?namespace=elsewhere (400): " in run.message
    assert "openfaas-fn" in run.message
    assert gateway.counters.writes == 0


def test_a_redirect_never_carries_the_login_along(
    modules: Modules, gateway: GatewayHandle, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_gateway() as other:
        gateway.faults.answer(307, headers={"Location": f"{other.url}/system/functions"}, times=9)
        run = modules.function(**ENV)
        assert run.failed
        assert other.url in run.message
        assert other.counters.total == 0


def test_a_certificate_is_verified_unless_told_otherwise(capsys: pytest.CaptureFixture[str], certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running_gateway(tls=context) as gateway:
        modules = Modules(capsys, {"gateway": gateway.url, "password": gateway.password})
        refused = modules.function(**ENV)
        assert refused.failed
        assert refused.message == (
            f"The certificate of {gateway.url} is not trusted (self-signed certificate): "
            "name its authority's PEM file in ca_path."
        )
        assert gateway.counters.total == 0
        assert modules.function(**ENV, ca_path=str(certificate)).verbs == {"env": "created"}
        assert modules.function(**ENV, gateway_validate_certs=False).verbs == {"env": "unchanged"}
        missing = modules.function(**ENV, ca_path="/none.pem")
        assert missing.message == "The certificates in ca_path /none.pem cannot be read (No such file or directory)."


def test_a_gateway_without_tls_says_so(modules: Modules, gateway: GatewayHandle) -> None:
    run = modules.function(**ENV, gateway=gateway.url.replace("http:", "https:"))
    assert run.message == (
        f"{gateway.url.replace('http:', 'https:')} does not speak TLS: check the scheme and the port of the URL."
    )
