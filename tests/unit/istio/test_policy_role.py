"""The policies of the role policy: what routes of functions open, and what they do not."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.stages.workspace import CHECKOUT
from tests.unit.tools.playing import play

ROLE = CHECKOUT / "roles" / "policy"
INGRESS = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
STRANGER = "cluster.local/ns/stranger/sa/default"
TRAFFIC: dict[str, Any] = {
    "env": {"env-v1": 90, "env-v2": 0, "env-v3": 10},
    "resize": {"matches": [{"headers": {"x-tester": "yes"}, "to": "resize-next"}], "mirror": {"to": "shadow"}},
    "inner": {"at": "mesh", "weights": {"inner-v1": 100}, "mirror": {"to": "inner-v2"}},
}
CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "led": {"functions_traffic": TRAFFIC},
    "beside": {"functions_traffic": TRAFFIC, "policy_functions": {"env-v1": {"direct_callers": ["stranger/default"]}}},
    "closed": {
        "functions_traffic": TRAFFIC,
        "policy_functions": {
            "env": {"callers": []},
            "shadow": {"callers": ["a/b"]},
            "resize": {"callers": ["ingress"]},
        },
    },
    "by_its_identity": {
        "functions_traffic": TRAFFIC,
        "policy_functions": {"env": {"callers": ["istio-system/istio-ingressgateway-service-account"]}},
    },
    "closed_gateway": {"functions_traffic": TRAFFIC, "policy_gateway_callers": ["openfaas-fn/default"]},
    "elsewhere": {"functions_traffic": TRAFFIC, "functions_namespace": "team-a"},
    "by_hand": {
        "functions_traffic": TRAFFIC,
        "policy_traffic": {},
        "policy_functions": {"env-v1": {"direct_callers": ["ingress"]}},
    },
}


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    """Who may call the pods of which function past the gateway, in each case."""
    folder = tmp_path_factory.mktemp("policies")
    template = ROLE / "templates" / "policies.yml.j2"
    head = {"hosts": "all", "connection": "local", "gather_facts": False}
    rendered = f"{{{{ lookup('ansible.builtin.template', '{template}') | from_yaml_all | to_json }}}}"
    task = {"ansible.builtin.copy": {"dest": f"{folder}/{{{{ inventory_hostname }}}}.json", "content": rendered}}
    (folder / "play.yml").write_text(yaml.safe_dump([{**head, "tasks": [task]}]))
    # Each case is a host, with the variables of the role as its own.
    role: dict[str, Any] = {}
    for part in ("defaults", "vars"):
        role |= yaml.safe_load((ROLE / part / "main.yml").read_text())
    hosts = {case: {**role, **given} for case, given in CASES.items()}
    inventory = folder / "hosts.yml"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    done = play(folder / "play.yml", folder, {}, "--inventory", str(inventory))
    assert done.returncode == 0, done.stdout + done.stderr
    return {case: _direct(json.loads((folder / f"{case}.json").read_text())) for case in CASES}


def _direct(objects: list[dict[str, Any]]) -> dict[str, list[str]]:
    allowed = [obj for obj in objects if obj["metadata"]["name"].endswith("-direct")]
    assert {(obj["kind"], obj["spec"]["action"]) for obj in allowed} <= {("AuthorizationPolicy", "ALLOW")}
    return {
        obj["spec"]["selector"]["matchLabels"]["faas_function"]: obj["spec"]["rules"][0]["from"][0]["source"][
            "principals"
        ]
        for obj in allowed
    }


def test_without_routes_nobody_goes_past_the_gateway(direct: dict[str, dict[str, list[str]]]) -> None:
    assert direct["plain"] == {}


def test_what_routes_at_the_ingress_lead_to_admits_the_ingress_alone(direct: dict[str, dict[str, list[str]]]) -> None:
    led = ["env-v1", "env-v2", "env-v3", "resize", "resize-next", "shadow"]
    assert direct["led"] == {name: [INGRESS] for name in led}


def test_others_are_admitted_beside_it(direct: dict[str, dict[str, list[str]]]) -> None:
    assert direct["beside"] == {**direct["led"], "env-v1": [STRANGER, INGRESS]}


def test_a_function_that_is_closed_to_the_ingress_stays_closed(direct: dict[str, dict[str, list[str]]]) -> None:
    assert direct["closed"] == {name: [INGRESS] for name in ("resize", "resize-next")}


def test_the_ingress_may_be_named_by_its_identity(direct: dict[str, dict[str, list[str]]]) -> None:
    assert direct["by_its_identity"] == direct["led"]


@pytest.mark.parametrize("case", ["closed_gateway", "elsewhere"])
def test_nothing_is_opened_for_who_may_not_call_or_in_another_namespace(
    direct: dict[str, dict[str, list[str]]], case: str
) -> None:
    assert direct[case] == {}


def test_the_routes_may_be_left_out(direct: dict[str, dict[str, list[str]]]) -> None:
    assert direct["by_hand"] == {"env-v1": [INGRESS]}
