"""Two revisions of Istio side by side on the lab: the tag moves, workloads follow, and only one of them is removed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.istio import VALUES, VERSION, Istio, written
from tests.cluster.site import Site
from tests.conftest import Lab
from tests.faults.conftest import eventually

SPACE = "revisions-demo"
# No gateways: these tests are about control planes and sidecars.
OLD: dict[str, Any] = {"profile": "minimal", "revision": "old"}
NEW: dict[str, Any] = {"profile": "minimal", "revision": "new"}
NEVER_READY = {**VALUES, "pilot": {**VALUES["pilot"], "image": "docker.io/istio/pilot:missing"}}
MEMBER = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "member", "namespace": SPACE},
    "spec": {
        "selector": {"matchLabels": {"app": "member"}},
        "template": {
            "metadata": {"labels": {"app": "member"}},
            "spec": {
                "terminationGracePeriodSeconds": 1,
                "containers": [
                    {"name": "echo", "image": "docker.io/faasmesh/echo:lab", "imagePullPolicy": "IfNotPresent"}
                ],
            },
        },
    },
}
FOREIGN = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "VirtualService",
    "metadata": {"name": "foreign", "namespace": SPACE},
    "spec": {"hosts": ["foreign.example.com"], "http": [{"route": [{"destination": {"host": "member"}}]}]},
}


@pytest.fixture(scope="module")
def istio(lab: Lab, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Istio]:
    """Revision old with the tags default and prod, and a workload that its tag prod injected."""
    site.empty()
    handle = Istio(lab, tmp_path_factory.mktemp("istio"))
    handle.purge()
    handle.installed(**OLD, tags=["default", "prod"])
    handle.command("kubectl", "create", "namespace", SPACE)
    handle.command("kubectl", "label", "namespace", SPACE, "istio.io/rev=prod")
    handle.apply(MEMBER)
    handle.command("kubectl", "rollout", "status", "deployment/member", "-n", SPACE, "--timeout=120s")
    yield handle
    handle.command("kubectl", "delete", "namespace", SPACE, "--ignore-not-found")
    handle.purge()


def revision_of_member(istio: Istio) -> str:
    """Which revision injected the workload's running pod."""
    path = "{.items[-1:].metadata.annotations.istio\\.io/rev}"
    return istio.command("kubectl", "get", "pods", "-n", SPACE, "-l", "app=member", "-o", f"jsonpath={path}")


def tags(istio: Istio) -> dict[str, str]:
    """What istioctl says where each tag points."""
    listed = json.loads(istio.command("istioctl", "tag", "list", "-o", "json"))
    return {entry["tag"]: entry["revision"] for entry in listed if entry["tag"]}


def test_a_tag_is_the_one_that_istioctl_sets(istio: Istio) -> None:
    assert tags(istio) == {"default": "old", "prod": "old"}
    assert revision_of_member(istio) == "old"
    ours = istio.tag("prod")
    istio.command("istioctl", "tag", "set", "other", "--revision", "old")
    theirs = istio.tag("other")
    istio.command("istioctl", "tag", "remove", "other", "-y")
    assert json.dumps(theirs).replace("other", "prod") == json.dumps(ours)


def is_synced(told: dict[str, Any]) -> bool:
    """Whether every proxy has acknowledged what it was sent; until it has, it is told as STALE."""
    kinds = ("cds", "lds", "eds")
    return {(proxy["sync"] or {}).get(kind) for proxy in told["proxies"] for kind in kinds} == {"SYNCED"}


def test_the_mesh_is_told_with_what_its_istiod_knows(istio: Istio) -> None:
    eventually(lambda: is_synced(istio.ran("istio_info")))
    told = istio.ran("istio_info")
    (revision,) = told["revisions"]
    assert (revision["revision"], revision["version"], revision["tags"]) == ("old", VERSION, ["default", "prod"])
    (proxy,) = told["proxies"]
    assert proxy["pod"].startswith(f"{SPACE}/member-")
    assert (proxy["revision"], proxy["version"]) == ("old", VERSION)
    assert proxy["istiod"].startswith("istio-system/istiod-old-")
    assert told["mtls"] == [{"namespace": SPACE, "mode": "PERMISSIVE", "policy": None, "exceptions": []}]
    assert "warnings" not in told


def test_a_revision_without_tags_beside_another_touches_nothing_of_it(istio: Istio) -> None:
    before = istio.snapshot()
    result = istio.installed(**NEW)
    assert result["tags"] == []
    assert {line.split()[0] for line in written(result)} == {"created", "updated"}
    assert "updated Deployment istiod-old" not in written(result)
    assert tags(istio) == {"default": "old", "prod": "old"}
    after = istio.snapshot()
    for (kind, namespace, name), obj in before.items():
        if "old" in name or "tag" in name:
            assert after[kind, namespace, name] == obj, name
    assert istio.module(**NEW)["changed"] is False


def test_a_new_revision_that_never_gets_ready_takes_no_tag(istio: Istio) -> None:
    result = istio.module(profile="minimal", revision="broken", values=NEVER_READY, tags=["prod"], timeout=10)
    assert result["failed"] is True
    assert "Deployment istio-system/istiod-broken is not ready" in result["msg"]
    assert "docker.io/istio/pilot:missing" in result["msg"]
    assert tags(istio) == {"default": "old", "prod": "old"}
    istio.command("kubectl", "rollout", "restart", "deployment/member", "-n", SPACE)
    istio.command("kubectl", "rollout", "status", "deployment/member", "-n", SPACE, "--timeout=120s")
    assert revision_of_member(istio) == "old"
    istio.installed(state="absent", revision="broken")


def test_a_revision_in_use_is_not_removed_and_check_mode_warns(istio: Istio) -> None:
    result = istio.module(state="absent", revision="old")
    assert result["failed"] is True
    assert f"Revision old still serves the proxies of {SPACE}/member-" in result["msg"]
    predicted = istio.module(check=True, state="absent", revision="old")
    assert predicted.get("failed", False) is False
    assert "still serves the proxies" in json.dumps(predicted["warnings"])


def test_tags_move_and_the_old_revision_goes_alone(istio: Istio) -> None:
    istio.apply(FOREIGN)
    predicted = istio.module(check=True, **NEW, tags=["default", "prod"])
    result = istio.installed(**NEW, tags=["default", "prod"])
    assert written(predicted) == written(result)
    assert {line for line in written(result) if "istiod-new" in line} == set()
    assert tags(istio) == {"default": "new", "prod": "new"}
    restarted = istio.ran("istio_restart", revision="new")
    assert [(entry["namespace"], entry["name"]) for entry in restarted["objects"]] == [(SPACE, "member")]
    istio.until_gone(SPACE, "app=member", "old")
    assert revision_of_member(istio) == "new"
    assert istio.ran("istio_restart", revision="new")["changed"] is False

    foreign = istio.command("kubectl", "get", "virtualservice/foreign", "-n", SPACE, "-o", "yaml")
    before = istio.snapshot()
    removed = istio.installed(state="absent", revision="old")
    assert "deleted Deployment istiod-old" in written(removed)
    assert "released MutatingWebhookConfiguration istio-revision-tag-prod" in written(removed)
    after = istio.snapshot()
    assert after == {key: obj for key, obj in before.items() if "old" not in key[2]}
    assert istio.command("kubectl", "get", "virtualservice/foreign", "-n", SPACE, "-o", "yaml") == foreign
    assert istio.module(state="absent", revision="old")["changed"] is False
    assert istio.module(**NEW)["changed"] is False
