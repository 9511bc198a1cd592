# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A table of checksums, read from the publishers' own files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .download import Downloads
from .pins import published
from .platform import Platform
from .request import Request


def collected(downloads: Downloads, requests: Iterable[Request], platforms: Sequence[Platform]) -> dict[str, Any]:
    """The table that ``pins.pinned`` reads, for each tool on each platform.

    :raises MeshError: a checksum file cannot be had.
    """
    table: dict[str, Any] = {}
    for request in requests:
        rows = table.setdefault(request.tool.name, {}).setdefault(request.version, {})
        for platform in platforms:
            checksum = published(downloads, request.url(platform))
            rows[str(platform)] = {"sha256": checksum.sha256, "source": checksum.source}
    return table
