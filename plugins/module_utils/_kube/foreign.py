# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects in a namespace that are somebody else's, so that deleting the namespace would lose them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from .connection import ApiError, Cluster, Object
from .discovery import Discovery, Resource
from .live import WORKERS
from .objects import Identity

# Written by controllers for every namespace or for other objects, never by a user.
IGNORED_KINDS = frozenset({"Event", "Endpoints", "EndpointSlice", "Lease", "PodMetrics", "ControllerRevision"})
# Managers of what Kubernetes and istiod write into namespaces by themselves: their root certificates, istiod's leader
# elections and its self-signed authority.
CONTROLLERS = frozenset({"kube-controller-manager", "pilot-discovery"})
# What programs that we install make for themselves, whatever they call themselves: the authority of cert-manager's
# webhook.
MADE_BY_PROGRAMS = frozenset({("Secret", "cert-manager-webhook-ca")})


def strangers(cluster: Cluster, discovery: Discovery, namespace: str, ours: frozenset[Identity]) -> list[Identity]:
    """The objects in ``namespace`` that are not ours, not owned by another object and not made by Kubernetes itself.

    :param ours: identities that are about to be deleted anyway.
    """

    def of(resource: Resource) -> list[Identity]:
        if resource.kind in IGNORED_KINDS:
            return []
        try:
            return [
                Identity(resource.group, resource.kind, namespace, item["metadata"]["name"])
                for item in cluster.items(resource.path(namespace))
                if not item["metadata"].get("ownerReferences") and not _is_by_controllers(resource, item)
            ]
        except ApiError as error:
            # Kinds that cannot be listed (reviews, bindings) hold nothing.
            if error.status in (404, 405):
                return []
            raise

    with ThreadPoolExecutor(WORKERS) as pool:
        kinds = [resource for resource in discovery.resources() if resource.namespaced]
        found = {identity for group in pool.map(of, kinds) for identity in group}
    return sorted(found - ours)


def _is_by_controllers(resource: Resource, item: Object) -> bool:
    if (resource.kind, item["metadata"]["name"]) in MADE_BY_PROGRAMS:
        return True
    managers = {entry.get("manager") for entry in item["metadata"].get("managedFields") or []}
    # The default ServiceAccount of a namespace carries no managers at all.
    return (
        managers <= CONTROLLERS
        if managers
        else (resource.kind, item["metadata"]["name"]) == ("ServiceAccount", "default")
    )
