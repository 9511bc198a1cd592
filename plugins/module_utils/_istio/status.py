# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A mesh as it is: its revisions and tags, its proxies, its modes of mutual TLS and its gateways."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .._errors import MeshError, NotAuthenticated, Refused
from .._kube.connection import Cluster, Object
from .._kube.pods import why_not_ready
from .._retry import Clock
from . import injectors, labels, mtls, proxies, revisions, sync
from .ingress import Given, Ingress
from .labels import labels_of
from .sidecars import is_current, name_of, proxy_of

_SERVICES = "/api/v1/namespaces/{}/services"


@dataclass
class Status:
    """What one look at a mesh gave.

    :param control_planes: the pods of istiod. :param gateways: those of gateways.
    :param injectors: the webhook configurations that inject sidecars.
    """

    cluster: Cluster
    injectors: list[Object] = field(default_factory=list)
    control_planes: list[Object] = field(default_factory=list)
    gateways: list[Object] = field(default_factory=list)
    proxies: list[proxies.Proxy] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, cluster: Cluster) -> Status:
        """Look at all pods and injectors of a cluster. Of the pods only those of the mesh are kept."""
        status = cls(cluster, injectors.injectors(cluster.items(injectors.PATH)))
        for pod in cluster.items(proxies.PODS):
            found = list(proxies.of_pods([pod]))
            status.proxies += found
            if found and _is_gateway(pod):
                status.gateways.append(pod)
            if labels_of(pod).get("app") == "istiod" and labels.REVISION in labels_of(pod) and is_current(pod):
                status.control_planes.append(pod)
        return status

    def revisions(self) -> list[dict[str, Any]]:
        """Each control plane with its version, tags, pods and number of proxies."""
        versions, pointing = revisions.versions(self.injectors), revisions.pointed(self.injectors)
        by_revision: dict[str, list[Object]] = {name: [] for name in versions}
        for pod in self.control_planes:
            by_revision.setdefault(labels_of(pod)[labels.REVISION], []).append(pod)
        return [
            {
                "revision": name,
                "namespace": pods[0]["metadata"]["namespace"] if pods else None,
                "version": versions.get(name) or (proxies.image_version(_image(pods[0])) if pods else ""),
                "tags": sorted(tag for tag, revision in pointing.items() if revision == name),
                "pods": [
                    {
                        "name": pod["metadata"]["name"],
                        "version": proxies.image_version(_image(pod)),
                        "reason": why_not_ready(pod) or None,
                    }
                    for pod in pods
                ],
                "proxies": sum(proxy.revision == name for proxy in self.proxies),
            }
            for name, pods in sorted(by_revision.items())
        ]

    def proxy_facts(self, *, asking: bool) -> list[dict[str, Any]]:
        """The proxies, each with what the istiod that serves it says; ``sync`` is null where none could be asked.

        :param asking: whether to ask them.
        """
        states: dict[str, sync.State] = {}
        for pod in self.control_planes if asking else []:
            states.update(self._states(pod))
        return [
            {
                "pod": proxy.pod,
                "revision": proxy.revision,
                "version": (states.get(proxy.pod) or {}).get("version") or proxy.version,
                "istiod": (states.get(proxy.pod) or {}).get("istiod"),
                "sync": _kinds(states.get(proxy.pod)),
            }
            for proxy in sorted(self.proxies, key=lambda proxy: proxy.pod)
        ]

    def _states(self, istiod: Object) -> dict[str, sync.State]:
        if why_not_ready(istiod):
            return {}
        metadata = istiod["metadata"]
        try:
            page = self.cluster.text_inside(metadata["namespace"], metadata["name"], sync.PORT, sync.PAGE)
            return sync.parsed(page, name_of(istiod))
        except NotAuthenticated:
            raise
        except MeshError as error:
            self.warnings.append(f"Which proxies of {name_of(istiod)} have its configuration is not known: {error}")
            return {}

    def modes(self) -> list[dict[str, Any]]:
        """The mode of mutual TLS of each namespace with proxies."""
        policies = list(self.cluster.items(mtls.PATH))
        root = self.control_planes[0]["metadata"]["namespace"] if self.control_planes else "istio-system"
        spaces = {proxy.pod.partition("/")[0] for proxy in self.proxies}
        return [mtls.effective(space, root, policies) for space in sorted(spaces)]

    def ingresses(self, clock: Clock) -> list[dict[str, Any]]:
        """The Services that lead to gateways, with the addresses at which clients outside the cluster reach them."""
        found: list[dict[str, Any]] = []
        for namespace in sorted({pod["metadata"]["namespace"] for pod in self.gateways}):
            pods = [labels_of(pod) for pod in self.gateways if pod["metadata"]["namespace"] == namespace]
            services = list(self.cluster.items(_SERVICES.format(namespace)))
            for service in services:
                selector = (service["spec"].get("selector") or {}).items()
                if selector and any(selector <= pod.items() for pod in pods):
                    found.append(self._ingress(namespace, service, clock))
        return found

    def _ingress(self, namespace: str, service: Object, clock: Clock) -> dict[str, Any]:
        ingress = Ingress(self.cluster, namespace, service["metadata"]["name"])
        facts: dict[str, Any] = {
            "namespace": namespace,
            "service": service["metadata"]["name"],
            "type": service["spec"].get("type", "ClusterIP"),
            "selector": ingress.selector(service),
        }
        try:
            endpoint = ingress.endpoint(service, Given(), clock, 0)
        except Refused:
            raise
        except MeshError as error:
            return {**facts, "host": None, "url": None, "https_url": None, "reason": str(error)}
        urls = {"url": endpoint.url("http"), "https_url": endpoint.url("https")}
        return {**facts, "host": endpoint.host, **urls, "reason": None}


def _kinds(state: sync.State | None) -> dict[str, str] | None:
    return {kind: state[kind] for kind in sync.KINDS} if state else None


def _is_gateway(pod: Object) -> bool:
    """Whether a pod's proxy is all that it runs for: its agent is started as a router."""
    proxy = proxy_of(pod)
    return proxy is not None and "router" in _arguments(proxy)


def _arguments(container: Object) -> Iterable[str]:
    return [*(container.get("command") or []), *(container.get("args") or [])]


def _image(pod: Object) -> str:
    return str(pod["spec"]["containers"][0]["image"])
