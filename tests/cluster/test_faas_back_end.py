"""faas_function where functions are Deployments: the tests of tests/unit/faas/test_back_ends.py in a cluster."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.cluster.trial import Trial
from tests.conftest import Lab
from tests.gateway.credentials import Credentials
from tests.gateway.deployment import Deployment
from tests.gateway.forward import Upstream
from tests.gateway.kubeapi import KubeApi
from tests.gateway.kubernetes import KubernetesBackend, by_pod_address
from tests.gateway.testing import Running, gateway_over
from tests.gateway.workload import FUNCTION_LABEL, PodSettings, workload_status
from tests.unit.faas.conftest import Held, Holds, home, modules
from tests.unit.faas.test_back_ends import TestLimit, TestManyFunctions, TestOneFunction, TestPurge

__all__ = ["TestLimit", "TestManyFunctions", "TestOneFunction", "TestPurge", "home", "modules"]

PASSWORD = "not-a-real-password"


@pytest.fixture(scope="module")
def place(lab: Lab) -> Iterator[Trial]:
    """A namespace for the functions, with a service account that may do there what OpenFaaS may."""
    place = Trial(lab.state)
    account = f"--serviceaccount={place.namespace}:gateway"
    place.kubectl("create", "serviceaccount", "gateway", "-n", place.namespace)
    place.kubectl("create", "rolebinding", "gateway", "--clusterrole=admin", account, "-n", place.namespace)
    yield place
    place.clean()


@pytest.fixture(scope="module")
def kube(lab: Lab, place: Trial) -> KubeApi:
    """The cluster's API as that service account sees it."""
    cluster = yaml.safe_load(lab.kubeconfig.read_text())["clusters"][0]["cluster"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    token = place.kubectl("create", "token", "gateway", "-n", place.namespace).strip()
    server, stream = (Upstream(cluster["server"], context=context, streamed=streamed) for streamed in (False, True))
    return KubeApi(server, stream, lambda: token)


@pytest.fixture
def gateway(place: Trial, kube: KubeApi) -> Iterator[Running[KubernetesBackend]]:
    """The Community Edition's gateway with that namespace behind it, which each test finds and leaves empty."""
    backend = KubernetesBackend(kube, place.namespace, by_pod_address(kube, place.namespace), PodSettings())
    with gateway_over(backend, credentials=Credentials("admin", PASSWORD)) as running:
        yield running
    for resource in ("apis/apps/v1/{}/deployments", "api/v1/{}/services", "api/v1/{}/secrets"):
        kube.request("DELETE", "/" + resource.format(f"namespaces/{place.namespace}"))


@pytest.fixture
def held(place: Trial, kube: KubeApi) -> Holds:
    """Gives the functions' Deployments by their names, less those on their way out."""

    def holds() -> dict[str, Held]:
        path = f"/apis/apps/v1/namespaces/{place.namespace}/deployments"
        there = [found for found in kube.items(path) if "deletionTimestamp" not in found["metadata"]]
        return {found["metadata"]["name"]: Held(_deployment(found), _restarts(found)) for found in there}

    return holds


def _deployment(workload: dict[str, Any]) -> Deployment:
    """What was asked for, as far as a Deployment keeps it."""
    status = workload_status(workload)
    template = workload["spec"]["template"]
    (container,) = template["spec"]["containers"]
    variables = {variable["name"]: variable.get("value", "") for variable in container.get("env") or []}
    return Deployment(
        service=status["name"],
        image=status["image"],
        env_process=variables.pop("fprocess", ""),
        env_vars=variables,
        secrets=tuple(status.get("secrets", ())),
        labels={key: value for key, value in status["labels"].items() if key not in (FUNCTION_LABEL, "uid")},
        annotations=status["annotations"],
        limits=container["resources"].get("limits") or {},
        requests=container["resources"].get("requests") or {},
        read_only_root_filesystem=container["securityContext"]["readOnlyRootFilesystem"],
    )


def _restarts(workload: dict[str, Any]) -> int:
    """Every change of the pods' template is a new generation of the Deployment."""
    return int(workload["metadata"]["generation"]) - 1
