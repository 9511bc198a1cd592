# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tools, and where their publishers put each release: one table.

Where a publisher's layout is written down:

- minikube: the assets of https://github.com/kubernetes/minikube/releases
- kubectl: https://kubernetes.io/docs/tasks/tools/install-kubectl-linux/ and the page for macOS beside it
- istioctl: https://istio.io/downloadIstioctl, a script that istio/istio keeps as release/downloadIstioCtl.sh
- helm: the script scripts/get-helm-4 of helm/helm
- faas-cli: the script get.sh of openfaas/faas-cli

Each of them puts the checksum in a file beside, named the same with ``.sha256`` at its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .._errors import MeshError
from .platform import Platform

CHECKSUM_SUFFIX = ".sha256"
_VERSION = re.compile(r"v?(\d+\.\d+\.\d+(?:[-+.][0-9A-Za-z.-]+)?)")


@dataclass(frozen=True)
class Tool:
    """A program and how its publisher delivers it.

    :param name: of the program. :param base_url: what the addresses of all its releases begin with.
    :param path: the rest of the address, for a version and a platform.
    :param ask: arguments with which the program tells its version without looking for a cluster or a gateway.
    :param answer: finds the version in what it prints then.
    :param member: the program's path inside the archive, for one that comes in a ``.tar.gz``.
    """

    name: str
    base_url: str
    path: Callable[[str, Platform], str]
    ask: tuple[str, ...]
    answer: re.Pattern[str]
    member: Callable[[Platform], str] | None = None

    def url(self, version: str, platform: Platform, base_url: str | None = None) -> str:
        """The address of a release. :param base_url: of a mirror with the publisher's layout."""
        return f"{(base_url or self.base_url).rstrip('/')}/{self.path(version, platform)}"


def _istioctl(version: str, platform: Platform) -> str:
    system = {"darwin": "osx"}.get(platform.system, platform.system)
    return f"{version}/istioctl-{version}-{system}-{platform.architecture}.tar.gz"


def _faas_cli(version: str, platform: Platform) -> str:
    system = "" if platform.system == "linux" else f"-{platform.system}"
    architecture = "" if platform.architecture == "amd64" else f"-{platform.architecture}"
    return f"{version}/faas-cli{system}{architecture}"


TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            "minikube",
            "https://github.com/kubernetes/minikube/releases/download",
            lambda version, platform: f"v{version}/minikube-{platform.system}-{platform.architecture}",
            ("version", "--output", "json"),
            re.compile(r'"minikubeVersion":\s*"v?([^"]+)"'),
        ),
        Tool(
            "kubectl",
            "https://dl.k8s.io/release",
            lambda version, platform: f"v{version}/bin/{platform}/kubectl",
            ("version", "--client", "--output", "json"),
            re.compile(r'"gitVersion":\s*"v?([^"]+)"'),
        ),
        Tool(
            "istioctl",
            "https://github.com/istio/istio/releases/download",
            _istioctl,
            ("version", "--remote=false", "--output", "json"),
            re.compile(r'"version":\s*"([^"]+)"'),
            member=lambda _platform: "istioctl",
        ),
        Tool(
            "helm",
            "https://get.helm.sh",
            lambda version, platform: f"helm-v{version}-{platform.system}-{platform.architecture}.tar.gz",
            ("version", "--template", "{{.Version}}"),
            re.compile(r"^v([^+\s]+)"),
            member=lambda platform: f"{platform.system}-{platform.architecture}/helm",
        ),
        Tool(
            "faas-cli",
            "https://github.com/openfaas/faas-cli/releases/download",
            _faas_cli,
            ("version", "--short-version"),
            re.compile(r"^v?(\d\S*)"),
        ),
    )
}


def plain_version(tool: str, text: str | None) -> str:
    """A version without the ``v`` that some projects write before it.

    :raises MeshError: there is none, or the text is none; it would become a part of an address and of a path.
    """
    if not text:
        raise MeshError(f"The tool {tool} is listed without its version: give one, such as 1.31.1.")
    found = _VERSION.fullmatch(text)
    if found is None:
        raise MeshError(f"'{text}' is no version of {tool}: give all three numbers, such as 1.31.1.")
    return found[1]
