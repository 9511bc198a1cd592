# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The routes of functions in a cluster: what they have to fit, and how they are applied and removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._errors import MeshError
from .._kube.connection import Cluster, Object
from .._kube.engine import Options, Report, View, converge, remove
from . import outliers
from .http_route import HTTPRoute
from .route import INGRESS, MESH, Entrance, Route, RouteKind, object_name
from .sidecars import FUNCTION_LABEL
from .virtual_service import VirtualService

# What leads calls at an ingress that is open by Istio's own API, or by the Gateway API.
KINDS: dict[str, RouteKind] = {"istio": VirtualService(), "gateway": HTTPRoute()}
# The object by which the role openfaas makes calls by pod address work in the mesh.
BY_ADDRESS = "function-pods"


def set_name(namespace: str, function: str) -> str:
    """The set that remembers the route of a function; no namespace has a dot in its name."""
    return f"traffic-{namespace}.{function}"


def options_of(params: Mapping[str, Any]) -> Options:
    """How routes are applied, by a module's parameters (``argspec.TRAFFIC``); each has a set of its own."""
    names = ("set_namespace", "on_conflict", "timeout")
    return Options(set="", **{name: params[name] for name in names})


@dataclass
class Traffic:
    """The routes of the functions of one namespace.

    :param ingress_api: by which the ingress is open, a key of ``KINDS``. :param api: the object, as (namespace, name),
        that opens OpenFaaS there. :param gateway_namespace: where the Gateways of the Gateway API are.
    :param check: plan only; what a task before may make in a real run is then a warning where it is missing.
    :param warnings: these, and the engine's.
    """

    cluster: Cluster
    namespace: str
    ingress_api: str
    api: tuple[str, str]
    gateway_namespace: str
    check: bool
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def of_params(cls, cluster: Cluster, params: Mapping[str, Any], check: bool) -> Traffic:
        """The routes of the functions' namespace that a module's parameters (``argspec.TRAFFIC``) name."""
        return cls(
            cluster,
            params["functions_namespace"],
            params["ingress_api"],
            (params["namespace"], params["api"]),
            params["ingress_namespace"],
            check,
        )

    def kind(self, at: str) -> RouteKind:
        """What leads calls there; in the mesh it is a VirtualService with either API."""
        return KINDS[self.ingress_api if at == INGRESS else "istio"]

    def documents(self, routes: Sequence[Route]) -> dict[str, list[Object]]:
        """The objects of each route by its function.

        :raises MeshError: a route does not fit what is in the cluster.
        """
        names = [route.name for route in routes]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise MeshError(f"Function {twice} has two routes: make them one.")
        for route in routes:
            self.kind(route.at).check(route)
        self._check_targets(routes)
        if any(route.at == MESH for route in routes):
            self._refuse_calls_by_address()
        entrance = self._entrance(routes) if any(route.at == INGRESS for route in routes) else None
        return {route.name: self._objects(route, self._of(route, entrance)) for route in routes}

    def _objects(self, route: Route, entrance: Entrance | None) -> list[Object]:
        first = self.kind(route.at).document(route, self.namespace, entrance)
        return [first, *outliers.documents(route, self.namespace)]

    def apply(self, documents: dict[str, list[Object]], options: Options, exclusive: bool) -> Report:
        """Have the routes, each as a set of its own, and with ``exclusive`` no other ones in the namespace.

        :raises MeshError: with what was done before.
        """
        view = View.read(self.cluster, options.set_namespace)
        reports: list[Report] = []
        try:
            for name, objects in documents.items():
                named = replace(options, set=set_name(self.namespace, name))
                reports.append(converge(self.cluster, [objects], named, self.check, view=view))
            others = [name for name in self._remembered(view) if name not in documents] if exclusive else []
            reports += self._removed(others, options)
        except MeshError as error:
            done = self._joined(reports)
            error.result["objects"] = done.objects + error.result.get("objects", [])
            error.result["changed"] = (done.changed and not self.check) or error.result.get("changed", False)
            raise
        return self._joined(reports)

    def withdraw(self, names: Sequence[str], options: Options) -> Report:
        """Remove the routes of these functions, or all where none is named; calls go where they went before."""
        wanted = names or self._remembered(View.read(self.cluster, options.set_namespace))
        return self._joined(self._removed(wanted, options))

    def _removed(self, names: Sequence[str], options: Options) -> list[Report]:
        if not names:
            return []
        first, *rest = (set_name(self.namespace, name) for name in names)
        return [remove(self.cluster, replace(options, set=first), self.check, followed_by=rest)]

    def _remembered(self, view: View) -> list[str]:
        """The functions of the namespace that have a route of ours."""
        prefix = set_name(self.namespace, "")
        return sorted(name.removeprefix(prefix) for name in view.sets.receipts if name.startswith(prefix))

    def live(self, name: str) -> tuple[str, Object] | None:
        """Where a function's route is, and the object that leads its calls there, as it is in the cluster.

        One that the ingress had before it was opened by the other API leads nothing any more.
        """
        for kind in dict.fromkeys(self.kind(at) for at in (INGRESS, MESH)):
            found = self.cluster.get(kind.path(self.namespace, object_name(name)))
            if found and self.kind(kind.at(found)) is kind:
                return kind.at(found), found
        return None

    def _joined(self, reports: Iterable[Report]) -> Report:
        whole = Report(warnings=self.warnings, requests=dict(self.cluster.requests))
        for report in reports:
            whole.changes += report.changes
            # Of several new sets each foretells the namespace that they share.
            whole.bookkeeping += [entry for entry in report.bookkeeping if entry not in whole.bookkeeping]
            whole.warnings += [warning for warning in report.warnings if warning not in whole.warnings]
        return whole

    def _check_targets(self, routes: Sequence[Route]) -> None:
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments"
        there = {item["metadata"]["name"] for item in self.cluster.items(path, {"labelSelector": FUNCTION_LABEL})}
        for route in routes:
            for target in route.targets:
                if target not in there:
                    known = ", ".join(sorted(there)) or "none"
                    self._missing(
                        f"Function {target}, in the route of {route.name}, is not in namespace {self.namespace} (which "
                        f"has {known}): deploy it first, or correct the name."
                    )

    def _entrance(self, routes: Sequence[Route]) -> Entrance:
        namespace, name = self.api
        kind = self.kind(INGRESS)
        live = self.cluster.get(kind.path(namespace, name))
        if live is None:
            self._missing(
                f"{kind.kind} {namespace}/{name}, which says where the ingress takes calls of OpenFaaS, is not "
                "there: open the ingress first, with the role faas.mesh.ingress."
            )
            hosts = dict.fromkeys(host for route in routes for host in route.hosts)
            return kind.entrance_to_be(namespace, self.gateway_namespace, [*hosts])
        return kind.entrance(live)

    def _of(self, route: Route, entrance: Entrance | None) -> Entrance | None:
        if route.at == MESH or entrance is None:
            return None
        unknown = [host for host in route.hosts if host not in entrance.hosts]
        if unknown:
            raise MeshError(
                f"Host {', '.join(unknown)}, in the route of {route.name}, is none at which {self.kind(INGRESS).kind} "
                f"{'/'.join(self.api)} takes calls of OpenFaaS ({', '.join(entrance.hosts)}): correct it, or open it "
                "there."
            )
        return entrance

    def _refuse_calls_by_address(self) -> None:
        entries = f"/apis/networking.istio.io/v1/namespaces/{self.namespace}/serviceentries"
        if self.cluster.get(f"{entries}/{BY_ADDRESS}") is not None:
            raise MeshError(
                f"OpenFaaS calls the functions of {self.namespace} by their pods' addresses (the Community Edition's "
                "way), which no route in the mesh sees: use at: ingress."
            )

    def _missing(self, sentence: str) -> None:
        if not self.check:
            raise MeshError(sentence)
        self.warnings.append(f"Unless a task before this one makes it, a real run ends here: {sentence}")


def as_result(report: Report, routes: Iterable[Route]) -> dict[str, Any]:
    """The report as a module's result, with the weights by function."""
    return {**report.as_result(), "weights": {route.name: dict(route.weights) for route in routes}}
