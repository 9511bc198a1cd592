"""F5 and F6: our process ends at any request, and two runs at once; a rerun brings about the same."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Cluster
from tests.cluster.trial import Object, Trial, config_map, definition, plain
from tests.faults.conftest import eventually
from tests.faults.transports import Killed, Kills

NAMES = ("adopted", "foreign", "frozen", "kept", "new", "pruned")


def batches(trial: Trial) -> tuple[list[Object], list[Object]]:
    """What a set holds before, and what it is to hold: one object of each kind of change."""
    frozen: Object = {**config_map("frozen", a="1"), "immutable": True}
    first = [config_map("kept", a="1"), config_map("pruned"), frozen]
    group = f"{trial.name}.example.com"
    crd = definition(group, "Widget", "v1")
    second: list[Object] = [
        config_map("kept", a="2"),
        {**frozen, "data": {"a": "2"}},
        config_map("new"),
        config_map("adopted", b="2"),
        config_map("foreign", b="2"),
        crd,
        {
            "apiVersion": f"{trial.name}.example.com/v1",
            "kind": "Widget",
            "metadata": {"name": "w"},
            "spec": {"size": 1},
        },
    ]
    return first, second


def prepare(trial: Trial, first: list[Object]) -> None:
    """The cluster as each run finds it: the first batch, and objects of others."""
    trial.kubectl("apply", "-n", trial.namespace, "-f", "-", stdin=json.dumps(config_map("adopted", a="1", b="1")))
    trial.kubectl("create", "configmap", "foreign", "-n", trial.namespace, "--from-literal=a=1")
    trial.converge(*first)


def state(trial: Trial) -> Object:
    """What there is in the end: the objects, and what the set remembers of them."""
    items = json.loads(trial.kubectl("get", "configmaps", "-n", trial.namespace, "-o", "json", "--show-managed-fields"))
    objects = {item["metadata"]["name"]: plain(item) for item in items["items"] if item["metadata"]["name"] in NAMES}
    widget = plain(trial.live(f"widgets.{trial.name}.example.com", "w"))
    uids = {entry["uid"] for entry in trial.receipt()}
    assert "" not in uids
    return {"objects": objects, "widget": widget, "receipt": [{**entry, "uid": ""} for entry in trial.receipt()]}


def reset(trial: Trial) -> None:
    """Remove the set and what is not its own."""
    trial.remove(purge=frozenset({"crds"}))
    trial.kubectl("delete", "configmaps", "-n", trial.namespace, "--ignore-not-found", *NAMES)


def killed_at(trial: Trial, number: int, before: bool, run: Callable[[Cluster], object]) -> bool:
    """Run until the process is killed at a request; whether it came to that."""
    cluster = trial.cluster()
    kills = Kills(cluster.transport, at=number, before=before)
    try:
        run(Cluster(kills, cluster.server, cluster.clock))
    except Killed:
        return True
    return False


@pytest.mark.parametrize("before", [True, False], ids=["unsent", "unanswered"])
def test_a_rerun_finishes_what_a_kill_left(trial: Trial, before: bool) -> None:
    """At every write, before it is sent or before its answer is seen: the same objects, and all can be removed."""
    first, second = batches(trial)
    trial.goes("crd", second[5]["metadata"]["name"])
    # Another set keeps their common namespace, whose removal takes long; the test below removes it.
    trial.converge(config_map("anchor"), set="anchor")
    prepare(trial, first)
    trial.converge(*second, recreate=True)
    clean = state(trial)
    reset(trial)
    number = 0
    while True:
        number += 1
        prepare(trial, first)
        again = killed_at(
            trial, number, before, lambda cluster: trial.converge(*second, recreate=True, cluster=cluster)
        )
        if not again:
            break
        trial.converge(*second, recreate=True)
        assert state(trial) == clean, f"killed at write {number}"
        assert trial.converge(*second).requests.keys() == {"read"}
        reset(trial)
        assert trial.receipt() == []
    assert number > 10


def test_a_namespace_that_a_killed_run_made_is_its_own(trial: Trial) -> None:
    """An apply of a namespace with nothing but its name leaves no entry of its manager by which to know it."""
    space: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": trial.new_namespace("bare")}}
    batch = [space, config_map("a", namespace=space["metadata"]["name"])]
    made: list[list[bool]] = []
    while killed_at(trial, len(made) + 1, False, lambda cluster: trial.converge(*batch, cluster=cluster)):
        trial.converge(*batch)
        made.append([entry["made"] for entry in trial.receipt()])
        trial.remove()
        assert not trial.live("namespace", space["metadata"]["name"])
    assert len(made) > 3
    assert all(all(entries) for entries in made)


@pytest.mark.parametrize("before", [True, False], ids=["unsent", "unanswered"])
def test_a_removal_that_was_killed_is_finished(trial: Trial, before: bool) -> None:
    """Nothing of the set is left, and what was there before still is."""
    crds = frozenset({"crds"})
    _first, second = batches(trial)
    number = 0
    while True:
        number += 1
        trial.kubectl("create", "configmap", "foreign", "-n", trial.namespace, "--from-literal=a=1")
        trial.converge(*second)
        again = killed_at(trial, number, before, lambda cluster: trial.remove(cluster=cluster, purge=crds))
        trial.remove(purge=crds)
        left = json.loads(trial.kubectl("get", "configmaps", "-n", trial.namespace, "-o", "json"))["items"]
        assert {item["metadata"]["name"] for item in left} - {"kube-root-ca.crt"} == {"foreign"}, f"write {number}"
        # The kill may have come while the namespace was going: then nobody waited for its end.
        eventually(lambda: not trial.live("namespace", trial.sets))
        assert not trial.live("crd", second[5]["metadata"]["name"])
        trial.kubectl("delete", "configmap", "foreign", "-n", trial.namespace)
        if not again:
            break
    assert number > 5


def test_two_runs_at_once(trial: Trial) -> None:
    """Both end with the same objects, or one says clearly why not; a further run finds nothing to do."""
    _first, second = batches(trial)
    trial.goes("crd", second[5]["metadata"]["name"])
    failures: list[BaseException] = []

    def run() -> None:
        try:
            trial.converge(*second)
        except BaseException as error:
            failures.append(error)

    runs = [threading.Thread(target=run) for _run in range(2)]
    for started in runs:
        started.start()
    for started in runs:
        started.join()
    assert len(failures) < 2
    assert all(isinstance(failure, MeshError) for failure in failures)
    trial.converge(*second)
    assert trial.converge(*second).requests.keys() == {"read"}
    assert {entry["name"] for entry in trial.receipt()} == {obj["metadata"]["name"] for obj in second}
    trial.remove(purge=frozenset({"crds"}))
    assert not trial.live("configmap", "new")
