# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looking at the functions that a gateway has, with as few requests as will do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from .._errors import PassingFault
from .._kube.connection import Cluster
from .function import DEFAULT_NAMESPACE, Key, Status
from .gateway import Gateway
from .workload import workloads

READERS = 8


@dataclass
class Observation:
    """What a gateway showed.

    :param statuses: the functions asked for that exist. :param others: those not asked for, where all were looked at.
    :param warnings: what was wrong on the way.
    :param whole: whether all functions of a namespace were seen, None where only those asked for were looked at.
    """

    statuses: dict[Key, Status] = field(default_factory=dict)
    others: dict[Key, Status] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    whole: bool | None = None

    @property
    def count(self) -> int:
        """How many functions were seen; with the default namespace and without, one has two names."""
        both = (*self.statuses.items(), *self.others.items())
        return len({(key.name, status.namespace) for key, status in both})


def observe(gateway: Gateway, keys: Collection[Key]) -> Observation:
    """The functions named by ``keys`` as they are now: one request for each namespace.

    Where the list cannot be had (with Prometheus away the gateway breaks off that answer alone), each function is
    asked for, and a warning says so.

    :raises MeshError: the gateway cannot be reached, or refuses.
    """
    seen = Observation()
    for namespace, wanted in _by_namespace(keys).items():
        # The list alone says that a namespace is not served, so a single function is asked for only in the default one.
        if len(wanted) == 1 and namespace is None:
            seen.statuses.update(_one_by_one(gateway, wanted))
        else:
            _list(gateway, namespace, wanted, seen)
    return seen


def observe_all(gateway: Gateway, keys: Collection[Key], namespace: str | None) -> Observation:
    """As ``observe``, and beside them every other function in every namespace: one request more.

    :param namespace: that of functions which name none, None for the gateway's own.
    """
    seen = Observation()
    by_namespace = _by_namespace(keys) or {namespace: []}
    for asked, wanted in by_namespace.items():
        _list(gateway, asked, wanted, seen)
    looked_at = {status.namespace for status in (*seen.statuses.values(), *seen.others.values())}
    looked_at |= {asked or DEFAULT_NAMESPACE for asked in by_namespace}
    for further in gateway.namespaces():
        if further not in looked_at:
            _list(gateway, further, [], seen)
    # With the default namespace and without, one function has two names.
    told = {(key.name, status.namespace) for key, status in seen.statuses.items()}
    for key, status in list(seen.others.items()):
        if (key.name, status.namespace) in told:
            del seen.others[key]
        told.add((key.name, status.namespace))
    return seen


def look_behind(cluster: Cluster, seen: Observation) -> None:
    """Add the Deployments behind the functions seen: one request to the cluster for each namespace.

    A function whose Deployment is on its way out, which the gateway does not tell, is no longer there.
    """
    for namespace in sorted({status.namespace for status in seen.statuses.values()}):
        found = workloads(cluster, namespace)
        if found is None:
            seen.warnings.append(
                f"The Deployments in namespace {namespace} may not be listed, so a change of env, constraints or "
                "readonly_root_filesystem that went past OpenFaaS is not seen: grant list of deployments."
            )
            continue
        for key, status in list(seen.statuses.items()):
            if status.namespace != namespace:
                continue
            behind = found.get(key.name)
            if behind and behind.is_ending:
                del seen.statuses[key]
            else:
                seen.statuses[key] = replace(status, workload=behind)


def _by_namespace(keys: Collection[Key]) -> dict[str | None, list[Key]]:
    by_namespace: dict[str | None, list[Key]] = defaultdict(list)
    for key in keys:
        by_namespace[key.namespace].append(key)
    return dict(by_namespace)


def _list(gateway: Gateway, namespace: str | None, wanted: list[Key], seen: Observation) -> None:
    try:
        listed = gateway.functions(namespace)
    except PassingFault as fault:
        # Each function first: where the gateway is not there at all, that is the error to show.
        seen.whole = False
        seen.statuses.update(_one_by_one(gateway, wanted))
        seen.warnings.append(
            f"The list of functions could not be had, so each was asked for, and no other was seen ({fault}). An "
            "OpenFaaS gateway breaks off that answer while it cannot reach its Prometheus: check that pod."
        )
        return
    seen.whole = True
    found = {Key(str(document.get("name")), namespace): Status(document) for document in listed}
    seen.statuses.update({key: found.pop(key) for key in wanted if key in found})
    seen.others.update(found)


def _one_by_one(gateway: Gateway, keys: list[Key]) -> dict[Key, Status]:
    def status(key: Key) -> Status | None:
        document = gateway.function(key.name, key.namespace)
        return None if document is None else Status(document)

    with ThreadPoolExecutor(READERS) as pool:
        return {key: found for key, found in zip(keys, pool.map(status, keys), strict=True) if found is not None}
