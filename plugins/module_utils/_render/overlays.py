# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Overlays: additions to rendered objects that their chart has no value for."""

from __future__ import annotations

import copy
from typing import Any

from .._errors import MeshError

Object = dict[str, Any]


def overlaid(objects: list[Object], overlays: list[dict[str, Any]]) -> list[Object]:
    """The objects with each overlay merged in.

    :param overlays: mappings with ``kind``, ``name`` and ``patch``, a JSON merge patch (RFC 7386: a null removes).
    :raises MeshError: for an overlay that fits no object, which is most likely a mistyped name.
    """
    result = copy.deepcopy(objects)
    for overlay in overlays:
        fitting = [
            number
            for number, obj in enumerate(result)
            if (obj["kind"], obj["metadata"]["name"]) == (overlay["kind"], overlay["name"])
        ]
        if not fitting:
            raise MeshError(
                f"An overlay is for {overlay['kind']} {overlay['name']}, which is not among the objects: check kind "
                "and name."
            )
        for number in fitting:
            result[number] = merged(result[number], overlay["patch"])
    return result


def merged(target: Any, patch: Any) -> Any:
    """The result of a JSON merge patch, by the rules of RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result
