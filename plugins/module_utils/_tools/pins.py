# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sums of releases: by a table of tools, versions and platforms, or by the publisher's file beside a release."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from .._errors import MeshError
from .address import crosses_networks_readable, shown
from .checksum import Checksum
from .download import Downloads
from .platform import Platform
from .release import CHECKSUM_SUFFIX

Pins = Mapping[str, Any]


def pinned(pins: Pins, tool: str, version: str, platform: Platform) -> Checksum | None:
    """The table's sum of a release, None when it has none.

    :param pins: ``{tool: {version: {platform: {sha256: …, source: …}}}}``, with platforms such as ``linux/amd64``.
    :raises MeshError: the table has another form.
    """
    place = f"pins.{tool}.{version}.{platform}"
    found: Any = pins
    for key in (tool, version, str(platform)):
        if not isinstance(found, Mapping):
            raise MeshError(
                f"The table of checksums has another form than documented at {place}: a mapping is missing."
            )
        found = found.get(key)
        if found is None:
            return None
    if not isinstance(found, Mapping) or not isinstance(found.get("sha256"), str):
        raise MeshError(f"The table of checksums has another form than documented at {place}: sha256 is missing.")
    checksum = Checksum.parsed(found["sha256"], f"{place}.sha256")
    return Checksum(checksum.sha256, str(found.get("source") or place))


def published(downloads: Downloads, url: str) -> Checksum:
    """The sum of a file by the checksum file beside it.

    :param url: of the file itself. :raises MeshError: there is none, or whoever can change the file on its way here
        could change the sum as well.
    """
    address = url + CHECKSUM_SUFFIX
    if crosses_networks_readable(url):
        raise MeshError(
            f"{shown(address)} would be asked without TLS, where whoever can change the file can change its checksum "
            "too: give the sum, or an https:// address."
        )
    return Checksum.listed(downloads.text(address), PurePosixPath(urlsplit(url).path).name, shown(address))
