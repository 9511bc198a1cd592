# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one table of versions that go together. Preflight warns by it, and the README shows it."""

from __future__ import annotations

from dataclasses import dataclass

OPENFAAS_CHART = "15.0.6"


@dataclass(frozen=True)
class Kubernetes:
    """The Kubernetes 1.x minors, both ends included, that a release line says it supports."""

    first: int
    last: int

    def __contains__(self, minor: int) -> bool:
        return self.first <= minor <= self.last

    def __str__(self) -> str:
        return f"1.{self.first} to 1.{self.last}"


# What each project says it supports. Of Istio 1.31 its source gives the lower end; the upper one is what the lab runs.
ISTIO: dict[str, Kubernetes] = {"1.31": Kubernetes(32, 36), "1.30": Kubernetes(32, 36)}
CERT_MANAGER: dict[str, Kubernetes] = {"1.21": Kubernetes(33, 36)}


def minor_line(version: str) -> str:
    """The release line of a version: ``1.31`` of ``1.31.1`` or of ``v1.31.1-eks-1``."""
    return ".".join(version.removeprefix("v").split(".")[:2])


def untested_istio(istio: str, kubernetes: str) -> str | None:
    """A warning when these two versions are not known to go together, else None.

    :param istio: such as ``1.31.1``. :param kubernetes: the server's gitVersion, such as ``v1.36.3``.
    """
    line = minor_line(istio)
    supported = ISTIO.get(line)
    if supported is None:
        return f"Istio {istio} has not been tried with this collection, which knows {', '.join(sorted(ISTIO))}."
    if int(minor_line(kubernetes).partition(".")[2]) not in supported:
        return f"Istio {line} lists Kubernetes {supported}, and this cluster has {kubernetes}: the pair is untested."
    return None
