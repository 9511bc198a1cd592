# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Taking over what ``istioctl install`` put into a cluster: it keeps no record, only labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from . import labels
from .labels import labels_of

Object = dict[str, Any]

# The kinds that istioctl itself prunes, less those that no profile of it makes (Pod, Secret).
_KINDS = (
    ("apps/v1", "Deployment", "deployments", True),
    ("apps/v1", "DaemonSet", "daemonsets", True),
    ("v1", "Service", "services", True),
    ("v1", "ConfigMap", "configmaps", True),
    ("v1", "ServiceAccount", "serviceaccounts", True),
    ("rbac.authorization.k8s.io/v1", "Role", "roles", True),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", True),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", False),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", False),
    ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", True),
    ("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", True),
    ("networking.istio.io/v1alpha3", "EnvoyFilter", "envoyfilters", True),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", False),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", False),
)


class Lister(Protocol):
    """What is needed of a cluster: its lists."""

    def items(self, path: str, query: dict[str, str] | None = None) -> Iterator[Object]:
        """The objects of a list; none where the kind is unknown."""


def made_by_istioctl(live: Object) -> bool:
    """Whether an object carries the labels of an installation or tag by istioctl (or by us, who write the same)."""
    found = labels_of(live)
    return labels.TAG in found or (found.get(labels.MANAGED) == "Reconcile" and labels.OWNER_NAMESPACE in found)


def is_installed(injectors: Iterable[Object], revision: str) -> bool:
    """Whether a revision is there already, judged by its injector."""
    wanted = revision or labels.DEFAULT
    return any(made_by_istioctl(obj) and labels_of(obj).get(labels.REVISION) == wanted for obj in injectors)


def by_other_revision(revision: str) -> Callable[[Object], str]:
    """Tells of a live object which other revision has made it its own since, empty where none has.

    Definitions, gateways and tags are named alike in all revisions, and the one that was installed last has them.
    """
    wanted = revision or labels.DEFAULT

    def other(live: Object) -> str:
        found = labels_of(live).get(labels.REVISION, wanted)
        return f"revision {found} has it now" if found != wanted else ""

    return other


def owned(cluster: Lister, namespace: str, revision: str) -> Iterator[Object]:
    """The objects of an installation by their labels, as istioctl finds what to prune.

    :param namespace: of the control plane; objects that live in namespaces are looked for there.
    """
    wanted = (
        f"{labels.OWNER_NAMESPACE}={namespace},{labels.MANAGED}=Reconcile,"
        f"{labels.REVISION}={revision or labels.DEFAULT},{labels.COMPONENT},!{labels.NOT_PRUNED}"
    )
    for version, kind, plural, namespaced in _KINDS:
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        scope = f"/namespaces/{namespace}" if namespaced else ""
        for item in cluster.items(f"{root}{scope}/{plural}", {"labelSelector": wanted}):
            yield {"apiVersion": version, "kind": kind, **item}
