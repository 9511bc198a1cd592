"""What goes wrong with minikube, as one sentence each, before or after something was done."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._minikube.machine import Machine
from ansible_collections.faas.mesh.plugins.module_utils._minikube.wanted import Wanted
from tests.unit.minikube.conftest import Laptop


@pytest.mark.parametrize("check", [True, False])
def test_a_driver_that_does_not_work_is_told_in_minikubes_words(laptop: Laptop, check: bool) -> None:
    laptop.arrange(docker=False)
    failed = laptop.run(check=check)
    reason = "PROVIDER_DOCKER_NOT_RUNNING: deadline exceeded running docker version. Start the Docker service"
    assert failed["msg"] == f"minikube cannot start cluster minikube: {reason}"


def test_an_unknown_release_is_told_in_minikubes_words(laptop: Laptop) -> None:
    assert "K8S_NEW_UNSUPPORTED: Kubernetes v9.9.9 is not supported" in laptop.run(kubernetes_version="9.9.9")["msg"]


@pytest.mark.parametrize("check", [True, False])
def test_a_machine_that_is_too_small_is_refused_first(laptop: Laptop, check: bool) -> None:
    failed = laptop.run(check=check, cpus=4096, memory="64t")
    assert f"asks for 4096 CPUs (it has {os.cpu_count()}) and 67108864 MiB of memory (it has " in failed["msg"]
    assert laptop.writes == []


def test_a_cluster_is_not_deleted_where_the_new_one_has_no_room(laptop: Laptop) -> None:
    laptop.run()
    assert "This machine is too small" in laptop.run(cpus=4096, recreate=True)["msg"]
    assert "minikube" in laptop.state["profiles"]


def test_an_addon_that_does_not_exist_is_named_before_anything_is_done(laptop: Laptop) -> None:
    laptop.run()
    writes = laptop.writes
    failed = laptop.run(addons=["metrics-server", "nothing-here"])
    assert "minikube has no addon named nothing-here" in failed["msg"]
    assert laptop.writes == writes


def test_an_addon_that_fails_leaves_what_was_done_in_the_result(laptop: Laptop) -> None:
    laptop.arrange(fails="metrics-server")
    failed = laptop.run(addons=["metrics-server"])
    assert "minikube cannot enable the addon metrics-server: MK_ADDON_ENABLE: enable failed" in failed["msg"]
    assert failed["changed"]
    assert failed["actions"] == ["start the cluster"]


def test_a_start_that_takes_too_long_is_stopped(laptop: Laptop) -> None:
    laptop.arrange(hangs=True)
    failed = laptop.run(timeout=1)
    assert "minikube did not start cluster minikube within 1 seconds and was stopped" in failed["msg"]
    assert failed["changed"]


def test_progress_is_told_step_by_step(laptop: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAAS_MESH_PROGRESS", str(tmp_path / "progress"))
    laptop.run()
    lines = (tmp_path / "progress").read_text().splitlines()
    assert lines[1] == "minikube, step 1 of 19: Using docker"
    assert lines[-1] == "minikube, step 19 of 19: Done! kubectl is now configured"


def test_a_missing_minikube_is_named(laptop: Laptop, tmp_path: Path) -> None:
    assert f"There is no program at {tmp_path}/none" in laptop.run(minikube=f"{tmp_path}/none")["msg"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"memory": "much"}, "'much' in memory is no size: write it as 16384, 16g or 64000MB."),
        ({"disk_size": "64 parsecs"}, "'64 parsecs' in disk_size is no size"),
        ({"nodes": 0}, "A cluster has at least one node"),
        ({"kubernetes_version": "newest"}, "'newest' is no version of Kubernetes: write it as 1.36.3 or 1.36."),
    ],
)
def test_bad_input_is_one_sentence(laptop: Laptop, options: dict[str, Any], said: str) -> None:
    assert said in laptop.run(**options)["msg"]


def test_root_is_refused_with_the_driver_docker_unless_forced(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "minikube's driver docker does not work as root: run this as a user" in laptop.run(force=False)["msg"]
    assert laptop.writes == []
    assert laptop.run(force=False, driver="podman")["changed"]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert laptop.run(force=False, profile="mine")["changed"]


def test_a_disk_counts_only_where_nodes_have_one() -> None:
    machine = Machine(cpus=4, memory=None, free_disk=10_000)
    small: dict[str, Any] = {"kubernetes_version": "1.36.3", "container_runtime": "containerd", "nodes": 1}
    machine.verify(Wanted(driver="docker", disk_size=64_000, **small), "minikube")
    with pytest.raises(MeshError, match="asks for 64000 MiB of disk \\(10000 are free\\): ask for less"):
        machine.verify(Wanted(driver="kvm2", disk_size=64_000, **small), "minikube")
    machine.verify(Wanted(driver="ssh", cpus=64, **small), "minikube")
