"""faas_secret and faas_secret_info as a playbook sees them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.testing import GatewayHandle
from tests.unit.faas.conftest import Modules, Run
from tests.unit.faas.test_with_a_cluster import Api, api, kubeconfig

__all__ = ["api", "kubeconfig"]

VALUE = "correct horse"
PATH = "/api/v1/namespaces/openfaas-fn/secrets/"


def keep(modules: Modules, *, check: bool = False, **options: Any) -> Run:
    """A run of faas_secret with one secret."""
    return modules.run("faas_secret", check=check, **{"name": "key", "value": VALUE, **modules.options, **options})


def verbs(run: Run) -> dict[str, str]:
    """What became of each secret."""
    return {row["name"]: row["verb"] for row in run.result["secrets"]}


def many(*names: str, **options: Any) -> list[dict[str, Any]]:
    """So many secrets with one value."""
    return [{"name": name, "value": VALUE, **options} for name in names]


def stored(api: Api, name: str, value: str) -> None:
    """Put the Secret behind an OpenFaaS secret into the cluster."""
    api.objects[PATH + name] = {
        "metadata": {"name": name, "namespace": "openfaas-fn"},
        "data": {name: base64.b64encode(value.encode()).decode()},
    }


def test_a_secret_is_kept_and_its_value_shows_nowhere(modules: Modules, gateway: GatewayHandle) -> None:
    predicted = keep(modules, check=True)
    assert gateway.counters.writes == 0
    run = keep(modules)
    assert verbs(run) == {"key": "created"}
    assert run.result["diff"] == predicted.result["diff"]
    assert gateway.functions.secret_values == {"key": VALUE.encode()}
    for form in (VALUE, base64.b64encode(VALUE.encode()).decode()):
        assert form not in run.text


def test_without_a_cluster_update_decides(modules: Modules, gateway: GatewayHandle) -> None:
    keep(modules)
    left = keep(modules, value="another", update="on_create")
    assert verbs(left) == {"key": "unchanged"}
    assert not left.result["changed"]
    assert gateway.functions.secret_values["key"] == VALUE.encode()
    predicted = keep(modules, check=True, value="another")
    assert gateway.functions.secret_values["key"] == VALUE.encode()
    written = keep(modules, value="another")
    assert verbs(predicted) == verbs(written) == {"key": "updated"}
    assert written.result["diff"] == predicted.result["diff"]
    assert "never gives it back" in written.result["diff"][0]["before"]["value"]
    assert gateway.functions.secret_values["key"] == b"another"
    assert VALUE not in written.text
    assert "another" not in str(written.result["diff"][0]["after"])


@pytest.mark.parametrize("update", ["always", "on_create"])
def test_with_a_cluster_the_values_are_compared(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str, update: str
) -> None:
    modules.options |= {"kubeconfig": kubeconfig, "update": update}
    keep(modules)
    assert api.requests == []
    stored(api, "key", VALUE)
    gateway.counters.reset()
    assert verbs(keep(modules)) == {"key": "unchanged"}
    assert gateway.counters.total == 1
    predicted = keep(modules, check=True, value="another one")
    changed = keep(modules, value="another one")
    assert verbs(predicted) == verbs(changed) == {"key": "updated"}
    assert gateway.functions.secret_values["key"] == b"another one"
    assert set(api.requests) == {PATH + "key"}
    assert VALUE not in changed.text
    assert base64.b64encode(VALUE.encode()).decode() not in changed.text


def test_a_cluster_that_gives_no_secret_out_is_told_once(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str
) -> None:
    modules.run("faas_secret", secrets=many("a", "b"))
    api.forbidden.add(PATH + "a")
    run = modules.run("faas_secret", secrets=many("a", "b"), kubeconfig=kubeconfig, update="on_create")
    assert verbs(run) == {"a": "unchanged", "b": "unchanged"}
    assert "cannot be compared, so update decides" in run.warnings
    assert api.requests == [PATH + "a"]


def test_text_is_trimmed_as_faas_cli_does_and_bytes_are_not(
    modules: Modules, gateway: GatewayHandle, home: Path
) -> None:
    (home / "text").write_text(" from a file \n")
    (home / "bytes").write_bytes(b"\xff\x00\n")
    wanted = [
        {"name": "text", "value_from_file": str(home / "text")},
        {"name": "bytes", "value_from_file": str(home / "bytes")},
        {"name": "raw", "raw_value": base64.b64encode(b" \xff ").decode()},
        {"name": "plain", "value": "\tvalue \n"},
    ]
    modules.run("faas_secret", secrets=wanted)
    held = gateway.functions.secret_values
    assert held == {"text": b"from a file", "bytes": b"\xff\x00", "raw": b" \xff ", "plain": b"value"}
    modules.run("faas_secret", name="text", value_from_file=str(home / "text"), trim=False)
    assert held["text"] == b" from a file \n"


def test_secrets_go_and_those_of_others_stay(modules: Modules, gateway: GatewayHandle) -> None:
    modules.run("faas_secret", secrets=many("a", "b", "c"))
    options: dict[str, Any] = {"secrets": [{"name": "a"}, {"name": "none"}], "state": "absent"}
    predicted = modules.run("faas_secret", check=True, **options)
    assert len(gateway.functions.secret_values) == 3
    run = modules.run("faas_secret", **options)
    assert verbs(run) == verbs(predicted) == {"a": "deleted", "none": "unchanged"}
    assert set(gateway.functions.secret_values) == {"b", "c"}
    assert not modules.run("faas_secret", **options).result["changed"]


def test_many_secrets_are_planned_with_one_request(modules: Modules, gateway: GatewayHandle) -> None:
    names = [f"s{number}" for number in range(20)]
    modules.run("faas_secret", secrets=many(*names[:19]))
    gateway.counters.reset()
    run = modules.run("faas_secret", secrets=many(*names), update="on_create")
    assert [name for name, verb in verbs(run).items() if verb == "created"] == ["s19"]
    assert gateway.counters.total == 2


def test_what_fails_is_listed_and_the_rest_is_done(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.faults.answer(400, method="POST", body="no good")
    run = modules.run("faas_secret", secrets=many("a", "b"))
    assert run.failed
    assert run.message.startswith("1 of 2 secrets failed: a: ")
    assert verbs(run) == {"a": "failed", "b": "created"}
    assert run.result["changed"]
    assert VALUE not in run.text
    again = modules.run("faas_secret", secrets=many("a", "b"), update="on_create")
    assert verbs(again) == {"a": "created", "b": "unchanged"}


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_fault_that_passes_is_waited_out(modules: Modules, gateway: GatewayHandle, method: str, status: int) -> None:
    if method != "POST":
        keep(modules)
    gateway.faults.answer(status, times=2, method=method, path="/system/secrets", headers={"Retry-After": "0"})
    run = keep(modules, state="absent" if method == "DELETE" else "present")
    assert verbs(run) == {"key": {"POST": "created", "DELETE": "deleted"}.get(method, "updated")}
    assert bool(gateway.functions.secret_values) is (method != "DELETE")


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_lost_reply_makes_nothing_twice(modules: Modules, gateway: GatewayHandle, reset: bool) -> None:
    gateway.faults.drop(method="POST", reset=reset)
    assert verbs(keep(modules)) == {"key": "created"}
    assert [request.method for request in gateway.counters.requests] == ["GET", "POST", "GET"]
    gateway.faults.drop(method="DELETE", reset=reset)
    assert verbs(keep(modules, state="absent")) == {"key": "deleted"}
    assert gateway.functions.secret_values == {}


def test_a_secret_of_somebody_else_is_no_secret_of_openfaas(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.faults.answer(409, method="POST")
    run = keep(modules)
    assert run.message == (
        "1 of 1 secrets failed: key: There is a Secret 'key' that OpenFaaS did not make: choose another name."
    )
    assert not run.result["changed"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "Key"}, "'Key' is no name for a secret: "),
        ({"value": ...}, "Secret 'key' needs exactly one of value, value_from_file, raw_value; 0 are given."),
        ({"value": " \n"}, "Secret 'key' has an empty value"),
        ({"value": ..., "raw_value": "hush!"}, "The raw_value of secret 'key' is no base64."),
        (
            {"value": ..., "value_from_file": "/none"},
            "The file /none with the value of secret 'key' cannot be read (No such file or directory).",
        ),
        ({"name": ..., "value": ..., "secrets": many("a", "a")}, "Secret 'a' is listed twice"),
        ({"name": ..., "value": ..., "secrets": many("a", raw_value="AA==")}, "; 2 are given."),
        ({"gateway": "http://faas.example.com"}, "without encryption"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_sent(
    modules: Modules, gateway: GatewayHandle, options: dict[str, Any], sentence: str
) -> None:
    run = keep(modules, **options)
    assert run.failed
    assert sentence in run.message
    assert VALUE not in run.text
    assert "hush" not in run.text
    assert gateway.counters.total == 0


def test_another_namespace_is_refused_by_the_community_edition(modules: Modules, gateway: GatewayHandle) -> None:
    assert "refused GET /system/secrets?namespace=elsewhere (400)" in keep(modules, namespace="elsewhere").message
    assert verbs(keep(modules, namespace="openfaas-fn")) == {"key": "created"}


def test_without_an_address_check_mode_tells_what_a_new_gateway_would_get(modules: Modules) -> None:
    assert verbs(keep(modules, check=True, gateway="")) == {"key": "created"}
    assert verbs(keep(modules, check=True, gateway="", state="absent")) == {"key": "unchanged"}


def test_the_names_are_listed_and_no_value(modules: Modules, gateway: GatewayHandle) -> None:
    modules.run("faas_secret", secrets=many("b", "a"))
    gateway.counters.reset()
    run = modules.run("faas_secret_info")
    assert run.result["secrets"] == [{"name": name, "namespace": "openfaas-fn"} for name in ("a", "b")]
    assert not run.result["changed"]
    assert VALUE not in run.text
    assert gateway.counters.total == 1
    twice = modules.run("faas_secret_info", namespaces=["openfaas-fn", "openfaas-fn"])
    assert len(twice.result["secrets"]) == 4
    assert modules.run("faas_secret_info", check=True, gateway="").result["secrets"] == []


def test_removing_needs_no_gateway_where_nothing_is_left(modules: Modules, api: Api, kubeconfig: str) -> None:
    modules.options |= {"kubeconfig": kubeconfig, "gateway": "", "state": "absent", "value": ...}
    run = keep(modules)
    assert verbs(run) == {"key": "unchanged"}
    assert "The cluster has none of these secrets" in run.warnings
    stored(api, "key", VALUE)
    assert "No gateway is given" in keep(modules).message
    del api.objects[PATH + "key"]
    api.forbidden.add(PATH + "key")
    assert "No gateway is given" in keep(modules).message
