"""What the modules istio_traffic and istio_canary refuse of a cluster, before anything is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._istio.route import INGRESS, MESH
from ansible_collections.faas.mesh.plugins.modules import istio_canary, istio_traffic
from tests.unit.openfaas.api import listed, running_api

from .test_modules import ran
from .test_route import element

DEPLOYMENTS = "/apis/apps/v1/namespaces/openfaas-fn/deployments"
ISTIO = "/apis/networking.istio.io/v1/namespaces"
API = f"{ISTIO}/openfaas/virtualservices/openfaas-api"
ROUTE = f"{ISTIO}/openfaas-fn/virtualservices/traffic-env"
BY_ADDRESS = f"{ISTIO}/openfaas-fn/serviceentries/function-pods"
WEIGHTS = {"env-v1": 90, "env-v2": 10}
NO_KINDS = {path: {"kind": "APIGroupDiscoveryList", "items": []} for path in ("/api", "/apis")}


def objects(**more: Any) -> dict[str, Any]:
    """A cluster with two versions of env, and OpenFaaS open at the ingress."""
    return {
        **NO_KINDS,
        DEPLOYMENTS: listed(*({"metadata": {"name": name}} for name in ("env-v1", "env-v2"))),
        API: {
            "metadata": {"namespace": "openfaas"},
            "spec": {"hosts": ["faas.example.com"], "gateways": ["openfaas-gateway"]},
        },
        **more,
    }


def route(**weights: int) -> dict[str, Any]:
    """The VirtualService of env's route, with these weights."""
    targets = [{"destination": {"host": name.replace("_", "-")}, "weight": weights[name]} for name in weights]
    return {
        "metadata": {"name": "traffic-env", "namespace": "openfaas-fn"},
        "spec": {"gateways": ["openfaas/openfaas-gateway"], "http": [{"name": "weights", "route": targets}]},
    }


KUBERNETES = "/apis/gateway.networking.k8s.io/v1/namespaces"
HTTP_ROUTE = f"{KUBERNETES}/openfaas-fn/httproutes/traffic-env"


def http_route(**weights: int) -> dict[str, Any]:
    """The HTTPRoute of env's route, with these weights."""
    backends = [{"name": name.replace("_", "-"), "weight": weights[name]} for name in weights]
    return {
        "metadata": {"name": "traffic-env", "namespace": "openfaas-fn"},
        "spec": {"parentRefs": [{"name": "openfaas-gateway"}], "rules": [{"name": "weights", "backendRefs": backends}]},
    }


def refused(capsys: pytest.CaptureFixture[str], given: dict[str, Any], *functions: dict[str, Any]) -> str:
    """The sentence with which istio_traffic refuses; nothing was sent but questions."""
    with running_api(given) as api:
        result = ran(istio_traffic, capsys, host=api.url, functions=[*functions])
        assert {line.split()[0] for line in api.asked} <= {"GET"}
    assert result["failed"] is True, result
    return str(result["msg"])


def test_a_wrong_sum_is_refused_before_the_cluster_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with running_api(objects()) as api:
        wrong = element(weights={"env-v1": 90, "env-v2": 20})
        result = ran(istio_traffic, capsys, host=api.url, functions=[wrong])
        assert api.asked == []
    assert result["msg"] == "The weights of env add up to 110 and not to 100 (env-v1 90, env-v2 20): correct them."


def test_an_unknown_function_is_named_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, objects(), element(weights={"env-v1": 90, "env-v9": 10})) == (
        "Function env-v9, in the route of env, is not in namespace openfaas-fn (which has env-v1, env-v2): deploy it "
        "first, or correct the name."
    )
    mirrored = element(weights=WEIGHTS, mirror={"to": "env-v9"})
    assert refused(capsys, objects(), mirrored).startswith("Function env-v9")
    matched = element(weights=WEIGHTS, matches=[{"headers": {"x-a": "b"}, "to": "env-v9"}])
    assert refused(capsys, objects(), matched).startswith("Function env-v9")
    # In the mesh the function that is called has to be there too.
    assert refused(capsys, objects(), element(weights=WEIGHTS, at=MESH)).startswith("Function env, in the route of env")


def test_an_unknown_host_is_named_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, objects(), element(weights=WEIGHTS, hosts=["other.example.com"]))
    assert message.startswith("Host other.example.com, in the route of env, is none at which VirtualService")
    assert "openfaas/openfaas-api takes calls of OpenFaaS (faas.example.com)" in message


def test_without_an_ingress_there_is_no_route_at_it(capsys: pytest.CaptureFixture[str]) -> None:
    given = {path: found for path, found in objects().items() if path != API}
    message = refused(capsys, given, element(weights=WEIGHTS))
    assert message.startswith("VirtualService openfaas/openfaas-api, which says where")
    assert message.endswith("with the role faas.mesh.ingress.")


def test_calls_by_address_see_no_route_in_the_mesh(capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(
        capsys, objects(**{BY_ADDRESS: {"metadata": {}}}), element(name="env-v1", weights=WEIGHTS, at=MESH)
    )
    assert message.endswith("which no route in the mesh sees: use at: ingress.")


def test_a_function_has_one_route(capsys: pytest.CaptureFixture[str]) -> None:
    twice = element(weights=WEIGHTS)
    assert refused(capsys, objects(), twice, twice) == "Function env has two routes: make them one."


def test_check_mode_warns_of_what_a_task_before_may_make(capsys: pytest.CaptureFixture[str]) -> None:
    """On an empty cluster the functions and the ingress are not there yet; the kinds are not either."""
    with running_api(NO_KINDS) as api:
        result = ran(istio_traffic, capsys, check=True, host=api.url, functions=[element(weights=WEIGHTS)])
        assert {line.split()[0] for line in api.asked} == {"GET"}
    assert [(entry["kind"], entry["name"], entry["verb"]) for entry in result["objects"]] == [
        ("VirtualService", "traffic-env", "created"),
        ("ConfigMap", "set-traffic-openfaas-fn.env", "created"),
        ("Namespace", "faas-mesh", "created"),
    ]
    told = json.dumps(result["warnings"])
    assert "Function env-v1, in the route of env, is not in namespace openfaas-fn (which has none)" in told
    assert "VirtualService openfaas/openfaas-api" in told


def test_removing_without_a_route_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with running_api(NO_KINDS) as api:
        result = ran(istio_traffic, capsys, host=api.url, state="absent")
    assert (result["changed"], result["objects"]) == (False, [])


@pytest.mark.parametrize(
    ("live", "options", "sentence"),
    [
        (None, {"canary": "env-v1"}, "env has env-v1 as both versions"),
        (None, {"canary": "env-v9"}, "Function env-v9, in the route of env, is not in namespace openfaas-fn"),
        (None, {"canary": "env-v2", "steps": [50, 20]}, "The steps of a canary are 50, 20: give percentages"),
        (None, {"canary": "env-v2", "steps": [0, 20]}, "The steps of a canary are 0, 20"),
        (None, {"canary": "env-v2", "steps": [120]}, "The steps of a canary are 120"),
        (None, {"canary": "env-v2", "samples": 0}, "samples is 0"),
        (None, {"canary": "env-v2", "success_rate": 101}, "success_rate is 101"),
        (
            {"spec": {"http": [{"route": [{"destination": {"host": "env-v1"}}]}]}},
            {"canary": "env-v2"},
            "VirtualService openfaas-fn/traffic-env is there and was not made by istio_traffic",
        ),
        (
            route(env_v1=50, env_v2=0, env_v3=50),
            {"canary": "env-v2"},
            "VirtualService openfaas-fn/traffic-env leads calls of env to env-v3 too",
        ),
    ],
)
def test_a_canary_that_cannot_be_meant_is_refused(
    capsys: pytest.CaptureFixture[str], live: Any, options: dict[str, Any], sentence: str
) -> None:
    with running_api(objects(**({ROUTE: live} if live else {}))) as api:
        result = ran(istio_canary, capsys, host=api.url, function="env", stable="env-v1", at=INGRESS, **options)
        assert {line.split()[0] for line in api.asked} <= {"GET"}
    assert result["failed"] is True
    assert result["msg"].startswith(sentence)


def test_a_version_that_has_all_calls_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with running_api(objects(**{ROUTE: route(env_v1=0, env_v2=100)})) as api:
        result = ran(istio_canary, capsys, host=api.url, function="env", stable="env-v1", canary="env-v2")
    assert (result["changed"], result["steps"], result["objects"]) == (False, [], [])
    assert result["weights"] == {"env-v1": 0, "env-v2": 100}


def test_a_canary_at_the_gateway_api_finds_the_route_there(capsys: pytest.CaptureFixture[str]) -> None:
    """Not what the ingress had by Istio's own API, which leads no call any more; a route in the mesh it does find."""
    canary: dict[str, Any] = {"function": "env", "stable": "env-v1", "canary": "env-v2", "ingress_api": "gateway"}
    done = route(env_v1=0, env_v2=100)
    with running_api(objects(**{ROUTE: done, HTTP_ROUTE: http_route(env_v1=70, env_v3=30)})) as api:
        result = ran(istio_canary, capsys, host=api.url, **canary)
    assert result["msg"].startswith("HTTPRoute openfaas-fn/traffic-env leads calls of env to env-v3 too")
    with running_api(objects(**{ROUTE: done})) as api:
        result = ran(istio_canary, capsys, host=api.url, **canary)
    assert result["msg"].startswith("HTTPRoute openfaas/openfaas-api, which says where the ingress takes calls")
    in_mesh = {**done, "spec": {"http": done["spec"]["http"]}}
    functions = listed(*({"metadata": {"name": name}} for name in ("env", "env-v1", "env-v2")))
    with running_api(objects(**{ROUTE: in_mesh, DEPLOYMENTS: functions})) as api:
        result = ran(istio_canary, capsys, host=api.url, **canary)
    assert result["weights"] == {"env-v1": 0, "env-v2": 100}


def test_what_the_gateway_api_cannot_say_is_refused_before_the_cluster_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with running_api(objects()) as api:
        wrong = element(weights=WEIGHTS, retries={"attempts": 2})
        result = ran(istio_traffic, capsys, host=api.url, ingress_api="gateway", functions=[wrong])
        assert api.asked == []
    assert result["msg"].startswith("The route of env has retries, which the Gateway API's standard channel cannot say")


def test_check_mode_foretells_an_http_route_on_an_empty_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    with running_api(NO_KINDS) as api:
        wanted = element(weights=WEIGHTS)
        result = ran(istio_traffic, capsys, check=True, host=api.url, ingress_api="gateway", functions=[wanted])
    first = result["objects"][0]
    assert (first["kind"], first["name"], first["verb"]) == ("HTTPRoute", "traffic-env", "created")
    assert "HTTPRoute openfaas/openfaas-api, which says where" in json.dumps(result["warnings"])
    assert "namespace: istio-system" in result["diff"][0]["after"]
