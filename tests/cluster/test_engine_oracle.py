"""The engine beside ``kubectl apply --server-side``: the same objects, the same conflicts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from tests.cluster.test_engine_quiet import QUIET
from tests.cluster.trial import Object, Trial, config_map, definition, deployment, plain

# What the cluster chooses for each Service by itself.
CHOSEN = ("clusterIP", "clusterIPs")


def comparable(obj: Object) -> Object:
    """A live object without what the cluster chose for it alone."""
    bare = plain(obj)
    if bare.get("kind") == "Secret":
        # kubectl owns stringData, of which the server keeps nothing; we send it as data.
        bare["metadata"].pop("managedFields", None)
    if bare.get("kind") == "Service":
        for name in CHOSEN:
            bare["spec"].pop(name, None)
        for port in bare["spec"]["ports"]:
            port.pop("nodePort", None)
    return bare


def assert_same(trial: Trial, other: str, *batch: Object) -> None:
    """The objects that the engine made are those that kubectl made in another namespace."""
    for obj in batch:
        kind, name = obj["kind"], obj["metadata"]["name"]
        ours = comparable(trial.live(kind, name))
        theirs = comparable(trial.live(kind, name, namespace=other))
        assert ours == theirs


def test_the_same_objects(trial: Trial) -> None:
    """A batch of many kinds, made, changed and stripped of fields."""
    other = trial.make_namespace("-kubectl")
    batch: list[Object] = []
    for number, obj in enumerate(QUIET.values()):
        copy = json.loads(json.dumps(obj))
        copy["metadata"]["name"] = f"quiet-{number}"
        copy.pop("status", None)
        batch.append(copy)
    trial.converge(*batch, wait=False)
    trial.apply(*batch, namespace=other)
    assert_same(trial, other, *batch)

    for obj in batch:
        obj["metadata"]["labels"] = {"second": "run"}
        obj["metadata"].pop("annotations", None)
    batch[0]["spec"]["template"]["spec"]["containers"][0].pop("resources")
    batch[5]["data"] = {"b": "Yg=="}
    trial.converge(*batch, wait=False)
    trial.apply(*batch, namespace=other)
    assert_same(trial, other, *batch)


def test_the_same_custom_resources(trial: Trial) -> None:
    """A definition and its objects, in two versions."""
    other = trial.make_namespace("-kubectl")
    group = f"{trial.name}.example.com"
    crd = definition(group, "Widget", "v1beta1", "v1")
    trial.goes("crd", crd["metadata"]["name"])
    widgets: list[Object] = [
        {"apiVersion": f"{group}/{version}", "kind": "Widget", "metadata": {"name": version}, "spec": {"size": 3}}
        for version in ("v1beta1", "v1")
    ]
    trial.converge(crd, *widgets)
    trial.apply(*widgets, namespace=other)
    for widget in widgets:
        name = widget["metadata"]["name"]
        ours = comparable(trial.live(f"widgets.{group}", name))
        assert ours == comparable(trial.live(f"widgets.{group}", name, namespace=other))


CONFLICTS: dict[str, tuple[str, dict[str, Any]]] = {
    "replicas": ("deployment", {"spec": {"replicas": 2}}),
    "an image": (
        "deployment",
        {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "registry.invalid/other:1"}]}}}},
    ),
    "two data keys": ("configmap", {"data": {"key": "theirs", "other": "theirs"}}),
    "a label with dots": ("configmap", {"metadata": {"labels": {"app.example.com/name": "theirs"}}}),
}


@pytest.mark.parametrize("case", CONFLICTS)
def test_the_same_conflicts(trial: Trial, case: str) -> None:
    """What kubectl refuses for a conflict, the engine refuses, and names the same fields."""
    kind, patch = CONFLICTS[case]
    web = deployment("web", replicas=0)
    settings = config_map("web", key="ours", other="ours")
    settings["metadata"]["labels"] = {"app.example.com/name": "ours"}
    obj = web if kind == "deployment" else settings
    trial.converge(obj)
    trial.patch("somebody", kind, "web", patch=patch, kind="strategic")
    with pytest.raises(MeshError) as refusal:
        trial.converge(obj)
    told = trial.apply(obj, fails=True)
    theirs = set(re.findall(r"(?:^- |: )(\.\S+)$", told, re.MULTILINE))
    ours = {drift["field"] for entry in refusal.value.result["objects"] for drift in entry["drift"]}
    assert ours == theirs
    assert ours


def test_objects_of_kubectl_apply_are_adopted_as_kubectl_does(trial: Trial) -> None:
    """Fields that only the earlier client-side apply set go away, as kubectl's own migration makes them."""
    other = trial.make_namespace("-kubectl")
    before = config_map("web", kept="1", dropped="2")
    before["metadata"]["labels"] = {"dropped": "label"}
    after = config_map("web", kept="1", added="3")
    for namespace in (trial.namespace, other):
        trial.kubectl("apply", "-n", namespace, "-f", "-", stdin=json.dumps(before))
    check = trial.converge(after, check=True)
    report = trial.converge(after)
    assert [entry["after"] for entry in check.diff] == [entry["after"] for entry in report.diff]
    trial.apply(after, namespace=other)
    for namespace in (trial.namespace, other):
        live = trial.live("configmap", "web", namespace=namespace)
        assert live["data"] == {"kept": "1", "added": "3"}
        assert "labels" not in live["metadata"]
    assert report.changed
    assert "dropped" not in report.diff[0]["after"]
    assert not trial.converge(after).changed
