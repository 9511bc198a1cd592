# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proxies of a mesh: which pods have one, of which version, and which revision made it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .._kube.connection import Cluster, Object
from . import labels
from .sidecars import is_current, name_of, proxy_of

PODS = "/api/v1/pods"
_STATUS = "sidecar.istio.io/status"


@dataclass(frozen=True)
class Proxy:
    """A pod's proxy, a sidecar or a gateway.

    :param pod: ``namespace/name``. :param revision: that made it, ``default`` for the one without a name.
    :param version: of its image's tag, empty where the image is named by a digest.
    :param owner: the Deployment, StatefulSet, ... of the pod as (namespace, kind, name); empty names without one.
    """

    pod: str
    revision: str
    version: str
    owner: tuple[str, str, str]


def proxies(cluster: Cluster) -> Iterator[Proxy]:
    """The proxies of all pods of a cluster that are meant to run, read page by page."""
    return of_pods(cluster.items(PODS))


def of_pods(pods: Iterable[Object]) -> Iterator[Proxy]:
    """The proxies among pods."""
    for pod in pods:
        container = proxy_of(pod)
        revision = _revision(pod)
        if container and revision and is_current(pod):
            yield Proxy(name_of(pod), revision, image_version(container["image"]), _owner(pod))


def is_injected(pod: Object) -> bool:
    """Whether a pod got its proxy from an injector, so that another may give it one of its own."""
    return _STATUS in (pod["metadata"].get("annotations") or {})


def _revision(pod: Object) -> str:
    """Who injected a pod, by what the injector writes on it; gateways of istioctl carry the same from their chart."""
    annotations = pod["metadata"].get("annotations") or {}
    try:
        injected = json.loads(annotations.get(_STATUS) or "{}")
    except ValueError:
        injected = {}
    return str(injected.get("revision") or annotations.get(labels.REVISION) or "")


def image_version(image: str) -> str:
    """``1.31.1`` of ``docker.io/istio/proxyv2:1.31.1-distroless``, empty where the image has no tag."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return tag.removesuffix("-distroless").removesuffix("-debug")


def _owner(pod: Object) -> tuple[str, str, str]:
    """The workload of a pod; a ReplicaSet stands for the Deployment whose name and hash make its own."""
    metadata = pod["metadata"]
    for reference in metadata.get("ownerReferences") or []:
        if reference.get("controller"):
            kind, name = reference["kind"], reference["name"]
            hashed = (metadata.get("labels") or {}).get("pod-template-hash")
            if kind == "ReplicaSet" and hashed:
                return metadata["namespace"], "Deployment", name.removesuffix(f"-{hashed}")
            return metadata["namespace"], kind, name
    return metadata["namespace"], "", ""
