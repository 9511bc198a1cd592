"""The modules' real main() against a server on the loopback."""

from __future__ import annotations

import base64
import json
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.faas.mesh.plugins.modules import kube_cluster_info, openfaas_credentials

from .api import listed, running_api

MARKER = "marker-of-a-password-0123456789"
SECRET = "/api/v1/namespaces/openfaas/secrets/basic-auth"


def ran(module: ModuleType, capsys: pytest.CaptureFixture[str], **params: Any) -> tuple[dict[str, Any], str]:
    """The result of a module, and everything that it printed."""
    with patch_module_args(params), pytest.raises(SystemExit):
        module.main()
    printed = "".join(capsys.readouterr())
    return json.loads(printed), printed


def secret(manager: str = "kubectl", **values: str) -> dict[str, Any]:
    """A Secret basic-auth that ``manager`` wrote."""
    return {
        "metadata": {"namespace": "openfaas", "name": "basic-auth", "managedFields": [{"manager": manager}]},
        "data": {f"basic-auth-{name}": base64.b64encode(value.encode()).decode() for name, value in values.items()},
    }


def test_the_facts_of_a_cluster_with_a_mesh(capsys: pytest.CaptureFixture[str]) -> None:
    node = {
        "metadata": {"name": "node-1"},
        "spec": {"podCIDRs": ["10.2.0.0/24"]},
        "status": {
            "nodeInfo": {"architecture": "arm64"},
            "addresses": [
                {"type": "Hostname", "address": "node-1"},
                {"type": "InternalIP", "address": "192.168.0.4"},
                {"type": "InternalIP", "address": "fd00::4"},
            ],
        },
    }
    pod = {
        "metadata": {"namespace": "openfaas-fn", "name": "env"},
        "spec": {},
        "status": {"podIPs": [{"ip": "10.9.0.1"}]},
    }
    objects = {
        "/api/v1/nodes": listed(node),
        "/api/v1/namespaces/openfaas-fn/pods": listed(pod),
        "/api/v1/namespaces/istio-system/configmaps/istio": {"metadata": {}, "data": {"mesh": "trustDomain: td"}},
    }
    with running_api(objects) as api:
        result, _printed = ran(
            kube_cluster_info,
            capsys,
            host=api.url,
            namespaces=["openfaas-fn"],
            workload={"namespace": "openfaas", "labels": {"app": "gateway"}},
        )
    result.pop("invocation", None)
    assert result == {
        "changed": False,
        "kubernetes_version": "v1.36.3",
        "nodes": [{"name": "node-1", "architecture": "arm64", "internal_ips": ["192.168.0.4", "fd00::4"]}],
        "pod_cidrs": ["10.2.0.0/24"],
        "pod_cidrs_source": "nodes",
        "pods_outside": [{"namespace": "openfaas-fn", "name": "env", "address": "10.9.0.1"}],
        "istio_installed": True,
        "trust_domain": "td",
        "sidecars": [],
    }
    assert len(api.asked) == 6


def test_a_plain_look_costs_four_requests(capsys: pytest.CaptureFixture[str]) -> None:
    with running_api({}) as api:
        result, _printed = ran(kube_cluster_info, capsys, host=api.url)
    assert (result["istio_installed"], result["trust_domain"], result["pod_cidrs_source"]) == (
        False,
        "cluster.local",
        "none",
    )
    assert len(api.asked) == 4


def test_somebody_elses_secret_is_left_alone_and_never_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with running_api({SECRET: secret(user="root", password=MARKER)}) as api:
        result, printed = ran(openfaas_credentials, capsys, host=api.url, user="admin")
    assert (result["changed"], result["user"], result["rotated"]) == (False, "root", "")
    assert api.asked == [f"GET {SECRET}"]
    assert MARKER not in printed
    assert base64.b64encode(MARKER.encode()).decode() not in printed


@pytest.mark.parametrize("values", [{}, {"user": "admin"}, {"user": "admin", "password": ""}])
def test_a_secret_without_credentials_is_named(values: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with running_api({SECRET: secret(**values)}) as api:
        result, _printed = ran(openfaas_credentials, capsys, host=api.url)
    assert result["failed"] is True
    assert "Secret openfaas/basic-auth is there without a readable basic-auth-" in result["msg"]
    assert api.asked == [f"GET {SECRET}"]
