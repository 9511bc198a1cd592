"""faas_function_info as a playbook sees it."""

from __future__ import annotations

from tests.gateway.testing import GatewayHandle
from tests.unit.faas.conftest import Modules
from tests.unit.faas.test_function_module import ENV, many


def test_all_functions_are_read_by_one_request(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(functions=many(12))
    gateway.counters.reset()
    run = modules.run("faas_function_info")
    assert [row["name"] for row in run.result["functions"]] == sorted(f"f{number}" for number in range(12))
    assert not run.result["changed"]
    assert gateway.counters.total == 1


def test_one_function_is_told_in_the_words_of_the_options(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**ENV, labels={"a": "b"}, limits={"memory": "1024Mi"})
    (row,) = modules.run("faas_function_info", name="env").result["functions"]
    assert row.pop("created_at")
    assert row == {
        "name": "env",
        "namespace": "openfaas-fn",
        "url": f"{gateway.url}/function/env",
        "image": ENV["image"],
        "fprocess": "env",
        "labels": {"a": "b"},
        "annotations": {},
        "secrets": [],
        "limits": {"memory": "1Gi"},
        "requests": {},
        "replicas": 1,
        "available_replicas": 1,
        "invocation_count": 0,
    }


def test_a_function_that_is_not_there_gives_an_empty_list(modules: Modules) -> None:
    assert modules.run("faas_function_info", name="none").result["functions"] == []
    assert modules.run("faas_function_info").result["functions"] == []
    assert modules.run("faas_function_info", check=True, gateway="").result["functions"] == []
