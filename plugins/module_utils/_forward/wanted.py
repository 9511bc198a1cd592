# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is forwarded to where, as the user asks for it and as it is kept in a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .._errors import MeshError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SERVICE, DEPLOYMENT, POD = "service", "deployment", "pod"
# As messages name them.
KINDS = {SERVICE: "Service", DEPLOYMENT: "Deployment", POD: "pod"}


@dataclass(frozen=True)
class Ports:
    """A port of this machine, and the one of the target to which it leads."""

    local: int
    remote: int


@dataclass(frozen=True)
class Forward:
    """A port-forward.

    :param kind: one of ``KINDS``. :param target: its name. :param address: of this machine, to listen at.
    """

    kind: str
    namespace: str
    target: str
    address: str
    ports: tuple[Ports, ...]

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Forward:
        """By the module's options. :raises MeshError: a port is missing, is none, or is there twice."""
        kind = next(kind for kind in KINDS if params[kind])
        ports = tuple(Ports(entry["local"], entry["remote"]) for entry in params["ports"])
        if not ports:
            raise MeshError("Option ports is empty: give at least one port, with local and remote.")
        for port in (number for pair in ports for number in (pair.local, pair.remote)):
            if not 0 < port < 65536:
                raise MeshError(f"Option ports has {port}, which is no port: give a number from 1 to 65535.")
        locals_ = [pair.local for pair in ports]
        for port in locals_:
            if locals_.count(port) > 1:
                raise MeshError(f"Option ports has the local port {port} twice: give each forward one of its own.")
        ports = tuple(sorted(ports, key=lambda pair: pair.local))
        return cls(kind, params["namespace"], params[kind], params["address"], ports)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Forward:
        """From what ``as_data`` gave."""
        return cls(**{**data, "ports": tuple(Ports(**pair) for pair in data["ports"])})

    def as_data(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "ports": [asdict(pair) for pair in self.ports]}

    def __str__(self) -> str:
        return f"{KINDS[self.kind]} {self.namespace}/{self.target}"


def verified_name(name: str) -> str:
    """The name of a forward. :raises MeshError: it cannot be the name of a file."""
    if not _NAME.fullmatch(name):
        raise MeshError(f"The forward's name {name!r} cannot name a file: use letters, digits, dots, dashes and _.")
    return name
