"""A test's own corner of a cluster: namespaces, a set and a user of its own, so that tests do not meet."""

from __future__ import annotations

import copy
import json
import secrets
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ansible_collections.faas.mesh.plugins.module_utils._kube import engine
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Cluster, Transport, connect
from ansible_collections.faas.mesh.plugins.module_utils._kube.discovery import Discovery
from ansible_collections.faas.mesh.plugins.module_utils._kube.objects import Identity
from ansible_collections.faas.mesh.plugins.module_utils._kube.options import Options
from ansible_collections.faas.mesh.plugins.module_utils._kube.report import Report
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

Object = dict[str, Any]
# Group, kind, namespace, name, and the verb as the audit log has it.
Write = tuple[str, str, str, str, str]

AUDIT_VERBS = {"created": ("patch",), "updated": ("patch",), "recreated": ("patch", "delete"), "deleted": ("delete",)}
AUDIT_SECONDS = 20.0


@dataclass
class Trial:
    """One test's names, and its ways to the cluster.

    :param state: the lab instance's folder. :param transport: put between the engine and the API server, if given.
    """

    state: Path
    name: str = field(default_factory=lambda: f"trial-{secrets.token_hex(3)}")
    namespaces: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.namespace = self.make_namespace()

    @property
    def sets(self) -> str:
        """The namespace of this test's sets."""
        return f"{self.name}-sets"

    def make_namespace(self, suffix: str = "") -> str:
        """A namespace that is there, and goes with the test."""
        name = self.new_namespace(suffix)
        self.kubectl("create", "namespace", name)
        return name

    def new_namespace(self, suffix: str = "") -> str:
        """The name of a namespace that is not there yet, and goes with the test."""
        name = self.name + suffix
        self.namespaces.append(name)
        return name

    def goes(self, *resource: str) -> None:
        """Delete a cluster-wide object, such as ``("clusterrole", "x")``, with the test."""
        self.leftovers.append("/".join(resource))

    def clean(self) -> None:
        """Remove all that the test left."""
        for leftover in self.leftovers:
            self.kubectl("delete", leftover, "--ignore-not-found", "--wait=false")
        self.kubectl("delete", "namespace", "--ignore-not-found", "--wait=false", self.sets, *self.namespaces)

    def cluster(self, user: str = "", groups: Sequence[str] = ("system:masters",), timeout: int = 30) -> Cluster:
        """A new connection, as a user that the audit log tells from all others."""
        params = {
            "kubeconfig": str(self.state / "admin.kubeconfig"),
            "impersonate_user": user or self.name,
            "impersonate_groups": list(groups),
            "timeout": timeout,
        }
        return connect(params, SystemClock())

    def options(self, **more: Any) -> Options:
        """The engine's options for this test's set."""
        return Options(**{"set": self.name, "set_namespace": self.sets, "timeout": 30, **more})

    def converge(self, *objects: Object, check: bool = False, cluster: Cluster | None = None, **more: Any) -> Report:
        """Apply a batch as this test's set."""
        batch = [obj for obj in objects if obj]
        return engine.converge(
            cluster or self.cluster(), [batch], self.options(**more), check, default_namespace=self.namespace
        )

    def remove(
        self,
        check: bool = False,
        cluster: Cluster | None = None,
        gone_by_then: Sequence[Identity] = (),
        **more: Any,
    ) -> Report:
        """Remove this test's set."""
        options = self.options(**more)
        return engine.remove(cluster or self.cluster(), options, check, gone_by_then=gone_by_then)

    def kubectl(self, *arguments: str, stdin: str | None = None, fails: bool = False) -> str:
        """What kubectl says; its complaints where it ``fails``."""
        program = [str(self.state / "bin" / "kubectl"), "--kubeconfig", str(self.state / "admin.kubeconfig")]
        done = subprocess.run(
            [*program, *arguments], input=stdin, capture_output=True, text=True, timeout=120, check=False
        )
        if (done.returncode != 0) is not fails:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {done.returncode}: {done.stdout}{done.stderr}")
        return done.stderr if fails else done.stdout

    def apply(self, *objects: Object, namespace: str = "", manager: str = "faas.mesh", fails: bool = False) -> str:
        """What kubectl apply --server-side makes of the same documents."""
        return self.kubectl(
            "apply", "--server-side", "--field-manager", manager, "-n", namespace or self.namespace, "-f", "-",
            stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}), fails=fails,
        )  # fmt: skip

    def live(self, *resource: str, namespace: str = "") -> Object:
        """A live object, such as ``("configmap", "x")``."""
        text = self.kubectl(
            "get",
            *resource,
            "-n",
            namespace or self.namespace,
            "-o",
            "json",
            "--show-managed-fields",
            "--ignore-not-found",
        )
        return dict(json.loads(text)) if text else {}

    def patch(self, manager: str, *resource: str, patch: Any, kind: str = "merge", subresource: str = "") -> None:
        """Change an object as another manager does by hand."""
        more = ["--subresource", subresource] if subresource else []
        self.kubectl(
            "patch", *resource, "-n", self.namespace, "--field-manager", manager, "--type", kind, *more,
            "-p", json.dumps(patch),
        )  # fmt: skip

    def is_served(self) -> bool:
        """Whether the API server takes writes."""
        try:
            self.kubectl("create", "namespace", self.name, "--dry-run=server", "-o", "name", fails=False)
        except AssertionError as error:
            return "AlreadyExists" in str(error)
        return True

    def receipt(self) -> list[Object]:
        """The entries of this test's set, as the cluster remembers them."""
        items = json.loads(self.kubectl("get", "configmaps", "-n", self.sets, "-o", "json"))["items"]
        return [
            entry
            for item in items
            if (item.get("data") or {}).get("set") == self.name
            for entry in json.loads(item["data"]["objects"])
        ]

    def audit(self, requests: int, user: str = "") -> list[Object]:
        """The audit log's events of this test's user, of which there have to be as many as ``requests``."""
        deadline = time.monotonic() + AUDIT_SECONDS
        while True:
            events = self._events(user or self.name)
            if len(events) >= requests or time.monotonic() > deadline:
                assert len(events) == requests, f"{len(events)} requests in the audit log, {requests} counted"
                return events
            time.sleep(0.05)

    def _events(self, user: str) -> list[Object]:
        mark = f'"impersonatedUser":{{"username":"{user}"'
        with (self.state / "audit.log").open(encoding="utf-8") as log:
            # The last line may be half written.
            found = [json.loads(line) for line in log if mark in line and line.endswith("}\n")]
        return [event for event in found if event["stage"] == "ResponseComplete"]


def audited(events: list[Object], discovery: Discovery) -> set[Write]:
    """The writes among audit events: no dry runs, no access reviews."""
    kinds = {(kind.group, kind.plural): kind for kind in discovery.resources()}
    found = set()
    for event in events:
        where = event.get("objectRef") or {}
        dry = "dryRun" in parse_qs(urlsplit(event["requestURI"]).query)
        if event["verb"] in ("create", "update", "patch", "delete", "deletecollection") and not dry:
            kind = kinds[where.get("apiGroup", ""), where["resource"]]
            namespace = where.get("namespace", "") if kind.namespaced else ""
            found.add((kind.group, kind.kind, namespace, where["name"], event["verb"]))
    return found


def predicted(report: Report) -> set[Write]:
    """The writes that a report tells of."""
    return {
        (entry["api_version"].rpartition("/")[0], entry["kind"], entry["namespace"], entry["name"], verb)
        for entry in report.objects
        for verb in AUDIT_VERBS.get(entry["verb"], ())
    }


def verbs(report: Report) -> dict[str, str]:
    """What a report says of each object, by ``Kind/name``."""
    return {f"{entry['kind']}/{entry['name']}": entry["verb"] for entry in report.objects}


def plain(obj: Object) -> Object:
    """A live object without what differs between two that are made alike."""
    bare: Object = copy.deepcopy(obj)
    for name in ("uid", "resourceVersion", "generation", "creationTimestamp", "namespace"):
        bare["metadata"].pop(name, None)
    bare.pop("status", None)
    for entry in bare["metadata"].get("managedFields") or []:
        entry.pop("time", None)
    return bare


def config_map(name: str, namespace: str = "", **data: str) -> Object:
    """A ConfigMap."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data or {"key": "value"}}


def deployment(name: str, replicas: int | None = 0, **container: Any) -> Object:
    """A Deployment; with no replicas it is up where there is no node."""
    labels = {"app": name}
    spec: Object = {
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "main", "image": "registry.invalid/main:1", **container}]},
        },
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def definition(group: str, kind: str, *versions: str, schema: Object | None = None) -> Object:
    """A CustomResourceDefinition; the last version is the one that is stored."""
    properties = schema or {"size": {"type": "integer"}, "color": {"type": "string", "default": "blue"}}
    plural = f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": version == versions[-1],
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {"spec": {"type": "object", "properties": properties}},
                        }
                    },
                }
                for version in versions
            ],
        },
    }


def using(trial: Trial, transport: Transport) -> Cluster:
    """A connection of a test's user over a transport of the test's."""
    plain_cluster = trial.cluster()
    return Cluster(transport, plain_cluster.server, plain_cluster.clock, patience=plain_cluster.patience)
