"""When Gateways and routes of the Gateway API are up, and why they are not yet."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._kube.ready import READY, verdict


def said(kind: str, status: str = "True", reason: str = "R", generation: int = 2, message: str = "m") -> dict[str, Any]:
    """A condition."""
    return {"type": kind, "status": status, "reason": reason, "message": message, "observedGeneration": generation}


def gateway(*conditions: dict[str, Any], listener: dict[str, Any] | None = None) -> dict[str, Any]:
    """A Gateway of the Gateway API."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"generation": 2},
        "spec": {},
        "status": {"conditions": list(conditions), "listeners": [{"conditions": [listener]}] if listener else []},
    }


def route(*parents: list[dict[str, Any]]) -> dict[str, Any]:
    """An HTTPRoute with one parent, and what its parents' controllers say."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"generation": 2},
        "spec": {"parentRefs": [{"name": "g"}]},
        "status": {"parents": [{"conditions": conditions} for conditions in parents]},
    }


UNSEEN = "its controller has not seen the change yet"
UP = said("Accepted"), said("Programmed")
LISTENING = said("ResolvedRefs")


def test_what_is_up() -> None:
    assert verdict(gateway(*UP, listener=LISTENING)) == READY
    assert verdict(route([said("Accepted"), said("ResolvedRefs")])) == READY
    # Calls get in at a node, or a forwarded port, while a load balancer is pending.
    pending = said("Programmed", "False", "AddressNotAssigned", message="Assigned to service(s) a:80, but failed to …")
    assert verdict(gateway(said("Accepted"), pending, listener=LISTENING)) == READY


def test_a_gateway_of_istio_has_no_status() -> None:
    assert verdict({"apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": {}, "spec": {}}) == READY


@pytest.mark.parametrize(
    ("obj", "reason"),
    [
        (gateway(said("Accepted", "Unknown", "Pending"), said("Programmed", "Unknown")), "Pending: m"),
        (gateway(said("Accepted", generation=1), said("Programmed")), UNSEEN),
        (gateway(said("Accepted"), said("Programmed", "False", "AddressNotUsable")), "AddressNotUsable: m"),
        # Nor is it up where no pod of the ingress is.
        (gateway(said("Accepted"), said("Programmed", "False", "AddressNotAssigned")), "AddressNotAssigned: m"),
        (gateway(*UP, listener=said("ResolvedRefs", "False", "InvalidCertificateRef")), "InvalidCertificateRef: m"),
        (route(), "its Gateway's controller has not seen it yet"),
        (route([said("Accepted", generation=1), said("ResolvedRefs")]), UNSEEN),
        (route([said("Accepted", "False", "NotAllowedByListeners"), said("ResolvedRefs")]), "NotAllowedByListeners: m"),
        (route([said("Accepted"), said("ResolvedRefs", "False", "BackendNotFound")]), "BackendNotFound: m"),
    ],
)
def test_why_it_is_not_up(obj: dict[str, Any], reason: str) -> None:
    found = verdict(obj)
    assert (found.ready, found.final, found.reason) == (False, False, reason)
