# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carrying out a plan: writes in bounded parallel, each repeated only after a look at what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from .._errors import MeshError, PassingFault
from .._retry import retried
from .function import Function, Key, Status
from .gateway import Absent, BeingDeleted, Gateway, NoRoom, NothingDone
from .plan import Change
from .removal import removed

# A function that is being deleted goes with its pods, which have 30 s to end.
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Outcome:
    """What became of a change. :param change: what was done. :param failure: why it was not, in one sentence."""

    change: Change
    failure: str | None = None


class Writer:
    """Makes changes at one gateway.

    :param concurrency: how many requests are under way at once.
    :param patience: seconds for which one function's fault is waited out. Once that was in vain for one, the others
        get one attempt each, so that a gateway that went away does not cost the time of every function.
    """

    def __init__(self, gateway: Gateway, concurrency: int = 8, patience: float = PATIENCE_SECONDS) -> None:
        self._gateway = gateway
        self._concurrency = concurrency
        self._patience = patience
        self._frees = False

    def carry_out(self, changes: Sequence[Change]) -> list[Outcome]:
        """The outcome of each change, in the same order; one function's failure leaves the others alone."""
        self._frees = any(change.verb == "deleted" for change in changes)
        with ThreadPoolExecutor(self._concurrency) as pool:
            # Removals begin first: they may make the room that others need.
            begun = {
                index: pool.submit(self._outcome, changes[index])
                for index in sorted(range(len(changes)), key=lambda index: changes[index].verb != "deleted")
            }
            return [begun[index].result() for index in range(len(changes))]

    def _outcome(self, change: Change) -> Outcome:
        if change.refusal:
            return Outcome(change, change.refusal)
        try:
            if change.verb == "deleted":
                return Outcome(change if self._delete(change.key) else replace(change, verb="unchanged"))
            if change.wanted is not None and change.verb != "unchanged":
                self._deploy(change.wanted, change.status)
        except PassingFault as fault:
            self._patience = 0.0
            return Outcome(change, str(fault))
        except MeshError as error:
            return Outcome(change, str(error))
        return Outcome(change)

    def _deploy(self, wanted: Function, before: Status | None) -> None:
        body = wanted.deployment()
        exists = before is not None
        repeated = outgoing = doubted = False

        def attempt() -> None:
            nonlocal exists, repeated, outgoing, doubted
            if repeated:
                status = self._status(wanted.key)
                # What is on its way out may look like ours, and must be gone before ours can come.
                exists = status is not None and not outgoing
                if exists and _landed(status, wanted, before):
                    return
            repeated, outgoing = True, False
            try:
                if exists:
                    self._gateway.update(body)
                else:
                    self._gateway.create(body)
            except Absent:
                # Somebody removed it since the plan was made.
                self._gateway.create(body)
            except BeingDeleted:
                outgoing = True
                raise
            except NoRoom as full:
                if self._frees:
                    # What this run removes counts until its pods have ended.
                    raise PassingFault(str(full)) from full
                raise
            except NothingDone as nothing:
                if _landed(self._status(wanted.key), wanted, before):
                    return
                if doubted:
                    raise
                # The provider hides a conflict with Kubernetes' own writes in this answer, soon after a POST above all.
                doubted = True
                raise PassingFault(str(nothing)) from nothing

        retried(attempt, self._gateway.clock, self._patience)

    def _delete(self, key: Key) -> bool:
        """Whether we removed it; False when somebody else did since the plan was made."""
        return removed(lambda: self._gateway.delete(key.name, key.namespace), self._gateway.clock, self._patience)

    def _status(self, key: Key) -> Status | None:
        document = self._gateway.function(key.name, key.namespace)
        return None if document is None else Status(document)


def _landed(status: Status | None, wanted: Function, before: Status | None) -> bool:
    """Whether a write got through.

    :param before: the function when the plan was made. Where it looked the same then (a restart, or a change that only
        the cluster shows), the provider's mark of a write has to be another one.
    """
    if status is None or not status.shows(wanted):
        return False
    return before is None or not before.shows(wanted) or status.uid != before.uid
