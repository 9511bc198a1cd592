"""What the site leaves in a cluster, for comparing two ways to get there."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.cluster.site import NAMESPACES, Site
from tests.cluster.trial import Object, plain

MANAGERS = ("faas.mesh", "istio-operator")
# What comes and goes by itself, or is somebody's measurement.
PASSING = ("pods", "events", "events.events.k8s.io", "replicasets.apps", "endpoints", "endpointslices.discovery.k8s.io")
MEASURED = ("leases.coordination.k8s.io", "pods.metrics.k8s.io", "controllerrevisions.apps")
CLUSTER_WIDE = (
    "namespaces",
    "customresourcedefinitions",
    "clusterroles",
    "clusterrolebindings",
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
)
MADE_UP_ANNOTATIONS = ("deployment.kubernetes.io/revision", "control-plane.alpha.kubernetes.io/leader")

Snapshot = dict[tuple[str, str, str], Object]


def snapshot(site: Site) -> Snapshot:
    """All objects of the site's namespaces and all cluster-wide ones of its kinds, without what is made up anew.

    Of the sets' memory, what they hold; of Secrets and of Istio's own certificates, the names of the values.
    """
    kinds = site.kubectl("api-resources", "--namespaced", "--verbs=list", "-o", "name").split()
    namespaced = ",".join(kind for kind in kinds if kind not in PASSING + MEASURED)
    found = _listed(site, ",".join(CLUSTER_WIDE))
    for namespace in NAMESPACES:
        found += _listed(site, namespaced, "-n", namespace)
    entries = {key: entry for obj in found if "objects" in obj.get("data", {}) for key, entry in _held(obj)}
    return entries | {
        (obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"]): _comparable(obj) for obj in found
    }


def _listed(site: Site, kinds: str, *where: str) -> list[Object]:
    items: list[Object] = json.loads(site.kubectl("get", kinds, *where, "-o", "json", "--show-managed-fields"))["items"]
    return items


def _comparable(obj: Object) -> Object:
    bare = plain(obj)
    annotations = bare["metadata"].get("annotations", {})
    for name in MADE_UP_ANNOTATIONS:
        annotations.pop(name, None)
    if not annotations:
        bare["metadata"].pop("annotations", None)
    # Other managers' fields are theirs, and of ours only what is owned matters, not when it was.
    bare["metadata"]["managedFields"] = sorted(
        (entry for entry in bare["metadata"].get("managedFields", []) if entry["manager"] in MANAGERS),
        key=lambda entry: str(entry["manager"]),
    )
    if bare["kind"] == "Secret" or "istio-ca" in bare["metadata"]["name"]:
        bare["data"] = sorted(bare.get("data", {}))
    elif "objects" in bare.get("data", {}):
        del bare["data"]["objects"]
    elif bare["kind"] == "Service":
        for name in ("clusterIP", "clusterIPs", "healthCheckNodePort"):
            bare["spec"].pop(name, None)
        for port in bare["spec"]["ports"]:
            port.pop("nodePort", None)
    elif bare["kind"] == "Deployment":
        # OpenFaaS gives each function's pods a new one whenever it writes them.
        bare["spec"]["template"]["metadata"].get("labels", {}).pop("uid", None)
    for webhook in bare.get("webhooks", []):
        # Both are istiod's in the end, and it writes them in its own time.
        webhook.pop("failurePolicy", None)
        webhook["clientConfig"].pop("caBundle", None)
    return bare


def _held(memory: Object) -> Iterator[tuple[tuple[str, str, str], Object]]:
    """A set's entries, each under a key of its own: which object, and whether the set made it."""
    for entry in json.loads(memory["data"]["objects"]):
        key = (f"{memory['metadata']['name']}: {entry['kind']}", entry["namespace"], entry["name"])
        yield key, {name: value for name, value in entry.items() if name != "uid"}
