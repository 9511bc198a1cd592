# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Digests by which an unchanged object is known without asking the server."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from .connection import Object
from .ownership import Path, applied_fields, owned_values, without
from .shared_fields import without_shared


def digest(value: Any) -> str:
    """A short digest of plain data, the same for the same data."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def of_rendered(obj: Object, shared: list[Path]) -> str:
    """The digest of a document as it was rendered. None of a Secret: not even a digest of its data is kept."""
    return "" if obj["kind"] == "Secret" else digest(without_shared(obj, shared))


def of_live(live: Object, manager: str, shared: list[Path]) -> str:
    """The digest of the values of the fields that ``manager`` owns in a live object; none of a Secret."""
    if live["kind"] == "Secret":
        return ""
    return digest(owned_values(live, without(applied_fields(live, manager), shared)))


def secret_holds(live: Object, obj: Object, manager: str) -> bool:
    """Whether a live Secret has just what the document sets, compared in memory."""
    fields = applied_fields(live, manager)
    wanted = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind")}
    wanted["metadata"] = {key: value for key, value in obj["metadata"].items() if key not in ("name", "namespace")}
    return bool(_filled(_plain(owned_values(live, fields))) == _filled(wanted))


def _plain(owned: Any) -> Any:
    """What ``owned_values`` gives, with field names in place of paths."""
    if not isinstance(owned, dict):
        return owned
    return {part[2:]: _plain(inner) for part, inner in owned.items() if part.startswith("f:")}


def _filled(value: Any) -> Any:
    """Plain data without what is null or empty, as the server drops it."""
    if not isinstance(value, dict):
        return value
    filled = {key: _filled(inner) for key, inner in value.items()}
    return {key: inner for key, inner in filled.items() if inner not in (None, {})}
