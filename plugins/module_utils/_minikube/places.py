# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where minikube keeps its files, and into which kubeconfig it writes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Places:
    """The two places.

    :param home: the folder with minikube's own, ``.minikube``, in it. :param environment: what tells minikube of those
        that are asked for.
    """

    home: Path
    kubeconfig: Path
    environment: Mapping[str, str]

    def profile(self, name: str) -> Path:
        """The folder of a profile (pkg/minikube/localpath of kubernetes/minikube)."""
        own = self.home if self.home.name == ".minikube" else self.home / ".minikube"
        return own / "profiles" / name

    @classmethod
    def of(cls, params: Mapping[str, Any], environ: Mapping[str, str]) -> Places:
        """By the module's options ``home`` and ``kubeconfig``, else by the environment, else the defaults."""
        home = params["home"] or environ.get("MINIKUBE_HOME") or "~"
        # Of a list of kubeconfigs, minikube writes to the first.
        first = environ.get("KUBECONFIG", "").split(os.pathsep)[0]
        kubeconfig = params["kubeconfig"] or first or "~/.kube/config"
        given = {"MINIKUBE_HOME": params["home"], "KUBECONFIG": params["kubeconfig"]}
        return cls(
            Path(home).expanduser(),
            Path(kubeconfig).expanduser(),
            {name: value for name, value in given.items() if value},
        )
