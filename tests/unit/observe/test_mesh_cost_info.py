"""The module's real main() against a server on the loopback: whose figures are told, and as whose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio.cost import measure
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Cluster
from ansible_collections.faas.mesh.plugins.modules import mesh_cost_info
from tests.unit.istio.edges import StillClock, Table
from tests.unit.istio.edges import cluster as table_cluster
from tests.unit.openfaas.api import listed, running_api

from .cluster import GROUP, NODE_METRICS, POD_METRICS, PODS, TIME, answers, pod, used


def ran(
    capsys: pytest.CaptureFixture[str], objects: Any = None, *, check: bool = False, **params: Any
) -> dict[str, Any]:
    """The result of the module."""
    with running_api(answers() if objects is None else objects) as api:
        given = {"host": api.url, "_ansible_check_mode": check, **params}
        with patch_module_args(given), pytest.raises(SystemExit):
            mesh_cost_info.main()
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def figures(cpu: int, memory: int) -> dict[str, int]:
    """As the module has them."""
    return {"cpu_millicores": cpu, "memory_mib": memory}


def test_containers_are_rounded_as_kubectl_does_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Thousandths of a core up, mebibytes down."""
    rows = ran(capsys)["containers"]
    told = {(row["pod"], row["container"]): (row["cpu_millicores"], row["memory_mib"]) for row in rows}
    assert told[("istiod-1", "discovery")] == (5, 79)
    assert told[("env-1", "istio-proxy")] == (2, 50)
    assert told[("old-1", "old")] == (0, 7)


def test_each_container_has_its_part(capsys: pytest.CaptureFixture[str]) -> None:
    """A proxy beside another container is a sidecar, native or not; one that is alone is a gateway."""
    result = ran(capsys)
    assert [(part["name"], part["containers"]) for part in result["parts"]] == [
        ("application", 3),
        ("sidecar", 2),
        ("gateway", 1),
        ("control_plane", 1),
    ]
    assert [row["pod"] for row in result["sidecars"]] == ["env-1", "old-1"]
    # 1.2m twice are 2.4m, and so 3m and not 4m.
    assert {**result["parts"][1]} == {"name": "sidecar", "containers": 2, **figures(3, 100)}
    # 4.000001m, 11m and 2.4m; 83886079 and 146800640 bytes.
    assert result["mesh"] == {"containers": 4, **figures(18, 219)}
    assert result["measured_at"] == TIME
    assert result["changed"] is False


def test_namespaces_and_nodes_have_the_meshs_share(capsys: pytest.CaptureFixture[str]) -> None:
    """And of a node, percent of what pods may use of it."""
    result = ran(capsys)
    functions = next(row for row in result["namespaces"] if row["name"] == "openfaas-fn")
    assert functions == {
        "name": "openfaas-fn",
        "pods": 2,
        "sidecars": 2,
        **figures(3, 115),
        "mesh": figures(3, 100),
        "before": None,
        "added": None,
    }
    (node,) = result["nodes"]
    assert {**node, "before": None} == {
        "name": "one",
        **figures(399, 1024),
        "cpu_percent": 19,
        "memory_percent": 25,
        "allocatable": figures(2000, 4096),
        "mesh": figures(18, 219),
        "before": None,
        "added": None,
    }


def test_an_earlier_result_stands_beside(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A namespace that was not there had nothing; one that is gone has nothing now."""
    bare = answers(
        **{
            PODS: listed(pod("kube-system", "dns-1", "dns"), pod("old", "x-1", "x")),
            POD_METRICS: listed(used("kube-system", "dns-1", dns=("2m", "10Mi")), used("old", "x-1", x=("1m", "5Mi"))),
        }
    )
    first = ran(capsys, bare)
    assert first["mesh"]["containers"] == 0
    path = tmp_path / "before.json"
    path.write_text(json.dumps(first))
    result = ran(capsys, before=str(path))
    told = {row["name"]: (row["before"], row["added"]) for row in result["namespaces"]}
    assert told["kube-system"] == (figures(2, 10), figures(1, 2))
    assert told["openfaas-fn"] == (figures(0, 0), figures(3, 115))
    assert told["old"] == (figures(1, 5), figures(-1, -5))
    assert result["nodes"][0]["added"] == figures(0, 0)
    assert result["before_measured_at"] == TIME


def test_a_file_that_is_none_and_one_that_holds_something_else(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert ran(capsys, before=str(tmp_path / "none.json"))["before_measured_at"] is None
    path = tmp_path / "other.json"
    path.write_text('{"namespaces": 1}')
    result = ran(capsys, before=str(path))
    assert result["msg"] == f"The file {path} holds no earlier measurement: remove it, or name another."


def test_without_metrics_server(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence; in check mode, where it may still come, a warning."""
    objects = {path: found for path, found in answers().items() if not path.startswith(GROUP)}
    result = ran(capsys, objects)
    assert result["failed"] is True
    assert result["msg"].startswith("metrics-server is not there: http://127.0.0.1:")
    assert "serve metrics.k8s.io/v1beta1. Run the role faas.mesh.observe" in result["msg"]
    check = ran(capsys, objects, check=True)
    assert check["available"] is False
    assert "metrics-server is not there" in str(check["warnings"])


def test_what_has_no_figures_in_time_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    more = [*answers()[PODS]["items"], pod("openfaas-fn", "late-1", "istio-proxy", "late")]
    result = ran(capsys, answers(**{PODS: listed(*more)}), wait=False)
    assert result["missing"] == ["openfaas-fn/late-1 istio-proxy", "openfaas-fn/late-1 late"]
    assert "No figures yet of openfaas-fn/late-1 istio-proxy, openfaas-fn/late-1 late." in str(result["warnings"])


def test_no_figures_at_all_are_a_failure() -> None:
    """After the time is over, which is told while it passes."""
    told: list[str] = []
    empty = answers(**{POD_METRICS: listed(), NODE_METRICS: listed()})
    clock = StillClock()
    with pytest.raises(MeshError, match="has no figures of any container at"):
        measure(table_cluster(empty), clock, 10, told.append)
    assert clock.time == 10
    assert told[0] == "waiting for the first figures of istio-system/ingress-1 istio-proxy and 6 more"


def test_it_waits_until_every_container_has_figures() -> None:
    """A container that is not ready is not waited for, nor is a pod that is being deleted."""
    ending = pod("openfaas-fn", "gone-1", "gone")
    ending["metadata"]["deletionTimestamp"] = TIME
    crashing = pod("openfaas-fn", "bad-1", "bad")
    crashing["status"]["containerStatuses"][0]["ready"] = False
    in_time = answers()[POD_METRICS]
    transport = Table(
        answers(
            **{
                PODS: listed(*answers()[PODS]["items"], ending, crashing),
                POD_METRICS: listed(*in_time["items"][1:]),
            }
        )
    )

    class Clock(StillClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            transport.answers[POD_METRICS] = in_time

    clock = Clock()
    cluster = Cluster(transport, "https://cluster.test", clock, patience=0.0)
    measured = measure(cluster, clock, 60, lambda _line: None)
    assert measured.missing == []
    assert clock.time == 2
