"""What a Gateway says about HTTPS."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._istio.https import HSTS, served

from .edges import cluster

PATH = "/apis/networking.istio.io/v1/namespaces/openfaas/gateways/openfaas-gateway"
HTTP = {"port": {"number": 80, "protocol": "HTTP"}}
TLS = {"mode": "SIMPLE", "credentialName": "s"}
HTTPS = {"port": {"number": 443, "protocol": "HTTPS"}, "tls": TLS}
NEWER = {**HTTPS, "tls": {**TLS, "minProtocolVersion": "TLSV1_3"}}


def gateway(*servers: dict[str, Any], **annotations: str) -> dict[str, Any]:
    """A Gateway with these servers."""
    return {"metadata": {"annotations": annotations}, "spec": {"servers": list(servers)}}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "HTTP alone": (gateway(HTTP), None),
    "a passed-through certificate": (gateway({"port": {"protocol": "TLS"}, "tls": {"mode": "PASSTHROUGH"}}), None),
    "HTTPS alone": (gateway(HTTPS), {"secret": "s", "min_version": None, "redirect": True, "hsts": ""}),
    "both": (gateway(HTTP, NEWER), {"secret": "s", "min_version": "1.3", "redirect": False, "hsts": ""}),
    "with HSTS": (
        gateway(NEWER, **{HSTS: "max-age=9"}),
        {"secret": "s", "min_version": "1.3", "redirect": True, "hsts": "max-age=9"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_served(case: str) -> None:
    """By the first server with a certificate from a Secret."""
    live, told = CASES[case]
    assert served(cluster({PATH: live}), "openfaas", "openfaas-gateway") == told


def test_a_gateway_that_is_not_there_serves_nothing() -> None:
    assert served(cluster({}), "openfaas", "openfaas-gateway") is None
