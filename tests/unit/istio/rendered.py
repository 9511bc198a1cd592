"""Objects as istioctl 1.31 renders them for a revision, cut down to what decides."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def istiod(revision: str = "") -> list[Object]:
    """A definition, and what the chart of istiod makes: Service, Deployment, injector and validator."""
    suffix = f"-{revision}" if revision else ""
    label = {"istio.io/rev": revision or "default"}
    pilot = {"operator.istio.io/component": "Pilot", "helm.sh/chart": "istiod-1.0.0", **label}
    return [
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "gateways.networking.istio.io", "labels": {"helm.sh/chart": "base-1.0.0"}},
        },
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "istiod", "namespace": "istio-system", "labels": {"helm.sh/chart": "istiod-1.0.0"}},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": f"istiod{suffix}",
                "namespace": "istio-system",
                "labels": {"app": "istiod", **pilot},
                "annotations": {"a": "b"},
            },
            "spec": {"selector": {"app": "istiod", "istio": "pilot"}, "ipFamilyPolicy": "PreferDualStack"},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": f"istiod{suffix}", "namespace": "istio-system", "labels": pilot},
        },
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": f"istio-sidecar-injector{suffix}", "labels": {"app": "sidecar-injector", **pilot}},
            "webhooks": _injecting(revision),
        },
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {
                "name": f"istio-validator{suffix}-istio-system",
                "labels": {"app": "istiod", "istio": "istiod", "helm.sh/chart": "istiod-1.0.0", **label},
            },
            "webhooks": [
                {
                    "name": "rev.validation.istio.io",
                    "failurePolicy": "Ignore",
                    "objectSelector": {
                        "matchExpressions": [
                            {"key": "istio.io/rev", "operator": "In", "values": [revision or "default"]}
                        ]
                    },
                }
            ],
        },
    ]


def gateway() -> list[Object]:
    """The Deployment of the ingress gateway."""
    labels = {"operator.istio.io/component": "IngressGateways", "istio": "ingressgateway"}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "istio-ingressgateway", "namespace": "istio-system", "labels": labels},
        }
    ]


def _injecting(revision: str) -> list[Object]:
    named = {"key": "istio.io/rev", "operator": "In", "values": [revision or "default"]}
    unnamed = {"key": "istio.io/rev", "operator": "DoesNotExist"}
    unlabelled = {"key": "istio-injection", "operator": "DoesNotExist"}
    wanted = {"key": "sidecar.istio.io/inject", "operator": "NotIn", "values": ["false"]}
    webhooks = [
        _webhook("rev.namespace", [named, unlabelled], [wanted]),
        _webhook("rev.object", [unnamed, unlabelled], [wanted, named]),
    ]
    if not revision:
        enabled = {"key": "istio-injection", "operator": "In", "values": ["enabled"]}
        asked = {"key": "sidecar.istio.io/inject", "operator": "In", "values": ["true"]}
        webhooks += [
            _webhook("namespace", [enabled], [wanted]),
            _webhook("object", [unlabelled, unnamed], [asked, unnamed]),
        ]
    return webhooks


def _webhook(name: str, namespace: list[Object], pod: list[Object]) -> Object:
    return {
        "name": f"{name}.sidecar-injector.istio.io",
        "clientConfig": {"service": {"name": "istiod", "namespace": "istio-system", "path": "/inject", "port": 443}},
        "namespaceSelector": {"matchExpressions": namespace},
        "objectSelector": {"matchExpressions": pod},
    }
