"""What the gateway asks of its provider, and makes of the answer."""

from __future__ import annotations

import json

import pytest

from tests.gateway.credentials import Credentials
from tests.gateway.gateway import Gateway
from tests.gateway.message import Headers, Request, Response, document, empty
from tests.gateway.metrics import Metrics

KNOWN = Credentials("admin", "not-a-real-password")
FLAT = {"provider": "faas-netes-ce", "orchestration": "kubernetes", "version": {"release": "0.18.17", "sha": "abc"}}


class Recorder:
    """A provider that answers as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return document(FLAT) if request.path == "/system/info" else empty(202)


@pytest.fixture
def provider() -> Recorder:
    return Recorder()


def ask(provider: Recorder, method: str, path: str, body: bytes = b"") -> Response:
    """A request of somebody who knows the password."""
    gateway = Gateway(provider, credentials=KNOWN, metrics=Metrics(), counts=dict)
    return gateway(Request(method, path, "", Headers([("Authorization", KNOWN.header)]), body))


@pytest.mark.parametrize(("asked", "told"), [(9, 5), (5, 5), (0, 1)])
def test_the_provider_hears_a_number_that_the_edition_has(provider: Recorder, asked: int, told: int) -> None:
    body = json.dumps({"serviceName": "env", "replicas": asked}).encode()
    assert ask(provider, "POST", "/system/scale-function/env", body).status == 202
    (request,) = provider.requests
    assert json.loads(request.body) == {"serviceName": "env", "replicas": told}
    assert request.headers.get("Authorization") == KNOWN.header


def test_what_the_provider_says_of_itself_stands_beside_the_gateways_own(provider: Recorder) -> None:
    told = json.loads(ask(provider, "GET", "/system/info").body)
    assert told["provider"] == FLAT
    assert set(told["version"]) == {"commit_message", "sha", "release"}
    assert told["arch"] == "x86_64"
