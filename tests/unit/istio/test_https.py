"""What a Gateway says about HTTPS."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._istio.https import HSTS, GatewayName, served

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


LISTENER = {"protocol": "HTTPS", "port": 443, "tls": {"certificateRefs": [{"name": "s"}]}}
ISTIO = GatewayName("istio", "openfaas", "openfaas-gateway")
KUBERNETES = GatewayName("gateway", "istio-system", "openfaas-gateway")
OTHER_PATH = "/apis/gateway.networking.k8s.io/v1/namespaces/istio-system/gateways/openfaas-gateway"


@pytest.mark.parametrize("case", CASES)
def test_what_is_served(case: str) -> None:
    """By the first server with a certificate from a Secret."""
    live, told = CASES[case]
    assert served(cluster({PATH: live}), [ISTIO]) == told


def test_what_is_served_by_a_gateway_of_the_gateway_api() -> None:
    """By the first listener with a certificate; Istio takes no oldest version of TLS from there."""
    plain = {"protocol": "HTTP", "port": 80}
    live = {"metadata": {"annotations": {HSTS: "max-age=9"}}, "spec": {"listeners": [LISTENER]}}
    told = {"secret": "s", "min_version": None, "redirect": True, "hsts": "max-age=9"}
    assert served(cluster({OTHER_PATH: live}), [KUBERNETES]) == told
    both = {"metadata": {}, "spec": {"listeners": [plain, LISTENER]}}
    assert served(cluster({OTHER_PATH: both}), [KUBERNETES]) == {**told, "redirect": False, "hsts": ""}
    assert served(cluster({OTHER_PATH: {"metadata": {}, "spec": {"listeners": [plain]}}}), [KUBERNETES]) is None


def test_the_first_gateway_that_is_there_counts() -> None:
    """So HTTPS is known while the ingress goes over to the other API, and what that one left is not looked at."""
    left = {PATH: gateway(HTTPS)}
    assert served(cluster(left), [KUBERNETES, ISTIO]) == CASES["HTTPS alone"][1]
    plain = {"metadata": {}, "spec": {"listeners": [{"protocol": "HTTP", "port": 80}]}}
    assert served(cluster({**left, OTHER_PATH: plain}), [KUBERNETES, ISTIO]) is None


def test_a_gateway_that_is_not_there_serves_nothing() -> None:
    assert served(cluster({}), [ISTIO, KUBERNETES]) is None
    assert served(cluster({}), []) is None
