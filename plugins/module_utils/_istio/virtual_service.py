# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes as VirtualServices of Istio."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._kube.connection import Object
from .route import INGRESS, MESH, PORT, WEIGHTS, Entrance, Route, object_name


class VirtualService:
    """Routes at the ingress, and in the mesh. It implements ``route.RouteKind``."""

    kind = "VirtualService"

    def path(self, namespace: str, name: str) -> str:
        """Where the API server has a VirtualService."""
        return f"/apis/networking.istio.io/v1/namespaces/{namespace}/virtualservices/{name}"

    def at(self, live: Object) -> str:
        """At the ingress where it names Gateways, else in the mesh."""
        return INGRESS if live["spec"].get("gateways") else MESH

    def check(self, route: Route) -> None:
        """Refuse nothing: all that a route may ask for is from here."""

    def entrance(self, api: Object) -> Entrance:
        """The hosts and Gateways of the VirtualService that opens OpenFaaS."""
        namespace = api["metadata"]["namespace"]
        gateways = api["spec"].get("gateways") or []
        return Entrance(
            api["spec"]["hosts"],
            [each if "/" in each or each == "mesh" else f"{namespace}/{each}" for each in gateways],
        )

    def entrance_to_be(self, namespace: str, gateway_namespace: str, hosts: Sequence[str]) -> Entrance:
        """The hosts and the Gateway, which is beside the VirtualService."""
        return Entrance([*hosts] or ["*"], [f"{namespace}/openfaas-gateway"])

    def document(self, route: Route, namespace: str, entrance: Entrance | None) -> Object:
        """The VirtualService of a route. Istio completes short names of hosts with its namespace."""
        spec: Object = {"hosts": list(route.hosts or entrance.hosts) if entrance else [route.name]}
        if entrance:
            spec["gateways"] = list(entrance.gateways)
        spec["http"] = list(_rules(route))
        return _document(namespace, object_name(route.name), spec)

    def weights_of(self, live: Object) -> dict[str, int] | None:
        """The weights of the rule that has them, None where no rule is called so."""
        for rule in live["spec"].get("http") or []:
            if rule.get("name") == WEIGHTS:
                return {entry["destination"]["host"]: entry.get("weight", 100) for entry in rule["route"]}
        return None

    def with_weights(self, live: Object, weights: Mapping[str, int]) -> Object:
        """The VirtualService as it is, but for its weights."""
        rules = [
            {**rule, "route": _weighted(weights)} if rule.get("name") == WEIGHTS else rule
            for rule in live["spec"]["http"]
        ]
        return _document(live["metadata"]["namespace"], live["metadata"]["name"], {**live["spec"], "http": rules})


def _rules(route: Route) -> Iterator[Object]:
    paths = [{"exact": f"/function/{route.name}"}, {"prefix": f"/function/{route.name}/"}]
    at_ingress = route.at == INGRESS
    rewrite = {"rewrite": {"uri": "/"}} if at_ingress else {}
    for number, match in enumerate(route.options.get("matches", []), 1):
        headers = {"headers": {key.lower(): {"exact": str(value)} for key, value in match["headers"].items()}}
        matched = [{"uri": path, **headers} for path in paths] if at_ingress else [headers]
        target = [{"destination": _destination(match["to"])}]
        yield {"name": f"match-{number}", "match": matched, **rewrite, "route": target, **_policy(route)}
    everything = {"match": [{"uri": path} for path in paths]} if at_ingress else {}
    mirror = route.options.get("mirror")
    copies = (
        {"mirrors": [{"destination": _destination(mirror["to"]), "percentage": _percent(mirror["percent"])}]}
        if mirror
        else {}
    )
    yield {"name": WEIGHTS, **everything, **rewrite, "route": _weighted(route.weights), **copies, **_policy(route)}


def _policy(route: Route) -> Object:
    """What every rule of a route does with a call."""
    policy: Object = {}
    if "timeout" in route.options:
        policy["timeout"] = route.options["timeout"]
    if retries := route.options.get("retries"):
        given = {"perTryTimeout": retries["per_try_timeout"], "retryOn": retries["conditions"]}
        policy["retries"] = {
            "attempts": retries["attempts"],
            **{key: value for key, value in given.items() if value},
        }
    if faults := route.options.get("faults"):
        policy["fault"] = {}
        if faults["delay"]:
            policy["fault"]["delay"] = {
                "fixedDelay": faults["delay"],
                "percentage": _percent(faults["delay_percent"]),
            }
        if faults["abort"]:
            policy["fault"]["abort"] = {
                "httpStatus": faults["abort"],
                "percentage": _percent(faults["abort_percent"]),
            }
    return policy


def _weighted(weights: Mapping[str, int]) -> list[Object]:
    return [{"destination": _destination(target), "weight": weight} for target, weight in weights.items()]


def _destination(function: str) -> Object:
    return {"host": function, "port": {"number": PORT}}


def _percent(value: float) -> dict[str, float]:
    return {"value": int(value) if value == int(value) else value}


def _document(namespace: str, name: str, spec: Object) -> Object:
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
