# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Local ports: to listen at one, or to say who has it already."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

from .._errors import MeshError

_LISTEN = "0A"


def listener(address: str, port: int) -> socket.socket:
    """A socket that listens. :raises MeshError: the port is taken, or not to be had at that address."""
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(found[4][:2], family=found[0], backlog=128)
    except socket.gaierror as error:
        raise MeshError(f"{address} is no address of this machine: give one that is, such as 127.0.0.1.") from error
    except OSError as error:
        raise MeshError(_why_not(address, port, error)) from error


def _why_not(address: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        holder = _holder(port)
        by = f"process {holder}" if holder else "another process"
        return f"Port {port} of {address} is held by {by}: choose another local port, or end that process."
    if error.errno == errno.EACCES:
        return f"This user may not listen at port {port} of {address}: choose a local port from 1024 on."
    return f"Nothing can listen at port {port} of {address} ({error.strerror}): give another address or port."


def _holder(port: int) -> str:
    """The number and name of the process that listens at a port; empty where this system does not tell (it is read from
    Linux' /proc, and of other users' processes only by root)."""
    inodes = {f"socket:[{inode}]" for table in ("tcp", "tcp6") for inode in _inodes(Path("/proc/net") / table, port)}
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        try:
            if any(os.readlink(link) in inodes for link in (process / "fd").iterdir()):
                return f"{process.name} ({(process / 'comm').read_text().strip()})"
        except OSError:  # it has ended, or is another user's
            continue
    return ""


def _inodes(table: Path, port: int) -> list[str]:
    """The sockets that listen at a port (Linux' proc_net_tcp.rst: address:port in hex, a state, tenth the inode)."""
    try:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
    except OSError:
        return []
    return [row[9] for row in rows if row[3] == _LISTEN and int(row[1].rpartition(":")[2], 16) == port]
