"""What the modules do better where they may ask the cluster too."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gateway.message import Request, Response, document
from tests.gateway.server import Server
from tests.gateway.testing import GatewayHandle
from tests.unit.faas.conftest import Modules
from tests.unit.faas.test_function_module import ENV, many


@dataclass
class Api:
    """A Kubernetes API that has what a test puts into ``objects`` under its path, and counts requests."""

    objects: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        self.requests.append(request.path)
        found = self.objects.get(request.path)
        if found is None:
            return document({"kind": "Status", "code": 404, "reason": "NotFound", "message": "not found"}, 404)
        return document(found)

    def deployment(self, name: str, updated: int = 1, available: int = 1) -> None:
        """Put a Deployment of one replica there."""
        self.objects[f"/apis/apps/v1/namespaces/openfaas-fn/deployments/{name}"] = {
            "apiVersion": "apps/v1",
            "metadata": {"name": name, "namespace": "openfaas-fn", "generation": 2},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"faas_function": name}}},
            "status": {
                "observedGeneration": 2,
                "replicas": 1,
                "updatedReplicas": updated,
                "availableReplicas": available,
            },
        }

    def failing_pod(self, name: str) -> None:
        """Put a pod there that cannot pull its image."""
        waiting = {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "example.com/alpine:1"'}
        self.objects["/api/v1/namespaces/openfaas-fn/pods"] = {
            "metadata": {},
            "items": [
                {
                    "metadata": {"name": f"{name}-1", "namespace": "openfaas-fn"},
                    "status": {"containerStatuses": [{"name": name, "image": "", "state": {"waiting": waiting}}]},
                }
            ],
        }


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def kubeconfig(api: Api, home: Path) -> Iterator[str]:
    """The path of a kubeconfig that leads to ``api``."""
    server = Server(api, "127.0.0.1", 0, None).start()
    path = home / "kubeconfig"
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "clusters": [{"name": "test", "cluster": {"server": server.url}}],
                "users": [{"name": "test", "user": {}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            }
        )
    )
    yield str(path)
    server.close()


def secret(api: Api, password: str) -> None:
    """Put OpenFaaS' Secret there."""
    given = {"basic-auth-user": "admin", "basic-auth-password": password}
    api.objects["/api/v1/namespaces/openfaas/secrets/basic-auth"] = {
        "metadata": {"name": "basic-auth", "namespace": "openfaas"},
        "data": {name: base64.b64encode(value.encode()).decode() for name, value in given.items()},
    }


def test_the_login_comes_from_the_secret(modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str) -> None:
    secret(api, gateway.password)
    run = modules.run("faas_login", password=..., kubeconfig=kubeconfig, password_secret={})
    assert run.result["changed"]
    assert run.result["user"] == "admin"
    assert gateway.password not in run.text
    assert modules.function(password=..., **ENV).verbs == {"env": "created"}


def test_without_the_secret_check_mode_says_none_yet(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str
) -> None:
    options: dict[str, Any] = {"password": ..., "kubeconfig": kubeconfig, "password_secret": {}}
    run = modules.run("faas_login", check=True, **options)
    assert run.result["changed"]
    assert "There is no Secret openfaas/basic-auth" in run.warnings
    assert modules.function(check=True, **ENV, **options).verbs == {"env": "created"}
    assert "install OpenFaaS first" in modules.run("faas_login", **options).message
    needs = modules.run("faas_login", password=..., password_secret={})
    assert needs.message == "password_secret needs a cluster: give kubeconfig, context or host."
    assert gateway.counters.total == 0


def test_the_secret_serves_where_nobody_logged_in(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str
) -> None:
    secret(api, gateway.password)
    options: dict[str, Any] = {"password": ..., "kubeconfig": kubeconfig, "password_secret": {}}
    assert modules.function(**ENV, **options, wait=False).verbs == {"env": "created"}
    modules.run("faas_login", **options)
    api.requests.clear()
    assert modules.function(**ENV, **options).verbs == {"env": "unchanged"}
    assert api.requests == []


def test_new_pods_have_to_replace_the_old_ones(modules: Modules, api: Api, kubeconfig: str) -> None:
    api.deployment("env", updated=0)
    run = modules.function(**ENV, kubeconfig=kubeconfig, timeout=1)
    assert run.failed
    assert "not ready after 1 s: 1 of 1 pods are available, 0 updated, 1 old" in run.message
    api.deployment("env")
    assert modules.function(**{**ENV, "fprocess": "cat"}, kubeconfig=kubeconfig).verbs == {"env": "updated"}


def test_a_failure_tells_the_pods_own_reason(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str
) -> None:
    gateway.functions.broken_images.add(ENV["image"])
    api.deployment("env", available=0)
    api.failing_pod("env")
    run = modules.function(**ENV, kubeconfig=kubeconfig, timeout=1)
    assert "openfaas-fn/env-1: ImagePullBackOff" in run.message
    assert 'Back-off pulling image "example.com/alpine:1"' in run.message
    assert json.dumps(run.result["functions"][0]["reason"]) in run.text


def test_unchanged_functions_cost_no_request_to_the_cluster(modules: Modules, api: Api, kubeconfig: str) -> None:
    modules.function(functions=many(3))
    assert not modules.function(functions=many(3), kubeconfig=kubeconfig).result["changed"]
    assert not modules.function(check=True, functions=many(9), kubeconfig=kubeconfig).failed
    assert api.requests == []


def test_a_cluster_that_cannot_be_used_stops_before_the_first_write(
    modules: Modules, gateway: GatewayHandle, home: Path
) -> None:
    assert modules.function(**ENV, kubeconfig=str(home / "none")).failed
    assert gateway.counters.writes == 0


def test_removing_needs_no_gateway_where_nothing_is_left(modules: Modules, api: Api, kubeconfig: str) -> None:
    run = modules.function(name="env", state="absent", gateway="", kubeconfig=kubeconfig)
    assert run.verbs == {"env": "unchanged"}
    assert "nothing to remove" in run.warnings
    api.deployment("env")
    assert modules.function(name="env", state="absent", gateway="", kubeconfig=kubeconfig).failed
    assert modules.function(**ENV, gateway="", kubeconfig=kubeconfig).failed
