"""A route as an HTTPRoute of the Gateway API, and what that cannot say."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio.http_route import HTTPRoute
from ansible_collections.faas.mesh.plugins.module_utils._istio.route import Entrance, Route

from .test_route import FAULTS, OUTLIERS, RETRIES, element

PARENT = {"name": "openfaas-gateway", "namespace": "istio-system"}
ENTRANCE = Entrance(["faas.example.com"], [PARENT])
ROUTES = HTTPRoute()


def spec(entrance: Entrance = ENTRANCE, **given: Any) -> dict[str, Any]:
    """What the route's object says."""
    document = ROUTES.document(Route.from_params(element(**given)), "openfaas-fn", entrance)
    assert document["metadata"] == {"name": "traffic-env", "namespace": "openfaas-fn"}
    return dict(document["spec"])


def to(function: str, **more: Any) -> dict[str, Any]:
    """A backend."""
    return {"group": "", "kind": "Service", "name": function, "port": 8080, **more}


def test_weights_are_one_rule_for_the_functions_path() -> None:
    assert spec(weights={"env-v1": 90, "env-v2": "10"}) == {
        "parentRefs": [PARENT],
        "hostnames": ["faas.example.com"],
        "rules": [
            {
                "name": "weights",
                "matches": [{"path": {"type": "PathPrefix", "value": "/function/env"}}],
                "filters": [
                    {
                        "type": "URLRewrite",
                        "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}},
                    }
                ],
                "backendRefs": [to("env-v1", weight=90), to("env-v2", weight=10)],
            }
        ],
    }


def test_any_host_is_no_hostname() -> None:
    assert "hostnames" not in spec(Entrance(["*"], [PARENT]))
    assert spec(Entrance(["a.test", "b.test"], [PARENT]), hosts=["b.test"])["hostnames"] == ["b.test"]


def test_headers_come_before_the_weights_and_every_rule_has_the_limit() -> None:
    rules = spec(matches=[{"headers": {"X-Tester": "yes"}, "to": "env-v2"}], timeout="1.5m")["rules"]
    assert rules[0]["matches"][0]["headers"] == [{"type": "Exact", "name": "x-tester", "value": "yes"}]
    assert [rule["backendRefs"][0]["name"] for rule in rules] == ["env-v2", "env"]
    assert [rule["timeouts"] for rule in rules] == [{"request": "1m30s"}, {"request": "1m30s"}]


@pytest.mark.parametrize(
    ("given", "said"),
    [("2s", "2s"), ("2.5s", "2s500ms"), ("250ms", "250ms"), ("1.5h", "1h30m"), ("30h", "30h"), ("0s", "0s")],
)
def test_durations_have_no_fractions(given: str, said: str) -> None:
    assert spec(timeout=given)["rules"][0]["timeouts"] == {"request": said}


@pytest.mark.parametrize(
    ("percent", "share"),
    [(100.0, {"percent": 100}), (12.5, {"fraction": {"numerator": 125_000, "denominator": 1_000_000}})],
)
def test_a_mirror_has_its_share(percent: float, share: dict[str, Any]) -> None:
    _rewrite, mirror = spec(mirror={"to": "env-v3", "percent": percent})["rules"][0]["filters"]
    assert mirror == {"type": "RequestMirror", "requestMirror": {"backendRef": to("env-v3"), **share}}


def test_only_weights_differ_after_a_shift() -> None:
    first = Route.from_params(element(weights={"env-v1": 90, "env-v2": 10}, timeout="5s"))
    document = ROUTES.document(first, "openfaas-fn", ENTRANCE)
    live = {**document, "metadata": {**document["metadata"], "uid": "u"}, "status": {}}
    assert ROUTES.weights_of(live) == {"env-v1": 90, "env-v2": 10}
    wanted = Route.from_params(element(weights={"env-v1": 50, "env-v2": 50}, timeout="5s"))
    shifted = ROUTES.with_weights(live, {"env-v1": 50, "env-v2": 50})
    assert shifted == ROUTES.document(wanted, "openfaas-fn", ENTRANCE)
    assert ROUTES.weights_of({"spec": {"rules": [{"backendRefs": [to("env")]}]}}) is None


@pytest.mark.parametrize("given", [{"retries": {**RETRIES, "conditions": "5xx"}}, {"faults": {**FAULTS, "abort": 503}}])
def test_what_it_cannot_say_is_refused(given: dict[str, Any]) -> None:
    (option,) = given
    with pytest.raises(MeshError, match=f"The route of env has {option}, which the Gateway API.* ingress_api: istio"):
        ROUTES.check(Route.from_params(element(**given)))
    ROUTES.check(Route.from_params(element(outlier_detection=OUTLIERS, timeout="5s")))
