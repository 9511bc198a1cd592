# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Option specs of the modules that fetch tools, and what their options make."""

from __future__ import annotations

from functools import partial
from typing import Any

from ansible.module_utils.urls import open_url

from .._progress import teller
from .._retry import Clock
from .download import Downloads
from .release import TOOLS

AGENT = "faas.mesh"

DOWNLOADS: dict[str, Any] = {
    "ca_path": {"type": "path"},
    "timeout": {"type": "int", "default": 30},
}
TOOL: dict[str, Any] = {
    "name": {"type": "str", "choices": sorted(TOOLS), "required": True},
    "version": {"type": "str"},
    "base_url": {"type": "str"},
}


def downloads(params: dict[str, Any], clock: Clock) -> Downloads:
    """Downloads by the options of ``DOWNLOADS``."""
    # Bytes as they are: a compressed transfer would be cut off at another place than the file.
    opened = partial(open_url, timeout=params["timeout"], ca_path=params["ca_path"], http_agent=AGENT, decompress=False)
    return Downloads(opened, clock, params["timeout"], teller())
