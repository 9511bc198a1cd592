# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the machine has, and whether that is enough for a cluster."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .._errors import MeshError
from .wanted import Wanted

# minikube's own, where nobody asks for a number (its flag --cpus).
DEFAULT_CPUS = 2
# The nodes of these drivers are containers, which have no disk of their own; or they are other machines.
WITHOUT_DISK = frozenset({"docker", "podman", "none", "ssh"})
ELSEWHERE = frozenset({"ssh"})


@dataclass(frozen=True)
class Machine:
    """The machine that a cluster would run on.

    :param memory: in MiB, None where the system does not tell. :param free_disk: below minikube's home, in MiB.
    """

    cpus: int
    memory: int | None
    free_disk: int

    @classmethod
    def here(cls, home: Path) -> Machine:
        """This machine. :param home: of minikube; it need not exist."""
        while not home.exists() and home != home.parent:
            home = home.parent
        try:
            memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
        except (ValueError, OSError):
            memory = None
        return cls(os.cpu_count() or 1, memory, shutil.disk_usage(home).free >> 20)

    def verify(self, wanted: Wanted, profile: str) -> None:
        """Make sure that a node has room. :raises MeshError: it has not; the message says what was found."""
        if wanted.driver in ELSEWHERE:
            return
        short = []
        cpus = wanted.cpus or DEFAULT_CPUS
        if self.cpus < cpus:
            short.append(f"{cpus} CPUs (it has {self.cpus})")
        if wanted.memory and self.memory is not None and self.memory < wanted.memory:
            short.append(f"{wanted.memory} MiB of memory (it has {self.memory})")
        if wanted.disk_size and wanted.driver not in WITHOUT_DISK and self.free_disk < wanted.disk_size:
            short.append(f"{wanted.disk_size} MiB of disk ({self.free_disk} are free)")
        if short:
            raise MeshError(
                f"This machine is too small for cluster {profile}, which asks for {' and '.join(short)}: ask for less."
            )
