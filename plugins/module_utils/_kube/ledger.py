# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the memory of a set moves with a run, so that a run that is killed anywhere is finished by the next one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from . import digests
from .change import CREATED, DELETED, UPDATED, Change
from .connection import Object
from .discovery import Discovery, Resource
from .foreign import strangers
from .objects import Identity
from .sets import Members, Receipt, Sets, is_ours, part_name
from .waiting import Waiter

NAMESPACE = Resource("", "v1", "Namespace", "namespaces", namespaced=False)


@dataclass
class Ledger:
    """What a set held before a run, holds while the run writes, and holds after it.

    :param pending: old and new objects together; None where the old receipt covers the new objects too.
    :param after: None where the set is forgotten.
    :param home: what happens to the namespace of the sets: ``created``, ``deleted``, or empty.
    """

    sets: Sets
    before: Receipt
    pending: Receipt | None
    after: Receipt | None
    moves: bool
    home: str = ""

    @classmethod
    def of_apply(
        cls, sets: Sets, before: Receipt, known: Members, changes: list[Change], kept: Members, *, writes: bool
    ) -> Ledger:
        """The memory of a set that is applied.

        :param known: the members of ``before`` and those that the set takes over from another installer.
        :param kept: members that are neither in the batch nor given up. :param writes: whether any object is written.
        """
        after = Receipt(before.name, {**kept, **{c.identity: c.member for c in changes if c.member}}, before.parts)
        # A new object has a uid that only the next receipt will know: until then it is ours whatever its uid.
        new = {change.identity for change in changes if change.makes} | (after.members.keys() - before.members.keys())
        pending = Receipt(before.name, {**after.members, **known}, before.parts)
        pending.members.update({identity: after.members[identity].pending() for identity in new})
        covered = not new and known.keys() <= before.members.keys()
        ledger = cls(sets, before, None if covered else pending, after, writes or after.members != before.members)
        if ledger.moves and not sets.receipts:
            live = sets.home()
            ledger.home = CREATED if live is None or _is_dying(live) else ""
        return ledger

    @classmethod
    def of_removal(
        cls,
        sets: Sets,
        before: Receipt,
        kept: Members,
        going: set[Identity],
        discovery: Discovery,
        warnings: list[str],
    ) -> Ledger:
        """The memory of a set that is removed, but for what has to be kept.

        The namespace of the sets goes with the last one, if we made it and nobody else uses it.
        :param going: what is deleted anyway, with the ConfigMaps of the set.
        """
        after = Receipt(before.name, kept, before.parts) if kept else None
        ledger = cls(sets, before, None, after, before.parts > 0 and (after is None or kept != before.members))
        if after is None and sets.receipts.keys() <= {before.name}:
            live = sets.home()
            if live is not None and is_ours(live) and not _is_dying(live):
                others = strangers(sets.cluster, discovery, sets.namespace, frozenset(going))
                if others:
                    warnings.append(kept_for(sets.namespace, others))
                else:
                    ledger.home = DELETED
        return ledger

    def as_results(self) -> list[dict[str, Any]]:
        """The results for the set's own ConfigMaps and their namespace."""
        namespace = self.sets.namespace
        if not self.moves and not self.home:
            return []
        stored = len(self.after.documents(namespace)) if self.after else 0
        most = max(stored, self.before.parts, len(self.pending.documents(namespace)) if self.pending else 0)
        results = [
            _result("ConfigMap", namespace, part_name(self.before.name, part), verb)
            for part in range(most)
            for verb in [DELETED if part >= stored else UPDATED if part < self.before.parts else CREATED]
        ]
        return results + ([_result("Namespace", "", namespace, self.home)] if self.home else [])

    def open(self, waiter: Waiter) -> None:
        """Store what is needed before the first object is written."""
        if self.home == CREATED:
            # One that the removal of the last set left behind may be on its way out still.
            self._until_home_is_gone(waiter)
            self.sets.make_home()
        if self.pending is not None:
            self.sets.write(self.pending)

    def close(self, changes: Iterable[Change], manager: str, waiter: Waiter) -> None:
        """Store what the set holds in the end.

        :param changes: with the objects as they were written.
        """
        if self.moves and self.after is not None:
            self.after.members.update(_as_written(changes, manager))
            self.after.parts = self.sets.receipt(self.before.name).parts
            self.sets.write(self.after)
        elif self.moves:
            self.sets.forget(self.before)
        if self.home == DELETED:
            self.sets.delete_home()
            self._until_home_is_gone(waiter)

    def _until_home_is_gone(self, waiter: Waiter) -> None:
        live = self.sets.home()
        if live is not None:
            identity = Identity("", "Namespace", "", self.sets.namespace)
            waiter.until_gone([(identity, NAMESPACE, live["metadata"]["uid"])])


def _as_written(changes: Iterable[Change], manager: str) -> Members:
    return {
        change.identity: change.member.with_live(
            change.after["metadata"]["uid"], digests.of_live(change.after, manager, change.shared)
        )
        for change in changes
        if change.writes and change.member is not None and change.after is not None
    }


def kept_for(namespace: str, others: list[Identity]) -> str:
    """The sentence that says why a namespace stays."""
    more = f" and {len(others) - 10} more" if len(others) > 10 else ""
    named = ", ".join(str(other) for other in others[:10])
    return f"Namespace {namespace} is kept, since it holds objects of others: {named}{more}."


def _is_dying(obj: Object) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def _result(kind: str, namespace: str, name: str, verb: str) -> dict[str, Any]:
    return {"api_version": "v1", "kind": kind, "namespace": namespace, "name": name, "verb": verb}
