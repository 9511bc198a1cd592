"""F3 and F4: the API server is killed, its store freezes."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Cluster
from tests.cluster.trial import Trial, config_map
from tests.faults.conftest import eventually, frozen, pid_of
from tests.faults.transports import Acts
from tests.lab.instance import Instance


def is_write(method: str, target: str) -> bool:
    """Whether a request stores something."""
    return method == "PATCH" and "dryRun" not in target


def test_the_api_server_is_killed_and_comes_back(trial: Trial, plane: Instance) -> None:
    """At the first write; the run waits for it and goes on."""
    cluster = trial.cluster(timeout=120)
    kill = Acts(cluster.transport, fits=is_write, act=lambda: os.kill(pid_of(plane, "apiserver"), signal.SIGKILL))
    report = trial.converge(
        *(config_map(f"c{number}") for number in range(20)),
        cluster=Cluster(kill, cluster.server, cluster.clock, patience=cluster.patience),
    )
    assert kill.done
    assert report.changed
    assert len(trial.receipt()) == 20
    assert not trial.converge(*(config_map(f"c{number}") for number in range(20))).changed


def test_an_api_server_that_does_not_come_back_is_named(trial: Trial, plane: Instance) -> None:
    """With its address, once the timeout is over; what was written is told."""
    cluster = trial.cluster(timeout=2)
    with frozen(pid_of(plane, "apiserver")), pytest.raises(MeshError, match=rf"^{cluster.server} cannot be reached: "):
        trial.converge(config_map("a"), cluster=cluster)


def test_a_frozen_store_delays_and_does_not_break(trial: Trial, plane: Instance) -> None:
    """The run ends well when the store is back within the timeout."""
    cluster = trial.cluster(timeout=120)
    etcd = pid_of(plane, "etcd")
    released: list[threading.Timer] = []

    def freeze() -> None:
        os.kill(etcd, signal.SIGSTOP)
        released.append(threading.Timer(8, os.kill, (etcd, signal.SIGCONT)))
        released[0].start()

    stops = Acts(cluster.transport, fits=is_write, act=freeze)
    trial.converge(
        config_map("a"), config_map("b"),
        cluster=Cluster(stops, cluster.server, cluster.clock, patience=cluster.patience),
    )  # fmt: skip
    released[0].join()
    assert [entry["name"] for entry in trial.receipt()] == ["a", "b"]
    assert not trial.converge(config_map("a"), config_map("b")).changed


def test_no_call_outlasts_its_timeout_when_the_store_is_frozen(trial: Trial, plane: Instance) -> None:
    """The failure names the server, and the next run does what was left."""
    cluster = trial.cluster(timeout=3)
    with frozen(pid_of(plane, "etcd")), pytest.raises(MeshError, match=cluster.server):
        trial.converge(config_map("a"), cluster=cluster)
    eventually(trial.is_served)
    trial.converge(config_map("a"))
    assert trial.live("configmap", "a")
