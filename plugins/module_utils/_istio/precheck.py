# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands in the way of an upgrade, told before anything is written: what ``istioctl x precheck`` looks at.

It looks at the version of Kubernetes, the rights, and the versions of the Gateway API (istio/istio,
istioctl/pkg/precheck, release 1.31). It asks for the right to create alone; a server-side apply needs patch too.
"""

from __future__ import annotations

from collections.abc import Iterable

from .. import _versions
from .._errors import MeshError
from .._kube.connection import Cluster, Object
from .._kube.discovery import Discovery

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
VERBS = ("create", "patch")
GATEWAY_API = "gateway.networking.k8s.io"
# Where the cluster has the kind, istiod reads it in this version: the first has to be there, the second will.
_READ = {
    "v1beta1": ("GatewayClass", "Gateway", "HTTPRoute", "ReferenceGrant"),
    "v1": ("GatewayClass", "Gateway", "HTTPRoute", "GRPCRoute"),
}
SHOWN = 5


def refuse_unfit(
    cluster: Cluster, discovery: Discovery, version: str, kubernetes: str, objects: Iterable[Object]
) -> list[str]:
    """Refuse an upgrade that could not end well.

    :param version: of Istio, to upgrade to. :param kubernetes: the server's gitVersion.
    :param objects: all that the upgrade will apply. Of each kind and namespace the rights are asked for.
    :return: warnings of what the next versions will not take any more.
    :raises MeshError: all of what is wrong, in one sentence.
    """
    lacking = _versions_lacking(discovery, "v1beta1")
    problems = [
        *_too_old(version, kubernetes),
        *(f"the Gateway API serves no v1beta1 of {kind}, which Istio reads" for kind in lacking),
        *_rights_lacking(cluster, discovery, objects),
    ]
    if problems:
        more = f", and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise MeshError(
            f"The cluster is not fit for Istio {version}: {'; '.join(problems[:SHOWN])}{more}. Put that right before "
            "the upgrade, or upgrade all the same with allow: [precheck]."
        )
    return [
        f"The Gateway API serves no v1 of {kind}, which later versions of Istio will need."
        for kind in _versions_lacking(discovery, "v1")
    ]


def _too_old(version: str, kubernetes: str) -> list[str]:
    supported = _versions.ISTIO.get(_versions.minor_line(version))
    if supported and int(_versions.minor_line(kubernetes).partition(".")[2]) < supported.first:
        return [f"Kubernetes is {kubernetes}, and it needs 1.{supported.first}"]
    return []


def _versions_lacking(discovery: Discovery, version: str) -> list[str]:
    present = {resource.kind for resource in discovery.resources() if resource.group == GATEWAY_API}
    return [
        kind
        for kind in _READ[version]
        if kind in present and discovery.resource(f"{GATEWAY_API}/{version}", kind) is None
    ]


def _rights_lacking(cluster: Cluster, discovery: Discovery, objects: Iterable[Object]) -> list[str]:
    wanted = set()
    for obj in objects:
        resource = discovery.resource(obj["apiVersion"], obj["kind"])
        if resource and discovery.is_served(resource):
            wanted.add((obj["metadata"].get("namespace", ""), resource.group, resource.plural))
    return [
        f"you may not {verb} {plural}{f'.{group}' if group else ''}{f' in namespace {space}' if space else ''}"
        for space, group, plural in sorted(wanted)
        for verb in VERBS
        if not _may(cluster, {"namespace": space, "group": group, "resource": plural, "verb": verb})
    ]


def _may(cluster: Cluster, right: dict[str, str]) -> bool:
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": right},
    }
    answer = cluster.request("POST", REVIEWS, body=review)
    return bool((answer.get("status") or {}).get("allowed"))
