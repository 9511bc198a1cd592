"""Whose sidecar injectors are in a cluster, and which pods two of them would both inject."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio import injectors
from ansible_collections.faas.mesh.plugins.module_utils._istio.installation import Installation

from .rendered import istiod


def installed(revision: str = "", name_suffix: str = "", tags: tuple[str, ...] = ("default",)) -> list[dict[str, Any]]:
    """The injectors of an installation, with ``name_suffix`` on their names."""
    stages = Installation(version="1.31.1", revision=revision, tags=tags).stages(istiod(revision))
    found = injectors.injectors([obj for stage in stages for obj in stage])
    for obj in found:
        obj["metadata"]["name"] += name_suffix
    return found


def test_other_webhooks_are_no_injectors() -> None:
    validator = istiod()[5]
    other = {"metadata": {"name": "other"}, "webhooks": [{"name": "x.example.com"}]}
    assert injectors.injectors([validator, other, {"metadata": {"name": "empty"}}]) == []


def test_an_installation_replaces_itself() -> None:
    injectors.refuse_second(installed(), installed())


def test_a_second_default_injector_is_refused_by_both_names() -> None:
    both = r"istio-revision-tag-default-other already injects .* as istio-revision-tag-default would"
    with pytest.raises(MeshError, match=both):
        injectors.refuse_second(installed(), installed(name_suffix="-other"))


def test_a_revision_beside_the_default_one_is_no_conflict() -> None:
    injectors.refuse_second(installed("canary", tags=()), installed())


def test_an_injector_without_a_tag_is_in_the_way_of_the_tag() -> None:
    old = istiod()[4]
    old["metadata"]["name"] = "istio-sidecar-injector-old"
    with pytest.raises(MeshError, match="istio-injection=enabled"):
        injectors.refuse_second(installed(), [old])


def test_a_selector_that_is_missing_takes_every_pod() -> None:
    selector = {"matchLabels": {"istio.io/rev": "r"}}
    webhook = {"name": "x.sidecar-injector.istio.io", "namespaceSelector": selector}
    greedy = {"metadata": {"name": "greedy"}, "webhooks": [webhook]}
    injectors.refuse_second(installed(), [{**greedy, "webhooks": [{"name": "x.example.com"}]}])
    with pytest.raises(MeshError, match="greedy already injects"):
        injectors.refuse_second(installed("r", tags=()), [greedy])


def test_an_istio_of_helm_is_left_alone() -> None:
    annotations = {"meta.helm.sh/release-name": "istiod", "meta.helm.sh/release-namespace": "istio-system"}
    by_helm = {"metadata": {"name": "istio-sidecar-injector", "annotations": annotations}}
    with pytest.raises(MeshError, match=r"by Helm \(release istio-system/istiod owns .*istio-sidecar-injector\)"):
        injectors.refuse_helm([by_helm])
    injectors.refuse_helm(installed())
