# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which kinds a cluster serves, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .._errors import MeshError
from .connection import Cluster, Object
from .objects import Identity

# The aggregated form gives all groups in one answer each for /api and /apis (Kubernetes 1.30, KEP-3352).
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True)
class Resource:
    """One kind as the API server serves it."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "") -> str:
        """The URL path of the collection, or of one object in it."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{scope}/{self.plural}" + (f"/{name}" if name else "")


class Discovery:
    """The kinds that a cluster serves, and those that a batch brings along.

    The core group and the named groups are one request each, sent when a kind of theirs is first asked for.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._served: dict[tuple[str, str, str], Resource] = {}
        self._preferred: dict[tuple[str, str], Resource] = {}
        self._brought: set[Resource] = set()
        self._read_roots: set[str] = set()

    def bring(self, definitions: Iterable[Object]) -> None:
        """Count the kinds of these CustomResourceDefinitions in: they are about to be served."""
        for definition in definitions:
            spec = definition.get("spec") or {}
            names = spec.get("names") or {}
            for version in spec.get("versions") or []:
                if version.get("served", True):
                    brought = Resource(
                        spec.get("group", ""),
                        version.get("name", ""),
                        names.get("kind", ""),
                        names.get("plural", ""),
                        spec.get("scope") == "Namespaced",
                    )
                    if self.resource(brought.api_version, brought.kind) is None:
                        self._brought.add(brought)
                        self._add(brought)

    def resource(self, api_version: str, kind: str) -> Resource | None:
        """The resource of a kind, or None where the cluster does not serve it."""
        group, __, version = api_version.rpartition("/")
        self._read("/apis" if group else "/api")
        return self._served.get((group, version, kind))

    def is_served(self, resource: Resource) -> bool:
        """Whether the cluster serves a resource already, rather than after the batch is applied."""
        return resource not in self._brought

    def of(self, identity: Identity) -> Resource | None:
        """The resource of an identity in the version that the server prefers, or None."""
        self._read("/apis" if identity.group else "/api")
        return self._preferred.get((identity.group, identity.kind))

    def api_versions(self) -> list[str]:
        """All served kinds in the forms that Helm's --api-versions takes: GROUP/VERSION and GROUP/VERSION/KIND."""
        self._read("/api")
        self._read("/apis")
        kinds = [resource for resource in self._served.values() if self.is_served(resource)]
        return sorted({form for kind in kinds for form in (kind.api_version, f"{kind.api_version}/{kind.kind}")})

    def resources(self) -> list[Resource]:
        """Every kind, in the server's preferred version."""
        self._read("/api")
        self._read("/apis")
        return list(self._preferred.values())

    def _read(self, root: str) -> None:
        if root in self._read_roots:
            return
        self._read_roots.add(root)
        answer = self._cluster.request("GET", root, accept=AGGREGATED)
        if answer.get("kind") != "APIGroupDiscoveryList":
            raise MeshError(f"{self._cluster.server} does not tell all kinds in one answer: Kubernetes 1.30 is needed.")
        for group in answer.get("items") or []:
            for version in group.get("versions") or []:
                for entry in version.get("resources") or []:
                    if "patch" in entry.get("verbs", ()) or "list" in entry.get("verbs", ()):
                        self._add(
                            Resource(
                                group["metadata"].get("name", ""),
                                version["version"],
                                (entry.get("responseKind") or {}).get("kind", ""),
                                entry["resource"],
                                entry.get("scope") == "Namespaced",
                            )
                        )

    def _add(self, resource: Resource) -> None:
        self._served.setdefault((resource.group, resource.version, resource.kind), resource)
        self._preferred.setdefault((resource.group, resource.kind), resource)
