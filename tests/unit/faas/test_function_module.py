"""faas_function as a playbook sees it, against a gateway with the real one's warts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.gateway.testing import GatewayHandle
from tests.unit.faas.conftest import Modules

ENV: dict[str, Any] = {"name": "env", "image": "example.com/alpine:1", "fprocess": "env"}
WHOLE: dict[str, Any] = {
    **ENV,
    "env": {"STAGE": "prod", "DEBUG": True, "COUNT": 3},
    "labels": {"com.openfaas.scale.min": "2"},
    "annotations": {"topic": "news"},
    "secrets": ["b", "a"],
    "limits": {"memory": "1024Mi", "cpu": "0.1"},
    "requests": {"cpu": "10m"},
    "constraints": ["kubernetes.io/arch = amd64"],
    "readonly_root_filesystem": True,
}


def many(count: int, **settings: Any) -> list[dict[str, Any]]:
    """So many functions, alike but for their names."""
    return [{**ENV, "name": f"f{number}", **settings} for number in range(count)]


@pytest.fixture(autouse=True)
def secrets(gateway: GatewayHandle) -> None:
    gateway.functions.secret_values.update(a=b"1", b=b"2")


def test_the_gateway_gets_every_setting_as_it_was_given(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**WHOLE)
    held = gateway.functions.records["env"].deployment
    assert held.env_vars == {"STAGE": "prod", "DEBUG": "true", "COUNT": "3"}
    assert held.constraints == ("kubernetes.io/arch = amd64",)
    assert held.secrets == ("a", "b")
    assert held.read_only_root_filesystem
    assert held.labels == {"com.openfaas.scale.min": "2"}


def test_what_others_write_into_the_pods_is_no_change(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**ENV)
    annotations = dict(gateway.functions.records["env"].deployment.annotations)
    object.__setattr__(
        gateway.functions.records["env"].deployment,
        "annotations",
        annotations | {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"},
    )
    assert not modules.function(**ENV).result["changed"]


@pytest.mark.parametrize("count", [1, 15, 100, 1000])
def test_requests_do_not_grow_with_the_functions(modules: Modules, gateway: GatewayHandle, count: int) -> None:
    gateway.lift_limit()
    assert modules.function(functions=many(count), concurrency=16).result["changed"]
    gateway.counters.reset()
    assert not modules.function(functions=many(count)).result["changed"]
    assert gateway.counters.total == 1
    gateway.counters.reset()
    wanted = [*many(count - 1), {**ENV, "name": f"f{count - 1}", "image": "example.com/alpine:2"}]
    done = modules.function(functions=wanted, wait=False)
    assert [name for name, verb in done.verbs.items() if verb != "unchanged"] == [f"f{count - 1}"]
    assert [request.method for request in gateway.counters.requests] == ["GET", "PUT"]
    assert sum(record.restarts for record in gateway.functions.records.values()) == 1


def test_writes_go_out_side_by_side_but_bounded(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.lift_limit()
    gateway.faults.latency = 0.02
    modules.function(functions=many(40), wait=False)
    assert 1 < gateway.counters.peak <= 8
    gateway.counters.reset()
    modules.function(functions=many(40, image="example.com/alpine:2"), wait=False, concurrency=2)
    assert gateway.counters.peak == 2


def test_functions_are_removed_and_that_is_waited_for(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(functions=many(3))
    gateway.functions.ending_reads = 3
    assert modules.function(check=True, name="f1", state="absent").verbs == {"f1": "deleted"}
    done = modules.function(functions=[{"name": "f1"}, {"name": "f2"}, {"name": "f9"}], state="absent")
    assert done.verbs == {"f1": "deleted", "f2": "deleted", "f9": "unchanged"}
    assert list(gateway.functions.records) == ["f0"]
    again = modules.function(functions=[{"name": "f1"}, {"name": "f2"}], state="absent")
    assert not again.result["changed"]


def test_a_function_is_deployed_while_its_forerunner_is_still_being_deleted(
    modules: Modules, gateway: GatewayHandle
) -> None:
    gateway.functions.ending_reads = 3
    modules.function(**ENV)
    modules.function(name="env", state="absent", wait=False)
    gateway.functions.records["env"].unseen = 1
    assert modules.function(**ENV).verbs == {"env": "created"}
    assert gateway.functions.records["env"].ending is None


def test_a_replica_that_takes_a_while_is_waited_for(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.functions.unseen_reads = 1
    gateway.functions.unready_reads = 2
    modules.function(**ENV)
    assert gateway.functions.records["env"].available == 1


def test_a_replica_that_never_comes_fails_the_task_on_every_run(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.functions.broken_images.add(ENV["image"])
    for verb, changed in (("created", True), ("unchanged", False)):
        run = modules.function(**ENV, timeout=1)
        assert run.failed
        assert run.message == (
            "1 of 1 functions failed: env: not ready after 1 s: 0 of 1 replicas are available; "
            "with a kubeconfig the pods' own reason is told."
        )
        assert run.result["functions"][0]["verb"] == verb
        assert run.result["changed"] is changed


def test_a_rerun_touches_only_what_failed(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.lift_limit()
    wanted = many(100)
    for number in (3, 50, 99):
        wanted[number]["secrets"] = ["none"]
    first = modules.function(functions=wanted)
    assert first.failed
    assert first.message.startswith("3 of 100 functions failed: f3, f50, f99: ")
    assert 'secrets "none" not found' in first.message
    assert len(gateway.functions.records) == 97
    assert sum(verb == "failed" for verb in first.verbs.values()) == 3
    assert len(first.result["diff"]) == 97
    gateway.functions.secret_values["none"] = b"3"
    gateway.counters.reset()
    second = modules.function(functions=wanted)
    assert {name for name, verb in second.verbs.items() if verb == "created"} == {"f3", "f50", "f99"}
    assert gateway.counters.writes == 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "Env"}, "'Env' is no name for a function"),
        ({"name": "a" * 64}, "is no name for a function"),
        ({"image": ...}, "Function 'env' has no image"),
        ({"limits": {"memory": "64 Mi"}}, "limits of function 'env', memory: '64 Mi' is no quantity"),
        ({"limits": {"memory": "-1Gi"}}, "limits of function 'env', memory: '-1Gi' is below zero"),
        ({"limits": {"cpu": "100m"}, "requests": {"cpu": 1}}, "requests more cpu (1) than its limit (100m)"),
        ({"labels": {"faas.mesh/owner": "me"}}, "is written by this collection: use owner"),
        ({"owner": "my shop"}, "'my shop' is no name for an owner"),
        ({"owner": "shop", "purge": True}, "so it needs the whole list: leave name out"),
        ({"purge": True}, "missing: owner"),
        ({"concurrency": 0}, "concurrency is 0"),
        ({"env": {"A": {"B": "C"}}}, "env of function 'env': the value of 'A' must be text"),
        ({"env": {"fprocess": "cat"}}, "two values for fprocess"),
        ({"labels": {"uid": "1"}}, "OpenFaaS sets the label uid itself"),
        ({"annotations": {"faas.mesh/config-hash": "1"}}, "is written by this collection"),
        ({"name": ..., "image": ..., "fprocess": ..., "functions": [ENV, ENV]}, "Function 'env' is listed twice"),
        ({"functions": [ENV]}, "mutually exclusive"),
        ({"gateway": "ftp://example.com"}, "is no URL of a gateway"),
        ({"gateway": "http://admin:hush@localhost"}, "must not carry a user or a password"),
        ({"gateway": "http://faas.example.com:8080"}, "without encryption"),
        ({"gateway": ""}, "No gateway is given"),
        ({"password": ...}, "There is no login for"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_sent(
    modules: Modules, gateway: GatewayHandle, options: dict[str, Any], sentence: str
) -> None:
    run = modules.function(**{**ENV, **options})
    assert run.failed
    assert sentence in run.message
    assert "Traceback" not in run.text
    assert "hush" not in run.text
    assert gateway.counters.total == 0


def test_without_an_address_check_mode_tells_what_a_new_gateway_would_get(
    modules: Modules, gateway: GatewayHandle
) -> None:
    for options in ({"gateway": ""}, {"gateway": None}, {"password": ...}):
        run = modules.function(check=True, **{**WHOLE, **options})
        assert run.verbs == {"env": "created"}
        assert run.result["changed"]
        assert "Nothing was sent" in run.warnings or "nothing was sent" in run.warnings
    assert gateway.counters.total == 0


def test_nothing_listed_is_nothing_to_do(modules: Modules, gateway: GatewayHandle) -> None:
    assert modules.function(functions=[]).result["changed"] is False
    assert gateway.counters.total == 0


def test_the_gateway_comes_from_the_environment(
    modules: Modules, gateway: GatewayHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENFAAS_URL", gateway.url)
    assert modules.function(gateway=..., **ENV).verbs == {"env": "created"}


def test_no_secret_shows_when_a_run_fails(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.faults.answer(400, body=f"no good: {gateway.password}", method="POST")
    run = modules.function(**ENV)
    assert run.failed
    assert gateway.password not in run.text


def test_the_result_is_the_same_as_json(modules: Modules) -> None:
    run = modules.function(**WHOLE)
    assert json.loads(json.dumps(run.result)) == run.result
