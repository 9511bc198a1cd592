"""Calls between two pods, as fortio would tell of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio.probe import POLL_SECONDS, Load, Pair
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Answer, Cluster
from ansible_collections.faas.mesh.plugins.modules import mesh_probe
from tests.unit.istio.edges import StillClock
from tests.unit.openfaas.api import listed

from .cluster import pod

Options = dict[str, list[str]]


class Fortio:
    """A namespace with two Deployments, whose pods come and go with the clock.

    :param tell: what fortio tells of a run, by its options, while the server is up.
    """

    def __init__(self, clock: StillClock, tell: Callable[[Options], Any]) -> None:
        self.clock = clock
        self.tell = tell
        self.replicas = 1
        self.containers: tuple[str, ...] = ("fortio",)
        self.ends_after, self.comes_after = 3.0, 2.0
        self.since = -60.0
        self.scaled: list[int] = []

    @property
    def up(self) -> bool:
        """Whether the server answers."""
        passed = self.clock.now() - self.since
        return passed >= self.comes_after if self.replicas else passed < self.ends_after

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """The API server's answer."""
        url = urlsplit(target)
        if method == "PATCH":
            assert url.path == "/apis/apps/v1/namespaces/scratch/deployments/server/scale"
            self.replicas, self.since = json.loads(body or b"")["spec"]["replicas"], self.clock.now()
            self.scaled.append(self.replicas)
            return self._answer({})
        name = url.path.rpartition("/")[2]
        if name != "pods":
            return self._answer({"spec": {"selector": {"matchLabels": {"app": name}}}})
        name = parse_qs(url.query)["labelSelector"][0].removeprefix("app=")
        there = name == "client" or self.replicas or self.up
        return self._answer(listed(pod("scratch", f"{name}-1", *self.containers)) if there else listed())

    def ask_pod(self, namespace: str, pod: str, port: int, path: str, seconds: float) -> Answer:
        """fortio's answer."""
        url = urlsplit(path)
        assert (namespace, pod, port, url.path) == ("scratch", "client-1", 8080, "/fortio/rest/run")
        options = parse_qs(url.query)
        assert options["url"] == ["http://server.scratch:8080/"]
        return self._answer(self.tell(options) if self.up else run({"-1": 1}))

    def _answer(self, document: Any) -> Answer:
        return Answer(200, {}, document.encode() if isinstance(document, str) else json.dumps(document).encode())


def run(codes: dict[str, int], p50: float = 0.0005, p99: float = 0.0042) -> dict[str, Any]:
    """What fortio tells of calls: seconds, and how many were answered with which status."""
    percentiles = [{"Percentile": 50, "Value": p50}, {"Percentile": 99, "Value": p99}]
    return {"RetCodes": codes, "DurationHistogram": {"Count": sum(codes.values()), "Percentiles": percentiles}}


def pair(fortio: Fortio) -> Pair:
    """The two pods."""
    return Pair(Cluster(fortio, "https://cluster.test", fortio.clock, patience=0.0), "scratch", "client", "server")


def nobody(_line: str) -> None:
    """Told nothing."""


def test_latency_is_that_of_the_calls_after_a_warm_up() -> None:
    seconds: list[str] = []

    def tell(options: Options) -> Any:
        assert (options["qps"], options["c"], options["p"]) == (["50"], ["4"], ["50,99"])
        seconds.append(options["t"][0])
        return run({"200": 500}, p50=0.0012 if len(seconds) == 2 else 0.5)

    found = pair(Fortio(StillClock(), tell)).latency(Load(50, 4, 10))
    assert seconds == ["2s", "10s"]
    assert (found.calls, found.p50, found.p99) == (500, 1.2, 4.2)


def test_calls_that_fail_are_counted_in_the_failure() -> None:
    fortio = Fortio(StillClock(), lambda _options: run({"200": 7, "503": 2, "-1": 1}))
    with pytest.raises(
        MeshError, match=r"not all answered with 200 \(1 with -1, 7 with 200, 2 with 503; -1 is no answer"
    ):
        pair(fortio).latency(Load(50, 4, 10))


def test_another_program_is_named() -> None:
    fortio = Fortio(StillClock(), lambda _options: "<html>")
    with pytest.raises(MeshError, match="Pod scratch/client-1 does not answer as fortio does: check its image"):
        pair(fortio).latency(Load(50, 4, 10))


def test_each_start_begins_at_nothing() -> None:
    """The pod before is gone and no longer answers; then the time counts from the request to the first answer."""
    clock = StillClock()
    fortio = Fortio(clock, lambda _options: run({"200": 1}))
    starts = list(pair(fortio).starts(2, clock, 30, nobody))
    assert starts == pytest.approx([2.0, 2.0], abs=POLL_SECONDS)
    assert fortio.scaled == [0, 1, 0, 1]


def test_a_start_that_never_comes_and_an_end_that_never_comes() -> None:
    clock = StillClock()
    fortio = Fortio(clock, lambda _options: run({"200": 1}))
    fortio.comes_after = 1000
    with pytest.raises(MeshError, match="gave no answer to pod scratch/client-1 within 30 s after it was scaled"):
        list(pair(fortio).starts(1, clock, 30, nobody))
    fortio.comes_after, fortio.ends_after = 0, 1000
    with pytest.raises(MeshError, match="Deployment scratch/server was scaled to zero, and its pods do not end"):
        list(pair(fortio).starts(1, clock, 30, nobody))
    # Nothing is left at zero.
    assert fortio.scaled == [0, 1, 0, 1]


def test_a_sidecar_that_is_missing_or_too_many() -> None:
    """Figures are not told as those of a mesh that is not there."""
    fortio = Fortio(StillClock(), lambda _options: run({"200": 1}))
    pair(fortio).verify(sidecars=False)
    with pytest.raises(MeshError, match="Pod scratch/client-1 has no sidecar, so calls with one cannot be measured"):
        pair(fortio).verify(sidecars=True)
    fortio.containers = ("fortio", "istio-proxy")
    pair(fortio).verify(sidecars=True)
    with pytest.raises(MeshError, match="Pod scratch/client-1 has a sidecar, so calls without one cannot be"):
        pair(fortio).verify(sidecars=False)


@pytest.mark.parametrize("load", [Load(0, 1, 1), Load(1, 0, 1), Load(1, 1, 0), Load(1, 1, 21)])
def test_a_load_that_cannot_be_sent(load: Load) -> None:
    with pytest.raises(MeshError, match="cannot be measured: give rate and connections of 1 or more"):
        load.verify()


def test_check_mode_asks_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    """The figures are null then, and the scaling is foretold."""
    given = {"namespace": "scratch", "host": "http://127.0.0.1:9", "_ansible_check_mode": True}
    with patch_module_args(given), pytest.raises(SystemExit):
        mesh_probe.main()
    result = json.loads(capsys.readouterr().out)
    assert result["changed"] is True
    assert result["p50_ms"] is None
