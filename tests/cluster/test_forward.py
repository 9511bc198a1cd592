"""Port-forwards on a cluster: they outlive the playbook and the target's pods, are shared, and leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.cluster.site import Site
from tests.cluster.trial import Trial
from tests.conftest import Lab
from tests.contract.client import Client
from tests.stages.workspace import Workspace

IMAGE = "docker.io/faasmesh/echo:lab"
SECONDS = 90.0
ENDED_SECONDS = 10.0


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens at now."""
    servers = [socket.create_server(("127.0.0.1", 0)) for __ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


def reply(port: int, words: str) -> str:
    """What a POST through a local port is answered."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("POST", "/", body=words)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def is_open(port: int) -> bool:
    """Whether somebody listens at a local port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def forwards(folder: Path) -> list[int]:
    """The processes that have files of ``folder`` open."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = [os.readlink(link) for link in (process / "fd").iterdir()]
        except OSError:  # it has ended meanwhile
            continue
        if any(link.startswith(f"{folder}/") for link in links):
            found.append(int(process.name))
    return found


class Echo:
    """A Service ``echo`` on port 80 that gives back what it gets, and forwards to it.

    The module runs as a user runs it, and with the rights of docs/rbac.yaml.
    """

    def __init__(self, lab: Lab, trial: Trial, folder: Path) -> None:
        self._lab = lab
        self._trial = trial
        self.folder = folder / "forwards"
        self._temporary = folder
        self.namespace = trial.namespace
        labels = {"app": "echo"}
        container: dict[str, Any] = {
            "name": "echo",
            "image": IMAGE,
            "imagePullPolicy": "IfNotPresent",
            "ports": [{"containerPort": 8080}],
        }
        container["readinessProbe"] = {"httpGet": {"path": "/_/health", "port": 8080}, "periodSeconds": 1}
        deployment = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "echo", "namespace": self.namespace},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        }
        service = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "echo", "namespace": self.namespace},
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]},
        }
        trial.kubectl(
            "create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": [deployment, service]})
        )

    def pods(self) -> set[str]:
        """The names of the pods."""
        return set(self._trial.kubectl("get", "pods", "-n", self.namespace, "-o", "name").split())

    def delete_pods(self) -> None:
        """Delete the pods at once; the Deployment makes others."""
        self._trial.kubectl("delete", "pods", "-n", self.namespace, "-l", "app=echo", "--grace-period=1")

    def begun(self, *ports: int, **arguments: Any) -> subprocess.Popen[str]:
        """A run of the module that is under way."""
        given = {
            "name": "echo",
            "namespace": self.namespace,
            "state_path": str(self.folder),
            "kubeconfig": str(self._lab.site_kubeconfig),
            **arguments,
        }
        if ports:
            given |= {"service": "echo", "ports": [{"local": port, "remote": 80} for port in ports]}
        command = ["ansible", "-i", "localhost,", "-c", "local", "localhost", "-m", "faas.mesh.kube_forward", "-o"]
        return subprocess.Popen(
            [*command, "-e", f"ansible_python_interpreter={sys.executable}", "-a", json.dumps(given)],
            env=Workspace().environment(ANSIBLE_LOCAL_TEMP=str(self._temporary), ANSIBLE_NOCOLOR="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ran(self, *ports: int, **arguments: Any) -> dict[str, Any]:
        """The result of a run that has to end well."""
        return result(self.begun(*ports, **arguments))


def result(run: subprocess.Popen[str]) -> dict[str, Any]:
    """The result of a run, which has to end well."""
    output = run.communicate(timeout=SECONDS)[0]
    assert run.returncode == 0, output
    (line,) = [line for line in output.splitlines() if " => " in line]
    found: dict[str, Any] = json.loads(line.partition(" => ")[2])
    return found


@pytest.fixture
def echo(lab: Lab, trial: Trial, tmp_path: Path) -> Iterator[Echo]:
    """The Service; forwards to it end with the test."""
    echo = Echo(lab, trial, tmp_path)
    yield echo
    echo.ran(state="absent")


def test_a_forward_is_shared_and_survives_its_pod(echo: Echo) -> None:
    """Two runs at once start one process, which goes on to a new pod; a run on it changes nothing."""
    (port,) = free_ports(1)
    both = [result(run) for run in [echo.begun(port), echo.begun(port)]]
    assert sorted(entry["changed"] for entry in both) == [False, True]
    assert len({entry["pid"] for entry in both}) == 1
    assert reply(port, "before") == "before"

    earlier = echo.pods()
    echo.delete_pods()
    assert reply(port, "after") == "after"
    assert not earlier & echo.pods()
    again = echo.ran(port)
    assert (again["changed"], again["pid"]) == (False, both[0]["pid"])


def test_a_forward_is_replaced_repaired_and_ended(echo: Echo) -> None:
    """With other ports, after a kill, and for good."""
    one, other = free_ports(2)
    first = echo.ran(one)
    moved = echo.ran(other)
    assert moved["changed"] is True
    assert forwards(echo.folder) == [moved["pid"]]
    assert not is_open(one)
    assert reply(other, "moved") == "moved"

    os.kill(moved["pid"], signal.SIGKILL)
    deadline = time.monotonic() + ENDED_SECONDS
    while is_open(other):
        assert time.monotonic() < deadline
    anew = echo.ran(other)
    assert anew["changed"] is True
    assert len({first["pid"], moved["pid"], anew["pid"]}) == 3
    assert reply(other, "anew") == "anew"

    assert echo.ran(state="absent")["changed"] is True
    assert forwards(echo.folder) == []
    assert not echo.folder.exists()
    assert not is_open(other)
    assert echo.ran(state="absent")["changed"] is False


def dashboards(folder: Path, controlz: int, envoy: int, kiali: int) -> Path:
    """A playbook that opens three dashboards, of which the lab has two."""
    listed = [
        {"name": "controlz", "deployment": "istiod", "remote": 9876, "local": controlz},
        {"name": "envoy", "namespace": "openfaas", "deployment": "gateway", "remote": 15000, "local": envoy},
        {"name": "kiali", "service": "kiali", "remote": 20001, "local": kiali},
    ]
    role = {"name": "faas.mesh.istio", "tasks_from": "dashboards"}
    play = {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "istio_dashboards": listed},
        "module_defaults": {"group/faas.mesh.kube": {"kubeconfig": "{{ cluster_kubeconfig }}"}},
        "tasks": [{"ansible.builtin.include_role": role}],
    }
    path = folder / "dashboards.yml"
    path.write_text(json.dumps([play]))
    return path


def page(url: str) -> str:
    """The page at a URL."""
    with urlopen(url, timeout=SECONDS) as answer:
        text: str = answer.read().decode()
        return text


def test_the_site_through_a_forward(site: Site, tmp_path: Path) -> None:
    """The tutorial's ports: found again by the next run, past a restart of the ingress, and ended by the teardown."""
    http, https = free_ports(2)
    folder = tmp_path / "forwards"
    variables: dict[str, Any] = {
        "ingress_via": "port_forward",
        "ingress_forward_http_port": http,
        "ingress_forward_https_port": https,
        "ingress_forward_state": str(folder),
    }
    site.run(**variables)
    (pid,) = forwards(folder)
    assert is_open(https)

    again = site.run(**variables)
    assert again.counts["changed"] == {"lab": 0}
    assert forwards(folder) == [pid]

    site.kubectl("rollout", "restart", "deployment/istio-ingressgateway", "-n", "istio-system")
    site.kubectl("rollout", "status", "deployment/istio-ingressgateway", "-n", "istio-system", "--timeout=120s")
    gateway = Client(f"http://127.0.0.1:{http}", "admin", site.password)
    assert "env" in {entry["name"] for entry in gateway.call("GET", "/system/functions").json}

    # What is not installed is left out; the teardown closes the rest.
    opened = site.command(dashboards(tmp_path, *free_ports(3)), istio_dashboards_folder=str(tmp_path / "dashboards"))
    assert opened.code == 0, opened.output
    urls = opened.result("Tell where they are")["ansible_facts"]["istio_dashboards_urls"]
    assert set(urls) == {"controlz", "envoy"}
    assert "ControlZ" in page(urls["controlz"])
    assert "LIVE" in page(f"{urls['envoy']}/ready")
    assert len(forwards(tmp_path / "dashboards")) == 2
    variables["istio_dashboards_folder"] = str(tmp_path / "dashboards")

    # As after a restart of the machine: the removal of the functions needs the way in.
    os.kill(pid, signal.SIGKILL)
    done = site.run("teardown.yml", **variables)
    assert set(done.functions.values()) == {"deleted"}
    assert forwards(tmp_path) == []
    assert not folder.exists()
    assert not (tmp_path / "dashboards").exists()
    assert not is_open(http)
