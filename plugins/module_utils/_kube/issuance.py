# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a Certificate of cert-manager is not issued, in the words of whoever is at fault.

A Certificate makes a CertificateRequest, with an ACME issuer that one an Order, and that one a Challenge for each name
(cert-manager.io, "Certificate lifecycle"). The cause is in the last of them; those above repeat it at best.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._errors import MeshError
from .connection import Cluster, Object

GROUP = "cert-manager.io/v1"
ACME_GROUP = "acme.cert-manager.io/v1"


def reasons(cluster: Cluster, certificate: Object) -> list[str]:
    """One sentence for each Challenge that is open or failed, else for the Order or the CertificateRequest.

    :param certificate: a live Certificate; other objects have no reasons.
    """
    if certificate["kind"] != "Certificate" or not certificate.get("apiVersion", GROUP).startswith("cert-manager.io/"):
        return []
    try:
        request = _newest(_owned(cluster, GROUP, "certificaterequests", certificate))
        order = request and _newest(_owned(cluster, ACME_GROUP, "orders", request))
        challenges = _owned(cluster, ACME_GROUP, "challenges", order) if order else []
    except MeshError as error:
        return [f"its requests cannot be read: {error}"]
    told = [_sentence("Challenge", found, _of_challenge) for found in challenges]
    told = told or [_sentence("Order", order, _of_order)] if order else told
    told = told if any(told) or not request else [_sentence("CertificateRequest", request, _of_request)]
    return [sentence for sentence in told if sentence]


def _owned(cluster: Cluster, group: str, plural: str, owner: Object) -> list[Object]:
    metadata = owner["metadata"]
    path = f"/apis/{group}/namespaces/{metadata['namespace']}/{plural}"
    return [
        obj
        for obj in cluster.items(path)
        if any(reference["uid"] == metadata["uid"] for reference in obj["metadata"].get("ownerReferences") or [])
    ]


def _newest(objects: list[Object]) -> Object | None:
    return max(objects, key=lambda obj: obj["metadata"]["creationTimestamp"], default=None)


def _sentence(kind: str, obj: Object, words: Callable[[Object, dict[str, Any]], str]) -> str:
    said = words(obj, obj.get("status") or {})
    return said and f"{kind} {obj['metadata']['namespace']}/{obj['metadata']['name']} {said}"


def _of_challenge(challenge: Object, status: dict[str, Any]) -> str:
    spec, state = challenge["spec"], status.get("state") or "new"
    if state == "valid":
        return ""
    return f"({spec.get('type')} for {spec.get('dnsName')}) is {state}: {status.get('reason') or 'no reason given yet'}"


def _of_order(_order: Object, status: dict[str, Any]) -> str:
    reason = status.get("reason")
    return f"is {status.get('state') or 'new'}: {reason}" if reason else ""


def _of_request(_request: Object, status: dict[str, Any]) -> str:
    conditions = status.get("conditions") or []
    for kind, wanted in (("Denied", "True"), ("InvalidRequest", "True"), ("Ready", "False")):
        found = next((entry for entry in conditions if entry["type"] == kind and entry["status"] == wanted), None)
        if found:
            verb = "granted" if kind == "Ready" else "allowed"
            return f"is not {verb}: {found.get('reason')}: {found.get('message')}"
    return ""
