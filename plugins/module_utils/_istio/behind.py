# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Workloads whose proxies are behind: those that a restart would give to another revision, or another version."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from .._kube.connection import Object
from .._kube.objects import Identity
from .._kube.restart import RESOURCES
from . import labels, proxies
from .labels import labels_of

NAMESPACES = "/api/v1/namespaces"
_INJECTION = "istio-injection"
_INJECT = "sidecar.istio.io/inject"


@dataclass
class Behind:
    """What is to be restarted.

    :param workloads: sorted. :param others: pods that are behind and that nobody would make anew, ``namespace/name``.
    """

    workloads: list[Identity] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def asked_for(namespace: Object, pod: Object) -> str | None:
    """The tag or revision whose sidecar a pod would get if it were made anew; None for no sidecar.

    The namespace's ``istio-injection`` wins over its ``istio.io/rev``, and both over the pod's own labels (istio.io,
    "Installing the sidecar").
    """
    of_namespace, of_pod = labels_of(namespace), labels_of(pod)
    if of_pod.get(_INJECT) == "false" or of_namespace.get(_INJECTION) == "disabled":
        return None
    if of_namespace.get(_INJECTION) == "enabled":
        return labels.DEFAULT
    named = of_namespace.get(labels.REVISION) or of_pod.get(labels.REVISION)
    return named or (labels.DEFAULT if of_pod.get(_INJECT) == "true" else None)


def behind(
    namespaces: Iterable[Object], pods: Iterable[Object], names: Collection[str], revision: str, version: str
) -> Behind:
    """The workloads that ask for one of ``names`` and whose sidecar is not of ``revision`` and ``version``.

    :param names: a revision, and the tags that point to it (or are about to).
    """
    spaces = {space["metadata"]["name"]: space for space in namespaces}
    workloads: set[Identity] = set()
    others: set[str] = set()
    for pod in pods:
        space = spaces.get(pod["metadata"]["namespace"])
        if space is None or not proxies.is_injected(pod) or asked_for(space, pod) not in names:
            continue
        for proxy in proxies.of_pods([pod]):
            if (proxy.revision, proxy.version or version) == (revision, version):
                continue
            owner_namespace, kind, name = proxy.owner
            if kind in RESOURCES:
                workloads.add(Identity("apps", kind, owner_namespace, name))
            else:
                others.add(proxy.pod)
    return Behind(sorted(workloads), sorted(others))
