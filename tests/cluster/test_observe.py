"""What the mesh costs: the figures of kubectl top, before and after, in a page that a browser shows."""

from __future__ import annotations

import html.parser
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.browser import Browser, colours
from tests.cluster.site import Run, Site
from tests.cluster.test_site import foretold
from tests.lab import additions
from tests.lab.addons import MANIFESTS
from tests.lab.cache import Cache
from tests.lab.instance import Instance
from tests.stages.workspace import Workspace

METRICS = "/apis/metrics.k8s.io/v1beta1/pods"
SECONDS = 240.0
MESH, ELSE, GROUND = (0x5B, 0x4B, 0xD6), (0xB9, 0xC2, 0xD0), (0xFA, 0xFA, 0xF8)
PICTURE = Workspace().build / "cost.png"
MEASURE, SHOW = "Measure what runs", "Show what the mesh costs"
PAGE = "Put the figures into the page"


class Page(html.parser.HTMLParser):
    """The rows of a page's tables, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.words: list[str] = []
        self.in_cell = False
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.in_cell = self.in_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self.in_cell:
            self.rows[-1][-1] += data.strip()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables that name the role's files."""
    folder = tmp_path_factory.mktemp("cost")
    return {"observe_page": str(folder / "a" / "cost.html"), "observe_before_path": str(folder / "b" / "before.json")}


@pytest.fixture(scope="module")
def page(site: Site, files: dict[str, str]) -> Path:
    """The page of a site that was measured before the mesh came and after."""
    site.empty()
    Path(files["observe_before_path"]).unlink(missing_ok=True)
    check, real = foretold(site, site_observe=True, **files)
    assert "Keep the figures" in changed(check)
    assert shown(real)[0].startswith("What the mesh costs, by metrics-server at ")
    site.is_now("converged")
    return Path(files["observe_page"])


def shown(run: Run) -> list[str]:
    """The lines of the role, with single spaces."""
    return [" ".join(line.split()) for line in run.result(SHOW)["msg"]]


def changed(run: Run) -> list[str]:
    """The tasks that changed something."""
    return [name.rpartition(" : ")[2] for name, has_changed in run.executed if has_changed]


def assert_quiet(run: Run) -> None:
    """A run that changed nothing but the page, which is another one as soon as there are newer figures."""
    assert set(changed(run)) <= {PAGE}
    assert run.writes == []


def times(site: Site) -> set[tuple[str, str, str]]:
    """Which figures the cluster has now: the time of each pod's."""
    items = json.loads(site.kubectl("get", "--raw", METRICS))["items"]
    return {(item["metadata"]["namespace"], item["metadata"]["name"], item["timestamp"]) for item in items}


class Tops:
    """What kubectl top says of containers and nodes while a block runs, by the time of the figures."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.seen: dict[str, list[list[list[str]]]] = {}

    def __enter__(self) -> Tops:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            before = times(self._site)
            commands = (("pod", "-A", "--containers"), ("node",))
            tables = [self._site.kubectl("top", *what, "--no-headers") for what in commands]
            # Only where no newer figures came meanwhile.
            if times(self._site) == before:
                self.seen[max(time for *_name, time in before)] = [
                    [line.split() for line in table.splitlines()] for table in tables
                ]


def measured_beside(site: Site, files: dict[str, str]) -> tuple[Run, list[list[str]], list[list[str]]]:
    """A run of the role, and what kubectl top said of containers and nodes by the same figures."""
    deadline = time.monotonic() + SECONDS
    while True:
        with Tops(site) as tops:
            run = site.role("observe", "main", **files)
        assert run.code == 0, run.output
        if found := tops.seen.get(run.result(MEASURE)["measured_at"]):
            containers, nodes = found
            return run, containers, nodes
        assert time.monotonic() < deadline, "the figures change faster than they are read"


def test_the_page_shows_what_kubectl_top_shows(site: Site, page: Path, files: dict[str, str]) -> None:
    """Every container, every node, and which of them are sidecars; a run changes nothing but the figures."""
    run, containers, nodes = measured_beside(site, files)
    site.is_now("converged")
    assert_quiet(run)

    found = Page(page.read_text())
    rows = sorted([[*row[0].partition("/")[::2], *row[1:]] for row in found.rows if len(row) == 4 and "/" in row[0]])
    assert rows == sorted(containers)
    ((name, cpu, cpu_percent, memory, memory_percent),) = nodes
    node = [row for row in found.rows if row[0] == name]
    assert [row[1] for row in node] == [f"{cpu}{cpu_percent[:-1]} %", f"{memory}{memory_percent[:-1]} %"]

    pods = json.loads(site.kubectl("get", "pods", "-n", "openfaas-fn", "-o", "json"))["items"]
    sidecars = {f"openfaas-fn/{pod['metadata']['name']}" for pod in pods}
    told = {f"{row['namespace']}/{row['pod']}" for row in run.result(MEASURE)["sidecars"]}
    assert {name for name in told if name.startswith("openfaas-fn/")} == sidecars


def test_what_was_there_before_stands_beside(site: Site, page: Path, files: dict[str, str]) -> None:
    """Measured by the site ahead of Istio; a second site leaves it. Without it, the column says so."""
    again = site.run("site.yml", site_observe=True, **files)
    assert_quiet(again)
    namespaces = {row["name"]: row for row in again.result("Measure what runs")["namespaces"]}
    assert namespaces["istio-system"]["before"] == {"cpu_millicores": 0, "memory_mib": 0}
    assert namespaces["istio-system"]["mesh"]["memory_mib"] > 0
    assert namespaces["kube-system"]["before"]["memory_mib"] > 0
    assert "not measured" not in " ".join(line for line in shown(again) if line.startswith("istio-system"))

    without = site.role("observe", "main", observe_page="", observe_before_path="/nowhere/before.json")
    assert changed(without) == []
    assert "not measured not measured" in " ".join(line for line in shown(without) if line.startswith("istio-system"))
    site.is_now("converged")


def test_a_browser_shows_the_page(page: Path) -> None:
    """As people see it: the words, bars in both colours, and nothing beside the screen of a phone."""
    browser = Browser()
    text = Page(browser.document(page)).text
    for heading in ("What the mesh costs", "Namespaces", "Nodes", "Sidecars", "Calls between two pods"):
        assert heading in text
    browser.photograph(page, PICTURE, 1100, 2000)
    seen = colours(PICTURE)
    assert seen[GROUND] > 100_000
    assert seen[MESH] > 5_000
    assert seen[ELSE] > 2_000
    assert browser.width(page, 400) == 400


@pytest.fixture
def no_metrics_server(site: Site, tmp_path: Path) -> Iterator[Path]:
    """A cluster without metrics-server, and a chart of it; in the end the lab has its own again."""
    manifest = (MANIFESTS / "metrics-server.yaml").read_text()
    chart = tmp_path / "metrics-server"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: metrics-server\nversion: 1.0.0\n")
    (chart / "templates" / "all.yaml").write_text(manifest)
    site.kubectl("delete", "-f", "-", stdin=manifest)
    yield chart
    site.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=manifest)
    site.kubectl("wait", "--for=condition=Available", "apiservice/v1beta1.metrics.k8s.io", "--timeout=120s")


def test_metrics_server_is_installed_where_there_is_none(
    site: Site, no_metrics_server: Path, files: dict[str, str]
) -> None:
    """Foretold, with the rights of docs/rbac.yaml, quiet the second time, and removed again."""
    site.converge()
    variables: dict[str, Any] = {"observe_metrics_server_chart": str(no_metrics_server), **files}
    check = site.role("observe", "main", "--check", **variables)
    assert check.code == 0, check.output
    assert shown(check) == ["There is no metrics-server yet, so nothing is measured."]
    assert check.writes == []
    real = site.role("observe", "main", **variables)
    assert real.code == 0, real.output
    assert check.objects == real.objects == site.written(real)
    assert real.result(MEASURE)["missing"] == []
    again = site.role("observe", "main", **variables)
    assert_quiet(again)

    removed = site.role("observe", "teardown", observe_before_path="/nowhere/before.json")
    assert removed.code == 0, removed.output
    assert not site.kubectl("get", "deployment/metrics-server", "-n", "kube-system", "--ignore-not-found")
    site.is_now("converged")


def test_calls_with_and_without_sidecars(site: Site, files: dict[str, str]) -> None:
    """Measured beside the site, which stays as it was; nothing is left, also of a run that fails."""
    site.converge()
    additions.provide_load(Instance(site.lab.name), Cache.default())
    left = ("get", "namespaces,configmaps,deployments", "-A", "-o", "name")
    before = site.kubectl(*left)
    variables: dict[str, Any] = {"observe_load_seconds": 3, "observe_starts": 1, **files}
    check = site.command("cost.yml", "--check", **variables)
    assert check.code == 0, check.output
    assert check.writes == []

    run = site.command("cost.yml", **variables)
    assert run.code == 0, run.output
    plain, mesh = run.result("Have one call the other")["results"]
    for found in (plain, mesh):
        assert 0 < found["calls"] <= 300
        assert 0 < found["p50_ms"] <= found["p99_ms"]
        assert found["start_seconds"] > 0
    text = Page(Path(files["observe_page"]).read_text()).text
    assert f"{mesh['p50_ms']:.2f} ms" in text
    assert "OpenFaaS CE itself cannot scale functions to zero" in text
    assert site.kubectl(*left) == before

    failed = site.command("cost.yml", observe_load_image="docker.io/faasmesh/none:lab", observe_timeout=20, **files)
    assert failed.code != 0
    assert "docker.io/faasmesh/none:lab" in failed.failure
    assert site.kubectl(*left) == before
    site.is_now("converged")
