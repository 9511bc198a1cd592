# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an OpenFaaS installation has to know of the mesh it is put into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._errors import MeshError
from .._libraries import required

DEFAULT_TRUST_DOMAIN = "cluster.local"


def config_path(namespace: str, revision: str = "") -> str:
    """The path of the ConfigMap in which istiod of ``revision`` (empty: the default one) keeps its mesh options."""
    return f"/api/v1/namespaces/{namespace}/configmaps/{'istio-' + revision if revision else 'istio'}"


def sidecars_path(namespace: str) -> str:
    """The path of the Sidecar objects of ``namespace``."""
    return f"/apis/networking.istio.io/v1/namespaces/{namespace}/sidecars"


def trust_domain(config: Mapping[str, Any]) -> str:
    """The first part of every SPIFFE identity, from the ConfigMap ``istio``; Istio's default is ``cluster.local``.

    :raises MeshError: the mesh options in the ConfigMap are not YAML.
    """
    yaml = required("yaml", "PyYAML")
    try:
        options = yaml.safe_load((config.get("data") or {}).get("mesh", "")) or {}
    except yaml.YAMLError as error:
        where = f"{config['metadata']['namespace']}/{config['metadata']['name']}"
        raise MeshError(f"The key mesh of ConfigMap {where} is not YAML: repair Istio's mesh options first.") from error
    return str(options.get("trustDomain") or DEFAULT_TRUST_DOMAIN)


def sidecars_selecting(sidecars: Iterable[Mapping[str, Any]], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """The Sidecar objects whose workloadSelector picks pods with ``labels``, with the field managers that wrote them.

    A Sidecar without a selector is a namespace's default and yields to one that has it, so it is left out.
    """
    return [
        {
            "namespace": sidecar["metadata"]["namespace"],
            "name": sidecar["metadata"]["name"],
            "managers": sorted({entry["manager"] for entry in sidecar["metadata"].get("managedFields") or []}),
        }
        for sidecar in sidecars
        if (wanted := ((sidecar.get("spec") or {}).get("workloadSelector") or {}).get("labels"))
        and wanted.items() <= labels.items()
    ]
