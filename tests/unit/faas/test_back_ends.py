"""faas_function, whatever keeps the functions: tests/cluster runs the same tests with those of a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.client import Client
from tests.contract.functions import Functions
from tests.gateway.testing import Running
from tests.unit.faas.conftest import Holds, Modules

RUNS: dict[str, Any] = {"name": "env", "image": "ghcr.io/openfaas/alpine:latest", "fprocess": "env"}
# No node has so many cores, so it costs a cluster next to nothing.
WAITS: dict[str, Any] = {**RUNS, "requests": {"cpu": "100"}}
WHOLE: dict[str, Any] = {
    **RUNS,
    "env": {"STAGE": "prod", "DEBUG": True, "COUNT": 3},
    "labels": {"com.openfaas.scale.min": "2"},
    "annotations": {"topic": "news"},
    "secrets": ["b", "a"],
    "limits": {"memory": "1024Gi", "cpu": "0.1"},
    "requests": {"cpu": "10m"},
    "constraints": ["kubernetes.io/arch = amd64"],
    "readonly_root_filesystem": True,
    "wait": False,
}
MINE: dict[str, Any] = {"owner": "shop", "purge": True, "wait": False}
LIMIT = 15


def many(count: int, **settings: Any) -> list[dict[str, Any]]:
    """So many functions, alike but for their names, that wait for a node."""
    return [{**WAITS, "name": f"f{number}", **settings} for number in range(count)]


class TestOneFunction:
    """One function comes, changes and goes."""

    @pytest.fixture(autouse=True)
    def secrets(self, modules: Modules) -> None:
        """The secrets that the function reads."""
        modules.run("faas_secret", secrets=[{"name": name, "value": name} for name in ("a", "b")])

    def test_it_is_created_then_left_alone(self, modules: Modules, gateway: Running[Any], held: Holds) -> None:
        predicted = modules.function(**RUNS, check=True)
        first = modules.function(**RUNS)
        assert first.result["changed"]
        assert first.verbs == predicted.verbs == {"env": "created"}
        assert first.result["diff"] == predicted.result["diff"]
        assert first.result["functions"][0]["url"] == f"{gateway.url}/function/env"
        gateway.counters.reset()
        second = modules.function(**RUNS)
        assert not second.result["changed"]
        assert second.result["diff"] == []
        assert gateway.counters.total == 1
        assert held()["env"].restarts == 0

    def test_the_gateway_gets_every_setting_as_it_was_given(self, modules: Modules, held: Holds) -> None:
        modules.function(**WHOLE)
        found = held()["env"].deployment
        assert (found.image, found.env_process) == (WHOLE["image"], "env")
        assert found.env_vars == {"STAGE": "prod", "DEBUG": "true", "COUNT": "3"}
        assert found.secrets == ("a", "b")
        assert found.read_only_root_filesystem
        assert found.labels == {"com.openfaas.scale.min": "2"}
        assert found.limits == {"memory": "1Ti", "cpu": "100m"}

    @pytest.mark.parametrize(
        "change",
        [
            {"image": "example.com/alpine:2"},
            {"fprocess": "cat"},
            {"env": {"STAGE": "test"}},
            {"env": {}},
            {"labels": {}},
            {"annotations": {"topic": "weather"}},
            {"secrets": ["a"]},
            {"limits": {"memory": "2Ti", "cpu": "0.1"}},
            {"requests": {}},
            {"constraints": []},
            {"readonly_root_filesystem": False},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_every_setting_that_differs_is_seen_and_shown(
        self, modules: Modules, held: Holds, change: dict[str, Any]
    ) -> None:
        modules.function(**WHOLE)
        changed = {**WHOLE, **change}
        predicted = modules.function(check=True, **changed)
        done = modules.function(**changed)
        assert done.verbs == {"env": "updated"}
        assert predicted.result["diff"] == done.result["diff"]
        (difference,) = done.result["diff"]
        name = next(iter(change))
        assert {key for key in difference["after"] if difference["after"][key] != difference["before"][key]} == {name}
        assert held()["env"].restarts == 1
        assert not modules.function(**changed).result["changed"]

    @pytest.mark.parametrize(
        "spelling",
        [
            {"limits": {"memory": "1Ti", "cpu": "100m"}},
            {"limits": {"memory": str(1024**4), "cpu": "1e-1"}},
            {"requests": {"cpu": "0.01", "memory": "0"}},
            {"secrets": ["a", "b", "a"]},
            {"fprocess": None, "env": {**WHOLE["env"], "fprocess": "env"}},
        ],
    )
    def test_another_spelling_of_the_same_is_no_change(self, modules: Modules, spelling: dict[str, Any]) -> None:
        modules.function(**WHOLE)
        assert modules.function(**{**WHOLE, **spelling}).verbs == {"env": "unchanged"}

    def test_one_of_another_tool_is_adopted_by_one_write(
        self, modules: Modules, gateway: Running[Any], held: Holds
    ) -> None:
        modules.function(**WAITS, wait=False)
        other_tool = Functions(Client(gateway.url, gateway.user, gateway.password))
        other_tool.replace("env", requests=WAITS["requests"])
        predicted = modules.function(**WAITS, wait=False, check=True)
        restarts = held()["env"].restarts
        adopted = modules.function(**WAITS, wait=False)
        assert adopted.verbs == predicted.verbs == {"env": "updated"}
        assert "another tool" in adopted.result["diff"][0]["before"]["env"]
        assert adopted.result["diff"][0]["after_header"] == "function env (updated, adopted from another tool)"
        assert held()["env"].restarts == restarts + 1
        assert not modules.function(**WAITS, wait=False).result["changed"]

    def test_a_replica_that_never_comes_fails_the_task_on_every_run(self, modules: Modules) -> None:
        for verb, changed in (("created", True), ("unchanged", False)):
            run = modules.function(**WAITS, timeout=1)
            assert run.failed
            assert run.message == (
                "1 of 1 functions failed: env: not ready after 1 s: 0 of 1 replicas are available; "
                "with a kubeconfig the pods' own reason is told."
            )
            assert run.result["functions"][0]["verb"] == verb
            assert run.result["changed"] is changed

    def test_it_goes_and_comes_again(self, modules: Modules, held: Holds) -> None:
        for process in ("env", "cat"):
            assert modules.function(**{**RUNS, "fprocess": process}).verbs == {"env": "created"}
            assert held()["env"].deployment.env_process == process
            assert modules.function(name="env", state="absent").verbs == {"env": "deleted"}
            assert held() == {}

    @pytest.mark.parametrize("listed", [{"functions": [WAITS]}, WAITS], ids=["list", "one"])
    def test_a_restart_is_asked_for_and_is_always_a_change(
        self, modules: Modules, held: Holds, listed: dict[str, Any]
    ) -> None:
        modules.function(**WAITS, wait=False)
        for restarts in (1, 2):
            predicted = modules.function(**listed, wait=False, force="restart", check=True)
            done = modules.function(**listed, wait=False, force="restart")
            assert predicted.verbs == done.verbs == {"env": "restarted"}
            assert done.result["changed"]
            (difference,) = done.result["diff"]
            assert difference["after_header"] == "function env (restarted)"
            assert difference["before"] == difference["after"]
            assert held()["env"].restarts == restarts
        assert modules.function(functions=many(1), wait=False, force="restart").verbs == {"f0": "created"}


class TestManyFunctions:
    """Lists of functions."""

    def test_requests_do_not_grow_with_the_functions(
        self, modules: Modules, gateway: Running[Any], held: Holds
    ) -> None:
        assert modules.function(functions=many(LIMIT), wait=False).result["changed"]
        gateway.counters.reset()
        assert not modules.function(functions=many(LIMIT), wait=False).result["changed"]
        assert gateway.counters.total == 1
        gateway.counters.reset()
        wanted = [*many(LIMIT - 1), {**WAITS, "name": f"f{LIMIT - 1}", "fprocess": "cat"}]
        done = modules.function(functions=wanted, wait=False)
        assert [name for name, verb in done.verbs.items() if verb != "unchanged"] == [f"f{LIMIT - 1}"]
        assert gateway.counters.of("GET", "/system/functions") == 1
        assert sum(found.restarts for found in held().values()) == 1

    def test_check_mode_sends_nothing_that_changes(self, modules: Modules, gateway: Running[Any]) -> None:
        predicted = modules.function(check=True, functions=many(3))
        assert predicted.verbs == {"f0": "created", "f1": "created", "f2": "created"}
        assert gateway.counters.writes == 0
        assert modules.function(functions=many(3), wait=False).result["diff"] == predicted.result["diff"]

    def test_they_are_removed_and_that_is_waited_for(self, modules: Modules, held: Holds) -> None:
        modules.function(functions=many(3), wait=False)
        assert modules.function(check=True, name="f1", state="absent").verbs == {"f1": "deleted"}
        done = modules.function(functions=[{"name": "f1"}, {"name": "f2"}, {"name": "f9"}], state="absent")
        assert done.verbs == {"f1": "deleted", "f2": "deleted", "f9": "unchanged"}
        assert list(held()) == ["f0"]
        again = modules.function(functions=[{"name": "f1"}, {"name": "f2"}], state="absent")
        assert not again.result["changed"]

    def test_a_rerun_touches_only_what_failed(self, modules: Modules, gateway: Running[Any], held: Holds) -> None:
        wanted = many(6)
        wanted[1]["secrets"] = wanted[4]["secrets"] = ["none"]
        first = modules.function(functions=wanted, wait=False)
        assert first.failed
        assert first.message.startswith("2 of 6 functions failed: f1, f4: ")
        assert 'secrets "none" not found' in first.message
        assert set(held()) == {"f0", "f2", "f3", "f5"}
        modules.run("faas_secret", name="none", value="3")
        gateway.counters.reset()
        second = modules.function(functions=wanted, wait=False)
        assert {name for name, verb in second.verbs.items() if verb == "created"} == {"f1", "f4"}
        assert gateway.counters.writes == 2

    def test_no_function_has_two_names(self, modules: Modules, gateway: Running[Any]) -> None:
        listed = [WAITS, {**WAITS, "namespace": "openfaas-fn"}]
        for state in ("present", "absent"):
            assert modules.function(functions=listed, state=state).message == (
                "Function 'env' is listed twice, with the namespace openfaas-fn and without it: give each function "
                "once."
            )
        assert gateway.counters.total == 0


class TestLimit:
    """The 15 functions of the Community Edition."""

    def test_those_left_out_are_foretold_and_the_rest_is_done(
        self, modules: Modules, gateway: Running[Any], held: Holds
    ) -> None:
        runs = [modules.function(functions=many(18), wait=False, check=check) for check in (True, False)]
        for run in runs:
            assert run.failed
            assert run.message == (
                f"3 of 18 functions failed: f15, f16, f17: {gateway.url} runs at most 15 functions: remove one, or use "
                "OpenFaaS Pro, which has no such limit."
            )
        assert runs[0].result["diff"] == runs[1].result["diff"]
        assert runs[0].verbs == runs[1].verbs
        assert gateway.counters.writes == len(held()) == LIMIT

    def test_one_alone_is_left_out_too(self, modules: Modules, gateway: Running[Any]) -> None:
        modules.function(functions=many(LIMIT), wait=False)
        gateway.counters.reset()
        for check in (True, False):
            run = modules.function(**WAITS, wait=False, check=check)
            assert run.message.startswith(f"1 of 1 functions failed: env: {gateway.url} runs at most 15 functions: ")
        assert gateway.counters.writes == 0
        update = modules.function(**{**WAITS, "name": "f3", "fprocess": "cat"}, wait=False)
        assert update.verbs == {"f3": "updated"}

    def test_an_edition_that_is_still_to_come_counts(self, modules: Modules, gateway: Running[Any]) -> None:
        for options in ({"gateway": ""}, {"edition": "pro"}):
            assert len(modules.function(functions=many(18), check=True, **options).result["diff"]) == 18
        foretold = modules.function(functions=many(18), check=True, gateway="", edition="ce")
        assert foretold.message.startswith("3 of 18 functions failed: f15, f16, f17: The gateway runs at most 15 ")
        gateway.lift_limit()
        assert not modules.function(functions=many(18), wait=False).failed
        assert not modules.function(functions=many(18), wait=False, edition="ce").result["changed"]

    def test_what_is_purged_makes_room(self, modules: Modules, held: Holds) -> None:
        modules.function(functions=many(LIMIT), owner="shop", wait=False)
        wanted = [*many(LIMIT - 1), WAITS]
        runs = [modules.function(functions=wanted, **MINE, check=check) for check in (True, False)]
        assert runs[0].verbs == runs[1].verbs
        assert {name: verb for name, verb in runs[1].verbs.items() if verb != "unchanged"} == {
            "env": "created",
            "f14": "deleted",
        }
        assert set(held()) == {one["name"] for one in wanted}


class TestPurge:
    """Functions that belong to an inventory, and what becomes of those that it no longer lists."""

    def test_what_is_no_longer_listed_is_removed_and_nothing_of_others(
        self, modules: Modules, gateway: Running[Any], held: Holds
    ) -> None:
        modules.function(functions=many(4), owner="shop", wait=False)
        modules.function(functions=[{**WAITS, "name": "theirs"}], owner="forum", wait=False)
        modules.function(functions=[{**WAITS, "name": "nobodys"}], wait=False)
        gateway.counters.reset()
        predicted = modules.function(functions=many(2), **MINE, check=True)
        assert gateway.counters.writes == 0
        done = modules.function(functions=many(2), **{**MINE, "wait": True, "timeout": 1})
        assert done.verbs == {"f0": "unchanged", "f1": "unchanged", "f2": "deleted", "f3": "deleted"}
        assert predicted.verbs == done.verbs
        assert predicted.result["diff"] == done.result["diff"]
        assert [difference["after_header"] for difference in done.result["diff"]] == [
            "function f2 (deleted)",
            "function f3 (deleted)",
        ]
        assert set(held()) == {"f0", "f1", "theirs", "nobodys"}
        gateway.counters.reset()
        assert not modules.function(functions=many(2), **MINE).result["changed"]
        assert gateway.counters.total == 2

    def test_an_empty_list_removes_everything_of_its_owner(self, modules: Modules, held: Holds) -> None:
        modules.function(functions=many(2), owner="shop", wait=False)
        modules.function(functions=[WAITS], wait=False)
        done = modules.function(functions=[], **{**MINE, "wait": True})
        assert done.verbs == {"f0": "deleted", "f1": "deleted"}
        assert list(held()) == ["env"]

    def test_ownership_is_a_label_that_one_write_adds_and_takes_away(self, modules: Modules, held: Holds) -> None:
        modules.function(**WAITS, wait=False)
        owned = modules.function(**WAITS, wait=False, owner="shop")
        assert owned.verbs == {"env": "updated"}
        assert owned.result["diff"][0]["after"]["labels"] == {"faas.mesh/owner": "shop"}
        assert held()["env"].deployment.labels == {"faas.mesh/owner": "shop"}
        assert not modules.function(**WAITS, wait=False, owner="shop").result["changed"]
        assert modules.function(**WAITS, wait=False).verbs == {"env": "updated"}
        assert held()["env"].deployment.labels == {}
