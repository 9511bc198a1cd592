"""The trust domain, and who else configures the gateway's proxies."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._faas import mesh


def config(text: str) -> dict[str, Any]:
    return {"metadata": {"namespace": "istio-system", "name": "istio"}, "data": {"mesh": text}}


def sidecar(name: str, labels: dict[str, str] | None, *managers: str) -> dict[str, Any]:
    return {
        "metadata": {
            "namespace": "openfaas",
            "name": name,
            "managedFields": [{"manager": manager} for manager in managers],
        },
        "spec": {} if labels is None else {"workloadSelector": {"labels": labels}},
    }


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("trustDomain: example.com", "example.com"),
        ("rootNamespace: istio-system", "cluster.local"),
        ("", "cluster.local"),
    ],
)
def test_the_trust_domain_is_the_meshs_own(text: str, domain: str) -> None:
    assert mesh.trust_domain(config(text)) == domain


def test_broken_mesh_options_are_named() -> None:
    with pytest.raises(MeshError, match="mesh of ConfigMap istio-system/istio is not YAML"):
        mesh.trust_domain(config("trustDomain: ["))


def test_a_revision_has_its_own_config() -> None:
    assert mesh.config_path("istio-system", "canary").endswith("/namespaces/istio-system/configmaps/istio-canary")
    assert mesh.config_path("istio-system").endswith("/configmaps/istio")


def test_only_selectors_that_fit_count_and_a_namespace_default_does_not() -> None:
    found = mesh.sidecars_selecting(
        [
            sidecar("default", None, "kubectl"),
            sidecar("gateway", {"app": "gateway"}, "faas.mesh", "faas.mesh"),
            sidecar("narrower", {"app": "gateway", "tier": "blue"}, "helm"),
            sidecar("other", {"app": "nats"}, "helm"),
        ],
        {"app": "gateway"},
    )
    assert found == [{"namespace": "openfaas", "name": "gateway", "managers": ["faas.mesh"]}]
