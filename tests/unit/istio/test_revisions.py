"""What may be installed beside or on top of what, and where tags stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio import injectors, revisions, tags
from ansible_collections.faas.mesh.plugins.module_utils._istio.installation import Installation

from .rendered import istiod


def live(revision: str, tags: tuple[str, ...] = (), version: str = "1.31.1") -> list[dict[str, Any]]:
    """The injectors of an installation."""
    stages = Installation(version=version, revision=revision, tags=tags).stages(istiod(revision))
    return injectors.injectors([obj for stage in stages for obj in stage])


def test_the_cluster_tells_versions_and_where_tags_point() -> None:
    found = [*live("", ("default",), "1.30.4"), *live("canary", ("prod",))]
    assert revisions.versions(found) == {"default": "1.30.4", "canary": "1.31.1"}
    assert revisions.pointed(found) == {"default": "default", "prod": "canary"}


def test_an_injector_without_a_version_tells_nothing() -> None:
    assert revisions.versions(istiod()[4:5]) == {}


@pytest.mark.parametrize(
    ("held", "pointing", "revision", "is_new", "kept"),
    [
        # The first revision of a cluster is the default one, and a second is not.
        ({}, {}, "canary", True, ("default",)),
        ({}, {"default": "default"}, "canary", True, ()),
        # The one without a name becomes the default one once, and leaves the tag where it was moved to.
        ({}, {"default": "canary"}, "", True, ("default",)),
        ({"default": True}, {"default": "canary"}, "", False, ()),
        ({"default": True}, {"default": "default"}, "", False, ("default",)),
        # What was removed by hand comes back, and what a killed run was about to move still comes.
        ({"prod": True}, {"default": "default"}, "canary", False, ("prod",)),
        ({"prod": False}, {"prod": "default"}, "canary", False, ("prod",)),
    ],
)
def test_tags_stay_where_they_are(
    held: dict[str, bool], pointing: dict[str, str], revision: str, is_new: bool, kept: tuple[str, ...]
) -> None:
    assert revisions.kept_tags(held, pointing, revision, is_new=is_new) == kept


@pytest.mark.parametrize(
    ("found", "installed", "allow", "told"),
    [
        ("1.31.1", {}, (), ""),
        ("1.31.1", {"default": "1.31.1"}, (), ""),
        ("1.31.1", {"default": "1.30.4"}, (), ""),
        ("1.31.1", {"default": "1.29.2"}, (), "Revision default is Istio 1.29.2, and 1.31.1 is more than one minor"),
        ("1.31.1", {"default": "1.29.2"}, ("skew",), ""),
        ("1.31.0", {"default": "1.31.1"}, (), "Istio 1.31.1 is installed as revision default, and 1.31.0 is older"),
        ("1.31.0", {"default": "1.31.1"}, ("downgrade",), ""),
        ("1.31.1", {"default": "1.31.1", "old": "1.28.0"}, (), "Revision old is Istio 1.28.0"),
        # Beside a newer revision an older one is no downgrade.
        ("1.30.4", {"canary": "1.31.1"}, (), ""),
        ("1.31.1", {"default": "latest"}, (), ""),
    ],
)
def test_leaps_and_downgrades_are_refused_unless_allowed(
    found: str, installed: dict[str, str], allow: Sequence[str], told: str
) -> None:
    if not told:
        revisions.refuse_leap(found, "", installed, allow)
        return
    with pytest.raises(MeshError) as refusal:
        revisions.refuse_leap(found, "", installed, allow)
    assert told in str(refusal.value)


def test_proxies_that_would_fall_too_far_behind_are_named() -> None:
    served = [("shop/cart-1", "1.30.0"), ("shop/till-1", "1.29.0"), ("shop/till-2", "1.29.0"), ("shop/own-1", "")]
    with pytest.raises(MeshError, match=r"The proxy of pod shop/till-1 is Istio 1\.29\.0 \(1 more are as far\)"):
        revisions.refuse_stragglers("1.31.1", served, ())
    revisions.refuse_stragglers("1.31.1", served, ("skew",))
    revisions.refuse_stragglers("1.30.4", served, ())


def test_a_tag_has_to_be_a_name_of_its_own() -> None:
    assert tags.checked(["prod", "default", "prod"], "canary") == ("default", "prod")
    with pytest.raises(MeshError, match="The tag 'Prod!' in tags is not allowed"):
        tags.checked(["Prod!"], "")
    with pytest.raises(MeshError, match="has the name of the revision"):
        tags.checked(["canary"], "canary")


@pytest.mark.parametrize("revision", ["", "canary"])
def test_a_tag_reacts_to_its_own_name_only(revision: str) -> None:
    found = {obj["metadata"]["name"]: obj for obj in live(revision, ("prod",))}
    tag = found["istio-revision-tag-prod"]
    assert [hook["name"].partition(".sidecar")[0] for hook in tag["webhooks"]] == ["rev.namespace", "rev.object"]
    terms = [
        term
        for hook in tag["webhooks"]
        for selector in (hook["namespaceSelector"], hook["objectSelector"])
        for term in selector["matchExpressions"]
        if term["key"] == "istio.io/rev" and term["operator"] == "In"
    ]
    assert [term["values"] for term in terms] == [["prod"], ["prod"]]
    assert tag["metadata"]["labels"]["istio.io/rev"] == (revision or "default")
