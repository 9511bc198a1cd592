# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user asks for: the tools, as the options of the modules name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._errors import MeshError
from .address import secrets_of, shown, verify_address
from .checksum import Checksum
from .download import Downloads
from .pins import Pins, pinned, published
from .platform import Platform
from .release import CHECKSUM_SUFFIX, TOOLS, Tool, plain_version


@dataclass(frozen=True)
class Request:
    """One tool that is wanted.

    :param version: without a ``v``. :param base_url: of a mirror. :param file: the release as a file of this machine.
    :param sha256: of what is downloaded, or of that file.
    """

    tool: Tool
    version: str
    base_url: str | None = None
    file: Path | None = None
    sha256: str | None = None

    def url(self, platform: Platform) -> str:
        """The address of the release, of no use where there is a file."""
        return self.tool.url(self.version, platform, self.base_url)

    def origin(self, platform: Platform) -> str:
        """Where the release is from, fit to be shown."""
        return str(self.file) if self.file else shown(self.url(platform))

    def checksum(self, pins: Pins, platform: Platform, downloads: Downloads) -> Checksum:
        """The sum that the release has to have: the user's own, else the table's, else by the file beside it.

        :raises MeshError: there is none, or it cannot be read.
        """
        if self.sha256:
            return Checksum.parsed(self.sha256, f"the option sha256 of {self.tool.name}")
        found = pinned(pins, self.tool.name, self.version, platform)
        if found or not self.file:
            return found or published(downloads, self.url(platform))
        beside = Path(f"{self.file}{CHECKSUM_SUFFIX}")
        try:
            return Checksum.listed(beside.read_text(errors="replace"), self.file.name, str(beside))
        except OSError as error:
            raise MeshError(
                f"{self.file} cannot be checked: give its sha256, or put the publisher's checksum file at {beside} "
                f"({error.strerror})."
            ) from error


def tools_named(options: Iterable[Mapping[str, Any]]) -> list[Tool]:
    """The tools that the option ``tools`` names, each once."""
    return [TOOLS[name] for name in dict.fromkeys(given["name"] for given in options)]


def requests(options: Iterable[Mapping[str, Any]]) -> list[Request]:
    """The elements of the option ``tools``. :raises MeshError: one of them cannot be."""
    wanted: dict[str, Request] = {}
    for given in options:
        name = given["name"]
        if name in wanted:
            raise MeshError(f"The tool {name} is listed twice: name each of them once.")
        if given.get("base_url"):
            verify_address(given["base_url"], f"base_url of {name}")
        file = given.get("file")
        wanted[name] = Request(
            TOOLS[name],
            plain_version(name, given["version"]),
            given.get("base_url"),
            Path(file) if file else None,
            given.get("sha256"),
        )
    return list(wanted.values())


def secrets_in(options: Iterable[Mapping[str, Any]]) -> list[str]:
    """What of the option ``tools`` must not be shown: the logins in addresses of mirrors."""
    return [secret for given in options if given.get("base_url") for secret in secrets_of(given["base_url"])]
