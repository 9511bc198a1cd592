"""A route as objects of Istio, and what no route may ask for."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio import outliers
from ansible_collections.faas.mesh.plugins.module_utils._istio.route import Entrance, Route
from ansible_collections.faas.mesh.plugins.module_utils._istio.virtual_service import VirtualService
from ansible_collections.faas.mesh.plugins.modules.istio_traffic import FUNCTION

ENTRANCE = Entrance(["faas.example.com"], ["openfaas/openfaas-gateway"])
RETRIES = {"attempts": 2, "per_try_timeout": None, "conditions": None}
FAULTS = {"delay": None, "delay_percent": 100.0, "abort": None, "abort_percent": 100.0}
OUTLIERS = {"consecutive_errors": 3, "interval": "10s", "ejection_time": "30s", "max_ejection_percent": 10}


def element(**given: Any) -> dict[str, Any]:
    """An element of istio_traffic's functions, as Ansible hands it over."""
    return {**{name: option.get("default") for name, option in FUNCTION.items()}, "name": "env", **given}


def documents(**given: Any) -> list[dict[str, Any]]:
    """The objects of a route."""
    route = Route.from_params(element(**given))
    first = VirtualService().document(route, "openfaas-fn", None if route.at == "mesh" else ENTRANCE)
    return [first, *outliers.documents(route, "openfaas-fn")]


def to(function: str, **more: Any) -> dict[str, Any]:
    """A destination."""
    return {"destination": {"host": function, "port": {"number": 8080}}, **more}


def test_weights_at_the_ingress_are_one_object_on_its_gateway() -> None:
    assert documents(weights={"env-v1": 90, "env-v2": "10"}) == [
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": "traffic-env", "namespace": "openfaas-fn"},
            "spec": {
                "hosts": ["faas.example.com"],
                "gateways": ["openfaas/openfaas-gateway"],
                "http": [
                    {
                        "name": "weights",
                        "match": [{"uri": {"exact": "/function/env"}}, {"uri": {"prefix": "/function/env/"}}],
                        "rewrite": {"uri": "/"},
                        "route": [to("env-v1", weight=90), to("env-v2", weight=10)],
                    }
                ],
            },
        }
    ]


def test_a_route_in_the_mesh_has_the_functions_name_and_no_paths() -> None:
    (service,) = documents(at="mesh", weights={"env": 50, "env-v2": 50})
    assert service["spec"] == {
        "hosts": ["env"],
        "http": [{"name": "weights", "route": [to("env", weight=50), to("env-v2", weight=50)]}],
    }


def test_headers_come_before_the_weights_and_every_rule_has_the_limits() -> None:
    (service,) = documents(
        matches=[{"headers": {"X-Tester": "yes"}, "to": "env-v2"}],
        mirror={"to": "env-v3", "percent": 12.5},
        timeout="5s",
        retries={**RETRIES, "conditions": "5xx"},
        faults={**FAULTS, "abort": 503, "abort_percent": 10.0},
    )
    tested, rest = service["spec"]["http"]
    assert tested["match"] == [
        {"uri": {"exact": "/function/env"}, "headers": {"x-tester": {"exact": "yes"}}},
        {"uri": {"prefix": "/function/env/"}, "headers": {"x-tester": {"exact": "yes"}}},
    ]
    assert tested["route"] == [to("env-v2")]
    assert rest["route"] == [to("env", weight=100)]
    assert rest["mirrors"] == [to("env-v3", percentage={"value": 12.5})]
    assert "mirrors" not in tested
    for rule in (tested, rest):
        assert rule["timeout"] == "5s"
        assert rule["retries"] == {"attempts": 2, "retryOn": "5xx"}
        assert rule["fault"] == {"abort": {"httpStatus": 503, "percentage": {"value": 10}}}


def test_pods_that_fail_are_left_out_of_each_version() -> None:
    _service, *rules = documents(weights={"env-v1": 90, "env-v2": 10}, outlier_detection=OUTLIERS)
    assert [(rule["kind"], rule["metadata"]["name"], rule["spec"]["host"]) for rule in rules] == [
        ("DestinationRule", "traffic-env-v1", "env-v1"),
        ("DestinationRule", "traffic-env-v2", "env-v2"),
    ]
    assert rules[0]["spec"]["trafficPolicy"]["outlierDetection"]["consecutive5xxErrors"] == 3


def test_only_weights_differ_after_a_shift() -> None:
    (service,) = documents(weights={"env-v1": 90, "env-v2": 10}, timeout="5s")
    live = {**service, "metadata": {**service["metadata"], "uid": "u"}, "status": {}}
    assert VirtualService().weights_of(live) == {"env-v1": 90, "env-v2": 10}
    (wanted,) = documents(weights={"env-v1": 50, "env-v2": 50}, timeout="5s")
    assert VirtualService().with_weights(live, {"env-v1": 50, "env-v2": 50}) == wanted
    assert VirtualService().weights_of({"spec": {"http": [{"route": [to("env")]}]}}) is None


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"weights": {"env-v1": 90, "env-v2": 20}},
            r"The weights of env add up to 110 and not to 100 \(env-v1 90, env-v2 20\): correct them.",
        ),
        ({"weights": {}}, "The weights of env add up to 0"),
        ({"weights": {"env-v1": 110, "env-v2": -10}}, "The weight of env-v2 in the route of env is -10: give a"),
        ({"weights": {"env-v1": "all"}}, "The weight of env-v1 in the route of env is 'all'"),
        ({"weights": {"env-v1": True}}, "The weight of env-v1 in the route of env is True"),
        ({"timeout": "5"}, "timeout of env is '5': give a number with ms, s, m or h"),
        ({"retries": {**RETRIES, "per_try_timeout": "soon"}}, "retries.per_try_timeout of env is 'soon'"),
        ({"mirror": {"to": "env", "percent": 101.0}}, "mirror.percent of env is 101"),
        ({"faults": FAULTS}, "The faults of env are neither a delay nor an abort"),
        ({"matches": [{"headers": {}, "to": "env"}]}, "A match of env names no header"),
        ({"at": "mesh", "hosts": ["a.example.com"]}, "leave out hosts"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MeshError, match=sentence):
        Route.from_params(element(**given))
