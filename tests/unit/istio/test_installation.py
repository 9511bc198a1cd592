"""What is rendered for an installation, and what becomes of it before it is applied."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio.installation import Installation, check_version

from .rendered import gateway, istiod

DEFAULT = ("default",)


def names(stage: list[dict[str, Any]]) -> list[str]:
    """Kind and name of each object."""
    return [f"{obj['kind']} {obj['metadata']['name']}" for obj in stage]


def by_name(stages: list[list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """All objects by kind and name."""
    return {f"{obj['kind']} {obj['metadata']['name']}": obj for stage in stages for obj in stage}


def test_istiod_comes_before_gateways_and_tags_and_validation_last() -> None:
    first, second, third = Installation(version="1.31.1", tags=DEFAULT).stages([*gateway(), *istiod()])
    assert names(first)[0] == "Namespace istio-system"
    assert "Deployment istiod" in names(first)
    assert names(second) == ["Deployment istio-ingressgateway"]
    assert names(third) == [
        "ValidatingWebhookConfiguration istio-validator-istio-system",
        "MutatingWebhookConfiguration istio-revision-tag-default",
        "Service istiod-revision-tag-default",
        "ValidatingWebhookConfiguration istiod-default-validator",
    ]


def test_every_object_says_who_owns_it() -> None:
    found = by_name(Installation(version="1.31.1", tags=DEFAULT).stages([*gateway(), *istiod()]))
    del found["Namespace istio-system"]
    for obj in found.values():
        labels = obj["metadata"]["labels"]
        assert labels["install.operator.istio.io/owning-resource-namespace"] == "istio-system"
        assert labels["operator.istio.io/managed"] == "Reconcile"
        assert labels["operator.istio.io/version"] == "1.31.1"
        assert labels["istio.io/rev"] == "default"
    components = {name: obj["metadata"]["labels"]["operator.istio.io/component"] for name, obj in found.items()}
    assert components["CustomResourceDefinition gateways.networking.istio.io"] == "Base"
    assert components["ServiceAccount istiod"] == "Pilot"
    assert components["Deployment istio-ingressgateway"] == "IngressGateways"


def test_the_default_tag_takes_over_from_the_injector() -> None:
    rendered = istiod()
    found = by_name(Installation(version="1.31.1", tags=DEFAULT).stages(copy.deepcopy(rendered)))
    injector = found["MutatingWebhookConfiguration istio-sidecar-injector"]
    never = {"matchLabels": {"istio.io/deactivated": "never-match"}}
    assert all(hook["namespaceSelector"] == hook["objectSelector"] == never for hook in injector["webhooks"])
    tag = found["MutatingWebhookConfiguration istio-revision-tag-default"]
    assert tag["webhooks"] == rendered[4]["webhooks"]
    assert tag["metadata"]["labels"]["istio.io/tag"] == "default"
    assert tag["metadata"]["labels"]["install.operator.istio.io/owning-resource-not-pruned"] == "true"


def test_the_tag_has_a_service_and_a_validator_of_its_own() -> None:
    found = by_name(Installation(version="1.31.1", tags=DEFAULT).stages(istiod()))
    service = found["Service istiod-revision-tag-default"]
    assert service["spec"] == {"selector": {"app": "istiod", "istio.io/rev": "default"}}
    assert "annotations" not in service["metadata"]
    validator = found["ValidatingWebhookConfiguration istiod-default-validator"]
    assert validator["webhooks"][0]["name"] == "validation.istio.io"
    assert validator["webhooks"][0]["failurePolicy"] == "Ignore"
    assert validator["webhooks"][0]["objectSelector"] == {
        "matchExpressions": [{"key": "istio.io/rev", "operator": "DoesNotExist"}]
    }


def test_a_named_revision_can_be_the_default_one() -> None:
    found = by_name(Installation(version="1.31.1", revision="canary", tags=DEFAULT).stages(istiod("canary")))
    tag = found["MutatingWebhookConfiguration istio-revision-tag-default"]
    assert [hook["name"].split(".sidecar")[0] for hook in tag["webhooks"]] == [
        "rev.namespace",
        "rev.object",
        "namespace",
        "object",
    ]
    assert tag["webhooks"][0]["namespaceSelector"]["matchExpressions"][0]["values"] == ["default"]
    own = found["MutatingWebhookConfiguration istio-sidecar-injector-canary"]
    assert own["webhooks"][0]["namespaceSelector"]["matchExpressions"][0]["values"] == ["canary"]


def test_a_second_revision_leaves_the_default_tag_alone() -> None:
    stages = Installation(version="1.31.1", revision="canary", tags=()).stages(istiod("canary"))
    assert not [name for name in by_name(stages) if "default" in name]


def test_values_reach_istioctl_unchanged() -> None:
    values = {"pilot": {"env": {"A": "1"}}}
    operator = Installation(profile="minimal", revision="canary", values=values).operator("v1.36.3")
    assert operator["spec"] == {"profile": "minimal", "revision": "canary", "values": values}


def test_on_gke_istioctl_sets_three_things_unless_they_are_given() -> None:
    spec = Installation().operator("v1.34.2-gke.100")["spec"]
    assert spec["components"] == {"cni": {"namespace": "kube-system"}}
    assert spec["values"] == {"global": {"platform": "gke"}, "cni": {"resourceQuotas": {"enabled": False}}}
    given = {"global": {"platform": "none"}, "cni": {"resourceQuotas": {"enabled": True}}}
    assert Installation(values=given).operator("v1.34.2-gke.100")["spec"]["values"] == given


def test_a_network_is_written_on_the_namespace() -> None:
    stages = Installation(values={"global": {"network": "west"}}).stages([])
    assert stages[0][0]["metadata"]["labels"] == {"topology.istio.io/network": "west"}


def test_an_istioctl_of_another_version_is_refused_with_a_place_to_go() -> None:
    check_version("1.31.1", "1.31.1", "istioctl")
    check_version("1.31.1", None, "istioctl")
    told = r"installs Istio 1\.30\.4, but version asks for 1\.31\.1: .*releases/tag/1\.31\.1"
    with pytest.raises(MeshError, match=told):
        check_version("1.30.4", "1.31.1", "istioctl")
