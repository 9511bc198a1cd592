# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading the objects of a batch as they are in the cluster, in as few requests as they need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from .connection import PAGE_SIZE, Cluster, Object
from .discovery import Resource
from .objects import Identity

WORKERS = 8
# A list of more pages than this costs more than asking for its wanted objects one by one.
FEW = 2

Live = dict[Identity, Object]


def read(
    cluster: Cluster,
    wanted: Iterable[tuple[Identity, Resource]],
    lists: Mapping[str, Sequence[Object]] | None = None,
) -> Live:
    """The wanted objects that exist.

    One LIST for each kind and namespace where several are wanted, one GET where there is one. Secrets are always
    read one by one: a list would fetch those of others. A list that turns out long is given up for single GETs, so
    that a cluster with ten thousand objects costs no more memory than a small one.

    :param lists: whole lists by their paths, which are not read again.
    """
    groups: dict[tuple[Resource, str], list[Identity]] = defaultdict(list)
    found: Live = {}
    for identity, resource in wanted:
        known = (lists or {}).get(resource.path(identity.namespace))
        if known is None:
            groups[resource, identity.namespace].append(identity)
        else:
            found.update(_picked({"items": known}, resource, {identity.name: identity}))
    with ThreadPoolExecutor(WORKERS) as pool:
        reads = [
            pool.submit(_group, cluster, resource, namespace, names) for (resource, namespace), names in groups.items()
        ]
        for result in reads:
            found.update(result.result())
    return found


def _group(cluster: Cluster, resource: Resource, namespace: str, identities: list[Identity]) -> Live:
    if len(identities) == 1 or resource.kind == "Secret":
        return _each(cluster, resource, identities)
    page = cluster.get(resource.path(namespace), {"limit": str(PAGE_SIZE)})
    if page is None:
        return {}
    by_name = {identity.name: identity for identity in identities}
    found = _picked(page, resource, by_name)
    remaining = (page.get("metadata") or {}).get("remainingItemCount") or 0
    token = (page.get("metadata") or {}).get("continue")
    if token and remaining > PAGE_SIZE * FEW * len(by_name):
        missing = [identity for identity in identities if identity not in found]
        return {**found, **_each(cluster, resource, missing)}
    while token:
        page = cluster.request("GET", resource.path(namespace), query={"limit": str(PAGE_SIZE), "continue": token})
        found.update(_picked(page, resource, by_name))
        token = page["metadata"].get("continue")
    return found


def _each(cluster: Cluster, resource: Resource, identities: list[Identity]) -> Live:
    found: Live = {}
    for identity in identities:
        obj = cluster.get(resource.path(identity.namespace, identity.name))
        if obj is not None:
            found[identity] = obj
    return found


def _picked(page: Object, resource: Resource, by_name: dict[str, Identity]) -> Live:
    # The items of a list carry no apiVersion and kind of their own.
    return {
        by_name[item["metadata"]["name"]]: {"apiVersion": resource.api_version, "kind": resource.kind, **item}
        for item in page.get("items") or []
        if item["metadata"]["name"] in by_name
    }
