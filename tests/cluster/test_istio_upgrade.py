"""An upgrade of Istio to another version by a revision and its tag, with the role, while functions are called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.cluster.istio import NEXT_VERSION, VERSION
from tests.cluster.load import Load
from tests.cluster.site import ALL_OF_ISTIO, Site
from tests.stages.workspace import CHECKOUT

LEAST_REQUESTS = 200
RESTART = "Bring the sidecars along"
LAB = yaml.safe_load((CHECKOUT / "inventories" / "lab" / "group_vars" / "all.yml").read_text())
INGRESS = LAB["istio_values"]["gateways"]["istio-ingressgateway"]
ROLE = "clusterrole/faas-mesh-istio"
# The Gateway API as it was long ago.
OLD_GRANTS: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {
        "name": "referencegrants.gateway.networking.k8s.io",
        "annotations": {"api-approved.kubernetes.io": "unapproved, of a test"},
    },
    "spec": {
        "group": "gateway.networking.k8s.io",
        "scope": "Namespaced",
        "names": {"kind": "ReferenceGrant", "plural": "referencegrants", "singular": "referencegrant"},
        "versions": [
            {
                "name": "v1alpha2",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
MISSING = "docker.io/istio/pilot:missing"
FUNCTION = {
    "name": "env",
    "image": "ghcr.io/openfaas/alpine:latest",
    "fprocess": "env",
    "labels": {"com.openfaas.scale.min": "2"},
}
# The lab's programs end at once when they are told to: they have to serve until their callers know that they go, as
# OpenFaaS' own watchdog does.
LINGERS = {"openfaas/gateway": ("gateway", "faas-netes"), "openfaas-fn/env": ("env",)}


def values(replicas: int, **pilot: Any) -> dict[str, Any]:
    """The lab's values, with so many pods of the ingress, and further ones of istiod."""
    ingress = {**INGRESS, "autoscaleMin": replicas, "autoscaleMax": replicas}
    given = LAB["istio_values"]
    return {**given, "pilot": {**given["pilot"], **pilot}, "gateways": {"istio-ingressgateway": ingress}}


def upgraded(site: Site) -> dict[str, Any]:
    """The variables of the upgrade."""
    return {
        "istio_version": NEXT_VERSION,
        "istio_istioctl_path": str(site.lab.program(f"istioctl-{NEXT_VERSION}")),
        "istio_revision": "next",
        "istio_old_revisions": ["default"],
        "istio_values": values(2),
    }


@pytest.fixture(scope="module")
def doubled(site: Site) -> Iterator[Site]:
    """The site with two pods each of the ingress, of OpenFaaS' gateway and of a function."""
    site.empty()
    site.run(istio_values=values(2), openfaas_values={"gateway": {"replicas": 2}}, functions_list=[FUNCTION])
    for workload, containers in LINGERS.items():
        namespace, _, name = workload.partition("/")
        hooks = [{"name": each, "lifecycle": {"preStop": {"sleep": {"seconds": 5}}}} for each in containers]
        patch = json.dumps({"spec": {"template": {"spec": {"containers": hooks}}}})
        site.kubectl("patch", f"deployment/{name}", "-n", namespace, "--patch", patch)
        site.kubectl("rollout", "status", f"deployment/{name}", "-n", namespace, "--timeout=180s")
    yield site
    # The new revision has a set of its own, which keeps what both share until it is told to give it up.
    site.run("teardown.yml", istio_revision="next", istio_allow=["in_use"], **ALL_OF_ISTIO)
    site.empty()


def sidecars(site: Site) -> set[tuple[str, str]]:
    """The revisions and versions of the sidecars in OpenFaaS' namespaces."""
    found: set[tuple[str, str]] = set()
    for namespace in ("openfaas", "openfaas-fn"):
        for pod in json.loads(site.kubectl("get", "pods", "-n", namespace, "-o", "json"))["items"]:
            containers = [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
            (proxy,) = {each["image"] for each in containers if each["name"] == "istio-proxy"}
            if "deletionTimestamp" not in pod["metadata"]:
                found.add((pod["metadata"]["annotations"]["istio.io/rev"], proxy.rpartition(":")[2]))
    return found


def control_planes(site: Site) -> list[str]:
    """The Deployments of Istio."""
    return site.kubectl("get", "deployments", "-n", "istio-system", "-o", "name").split()


@pytest.fixture
def unfit(doubled: Site) -> Iterator[Site]:
    """The site with an old Gateway API, whose user may not change disruption budgets."""
    role = json.loads(doubled.kubectl("get", ROLE, "-o", "json"))
    kept = [rule for rule in role["rules"] if rule["apiGroups"] != ["policy"]]
    assert kept != role["rules"]
    rules = "patch", ROLE, "--type=merge", "--patch"
    doubled.kubectl(*rules, json.dumps({"rules": kept}))
    doubled.kubectl("apply", "-f", "-", stdin=json.dumps(OLD_GRANTS))
    doubled.kubectl("wait", "--for=condition=Established", f"crd/{OLD_GRANTS['metadata']['name']}", "--timeout=30s")
    yield doubled
    doubled.kubectl("delete", f"crd/{OLD_GRANTS['metadata']['name']}")
    doubled.kubectl(*rules, json.dumps({"rules": role["rules"]}))


def test_a_cluster_that_is_not_fit_is_told_before_anything_is_written(unfit: Site) -> None:
    foretold = unfit.role("istio", "upgrade", "--check", **upgraded(unfit))
    run = unfit.role("istio", "upgrade", **upgraded(unfit))
    assert (run.code, run.writes) == (foretold.code, [])
    assert run.failure == foretold.failure
    assert f"The cluster is not fit for Istio {NEXT_VERSION}: " in run.failure
    assert "serves no v1beta1 of ReferenceGrant" in run.failure
    assert "you may not patch poddisruptionbudgets.policy in namespace istio-system" in run.failure


def test_an_upgrade_that_never_gets_ready_leaves_the_version_before_serving(doubled: Site) -> None:
    variables = {**upgraded(doubled), "istio_values": values(2, image=MISSING), "istio_timeout": 10}
    with Load(f"{doubled.ingress}/function/env") as load:
        run = doubled.role("istio", "upgrade", **variables)
    assert run.code != 0
    assert "Deployment istio-system/istiod-next is not ready" in run.failure
    assert MISSING in run.failure
    assert load.answered
    assert not load.failures, load
    assert sidecars(doubled) == {("default", VERSION)}


def test_an_upgrade_by_tag_loses_no_request(doubled: Site) -> None:
    """From what the failed one has left."""
    variables = upgraded(doubled)
    foretold = doubled.role("istio", "upgrade", "--check", **variables)
    assert foretold.code == 0, foretold.output
    assert "still serves the proxies of" in " ".join(foretold.warnings)

    with Load(f"{doubled.ingress}/function/env") as load:
        run = doubled.role("istio", "upgrade", **variables)
    print(f"\n{load}")
    assert run.code == 0, run.output
    assert load.answered > LEAST_REQUESTS
    assert not load.failures, load
    assert foretold.result(RESTART)["objects"] == run.result(RESTART)["objects"]
    assert sidecars(doubled) == {("next", NEXT_VERSION)}
    assert control_planes(doubled) == ["deployment.apps/istio-ingressgateway", "deployment.apps/istiod-next"]
    istiod = doubled.kubectl("exec", "-n", "istio-system", "deployment/istiod-next", "--", "pilot-discovery", "version")
    assert f'Version:"{NEXT_VERSION}"' in istiod

    again = doubled.role("istio", "upgrade", **variables)
    assert again.code == 0, again.output
    assert again.writes == []


def test_the_way_back_is_the_version_before(doubled: Site) -> None:
    """With one pod of each: what became of the calls is printed, for there is nobody to serve between two pods."""
    for workload in LINGERS:
        namespace, _, name = workload.partition("/")
        doubled.kubectl("scale", f"deployment/{name}", "-n", namespace, "--replicas=1")
    variables = {"istio_version": VERSION, "istio_old_revisions": ["next"], "istio_values": values(1)}
    with Load(f"{doubled.ingress}/function/env") as load:
        run = doubled.role("istio", "upgrade", **variables)
    print(f"\n{load}")
    assert run.code == 0, run.output
    assert sidecars(doubled) == {("default", VERSION)}
    assert control_planes(doubled) == ["deployment.apps/istio-ingressgateway", "deployment.apps/istiod"]
