# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sidecar injectors of a cluster: whose they are, and which pods two of them would both inject."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from .._errors import MeshError
from . import labels

Object = dict[str, Any]
Labels = dict[str, str]

PATH = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
WEBHOOK_SUFFIX = "sidecar-injector.istio.io"


def injectors(configurations: Iterable[Object]) -> list[Object]:
    """Those MutatingWebhookConfigurations that inject Istio's sidecar."""
    return [obj for obj in configurations if any(_injects(webhook) for webhook in obj.get("webhooks") or [])]


def _injects(webhook: Object) -> bool:
    return str(webhook.get("name", "")).endswith(WEBHOOK_SUFFIX)


def refuse_helm(live: Iterable[Object]) -> None:
    """Leave an Istio alone that Helm installed.

    :param live: the injectors in the cluster.
    :raises MeshError: naming the release.
    """
    for injector in live:
        annotations = injector["metadata"].get("annotations") or {}
        release = annotations.get("meta.helm.sh/release-name")
        if release:
            raise MeshError(
                f"Istio was put into this cluster by Helm (release {annotations.get('meta.helm.sh/release-namespace')}/"
                f"{release} owns MutatingWebhookConfiguration {injector['metadata']['name']}) and is left as it is: "
                "upgrade it with Helm, or uninstall that release first."
            )


def refuse_second(ours: Iterable[Object], live: Iterable[Object]) -> None:
    """Refuse injectors that would inject pods which another injector in the cluster injects as well.

    :param ours: the injectors about to be written; those of the same names in the cluster are replaced by them.
    :raises MeshError: naming both injectors and the labels that both react to.
    """
    written = injectors(ours)
    names = {obj["metadata"]["name"] for obj in written}
    others = [obj for obj in live if obj["metadata"]["name"] not in names]
    for mine, other in product(written, others):
        both = _both_match(mine, other)
        if both:
            raise MeshError(
                f"MutatingWebhookConfiguration {other['metadata']['name']} already injects sidecars for {both}, as "
                f"{mine['metadata']['name']} would: a pod would get two. Remove the other Istio, or give this one a "
                "revision of its own."
            )


# What decides about injection, the usual first, so that a message names that.
_OF_NAMESPACES: tuple[Labels, ...] = ({"istio-injection": "enabled"}, {}, {"istio-injection": "disabled"})
_OF_PODS: tuple[Labels, ...] = ({}, {"sidecar.istio.io/inject": "true"}, {"sidecar.istio.io/inject": "false"})


def _both_match(one: Object, other: Object) -> str:
    """Labels of a namespace and of a pod that both injectors react to, empty where there are none."""
    names = sorted({*_revisions(one), *_revisions(other)})
    revisions: list[Labels] = [{}, *({labels.REVISION: name} for name in names)]
    for switch, revision, pod_switch, pod_revision in product(_OF_NAMESPACES, revisions, _OF_PODS, revisions):
        namespace, pod = {**switch, **revision}, {**pod_switch, **pod_revision}
        if _matches(one, namespace, pod) and _matches(other, namespace, pod):
            return f"namespaces {_shown(namespace)} and pods {_shown(pod)}"
    return ""


def _shown(wanted: Labels) -> str:
    return "labelled " + ", ".join(f"{name}={value}" for name, value in wanted.items()) if wanted else "without labels"


def _revisions(injector: Object) -> Iterator[str]:
    for webhook in injector.get("webhooks") or []:
        for selector in (webhook.get("namespaceSelector") or {}, webhook.get("objectSelector") or {}):
            if labels.REVISION in (selector.get("matchLabels") or {}):
                yield selector["matchLabels"][labels.REVISION]
            for term in selector.get("matchExpressions") or []:
                if term["key"] == labels.REVISION:
                    yield from term.get("values") or []


def _matches(injector: Object, namespace: Labels, pod: Labels) -> bool:
    return any(
        _selects(webhook.get("namespaceSelector"), namespace) and _selects(webhook.get("objectSelector"), pod)
        for webhook in injector.get("webhooks") or []
        if _injects(webhook)
    )


def _selects(selector: Object | None, given: Labels) -> bool:
    """Whether a label selector takes these labels (Kubernetes' LabelSelector); none takes all."""
    selector = selector or {}
    wanted = (selector.get("matchLabels") or {}).items()
    return wanted <= given.items() and all(_holds(term, given) for term in selector.get("matchExpressions") or [])


def _holds(term: Object, given: Labels) -> bool:
    value = given.get(term["key"])
    values = term.get("values") or []
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }[term["operator"]]
