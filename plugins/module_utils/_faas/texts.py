# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values that become text in the end: of environment variables, labels and annotations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._errors import MeshError


def texts(given: Mapping[str, Any] | None, what: str) -> dict[str, str]:
    """The values as the text that YAML and JSON write for them, since every one of them becomes text in the end."""
    found = {}
    for key, value in (given or {}).items():
        if isinstance(value, dict | list):
            raise MeshError(f"{what}: the value of '{key}' must be text, a number or a truth value.")
        found[str(key)] = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return dict(sorted(found.items()))
