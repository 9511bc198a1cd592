"""What has to be there before what, what is waited for, and what is refused before anything is sent."""

from __future__ import annotations

import json
import threading

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from tests.cluster.trial import Object, Trial, config_map, definition, deployment, verbs


def test_a_definition_and_its_object_in_one_batch(trial: Trial) -> None:
    """The object waits until its kind is established, whatever the order in the batch."""
    group = f"{trial.name}.example.com"
    crd = definition(group, "Widget", "v1")
    trial.goes("crd", crd["metadata"]["name"])
    widgets = [
        {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": f"w{number}"}, "spec": {"size": number}}
        for number in range(20)
    ]
    trial.converge(*widgets, crd)
    assert trial.live(f"widgets.{group}", "w19")["spec"]["size"] == 19


def test_a_namespace_that_is_going_is_waited_for_and_made_anew(trial: Trial) -> None:
    """In check mode, which waits for nothing, the warning names it."""
    name = trial.new_namespace("-made")
    batch: list[Object] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        config_map("inside", name),
    ]
    trial.converge(*batch)
    uid = trial.live("namespace", name)["metadata"]["uid"]
    held = {"metadata": {"finalizers": ["example.com/held"]}}
    trial.kubectl("patch", "configmap", "inside", "-n", name, "--type", "merge", "-p", json.dumps(held))
    trial.kubectl("delete", "namespace", name, "--wait=false")
    check = trial.converge(*batch, check=True)
    assert f"Namespace {name} is being deleted: it is waited for and made anew." in check.warnings
    trial.kubectl("wait", f"namespace/{name}", "--for=condition=NamespaceFinalizersRemaining", "--timeout=60s")
    with pytest.raises(MeshError, match=rf"Namespace {name} is still being deleted: .*example.com/held"):
        trial.converge(*batch, timeout=2)

    def release() -> None:
        trial.kubectl(
            "patch", "configmap", "inside", "-n", name, "--type", "merge", "-p", '{"metadata":{"finalizers":[]}}'
        )

    released = threading.Timer(0.5, release)
    released.start()
    report = trial.converge(*batch)
    released.join()
    assert verbs(report) == verbs(check)
    assert verbs(report)[f"Namespace/{name}"] == "created"
    assert trial.live("namespace", name)["metadata"]["uid"] != uid
    assert trial.live("configmap", "inside", namespace=name)
    assert not trial.converge(*batch).changed


def test_the_sets_namespace_may_be_going_still(trial: Trial) -> None:
    """A set that is made anew right after the last one was removed."""
    trial.converge(config_map("a"))
    trial.kubectl("delete", "configmap", "-n", trial.sets, f"set-{trial.name}")
    trial.kubectl("delete", "namespace", trial.sets, "--wait=false")
    assert trial.converge(config_map("a")).changed
    assert [entry["name"] for entry in trial.receipt()] == ["a"]


def test_a_namespace_that_is_going_and_not_ours_is_named(trial: Trial) -> None:
    """The server's own sentence says so."""
    other = trial.make_namespace("-other")
    held = config_map("held")
    held["metadata"]["finalizers"] = ["example.com/held"]
    trial.apply(held, namespace=other, manager="somebody")
    trial.kubectl("delete", "namespace", other, "--wait=false")
    with pytest.raises(MeshError, match=rf"namespace {other} because it is being terminated"):
        trial.converge(config_map("a", other))
    trial.kubectl("patch", "configmap", "held", "-n", other, "--type", "merge", "-p", '{"metadata":{"finalizers":[]}}')


TWINS: dict[str, tuple[Object, str]] = {
    "env": (
        deployment("web", env=[{"name": "A", "value": "1"}, {"name": "B"}, {"name": "A", "value": "2"}]),
        "two entries with name 'A' in spec.template.spec.containers[0].env",
    ),
    "ports": (
        deployment("web", ports=[{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP", "name": "x"}]),
        "two entries with containerPort 80 in spec.template.spec.containers[0].ports",
    ),
    "Service ports": (
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}]},
        },
        "two entries with port 80 in spec.ports",
    ),
}


@pytest.mark.parametrize("case", TWINS)
def test_two_entries_of_one_key_are_refused_with_their_path(trial: Trial, case: str) -> None:
    """Before anything is sent: the API server would answer with a 500."""
    obj, told = TWINS[case]
    cluster = trial.cluster()
    with pytest.raises(MeshError) as refusal:
        trial.converge(config_map("a"), obj, cluster=cluster)
    assert told in str(refusal.value)
    assert set(cluster.requests) <= {"read"}


def test_entries_that_only_look_alike_are_sent(trial: Trial) -> None:
    """One port for two protocols, one name in two containers."""
    web = deployment(
        "web",
        env=[{"name": "A", "value": "1"}],
        ports=[{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}],
    )
    pod = web["spec"]["template"]["spec"]
    pod["containers"].append({"name": "second", "image": "registry.invalid/second:1", "env": [{"name": "A"}]})
    assert trial.converge(web).changed
    assert not trial.converge(web).changed


def test_an_object_twice_in_a_batch_is_refused(trial: Trial) -> None:
    """Also when only one of the two names its namespace."""
    with pytest.raises(MeshError, match=rf"ConfigMap {trial.namespace}/a is defined twice in this batch"):
        trial.converge(config_map("a"), config_map("a", trial.namespace))


def test_a_secret_value_that_is_no_text_is_refused_unseen(trial: Trial) -> None:
    """The server's answer would repeat the value."""
    secret: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"pin": {"a": "marker"}}}
    with pytest.raises(MeshError) as refusal:
        trial.converge(secret)
    assert str(refusal.value) == "Secret s: data.pin is not text: put it into quotes."
    assert "marker" not in str(refusal.value)


def test_what_the_server_refuses_is_foreseen_before_any_write(trial: Trial) -> None:
    """An unknown field and an exceeded quota leave the cluster as it was."""
    quota: Object = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": {"count/secrets": "0"}},
    }
    trial.apply(quota, manager="somebody")
    trial.kubectl("wait", "resourcequota/q", "-n", trial.namespace, "--for=jsonpath={.status.hard}", "--timeout=30s")
    secret: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}
    with pytest.raises(MeshError, match="exceeded quota: q"):
        trial.converge(config_map("a"), secret)
    typo = deployment("web")
    typo["spec"]["replica"] = 3
    with pytest.raises(MeshError, match=r"\.spec\.replica: field not declared in schema"):
        trial.converge(config_map("a"), typo)
    assert not trial.live("configmap", "a")
    assert not trial.live("namespace", trial.sets)


def test_a_missing_permission_is_named(trial: Trial) -> None:
    """Verb, resource and namespace, before any write."""
    cluster = trial.cluster(user=f"{trial.name}-nobody", groups=["system:authenticated"])
    with pytest.raises(MeshError) as refusal:
        trial.converge(config_map("a"), cluster=cluster)
    assert 'cannot list resource "configmaps"' in str(refusal.value)
    assert f'in the namespace "{trial.sets}"' in str(refusal.value)

    rights: list[Object] = [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": trial.name},
            "rules": [{"apiGroups": [""], "resources": ["configmaps", "namespaces"], "verbs": ["*"]}],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": trial.name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": trial.name},
            "subjects": [{"kind": "User", "name": f"{trial.name}-nobody", "apiGroup": "rbac.authorization.k8s.io"}],
        },
    ]
    trial.goes("clusterrole", trial.name)
    trial.goes("clusterrolebinding", trial.name)
    trial.apply(*rights, manager="somebody")
    cluster = trial.cluster(user=f"{trial.name}-nobody", groups=["system:authenticated"])
    with pytest.raises(MeshError) as refusal:
        trial.converge(config_map("a"), deployment("web"), cluster=cluster)
    assert 'resource "deployments" in API group "apps"' in str(refusal.value)
    assert f'in the namespace "{trial.namespace}"' in str(refusal.value)
    assert not trial.live("configmap", "a")


def test_what_does_not_come_up_is_named_with_its_reason(trial: Trial) -> None:
    """And the rerun waits again, since nothing was forgotten."""
    web = deployment("web", replicas=1)
    for _run in range(2):
        with pytest.raises(
            MeshError, match=rf"Deployment {trial.namespace}/web is not ready: 0 of 1 pods are available"
        ):
            trial.converge(web, timeout=1)
    web["spec"]["replicas"] = 0
    trial.converge(web)
    assert not trial.converge(web).changed
