# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drift: fields of ours that another manager holds, told with manager, time and both values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .connection import ApiError, Object

HIDDEN = "(hidden)"


@dataclass(frozen=True)
class Drift:
    """One field in conflict.

    :param field: its path as the API server writes it. :param manager: who holds it.
    :param time: of that manager's last write (RFC 3339). :param theirs: the live value. :param ours: what we ask for.
    """

    field: str
    manager: str
    time: str
    theirs: Any
    ours: Any

    def __str__(self) -> str:
        since = f" at {self.time}" if self.time else ""
        field = self.field.lstrip(".")
        return f"{field} is {self.theirs!r} (set by {self.manager}{since}), asked for is {self.ours!r}"

    def as_result(self) -> dict[str, Any]:
        """The form in a module's result."""
        return {
            "field": self.field,
            "manager": self.manager,
            "time": self.time,
            "theirs": self.theirs,
            "ours": self.ours,
        }


def is_conflict(error: ApiError) -> bool:
    """Whether the server refused an apply because other managers hold fields of it."""
    return error.status == 409 and any(cause.get("reason") == "FieldManagerConflict" for cause in error.causes)


def drifts(error: ApiError, live: Object, sent: Object) -> list[Drift]:
    """The fields that a refused apply is about.

    The form of the causes is the API server's: the message starts with ``conflict with "MANAGER"``.
    """
    found = []
    secret = live["kind"] == "Secret"
    for cause in error.causes:
        said = cause.get("message", "")
        field = cause.get("field", "")
        hidden = secret and not field.startswith(".metadata")
        found.append(
            Drift(
                field,
                _named("conflict with", said) or "another manager",
                _time(live, said),
                HIDDEN if hidden else value_at(live, field),
                HIDDEN if hidden else value_at(sent, field),
            )
        )
    return found


def _named(what: str, said: str) -> str:
    match = re.search(rf'{what} "([^"]*)"', said)
    return match.group(1) if match else ""


def _time(live: Object, said: str) -> str:
    """When the manager that a cause is about wrote last; only of those that update does it name the API version."""
    manager = (
        _named("conflict with", said),
        _named("with subresource", said),
        "Update" if " using " in said else "Apply",
    )
    for entry in live["metadata"].get("managedFields") or []:
        if (entry.get("manager"), entry.get("subresource", ""), entry.get("operation")) == manager:
            return str(entry.get("time", ""))
    return ""


def value_at(obj: Any, field: str) -> Any:
    """The value at a path such as ``.spec.containers[name="x"].image``, or None."""
    if isinstance(obj, dict):
        # Keys of labels and annotations hold dots themselves: the longest key that fits is meant.
        for key in sorted(obj, key=len, reverse=True):
            if field == f".{key}":
                return obj[key]
            if field.startswith((f".{key}.", f".{key}[")):
                return value_at(obj[key], field[len(key) + 1 :])
        return None
    if isinstance(obj, list) and field.startswith("["):
        selector, __, rest = field[1:].partition("]")
        keys = dict(re.findall(r'(\w+)="?([^",]*)"?', selector))
        for entry in obj:
            if isinstance(entry, dict) and keys and all(str(entry.get(key)) == value for key, value in keys.items()):
                return value_at(entry, rest) if rest else entry
    return None
