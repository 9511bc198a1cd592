# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of modules that render a chart."""

from __future__ import annotations

from typing import Any

CHART: dict[str, Any] = {
    "ref": {"type": "str", "required": True},
    "repository": {"type": "str"},
    "version": {"type": "str"},
    "values": {"type": "dict", "default": {}},
    "sha256": {"type": "str"},
}
"""Where a chart comes from, and its values; the fields of ``helm.Chart`` that every module takes alike."""
