"""The Deployment and the Service that a function is in Kubernetes, and back to its status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .deployment import Deployment, status_document

PORT = 8080
FUNCTION_LABEL = "faas_function"
_PROCESS = "fprocess"
_SECRETS_FOLDER = "/var/openfaas/secrets"
_LOCK_FILE = "/tmp/.lock"

Document = dict[str, Any]


@dataclass(frozen=True)
class PodSettings:
    """What the provider is told about every function's pods: pull policy, and probes by HTTP or by a lock file."""

    image_pull_policy: str = "IfNotPresent"
    http_probe: bool = True
    probe_period: int = 2


def new_workload(deployment: Deployment, settings: PodSettings) -> Document:
    """The Deployment object for a function that is not there yet."""
    name = deployment.service
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "labels": {FUNCTION_LABEL: name},
            "annotations": dict(deployment.annotations),
        },
        "spec": {
            "replicas": deployment.least_replicas or 1,
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {FUNCTION_LABEL: name}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": _template(deployment, settings, uid=""),
        },
    }


def renewed_workload(current: Document, deployment: Deployment, settings: PodSettings, uid: str) -> Document:
    """The current Deployment object with everything replaced that the function says; a new `uid` restarts its pods."""
    spec = current["spec"]
    return {
        **current,
        "metadata": {**current["metadata"], "annotations": dict(deployment.annotations)},
        "spec": {
            **spec,
            "replicas": deployment.least_replicas or spec["replicas"],
            "template": _template(deployment, settings, uid),
        },
    }


def new_service(deployment: Deployment) -> Document:
    """The Service object of a function."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": deployment.service, "annotations": dict(deployment.annotations)},
        "spec": {
            "type": "ClusterIP",
            "selector": {FUNCTION_LABEL: deployment.service},
            "ports": [{"name": "http", "protocol": "TCP", "port": PORT, "targetPort": PORT}],
        },
    }


def is_function(workload: Document) -> bool:
    """Whether a Deployment object was made for a function."""
    return FUNCTION_LABEL in (workload["metadata"].get("labels") or {})


def workload_status(workload: Document) -> Document:
    """The FunctionStatus of a Deployment object."""
    template = workload["spec"]["template"]
    container = template["spec"]["containers"][0]
    resources = container.get("resources") or {}
    variables = {variable["name"]: variable.get("value", "") for variable in container.get("env") or []}
    deployment = Deployment(
        service=workload["metadata"]["name"],
        image=container["image"],
        env_process=variables.get(_PROCESS, ""),
        secrets=tuple(_secret_names(template["spec"])),
        annotations=template["metadata"].get("annotations") or {},
        limits=resources.get("limits") or {},
        requests=resources.get("requests") or {},
    )
    return status_document(
        deployment,
        namespace=workload["metadata"]["namespace"],
        labels=template["metadata"].get("labels") or {},
        replicas=workload["spec"].get("replicas", 1),
        available=(workload.get("status") or {}).get("availableReplicas", 0),
        created_at=workload["metadata"]["creationTimestamp"],
    )


def _template(deployment: Deployment, settings: PodSettings, uid: str) -> Document:
    name = deployment.service
    volumes, mounts = _volumes(deployment)
    container = {
        "name": name,
        "image": deployment.image,
        "imagePullPolicy": settings.image_pull_policy,
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "env": _variables(deployment),
        "resources": {"limits": _set(deployment.limits), "requests": _set(deployment.requests)},
        "livenessProbe": _probe(settings),
        "readinessProbe": _probe(settings),
        "securityContext": {"readOnlyRootFilesystem": deployment.read_only_root_filesystem},
        "volumeMounts": mounts,
    }
    labels = {FUNCTION_LABEL: name} | ({"uid": uid} if uid else {}) | dict(deployment.labels)
    return {
        "metadata": {"name": name, "labels": labels, "annotations": dict(deployment.annotations)},
        "spec": {"containers": [container], "volumes": volumes},
    }


def _variables(deployment: Deployment) -> list[Document]:
    variables = dict(deployment.env_vars)
    if deployment.env_process:
        variables[_PROCESS] = deployment.env_process
    return [{"name": name, "value": value} for name, value in sorted(variables.items())]


def _set(quantities: Any) -> Document:
    """The quantities that say something."""
    return {key: value for key, value in quantities.items() if value}


def _probe(settings: PodSettings) -> Document:
    check: Document = (
        {"httpGet": {"path": "/_/health", "port": PORT}}
        if settings.http_probe
        else {"exec": {"command": ["cat", _LOCK_FILE]}}
    )
    return {**check, "periodSeconds": settings.probe_period, "timeoutSeconds": 1, "failureThreshold": 3}


def _volumes(deployment: Deployment) -> tuple[list[Document], list[Document]]:
    """Volumes and their mounts: the secrets as files, and a writable /tmp beside a read-only root."""
    volumes: list[Document] = []
    mounts: list[Document] = []
    if deployment.secrets:
        name = _secrets_volume(deployment.service)
        sources = [{"secret": {"name": secret}} for secret in deployment.secrets]
        volumes.append({"name": name, "projected": {"sources": sources}})
        mounts.append({"name": name, "mountPath": _SECRETS_FOLDER, "readOnly": True})
    if deployment.read_only_root_filesystem:
        volumes.append({"name": "temp", "emptyDir": {}})
        mounts.append({"name": "temp", "mountPath": "/tmp"})
    return volumes, mounts


def _secrets_volume(name: str) -> str:
    return f"{name}-projected-secrets"


def _secret_names(pod: Document) -> list[str]:
    return [
        source["secret"]["name"]
        for volume in pod.get("volumes") or []
        for source in (volume.get("projected") or {}).get("sources") or []
        if volume["name"].endswith("-projected-secrets") and "secret" in source
    ]
