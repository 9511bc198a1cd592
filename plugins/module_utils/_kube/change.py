# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What becomes of one object: a line of the plan, and later of the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .connection import Object
from .discovery import Resource
from .drift import Drift
from .objects import Identity
from .ownership import Path
from .sets import Member

CREATED, UPDATED, RECREATED, DELETED = "created", "updated", "recreated", "deleted"
RELEASED, KEPT, UNCHANGED = "released", "kept", "unchanged"
WRITES = frozenset({CREATED, UPDATED, RECREATED, DELETED})


@dataclass
class Change:
    """What becomes of one object.

    :param verb: one of the constants above. :param before: the object as it is. :param after: as it would be.
    :param sent: the document to apply. :param force: whether fields of other managers are taken.
    :param managed_fields: as they become before the apply, where an object is adopted.
    :param drift: fields of ours that others hold. :param note: why, where the verb does not say it.
    :param member: what the set is to remember. :param shared: fields that are left out of its digests.
    """

    identity: Identity
    resource: Resource | None
    verb: str
    before: Object | None = None
    after: Object | None = None
    sent: Object | None = None
    force: bool = False
    managed_fields: list[Object] | None = None
    drift: list[Drift] = field(default_factory=list)
    note: str = ""
    member: Member | None = None
    shared: list[Path] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        """Whether something is sent to the cluster to be stored."""
        return self.verb in WRITES

    @property
    def makes(self) -> bool:
        """Whether there is a new object afterwards, with a uid of its own."""
        return self.verb in (CREATED, RECREATED)

    def as_result(self) -> dict[str, Any]:
        """The form in a module's result."""
        shown: dict[str, Any] = {
            "api_version": self.resource.api_version if self.resource else (self.sent or {}).get("apiVersion", ""),
            "kind": self.identity.kind,
            "namespace": self.identity.namespace,
            "name": self.identity.name,
            "verb": self.verb,
        }
        if self.drift:
            shown["drift"] = [drift.as_result() for drift in self.drift]
        if self.note:
            shown["note"] = self.note
        return shown
