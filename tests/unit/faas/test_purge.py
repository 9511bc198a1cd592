"""Functions that belong to an inventory, and what becomes of those that it no longer lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.testing import GatewayHandle
from tests.unit.faas.conftest import Modules
from tests.unit.faas.test_function_module import ENV, many

MINE: dict[str, Any] = {"owner": "shop", "purge": True}


def test_a_function_listed_with_its_namespace_is_not_taken_for_another(
    modules: Modules, gateway: GatewayHandle
) -> None:
    modules.function(functions=many(2), owner="shop")
    listed = [{**ENV, "name": "f0", "namespace": "openfaas-fn"}]
    run = modules.function(functions=listed, **MINE)
    assert run.verbs == {"f0": "unchanged", "f1": "deleted"}
    assert list(gateway.functions.records) == ["f0"]


def test_where_the_list_cannot_be_had_nothing_is_purged(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(functions=many(3), owner="shop")
    gateway.prometheus.up = False
    run = modules.function(functions=many(2), **MINE, wait=False)
    assert run.verbs == {"f0": "unchanged", "f1": "unchanged"}
    assert "no other was seen" in run.warnings
    assert len(gateway.functions.records) == 3


@pytest.mark.parametrize(("handled", "restarts"), [(True, 1), (False, 1)], ids=["reply lost", "request lost"])
def test_a_restart_whose_answer_is_lost_happens_once(
    modules: Modules, gateway: GatewayHandle, handled: bool, restarts: int
) -> None:
    modules.function(**ENV)
    gateway.faults.drop(method="PUT", handled=handled)
    assert modules.function(**ENV, force="restart").verbs == {"env": "restarted"}
    assert gateway.functions.records["env"].restarts == restarts
