# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The route of one function: where its calls go, whatever objects say so."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .._errors import MeshError
from .._kube.connection import Object

INGRESS, MESH = "ingress", "mesh"
# Every function listens here, so does its Service.
PORT = 8080
# The name of the rule that all calls take which no header match takes before.
WEIGHTS = "weights"

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}


@dataclass(frozen=True)
class Entrance:
    """Where calls of functions enter at the ingress.

    :param hosts: as clients ask for them, ``*`` for any.
    :param gateways: the Gateways, as the kind of route names them.
    """

    hosts: Sequence[str]
    gateways: Sequence[Any]


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


class RouteKind(Protocol):
    """A kind of object that leads calls, in a cluster."""

    kind: str

    def path(self, namespace: str, name: str) -> str:
        """Where the API server has such an object."""

    def at(self, live: Object) -> str:
        """Where an object leads calls, ``ingress`` or ``mesh``."""

    def check(self, route: Route) -> None:
        """Refuse what the kind cannot say.

        :raises MeshError: the route asks for it.
        """

    def entrance(self, api: Object) -> Entrance:
        """Where the object that opens OpenFaaS takes calls."""

    def entrance_to_be(self, namespace: str, gateway_namespace: str, hosts: Sequence[str]) -> Entrance:
        """The same of the object that the role ingress is about to make in a namespace, for these hosts."""

    def document(self, route: Route, namespace: str, entrance: Entrance | None) -> Object:
        """The object of a route, in the functions' namespace.

        :param entrance: for a route at the ingress.
        """

    def weights_of(self, live: Object) -> dict[str, int] | None:
        """The weights in an object of this collection, None in one of somebody else's."""

    def with_weights(self, live: Object, weights: Mapping[str, int]) -> Object:
        """The document of an object of this collection as it is in the cluster, but for its weights."""


def object_name(function: str) -> str:
    """The name of the objects that lead a function's calls, and of its DestinationRule."""
    return f"traffic-{function}"


def milliseconds(duration: str) -> int:
    """A duration as options have it, such as ``2.5s``."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise ValueError(duration)
    return round(float(found[1]) * _MILLISECONDS[found[2]])


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
