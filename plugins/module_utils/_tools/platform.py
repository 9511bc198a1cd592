# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The operating system and architecture that a program is built for."""

from __future__ import annotations

import os
from dataclasses import dataclass

from .._errors import MeshError

SYSTEMS = {"linux": "linux", "darwin": "darwin"}
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True)
class Platform:
    """A platform by Go's names, which the publishers use.

    :param system: ``linux`` or ``darwin``. :param architecture: ``amd64`` or ``arm64``.
    """

    system: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.system}/{self.architecture}"

    @classmethod
    def of_uname(cls, sysname: str, machine: str) -> Platform:
        """The platform that ``uname -s`` and ``uname -m`` name.

        :raises MeshError: it is none that the tools are published for.
        """
        system, architecture = SYSTEMS.get(sysname.lower()), MACHINES.get(machine.lower())
        if system is None or architecture is None:
            raise MeshError(
                f"The tools are not published for {sysname} on {machine}: they run on Linux and macOS, amd64 and arm64."
            )
        return cls(system, architecture)

    @classmethod
    def of_this_machine(cls) -> Platform:
        """The platform of the machine that this runs on. Raises what ``of_uname`` raises."""
        uname = os.uname()
        return cls.of_uname(uname.sysname, uname.machine)


PLATFORMS = tuple(Platform(system, machine) for system in ("linux", "darwin") for machine in ("amd64", "arm64"))
