# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of an apply: what happened to each object, and the differences as a user reads them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from .._libraries import required
from .change import DELETED, Change
from .connection import Object
from .drift import HIDDEN

NOISE = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass
class Report:
    """What a run did, or would do in check mode.

    :param changes: one for each object of the batch and each that the set gave up.
    :param bookkeeping: results for the set's own ConfigMaps and namespace. :param requests: counts by kind.
    """

    changes: list[Change] = field(default_factory=list)
    bookkeeping: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    requests: dict[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether anything is written."""
        return any(change.writes for change in self.changes) or bool(self.bookkeeping)

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The result of each object."""
        return [change.as_result() for change in self.changes] + self.bookkeeping

    @property
    def diff(self) -> list[dict[str, str]]:
        """One difference for each object that changes, in the form that Ansible prints."""
        return [difference(change) for change in self.changes if change.writes or change.drift]

    def as_result(self) -> dict[str, Any]:
        """The report as a module's result."""
        return {
            "changed": self.changed,
            "objects": self.objects,
            "diff": self.diff,
            "requests": self.requests,
            **({"warnings": self.warnings} if self.warnings else {}),
        }


def difference(change: Change) -> dict[str, str]:
    """One object before and after, as YAML, with the values of Secrets hidden and the server's noise left out."""
    before = None if change.before is None else _shown(change.before)
    after = None if change.verb == DELETED or change.after is None else _shown(change.after)
    if before is not None and after is not None:
        _hide(before, after)
    else:
        _hide(before or {}, {})
        _hide({}, after or {})
    return {
        "before": _text(before),
        "after": _text(after),
        "before_header": _header(change),
        "after_header": f"{change.identity} ({change.note or change.verb})",
    }


def _header(change: Change) -> str:
    if change.before is None:
        return f"{change.identity} (absent)"
    entries = change.before["metadata"].get("managedFields") or []
    last = max(entries, key=lambda entry: entry.get("time", ""), default=None)
    return f"{change.identity}" + (f" (last written by {last.get('manager')} at {last.get('time')})" if last else "")


def _shown(obj: Object) -> Object:
    shown = copy.deepcopy({name: value for name, value in obj.items() if name != "status"})
    for name in NOISE:
        shown["metadata"].pop(name, None)
    annotations = shown["metadata"].get("annotations")
    if annotations:
        annotations.pop(LAST_APPLIED, None)
    return shown


def _hide(before: Object, after: Object) -> None:
    for key in ("data", "stringData"):
        old, new = before.get(key) or {}, after.get(key) or {}
        if "Secret" in (before.get("kind"), after.get("kind")):
            for name in {*old, *new}:
                same = old.get(name) == new.get(name)
                if name in old:
                    old[name] = HIDDEN if same else "(hidden, before)"
                if name in new:
                    new[name] = HIDDEN if same else "(hidden, after)"


def _text(obj: Object | None) -> str:
    if obj is None:
        return ""
    yaml = required("yaml", "PyYAML")
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(obj, Dumper=dumper, sort_keys=True, default_flow_style=False))
