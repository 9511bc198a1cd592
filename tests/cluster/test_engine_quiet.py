"""A second run of the same batch only reads: what the server stores otherwise than it was written is no change."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._kube.discovery import Discovery
from tests.cluster.trial import Object, Trial, audited, config_map, definition, deployment, verbs

CRON_JOB = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": {"name": "quiet"},
    "spec": {
        "schedule": "0 0 1 1 *",
        "jobTemplate": {
            "spec": {
                "template": {
                    "spec": {
                        "restartPolicy": "Never",
                        "nodeSelector": {},
                        "volumes": [{"name": "scratch", "emptyDir": {}}],
                        "containers": [{"name": "main", "image": "registry.invalid/main:1", "args": []}],
                    }
                }
            }
        },
    },
}
SERVICE: Object = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "quiet", "annotations": None},
    "spec": {"type": "NodePort", "selector": {"app": "quiet"}, "ports": [{"port": 80}]},
}
TARGET = {"type": "Utilization", "averageUtilization": 80}
QUIET: dict[str, Object] = {
    "quantities": deployment(
        "quiet",
        resources={"requests": {"cpu": 0.1, "memory": "1e3"}, "limits": {"cpu": "1000m", "memory": "1024Mi"}},
    ),
    "annotations: null": {**config_map("quiet"), "metadata": {"name": "quiet", "annotations": None}},
    "nodeSelector: {}": CRON_JOB,
    "stringData": {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "quiet", "labels": {"a": "b"}},
        "stringData": {"password": "a secret"},
        "data": {"wrapped": "YSBsb25nIHZh\nbHVl\n"},
    },
    "an empty Secret": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "quiet"}, "data": None},
    "an immutable flag": {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "quiet"},
        "immutable": False,
        "data": {"a": ""},
    },
    "port without protocol": deployment("quiet", ports=[{"containerPort": 80}, {"containerPort": 81, "name": "b"}]),
    "cluster-made nodePort": SERVICE,
    "900 kB": config_map("quiet", text="x" * 900_000),
    "a status in the document": {**deployment("quiet"), "status": {"replicas": 3}},
    "an HPA": {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "quiet"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "none"},
            "maxReplicas": 3,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
                }
            ],
        },
    },
    "a network policy": {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "quiet"},
        "spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80}, {"port": 80, "protocol": "UDP"}]}]},
    },
    "no field but the name": {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "quiet"}},
    "a role": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "quiet"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    },
}


def assert_second_run_is_quiet(trial: Trial, *batch: Object, **more: Any) -> None:
    """Apply a batch; then again: nothing but reads, by our own count and by the audit log."""
    assert trial.converge(*batch, **more).changed
    cluster = trial.cluster(user=f"{trial.name}-again")
    again = trial.converge(*batch, cluster=cluster, **more)
    assert set(verbs(again).values()) == {"unchanged"}
    assert not again.changed
    assert again.diff == []
    assert again.requests.keys() == {"read"}
    events = trial.audit(again.requests["read"], user=f"{trial.name}-again")
    assert {event["verb"] for event in events} <= {"get", "list"}


@pytest.mark.parametrize("case", QUIET)
def test_what_the_server_writes_otherwise_is_no_change(trial: Trial, case: str) -> None:
    """Quantities, nulls, defaults and the like."""
    assert_second_run_is_quiet(trial, QUIET[case], wait=False)


def test_custom_resources_with_defaults_and_an_older_version(trial: Trial) -> None:
    """Defaults of a definition are not ours, and an object asked for in v1beta1 is stored in v1."""
    group = f"{trial.name}.example.com"
    crd = definition(group, "Widget", "v1beta1", "v1")
    trial.goes("crd", crd["metadata"]["name"])
    widget = {"apiVersion": f"{group}/v1beta1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 3}}
    assert_second_run_is_quiet(trial, crd, widget)
    assert trial.live(f"widgets.{group}", "w")["spec"] == {"size": 3, "color": "blue"}


@pytest.mark.parametrize("ours", [True, False])
def test_an_autoscaler_keeps_its_replicas(trial: Trial, ours: bool) -> None:
    """Replicas are handed over once the autoscaler owns them, whether it is in the batch or somebody else's."""
    web = deployment("web", replicas=1)
    scaler: Object = json.loads(json.dumps(QUIET["an HPA"]))
    scaler["metadata"]["name"] = "web"
    scaler["spec"]["scaleTargetRef"]["name"] = "web"
    batch = [web, scaler] if ours else [web]
    trial.converge(*batch, wait=False)
    assert trial.live("deployment", "web")["spec"]["replicas"] == 1
    trial.patch("kube-controller-manager", "deployment", "web", patch={"spec": {"replicas": 3}}, subresource="scale")
    trial.converge(*batch, wait=False)
    again = trial.converge(*batch, wait=False)
    assert not again.changed
    assert again.requests.keys() == {"read"}
    assert trial.live("deployment", "web")["spec"]["replicas"] == 3
    web["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.invalid/main:2"
    trial.converge(*batch, wait=False)
    assert trial.live("deployment", "web")["spec"]["replicas"] == 3


def test_istiod_raises_a_failure_policy_and_fills_in_its_certificate(trial: Trial) -> None:
    """A validating webhook begins with Ignore; what its controller makes of it stays, and costs nothing."""
    webhook = {
        "name": f"{trial.name}.example.com",
        "clientConfig": {"service": {"name": "none", "namespace": trial.namespace}, "caBundle": ""},
        "failurePolicy": "Ignore",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "namespaceSelector": {"matchLabels": {"no-such-label": "at-all"}},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}],
    }
    hook: Object = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": trial.name},
        "webhooks": [webhook],
    }
    trial.goes("validatingwebhookconfiguration", trial.name)
    trial.converge(hook)
    live = trial.live("validatingwebhookconfiguration", trial.name)["webhooks"][0]
    assert (live["failurePolicy"], live["clientConfig"].get("caBundle")) == ("Ignore", None)
    ca = base64.b64encode(next((trial.state / "pki").glob("*.crt")).read_bytes()).decode()
    trial.patch(
        "pilot-discovery", "validatingwebhookconfiguration", trial.name, kind="json",
        patch=[
            {"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Fail"},
            {"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": ca},
        ],
    )  # fmt: skip
    trial.converge(hook)
    again = trial.converge(hook)
    assert again.requests.keys() == {"read"}
    hook["webhooks"][0]["sideEffects"] = "NoneOnDryRun"
    trial.converge(hook)
    live = trial.live("validatingwebhookconfiguration", trial.name)["webhooks"][0]
    assert (live["failurePolicy"], live["clientConfig"]["caBundle"]) == ("Fail", ca)
    assert live["sideEffects"] == "NoneOnDryRun"


def test_the_audit_log_and_our_own_count_agree(trial: Trial) -> None:
    """Reads, dry runs and writes of a first run."""
    cluster = trial.cluster()
    report = trial.converge(config_map("a"), config_map("b"), deployment("web"), cluster=cluster)
    events = trial.audit(sum(report.requests.values()))
    writes = [event for event in events if event["verb"] in ("patch", "delete") and "dryRun" not in event["requestURI"]]
    assert len(writes) == report.requests["write"]
    assert len([event for event in events if "dryRun" in event["requestURI"]]) == report.requests["dry_run"] == 3
    assert len([event for event in events if event["verb"] in ("get", "list")]) == report.requests["read"]
    assert ("", "ConfigMap", trial.namespace, "a", "patch") in audited(events, Discovery(trial.cluster()))
