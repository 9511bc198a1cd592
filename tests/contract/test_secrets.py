"""Secrets for functions."""

from __future__ import annotations

import base64

import pytest

from tests.contract.client import Client

VALUE = "correct horse battery staple"


def _names(gateway: Client) -> dict[str, str]:
    reply = gateway.call("GET", "/system/secrets?namespace=openfaas-fn")
    assert reply.status == 200
    assert VALUE not in reply.text
    return {found["name"]: found["namespace"] for found in reply.json}


def test_a_secret_comes_changes_and_goes(gateway: Client, secret: str) -> None:
    document = {"name": secret, "value": VALUE}
    assert secret not in _names(gateway)
    assert gateway.call("POST", "/system/secrets", document).status == 202
    assert _names(gateway)[secret] == "openfaas-fn"
    assert gateway.call("POST", "/system/secrets", document).status == 409
    assert gateway.call("PUT", "/system/secrets", {**document, "namespace": "openfaas-fn"}).status == 202
    raw = {"name": secret, "rawValue": base64.b64encode(b"\x00\xff").decode()}
    assert gateway.call("PUT", "/system/secrets", raw).status == 202
    assert gateway.call("DELETE", "/system/secrets", {"name": secret}).status == 202
    assert secret not in _names(gateway)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_changing_none_is_404(gateway: Client, method: str) -> None:
    assert gateway.call(method, "/system/secrets", {"name": "contract-none", "value": VALUE}).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("namespace", ["", "elsewhere"])
def test_another_namespace_is_refused(gateway: Client, method: str, namespace: str) -> None:
    document = {"name": "contract-none", "value": VALUE, "namespace": namespace}
    assert gateway.call(method, "/system/secrets", document).status == 400


def test_list_of_another_namespace_is_refused(gateway: Client) -> None:
    assert gateway.call("GET", "/system/secrets?namespace=elsewhere").status == 400
