"""Functions that belong to an inventory, and what becomes of those that it no longer lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.testing import GatewayHandle
from tests.unit.faas.conftest import Modules
from tests.unit.faas.test_function_module import ENV, many

MINE: dict[str, Any] = {"owner": "shop", "purge": True}


def test_what_is_no_longer_listed_is_removed_and_nothing_of_others(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(functions=many(4), owner="shop")
    modules.function(functions=[{**ENV, "name": "theirs"}], owner="forum")
    modules.function(functions=[{**ENV, "name": "nobodys"}])
    gateway.counters.reset()
    predicted = modules.function(functions=many(2), **MINE, check=True)
    assert gateway.counters.writes == 0
    done = modules.function(functions=many(2), **MINE)
    assert done.verbs == {"f0": "unchanged", "f1": "unchanged", "f2": "deleted", "f3": "deleted"}
    assert predicted.result["functions"] == done.result["functions"]
    assert predicted.result["diff"] == done.result["diff"]
    assert [difference["after_header"] for difference in done.result["diff"]] == [
        "function f2 (deleted)",
        "function f3 (deleted)",
    ]
    assert set(gateway.functions.records) == {"f0", "f1", "theirs", "nobodys"}
    gateway.counters.reset()
    assert not modules.function(functions=many(2), **MINE).result["changed"]
    assert gateway.counters.total == 2


def test_an_empty_list_removes_everything_of_its_owner(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(functions=many(2), owner="shop")
    modules.function(functions=[ENV])
    assert modules.function(functions=[], **MINE).verbs == {"f0": "deleted", "f1": "deleted"}
    assert list(gateway.functions.records) == ["env"]


def test_a_function_listed_with_its_namespace_is_not_taken_for_another(
    modules: Modules, gateway: GatewayHandle
) -> None:
    modules.function(functions=many(2), owner="shop")
    listed = [{**ENV, "name": "f0", "namespace": "openfaas-fn"}]
    run = modules.function(functions=listed, **MINE)
    assert run.verbs == {"f0": "unchanged", "f1": "deleted"}
    assert list(gateway.functions.records) == ["f0"]


def test_ownership_is_a_label_that_one_write_adds_and_takes_away(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**ENV)
    owned = modules.function(**ENV, owner="shop")
    assert owned.verbs == {"env": "updated"}
    assert owned.result["diff"][0]["after"]["labels"] == {"faas.mesh/owner": "shop"}
    assert gateway.functions.records["env"].deployment.labels == {"faas.mesh/owner": "shop"}
    assert not modules.function(**ENV, owner="shop").result["changed"]
    assert modules.function(**ENV).verbs == {"env": "updated"}
    assert gateway.functions.records["env"].deployment.labels == {}


def test_where_the_list_cannot_be_had_nothing_is_purged(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(functions=many(3), owner="shop")
    gateway.prometheus.up = False
    run = modules.function(functions=many(2), **MINE, wait=False)
    assert run.verbs == {"f0": "unchanged", "f1": "unchanged"}
    assert "no other was seen" in run.warnings
    assert len(gateway.functions.records) == 3


@pytest.mark.parametrize("listed", [{"functions": [ENV]}, {"name": "env", "image": ENV["image"], "fprocess": "env"}])
def test_a_restart_is_asked_for_and_is_always_a_change(
    modules: Modules, gateway: GatewayHandle, listed: dict[str, Any]
) -> None:
    modules.function(**ENV)
    for restarts in (1, 2):
        predicted = modules.function(**listed, force="restart", check=True)
        done = modules.function(**listed, force="restart")
        assert predicted.verbs == done.verbs == {"env": "restarted"}
        assert done.result["changed"]
        (difference,) = done.result["diff"]
        assert difference["after_header"] == "function env (restarted)"
        assert difference["before"] == difference["after"]
        assert gateway.functions.records["env"].restarts == restarts
    assert modules.function(functions=[{**ENV, "name": "new"}], force="restart").verbs == {"new": "created"}


@pytest.mark.parametrize(("handled", "restarts"), [(True, 1), (False, 1)], ids=["reply lost", "request lost"])
def test_a_restart_whose_answer_is_lost_happens_once(
    modules: Modules, gateway: GatewayHandle, handled: bool, restarts: int
) -> None:
    modules.function(**ENV)
    gateway.faults.drop(method="PUT", handled=handled)
    assert modules.function(**ENV, force="restart").verbs == {"env": "restarted"}
    assert gateway.functions.records["env"].restarts == restarts
