"""faas_scale as a playbook sees it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from tests.gateway.testing import GatewayHandle, running_gateway
from tests.unit.faas.conftest import Modules, Run
from tests.unit.faas.test_function_module import ENV
from tests.unit.faas.test_with_a_cluster import Api, api, kubeconfig

__all__ = ["api", "kubeconfig"]


def scale(modules: Modules, replicas: int, *, check: bool = False, **options: Any) -> Run:
    return modules.run("faas_scale", check=check, **{"name": "env", "replicas": replicas, **options})


@pytest.fixture
def deployed(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**ENV)
    gateway.counters.reset()


@pytest.mark.usefixtures("deployed")
def test_a_function_gets_its_replicas_once(modules: Modules, gateway: GatewayHandle) -> None:
    predicted = scale(modules, 3, check=True)
    assert gateway.counters.writes == 0
    done = scale(modules, 3)
    assert done.result["changed"]
    assert done.result["diff"] == predicted.result["diff"]
    assert done.result["diff"]["before"] == {"replicas": 1}
    assert (done.result["replicas"], done.result["available_replicas"]) == (3, 3)
    assert gateway.functions.records["env"].restarts == 0
    gateway.counters.reset()
    assert not scale(modules, 3).result["changed"]
    assert gateway.counters.total == 1


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(("asked", "given"), [(9, 5), (0, 1)])
def test_what_the_community_edition_makes_of_a_number_is_told(
    modules: Modules, gateway: GatewayHandle, asked: int, given: int
) -> None:
    for check in (True, False):
        run = scale(modules, asked, check=check)
        assert run.result["changed"] is (given != 1)
        assert run.result["replicas"] == given
        assert f"runs 1 to 5 replicas of a function, so 'env' gets {given} and not {asked}" in run.warnings
    assert gateway.functions.records["env"].replicas == given
    assert not scale(modules, asked).result["changed"]


def test_pro_gives_any_number(capsys: pytest.CaptureFixture[str]) -> None:
    with running_gateway(pro=True) as gateway:
        modules = Modules(capsys, {"gateway": gateway.url, "password": gateway.password})
        modules.function(**ENV)
        for replicas in (9, 0):
            run = scale(modules, replicas)
            assert run.result["changed"]
            assert gateway.functions.records["env"].replicas == replicas == run.result["available_replicas"]
            assert "warnings" not in run.result


@pytest.mark.usefixtures("deployed")
def test_a_lost_reply_and_a_fault_that_passes_are_no_failures(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.faults.drop(method="POST")
    assert scale(modules, 2).result["changed"]
    assert gateway.counters.writes == 1
    gateway.faults.answer(500, method="POST", times=2, body="conflict")
    assert scale(modules, 4).result["available_replicas"] == 4
    assert gateway.counters.writes == 4


@pytest.mark.usefixtures("deployed")
def test_a_number_that_does_not_show_is_a_failure(
    modules: Modules, gateway: GatewayHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaling = "ansible_collections.faas.mesh.plugins.module_utils._faas.scale.SHOWING_SECONDS"
    monkeypatch.setattr(scaling, 0.1)
    gateway.faults.answer(202, method="POST", path="/system/scale-function")
    run = scale(modules, 2)
    assert run.failed
    assert f"{gateway.url} accepted 2 replicas of function 'env' and shows 1: " in run.message


@pytest.mark.usefixtures("deployed")
def test_replicas_that_do_not_come_fail_with_the_pods_reason(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str
) -> None:
    # Loaded before, as the library takes its time and the module's own is short here.
    import_module("kubernetes.client")
    gateway.functions.broken_images.add(ENV["image"])
    api.deployment("env", available=1)
    api.failing_pod("env")
    run = scale(modules, 2, timeout=3, kubeconfig=kubeconfig)
    assert run.failed
    assert run.message.startswith(
        "Function 'env' is not scaled after 3 s: 1 of 2 replicas are available; openfaas-fn/env-1: ImagePullBackOff"
    )
    assert run.result["changed"]
    assert not scale(modules, 2, wait=False).result["changed"]


def test_a_function_that_is_not_there(modules: Modules, gateway: GatewayHandle) -> None:
    run = scale(modules, 2)
    assert run.message == (f"Function 'env' is not deployed at {gateway.url}: deploy it with faas_function first.")
    assert scale(modules, 2, check=True).result["changed"]
    assert gateway.counters.writes == 0
    assert scale(modules, 2, check=True, gateway="").result["replicas"] == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"replicas": -1}, "replicas: -1 is no number of replicas"),
        ({"name": "No"}, "'No' is no name for a function"),
        ({"gateway": None}, "No gateway is given"),
    ],
)
def test_bad_input_is_one_sentence(
    modules: Modules, gateway: GatewayHandle, options: dict[str, Any], sentence: str
) -> None:
    assert sentence in modules.run("faas_scale", **{"name": "env", "replicas": 1, **options}).message
    assert gateway.counters.total == 0
