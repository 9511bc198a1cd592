"""What the role refuses before it changes anything, and the objects that it puts beside the chart.

One real playbook runs all cases, each as a host of its own, against a server that takes no write.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .api import listed, running_api

ROOT = Path(__file__).resolve().parents[3]

SHOWN = ("definitions", "overlays", "chart", "namespaces")
PLAY: list[dict[str, Any]] = [
    {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "module_defaults": {"group/faas.mesh.kube": {"host": "{{ api }}"}},
        "tasks": [
            {
                "block": [
                    {
                        "ansible.builtin.include_role": {
                            "name": "faas.mesh.openfaas",
                            "tasks_from": "preflight",
                            "public": True,
                        }
                    },
                    {"ansible.builtin.set_fact": {"outcome": {name: f"{{{{ _openfaas_{name} }}}}" for name in SHOWN}}},
                ],
                "rescue": [{"ansible.builtin.set_fact": {"outcome": {"refused": "{{ ansible_failed_result.msg }}"}}}],
            },
            {
                "ansible.builtin.copy": {
                    "content": "{{ dict(cases | zip(cases | map('extract', hostvars, 'outcome'))) | to_json }}",
                    "dest": "{{ results }}",
                },
                "run_once": True,
                "vars": {"cases": "{{ ansible_play_hosts }}"},
            },
        ],
    }
]

# The variables of each case; `server` names the API server that it meets.
CASES: dict[str, dict[str, Any]] = {
    "ce_strict": {},
    "ce_permissive": {"openfaas_mtls": "permissive"},
    "ce_off": {"openfaas_mtls": False, "server": "empty"},
    "pro_strict": {"openfaas_edition": "pro"},
    "revision": {"openfaas_istio_revision": "canary", "server": "canary"},
    "given_cidrs": {"openfaas_pod_cidrs": ["10.9.0.0/16"], "server": "unknown_cidrs"},
    "rotated": {"__openfaas_credentials": {"rotated": "2026-11-22T16:00:00Z"}},
    "rotated_pro": {
        "openfaas_edition": "pro",
        "openfaas_values": {"dashboard": {"enabled": True}},
        "__openfaas_credentials": {"rotated": "2026-11-22T16:00:00Z"},
    },
    "rotated_without_async": {
        "openfaas_values": {"async": False},
        "__openfaas_credentials": {"rotated": "2026-11-22T16:00:00Z"},
    },
    "chart_path": {"openfaas_chart": "/charts/open faas", "openfaas_values": {"gateway": {"replicas": 2}}},
    "exposed": {"openfaas_expose_services": True},
    "direct_on_ce": {"openfaas_direct_functions": True},
    "values_of_the_role": {"openfaas_values": {"exposeServices": True, "istio": {"mtls": True}}},
    "one_namespace": {"openfaas_functions_namespace": "openfaas"},
    "no_istio": {"server": "empty"},
    "unknown_cidrs": {"server": "unknown_cidrs"},
    "pods_outside": {"server": "pods_outside"},
    "foreign_sidecar": {"server": "foreign_sidecar"},
    "foreign_sidecar_permissive": {"server": "foreign_sidecar", "openfaas_mtls": "permissive"},
}

SIDECARS = "/apis/networking.istio.io/v1/namespaces/openfaas/sidecars"
NODES = {"/api/v1/nodes": listed({"metadata": {"name": "n"}, "spec": {"podCIDRs": ["10.2.0.0/16"]}, "status": {}})}
ISTIO = {"/api/v1/namespaces/istio-system/configmaps/istio": {"metadata": {}, "data": {"mesh": "trustDomain: td"}}}


def sidecar(name: str, manager: str) -> dict[str, Any]:
    """A Sidecar on the gateway's pods."""
    return {
        "metadata": {"namespace": "openfaas", "name": name, "managedFields": [{"manager": manager}]},
        "spec": {"workloadSelector": {"labels": {"app": "gateway"}}},
    }


SERVERS: dict[str, dict[str, Any]] = {
    "ready": {**NODES, **ISTIO, SIDECARS: listed(sidecar("gateway", "faas.mesh"))},
    "empty": NODES,
    "canary": {**NODES, "/api/v1/namespaces/istio-system/configmaps/istio-canary": {"metadata": {}}},
    "unknown_cidrs": ISTIO,
    "pods_outside": {
        **NODES,
        **ISTIO,
        "/api/v1/namespaces/openfaas-fn/pods": listed(
            {
                "metadata": {"namespace": "openfaas-fn", "name": "env-1"},
                "spec": {},
                "status": {"podIPs": [{"ip": "10.9.0.1"}]},
            }
        ),
    },
    "foreign_sidecar": {
        **NODES,
        **ISTIO,
        SIDECARS: listed(sidecar("gateway", "kubectl-create"), sidecar("egress", "faas.mesh")),
    },
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What became of each case: the refusal, or the values with which the role would go on."""
    folder = tmp_path_factory.mktemp("cases")
    results = folder / "results.json"
    play = folder / "play.yml"
    play.write_text(json.dumps(PLAY))
    with ExitStack() as stack:
        apis = {name: stack.enter_context(running_api(objects)) for name, objects in SERVERS.items()}
        hosts = {
            case: {**variables, "api": apis[variables.get("server", "ready")].url} for case, variables in CASES.items()
        }
        inventory = folder / "hosts.yml"
        common = {"__openfaas_credentials": {"rotated": ""}, "results": str(results)}
        inventory.write_text(json.dumps({"all": {"hosts": hosts, "vars": common}}))
        run = subprocess.run(
            [Path(sys.executable).with_name("ansible-playbook"), "-i", inventory, play],
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build" / "collections"),
                "ANSIBLE_LOCALHOST_WARNING": "false",
                "ANSIBLE_LOCAL_TEMP": str(folder / "ansible"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        asked = {line.partition(" ")[0] for api in apis.values() for line in api.asked}
        assert asked == {"GET"}
    found: dict[str, Any] = json.loads(results.read_text())
    return found


def kinds(outcome: dict[str, Any]) -> list[str]:
    """The kinds of the objects beside the chart."""
    return [obj["kind"] for obj in outcome["definitions"]]


def gateway_annotations(outcome: dict[str, Any]) -> dict[str, str]:
    """What the gateway's pods are told, so that they restart when it changes."""
    overlay = next(overlay for overlay in outcome["overlays"] if overlay["name"] == "gateway")
    annotations: dict[str, str] = overlay["patch"]["spec"]["template"]["metadata"]["annotations"]
    return annotations


CALLS = ["ServiceEntry", "DestinationRule", "Sidecar"]
POLICIES = ["PeerAuthentication", "PeerAuthentication"]


def test_strict_on_ce_brings_the_three_objects(outcomes: dict[str, Any]) -> None:
    assert kinds(outcomes["ce_strict"]) == POLICIES + CALLS
    policy, other_policy, entry, rule, scope = outcomes["ce_strict"]["definitions"]
    assert [one["metadata"]["namespace"] for one in (policy, other_policy)] == ["openfaas", "openfaas-fn"]
    assert {one["spec"]["mtls"]["mode"] for one in (policy, other_policy)} == {"STRICT"}
    assert entry["spec"] == {
        "exportTo": ["openfaas"],
        "hosts": ["function-pods.openfaas-fn.internal"],
        "addresses": ["10.2.0.0/16"],
        "ports": [{"number": 8080, "name": "tcp-function", "protocol": "TCP"}],
        "resolution": "NONE",
        "location": "MESH_INTERNAL",
    }
    assert rule["spec"]["trafficPolicy"]["tls"] == {
        "mode": "ISTIO_MUTUAL",
        "subjectAltNames": ["spiffe://td/ns/openfaas-fn/sa/default"],
    }
    assert scope["spec"]["workloadSelector"] == {"labels": {"app": "gateway"}}
    assert scope["spec"]["egress"][0]["hosts"] == ["openfaas-fn/function-pods.openfaas-fn.internal"]


@pytest.mark.parametrize(
    ("case", "expected"),
    [("ce_permissive", POLICIES), ("ce_off", []), ("pro_strict", POLICIES)],
)
def test_other_modes_and_editions_go_without_them(case: str, expected: list[str], outcomes: dict[str, Any]) -> None:
    assert kinds(outcomes[case]) == expected


def test_the_gateway_restarts_when_the_three_objects_come_change_or_go(outcomes: dict[str, Any]) -> None:
    digests = {
        case: gateway_annotations(outcomes[case])["faas.mesh/mesh-digest"]
        for case in ("ce_strict", "given_cidrs", "ce_permissive", "pro_strict", "rotated")
    }
    assert len({digests["ce_strict"], digests["given_cidrs"], digests["ce_permissive"]}) == 3
    assert digests["ce_permissive"] == digests["pro_strict"]
    assert digests["rotated"] == digests["ce_strict"]


def test_a_new_password_restarts_whatever_reads_it(outcomes: dict[str, Any]) -> None:
    restarted = {
        case: [overlay["name"] for overlay in outcome.get("overlays", [])] for case, outcome in outcomes.items()
    }
    assert restarted["ce_strict"] == restarted["rotated_without_async"] == ["gateway"]
    assert restarted["rotated"] == ["gateway", "queue-worker"]
    assert restarted["rotated_pro"] == ["gateway", "autoscaler", "dashboard"]
    assert gateway_annotations(outcomes["rotated"])["faas.mesh/rotated"] == "2026-11-22T16:00:00Z"


def test_the_edition_decides_how_functions_are_called(outcomes: dict[str, Any]) -> None:
    values = outcomes["ce_strict"]["chart"]["values"]
    assert (values["openfaasPro"], values["gateway"]["directFunctions"]) == (False, False)
    values = outcomes["pro_strict"]["chart"]["values"]
    assert (values["openfaasPro"], values["gateway"]["directFunctions"]) == (True, True)


def test_the_chart_makes_no_password_and_no_policy_of_its_own(outcomes: dict[str, Any]) -> None:
    values = outcomes["ce_strict"]["chart"]["values"]
    assert (values["generateBasicAuth"], values["istio"], values["exposeServices"]) == (False, {"mtls": False}, False)


def test_a_chart_from_a_path_keeps_the_users_values(outcomes: dict[str, Any]) -> None:
    chart = outcomes["chart_path"]["chart"]
    assert chart["ref"] == "/charts/open faas"
    assert chart["values"]["gateway"]["replicas"] == 2
    assert "sha256" not in chart


def test_a_revision_is_named_on_the_namespaces(outcomes: dict[str, Any]) -> None:
    labels = [namespace["metadata"]["labels"] for namespace in outcomes["revision"]["namespaces"]]
    assert labels == [
        {"role": "openfaas-system", "access": "openfaas-system", "istio.io/rev": "canary"},
        {"role": "openfaas-fn", "istio.io/rev": "canary"},
    ]
    assert outcomes["ce_strict"]["namespaces"][1]["metadata"]["labels"] == {
        "role": "openfaas-fn",
        "istio-injection": "enabled",
    }


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("exposed", ["openfaas_expose_services", "role faas.mesh.ingress"]),
        ("direct_on_ce", ["openfaas_direct_functions needs openfaas_edition pro"]),
        ("values_of_the_role", ["openfaas_values must not set exposeServices, istio.mtls:"]),
        ("one_namespace", ["openfaas_namespace and openfaas_functions_namespace are both openfaas:"]),
        ("no_istio", ["Istio is not in the namespace istio-system: install it first"]),
        ("unknown_cidrs", ["pod CIDRs of this cluster cannot be found", "set openfaas_pod_cidrs"]),
        ("pods_outside", ["openfaas-fn/env-1 10.9.0.1", "10.2.0.0/16 (source: nodes)"]),
        ("foreign_sidecar", ["openfaas/egress (by faas.mesh)", "openfaas/gateway (by kubectl-create)"]),
    ],
)
def test_what_cannot_work_is_refused_in_words(case: str, words: list[str], outcomes: dict[str, Any]) -> None:
    refused = outcomes[case]["refused"]
    assert [word for word in words if word not in refused] == []
    assert refused.endswith(".")


def test_a_foreign_sidecar_matters_only_to_the_three_objects(outcomes: dict[str, Any]) -> None:
    assert kinds(outcomes["foreign_sidecar_permissive"]) == POLICIES
