"""istio_install against istioctl itself, on the lab: the same cluster, taken over and given back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.istio import OTHER_VALUES, VALUES, Istio, Snapshot, written
from tests.cluster.site import Site
from tests.conftest import Lab


@pytest.fixture(scope="module")
def istio(lab: Lab, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Istio]:
    """A cluster without Istio, before and after."""
    site.empty()
    handle = Istio(lab, tmp_path_factory.mktemp("istio"))
    handle.purge()
    yield handle
    handle.purge()


@pytest.fixture(scope="module")
def by_istioctl(istio: Istio) -> Snapshot:
    """What ``istioctl install`` of the same values leaves."""
    istio.install_by_istioctl(VALUES)
    taken = istio.snapshot()
    istio.purge()
    return taken


@pytest.fixture(scope="module")
def by_module(istio: Istio, by_istioctl: Snapshot) -> dict[str, Any]:
    """What the module says that it did on a cluster without Istio, check mode first."""
    predicted = istio.module(check=True)
    assert istio.snapshot() == {}
    result = istio.module()
    assert result.get("failed", False) is False, result
    assert written(predicted) == written(result)
    return result


def test_the_cluster_is_the_one_that_istioctl_leaves(
    istio: Istio, by_module: dict[str, Any], by_istioctl: Snapshot
) -> None:
    found = istio.snapshot()
    assert sorted(found) == sorted(by_istioctl)
    for identity, expected in by_istioctl.items():
        assert found[identity] == expected, identity


def test_a_second_run_writes_nothing(istio: Istio, by_module: dict[str, Any]) -> None:
    result = istio.module()
    assert result["changed"] is False
    assert set(result["requests"]) == {"read"}
    assert result["taken_over"] is False


def test_istioctl_knows_the_installation(istio: Istio, by_module: dict[str, Any]) -> None:
    tags = json.loads(istio.command("istioctl", "tag", "list", "-o", "json"))
    assert [(tag["tag"], tag["revision"]) for tag in tags] == [("default", "default")]
    assert "istio-ingressgateway" in istio.command("istioctl", "proxy-status")


def test_another_injector_for_the_same_namespaces_is_refused(istio: Istio, by_module: dict[str, Any]) -> None:
    before = istio.snapshot()
    result = istio.module(namespace="other-istio", set_namespace="other-sets")
    assert result["failed"] is True
    assert "istio-revision-tag-default already injects sidecars" in result["msg"]
    assert istio.snapshot() == before


def test_a_control_plane_does_not_move(istio: Istio, by_module: dict[str, Any]) -> None:
    result = istio.module(namespace="other-istio")
    assert result["failed"] is True
    assert "Deployment istio-system/istiod" in result["msg"]
    assert "cannot move to namespace other-istio" in result["msg"]


def test_a_hand_made_change_is_told_and_put_right_only_when_asked_to(
    istio: Istio, by_module: dict[str, Any], by_istioctl: Snapshot
) -> None:
    patch = {"data": {"mesh": "accessLogFile: /dev/null"}, "metadata": {"annotations": {"theirs": "stays"}}}
    where = ("configmap/istio", "-n", "istio-system")
    istio.command("kubectl", "patch", *where, "--field-manager=somebody", "--patch", json.dumps(patch))
    istio.command("kubectl", "delete", "role/istiod", "-n", "istio-system")
    refused = istio.module()
    assert refused["failed"] is True
    assert "ConfigMap istio-system/istio: data.mesh is 'accessLogFile: /dev/null' (set by somebody at" in refused["msg"]
    assert "last written by somebody at" in refused["diff"][0]["before_header"]
    result = istio.installed(on_conflict="take")
    assert written(result) == ["updated ConfigMap istio", "created Role istiod", "updated ConfigMap set-istio"]
    found = istio.snapshot()
    assert found["ConfigMap", "istio-system", "istio"]["metadata"].pop("annotations") == {"theirs": "stays"}
    assert found == by_istioctl
    istio.command("kubectl", "annotate", *where, "theirs-")
    assert istio.module()["changed"] is False


def test_what_istioctl_installed_is_taken_over(istio: Istio, by_module: dict[str, Any], by_istioctl: Snapshot) -> None:
    istio.purge()
    istio.install_by_istioctl(OTHER_VALUES, profile="demo")
    assert ("Deployment", "istio-system", "istio-egressgateway") in istio.snapshot()
    refused = istio.module()
    assert refused["failed"] is True
    assert "Deployment istio-system/istio-egressgateway is installed" in refused["msg"]
    result = istio.module(purge=["load_balancers"])
    assert result.get("failed", False) is False, result
    assert result["taken_over"] is True
    assert "deleted Deployment istio-egressgateway" in written(result)
    found = istio.snapshot()
    assert sorted(found) == sorted(by_istioctl)
    for identity, expected in by_istioctl.items():
        assert found[identity] == expected, identity
    assert istio.module(purge=["load_balancers"])["changed"] is False


def test_removal_keeps_the_definitions_and_is_done_once(istio: Istio, by_module: dict[str, Any]) -> None:
    result = istio.module(state="absent")
    assert result.get("failed", False) is False, result
    assert {kind for kind, _namespace, _name in istio.snapshot()} == {"CustomResourceDefinition"}
    assert istio.module(state="absent")["changed"] is False
