"""faas_namespace as a playbook sees it, with OpenFaaS Pro and with the Community Edition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.namespaces import Namespaces
from tests.gateway.testing import GatewayHandle, running_gateway
from tests.unit.faas.conftest import Modules, Run

MESH = {"istio-injection": "enabled"}


@pytest.fixture
def pro() -> Iterator[GatewayHandle]:
    with running_gateway(pro=True) as handle:
        yield handle


@pytest.fixture
def spaces(pro: GatewayHandle) -> Namespaces:
    assert pro.namespaces is not None
    return pro.namespaces


@pytest.fixture
def runs(pro: GatewayHandle, capsys: pytest.CaptureFixture[str]) -> Modules:
    return Modules(capsys, {"gateway": pro.url, "password": pro.password, "name": "blue"})


def have(runs: Modules, *, check: bool = False, **options: Any) -> Run:
    return runs.run("faas_namespace", check=check, **options)


def test_a_namespace_is_made_once(runs: Modules, pro: GatewayHandle, spaces: Namespaces) -> None:
    predicted = have(runs, check=True, labels=MESH, annotations={"cost-centre": 7})
    assert pro.counters.writes == 0
    done = have(runs, labels=MESH, annotations={"cost-centre": 7})
    assert (done.result["changed"], done.result["verb"]) == (True, "created")
    assert done.result["diff"] == predicted.result["diff"]
    assert spaces.records["blue"]["annotations"] == {"cost-centre": "7"}
    assert spaces.records["blue"]["labels"] == {
        **MESH,
        "openfaas": "1",
        "kubernetes.io/metadata.name": "blue",
    }
    pro.counters.reset()
    assert not have(runs, labels=MESH).result["changed"]
    assert pro.counters.total == 1


def test_labels_are_added_and_those_of_others_stay(runs: Modules, spaces: Namespaces) -> None:
    have(runs, labels=MESH)
    spaces.records["blue"]["labels"]["team"] = "their-own"
    predicted = have(runs, check=True, labels={"stage": "prod"})
    done = have(runs, labels={"stage": "prod"})
    assert done.result["verb"] == "updated"
    assert done.result["diff"] == predicted.result["diff"]
    labels = spaces.records["blue"]["labels"]
    assert labels.items() >= {**MESH, "team": "their-own", "stage": "prod"}.items()
    assert done.result["labels"] == labels


def test_a_namespace_goes_and_that_is_waited_for(runs: Modules, pro: GatewayHandle, spaces: Namespaces) -> None:
    have(runs)
    spaces.ending_reads = 2
    assert have(runs, check=True, state="absent").result["verb"] == "deleted"
    assert have(runs, state="absent").result["verb"] == "deleted"
    assert set(spaces.records) == {"openfaas-fn"}
    assert not have(runs, state="absent").result["changed"]


def test_one_that_does_not_go_in_time_is_a_failure(runs: Modules, spaces: Namespaces) -> None:
    have(runs)
    spaces.ending_reads = 1000
    run = have(runs, state="absent", timeout=1)
    assert run.message == "Namespace 'blue' after 1 s: the gateway is still deleting it."
    assert run.result["changed"]


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "503"])
@pytest.mark.parametrize(("method", "verb"), [("POST", "created"), ("PUT", "updated"), ("DELETE", "deleted")])
def test_a_fault_that_passes_makes_nothing_twice(
    runs: Modules, pro: GatewayHandle, method: str, verb: str, lost: bool
) -> None:
    if method != "POST":
        have(runs)
    if lost:
        pro.faults.drop(method=method)
    else:
        pro.faults.answer(503, method=method)
    pro.counters.reset()
    state = "absent" if method == "DELETE" else "present"
    assert have(runs, labels=MESH, state=state).result["verb"] == verb
    assert pro.counters.writes == (1 if lost else 2)


def test_the_community_edition_says_so_in_one_sentence(modules: Modules, gateway: GatewayHandle) -> None:
    for state in ("present", "absent"):
        run = modules.run("faas_namespace", name="blue", state=state)
        assert run.message == (
            f"{gateway.url} is an OpenFaaS Community Edition, which has one namespace for functions: "
            "namespace 'blue' needs OpenFaaS Pro."
        )
    assert gateway.counters.writes == 0


def test_without_an_address_check_mode_tells_what_a_new_gateway_would_get(runs: Modules) -> None:
    assert have(runs, check=True, gateway="").result["verb"] == "created"
    assert have(runs, check=True, gateway="", state="absent").result["verb"] == "unchanged"


def test_bad_input_is_one_sentence(runs: Modules, pro: GatewayHandle) -> None:
    assert "'Blue' is no name for a namespace" in have(runs, name="Blue").message
    assert "labels of namespace 'blue': the value of 'a' must be text" in have(runs, labels={"a": []}).message
    assert pro.counters.total == 0
