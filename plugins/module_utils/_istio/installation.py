# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An installation of Istio as ``istioctl install`` would leave it: the document to render, and what istioctl adds.

``istioctl manifest generate`` leaves out what ``istioctl install`` does besides: labels that name the owner, the
namespace, and the objects of the default tag (istio/istio, operator/pkg/install, release 1.31).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from .._errors import MeshError
from . import labels
from .document import merged
from .labels import labelled, labels_of
from .tags import with_tags

Object = dict[str, Any]

FIELD_MANAGER = "istio-operator"

# By the chart's name in helm.sh/chart, for objects that their chart gives no component label.
_COMPONENTS = {
    "base": "Base",
    "istiod": "Pilot",
    "istio-ingress": "IngressGateways",
    "istio-egress": "EgressGateways",
    "cni": "Cni",
    "ztunnel": "Ztunnel",
}
# istioctl begins with these when istiod is ready, because their pods need it to start.
_AFTER_ISTIOD = ("IngressGateways", "EgressGateways", "Ztunnel")


@dataclass(frozen=True)
class Installation:
    """What the user asks for.

    :param profile: empty for a manifest that is rendered already. :param revision: empty for the default one.
    :param namespace: of the control plane.
    :param values: Helm values, as in ``spec.values`` of an IstioOperator document.
    :param spec: what else such a document asks for, see ``document.read``; ``values`` come on top of its own.
    :param version: of the istioctl that renders, which is the version that gets installed.
    :param tags: that point to this revision; with ``default``, it serves the namespaces labelled
        ``istio-injection: enabled``. None leaves them to where the cluster has them.
    """

    profile: str = "default"
    revision: str = ""
    namespace: str = "istio-system"
    values: Object = field(default_factory=dict)
    spec: Object = field(default_factory=dict)
    version: str = ""
    tags: tuple[str, ...] | None = None

    @property
    def set(self) -> str:
        """The name of the set that remembers the installation's objects."""
        return f"istio-{self.revision}" if self.revision else "istio"

    @property
    def name(self) -> str:
        """The revision as labels name it."""
        return self.revision or labels.DEFAULT

    @property
    def source(self) -> str:
        """What the objects come from, as messages name it."""
        return f"profile {self.profile} with these values" if self.profile else "the manifest"

    @property
    def all_values(self) -> Object:
        """The values of the document with the user's own on top."""
        return merged(self.spec.get("values") or {}, self.values)

    def operator(self, kubernetes: str) -> Object:
        """The IstioOperator document to render.

        :param kubernetes: the server's gitVersion. On GKE istioctl changes three settings, unless they are given.
        """
        values = copy.deepcopy(self.all_values)
        spec: Object = {**self.spec, "profile": self.profile, "values": values}
        if self.revision:
            spec["revision"] = self.revision
        if self.namespace != "istio-system":
            _branch(values, "global")["istioNamespace"] = self.namespace
        if "-gke" in kubernetes:
            spec["components"] = merged({"cni": {"namespace": "kube-system"}}, self.spec.get("components") or {})
            _branch(values, "global").setdefault("platform", "gke")
            _branch(values, "cni", "resourceQuotas").setdefault("enabled", False)
        return {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": spec}

    def stages(self, rendered: list[Object]) -> list[list[Object]]:
        """The objects in groups, each of which has to be ready before the next is begun.

        :param rendered: what istioctl made of ``operator()``.
        """
        objects = with_tags([self._owned(obj) for obj in rendered], self.revision, self.tags or ())
        late = [obj for obj in objects if labels_of(obj)[labels.COMPONENT] in _AFTER_ISTIOD]
        # A tag moves when what it will point to is up: until then the revision before serves.
        last = [obj for obj in objects if _is_last(obj)]
        first = [obj for obj in objects if obj not in late and obj not in last]
        return [stage for stage in ([self._namespace(), *first], late, last) if stage]

    def _namespace(self) -> Object:
        metadata: Object = {"name": self.namespace}
        network = (self.all_values.get("global") or {}).get("network")
        if network:
            metadata["labels"] = {"topology.istio.io/network": network}
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}

    def _owned(self, obj: Object) -> Object:
        chart = labels_of(obj).get("helm.sh/chart", "").rpartition("-")[0]
        owner = {
            labels.COMPONENT: labels_of(obj).get(labels.COMPONENT) or _COMPONENTS.get(chart, "Base"),
            labels.OWNER_NAMESPACE: self.namespace,
            labels.MANAGED: "Reconcile",
            labels.VERSION: self.version,
            labels.REVISION: self.name,
        }
        return labelled(obj, owner)


def _is_last(obj: Object) -> bool:
    return obj["kind"] == "ValidatingWebhookConfiguration" or labels.TAG in labels_of(obj)


def _branch(values: Object, *path: str) -> Object:
    for name in path:
        if not isinstance(values.get(name), dict):
            values[name] = {}
        values = values[name]
    return values


def check_version(found: str, wanted: str | None, program: str) -> None:
    """Refuse an istioctl of another version than the one asked for.

    :raises MeshError: with where the right one is to be had.
    """
    if wanted and found != wanted:
        raise MeshError(
            f"{program} installs Istio {found}, but version asks for {wanted}: get istioctl {wanted} from "
            f"https://github.com/istio/istio/releases/tag/{wanted} for it, or set version to {found}."
        )
