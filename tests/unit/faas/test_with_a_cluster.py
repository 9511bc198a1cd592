"""What the modules do better where they may ask the cluster too."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gateway.message import Request, Response, document, text
from tests.gateway.server import Server
from tests.gateway.testing import GatewayHandle
from tests.gateway.workload import PodSettings, new_workload
from tests.unit.faas.conftest import Modules
from tests.unit.faas.test_function_module import ENV, many

DEPLOYMENTS = "/apis/apps/v1/namespaces/openfaas-fn/deployments"


@dataclass
class Api:
    """A Kubernetes API that has what a test puts into ``objects`` under its path, and counts requests.

    :param forbidden: paths that the user may not read.
    """

    objects: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Response:
        self.requests.append(request.path)
        if request.path in self.forbidden:
            return document({"kind": "Status", "code": 403, "reason": "Forbidden", "message": "not allowed"}, 403)
        found = self.objects.get(request.path)
        if found is None:
            return document({"kind": "Status", "code": 404, "reason": "NotFound", "message": "not found"}, 404)
        return text(200, found) if isinstance(found, str) else document(found)

    def behind(self, gateway: GatewayHandle) -> dict[str, dict[str, Any]]:
        """Put the Deployments of the gateway's functions there, and give their pod specs, which may be changed."""
        found = {}
        for name, record in gateway.functions.records.items():
            found[name] = new_workload(record.deployment, PodSettings())
            found[name]["metadata"]["namespace"] = "openfaas-fn"
        self.objects[DEPLOYMENTS] = {"metadata": {}, "items": list(found.values())}
        return {name: deployment["spec"]["template"]["spec"] for name, deployment in found.items()}

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

    def failing_pod(self, name: str, reason: str = "ImagePullBackOff", **state: Any) -> None:
        """Put a pod there that cannot pull its image, or has another reason to wait."""
        waiting = {"reason": reason, "message": 'Back-off pulling image "example.com/alpine:1"'}
        container = {"name": name, "image": "", "state": {"waiting": waiting}, **state}
        self.objects["/api/v1/namespaces/openfaas-fn/pods"] = {
            "metadata": {},
            "items": [
                {
                    "metadata": {"name": f"{name}-1", "namespace": "openfaas-fn"},
                    "status": {"containerStatuses": [container]},
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
    assert api.requests == [DEPLOYMENTS]


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


def test_unchanged_functions_cost_one_request_to_the_cluster(modules: Modules, api: Api, kubeconfig: str) -> None:
    modules.function(functions=many(3))
    assert not modules.function(functions=many(3), kubeconfig=kubeconfig).result["changed"]
    assert api.requests == [DEPLOYMENTS]
    assert not modules.function(check=True, functions=many(9), kubeconfig=kubeconfig).failed
    assert api.requests == [DEPLOYMENTS] * 2


def test_a_crash_is_told_with_the_last_lines_where_they_may_be_read(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str
) -> None:
    gateway.functions.broken_images.add(ENV["image"])
    api.deployment("env", available=0)
    api.failing_pod("env", "CrashLoopBackOff", lastState={"terminated": {"exitCode": 3}})
    log = "/api/v1/namespaces/openfaas-fn/pods/env-1/log"
    api.objects[log] = "starting\n\nno database at db:5432\n"
    run = modules.function(**ENV, kubeconfig=kubeconfig, timeout=1)
    assert (
        "CrashLoopBackOff: container env exits with 3; its last lines: starting | no database at db:5432" in run.message
    )
    api.forbidden.add(log)
    refused = modules.function(**ENV, kubeconfig=kubeconfig, timeout=1)
    assert refused.message.endswith("openfaas-fn/env-1: CrashLoopBackOff: container env exits with 3.")


@pytest.mark.parametrize(
    ("option", "drift"),
    [
        ("env", lambda pod: pod["containers"][0]["env"].append({"name": "DEBUG", "value": "1"})),
        ("env", lambda pod: pod["containers"][0].update(env=[])),
        ("readonly_root_filesystem", lambda pod: pod["containers"][0]["securityContext"].clear()),
        ("constraints", lambda pod: pod.update(nodeSelector={"disk": "hdd"})),
    ],
    ids=["variable added", "variables gone", "writable", "other nodes"],
)
def test_what_went_past_openfaas_is_seen_in_the_deployments(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str, option: str, drift: Callable[[Any], None]
) -> None:
    wanted = [
        {**ENV, "env": {"STAGE": "prod"}, "constraints": ["disk = ssd"], "readonly_root_filesystem": True},
        {**ENV, "name": "other"},
    ]
    modules.function(functions=wanted)
    pods = api.behind(gateway)
    gateway.counters.reset()
    assert not modules.function(functions=wanted, kubeconfig=kubeconfig, wait=False).result["changed"]
    drift(pods["env"])
    assert not modules.function(functions=wanted, wait=False).result["changed"]
    predicted = modules.function(functions=wanted, kubeconfig=kubeconfig, wait=False, check=True)
    assert gateway.counters.writes == 0
    done = modules.function(functions=wanted, kubeconfig=kubeconfig, wait=False)
    assert done.verbs == {"env": "updated", "other": "unchanged"}
    assert predicted.result["diff"] == done.result["diff"]
    (difference,) = done.result["diff"]
    assert {key for key, value in difference["after"].items() if value != difference["before"][key]} == {option}
    assert gateway.functions.records["env"].restarts == 1
    api.behind(gateway)
    assert not modules.function(functions=wanted, kubeconfig=kubeconfig, wait=False).result["changed"]


def test_a_function_on_its_way_out_is_made_anew(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str
) -> None:
    gateway.functions.ending_reads = 4
    modules.function(**ENV)
    modules.function(name="env", state="absent", wait=False)
    assert modules.function(**ENV, check=True).verbs == {"env": "unchanged"}
    api.behind(gateway)
    api.objects[DEPLOYMENTS]["items"][0]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    for check in (True, False):
        run = modules.function(**ENV, kubeconfig=kubeconfig, wait=False, check=check)
        assert run.verbs == {"env": "created"}
    assert gateway.functions.records["env"].ending is None


def test_a_lost_reply_to_what_only_the_cluster_shows_is_made_once(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str
) -> None:
    modules.function(**ENV)
    for handled, restarts in ((True, 1), (False, 2)):
        api.behind(gateway)["env"]["containers"][0]["env"].append({"name": "A", "value": "1"})
        gateway.faults.drop(method="PUT", handled=handled)
        assert modules.function(**ENV, kubeconfig=kubeconfig, wait=False).verbs == {"env": "updated"}
        assert gateway.functions.records["env"].restarts == restarts


def test_a_function_of_another_tool_that_is_as_wanted_needs_no_write(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str
) -> None:
    modules.function(**ENV)
    object.__setattr__(gateway.functions.records["env"].deployment, "annotations", {})
    api.behind(gateway)
    assert modules.function(**ENV, kubeconfig=kubeconfig, wait=False, check=True).verbs == {"env": "unchanged"}


def test_where_deployments_may_not_be_listed_a_warning_says_what_is_not_seen(
    modules: Modules, api: Api, kubeconfig: str
) -> None:
    modules.function(**ENV)
    api.forbidden.add(DEPLOYMENTS)
    run = modules.function(**ENV, kubeconfig=kubeconfig)
    assert run.verbs == {"env": "unchanged"}
    assert "The Deployments in namespace openfaas-fn may not be listed" in run.warnings


def store_and_nodes(api: Api, home: Path, *architectures: str) -> str:
    """The path of a store with one function in two images, for a cluster with such nodes."""
    path = home / "functions.json"
    images = {"x86_64": "example.com/art:amd", "arm64": "example.com/art:arm"}
    path.write_text(json.dumps({"functions": [{"name": "art", "images": images}]}))
    nodes = [{"metadata": {"name": name}, "status": {"nodeInfo": {"architecture": name}}} for name in architectures]
    api.objects["/api/v1/nodes"] = {"metadata": {}, "items": nodes}
    return str(path)


@pytest.mark.parametrize("check", [True, False])
def test_the_image_of_the_store_is_the_one_for_the_nodes(
    modules: Modules, api: Api, kubeconfig: str, home: Path, check: bool
) -> None:
    store = store_and_nodes(api, home, "arm64")
    listed = [{"name": "f", "store": "art"}, {"name": "g", "store": "art"}]
    run = modules.function(functions=listed, store_file=store, kubeconfig=kubeconfig, wait=False, check=check)
    assert [difference["after"]["image"] for difference in run.result["diff"]] == ["example.com/art:arm"] * 2
    assert api.requests == ["/api/v1/nodes"]


def test_nodes_of_several_architectures_leave_the_choice_to_the_user(
    modules: Modules, gateway: GatewayHandle, api: Api, kubeconfig: str, home: Path
) -> None:
    options: dict[str, Any] = {"name": "f", "store": "art", "kubeconfig": kubeconfig, "wait": False}
    options["store_file"] = store_and_nodes(api, home, "amd64", "arm64")
    run = modules.function(**options)
    assert run.message.startswith("Function 'f': the cluster has nodes of amd64 and arm64, and the store a different")
    assert gateway.counters.total == 0
    assert modules.function(**options, architecture="amd64").verbs == {"f": "created"}


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
