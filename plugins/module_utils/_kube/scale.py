# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scaling a Deployment, as ``kubectl scale`` does, and seeing that none of its pods is left."""

from __future__ import annotations

from .connection import MERGE_PATCH, Cluster, Object
from .restart import RESOURCES

# A manager of its own: an apply under that of the engine would take away all that it does not name.
MANAGER = "faas.mesh-scale"


def scale(cluster: Cluster, namespace: str, name: str, replicas: int) -> None:
    """Have a Deployment run so many pods from now on; what is running then may take a while."""
    path = f"{RESOURCES['Deployment'].path(namespace, name)}/scale"
    body = {"spec": {"replicas": replicas}}
    cluster.request("PATCH", path, query={"fieldManager": MANAGER}, body=body, content_type=MERGE_PATCH)


def pods_of(cluster: Cluster, namespace: str, name: str) -> list[Object]:
    """The pods of a Deployment that is there, those that are going included."""
    deployment = cluster.request("GET", RESOURCES["Deployment"].path(namespace, name))
    labels = (deployment["spec"].get("selector") or {}).get("matchLabels") or {}
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    return list(cluster.items(f"/api/v1/namespaces/{namespace}/pods", {"labelSelector": selector}))
