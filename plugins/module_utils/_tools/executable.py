# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a program's first bytes say about the platform that it is built for."""

from __future__ import annotations

import struct
from pathlib import Path

from .._errors import MeshError
from .platform import Platform

# System V ABI, ELF header: e_machine; and <mach/machine.h>: cputype of a 64-bit Mach-O.
ELF_MACHINES = {0x3E: "amd64", 0xB7: "arm64"}
MACH_O_CPUS = {0x01000007: "amd64", 0x0100000C: "arm64"}
HEADER_BYTES = 20


def verify_platform(path: Path, platform: Platform, what: str) -> None:
    """Make sure that a file is a program for ``platform``; a script has none, and runs anywhere.

    :param what: names the file to the user. :raises MeshError: it is for another platform, or is no program.
    """
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
    if header.startswith(b"#!") or (header.startswith(b"\xca\xfe\xba\xbe") and platform.system == "darwin"):
        return
    found = _platform(header)
    if found is None:
        raise MeshError(f"{what} is no program: check what the address really serves.")
    if found != str(platform):
        raise MeshError(f"{what} is built for {found}, and this machine is {platform}: it was not run.")


def _platform(header: bytes) -> str | None:
    if len(header) == HEADER_BYTES and header.startswith(b"\x7fELF"):
        machine: int = struct.unpack_from("<H" if header[5] == 1 else ">H", header, 18)[0]
        return f"linux/{ELF_MACHINES.get(machine, f'machine {machine:#x}')}"
    if len(header) == HEADER_BYTES and header.startswith(b"\xcf\xfa\xed\xfe"):
        cpu: int = struct.unpack_from("<I", header, 4)[0]
        return f"darwin/{MACH_O_CPUS.get(cpu, f'cpu {cpu:#x}')}"
    return None
