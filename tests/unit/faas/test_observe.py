"""Looking at functions in several namespaces, at a gateway that has them as OpenFaaS Pro does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from ansible_collections.faas.mesh.plugins.module_utils._faas import plan
from ansible_collections.faas.mesh.plugins.module_utils._faas.address import Address
from ansible_collections.faas.mesh.plugins.module_utils._faas.credentials import Credentials
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import Key
from ansible_collections.faas.mesh.plugins.module_utils._faas.gateway import Gateway
from ansible_collections.faas.mesh.plugins.module_utils._faas.observe import observe_all
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Answer
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock


@dataclass
class Several:
    """A gateway with functions of the owner ``us``, and of others, in three namespaces."""

    requests: list[str] = field(default_factory=list)

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        self.requests.append(target)
        asked = urlsplit(target)
        if asked.path == "/system/namespaces":
            return Answer(200, {}, b'["openfaas-fn", "staging", "theirs"]')
        namespace = parse_qs(asked.query).get("namespace", ["openfaas-fn"])[0]
        owner = "them" if namespace == "theirs" else "us"
        listed = [
            {"name": name, "namespace": namespace, "image": "a", "labels": {"faas.mesh/owner": owner}}
            for name in ("kept", "old")
        ]
        return Answer(200, {}, json.dumps(listed).encode())


def gateway(transport: Several) -> Gateway:
    proof = Credentials.basic("admin", "secret", "the test")
    return Gateway(Address.parse("https://faas.example.com"), transport, proof, SystemClock())


def test_what_a_namespace_holds_that_no_function_names_any_more_is_seen() -> None:
    transport = Several()
    seen = observe_all(gateway(transport), [Key("kept")], None)
    assert list(seen.statuses) == [Key("kept")]
    assert [change.key for change in plan.purges("us", seen.others)] == [
        Key("kept", "staging"),
        Key("old"),
        Key("old", "staging"),
    ]
    assert transport.requests == [
        "/system/functions",
        "/system/namespaces",
        "/system/functions?namespace=staging",
        "/system/functions?namespace=theirs",
    ]


def test_a_function_with_two_names_is_one() -> None:
    transport = Several()
    seen = observe_all(gateway(transport), [Key("kept"), Key("kept", "openfaas-fn"), Key("old", "staging")], "staging")
    assert [change.key for change in plan.purges("us", seen.others)] == [Key("kept", "staging"), Key("old")]
    assert len(transport.requests) == 5
