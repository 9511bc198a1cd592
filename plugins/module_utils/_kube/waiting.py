# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting until objects are up or gone, and telling why they are not."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .._errors import MeshError
from .._progress import Tell
from .._retry import Clock
from . import issuance, pods, ready
from .connection import Cluster, Object
from .discovery import Resource
from .live import WORKERS
from .objects import Identity

POLL_SECONDS = 0.5

Target = tuple[Identity, Resource]


@dataclass
class Waiter:
    """Waits for objects of one cluster, up to one common deadline.

    :param tell: is told what is waited for, and why, whenever that changes.
    """

    cluster: Cluster
    clock: Clock
    deadline: float
    tell: Tell
    _told: str = ""

    def until_ready(self, targets: Iterable[Target], known: dict[Identity, Object]) -> None:
        """Return when all targets are up.

        :param known: objects as last seen, so that nothing is read that is known to be up.
        :raises MeshError: with each object's reason, when the deadline passes or waiting is in vain.
        """
        waiting = [target for target in targets if not _is_ready(known.get(target[0]))]
        with ThreadPoolExecutor(WORKERS) as pool:
            while waiting:
                found = dict(zip(waiting, pool.map(self._read, waiting), strict=True))
                verdicts = {
                    target: ready.verdict(obj) if obj else ready.Verdict(False, "it is gone")
                    for target, obj in found.items()
                }
                waiting = [target for target in waiting if not verdicts[target].ready]
                if any(verdicts[target].final for target in waiting) or (waiting and self.clock.now() >= self.deadline):
                    raise MeshError(
                        " ".join(self._reason(target[0], found[target], verdicts[target]) for target in waiting)
                    )
                if waiting:
                    self._tell("waiting for", [f"{target[0]}: {verdicts[target].reason}" for target in waiting])
                    self.clock.sleep(POLL_SECONDS)

    def until_gone(self, targets: Iterable[tuple[Identity, Resource, str]]) -> None:
        """Return when the objects with these uids no longer exist.

        :raises MeshError: with what holds them (finalizers, or a namespace's own conditions), at the deadline.
        """
        waiting = list(targets)
        with ThreadPoolExecutor(WORKERS) as pool:
            while waiting:
                found = list(pool.map(self._read, [(identity, resource) for identity, resource, _uid in waiting]))
                left = [
                    (target, obj)
                    for target, obj in zip(waiting, found, strict=True)
                    if obj is not None and obj["metadata"]["uid"] == target[2]
                ]
                if left and self.clock.now() >= self.deadline:
                    raise MeshError(
                        " ".join(
                            f"{target[0]} is still being deleted: {_what_holds(obj)}." for target, obj in left[:10]
                        )
                    )
                waiting = [target for target, _obj in left]
                if waiting:
                    self._tell("waiting for the end of", [f"{target[0]}: {_what_holds(obj)}" for target, obj in left])
                    self.clock.sleep(POLL_SECONDS)

    def _tell(self, what: str, targets: list[str]) -> None:
        more = f"; and {len(targets) - 3} more" if len(targets) > 3 else ""
        line = f"{what} {'; '.join(targets[:3])}{more}"
        if line != self._told:
            self._told = line
            self.tell(line)

    def _read(self, target: Target) -> Object | None:
        identity, resource = target
        obj = self.cluster.get(resource.path(identity.namespace, identity.name))
        return obj if obj is None else {"apiVersion": resource.api_version, "kind": resource.kind, **obj}

    def _reason(self, identity: Identity, obj: Object | None, verdict: ready.Verdict) -> str:
        details = [*pods.reasons(self.cluster, obj), *issuance.reasons(self.cluster, obj)] if obj else []
        return f"{identity} is not ready: {verdict.reason}." + "".join(f" {detail.rstrip('.')}." for detail in details)


def _is_ready(obj: Object | None) -> bool:
    return obj is not None and ready.verdict(obj).ready


def _what_holds(obj: Object) -> str:
    conditions = (obj.get("status") or {}).get("conditions") or []
    said = [entry["message"] for entry in conditions if entry.get("status") == "True" and entry.get("message")]
    finalizers = obj["metadata"].get("finalizers") or []
    if finalizers:
        said.append(f"finalizers {', '.join(finalizers)} wait for their controller")
    return "; ".join(said) or "its objects go first"
