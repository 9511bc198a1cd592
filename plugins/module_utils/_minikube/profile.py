# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A minikube profile: what the cluster that it names is like."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import MeshError


@dataclass(frozen=True)
class Profile:
    """The settings with which a cluster was made.

    :param cpus: of each node. :param memory: of each node, in MiB. :param disk_size: of each node, in MiB.
    :param kubernetes_version: without a ``v``. :param nodes: how many. :param ip: of the control plane.
    """

    driver: str
    cpus: int
    memory: int
    disk_size: int
    kubernetes_version: str
    container_runtime: str
    nodes: int
    ip: str

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Profile:
        """An element of ``valid`` of ``minikube profile list -o json``. Another form raises KeyError or TypeError."""
        config = entry["Config"]
        kubernetes = config["KubernetesConfig"]
        nodes = config["Nodes"]
        return cls(
            driver=config["Driver"],
            cpus=config["CPUs"],
            memory=config["Memory"],
            disk_size=config["DiskSize"],
            kubernetes_version=kubernetes["KubernetesVersion"].removeprefix("v"),
            container_runtime=kubernetes["ContainerRuntime"],
            nodes=len(nodes),
            ip=next((node["IP"] for node in nodes if node.get("ControlPlane")), ""),
        )


@dataclass(frozen=True)
class Profiles:
    """What minikube knows. :param valid: by name. :param invalid: names of those whose files are damaged."""

    valid: Mapping[str, Profile]
    invalid: frozenset[str]

    @classmethod
    def from_json(cls, text: bytes) -> Profiles:
        """The output of ``minikube profile list -o json``. :raises MeshError: it has another form."""
        try:
            document = json.loads(text)
            valid = {entry["Name"]: Profile.from_json(entry) for entry in document["valid"] or []}
            return cls(valid, frozenset(entry["Name"] for entry in document["invalid"] or []))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MeshError(
                f"minikube lists its profiles in a form that is not known here ({error!r}): use minikube 1.39."
            ) from error


ABSENT, STOPPED, RUNNING, BROKEN = "absent", "stopped", "running", "broken"


@dataclass(frozen=True)
class Status:
    """How a cluster is. :param state: ``absent``, ``stopped``, ``running``, or ``broken``: neither of the two.

    :param configured: whether the kubeconfig leads to it.
    """

    state: str
    configured: bool

    @classmethod
    def from_json(cls, text: bytes) -> Status:
        """The output of ``minikube status -o json``: one object, or a list of one for each node.

        Where there is no cluster it is neither.
        """
        try:
            document = json.loads(text)
        except ValueError:
            return cls(ABSENT, False)
        nodes = document if isinstance(document, list) else [document]
        if not all(isinstance(node, dict) and "Host" in node for node in nodes):
            return cls(ABSENT, False)
        if all(node["Host"] == "Stopped" for node in nodes):
            return cls(STOPPED, False)
        parts = [node.get(part) for node in nodes for part in ("Host", "Kubelet", "APIServer")]
        # A worker's API server is "Irrelevant".
        running = all(part in ("Running", "Irrelevant") for part in parts)
        configured = all(node.get("Kubeconfig") in ("Configured", "Irrelevant") for node in nodes)
        return cls(RUNNING if running else BROKEN, configured)
