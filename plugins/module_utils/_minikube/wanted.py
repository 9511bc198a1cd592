# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cluster that is wanted, and in what an existing one differs from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._errors import MeshError
from .profile import Profile
from .size import mebibytes

_VERSION = re.compile(r"v?(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?)")


@dataclass(frozen=True)
class Difference:
    """A setting that is another one than wanted. :param in_place: whether a start of the same cluster changes it."""

    name: str
    has: Any
    asked: Any
    in_place: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.has} (asked for: {self.asked})"


@dataclass(frozen=True)
class Wanted:
    """A cluster as the user asks for it; None is whatever minikube makes, or has made.

    Sizes are in MiB. The version is without a ``v``.
    """

    driver: str
    kubernetes_version: str
    container_runtime: str
    nodes: int
    cpus: int | None = None
    memory: int | None = None
    disk_size: int | None = None
    addons: Sequence[str] = ()
    config: Mapping[str, str | None] = field(default_factory=dict)
    options: Sequence[str] = ()

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Wanted:
        """The options of the module. :raises MeshError: one of them cannot be."""
        if params["nodes"] < 1 or (params["cpus"] is not None and params["cpus"] < 1):
            raise MeshError("A cluster has at least one node, and each node one CPU: check nodes and cpus.")
        found = _VERSION.fullmatch(params["kubernetes_version"])
        if found is None:
            raise MeshError(
                f"'{params['kubernetes_version']}' is no version of Kubernetes: write it as 1.36.3 or 1.36."
            )
        return cls(
            driver=params["driver"],
            kubernetes_version=found[1],
            container_runtime=params["container_runtime"],
            nodes=params["nodes"],
            cpus=params["cpus"],
            memory=mebibytes(params["memory"], "memory") if params["memory"] else None,
            disk_size=mebibytes(params["disk_size"], "disk_size") if params["disk_size"] else None,
            addons=tuple(dict.fromkeys(params["addons"])),
            config={name: None if value is None else _text(value) for name, value in params["config"].items()},
            options=tuple(params["options"]),
        )

    def settings(self) -> dict[str, Any]:
        """What is asked of the cluster itself, by the names of ``Profile``."""
        asked = {
            "driver": self.driver,
            "cpus": self.cpus,
            "memory": self.memory,
            "disk_size": self.disk_size,
            "kubernetes_version": self.kubernetes_version,
            "container_runtime": self.container_runtime,
            "nodes": self.nodes,
        }
        return {name: value for name, value in asked.items() if value is not None}

    def differences(self, profile: Profile) -> list[Difference]:
        """What an existing cluster has otherwise. A version of two numbers is met by any patch of it."""
        found = []
        for name, asked in self.settings().items():
            has = getattr(profile, name)
            if name == "kubernetes_version":
                if has != asked and not has.startswith(f"{asked}."):
                    found.append(Difference(name, has, asked, in_place=_numbers(asked) > _numbers(has)))
            elif has != asked:
                found.append(Difference(name, has, asked))
        return found

    def arguments(self, *, new: bool, force: bool) -> list[str]:
        """The arguments of ``minikube start``. For an existing cluster sizes are left out: they would not change."""
        arguments = [
            f"--kubernetes-version=v{self.kubernetes_version}",
            f"--container-runtime={self.container_runtime}",
        ]
        if new:
            arguments += [f"--driver={self.driver}", f"--nodes={self.nodes}"]
            sizes = {"cpus": self.cpus, "memory": self.memory, "disk-size": self.disk_size}
            arguments += [f"--{name}={size}{'' if name == 'cpus' else 'mb'}" for name, size in sizes.items() if size]
        return [*arguments, *(["--force"] if force else []), *self.options]


def _text(value: Any) -> str:
    """A value as ``minikube config set`` takes it, and ``config view`` shows it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version.partition("-")[0])]
