# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looking at the functions that a gateway has, with as few requests as will do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .._errors import PassingFault
from .function import Key, Status
from .gateway import Gateway

READERS = 8


@dataclass
class Observation:
    """What a gateway showed. :param statuses: functions that exist. :param warnings: what was wrong on the way."""

    statuses: dict[Key, Status] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def observe(gateway: Gateway, keys: Collection[Key]) -> Observation:
    """The functions named by ``keys`` as they are now: one request for each namespace.

    Where the list cannot be had (with Prometheus away the gateway breaks off that answer alone), each function is
    asked for, and a warning says so.

    :raises MeshError: the gateway cannot be reached, or refuses.
    """
    seen = Observation()
    by_namespace: dict[str | None, list[Key]] = defaultdict(list)
    for key in keys:
        by_namespace[key.namespace].append(key)
    for namespace, wanted in by_namespace.items():
        # The list alone says that a namespace is not served, so a single function is asked for only in the default one.
        if len(wanted) == 1 and namespace is None:
            seen.statuses.update(_one_by_one(gateway, wanted))
            continue
        try:
            listed = gateway.functions(namespace)
        except PassingFault as fault:
            # Each function first: where the gateway is not there at all, that is the error to show.
            seen.statuses.update(_one_by_one(gateway, wanted))
            seen.warnings.append(
                f"The list of functions could not be had, so each was asked for ({fault}). An OpenFaaS gateway breaks "
                "off that answer while it cannot reach its Prometheus: check that pod."
            )
            continue
        found = {document.get("name"): Status(document) for document in listed}
        seen.statuses.update({key: found[key.name] for key in wanted if key.name in found})
    return seen


def _one_by_one(gateway: Gateway, keys: list[Key]) -> dict[Key, Status]:
    def status(key: Key) -> Status | None:
        document = gateway.function(key.name, key.namespace)
        return None if document is None else Status(document)

    with ThreadPoolExecutor(READERS) as pool:
        return {key: found for key, found in zip(keys, pool.map(status, keys), strict=True) if found is not None}
