# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who owns which field of a live object, as ``metadata.managedFields`` tells (Kubernetes' server-side apply)."""

from __future__ import annotations

import copy
import json
from typing import Any

from .connection import Object

Fields = dict[str, Any]
Path = tuple[str, ...]

# A path's parts are those of fieldsV1: "f:NAME" for a field, 'k:{"name":"x"}' for an entry of a keyed list.


def field_path(*names: str) -> Path:
    """The path of a field, by names."""
    return tuple(f"f:{name}" for name in names)


def entry_key(**keys: Any) -> str:
    """The part of a path that selects an entry of a keyed list."""
    return "k:" + json.dumps(keys, sort_keys=True, separators=(",", ":"))


def applied_fields(live: Object, manager: str) -> Fields:
    """The fields that ``manager`` owns by server-side apply; empty where it applied nothing."""
    for entry in live["metadata"].get("managedFields") or []:
        if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource"):
            return dict(entry.get("fieldsV1") or {})
    return {}


def owners(live: Object, path: Path) -> dict[str, str]:
    """The managers of one field, each with the time of its last write there (RFC 3339)."""
    return {
        entry.get("manager", "unknown"): entry.get("time", "")
        for entry in live["metadata"].get("managedFields") or []
        if holds(entry.get("fieldsV1") or {}, path)
    }


def holds(fields: Fields, path: Path) -> bool:
    """Whether a fieldsV1 tree names a field."""
    for part in path:
        if part not in fields:
            return False
        fields = fields[part]
    return True


def owned_values(live: Object, fields: Fields) -> Any:
    """The part of a live object that a fieldsV1 tree names, as plain data: the same for the same values."""
    return _values(live, fields) if fields else {}


def _values(value: Any, fields: Fields) -> Any:
    if not fields or not isinstance(value, (dict, list)):
        return value
    found: dict[str, Any] = {}
    for part, inner in fields.items():
        kind, __, key = part.partition(":")
        if kind == "f" and isinstance(value, dict):
            if key in value:
                found[part] = _values(value[key], inner)
        elif kind == "k" and isinstance(value, list):
            entry = _entry(value, json.loads(key))
            if entry is not None:
                found[part] = _values(entry, inner)
        elif kind == "v" and isinstance(value, list) and json.loads(key) in value:
            found[part] = True
    return found


def _entry(entries: list[Any], keys: Fields) -> Any:
    for entry in entries:
        if isinstance(entry, dict) and all(
            entry.get(name, _DEFAULTS.get(name)) == wanted for name, wanted in keys.items()
        ):
            return entry
    return None


_DEFAULTS = {"protocol": "TCP"}


def without(fields: Fields, paths: list[Path]) -> Fields:
    """A fieldsV1 tree without the given paths."""
    left = copy.deepcopy(fields)
    for path in paths:
        inner = left
        for part in path[:-1]:
            inner = inner.get(part, {})
        inner.pop(path[-1], None)
    return left


def handed_over(live: Object, former: frozenset[str], manager: str) -> list[Object] | None:
    """managedFields in which ``manager`` has taken the place of ``former`` managers, or None if there are none.

    It is what kubectl does when it moves from client-side to server-side apply: fields that only the former manager
    set then go away when the next apply no longer names them.
    """
    entries = live["metadata"].get("managedFields") or []
    taken = [entry for entry in entries if entry.get("manager") in former and not entry.get("subresource")]
    if not taken:
        return None
    merged: Fields = copy.deepcopy(applied_fields(live, manager))
    for entry in taken:
        _merge(merged, copy.deepcopy(entry.get("fieldsV1") or {}))
    annotations = merged.get("f:metadata", {}).get("f:annotations", {})
    annotations.pop("f:kubectl.kubernetes.io/last-applied-configuration", None)
    ours = {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": live["apiVersion"],
        "fieldsType": "FieldsV1",
        "fieldsV1": merged,
    }
    kept = [
        entry
        for entry in entries
        if entry not in taken
        and not (entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource"))
    ]
    return [*kept, ours]


def _merge(into: Fields, other: Fields) -> None:
    for part, inner in other.items():
        if part in into:
            _merge(into[part], inner)
        else:
            into[part] = inner


def without_values(obj: Object, fields: Fields, kept: list[Fields]) -> Object:
    """A copy of an object without the values that ``fields`` names and none of ``kept`` does."""
    left = copy.deepcopy(obj)
    _drop(left, fields, kept)
    return left


def _drop(value: Any, fields: Fields, kept: list[Fields]) -> None:
    for part, inner in fields.items():
        kind, __, key = part.partition(":")
        still = [tree[part] for tree in kept if part in tree]
        if kind == "f" and isinstance(value, dict) and key in value:
            # What nobody owns, such as a name or a default, stays.
            if inner.keys() - {"."}:
                _drop(value[key], inner, still)
            if not still and (not value[key] or not inner.keys() - {"."}):
                del value[key]
        elif kind == "k" and isinstance(value, list):
            entry = _entry(value, json.loads(key))
            if entry is not None and still:
                _drop(entry, inner, still)
            elif entry is not None:
                value.remove(entry)
        elif kind == "v" and isinstance(value, list) and not still and json.loads(key) in value:
            value.remove(json.loads(key))
