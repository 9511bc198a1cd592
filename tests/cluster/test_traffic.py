"""Calls of a function led to its versions at the ingress: by weights that are counted, and by a canary."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.istio import Istio
from tests.cluster.load import Load
from tests.cluster.site import Run, Site
from tests.cluster.test_site_calls import PRO, client, environment
from tests.contract.client import Client
from tests.faults.conftest import eventually
from tests.stages.workspace import CHECKOUT

CALLS = 2000
CLIENTS = 8
NAME = "app"
VERSIONS = ("app-v1", "app-v2", "app-bad", "app-slow")
CANARY = "Shift the calls to the new version step by step, and back when it fails"
PROOF = "Prove that OpenFaaS answers inside the mesh"
INGRESS = ("deployment/istio-ingressgateway", "-n", "istio-system")
ROUTE = "/apis/networking.istio.io/v1/namespaces/openfaas-fn/virtualservices/traffic-app"
RULES: dict[str, Any] = {"steps": [20, 100], "samples": 60, "interval": 2, "patience": 90}
LAB = yaml.safe_load((CHECKOUT / "inventories" / "lab" / "group_vars" / "all.yml").read_text())
ALPINE = {"image": "ghcr.io/openfaas/alpine:latest", "fprocess": "env"}
FUNCTIONS = [
    *LAB["functions_list"],
    {"name": "app-v1", "env": {"VERSION": "app-v1"}, **ALPINE},
    {"name": "app-v2", "env": {"VERSION": "app-v2"}, **ALPINE},
    {"name": "app-bad", "image": "docker.io/faasmesh/failing:lab"},
    {"name": "app-slow", "image": "docker.io/faasmesh/slow:lab"},
]


class Functions:
    """The versions of a function on the site, and what leads its calls: the role, or the modules for a quick step."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self._istio = Istio(site.lab, folder)
        self._caller = Client(site.ingress, "admin", "")
        self.url = f"{self._caller.url}/function/{NAME}"

    def command(self, *options: str, tasks_from: str = "main", **variables: Any) -> Run:
        """A run of the role functions alone, with the versions."""
        given = {"functions_gateway": self.site.ingress, "functions_list": FUNCTIONS, **variables}
        return self.site.role("functions", tasks_from, *options, **given)

    def run(self, *options: str, **variables: Any) -> Run:
        """A run that has to end well."""
        run = self.command(*options, **variables)
        assert run.code == 0, run.output
        return run

    def module(self, name: str, **options: Any) -> dict[str, Any]:
        """The result of a module, with the rights of docs/rbac.yaml."""
        return self._istio.ran(name, kubeconfig=str(self.site.lab.site_kubeconfig), **options)

    def led(self, **route: Any) -> dict[str, Any]:
        """The result of istio_traffic with this route, which has to end well."""
        result = self.module("istio_traffic", functions=[{"name": NAME, **route}])
        assert result.get("failed", False) is False, result
        return result

    def called(self, version: str) -> int:
        """How many calls a version had, by its own log."""
        log = self.site.kubectl("logs", f"deployment/{version}", "-n", "openfaas-fn", "-c", version, "--tail=-1")
        return log.count("GET /")

    def timed(self) -> tuple[int, str, float]:
        """The status and text of one call, and how many seconds it took."""
        began = time.monotonic()
        reply = self._caller.call("GET", f"/function/{NAME}/path", authorization=None)
        return reply.status, reply.text, time.monotonic() - began

    def many(self, calls: int) -> list[tuple[int, str, float]]:
        """So many calls, of several clients."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            return list(pool.map(lambda _number: self.timed(), range(calls)))

    def verified(self, **asked: Any) -> dict[str, Any]:
        """The result of one look of mesh_verify."""
        return self.module("mesh_verify", ingress_url=self.site.ingress, function="env", wait=False, **asked)

    def canary(self, version: str, **options: Any) -> dict[str, Any]:
        """The result of istio_canary."""
        return self.module("istio_canary", function=NAME, stable="app-v1", canary=version, **{**RULES, **options})

    @property
    def weights(self) -> dict[str, int]:
        """The weights in the cluster."""
        found = json.loads(self.site.kubectl("get", "--raw", ROUTE))
        return {entry["destination"]["host"]: entry["weight"] for entry in found["spec"]["http"][-1]["route"]}


@pytest.fixture(scope="module")
def functions(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """The site with three versions of a function; afterwards it is as inventories/lab describes it."""
    site.converge()
    functions = Functions(site, tmp_path_factory.mktemp("traffic"))
    functions.run()
    yield functions
    gone = functions.run(functions_traffic={})
    assert f"delete {ROUTE}" in gone.writes
    gateway = client(site)
    for version in VERSIONS:
        assert gateway.call("DELETE", "/system/functions", {"functionName": version}).status == 202
    nothing = {"proxy.istio.io/config": None, "kubectl.kubernetes.io/restartedAt": None}
    patch = {"spec": {"template": {"metadata": {"annotations": nothing}}}}
    site.kubectl("patch", *INGRESS, "--type=merge", "--patch", json.dumps(patch))
    site.kubectl("rollout", "status", *INGRESS, "--timeout=180s")
    site.is_now("converged")


def answers(functions: Functions, calls: int, **headers: str) -> Counter[str]:
    """How many of so many calls each version answered."""
    caller = Client(functions.site.ingress, "admin", "")

    def call(_number: int) -> str:
        reply = caller.call("GET", f"/function/{NAME}/path", headers=headers, authorization=None)
        assert reply.status == 200, reply.text
        said = environment(reply.text)
        assert said["Http_Path"] == "/path"
        return said["VERSION"]

    with ThreadPoolExecutor(CLIENTS) as pool:
        return Counter(pool.map(call, range(calls)))


def until_led(functions: Functions, versions: set[str], **headers: str) -> None:
    """Wait until the ingress knows the route: calls are answered, and by these versions only."""
    caller = Client(functions.site.ingress, "admin", "")
    in_a_row = 0
    for _try in range(CALLS):
        reply = caller.call("GET", f"/function/{NAME}", headers=headers, authorization=None)
        known = reply.status == 200 and environment(reply.text).get("VERSION") in versions
        in_a_row = in_a_row + 1 if known else 0
        if in_a_row == 10:
            return
    pytest.fail(f"the calls do not go to {versions}")


def test_a_tenth_of_the_calls_goes_to_the_new_version_as_foretold(functions: Functions) -> None:
    """Of 2,000 calls within 3 points, which is more than four standard deviations."""
    variables = {"functions_traffic": {NAME: {"app-v1": 90, "app-v2": 10}}}
    foretold = functions.run("--check", "--diff", **variables)
    assert foretold.writes == []
    done = functions.run("--diff", **variables)
    assert foretold.objects == done.objects == functions.site.written(done)
    assert {write[1:4] for write in done.objects} == {
        ("VirtualService", "openfaas-fn", "traffic-app"),
        ("ConfigMap", "faas-mesh", "set-traffic-openfaas-fn.app"),
    }

    again = functions.run(**variables)
    assert (again.writes, again.counts["changed"]) == ([], {"lab": 0})

    until_led(functions, {"app-v1", "app-v2"})
    counted = answers(functions, CALLS)
    print(f"\n{dict(counted)}")
    assert abs(counted["app-v2"] - CALLS * 0.1) <= CALLS * 0.03
    # The proof that users have says the same.
    asked = {"verify_proxies": True, "verify_calls": 400, "ingress_url": functions.site.ingress}
    verified = functions.site.role("verify", "main", **asked, **variables)
    assert (verified.code, verified.writes) == (0, []), verified.output
    proofs = {check["name"]: check["detail"] for check in verified.result(PROOF)["checks"]}
    print(proofs["weights of app"], proofs["certificates"])
    assert "proxies have the configuration of their istiod" in proofs["proxies synced"]
    assert "where 10 % are due, give or take 6.0" in proofs["weights of app"]
    wrong = functions.verified(weights={NAME: {"app-v1": 10, "app-v2": 90}}, calls=50)
    assert wrong["failed"] is True
    assert "where 90 % are due" in wrong["msg"]
    # All else goes its usual way.
    assert client(functions.site).call("GET", "/function/env", authorization=None).status == 200


def test_headers_lead_past_the_weights(functions: Functions) -> None:
    route = {
        "weights": {"app-v1": 100},
        "matches": [{"headers": {"X-Tester": "yes"}, "to": "app-v2"}],
        "timeout": "9s",
        "retries": {"attempts": 2, "per_try_timeout": "3s"},
        "outlier_detection": {"consecutive_errors": 50},
    }
    assert {entry["after_header"] for entry in functions.led(**route)["diff"]} >= {
        "DestinationRule openfaas-fn/traffic-app-v1 (created)"
    }
    again = functions.led(**route)
    assert (again["changed"], again["requests"].get("write", 0)) == (False, 0)
    until_led(functions, {"app-v1"})
    until_led(functions, {"app-v2"}, **{"x-tester": "yes"})
    assert answers(functions, 50) == {"app-v1": 50}
    assert answers(functions, 50, **{"X-Tester": "yes"}) == {"app-v2": 50}


def test_a_mirror_is_called_beside_the_version_that_answers(functions: Functions) -> None:
    functions.led(weights={"app-v1": 100}, mirror={"to": "app-v2"})
    until_led(functions, {"app-v1"})
    eventually(lambda: functions.called("app-v2") > 0)
    before = functions.called("app-v2")
    assert answers(functions, 50) == {"app-v1": 50}
    # Those of the wait before may come in late.
    eventually(lambda: functions.called("app-v2") >= before + 50)


def test_faults_refuse_and_hold_up_their_share_of_the_calls(functions: Functions) -> None:
    """Each within four standard deviations."""
    functions.led(weights={"app-v1": 100}, faults={"abort": 418, "abort_percent": 30})
    eventually(lambda: functions.timed()[0] == 418)
    statuses = Counter(status for status, _text, _seconds in functions.many(200))
    # No function is called here, which would take a time of its own on a busy machine.
    functions.led(weights={"app-v1": 100}, faults={"delay": "2s", "delay_percent": 25, "abort": 418})
    eventually(lambda: {functions.timed()[0] for _try in range(10)} == {418})
    took = sorted(seconds for _status, _text, seconds in functions.many(100))
    delayed = sum(seconds >= 2 for seconds in took)
    print(f"\n{dict(statuses)}, {delayed} of 100 delayed, the median is {took[50]:.2f} s")
    assert set(statuses) == {200, 418}
    assert abs(statuses[418] - 60) <= 26
    assert abs(delayed - 25) <= 17


def test_a_call_that_fails_is_sent_again_and_a_slow_one_given_up(functions: Functions) -> None:
    functions.led(weights={"app-bad": 100}, retries={"attempts": 2, "conditions": "5xx"})
    eventually(lambda: functions.timed()[0] == 500)
    before = functions.called("app-bad")
    assert functions.timed()[0] == 500
    assert functions.called("app-bad") == before + 3
    verified = functions.verified(retries={NAME: 2})
    assert verified.get("failed", False) is False, verified
    assert "A call of app was sent again 2 times, and 2 times are due." in json.dumps(verified["checks"])

    functions.led(weights={"app-slow": 100}, timeout="1s")
    # The function itself answers, only later.
    eventually(lambda: functions.timed()[0] == 504)
    assert functions.timed()[0] == 504


def test_a_pod_that_fails_again_and_again_is_left_out(functions: Functions) -> None:
    detection = {"consecutive_errors": 3, "interval": "1s", "ejection_time": "60s", "max_ejection_percent": 100}
    functions.led(weights={"app-bad": 100}, outlier_detection=detection)
    eventually(lambda: functions.timed()[:2] == (503, "no healthy upstream"))
    before = functions.called("app-bad")
    assert functions.timed()[0] == 503
    assert functions.called("app-bad") == before


def test_no_call_is_lost_when_weights_change(functions: Functions) -> None:
    functions.led(weights={"app-v1": 100, "app-v2": 0})
    until_led(functions, {"app-v1"})
    with Load(functions.url) as load:
        for weights in ({"app-v1": 50, "app-v2": 50}, {"app-v1": 0, "app-v2": 100}):
            # One write to the route, and one to the set that remembers it.
            assert functions.led(weights=weights)["requests"]["write"] == 2
            answers(functions, 50)
        until_led(functions, {"app-v2"})
    print(f"\n{load}")
    assert load.failures == {}
    assert load.answered > 20
    assert functions.weights == {"app-v1": 0, "app-v2": 100}


@pytest.mark.parametrize(
    ("route", "sentence"),
    [
        ({"weights": {"app-v1": 80, "app-v2": 10}}, "The weights of app add up to 90 and not to 100"),
        ({"weights": {"app-v1": 90, "app-v9": 10}}, "Function app-v9, in the route of app, is not in namespace"),
        ({"weights": {"app-v1": 100}, "hosts": ["faas.invalid"]}, "Host faas.invalid, in the route of app, is none"),
        ({"weights": {"app-v1": 100}, "at": "mesh", "name": "env"}, "no route in the mesh sees: use at: ingress"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    functions: Functions, route: dict[str, Any], sentence: str
) -> None:
    routes = "virtualservices,destinationrules", "-n", "openfaas-fn", "-o", "name"
    before = functions.site.kubectl("get", *routes)
    # The route before is one that could be made.
    first = {"name": "first", "weights": {"app-v1": 100}}
    result = functions.module("istio_traffic", functions=[first, {"name": NAME, **route}])
    assert result["failed"] is True
    assert sentence in result["msg"]
    assert functions.site.kubectl("get", *routes) == before


def test_a_bad_version_goes_back_by_itself(functions: Functions) -> None:
    """And the counters that this takes are shown by then, which the run says where it was not so before."""
    gateway = ("get", "deployment/istio-ingressgateway", "-n", "istio-system", "-o")
    was_shown = "proxy.istio.io/config" in functions.site.kubectl(*gateway, "jsonpath={.spec.template.metadata}")
    functions.led(weights={"app-v1": 100})
    until_led(functions, {"app-v1"})
    foretold = functions.canary("app-bad", check=True)
    assert foretold["requests"].get("write", 0) == 0
    assert functions.weights == {"app-v1": 100}

    asked = {"function": NAME, "stable": "app-v1", "canary": "app-bad", **RULES}
    with Load(functions.url) as load:
        run = functions.command(tasks_from="canary", functions_canary=asked)
    print(f"\n{load}")
    assert run.code != 0
    result = run.result(CANARY)
    assert result["rolled_back"] is True
    assert "All calls go to app-v1 again." in run.failure
    assert [step["passed"] for step in result["steps"]] == [False]
    assert result["objects"] == foretold["objects"]
    assert run.objects == functions.site.written(run)
    restarted = "Deployment istio-system/istio-ingressgateway was restarted with the annotation"
    assert (restarted in " ".join(run.warnings)) != was_shown
    assert "proxy.istio.io/config" in functions.site.kubectl(*gateway, "jsonpath={.spec.template.metadata}")
    assert functions.weights == {"app-v1": 100, "app-bad": 0}
    until_led(functions, {"app-v1"})
    assert answers(functions, 50) == {"app-v1": 50}


def test_a_good_version_gets_all_calls_and_none_is_lost(functions: Functions) -> None:
    functions.led(weights={"app-v1": 100})
    until_led(functions, {"app-v1"})
    with Load(functions.url) as load:
        result = functions.canary("app-v2")
    print(f"\n{load}")
    assert result.get("failed", False) is False, result
    assert load.failures == {}
    assert [(step["weight"], step["failed"], step["passed"]) for step in result["steps"]] == [
        (20, 0, True),
        (100, 0, True),
    ]
    assert [entry["kind"] for entry in result["objects"]] == ["VirtualService", "ConfigMap"]
    assert functions.weights == {"app-v1": 0, "app-v2": 100}

    again = functions.canary("app-v2")
    assert (again["changed"], again["steps"]) == (False, [])


def test_too_few_calls_hold_a_step(functions: Functions) -> None:
    functions.led(weights={"app-v1": 100})
    result = functions.canary("app-v2", patience=2)
    assert result["failed"] is True
    assert "app-v2 is held at 20 % of the calls: in 2 s it got 0 of the 60" in result["msg"]
    assert (result["changed"], result["rolled_back"]) == (True, False)
    assert functions.weights == {"app-v1": 80, "app-v2": 20}


def test_calls_by_name_are_split_inside_the_mesh(functions: Functions) -> None:
    """OpenFaaS Pro's gateway calls functions by name, so the route holds for what it calls."""
    site = functions.site
    called = {"name": NAME, "env": {"VERSION": NAME}, **ALPINE}
    route = {"at": "mesh", "weights": {"app-v1": 50, "app-v2": 50}}
    site.run(**PRO, functions_list=[*FUNCTIONS, called], functions_traffic={NAME: route})
    try:
        until_led(functions, {"app-v1", "app-v2"})
        # 100 expected, with a standard deviation of 7.
        assert 65 <= answers(functions, 200)["app-v2"] <= 135
    finally:
        site.run(functions_list=FUNCTIONS)
        assert client(site).call("DELETE", "/system/functions", {"functionName": NAME}).status == 202
