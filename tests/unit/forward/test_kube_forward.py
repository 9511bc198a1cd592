"""The module kube_forward: its real main(), real processes, and a server that forwards to pods made of functions."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.faas.mesh.plugins.modules import kube_forward
from tests.stages.workspace import Workspace

from .cluster import Pods, Say, free_port, running_pods

TOKEN = "marker-token-0123456789"
SECONDS = 20.0
BIG = os.urandom(1024) * 8 * 1024


def named(name: str) -> Any:
    """A pod's program that answers with its own name, whatever it is asked."""

    def program(said: bytes, say: Say) -> bool:
        say(f"{name} heard {said.decode()}".encode())
        return True

    return program


def echo(said: bytes, say: Say) -> bool:
    """A pod's program that gives back what it gets."""
    say(said)
    return True


def generous(said: bytes, say: Say) -> bool:
    """A pod's program that gives much and hangs up."""
    say(BIG)
    return False


def kubeconfig_of(url: str) -> dict[str, Any]:
    """A kubeconfig, without a login."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
    }


class Module:
    """The module with a test's own folder; its processes end with the test."""

    def __init__(self, pods: Pods, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.pods = pods
        self.folder = folder
        self.port = free_port()
        self._capsys = capsys

    def ran(self, *, check: bool = False, **params: Any) -> dict[str, Any]:
        """The module's result; by default a forward of the local port to port 80 of the Service."""
        given: dict[str, Any] = {"name": "web", "state_path": str(self.folder), "host": self.pods.url, "api_key": TOKEN}
        if params.get("state") != "absent":
            target = {} if {"pod", "deployment"} & set(params) else {"service": "web"}
            given |= {"namespace": "shop", "ports": [{"local": self.port, "remote": 80}], "timeout": 3, **target}
        with (
            patch_module_args({**given, **params, "_ansible_check_mode": check, "_ansible_diff": True}),
            pytest.raises(SystemExit),
        ):
            kube_forward.main()
        result: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return result

    def said(self, words: bytes = b"hello", port: int = 0) -> bytes:
        """What a client is answered."""
        with socket.create_connection(("127.0.0.1", port or self.port), SECONDS) as client:
            client.settimeout(SECONDS)
            client.sendall(words)
            return client.recv(1024)

    @property
    def files(self) -> list[str]:
        """The files in the folder."""
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []


def lives(pid: int) -> bool:
    """Whether there is such a process; one that has ended, and that nobody asked about yet, is none."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.fixture
def module(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Module]:
    """The module, and a cluster with one pod that tells its name."""
    with running_pods({"web-1": named("web-1")}) as pods:
        module = Module(pods, tmp_path / "state", capsys)
        yield module
        for name in [Path(name).stem for name in module.files if name.endswith(".json")]:
            module.ran(name=name, state="absent")


def test_a_local_port_leads_to_a_ready_pod_and_its_named_port(module: Module) -> None:
    result = module.ran()
    assert result["changed"] is True
    assert result["ports"] == [{"local": module.port, "remote": 80}]
    assert module.said() == b"web-1 heard hello"
    assert module.pods.opened[-1] == "web-1:8000"


@pytest.mark.parametrize("target", [{"pod": "web-1"}, {"deployment": "web"}])
def test_pods_are_forwarded_to_by_their_own_ports(module: Module, target: dict[str, Any]) -> None:
    module.ran(**target)
    assert module.said() == b"web-1 heard hello"
    assert module.pods.opened[-1] == "web-1:80"


def test_a_second_run_shares_the_forward(module: Module) -> None:
    first = module.ran()
    again = module.ran()
    assert again["changed"] is False
    assert again["pid"] == first["pid"]
    assert again["diff"]["before"] == again["diff"]["after"]


def test_two_runs_at_once_share_one(module: Module, tmp_path: Path) -> None:
    arguments = {
        "name": "web",
        "namespace": "shop",
        "service": "web",
        "ports": [{"local": module.port, "remote": 80}],
        "state_path": str(module.folder),
        "host": module.pods.url,
        "api_key": TOKEN,
        "_ansible_remote_tmp": str(tmp_path),
    }
    order = json.dumps({"ANSIBLE_MODULE_ARGS": arguments})
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    runs = [
        subprocess.Popen(
            [sys.executable, kube_forward.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **path},
        )
        for __ in range(2)
    ]
    for run in runs:
        assert run.stdin
        run.stdin.write(order)
        run.stdin.close()
    results = [json.loads(run.stdout.read()) for run in runs if run.stdout]
    for run in runs:
        run.wait()
        assert run.stdout
        run.stdout.close()
    assert sorted(result["changed"] for result in results) == [False, True]
    assert len({result["pid"] for result in results}) == 1
    assert module.said() == b"web-1 heard hello"


def test_it_outlives_the_playbook(module: Module, tmp_path: Path) -> None:
    """Ansible removes the files of a module as soon as that has ended."""
    arguments = {
        "name": "web",
        "namespace": "shop",
        "service": "web",
        "ports": [{"local": module.port, "remote": 80}],
        "state_path": str(module.folder),
        "host": module.pods.url,
    }
    tree = tmp_path / "results"
    command = ["ansible", "-i", "localhost,", "-c", "local", "localhost", "-m", "faas.mesh.kube_forward"]
    interpreter = ["-e", f"ansible_python_interpreter={sys.executable}"]
    done = subprocess.run(
        [*command, *interpreter, "-a", json.dumps(arguments), "--tree", str(tree)],
        env=Workspace().environment(ANSIBLE_LOCAL_TEMP=str(tmp_path), ANSIBLE_REMOTE_TEMP=str(tmp_path / "remote")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tree / "localhost").read_text())["changed"] is True
    assert module.said() == b"web-1 heard hello"


def test_check_mode_tells_of_a_start_and_starts_nothing(module: Module) -> None:
    result = module.ran(check=True)
    assert result["changed"] is True
    assert result["pid"] is None
    assert not module.folder.exists()
    assert {**result, "pid": 0} == {**module.ran(), "pid": 0}


def test_other_ports_replace_the_forward(module: Module) -> None:
    first = module.ran()
    other = free_port()
    ports = [{"local": module.port, "remote": 80}, {"local": other, "remote": 80}]
    assert module.ran(check=True, ports=ports)["changed"] is True
    assert lives(first["pid"])
    second = module.ran(ports=ports)
    assert second["changed"] is True
    assert not lives(first["pid"])
    assert module.said(port=other) == module.said() == b"web-1 heard hello"
    assert second["diff"]["before"]["ports"] == first["ports"]


def test_another_token_replaces_the_forward(module: Module) -> None:
    first = module.ran()
    second = module.ran(api_key="another-token")
    assert second["changed"] is True
    assert not lives(first["pid"])
    module.said()
    assert "Bearer another-token" in module.pods.tokens


def test_a_kubeconfig_that_was_changed_is_read_again(module: Module, tmp_path: Path) -> None:
    """As after a renewal of what is in it, or for a cluster that was made anew."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(json.dumps(kubeconfig_of(module.pods.url)))
    first = module.ran(host=None, api_key=None, kubeconfig=str(kubeconfig))
    assert module.said() == b"web-1 heard hello"
    with running_pods({"web-of-another": named("web-of-another")}) as others:
        kubeconfig.write_text(json.dumps(kubeconfig_of(others.url)))
        assert module.said() == b"web-of-another heard hello"
        again = module.ran(host=None, api_key=None, kubeconfig=str(kubeconfig))
    assert (again["changed"], again["pid"]) == (False, first["pid"])


def test_a_new_pod_is_found_by_the_next_connection(module: Module) -> None:
    module.ran()
    assert module.said() == b"web-1 heard hello"
    module.pods.programs = {"web-2": named("web-2")}
    assert module.said() == b"web-2 heard hello"


def test_a_connection_waits_while_no_pod_is_ready(module: Module) -> None:
    module.ran()
    module.pods.programs = {}
    back = threading.Timer(0.5, lambda: module.pods.programs.update({"web-2": named("web-2")}))
    back.start()
    assert module.said() == b"web-2 heard hello"
    back.join()


def test_a_killed_forward_is_started_anew(module: Module) -> None:
    first = module.ran()
    os.kill(first["pid"], signal.SIGKILL)
    os.waitpid(first["pid"], 0)
    assert module.ran(check=True)["changed"] is True
    second = module.ran()
    assert second["changed"] is True
    assert second["pid"] != first["pid"]
    assert module.said() == b"web-1 heard hello"


def test_a_target_that_is_missing_is_skipped_where_that_is_asked_for(module: Module) -> None:
    first = module.ran()
    skipped: dict[str, Any] = {"service": "shelf", "missing": "skip"}
    assert module.ran(check=True, **skipped)["changed"] is True
    assert lives(first["pid"])
    assert module.ran(**skipped)["changed"] is True
    assert not lives(first["pid"])
    assert module.ran(**skipped)["changed"] is False
    assert module.ran(missing="skip")["changed"] is True
    assert module.said() == b"web-1 heard hello"


def test_absent_leaves_no_process_and_no_file(module: Module) -> None:
    pid = module.ran()["pid"]
    assert module.ran(check=True, state="absent")["changed"] is True
    assert lives(pid)
    result = module.ran(state="absent")
    assert result["changed"] is True
    assert result["diff"]["after"] == {"state": "absent"}
    assert not lives(pid)
    assert not module.folder.exists()
    assert module.ran(state="absent")["changed"] is False


def test_absent_ends_no_process_that_is_not_the_forward(module: Module) -> None:
    first = module.ran()
    record = module.folder / "web.json"
    text = record.read_text()
    os.kill(first["pid"], signal.SIGKILL)
    os.waitpid(first["pid"], 0)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        record.write_text(text.replace(str(first["pid"]), str(bystander.pid)))
        assert module.ran(state="absent")["changed"] is True
        assert bystander.poll() is None
        bystander.kill()


def test_a_taken_port_is_named_with_its_holder_also_in_check_mode(module: Module) -> None:
    with socket.create_server(("127.0.0.1", module.port)):
        for check in (True, False):
            result = module.ran(check=check)
            assert result["failed"] is True
            assert f"Port {module.port} of 127.0.0.1 is held by process {os.getpid()} (" in result["msg"]
    assert module.files == []


def test_a_refused_port_forward_is_told_before_anything_is_started(module: Module) -> None:
    module.pods.refuses = 403
    result = module.ran()
    assert result["msg"] == (
        f"The port-forward to pod shop/web-1 at {module.pods.url} was refused: cannot forward to web-1."
    )
    assert module.files == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"service": "shelf"}, "There is no Service shop/shelf: make it first, or name another."),
        ({"ports": [{"local": 8080, "remote": 81}]}, "Service shop/web has no TCP port 81: give one of its own (80)."),
        ({"ports": [{"local": 0, "remote": 80}]}, "Option ports has 0, which is no port"),
        ({"ports": [{"local": 8080, "remote": 80}] * 2}, "Option ports has the local port 8080 twice"),
        ({"ports": []}, "Option ports is empty: give at least one port"),
        ({"name": "../web"}, "The forward's name '../web' cannot name a file"),
        ({"impersonate_user": "jane"}, "A port-forward cannot impersonate"),
        ({"pod": "web-9"}, "pod shop/web-9 has no ready pod: there is none at all."),
        ({"host": "http://127.0.0.1:9"}, "http://127.0.0.1:9 cannot be reached"),
        ({"address": "192.0.2.1"}, "Nothing can listen at port"),
    ],
)
def test_what_cannot_be_is_one_sentence(module: Module, params: dict[str, Any], said: str) -> None:
    result = module.ran(**params)
    assert result["failed"] is True
    assert said in result["msg"]
    assert module.files == []


def test_no_process_nor_file_shows_the_token(module: Module) -> None:
    result = module.ran()
    module.said()
    shown = [path.read_text() for path in module.folder.iterdir()]
    shown += [Path(f"/proc/{result['pid']}/{name}").read_text() for name in ("cmdline", "environ")]
    assert "faas.mesh.kube_forward" in Path(f"/proc/{result['pid']}/cmdline").read_text()
    assert not [text for text in [*shown, json.dumps(result)] if TOKEN in text]
    assert f"Bearer {TOKEN}" in module.pods.tokens
    modes = {path.stat().st_mode & 0o777 for path in module.folder.iterdir()}
    assert (module.folder.stat().st_mode & 0o777, modes) == (0o700, {0o600})


@pytest.fixture(params=["http", "https"])
def either(request: pytest.FixtureRequest, module: Module, certificate: Path) -> Iterator[Module]:
    """The module with a cluster that is spoken to by TLS, and with one that is not."""
    with running_pods({}, certificate if request.param == "https" else None) as pods:
        module.pods = pods
        yield module


def test_much_comes_through_whole_when_the_pod_hangs_up(either: Module, certificate: Path) -> None:
    either.pods.programs = {"web-1": generous}
    either.ran(ca_cert=str(certificate))
    with socket.create_connection(("127.0.0.1", either.port), SECONDS) as client:
        client.settimeout(SECONDS)
        client.sendall(b"all of it")
        got = bytearray()
        while part := client.recv(65536):
            got += part
    assert got == BIG


def test_much_goes_both_ways_at_once(either: Module, certificate: Path) -> None:
    either.pods.programs = {"web-1": echo}
    either.ran(ca_cert=str(certificate))
    with socket.create_connection(("127.0.0.1", either.port), SECONDS) as client:
        client.settimeout(SECONDS)
        sender = threading.Thread(target=client.sendall, args=(BIG,))
        sender.start()
        got = bytearray()
        while len(got) < len(BIG) and (part := client.recv(65536)):
            got += part
        sender.join()
    assert got == BIG
