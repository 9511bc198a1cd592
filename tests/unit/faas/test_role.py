"""The role functions with the example inventory of thirty functions, against a gateway in memory."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gateway.testing import GatewayHandle, running_gateway
from tests.stages.workspace import CHECKOUT, Workspace

EXAMPLE = CHECKOUT / "inventories" / "functions"
MARKERS = {"vault_api_key": "marker-one", "vault_sorting_key": "marker-two", "vault_salt": "bWFya2VyLXRocmVl"}
SECRETS = {"api-key": b"marker-one", "sorting-key": b"marker-two", "salt": b"marker-three"}


@dataclass(frozen=True)
class Run:
    """What a playbook did. :param results: of the tasks by their names, as far as Ansible shows them."""

    code: int
    output: str
    results: dict[str, dict[str, Any]]

    @property
    def verbs(self) -> dict[str, str]:
        return {row["name"]: row["verb"] for row in self.results["Have the functions"]["functions"]}

    @property
    def changed(self) -> list[str]:
        return [name for name, result in self.results.items() if result.get("changed")]


@dataclass(frozen=True)
class Role:
    """Runs the role on the example's host."""

    gateway: GatewayHandle
    folder: Path

    def run(self, *options: str, tasks_from: str = "main", **variables: Any) -> Run:
        role = {"name": "faas.mesh.functions", "tasks_from": tasks_from}
        play = {"hosts": "all", "connection": "local", "gather_facts": False, "tasks": [{"include_role": role}]}
        play["vars"] = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        playbook, extra, results = (self.folder / name for name in ("play.yml", "extra.json", "results"))
        playbook.write_text(yaml.safe_dump([play]))
        given = {"functions_gateway": self.gateway.url, "functions_password": self.gateway.password}
        extra.write_text(json.dumps({**given, "functions_secrets_update": "on_create", **MARKERS, **variables}))
        results.unlink(missing_ok=True)
        environment = Workspace().environment(
            ANSIBLE_CALLBACK_PLUGINS=str(CHECKOUT / "tests" / "site" / "callback_plugins"),
            ANSIBLE_CALLBACKS_ENABLED="results",
            ANSIBLE_DISPLAY_ARGS_TO_STDOUT="1",
            ANSIBLE_LOCAL_TEMP=str(self.folder),
            ANSIBLE_NOCOLOR="1",
            FAAS_MESH_RESULTS=str(results),
            OPENFAAS_CONFIG=str(self.folder / "login"),
        )
        argv = ["ansible-playbook", "-vvvv", "--diff", "-i", str(EXAMPLE / "hosts.yml"), "-e", f"@{extra}"]
        done = subprocess.run(
            [*argv, *options, str(playbook)], env=environment, capture_output=True, text=True, check=False
        )
        lines = [json.loads(line) for line in results.read_text().splitlines()]
        told = {
            line["task"].rpartition(" : ")[2]: line["result"] for line in lines if line["event"] in ("ok", "failed")
        }
        return Run(done.returncode, done.stdout + done.stderr, told)


@pytest.fixture
def gateway() -> Iterator[GatewayHandle]:
    with running_gateway(function_limit=None) as handle:
        yield handle


@pytest.fixture
def role(gateway: GatewayHandle, tmp_path: Path) -> Role:
    return Role(gateway, tmp_path)


def assert_silent(run: Run, gateway: GatewayHandle) -> None:
    """No secret shows, though Ansible is set to print what it can."""
    for marker in (*MARKERS.values(), "marker-three", gateway.password):
        assert marker not in run.output


def test_the_example_comes_rests_and_goes(role: Role, gateway: GatewayHandle) -> None:
    first = role.run()
    assert first.code == 0, first.output
    assert first.verbs == dict.fromkeys(gateway.functions.records, "created")
    assert len(gateway.functions.records) == 30
    assert gateway.functions.secret_values == SECRETS
    assert_silent(first, gateway)
    assert gateway.functions.records["salted"].deployment.secrets == ("api-key", "salt")
    assert gateway.functions.records["reverse"].deployment.env_vars["LC_ALL"] == "C"
    assert gateway.functions.records["env"].deployment.env_vars["STAGE"] == "prod"

    second = role.run()
    assert (second.code, second.changed) == (0, [])
    assert len(second.results["Tell where they are called"]["ansible_facts"]["functions_urls"]) == 30

    fewer = role.run(functions_list=[])
    assert fewer.code == 0, fewer.output
    assert sum(verb == "deleted" for verb in fewer.verbs.values()) == 20
    assert set(fewer.results["Tell where they are called"]["ansible_facts"]["functions_urls"]) == set(
        gateway.functions.records
    )

    gone = role.run(tasks_from="teardown")
    assert gone.code == 0, gone.output
    assert (gateway.functions.records, gateway.functions.secret_values) == ({}, {})
    assert "auths: []" in (role.folder / "login" / "config.yml").read_text()
    assert_silent(gone, gateway)


def test_the_images_that_are_listed_are_those_that_are_deployed(role: Role, gateway: GatewayHandle) -> None:
    """Of the list, the stack file and the store, at the mirror that all of them come from."""
    listed = role.run(tasks_from="images", site_image_registry="mirror.test/m")
    assert listed.code == 0, listed.output
    images = listed.results["Tell which"]["ansible_facts"]["functions_images"]
    assert {"source": "ghcr.io/openfaas/nodeinfo:latest", "target": "mirror.test/m/openfaas/nodeinfo:latest"} in images
    deployed = role.run(site_image_registry="mirror.test/m")
    assert deployed.code == 0, deployed.output
    records = gateway.functions.records.values()
    assert {record.deployment.image for record in records} == {image["target"] for image in images}


def test_a_secret_that_fails_is_told_without_its_value(role: Role, gateway: GatewayHandle) -> None:
    gateway.faults.answer(400, method="POST", path="/system/secrets", body="no such thing")
    run = role.run()
    assert run.code != 0
    assert "1 of 3 secrets failed: api-key: " in run.results["Tell why not"]["msg"]
    assert gateway.functions.records == {}
    assert_silent(run, gateway)
