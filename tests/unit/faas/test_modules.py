"""What holds of the modules whatever keeps the functions: tests/cluster runs the same tests on the lab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.client import eventually
from tests.unit.faas.conftest import Modules

# A name of the tests' own: the lab's gateway has other functions too.
NAME = "module-test"
FUNCTION: dict[str, Any] = {"name": NAME, "image": "ghcr.io/openfaas/alpine:latest", "fprocess": "cat"}
VALUE = "marker-of-the-module-test"


def names(modules: Modules) -> list[str]:
    """The names of the gateway's secrets."""
    return [row["name"] for row in modules.run("faas_secret_info").result["secrets"]]


class TestModules:
    """Secrets, scaling, calls, logs and the edition."""

    @pytest.fixture
    def function(self, modules: Modules) -> Iterator[str]:
        """The name of a function that repeats what it is sent; it goes with the test."""
        assert modules.function(**FUNCTION).verbs == {NAME: "created"}
        yield NAME
        assert modules.function(name=NAME, state="absent").verbs == {NAME: "deleted"}

    @pytest.fixture
    def no_secret(self, modules: Modules) -> Iterator[str]:
        """A name for a secret, which goes with the test."""
        yield NAME
        modules.run("faas_secret", name=NAME, state="absent")

    def test_a_secret_comes_changes_and_goes_as_foretold(self, modules: Modules, no_secret: str) -> None:
        steps: list[tuple[dict[str, Any], str]] = [
            ({"value": VALUE}, "created"),
            ({"value": VALUE, "update": "on_create"}, "unchanged"),
            ({"value": f"{VALUE}-2"}, "updated"),
            ({"raw_value": "/wA="}, "updated"),
            ({"state": "absent"}, "deleted"),
            ({"state": "absent"}, "unchanged"),
        ]
        for options, verb in steps:
            runs = [modules.run("faas_secret", check=check, name=no_secret, **options) for check in (True, False)]
            assert [run.result["secrets"][0]["verb"] for run in runs] == [verb, verb]
            assert runs[0].result["diff"] == runs[1].result["diff"]
            assert all(VALUE not in run.text for run in runs)
            assert (no_secret in names(modules)) is ("absent" not in options.values())

    def test_a_function_is_scaled_and_back_as_foretold(self, modules: Modules, function: str) -> None:
        for replicas, changed in ((2, True), (2, False), (1, True)):
            foretold = modules.run("faas_scale", check=True, name=function, replicas=replicas)
            done = modules.run("faas_scale", name=function, replicas=replicas)
            assert done.result["changed"] is changed is foretold.result["changed"]
            assert done.result["diff"] == foretold.result["diff"]
            assert (done.result["replicas"], done.result["available_replicas"]) == (replicas, replicas)
        (row,) = modules.run("faas_function_info", name=function).result["functions"]
        assert row["replicas"] == 1

    def test_more_replicas_than_the_edition_has_are_told(self, modules: Modules, function: str) -> None:
        run = modules.run("faas_scale", check=True, name=function, replicas=9)
        assert run.result["replicas"] == 5
        assert "gets 5 and not 9" in run.warnings

    def test_a_function_gets_and_gives_bytes(self, modules: Modules, function: str, tmp_path: Path) -> None:
        source, answer = tmp_path / "source", tmp_path / "answer"
        source.write_bytes(b"\xff\x00 bytes")
        for changed in (True, False):
            run = modules.run("faas_invoke", name=function, src=str(source), dest=str(answer))
            assert run.result["changed"] is changed
        assert answer.read_bytes() == source.read_bytes()

    def test_a_call_is_queued(self, modules: Modules, function: str) -> None:
        run = modules.run("faas_invoke", name=function, body="later", asynchronous=True)
        assert run.result["status"] == 202
        assert run.result["call_id"]

    def test_a_function_has_a_log(self, modules: Modules, function: str) -> None:
        def messages(**options: Any) -> list[dict[str, str]]:
            found: list[dict[str, str]] = modules.run("faas_logs", name=function, **options).result["messages"]
            return found

        modules.run("faas_invoke", name=function)
        (message,) = eventually(lambda: messages(tail=1), "the function has written a line")
        assert (message["name"], message["namespace"]) == (function, "openfaas-fn")
        assert message["text"]
        assert messages(since="2100-01-01T00:00:00Z") == []

    def test_the_gateway_tells_its_edition(self, modules: Modules) -> None:
        told = modules.run("faas_info").result
        assert (told["edition"], told["healthy"]) == ("ce", True)
        assert told["namespaces"] == ["openfaas-fn"]
        assert told["limits"]["functions"] == 15

    def test_a_further_namespace_needs_pro(self, modules: Modules) -> None:
        assert modules.run("faas_namespace", name=NAME).message.endswith(f"namespace '{NAME}' needs OpenFaaS Pro.")
