"""Who may call what."""

from __future__ import annotations

import base64

import pytest

from tests.contract.client import Client

GUARDED = [
    ("GET", "/system/functions"),
    ("POST", "/system/functions"),
    ("PUT", "/system/functions"),
    ("DELETE", "/system/functions"),
    ("GET", "/system/function/env"),
    ("POST", "/system/scale-function/env"),
    ("GET", "/system/secrets"),
    ("POST", "/system/secrets"),
    ("PUT", "/system/secrets"),
    ("DELETE", "/system/secrets"),
    ("GET", "/system/namespaces"),
    ("GET", "/system/namespace/other"),
    ("POST", "/system/namespace/other"),
    ("PUT", "/system/namespace/other"),
    ("DELETE", "/system/namespace/other"),
    ("GET", "/system/info"),
    ("GET", "/system/logs?name=env"),
    ("GET", "/ui/"),
]
WRONG = "Basic " + base64.b64encode(b"admin:wrong").decode()


@pytest.mark.parametrize("authorization", [None, WRONG, "Bearer", "Basic not-base64"])
@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_system_asks_for_the_password(gateway: Client, method: str, path: str, authorization: str | None) -> None:
    reply = gateway.call(method, path, authorization=authorization)
    assert (reply.status, reply.text.strip()) == (401, "invalid credentials")
    assert reply.headers["www-authenticate"] == 'Basic realm="Restricted"'


def test_health_and_functions_are_open(gateway: Client) -> None:
    assert gateway.call("GET", "/healthz", authorization=None).status == 200
    assert gateway.call("GET", "/function/contract-none", authorization=None).status == 404
    assert gateway.call("POST", "/async-function/contract-none", authorization=None).status == 202
