# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The route of one function: where its calls go, and the objects of Istio that say so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._errors import MeshError
from .._kube.connection import Object

API_VERSION = "networking.istio.io/v1"
INGRESS, MESH = "ingress", "mesh"
# Every function listens here, so does its Service.
PORT = 8080
# The name of the rule that all calls take which no header match takes before.
WEIGHTS = "weights"

_DURATION = re.compile(r"\d+(\.\d+)?(ms|s|m|h)")


@dataclass(frozen=True)
class Entrance:
    """Where calls of functions enter at the ingress: the hosts and the Gateways of a VirtualService."""

    hosts: Sequence[str]
    gateways: Sequence[str]


@dataclass(frozen=True)
class Route:
    """Where the calls of one function go.

    :param name: of the function as callers know it. :param at: ``ingress`` or ``mesh``.
    :param weights: percent of the calls by the function that gets them. :param hosts: only these, at the ingress.
    :param options: the further options of an element of istio_traffic's ``functions``.
    """

    name: str
    at: str
    weights: Mapping[str, int]
    hosts: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Route:
        """The route that an element of istio_traffic's ``functions`` describes.

        :raises MeshError: the element cannot be meant so; nothing of the cluster is needed to know it.
        """
        name = params["name"]
        weights = checked_weights(name, {name: 100} if params["weights"] is None else params["weights"])
        options = {key: value for key, value in params.items() if value}
        _check_durations(name, options)
        _check_percents(name, options)
        if params["at"] == MESH and params["hosts"]:
            raise MeshError(
                f"The route of {name} is in the mesh, where it has the function's own name: leave out hosts."
            )
        if any(not match["headers"] for match in params["matches"]):
            raise MeshError(f"A match of {name} names no header and would take every call: use weights for that.")
        faults = options.get("faults")
        if faults and not (faults["delay"] or faults["abort"]):
            raise MeshError(f"The faults of {name} are neither a delay nor an abort: give one of them.")
        return cls(name, params["at"], weights, tuple(params["hosts"]), options)

    @property
    def targets(self) -> list[str]:
        """The functions to which calls go, and for a route in the mesh the one that is called."""
        matches = [match["to"] for match in self.options.get("matches", [])]
        mirror = [self.options["mirror"]["to"]] if "mirror" in self.options else []
        called = [self.name] if self.at == MESH else []
        return list(dict.fromkeys([*self.weights, *matches, *mirror, *called]))

    def documents(self, namespace: str, entrance: Entrance | None) -> list[Object]:
        """The objects, in the functions' namespace.

        :param entrance: for a route at the ingress. Short names of hosts are completed by Istio with the namespace.
        """
        spec: Object = {"hosts": list(self.hosts or entrance.hosts) if entrance else [self.name]}
        if entrance:
            spec["gateways"] = list(entrance.gateways)
        spec["http"] = list(self._rules())
        return [
            _document("VirtualService", namespace, object_name(self.name), spec),
            *self._circuit_breakers(namespace),
        ]

    def _rules(self) -> Iterator[Object]:
        paths = [{"exact": f"/function/{self.name}"}, {"prefix": f"/function/{self.name}/"}]
        at_ingress = self.at == INGRESS
        rewrite = {"rewrite": {"uri": "/"}} if at_ingress else {}
        for number, match in enumerate(self.options.get("matches", []), 1):
            headers = {"headers": {key.lower(): {"exact": str(value)} for key, value in match["headers"].items()}}
            matched = [{"uri": path, **headers} for path in paths] if at_ingress else [headers]
            target = [{"destination": _destination(match["to"])}]
            yield {"name": f"match-{number}", "match": matched, **rewrite, "route": target, **self._policy()}
        everything = {"match": [{"uri": path} for path in paths]} if at_ingress else {}
        mirror = self.options.get("mirror")
        copies = (
            {"mirrors": [{"destination": _destination(mirror["to"]), "percentage": _percent(mirror["percent"])}]}
            if mirror
            else {}
        )
        yield {"name": WEIGHTS, **everything, **rewrite, "route": weighted(self.weights), **copies, **self._policy()}

    def _policy(self) -> Object:
        """What every rule of the route does with a call."""
        policy: Object = {}
        if "timeout" in self.options:
            policy["timeout"] = self.options["timeout"]
        if retries := self.options.get("retries"):
            given = {"perTryTimeout": retries["per_try_timeout"], "retryOn": retries["conditions"]}
            policy["retries"] = {
                "attempts": retries["attempts"],
                **{key: value for key, value in given.items() if value},
            }
        if faults := self.options.get("faults"):
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

    def _circuit_breakers(self, namespace: str) -> Iterator[Object]:
        outliers: Mapping[str, Any] = self.options.get("outlier_detection") or {}
        for target in self.weights if outliers else ():
            detection = {
                "consecutive5xxErrors": outliers["consecutive_errors"],
                "interval": outliers["interval"],
                "baseEjectionTime": outliers["ejection_time"],
                "maxEjectionPercent": outliers["max_ejection_percent"],
            }
            spec = {"host": target, "trafficPolicy": {"outlierDetection": detection}}
            yield _document("DestinationRule", namespace, object_name(target), spec)


def object_name(function: str) -> str:
    """The name of a function's VirtualService, and of its DestinationRule."""
    return f"traffic-{function}"


def weighted(weights: Mapping[str, int]) -> list[Object]:
    """The destinations of a rule that splits calls."""
    return [{"destination": _destination(target), "weight": weight} for target, weight in weights.items()]


def weights_of(live: Object) -> dict[str, int] | None:
    """The weights in a VirtualService of this collection, None in one of somebody else's."""
    for rule in live["spec"].get("http") or []:
        if rule.get("name") == WEIGHTS:
            return {entry["destination"]["host"]: entry.get("weight", 100) for entry in rule["route"]}
    return None


def with_weights(live: Object, weights: Mapping[str, int]) -> Object:
    """The document of a VirtualService of this collection as it is in the cluster, but for its weights."""
    rules = [
        {**rule, "route": weighted(weights)} if rule.get("name") == WEIGHTS else rule for rule in live["spec"]["http"]
    ]
    metadata = live["metadata"]
    return _document("VirtualService", metadata["namespace"], metadata["name"], {**live["spec"], "http": rules})


def checked_weights(name: str, given: Mapping[str, Any]) -> dict[str, int]:
    """Weights as whole numbers that add up to 100.

    :param name: of the function whose calls they split. :raises MeshError: they are not that.
    """
    weights: dict[str, int] = {}
    for target, weight in given.items():
        if isinstance(weight, bool) or not str(weight).isdecimal():
            raise MeshError(
                f"The weight of {target} in the route of {name} is {weight!r}: give a percentage, 0 to 100."
            )
        weights[str(target)] = int(weight)
    if sum(weights.values()) != 100:
        told = ", ".join(f"{target} {weight}" for target, weight in weights.items()) or "none"
        raise MeshError(
            f"The weights of {name} add up to {sum(weights.values())} and not to 100 ({told}): correct them."
        )
    return weights


def _check_durations(name: str, options: Mapping[str, Any]) -> None:
    given = {
        "timeout": options.get("timeout"),
        "retries.per_try_timeout": (options.get("retries") or {}).get("per_try_timeout"),
        "faults.delay": (options.get("faults") or {}).get("delay"),
        "outlier_detection.interval": (options.get("outlier_detection") or {}).get("interval"),
        "outlier_detection.ejection_time": (options.get("outlier_detection") or {}).get("ejection_time"),
    }
    for option, value in given.items():
        if value and not _DURATION.fullmatch(value):
            raise MeshError(f"{option} of {name} is {value!r}: give a number with ms, s, m or h, such as 2.5s.")


def _check_percents(name: str, options: Mapping[str, Any]) -> None:
    given = {
        "mirror.percent": (options.get("mirror") or {}).get("percent"),
        "faults.delay_percent": (options.get("faults") or {}).get("delay_percent"),
        "faults.abort_percent": (options.get("faults") or {}).get("abort_percent"),
        "outlier_detection.max_ejection_percent": (options.get("outlier_detection") or {}).get("max_ejection_percent"),
    }
    for option, value in given.items():
        if value is not None and not 0 <= value <= 100:
            raise MeshError(f"{option} of {name} is {value:g}: give a percentage, 0 to 100.")


def _destination(function: str) -> Object:
    return {"host": function, "port": {"number": PORT}}


def _percent(value: float) -> dict[str, float]:
    return {"value": int(value) if value == int(value) else value}


def _document(kind: str, namespace: str, name: str, spec: Object) -> Object:
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
