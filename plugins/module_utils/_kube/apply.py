# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The writing half of a run: what was planned is sent, in the order in which objects need each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from .._errors import MeshError, PassingFault
from .._progress import Tell
from .._retry import retried
from . import objects, plan
from .change import RECREATED, Change
from .connection import JSON_PATCH, ApiError, Cluster, Object
from .live import WORKERS, Live
from .objects import DEFINITIONS, NAMESPACES, STEPS, WORKLOADS
from .options import Options
from .ownership import handed_over
from .plan import Coming
from .waiting import Waiter

ADOPTION_TRIES = 5


@dataclass
class Writer:
    """Sends the changes of one plan.

    :param found: live objects as last seen, kept up to date. :param tell: is told each step as it begins.
    :param done: the changes that were written, in their order.
    """

    cluster: Cluster
    options: Options
    coming: Coming
    found: Live
    tell: Tell
    done: list[Change] = field(default_factory=list)

    def waiter(self) -> Waiter:
        """Waiting that begins now."""
        return Waiter(self.cluster, self.cluster.clock, self.cluster.clock.now() + self.options.timeout, self.tell)

    def apply(self, stages: Sequence[Sequence[Change]]) -> None:
        """Write the changes, stage after stage; each is up before the next begins.

        :raises MeshError: the server refuses an object, or one does not come up.
        """
        for number, stage in enumerate(stages, 1):
            waiter = self.waiter()
            self._stage(stage, waiter, f"stage {number} of {len(stages)}: " if len(stages) > 1 else "")
            if self.options.wait or number < len(stages):
                self._wait(stage, waiter)

    def delete(self, changes: Sequence[Change]) -> None:
        """Delete objects in the reverse order of their application, each step waited for."""
        for step in sorted({objects.step(change.identity) for change in changes}, reverse=True):
            todo = [change for change in changes if objects.step(change.identity) == step]
            self.tell(f"deleting {STEPS[step]} ({len(todo)})")
            waiter = self.waiter()
            left = [change for change, is_gone in zip(todo, self._all(self._delete, todo), strict=True) if not is_gone]
            self._gone(left, waiter)

    def _stage(self, stage: Sequence[Change], waiter: Waiter, prefix: str) -> None:
        steps = sorted({objects.step(change.identity) for change in stage})
        for number, step in enumerate(steps, 1):
            here = [change for change in stage if objects.step(change.identity) == step]
            todo = [change for change in here if change.writes]
            if todo:
                self.tell(f"{prefix}step {number} of {len(steps)}: {STEPS[step]} ({len(todo)} to write)")
                self._all(lambda change: self._write(change, waiter), todo)
            if step in (NAMESPACES, DEFINITIONS):
                self._wait(here, waiter)

    def _all(self, act: Callable[[Change], bool], changes: Sequence[Change]) -> list[bool]:
        """The answers of ``act`` for each change. All are tried; then the failures are told together."""
        with ThreadPoolExecutor(WORKERS) as pool:
            acts = [(change, pool.submit(act, change)) for change in changes]
        failures = []
        for change, future in acts:
            error = future.exception()
            if error is None:
                self.done.append(change)
            elif isinstance(error, MeshError):
                failures.append(error)
            else:
                raise error
        if len(failures) == 1:
            raise failures[0]
        if failures:
            raise MeshError(" ".join(dict.fromkeys(str(failure) for failure in failures)))
        return [future.result() for _change, future in acts]

    def _write(self, change: Change, waiter: Waiter) -> bool:
        resource, sent = change.resource, change.sent
        if resource is None or sent is None:
            return False
        if change.verb == RECREATED and not self._delete(change):
            self._gone([change], waiter)
        if change.managed_fields is not None:
            self._adopt(change)

        def once() -> Object:
            try:
                return plan.patch(self.cluster, sent, resource, self.options.field_manager, force=change.force)
            except ApiError as error:
                if self.coming.explains(error, change.identity):
                    raise PassingFault(str(error)) from error
                raise

        written = retried(once, self.cluster.clock, self.cluster.patience)
        change.after = {"apiVersion": resource.api_version, "kind": resource.kind, **written}
        self.found[change.identity] = change.after
        return True

    def _adopt(self, change: Change) -> None:
        """Give former managers' fields to ours, whatever its controller writes into the object meanwhile."""
        path = _path(change)
        for _try in range(ADOPTION_TRIES):
            live = self.cluster.get(path)
            fields = live and handed_over(live, self.options.adopted, self.options.field_manager)
            if not live or fields is None:
                return
            body: list[dict[str, Any]] = [
                {"op": "test", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
                {"op": "replace", "path": "/metadata/managedFields", "value": fields},
            ]
            try:
                query = {"fieldManager": self.options.field_manager}
                self.cluster.request("PATCH", path, query=query, body=body, content_type=JSON_PATCH)
            except ApiError as error:
                if error.status not in (409, 422):
                    raise
            else:
                return
        raise MeshError(f"{change.identity} cannot be taken over, since somebody keeps changing it: run again.")

    def _wait(self, changes: Iterable[Change], waiter: Waiter) -> None:
        waiter.until_ready([(change.identity, change.resource) for change in changes if change.resource], self.found)

    def _gone(self, changes: Iterable[Change], waiter: Waiter) -> None:
        waiter.until_gone(
            (change.identity, change.resource, change.before["metadata"]["uid"])
            for change in changes
            if change.resource and change.before
        )

    def _delete(self, change: Change) -> bool:
        """Delete one object; whether it is gone at once."""
        if change.before is None:
            return True
        body: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            # A workload is gone when its pods are, a Certificate when its open Challenge is.
            "propagationPolicy": "Foreground" if objects.step(change.identity) == WORKLOADS else "Background",
            # The uid keeps an object that somebody made anew under the same name in the meantime.
            "preconditions": {"uid": change.before["metadata"]["uid"]},
        }
        try:
            answer = self.cluster.request("DELETE", _path(change), body=body)
        except ApiError as error:
            if error.status not in (404, 409):
                raise
            return error.status == 404
        return answer.get("kind") == "Status"


def _path(change: Change) -> str:
    if change.resource is None:
        raise MeshError(f"{change.identity} has no address: the cluster does not serve its kind.")
    return change.resource.path(change.identity.namespace, change.identity.name)
