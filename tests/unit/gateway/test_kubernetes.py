"""The back end in a cluster: what it writes there, and whom it calls."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.gateway import kubernetes
from tests.gateway.backend import BackendError, LogQuery, NoEndpoints, NotAFunction, SecretMissing, Unknown
from tests.gateway.deployment import Deployment
from tests.gateway.kubeapi import KubeApi
from tests.gateway.kubernetes import KubernetesBackend, by_pod_address, by_service_name
from tests.gateway.message import Request, text
from tests.gateway.server import Server
from tests.gateway.workload import PodSettings
from tests.unit.gateway.kube import MemoryApi

NAMESPACE = "openfaas-fn"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
CORE = f"/api/v1/namespaces/{NAMESPACE}"
SLICES = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
FUNCTION = Deployment(
    "env",
    "image:1",
    env_process="env",
    env_vars={"COLOUR": "green", "AGE": "4"},
    labels={"team": "blue"},
    annotations={"note": "x"},
    limits={"memory": "64Mi"},
)


@pytest.fixture
def cluster() -> MemoryApi:
    return MemoryApi()


@pytest.fixture
def api(cluster: MemoryApi) -> KubeApi:
    return KubeApi(cluster, cluster, lambda: "a-token")


@pytest.fixture
def backend(api: KubeApi) -> KubernetesBackend:
    return KubernetesBackend(api, NAMESPACE, by_pod_address(api, NAMESPACE), PodSettings())


def _template(cluster: MemoryApi, name: str = "env") -> dict[str, Any]:
    template: dict[str, Any] = cluster.objects[f"{DEPLOYMENTS}/{name}"]["spec"]["template"]
    return template


def _endpoints(name: str, *endpoints: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"labels": {"kubernetes.io/service-name": name}}, "endpoints": list(endpoints)}


def test_a_function_is_a_deployment_and_a_service(cluster: MemoryApi, backend: KubernetesBackend) -> None:
    backend.create(FUNCTION)
    workload = cluster.objects[f"{DEPLOYMENTS}/env"]
    container = _template(cluster)["spec"]["containers"][0]
    service = cluster.objects[f"{CORE}/services/env"]
    assert workload["metadata"]["labels"] == {"faas_function": "env"}
    assert _template(cluster)["metadata"]["labels"] == {"faas_function": "env", "team": "blue"}
    assert (container["name"], container["image"]) == ("env", "image:1")
    assert container["env"] == [
        {"name": "AGE", "value": "4"},
        {"name": "COLOUR", "value": "green"},
        {"name": "fprocess", "value": "env"},
    ]
    assert service["spec"]["selector"] == {"faas_function": "env"}
    assert [port["port"] for port in service["spec"]["ports"]] == [8080]
    assert {request.headers.get("Authorization") for request in cluster.requests} == {"Bearer a-token"}


def test_its_status_comes_back(cluster: MemoryApi, backend: KubernetesBackend) -> None:
    backend.create(FUNCTION)
    cluster.objects[f"{DEPLOYMENTS}/env"]["status"] = {"availableReplicas": 1}
    assert backend.status("env") == {
        "name": "env",
        "image": "image:1",
        "namespace": NAMESPACE,
        "envProcess": "env",
        "labels": {"faas_function": "env", "team": "blue"},
        "annotations": {"note": "x"},
        "limits": {"memory": "64Mi", "cpu": "0"},
        "replicas": 1,
        "availableReplicas": 1,
        "createdAt": "2026-01-01T00:00:00Z",
    }
    assert (backend.count(), backend.exists("env"), backend.status("other")) == (1, True, None)


def test_an_unchanged_put_changes_the_pods_all_the_same(cluster: MemoryApi, backend: KubernetesBackend) -> None:
    backend.create(FUNCTION)
    templates = [_template(cluster)]
    for _ in range(2):
        backend.replace(FUNCTION)
        templates.append(_template(cluster))
    uids = [template["metadata"]["labels"].pop("uid", None) for template in templates]
    assert len(set(uids)) == 3
    assert templates[0] == templates[1] == templates[2]


def test_a_put_keeps_the_replicas_and_replaces_the_rest(cluster: MemoryApi, backend: KubernetesBackend) -> None:
    backend.create(FUNCTION)
    backend.scale("env", 3)
    backend.replace(Deployment("env", "image:2", annotations={"note": "y"}))
    status = backend.status("env") or {}
    assert (status["image"], status["replicas"], status["annotations"]) == ("image:2", 3, {"note": "y"})
    assert not {"envProcess", "limits"} & set(status)
    assert cluster.objects[f"{CORE}/services/env"]["metadata"]["annotations"] == {"note": "y"}


def test_secrets_are_files_and_a_read_only_root_has_a_writable_tmp(
    cluster: MemoryApi, backend: KubernetesBackend
) -> None:
    backend.create_secret("key", b"value")
    backend.check_secrets(("key",))
    backend.create(Deployment("env", "image", secrets=("key",), read_only_root_filesystem=True))
    pod = _template(cluster)["spec"]
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    assert mounts == {"env-projected-secrets": "/var/openfaas/secrets", "temp": "/tmp"}
    assert pod["containers"][0]["securityContext"] == {"readOnlyRootFilesystem": True}
    assert (backend.status("env") or {})["secrets"] == ["key"]
    with pytest.raises(SecretMissing, match="other"):
        backend.check_secrets(("key", "other"))


def test_secrets_are_kept_changed_and_dropped(cluster: MemoryApi, backend: KubernetesBackend) -> None:
    cluster.objects[f"{CORE}/secrets/foreign"] = {"metadata": {"name": "foreign"}}
    backend.create_secret("key", b"one")
    backend.replace_secret("key", b"two")
    assert backend.secrets() == ["key"]
    assert cluster.objects[f"{CORE}/secrets/key"]["data"] == {"key": base64.b64encode(b"two").decode()}
    backend.delete_secret("key")
    with pytest.raises(Unknown):
        backend.delete_secret("key")


def test_deletion_takes_the_pods_first(cluster: MemoryApi, backend: KubernetesBackend) -> None:
    backend.create(FUNCTION)
    cluster.requests.clear()
    backend.delete("env")
    deletions = [request for request in cluster.requests if request.method == "DELETE"]
    assert [request.path for request in deletions] == [f"{DEPLOYMENTS}/env", f"{CORE}/services/env"]
    assert {json.loads(request.body)["propagationPolicy"] for request in deletions} == {"Foreground"}
    with pytest.raises(Unknown):
        backend.delete("env")


def test_what_is_no_function_stays(cluster: MemoryApi, backend: KubernetesBackend) -> None:
    cluster.objects[f"{DEPLOYMENTS}/database"] = {"metadata": {"name": "database"}}
    with pytest.raises(NotAFunction):
        backend.delete("database")
    assert backend.count() == 0


def test_creating_what_exists_is_an_error_that_says_so(backend: KubernetesBackend) -> None:
    backend.create(FUNCTION)
    with pytest.raises(BackendError, match="already exists"):
        backend.create(FUNCTION)


def test_pods_that_are_ready_are_located_by_address(
    cluster: MemoryApi, backend: KubernetesBackend, api: KubeApi
) -> None:
    ready = [{"addresses": [address], "conditions": {"ready": True}} for address in ("10.0.0.1", "10.0.0.2")]
    starting = {"addresses": ["10.0.0.3"], "conditions": {"ready": False}}
    cluster.objects[f"{SLICES}/env-1"] = _endpoints("env", *ready, starting)
    locate = by_pod_address(api, NAMESPACE)
    assert {locate("env") for _ in range(200)} == {"http://10.0.0.1:8080", "http://10.0.0.2:8080"}
    with pytest.raises(NoEndpoints):
        locate("other")


def test_direct_functions_are_called_by_service_name() -> None:
    assert by_service_name(NAMESPACE, "cluster.local")("env") == "http://env.openfaas-fn.svc.cluster.local:8080"


def test_a_call_reaches_the_pod(
    cluster: MemoryApi, backend: KubernetesBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Server(lambda request: text(200, f"{request.method} {request.path}?{request.query}")).start()) as pod:
        monkeypatch.setattr(kubernetes, "PORT", urlsplit(pod.url).port)
        endpoint = {"addresses": ["127.0.0.1"], "conditions": {"ready": True}}
        cluster.objects[f"{SLICES}/env-1"] = _endpoints("env", endpoint)
        reply = backend.call("env", Request("POST", "/path", "a=b", body=b"x"))
    assert reply.body == b"POST /path?a=b\n"


def test_a_call_of_none_and_of_one_without_pods_differ(backend: KubernetesBackend) -> None:
    backend.create(FUNCTION)
    with pytest.raises(NoEndpoints):
        backend.call("env", Request("GET", "/"))
    with pytest.raises(Unknown):
        backend.call("other", Request("GET", "/"))


def test_logs_of_all_pods_or_one(cluster: MemoryApi, backend: KubernetesBackend) -> None:
    for pod in ("env-a", "env-b"):
        cluster.objects[f"{CORE}/pods/{pod}"] = {"metadata": {"name": pod, "labels": {"faas_function": "env"}}}
        cluster.logs[f"{CORE}/pods/{pod}/log"] = f"2026-01-01T00:00:00Z hello from {pod}\n"
    texts = {message["text"] for message in backend.logs(LogQuery("env"))}
    assert texts == {"hello from env-a", "hello from env-b"}
    (message,) = backend.logs(LogQuery("env", instance="env-a", tail=5, since="2026-01-01T00:00:00Z"))
    assert (message["instance"], message["timestamp"]) == ("env-a", "2026-01-01T00:00:00Z")
    assert "tailLines=5" in cluster.requests[-1].query
