"""faas_logs, faas_info and the lookup faas_function_url as a playbook sees them."""

from __future__ import annotations

import datetime
import subprocess
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._faas.log_query import moment
from tests.gateway.testing import GatewayHandle, running_gateway
from tests.stages.workspace import Workspace
from tests.unit.faas.conftest import Modules
from tests.unit.faas.test_function_module import ENV, many

NOW = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.UTC)


def test_the_last_messages_are_read(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**ENV)
    for process in ("cat", "env"):
        modules.function(**{**ENV, "fprocess": process})
    gateway.counters.reset()
    run = modules.run("faas_logs", name="env", tail=2)
    assert not run.result["changed"]
    assert [message["text"] for message in run.result["messages"]] == ["start 2 of fprocess", "start 3 of fprocess"]
    assert {message["instance"] for message in run.result["messages"]} == {"env-0"}
    assert gateway.counters.total == 1
    assert len(modules.run("faas_logs", name="env", tail=-1).result["messages"]) == 3
    assert modules.run("faas_logs", name="env", instance="env-1").result["messages"] == []
    assert modules.run("faas_logs", name="none").result["messages"] == []
    assert modules.run("faas_logs", name="env", check=True, gateway="").result["messages"] == []


def test_messages_of_before_are_left_out(modules: Modules, gateway: GatewayHandle) -> None:
    modules.function(**ENV)
    assert modules.run("faas_logs", name="env", since="1h30m", namespace="openfaas-fn").result["messages"]
    assert modules.run("faas_logs", name="env", since="2100-01-01T00:00:00Z").result["messages"] == []
    assert "follow=false" in gateway.counters.requests[-1].query


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ("10m", "2026-01-31T11:50:00Z"),
        ("1h30m", "2026-01-31T10:30:00Z"),
        ("1.5h", "2026-01-31T10:30:00Z"),
        ("2026-01-30T23:00:00+01:00", "2026-01-30T22:00:00Z"),
        ("2026-01-30T23:00:00Z", "2026-01-30T23:00:00Z"),
        ("2026-01-30", "2026-01-30T00:00:00Z"),
    ],
)
def test_a_moment_is_a_duration_or_a_time(since: str, found: str) -> None:
    assert moment(since, NOW) == found


@pytest.mark.parametrize("since", ["10", "m", "10m ago", "yesterday"])
def test_what_is_no_moment_is_one_sentence(since: str) -> None:
    with pytest.raises(MeshError, match=f"^since: '{since}' is neither a duration such as 1h30m nor a moment such as "):
        moment(since, NOW)


def test_a_provider_without_logs_is_one_sentence(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.functions.has_logs = False
    run = modules.run("faas_logs", name="env")
    assert run.message == f"{gateway.url} has no logs to give: its provider does not keep any (501)."
    gateway.faults.html()
    assert "does not answer /system/logs?name=env" in modules.run("faas_logs", name="env").message


def test_the_community_edition_and_its_limits_are_told(modules: Modules, gateway: GatewayHandle) -> None:
    run = modules.run("faas_info")
    assert run.result["edition"] == "ce"
    assert run.result["healthy"] is True
    assert run.result["limits"] == {"functions": 15, "replicas": 5, "namespaces": 1}
    assert run.result["namespaces"] == ["openfaas-fn"]
    assert run.result["provider"] == "faas-netes-ce"
    assert set(run.result["versions"]) == {"gateway", "provider"}
    assert not run.result["changed"]


def test_pro_has_no_limits(capsys: pytest.CaptureFixture[str]) -> None:
    with running_gateway(pro=True) as gateway:
        modules = Modules(capsys, {"gateway": gateway.url, "password": gateway.password})
        modules.run("faas_namespace", name="blue")
        run = modules.run("faas_info")
        assert run.result["edition"] == "pro"
        assert set(run.result["limits"].values()) == {None}
        assert run.result["namespaces"] == ["blue", "openfaas-fn"]


def test_a_gateway_without_its_provider_is_not_well(modules: Modules, gateway: GatewayHandle) -> None:
    gateway.provider.up = False
    run = modules.run("faas_info")
    assert run.result["healthy"] is False
    assert run.result["edition"] is run.result["limits"] is run.result["namespaces"] is None
    assert run.result["versions"]["gateway"]
    assert run.result["versions"]["provider"] is None


def test_who_is_not_logged_in_is_told_nothing(modules: Modules, gateway: GatewayHandle) -> None:
    assert "does not accept the login" in modules.run("faas_info", password="wrong").message
    assert modules.run("faas_info", check=True, gateway="").result["healthy"] is None


def url(*names: str, **options: Any) -> str:
    """What a playbook's author gets to see of the lookup's result."""
    terms = ", ".join([*map(repr, names), *(f"{name}={value!r}" for name, value in options.items())])
    argv = ["ansible", "localhost", "-m", "ansible.builtin.debug", "-a"]
    argv.append("msg={{ query('faas.mesh.faas_function_url', " + terms + ") | join(' ') }}")
    shown = Workspace().environment(ANSIBLE_NOCOLOR="1", ANSIBLE_LOCALHOST_WARNING="0", COLUMNS="1000")
    return subprocess.run(argv, env=shown, capture_output=True, text=True, check=False).stdout


def test_the_lookup_gives_the_urls_of_functions(modules: Modules, gateway: GatewayHandle) -> None:
    deployed = modules.function(functions=many(2)).result["functions"]
    assert " ".join(row["url"] for row in deployed) in url("f0", "f1", gateway=f"{gateway.url}/")


def test_the_lookup_knows_every_part_of_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENFAAS_URL", "faas.example.com:8080")
    shown = url("env", namespace="blue", path="/items/a b", asynchronous=True)
    assert "http://faas.example.com:8080/async-function/env.blue/items/a%20b" in shown


def test_the_lookup_fails_with_one_sentence() -> None:
    assert "'No' is no name for a function" in " ".join(url("No", gateway="https://faas.example.com").split())
