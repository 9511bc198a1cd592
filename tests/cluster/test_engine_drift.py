"""What others did to our objects since: told, taken back, brought back, or left alone."""

from __future__ import annotations

import json

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from tests.cluster.trial import Object, Trial, config_map, deployment, verbs


def test_drift_is_told_before_any_write(trial: Trial) -> None:
    """The message names the field, its manager, the time and both values; nothing of the batch is written."""
    ours = config_map("drifting", key="ours")
    trial.converge(ours, config_map("other"))
    trial.patch("kubectl-edit", "configmap", "drifting", patch={"data": {"key": "theirs"}})
    written = next(
        entry["time"]
        for entry in trial.live("configmap", "drifting")["metadata"]["managedFields"]
        if entry["manager"] == "kubectl-edit"
    )
    cluster = trial.cluster(user=f"{trial.name}-again")
    with pytest.raises(MeshError) as refusal:
        trial.converge(ours, config_map("other", key="new"), config_map("third"), cluster=cluster)
    assert (
        f"ConfigMap {trial.namespace}/drifting: data.key is 'theirs' (set by kubectl-edit at {written}), "
        "asked for is 'ours'"
    ) in str(refusal.value)
    assert cluster.requests["write"] == 0
    [told] = refusal.value.result["diff"]
    assert "theirs" in told["before"]
    assert "ours" in told["after"]
    assert not trial.live("configmap", "third")

    with pytest.raises(MeshError, match=r"data\.key is 'theirs'"):
        trial.converge(ours, config_map("other", key="new"), check=True)


def test_take_puts_our_value_back(trial: Trial) -> None:
    """With on_conflict: take our value is back, and what the other manager added stays."""
    ours = config_map("drifting", key="ours")
    trial.converge(ours)
    trial.patch("kubectl-edit", "configmap", "drifting", patch={"data": {"key": "theirs", "more": "theirs"}})
    report = trial.converge(ours, on_conflict="take")
    assert verbs(report)["ConfigMap/drifting"] == "updated"
    assert report.objects[0]["drift"][0]["theirs"] == "theirs"
    assert trial.live("configmap", "drifting")["data"] == {"key": "ours", "more": "theirs"}
    assert not trial.converge(ours).changed


def test_a_secret_in_conflict_shows_no_value(trial: Trial) -> None:
    """Neither value of a Secret is told."""
    secret: Object = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "stringData": {"password": "ours-marker"},
    }
    trial.converge(secret)
    trial.patch("kubectl-edit", "secret", "s", patch={"stringData": {"password": "theirs-marker"}})
    with pytest.raises(MeshError, match=r"data\.password is '\(hidden\)'") as refusal:
        trial.converge(secret)
    assert "marker" not in str(refusal.value) + json.dumps(refusal.value.result)
    report = trial.converge(secret, on_conflict="take")
    assert "marker" not in json.dumps(report.as_result())
    assert "b3Vycy1tYXJrZXI" not in json.dumps(report.as_result())
    assert "b3Vycy1tYXJrZXI" not in json.dumps(trial.receipt())


def test_what_was_removed_by_hand_comes_back(trial: Trial) -> None:
    """Fields and whole objects."""
    settings = config_map("settings", a="1", b="2")
    settings["metadata"]["labels"] = {"ours": "label"}
    web = deployment("web")
    trial.converge(settings, web, config_map("gone"))
    trial.patch("kubectl-edit", "configmap", "settings", patch={"data": {"a": None}, "metadata": {"labels": None}})
    trial.kubectl("delete", "configmap", "gone", "-n", trial.namespace)
    report = trial.converge(settings, web, config_map("gone"))
    assert verbs(report) | {"ConfigMap/settings": "updated", "ConfigMap/gone": "created"} == verbs(report)
    assert verbs(report)["Deployment/web"] == "unchanged"
    live = trial.live("configmap", "settings")
    assert live["data"] == {"a": "1", "b": "2"}
    assert live["metadata"]["labels"] == {"ours": "label"}
    assert trial.live("configmap", "gone")["data"] == {"key": "value"}
    assert not trial.converge(settings, web, config_map("gone")).changed


def test_fields_that_we_never_set_are_never_touched(trial: Trial) -> None:
    """Annotations, replicas and environment of others stay when ours change."""
    web = deployment("web", replicas=None)
    trial.converge(web, wait=False)
    trial.patch(
        "somebody", "deployment", "web", kind="strategic",
        patch={
            "metadata": {"annotations": {"theirs": "1"}},
            "spec": {
                "replicas": 4,
                "template": {"spec": {"containers": [{"name": "main", "env": [{"name": "THEIRS", "value": "1"}]}]}},
            },
        },
    )  # fmt: skip
    assert not trial.converge(web, wait=False).changed
    web["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.invalid/main:2"
    assert trial.converge(web, wait=False).changed
    live = trial.live("deployment", "web")
    [container] = live["spec"]["template"]["spec"]["containers"]
    assert live["metadata"]["annotations"]["theirs"] == "1"
    assert live["spec"]["replicas"] == 4
    assert container["image"] == "registry.invalid/main:2"
    assert container["env"] == [{"name": "THEIRS", "value": "1"}]


def test_a_field_that_the_document_drops_goes_away(trial: Trial) -> None:
    """What the last run set and this one does not."""
    trial.converge(config_map("settings", a="1", b="2"))
    report = trial.converge(config_map("settings", a="1"))
    assert trial.live("configmap", "settings")["data"] == {"a": "1"}
    [ours] = [entry for entry in report.diff if "settings" in entry["after_header"]]
    assert "b: '2'" in ours["before"]
    assert "b: '2'" not in ours["after"]


def test_an_immutable_field_is_named_and_the_object_replaced_only_on_demand(trial: Trial) -> None:
    """Of a selector, a role's binding and an immutable ConfigMap."""
    web = deployment("web")
    frozen: Object = {**config_map("frozen", a="1"), "immutable": True}
    binding: Object = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "one"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": trial.namespace}],
    }
    trial.converge(web, frozen, binding)
    uids = {kind: trial.live(kind, name)["metadata"]["uid"] for kind, name in _NAMES.items()}

    changed = json.loads(json.dumps([web, frozen, binding]))
    changed[0]["spec"]["selector"]["matchLabels"] = {"app": "other"}
    changed[0]["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    changed[1]["data"] = {"a": "2"}
    changed[2]["roleRef"]["name"] = "two"
    for number, named in enumerate(("spec.selector", "field is immutable", "roleRef")):
        batch = [web, frozen, binding]
        batch[number] = changed[number]
        with pytest.raises(MeshError, match=rf"{named}.*recreate: true"):
            trial.converge(*batch)

    check = trial.converge(*changed, recreate=True, check=True)
    report = trial.converge(*changed, recreate=True)
    assert verbs(check) == verbs(report)
    assert [entry["verb"] for entry in report.objects[:3]] == ["recreated"] * 3
    for kind, name in _NAMES.items():
        assert trial.live(kind, name)["metadata"]["uid"] != uids[kind]
    assert not trial.converge(*changed).changed
    trial.remove()
    assert not any(trial.live(kind, name) for kind, name in _NAMES.items())


_NAMES = {"deployment": "web", "configmap": "frozen", "rolebinding": "b"}


def test_replacing_a_volume_claim_needs_purge(trial: Trial) -> None:
    """Recreate alone does not lose a claim's data."""
    claim: Object = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    trial.converge(claim)
    claim["spec"]["accessModes"] = ["ReadWriteMany"]
    with pytest.raises(MeshError, match=r"purge: \[volumes\]"):
        trial.converge(claim, recreate=True)
    report = trial.converge(claim, recreate=True, purge=frozenset({"volumes"}))
    assert verbs(report)["PersistentVolumeClaim/data"] == "recreated"
