"""Sets: what is remembered, pruned, released, kept and refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube.objects import Identity
from ansible_collections.faas.mesh.plugins.module_utils._kube.sets import Member, Receipt, Sets
from tests.cluster.trial import Object, Trial, config_map, definition, verbs


def test_objects_that_are_no_longer_listed_go(trial: Trial) -> None:
    """Prune deletes what the set made; without prune it stays and stays in the set."""
    trial.converge(config_map("a"), config_map("b"), config_map("c"))
    assert verbs(trial.converge(config_map("a"), config_map("b"), prune=False))["ConfigMap/a"] == "unchanged"
    assert trial.live("configmap", "c")
    report = trial.converge(config_map("a"))
    assert verbs(report) == {
        "ConfigMap/a": "unchanged",
        "ConfigMap/b": "deleted",
        "ConfigMap/c": "deleted",
        f"ConfigMap/set-{trial.name}": "updated",
    }
    assert not trial.live("configmap", "b")
    assert [entry["name"] for entry in trial.receipt()] == ["a"]


def test_what_was_there_before_is_released_not_deleted(trial: Trial) -> None:
    """By prune and by absent alike."""
    for name in ("before-1", "before-2"):
        trial.kubectl("create", "configmap", name, "-n", trial.namespace)
    trial.converge(config_map("before-1"), config_map("before-2"), config_map("ours"))
    report = trial.converge(config_map("before-2"), config_map("ours"))
    assert verbs(report)["ConfigMap/before-1"] == "released"
    assert verbs(trial.remove())["ConfigMap/before-2"] == "released"
    assert trial.live("configmap", "before-1")
    assert trial.live("configmap", "before-2")
    assert not trial.live("configmap", "ours")


def test_an_object_made_anew_by_somebody_else_is_released(trial: Trial) -> None:
    """Its uid is not the one that we made."""
    trial.converge(config_map("a"), config_map("b"))
    trial.kubectl("delete", "configmap", "b", "-n", trial.namespace)
    trial.kubectl("create", "configmap", "b", "-n", trial.namespace)
    report = trial.converge(config_map("a"))
    assert verbs(report)["ConfigMap/b"] == "released"
    assert trial.live("configmap", "b")


def test_an_object_that_two_sets_hold_goes_with_the_last(trial: Trial) -> None:
    """The first to let go leaves it to the other, who deletes it in the end."""
    trial.converge(config_map("shared"), config_map("a"))
    trial.converge(config_map("shared"), set="second")
    assert verbs(trial.remove())["ConfigMap/shared"] == "released"
    assert trial.live("configmap", "shared")
    assert verbs(trial.remove(set="second"))["ConfigMap/shared"] == "deleted"
    assert not trial.live("configmap", "shared")


def test_the_keep_policy_is_honoured(trial: Trial) -> None:
    """helm.sh/resource-policy: keep."""
    kept = config_map("kept")
    kept["metadata"]["annotations"] = {"helm.sh/resource-policy": "keep"}
    trial.converge(kept, config_map("a"))
    assert verbs(trial.converge(config_map("a")))["ConfigMap/kept"] == "released"
    assert trial.live("configmap", "kept")


def test_what_is_asked_for_by_its_kind_goes_in_spite_of_the_keep_policy(trial: Trial) -> None:
    """Istio marks each of its definitions so; without the option they stay, and are the set's as before."""
    crd = definition(f"{trial.name}.example.com", "Widget", "v1")
    crd["metadata"]["annotations"] = {"helm.sh/resource-policy": "keep"}
    name = f"CustomResourceDefinition/{crd['metadata']['name']}"
    trial.goes("crd", crd["metadata"]["name"])
    trial.converge(crd)
    assert verbs(trial.remove(timeout=60))[name] == "kept"
    assert trial.live("crd", crd["metadata"]["name"])

    assert verbs(trial.converge(crd))[name] == "unchanged"
    assert verbs(trial.remove(purge=frozenset({"crds"}), timeout=60))[name] == "deleted"
    assert not trial.live("crd", crd["metadata"]["name"])


def balancer(name: str) -> Object:
    """A Service of type LoadBalancer."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
    }


def test_prune_takes_users_data_only_by_option(trial: Trial) -> None:
    """Definitions, namespaces, volumes and load balancers."""
    crd = definition(f"{trial.name}.example.com", "Widget", "v1")
    trial.goes("crd", crd["metadata"]["name"])
    space: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": trial.new_namespace("-made")}}
    claim: Object = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    trial.converge(crd, space, claim, balancer("edge"), config_map("a"))
    kept = trial.converge(config_map("a"))
    assert sorted(verbs(kept).values()) == ["kept"] * 4 + ["unchanged"]
    assert not kept.changed
    assert {entry["note"] for entry in kept.objects if entry["verb"] == "kept"} == {
        f"deleting it needs purge: [{purge}]" for purge in ("crds", "namespaces", "volumes", "load_balancers")
    }
    report = trial.converge(
        config_map("a"), purge=frozenset({"crds", "namespaces", "volumes", "load_balancers"}), timeout=60
    )
    assert sorted(verbs(report).values()) == ["deleted"] * 4 + ["unchanged", "updated"]
    assert not trial.live("crd", crd["metadata"]["name"])
    assert not trial.live("namespace", space["metadata"]["name"])


def test_absent_keeps_definitions_and_volumes_unless_asked(trial: Trial) -> None:
    """The set stays as long as it keeps something; a second removal changes nothing."""
    crd = definition(f"{trial.name}.example.com", "Widget", "v1")
    trial.goes("crd", crd["metadata"]["name"])
    trial.converge(crd, balancer("edge"), config_map("a"))
    report = trial.remove()
    assert verbs(report) == {
        f"CustomResourceDefinition/{crd['metadata']['name']}": "kept",
        "Service/edge": "deleted",
        "ConfigMap/a": "deleted",
        f"ConfigMap/set-{trial.name}": "updated",
    }
    again = trial.remove()
    assert not again.changed
    assert "write" not in again.requests
    last = trial.remove(purge=frozenset({"crds"}))
    assert verbs(last)[f"CustomResourceDefinition/{crd['metadata']['name']}"] == "deleted"
    assert trial.remove().objects == []


def test_a_namespace_with_objects_of_others_is_kept_and_they_are_named(trial: Trial) -> None:
    """Its deletion would lose them; with purge it goes."""
    name = trial.new_namespace("-made")
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    trial.converge(space, config_map("ours", name))
    trial.kubectl("create", "configmap", "foreign", "-n", name)
    check = trial.remove(check=True)
    report = trial.remove()
    assert verbs(report) == verbs(check)
    assert verbs(report)[f"Namespace/{name}"] == "kept"
    [warning] = report.warnings
    assert warning == f"Namespace {name} is kept, since it holds objects of others: ConfigMap {name}/foreign."
    assert not trial.live("configmap", "ours", namespace=name)
    assert trial.live("configmap", "foreign", namespace=name)
    assert not trial.remove().changed
    trial.remove(purge=frozenset({"namespaces"}), timeout=60)
    assert not trial.live("namespace", name)


def test_what_is_gone_by_then_keeps_no_namespace_in_check_mode_alone(trial: Trial) -> None:
    """A real run looks for itself."""
    name = trial.new_namespace("-made")
    trial.converge({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    trial.kubectl("create", "configmap", "other", "-n", name)
    gone = [Identity("", "ConfigMap", name, "other")]
    predicted = trial.remove(check=True, gone_by_then=gone)
    assert verbs(predicted)[f"Namespace/{name}"] == "deleted"
    assert verbs(trial.remove(gone_by_then=gone))[f"Namespace/{name}"] == "kept"

    trial.kubectl("delete", "configmap", "other", "-n", name)
    assert verbs(trial.remove(gone_by_then=gone)) == verbs(predicted)
    assert not trial.live("namespace", name)


def test_the_sets_namespace_comes_with_the_first_set_and_goes_with_the_last(trial: Trial) -> None:
    """And it is part of the result."""
    first = trial.converge(config_map("a"))
    assert verbs(first)[f"Namespace/{trial.sets}"] == "created"
    assert f"Namespace/{trial.sets}" not in verbs(trial.converge(config_map("b"), set="second"))
    assert f"Namespace/{trial.sets}" not in verbs(trial.remove())
    assert verbs(trial.remove(set="second"))[f"Namespace/{trial.sets}"] == "deleted"
    assert not trial.live("namespace", trial.sets)
    assert not trial.live("configmap", "b")


def test_the_sets_namespace_stays_with_objects_of_others(trial: Trial) -> None:
    """And they are named."""
    trial.converge(config_map("a"))
    trial.kubectl("create", "configmap", "foreign", "-n", trial.sets)
    report = trial.remove()
    assert f"Namespace/{trial.sets}" not in verbs(report)
    assert f"ConfigMap {trial.sets}/foreign" in report.warnings[0]
    assert trial.live("configmap", "foreign", namespace=trial.sets)
    trial.kubectl("delete", "namespace", trial.sets, "--wait=false")


def test_a_batch_that_renders_empty_is_refused(trial: Trial) -> None:
    """It would delete everything."""
    trial.converge(config_map("a"))
    with pytest.raises(MeshError, match=rf"Set {trial.name} would be empty.*state: absent"):
        trial.converge()
    assert trial.live("configmap", "a")


def test_receipts_tell_nothing_of_the_content(trial: Trial) -> None:
    """Identities, uids and digests, and of Secrets not even a digest."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"p": "marker-1"}}
    trial.converge(secret, config_map("a", key="marker-2"))
    told = json.dumps(trial.receipt())
    assert "marker" not in told
    digests = {entry["name"]: (entry["rendered"], entry["live"]) for entry in trial.receipt()}
    assert digests["s"] == ("", "")
    assert all(digests["a"])


def test_a_receipt_of_a_newer_version_or_a_damaged_one_is_refused(trial: Trial) -> None:
    """In one sentence that names it."""
    trial.converge(config_map("a"))
    name = f"set-{trial.name}"

    def edit(data: dict[str, Any]) -> None:
        trial.kubectl("patch", "configmap", name, "-n", trial.sets, "--type", "merge", "-p", json.dumps({"data": data}))

    edit({"format": "99"})
    with pytest.raises(MeshError, match=rf"{trial.sets}/{name} was written by a newer faas.mesh \(format 99\)"):
        trial.converge(config_map("a"))
    edit({"format": "1", "objects": "[{"})
    with pytest.raises(MeshError, match=rf"{trial.sets}/{name} no longer says what set {trial.name} holds"):
        trial.converge(config_map("a"))


def test_a_large_receipt_is_split_and_shrinks_again(trial: Trial) -> None:
    """Each ConfigMap stays under 900 kB; what is not needed any more goes."""
    group = "rbac.authorization.k8s.io"
    # Long names make few objects enough.
    names = [f"{number:04}-{'x' * 240}" for number in range(2200)]
    trial.converge(config_map("first"))
    sets = Sets.read(trial.cluster(), trial.sets)
    members = {Identity(group, "Role", trial.namespace, name): Member(f"{group}/v1") for name in names}
    sets.write(Receipt(trial.name, {**members, **sets.receipt(trial.name).members}, 1))
    parts = json.loads(
        trial.kubectl("get", "configmaps", "-n", trial.sets, "-l", "app.kubernetes.io/managed-by", "-o", "json")
    )
    sizes = [len(item["data"]["objects"]) for item in parts["items"]]
    assert len(sizes) == 2
    assert max(sizes) < 900_000
    assert len(trial.receipt()) == 2201
    report = trial.converge(config_map("first"))
    assert verbs(report) == {
        "ConfigMap/first": "unchanged",
        f"ConfigMap/set-{trial.name}": "updated",
        f"ConfigMap/set-{trial.name}.1": "deleted",
    }
    assert [entry["name"] for entry in trial.receipt()] == ["first"]
