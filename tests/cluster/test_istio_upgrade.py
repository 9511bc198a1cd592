"""An upgrade of Istio by a revision and its tag, with the role, while functions are called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.cluster.load import Load
from tests.cluster.site import ALL_OF_ISTIO, Site
from tests.stages.workspace import CHECKOUT

LEAST_REQUESTS = 200
RESTART = "Bring the sidecars along"
LAB = yaml.safe_load((CHECKOUT / "inventories" / "lab" / "group_vars" / "all.yml").read_text())
INGRESS = LAB["istio_values"]["gateways"]["istio-ingressgateway"]
LINGER = {
    "spec": {
        "template": {
            "spec": {
                "containers": [
                    {"name": name, "lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}
                    for name in ("gateway", "faas-netes")
                ]
            }
        }
    }
}


def values(replicas: int) -> dict[str, Any]:
    """The lab's values, with so many pods of the ingress."""
    ingress = {**INGRESS, "autoscaleMin": replicas, "autoscaleMax": replicas}
    return {**LAB["istio_values"], "gateways": {"istio-ingressgateway": ingress}}


@pytest.fixture(scope="module")
def doubled(site: Site) -> Iterator[Site]:
    """The site with two pods each of the ingress, of OpenFaaS' gateway and of a function."""
    site.empty()
    function = {
        "name": "env",
        "image": "ghcr.io/openfaas/alpine:latest",
        "fprocess": "env",
        "labels": {"com.openfaas.scale.min": "2"},
    }
    site.run(istio_values=values(2), openfaas_values={"gateway": {"replicas": 2}}, functions_list=[function])
    # The test gateway ends at once when it is told to: it has to serve until the ingress knows that it goes.
    site.kubectl("patch", "deployment/gateway", "-n", "openfaas", "--patch", json.dumps(LINGER))
    site.kubectl("rollout", "status", "deployment/gateway", "-n", "openfaas", "--timeout=180s")
    yield site
    # The new revision has a set of its own, with the ingress gateway in it.
    site.run("teardown.yml", istio_revision="next", istio_allow=["in_use"], **ALL_OF_ISTIO)
    site.empty()


def sidecars(site: Site) -> set[str]:
    """The revisions of the sidecars in OpenFaaS' namespaces."""
    found: set[str] = set()
    for namespace in ("openfaas", "openfaas-fn"):
        pods = json.loads(site.kubectl("get", "pods", "-n", namespace, "-o", "json"))["items"]
        found |= {
            pod["metadata"]["annotations"]["istio.io/rev"] for pod in pods if "deletionTimestamp" not in pod["metadata"]
        }
    return found


def test_an_upgrade_by_tag_moves_everything_while_functions_are_called(doubled: Site) -> None:
    """What became of the calls is printed: whether one fails is up to the workloads and to the machine's load."""
    variables = {"istio_revision": "next", "istio_old_revisions": ["default"], "istio_values": values(2)}
    foretold = doubled.role("istio", "upgrade", "--check", **variables)
    assert foretold.code == 0, foretold.output
    assert "still serves the proxies of" in " ".join(foretold.warnings)

    with Load(f"{doubled.ingress}/function/env") as load:
        run = doubled.role("istio", "upgrade", **variables)
    print(f"\n{load}")
    assert run.code == 0, run.output
    assert load.answered > LEAST_REQUESTS
    assert foretold.result(RESTART)["objects"] == run.result(RESTART)["objects"]
    assert sidecars(doubled) == {"next"}
    left = doubled.kubectl("get", "deployments", "-n", "istio-system", "-o", "name").split()
    assert left == ["deployment.apps/istio-ingressgateway", "deployment.apps/istiod-next"]

    again = doubled.role("istio", "upgrade", **variables)
    assert again.code == 0, again.output
    assert again.writes == []
