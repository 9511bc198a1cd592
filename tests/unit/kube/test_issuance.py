"""Why a Certificate is not issued: by its own conditions, and by what it made."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._kube.issuance import reasons
from ansible_collections.faas.mesh.plugins.module_utils._kube.ready import verdict
from tests.unit.istio.edges import cluster, listed

REQUESTS = "/apis/cert-manager.io/v1/namespaces/n/certificaterequests"
ORDERS = "/apis/acme.cert-manager.io/v1/namespaces/n/orders"
CHALLENGES = "/apis/acme.cert-manager.io/v1/namespaces/n/challenges"


def obj(kind: str, name: str, owner: str = "", created: int = 1, **more: Any) -> dict[str, Any]:
    """A live object of cert-manager, whose uid is its name."""
    metadata = {
        "name": name,
        "namespace": "n",
        "uid": name,
        "creationTimestamp": f"2026-11-01T00:00:0{created}Z",
        "ownerReferences": [{"uid": owner}],
    }
    return {"apiVersion": "cert-manager.io/v1", "kind": kind, "metadata": metadata, **more}


def certificate(*conditions: dict[str, Any], generation: int = 1) -> dict[str, Any]:
    """The Certificate ``c``."""
    found = obj("Certificate", "c", status={"conditions": list(conditions)})
    found["metadata"]["generation"] = generation
    return found


def ready(status: str, generation: int = 1) -> dict[str, Any]:
    """The condition Ready."""
    return {"type": "Ready", "status": status, "reason": "R", "message": "m", "observedGeneration": generation}


REQUEST = obj("CertificateRequest", "new", "c", 2, status={"conditions": [ready("False")]})
OLD = obj("CertificateRequest", "old", "c", 1, status={})
ORDER = obj("Order", "order", "new", status={"state": "invalid", "reason": "too many"})
OPEN, VALID = {"state": "pending", "reason": "404"}, {"state": "valid"}
CHALLENGE = obj("Challenge", "ch", "order", spec={"type": "HTTP-01", "dnsName": "a.test"}, status=OPEN)
DONE = obj("Challenge", "done", "order", spec={"type": "HTTP-01", "dnsName": "b.test"}, status=VALID)

CASES: dict[str, tuple[dict[str, list[dict[str, Any]]], list[str]]] = {
    "nothing made yet": ({}, []),
    "a request": ({REQUESTS: [OLD, REQUEST]}, ["CertificateRequest n/new is not granted: R: m"]),
    "an order": ({REQUESTS: [OLD, REQUEST], ORDERS: [ORDER]}, ["Order n/order is invalid: too many"]),
    "a challenge": (
        {REQUESTS: [REQUEST, OLD], ORDERS: [ORDER], CHALLENGES: [CHALLENGE, DONE]},
        ["Challenge n/ch (HTTP-01 for a.test) is pending: 404"],
    ),
    "another's": ({REQUESTS: [{**REQUEST, "metadata": {**REQUEST["metadata"], "ownerReferences": []}}]}, []),
}


@pytest.mark.parametrize("case", CASES)
def test_the_last_in_the_chain_is_asked(case: str) -> None:
    """The Challenge before the Order, the Order before the CertificateRequest."""
    lists, told = CASES[case]
    empty: dict[str, Any] = dict.fromkeys((REQUESTS, ORDERS, CHALLENGES), listed())
    answers = {**empty, **{path: listed(*objects) for path, objects in lists.items()}}
    assert reasons(cluster(answers), certificate()) == told


def test_objects_of_other_kinds_have_no_such_reasons() -> None:
    """Nothing is asked for them."""
    assert reasons(cluster({}), {"apiVersion": "v1", "kind": "Pod", "metadata": {}}) == []


def test_a_certificate_is_ready_for_what_it_now_says() -> None:
    """A condition about an earlier state of the object does not count."""
    assert verdict(certificate(ready("True"))).ready
    assert verdict(certificate(ready("True"), generation=2)).reason == "its controller has not seen the change yet"
    assert verdict(certificate(ready("False"))).reason == "R: m"


def test_a_failed_issuance_is_not_waited_for() -> None:
    """cert-manager tries again too late for that."""
    failed = {"type": "Issuing", "status": "False", "reason": "Failed", "message": "The order is invalid."}
    found = verdict(certificate(ready("False"), failed))
    assert found.final
    assert found.reason.startswith("The order is invalid; cert-manager tries again")
    assert verdict(certificate(ready("True"), failed)).ready
