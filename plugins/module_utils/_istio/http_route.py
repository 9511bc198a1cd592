# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes as HTTPRoutes of the Gateway API, in what its standard channel can say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._errors import MeshError
from .._kube.connection import Object
from .route import INGRESS, PORT, WEIGHTS, Entrance, Route, milliseconds, object_name

API_VERSION = "gateway.networking.k8s.io/v1"
# Shares that are no whole percents are told in millionths (gateway-api.sigs.k8s.io, HTTPRequestMirrorFilter).
_MILLION = 1_000_000


class HTTPRoute:
    """Routes at the ingress. It implements ``route.RouteKind``."""

    kind = "HTTPRoute"

    def path(self, namespace: str, name: str) -> str:
        """Where the API server has an HTTPRoute."""
        return f"/apis/{API_VERSION}/namespaces/{namespace}/httproutes/{name}"

    def at(self, live: Object) -> str:
        """At the ingress: no route of this collection has another parent."""
        return INGRESS

    def check(self, route: Route) -> None:
        """Refuse retries, which only the experimental channel has, and faults, which none has.

        :raises MeshError: the route asks for them.
        """
        for option in ("retries", "faults"):
            if option in route.options:
                raise MeshError(
                    f"The route of {route.name} has {option}, which the Gateway API's standard channel cannot say: "
                    "leave them out, or open the ingress with ingress_api: istio."
                )

    def entrance(self, api: Object) -> Entrance:
        """The host names and parents of the HTTPRoute that opens OpenFaaS."""
        parents = [
            {"namespace": api["metadata"]["namespace"], **parent} for parent in api["spec"].get("parentRefs") or []
        ]
        return Entrance(api["spec"].get("hostnames") or ["*"], parents)

    def entrance_to_be(self, namespace: str, gateway_namespace: str, hosts: Sequence[str]) -> Entrance:
        """The host names and the Gateway, which is beside the ingress' Service."""
        parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway"}
        return Entrance([*hosts] or ["*"], [{**parent, "name": "openfaas-gateway", "namespace": gateway_namespace}])

    def document(self, route: Route, namespace: str, entrance: Entrance | None) -> Object:
        """The HTTPRoute of a route at the ingress."""
        hosts = list(route.hosts or entrance.hosts) if entrance else []
        spec: Object = {"parentRefs": list(entrance.gateways) if entrance else []}
        if "*" not in hosts:
            spec["hostnames"] = hosts
        spec["rules"] = list(_rules(route))
        return _document(namespace, object_name(route.name), spec)

    def weights_of(self, live: Object) -> dict[str, int] | None:
        """The weights of the rule that has them, None where no rule is called so."""
        for rule in live["spec"].get("rules") or []:
            if rule.get("name") == WEIGHTS:
                return {entry["name"]: entry.get("weight", 1) for entry in rule["backendRefs"]}
        return None

    def with_weights(self, live: Object, weights: Mapping[str, int]) -> Object:
        """The HTTPRoute as it is, but for its weights."""
        rules = [
            {**rule, "backendRefs": _weighted(weights)} if rule.get("name") == WEIGHTS else rule
            for rule in live["spec"]["rules"]
        ]
        return _document(live["metadata"]["namespace"], live["metadata"]["name"], {**live["spec"], "rules": rules})


def _rules(route: Route) -> Iterator[Object]:
    # A prefix is one of whole path elements here: it takes /function/env and /function/env/, and not /function/envoy.
    path = {"path": {"type": "PathPrefix", "value": f"/function/{route.name}"}}
    replaced = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}
    rewrite: Object = {"type": "URLRewrite", "urlRewrite": {"path": replaced}}
    timeouts = {"timeouts": {"request": _duration(route.options["timeout"])}} if "timeout" in route.options else {}
    for number, match in enumerate(route.options.get("matches", []), 1):
        headers = [
            {"type": "Exact", "name": key.lower(), "value": str(value)} for key, value in match["headers"].items()
        ]
        yield {
            "name": f"match-{number}",
            "matches": [{**path, "headers": headers}],
            "filters": [rewrite],
            "backendRefs": _weighted({match["to"]: 1}),
            **timeouts,
        }
    mirror = route.options.get("mirror")
    copies = [{"type": "RequestMirror", "requestMirror": _mirror(mirror)}] if mirror else []
    yield {
        "name": WEIGHTS,
        "matches": [path],
        "filters": [rewrite, *copies],
        "backendRefs": _weighted(route.weights),
        **timeouts,
    }


def _mirror(mirror: Mapping[str, Any]) -> Object:
    percent = mirror["percent"]
    share: Object = {"percent": int(percent)}
    if percent != int(percent):
        share = {"fraction": {"numerator": round(percent * _MILLION / 100), "denominator": _MILLION}}
    return {"backendRef": _backend(mirror["to"]), **share}


def _weighted(weights: Mapping[str, int]) -> list[Object]:
    return [{**_backend(target), "weight": weight} for target, weight in weights.items()]


def _backend(function: str) -> Object:
    return {"group": "", "kind": "Service", "name": function, "port": PORT}


def _duration(value: str) -> str:
    """A duration in whole numbers of five digits at most, as the Gateway API wants it (GEP-2257)."""
    rest = milliseconds(value)
    said = ""
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, rest = divmod(rest, size)
        said += f"{count}{unit}" if count else ""
    return said or "0s"


def _document(namespace: str, name: str, spec: Object) -> Object:
    return {
        "apiVersion": API_VERSION,
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
