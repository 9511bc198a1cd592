"""Check mode: what it predicts is what the audit log shows of the real run, and it writes nothing."""

from __future__ import annotations

import json

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube import engine
from ansible_collections.faas.mesh.plugins.module_utils._kube.discovery import Discovery
from ansible_collections.faas.mesh.plugins.module_utils._kube.report import Report
from tests.cluster.trial import Object, Trial, audited, config_map, definition, deployment, predicted, verbs


def checked(trial: Trial, *batch: Object) -> Report:
    """The report of a run in check mode, which has to have written nothing."""
    cluster = trial.cluster(user=f"{trial.name}-check")
    report = trial.converge(*batch, check=True, cluster=cluster)
    assert "write" not in report.requests
    return report


def assert_predicted(trial: Trial, number: int, *batch: Object) -> Report:
    """Check mode, then the real run: the same objects and verbs, by the report and by the audit log."""
    check = checked(trial, *batch)
    user = f"{trial.name}-run-{number}"
    report = trial.converge(*batch, cluster=trial.cluster(user=user))
    events = trial.audit(sum(report.requests.values()), user)
    written = audited(events, Discovery(trial.cluster()))
    assert predicted(check) == written
    assert predicted(report) == written
    assert verbs(check) == verbs(report)
    assert check.changed == report.changed == bool(written)
    return check


def an_application(trial: Trial) -> list[Object]:
    """A batch with all that makes a prediction hard: its own namespace, kinds and accounts."""
    group = f"{trial.name}.example.com"
    crd = definition(group, "Widget", "v1")
    trial.goes("crd", crd["metadata"]["name"])
    trial.goes("clusterrole", trial.name)
    space = trial.new_namespace("-app")
    role: Object = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": trial.name, "namespace": "is-not-for-cluster-wide-kinds"},
        "rules": [{"apiGroups": [group], "resources": ["widgets"], "verbs": ["get"]}],
    }
    web = deployment("web")
    web["metadata"]["namespace"] = space
    return [
        web,
        {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 1}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": space}, "stringData": {"p": "q"}},
        config_map("settings", space, a="1"),
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": space}},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}},
        role,
        crd,
    ]


def test_on_an_empty_a_half_installed_and_a_converged_cluster(trial: Trial) -> None:
    """Created, changed, brought back, pruned, and nothing at all."""
    batch = an_application(trial)
    space = f"{trial.name}-app"
    empty = assert_predicted(trial, 1, *batch)
    assert set(verbs(empty).values()) == {"created"}
    assert empty.warnings == []
    converged = assert_predicted(trial, 2, *batch)
    assert not converged.changed

    trial.kubectl("delete", "secret", "s", "-n", space)
    trial.kubectl("delete", f"widgets.{trial.name}.example.com", "w", "-n", trial.namespace)
    batch[3]["data"] = {"a": "2"}
    del batch[4]
    half = assert_predicted(trial, 3, *batch)
    assert [verbs(half)[name] for name in ("Secret/s", "Widget/w", "ConfigMap/settings", "ServiceAccount/web")] == [
        "created", "created", "updated", "deleted",
    ]  # fmt: skip
    assert not assert_predicted(trial, 4, *batch).changed


def test_the_removal_is_predicted_too(trial: Trial) -> None:
    """All that goes, with the set's own memory and namespace."""
    trial.converge(*an_application(trial))
    for number, purge in enumerate((frozenset[str](), frozenset({"crds"}))):
        check = trial.remove(check=True, purge=purge)
        assert "write" not in check.requests
        user = f"{trial.name}-run-{number}"
        report = trial.remove(cluster=trial.cluster(user=user), purge=purge, timeout=60)
        assert verbs(check) == verbs(report)
        written = audited(trial.audit(sum(report.requests.values()), user), Discovery(trial.cluster()))
        assert predicted(check) == written
    assert trial.remove().objects == []


def test_sets_that_are_removed_one_after_the_other_are_one_plan(trial: Trial) -> None:
    """A namespace's set after the one that filled it: what is gone by then keeps it no longer."""
    name = trial.new_namespace("-made")
    trial.converge({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, set="space")
    trial.converge(config_map("inside", name), config_map("shared", name), set="content")
    trial.converge(config_map("shared", name), set="more")
    assert verbs(trial.remove(check=True, set="space"))[f"Namespace/{name}"] == "kept"

    sets = ("more", "space")
    check = engine.remove(trial.cluster(), trial.options(set="content"), True, sets)
    cluster = trial.cluster(user=f"{trial.name}-run")
    report = engine.remove(cluster, trial.options(set="content", timeout=60), False, sets)
    written = audited(trial.audit(sum(report.requests.values()), f"{trial.name}-run"), Discovery(trial.cluster()))
    assert predicted(check) == predicted(report) == written
    assert verbs(report) == verbs(check) | {f"Namespace/{name}": "deleted", f"Namespace/{trial.sets}": "deleted"}
    assert not trial.live("namespace", name)
    assert not trial.live("namespace", trial.sets)


def test_adoption_and_drift_are_predicted(trial: Trial) -> None:
    """An object of kubectl apply, one that Helm would call foreign, and one to take back."""
    trial.kubectl("apply", "-n", trial.namespace, "-f", "-", stdin=json.dumps(config_map("adopted", a="1", b="2")))
    trial.kubectl("create", "configmap", "foreign", "-n", trial.namespace, "--from-literal=x=1")
    assert_predicted(trial, 1, config_map("adopted", a="1"), config_map("foreign", y="2"))
    assert trial.live("configmap", "foreign")["data"] == {"x": "1", "y": "2"}
    assert_predicted(trial, 2, config_map("adopted", a="1"), config_map("foreign", y="2"))


def test_a_kind_or_namespace_that_nobody_has_is_a_warning_in_check_mode_only(trial: Trial) -> None:
    """Another task may bring it before; the real run refuses it before any write."""
    unknown: Object = {"apiVersion": "nobody.example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    lost = config_map("lost", f"{trial.name}-nowhere")
    report = checked(trial, unknown, lost, config_map("a"))
    assert [entry["verb"] for entry in report.objects[:3]] == ["created"] * 3
    assert [entry["namespace"] for entry in report.objects[:3]] == [
        trial.namespace,
        f"{trial.name}-nowhere",
        trial.namespace,
    ]
    assert sorted(report.warnings) == [
        f"ConfigMap {trial.name}-nowhere/lost: neither the cluster nor this batch has namespace {trial.name}-nowhere.",
        f"Widget {trial.namespace}/w: the cluster does not serve nobody.example.com/v1 Widget, and nothing in this "
        "batch brings it.",
    ]
    with pytest.raises(MeshError, match=r"install its custom resource definition first, or correct apiVersion\."):
        trial.converge(unknown, config_map("a"))
    with pytest.raises(MeshError, match=rf"has namespace {trial.name}-nowhere: make it first\."):
        trial.converge(lost, config_map("a"))
    assert not trial.live("configmap", "a")


def unreachable_webhook(trial: Trial, failure: str = "Fail") -> Object:
    """A validating webhook for this test's ConfigMaps that nobody answers."""
    trial.goes("validatingwebhookconfiguration", trial.name)
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": trial.name},
        "webhooks": [
            {
                "name": f"{trial.name}.example.com",
                "clientConfig": {"url": "https://127.0.0.1:9/validate"},
                "failurePolicy": failure,
                "sideEffects": "None",
                "timeoutSeconds": 1,
                "admissionReviewVersions": ["v1"],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": trial.namespace}},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}],
            }
        ],
    }


def test_a_webhook_that_is_down_is_no_error_in_check_mode_and_named_by_the_real_run(trial: Trial) -> None:
    """The prediction is made without it; the write waits for it as long as the timeout lasts."""
    trial.kubectl("apply", "-f", "-", stdin=json.dumps(unreachable_webhook(trial)))
    report = checked(trial, config_map("a"))
    assert verbs(report)["ConfigMap/a"] == "created"
    assert f"{trial.name}.example.com" in report.warnings[0]
    with pytest.raises(MeshError, match=rf'failed calling webhook "{trial.name}.example.com"'):
        trial.converge(config_map("a"), cluster=trial.cluster(timeout=2))
    trial.kubectl("delete", "validatingwebhookconfiguration", trial.name)
    report = trial.converge(config_map("a"))
    assert verbs(report)["ConfigMap/a"] == "created"


def test_objects_that_need_each_other_are_predicted_and_made(trial: Trial) -> None:
    """A pod whose account and priority class come with it, and a field that comes with its definition."""
    trial.goes("priorityclass", trial.name)
    group = f"{trial.name}.example.com"
    crd = definition(group, "Widget", "v1")
    trial.goes("crd", crd["metadata"]["name"])
    widget: Object = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 1}}
    trial.converge(crd, widget, set="widgets")
    crd = definition(group, "Widget", "v1", schema={"size": {"type": "integer"}, "weight": {"type": "integer"}})
    widget["spec"]["weight"] = 3
    assert verbs(trial.converge(crd, widget, set="widgets", check=True))["Widget/w"] == "updated"
    trial.converge(crd, widget, set="widgets")
    assert trial.live(f"widgets.{group}", "w")["spec"]["weight"] == 3

    batch: list[Object] = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "lone"},
            "spec": {
                "serviceAccountName": "lone",
                "priorityClassName": trial.name,
                "containers": [{"name": "main", "image": "registry.invalid/main:1"}],
            },
        },
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "lone"}},
        {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": trial.name}, "value": 7},
    ]
    check = trial.converge(*batch, check=True)
    assert verbs(check) == verbs(trial.converge(*batch, wait=False))
    assert trial.live("pod", "lone")["spec"]["priority"] == 7
