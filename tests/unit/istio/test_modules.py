"""The modules' real main() against servers on the loopback and an istioctl that is a short script."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.faas.mesh.plugins.modules import istio_ingress_info, istio_install, mesh_verify
from tests.unit.openfaas.api import listed, running_api

from .test_ingress import SERVICE, service

MARKER = "marker-in-a-value-0123456789"
INJECTORS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
DISCOVERY: dict[str, Any] = {"/api": {"items": []}, "/apis": {"items": []}}


def ran(
    module: ModuleType, capsys: pytest.CaptureFixture[str], *, check: bool = False, **params: Any
) -> dict[str, Any]:
    """The result of a module; a traceback would not be one."""
    with patch_module_args({**params, "_ansible_check_mode": check}), pytest.raises(SystemExit):
        module.main()
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


@pytest.fixture
def istioctl(tmp_path: Path) -> Path:
    """An istioctl 1.31.1 that renders nothing, and repeats its input when it complains."""
    path = tmp_path / "istioctl"
    path.write_text(
        '#!/bin/sh\nif [ "$1" = version ]; then echo \'{"clientVersion": {"version": "1.31.1"}}\'; exit; fi\n'
        'echo "Error: unknown field in $(cat)" >&2; exit 1\n'
    )
    path.chmod(0o755)
    return path


def test_a_missing_istioctl_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    result = ran(istio_install, capsys, host="http://127.0.0.1:9", istioctl="/nowhere/istioctl")
    assert result["failed"] is True
    assert result["msg"] == "There is no program at /nowhere/istioctl: check the path."


def test_an_istioctl_of_another_version_is_refused_before_the_cluster_is_asked(
    capsys: pytest.CaptureFixture[str], istioctl: Path
) -> None:
    with running_api(DISCOVERY) as api:
        result = ran(istio_install, capsys, host=api.url, istioctl=str(istioctl), version="1.30.4")
        assert api.asked == []
    assert f"{istioctl} installs Istio 1.31.1, but version asks for 1.30.4" in result["msg"]


def test_an_istio_of_helm_is_left_alone(capsys: pytest.CaptureFixture[str], istioctl: Path) -> None:
    annotations = {"meta.helm.sh/release-name": "istiod", "meta.helm.sh/release-namespace": "istio-system"}
    injector = {
        "metadata": {"name": "istio-sidecar-injector", "annotations": annotations},
        "webhooks": [{"name": "rev.namespace.sidecar-injector.istio.io"}],
    }
    with running_api({**DISCOVERY, INJECTORS: listed(injector)}) as api:
        result = ran(istio_install, capsys, host=api.url, istioctl=str(istioctl))
    assert result["failed"] is True
    assert "put into this cluster by Helm (release istio-system/istiod" in result["msg"]


def test_values_are_absent_from_a_failure(capsys: pytest.CaptureFixture[str], istioctl: Path) -> None:
    with running_api(DISCOVERY) as api:
        result = ran(istio_install, capsys, host=api.url, istioctl=str(istioctl), values={"global": {"x": MARKER}})
    assert result["failed"] is True
    assert "cannot render these values: unknown field in" in result["msg"]
    assert MARKER not in json.dumps(result)


def test_an_ingress_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    with running_api({SERVICE: service(address={"ip": "192.0.2.7"})}) as api:
        result = ran(istio_ingress_info, capsys, host=api.url, host_name="faas.example.com")
    assert result["changed"] is False
    assert (result["ingress_host"], result["http_port"], result["https_port"]) == ("192.0.2.7", 80, 443)
    assert result["url"] == "http://faas.example.com"
    assert result["https_url"] == "https://faas.example.com"
    assert result["selector"] == {"istio": "ingressgateway"}


@pytest.mark.parametrize("objects", [{}, {SERVICE: service()}])
def test_an_ingress_that_is_not_there_yet_is_null_in_check_mode_only(
    capsys: pytest.CaptureFixture[str], objects: dict[str, Any]
) -> None:
    with running_api(objects) as api:
        predicted = ran(istio_ingress_info, capsys, check=True, host=api.url)
        real = ran(istio_ingress_info, capsys, host=api.url, wait=False)
    assert [predicted[name] for name in ("ingress_host", "http_port", "https_port", "url", "https_url")] == [None] * 5
    assert predicted["selector"] == {"istio": "ingressgateway"}
    assert real["failed"] is True
    assert "istio-system/istio-ingressgateway" in real["msg"]


def test_names_that_do_not_lead_to_the_ingress_are_told_with_their_records(capsys: pytest.CaptureFixture[str]) -> None:
    hosts = ["*", "localhost"]
    with running_api({SERVICE: service(address={"ip": "192.0.2.7"})}) as api:
        # What was warned of stays with the process, so the quiet ones come first.
        nobody = ran(istio_ingress_info, capsys, host=api.url)
        alone = api.asked.copy()
        ignored = ran(istio_ingress_info, capsys, host=api.url, hosts=hosts, dns="ignore")
        failed = ran(istio_ingress_info, capsys, host=api.url, hosts=hosts, dns="fail")
        warned = ran(istio_ingress_info, capsys, host=api.url, hosts=hosts)
    assert api.asked == alone * 4
    (name,) = warned["dns"]
    assert "127.0.0.1" in name.pop("addresses")
    record = "localhost.  A  192.0.2.7"
    assert name == {"host": "localhost", "expected": ["192.0.2.7"], "points_here": False, "records": [record]}
    assert record in json.dumps(warned["warnings"])
    assert failed["failed"] is True
    assert failed["msg"].startswith("The DNS does not lead localhost (127.0.0.1")
    assert failed["msg"].endswith(record)
    for quiet in (ignored, nobody):
        assert (quiet["dns"], quiet.get("warnings", [])) == ([], [])


def test_no_name_is_looked_up_for_an_ingress_of_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    with running_api({SERVICE: service()}) as api:
        result = ran(istio_ingress_info, capsys, host=api.url, hosts=["localhost"], dns="fail", via="port_forward")
    assert (result["ingress_host"], result["dns"]) == ("127.0.0.1", [])


def test_nothing_is_verified_before_there_is_an_ingress(capsys: pytest.CaptureFixture[str]) -> None:
    with running_api({}) as api:
        predicted = ran(mesh_verify, capsys, check=True, host=api.url)
        real = ran(mesh_verify, capsys, host=api.url)
        assert api.asked == []
    assert predicted["checks"] == []
    assert mesh_verify.NONE_YET in json.dumps(predicted["warnings"])
    assert real["failed"] is True
    assert "ingress_url is empty" in real["msg"]


def test_a_failed_check_fails_the_module_and_is_a_warning_in_check_mode(capsys: pytest.CaptureFixture[str]) -> None:
    pods = "/api/v1/namespaces/openfaas/pods"
    bare = {
        "metadata": {"namespace": "openfaas", "name": "nats-1"},
        "spec": {"containers": [{"name": "nats", "image": "nats"}]},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
    with running_api({pods: listed(bare), "/healthz": {"status": "OK"}}) as api:
        real = ran(mesh_verify, capsys, host=api.url, ingress_url=api.url, wait=False)
        predicted = ran(mesh_verify, capsys, check=True, host=api.url, ingress_url=api.url)
    failure = "Pod openfaas/nats-1 has no sidecar: label its namespace for injection, then make the pod anew."
    assert real["failed"] is True
    assert real["msg"] == failure
    assert [check["passed"] for check in real["checks"]] == [False, True]
    assert failure in json.dumps(predicted["warnings"])
    assert predicted.get("failed", False) is False
