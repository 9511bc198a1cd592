"""What a user sees of a cluster that is made, compared, stopped and deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.minikube.conftest import Laptop

ASKED: dict[str, Any] = {"memory": "2g", "disk_size": "64000MB", "addons": ["metrics-server"]}
CLUSTER = {
    "driver": "docker",
    "cpus": 2,
    "memory": 2048,
    "disk_size": 64000,
    "kubernetes_version": "1.36.3",
    "container_runtime": "containerd",
    "nodes": 1,
    "ip": "192.168.49.2",
}


def test_a_cluster_is_made_once(laptop: Laptop, tmp_path: Path) -> None:
    first = laptop.run(**ASKED)
    assert first["changed"], first
    assert first["actions"] == ["start the cluster", "enable the addon metrics-server"]
    assert first["cluster"] == CLUSTER
    assert (first["state"], first["context"]) == ("running", "minikube")
    assert first["kubeconfig"] == f"{tmp_path}/.kube/config"
    assert "Restarting the docker service may improve performance." in json.dumps(first["warnings"])
    assert first["diff"]["before"] == {"state": "absent", "config": {}}
    assert first["diff"]["after"]["state"] == "running"
    assert "metrics-server" in laptop.state["profiles"]["minikube"]["addons"]

    writes = laptop.writes
    second = laptop.run(**ASKED)
    assert not second["changed"]
    assert second["actions"] == []
    assert second["cluster"] == CLUSTER
    assert second["diff"]["before"] == second["diff"]["after"]
    assert laptop.writes == writes


def test_version_and_runtime_are_always_given(laptop: Laptop) -> None:
    laptop.run()
    start = next(call for call in laptop.calls if call[0] == "start")
    assert "--kubernetes-version=v1.36.3" in start
    assert "--container-runtime=containerd" in start
    assert not [argument for argument in start if argument.startswith("--memory")]


def test_check_mode_predicts_and_changes_nothing(laptop: Laptop) -> None:
    asked = {**ASKED, "config": {"WantUpdateNotification": False}}
    predicted = laptop.run(check=True, **asked)
    assert laptop.state["profiles"] == {}
    assert laptop.writes == []
    assert "--dry-run" in laptop.calls[-1]
    done = laptop.run(**asked)
    for name in ("changed", "actions", "diff", "state"):
        assert predicted[name] == done[name]


@pytest.mark.parametrize(
    "options",
    [
        {"state": "stopped"},
        {"state": "absent"},
        {"addons": ["metrics-server", "dashboard"]},
        {"kubernetes_version": "1.37.0"},
        {"memory": "3g", "recreate": True},
        {"config": {"cpus": 2, "driver": None}},
    ],
)
def test_check_mode_predicts_what_becomes_of_a_cluster(laptop: Laptop, options: dict[str, Any]) -> None:
    laptop.run(**ASKED)
    before, writes = laptop.state, laptop.writes
    predicted = laptop.run(check=True, **{**ASKED, **options})
    assert laptop.state == before
    assert laptop.writes == writes
    done = laptop.run(**{**ASKED, **options})
    assert done["changed"]
    for name in ("changed", "actions", "diff", "state"):
        assert predicted[name] == done[name]
    assert not laptop.run(**{**ASKED, **options})["changed"]


@pytest.mark.parametrize("check", [True, False])
def test_what_needs_a_new_cluster_is_told_and_not_done(laptop: Laptop, check: bool) -> None:
    laptop.run(**ASKED)
    writes = laptop.writes
    failed = laptop.run(check=check, memory="2500", nodes=2)
    assert failed["msg"] == (
        "Cluster minikube has memory 2048 (asked for: 2500), nodes 1 (asked for: 2), and only a new cluster changes "
        "that: set recreate to delete it, with all that runs in it, and make it anew; or ask for what it has."
    )
    assert laptop.writes == writes


def test_a_new_cluster_is_made_when_that_is_allowed(laptop: Laptop) -> None:
    laptop.run(**ASKED)
    done = laptop.run(memory="2500", nodes=2, recreate=True)
    assert done["actions"] == ["delete the cluster", "start the cluster"]
    assert (done["cluster"]["memory"], done["cluster"]["nodes"]) == (2500, 2)
    assert not laptop.run(memory="2500", nodes=2, recreate=True)["changed"]


def test_an_older_kubernetes_needs_a_new_cluster_and_a_newer_one_does_not(laptop: Laptop) -> None:
    laptop.run()
    assert "kubernetes_version 1.36.3 (asked for: 1.35.0)" in laptop.run(kubernetes_version="1.35.0")["msg"]
    upgraded = laptop.run(kubernetes_version="v1.37.1")
    assert upgraded["actions"] == ["start the cluster"]
    assert upgraded["cluster"]["kubernetes_version"] == "1.37.1"


def test_a_version_of_two_numbers_is_met_by_any_patch(laptop: Laptop) -> None:
    assert laptop.run(kubernetes_version="1.36")["cluster"]["kubernetes_version"] == "1.36.3"
    assert not laptop.run(kubernetes_version="1.36")["changed"]


def test_a_start_that_ends_well_but_made_something_else_is_a_failure(laptop: Laptop) -> None:
    laptop.arrange(makes={"Memory": 1800})
    failed = laptop.run(**ASKED)
    assert "minikube says that it started cluster minikube, but it has memory 1800 (asked for: 2048)" in failed["msg"]
    assert failed["changed"]


def test_a_cluster_is_stopped_and_started_again(laptop: Laptop) -> None:
    assert not laptop.run(state="stopped")["changed"]
    laptop.run()
    stopped = laptop.run(state="stopped")
    assert (stopped["state"], stopped["actions"]) == ("stopped", ["stop the cluster"])
    assert not laptop.run(state="stopped")["changed"]
    assert laptop.run()["actions"] == ["start the cluster"]
    assert laptop.state["profiles"]["minikube"]["status"] == "Running"


def test_a_cluster_is_deleted(laptop: Laptop) -> None:
    laptop.run()
    laptop.run(profile="other")
    gone = laptop.run(state="absent")
    assert (gone["state"], gone["cluster"], gone["actions"]) == ("absent", None, ["delete the cluster"])
    assert list(laptop.state["profiles"]) == ["other"]
    assert not laptop.run(state="absent")["changed"]


def test_where_minikube_is_gone_with_its_files_there_is_no_cluster(laptop: Laptop, tmp_path: Path) -> None:
    """The second run of a teardown that removed minikube too."""
    missing = f"{tmp_path}/none"
    gone = laptop.run(minikube=missing, state="absent")
    assert (gone["changed"], gone["state"]) == (False, "absent")
    (laptop.home / ".minikube" / "profiles" / "minikube").mkdir(parents=True)
    assert f"There is no program at {missing}" in laptop.run(minikube=missing, state="absent")["msg"]


def test_a_cluster_of_several_nodes_runs_when_all_do(laptop: Laptop) -> None:
    laptop.run(nodes=3)
    again = laptop.run(nodes=3)
    assert not again["changed"]
    assert again["cluster"]["nodes"] == 3


def test_a_kubeconfig_that_lost_its_context_gets_it_back(laptop: Laptop) -> None:
    laptop.run()
    state = laptop.state
    state["profiles"]["minikube"]["configured"] = False
    laptop.arrange(**state)
    assert laptop.run()["actions"] == ["write the context into the kubeconfig"]
    assert not laptop.run()["changed"]


def test_values_of_the_config_are_set_and_unset(laptop: Laptop) -> None:
    laptop.arrange(config={"driver": "kvm2", "rootless": "true"})
    done = laptop.run(config={"cpus": 2, "driver": None, "rootless": True})
    assert done["actions"] == ["set cpus in the config", "set driver in the config", "start the cluster"]
    assert laptop.state["config"] == {"cpus": "2", "rootless": "true"}
    assert done["diff"]["before"]["config"] == {"cpus": None, "driver": "kvm2", "rootless": "true"}
    refused = laptop.run(config={"cpus": "zero"})
    assert (
        'minikube cannot set cpus in its config: MK_CONFIG_SET: Set failed: run validations for "cpus"'
        in refused["msg"]
    )


def test_a_damaged_profile_is_made_anew_only_when_that_is_allowed(laptop: Laptop) -> None:
    laptop.arrange(damaged=["minikube"])
    assert "minikube cannot read its files of cluster minikube: set recreate" in laptop.run()["msg"]
    assert laptop.run(recreate=True)["actions"] == ["delete the cluster", "start the cluster"]


def test_a_kubeconfig_of_ones_own(laptop: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/one:{tmp_path}/two")
    assert laptop.run()["kubeconfig"] == f"{tmp_path}/one"
    assert laptop.run(kubeconfig=f"{tmp_path}/three")["kubeconfig"] == f"{tmp_path}/three"
