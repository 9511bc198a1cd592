"""The header that tells identities, as Envoy writes it."""

from __future__ import annotations

from ansible_collections.faas.mesh.plugins.module_utils._istio import identities

INGRESS = (
    'By=spiffe://td/ns/openfaas/sa/openfaas-controller;Hash=f17b;Subject="";'
    "URI=spiffe://td/ns/istio-system/sa/istio-ingressgateway-service-account"
)
GATEWAY = (
    "By=spiffe://td/ns/openfaas-fn/sa/default;Hash=88aa;"
    'Subject="CN=\\"a,b;c\\",O=x";URI=spiffe://td/ns/openfaas/sa/openfaas-controller'
)


def test_the_last_element_is_the_functions_own() -> None:
    element = identities.last_element(f"{INGRESS},{GATEWAY}")
    assert element["By"] == "spiffe://td/ns/openfaas-fn/sa/default"
    assert element["URI"] == "spiffe://td/ns/openfaas/sa/openfaas-controller"


def test_a_forged_element_before_does_not_count() -> None:
    assert identities.last_element(f"{identities.FORGED},{INGRESS}")["By"].startswith("spiffe://td/ns/openfaas/")


def test_the_header_is_found_in_an_environment() -> None:
    reply = f"HOSTNAME=env-1\nHttp_X_Forwarded_Client_Cert={GATEWAY}\nHttp_Path=/\n"
    assert identities.header_in(reply) == GATEWAY
    assert identities.header_in("HOSTNAME=env-1\n") is None


def test_a_service_account_comes_from_a_whole_identity() -> None:
    assert identities.service_account("spiffe://td/ns/openfaas-fn/sa/default") == "openfaas-fn/default"
    assert identities.service_account("spiffe://td/ns/openfaas-fn/sa/default/x") == ""
    assert identities.service_account("") == ""
