"""What the gateway says of itself, its logs, and the edges of its table of routes."""

from __future__ import annotations

import json

import pytest

from tests.contract.client import Client, eventually
from tests.contract.functions import Functions
from tests.gateway.testing import GatewayHandle


def test_namespaces(gateway: Client) -> None:
    assert gateway.call("GET", "/system/namespaces").json == ["openfaas-fn"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_namespace_of_its_own_is_not_for_the_community_edition(gateway: Client, method: str) -> None:
    assert gateway.call(method, "/system/namespace/other", {"name": "other"}).status == 501


def test_info_tells_the_edition(gateway: Client) -> None:
    info = gateway.call("GET", "/system/info").json
    assert info["provider"]["provider"] == "faas-netes-ce"
    assert info["provider"]["orchestration"] == "kubernetes"
    assert set(info["provider"]["version"]) >= {"release", "sha"}
    assert set(info["version"]) >= {"release", "sha"}
    assert info["arch"]


def test_logs_are_json_lines(gateway: Client, functions: Functions) -> None:
    name = functions.deploy()

    def messages() -> list[dict[str, str]]:
        reply = gateway.call("GET", f"/system/logs?name={name}&namespace=openfaas-fn&tail=1&follow=false")
        assert (reply.status, reply.headers["content-type"]) == (200, "application/x-ndjson")
        return [json.loads(line) for line in reply.text.splitlines()]

    (message,) = eventually(messages, "the function has written a line")
    assert (message["name"], message["namespace"]) == (name, "openfaas-fn")
    assert set(message) >= {"instance", "timestamp", "text"}
    other = gateway.call("GET", f"/system/logs?name={name}&instance=contract-none")
    assert (other.status, other.body) == (200, b"")
    later = gateway.call("GET", f"/system/logs?name={name}&since=2100-01-01T00:00:00Z&follow=false")
    assert (later.status, later.body) == (200, b"")


@pytest.mark.parametrize("query", ["", "name=env&tail=many", "name=env&follow=perhaps"])
def test_a_log_query_that_cannot_be_read(gateway: Client, query: str) -> None:
    reply = gateway.call("GET", f"/system/logs?{query}")
    # The provider says 422; a gateway that does not pass it on says 500 and names it.
    assert reply.status == 422 or (reply.status, "422" in reply.text) == (500, True)


@pytest.mark.stand_in
def test_a_provider_without_logs_is_501(gateway: Client, controls: GatewayHandle) -> None:
    controls.functions.has_logs = False
    assert gateway.call("GET", "/system/logs?name=env").status == 501


@pytest.mark.stand_in
def test_without_a_provider_health_is_502(gateway: Client, controls: GatewayHandle) -> None:
    controls.provider.up = False
    assert gateway.call("GET", "/healthz").status == 502
    assert gateway.call("GET", "/system/functions").status == 502


def test_the_root_leads_to_the_web_interface(gateway: Client) -> None:
    reply = gateway.call("GET", "/", authorization=None)
    assert (reply.status, reply.headers["location"]) == (307, "/ui/")


@pytest.mark.parametrize("path", ["/metrics", "/system/nothing"])
def test_other_paths_are_404(gateway: Client, path: str) -> None:
    reply = gateway.call("GET", path)
    assert (reply.status, reply.text) == (404, "404 page not found\n")


def test_other_methods_are_405(gateway: Client) -> None:
    assert gateway.call("PATCH", "/system/functions").status == 405
