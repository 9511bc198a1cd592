"""The playbooks site and teardown on a lab instance, as a user runs them, and what each run did."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._kube.discovery import Discovery
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock
from tests.cluster.trial import AUDIT_VERBS, Object, Write, audited
from tests.conftest import Lab
from tests.site.audit import AuditLog, stored
from tests.stages.workspace import CHECKOUT, Workspace

SITE_USER = "faas-mesh-site"
NAMESPACES = ("faas-mesh", "istio-system", "openfaas", "openfaas-fn")
RUN_SECONDS = 900.0
# As in a user's own playbook, with the inventory's cluster.
PLAY: Object = {
    "hosts": "all",
    "connection": "local",
    "gather_facts": False,
    "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
    "module_defaults": {"group/faas.mesh.kube": {"kubeconfig": "{{ cluster_kubeconfig }}"}},
}
# With these, nothing of Istio is left, as on a new cluster.
ALL_OF_ISTIO = {"istio_purge": ["crds", "namespaces"]}


def of_site(event: Object) -> bool:
    """Whether a request of the audit log came from the site's own user."""
    return bool(event.get("user", {}).get("username") == SITE_USER)


@dataclass(frozen=True)
class Task:
    """How one task ended: ``outcome`` is ok, failed or skipped, ``result`` what its module gave."""

    name: str
    outcome: str
    result: dict[str, Any]

    @property
    def changed(self) -> bool:
        """Whether it changed something, or would."""
        return bool(self.result.get("changed"))


@dataclass(frozen=True)
class Run:
    """What a run of ansible-playbook did.

    :param code: its exit status; negative is the signal that ended it. :param output: all that it printed.
    :param tasks: those that ended, in order. :param events: the audit log's, of all users, while it ran.
    :param counts: what the callback ``counts`` wrote; empty when the run was killed.
    """

    code: int
    output: str
    tasks: list[Task]
    events: list[Object]
    counts: dict[str, Any] = field(default_factory=dict)

    @property
    def requests(self) -> list[Object]:
        """The requests of the site's own user."""
        return [event for event in self.events if of_site(event)]

    @property
    def writes(self) -> list[str]:
        """Those that stored something, as the audit log names them."""
        return [f"{event['verb']} {event['requestURI']}" for event in self.requests if stored(event)]

    @property
    def objects(self) -> set[Write]:
        """The writes that the modules told of, as the audit log should have them."""
        return {
            (entry["api_version"].rpartition("/")[0], entry["kind"], entry["namespace"], entry["name"], verb)
            for task in self.tasks
            for entry in task.result.get("objects", [])
            for verb in AUDIT_VERBS.get(entry["verb"], ())
        }

    @property
    def functions(self) -> dict[str, str]:
        """What happened to each function: its verb by its name."""
        told = [entry for task in self.tasks for entry in task.result.get("functions", []) if "verb" in entry]
        return {entry["name"]: entry["verb"] for entry in told}

    @property
    def executed(self) -> list[tuple[str, bool]]:
        """The tasks that were not skipped, and whether each changed something."""
        return [(task.name, task.changed) for task in self.tasks if task.outcome != "skipped"]

    @property
    def failure(self) -> str:
        """The sentence with which the run failed; empty when it did not."""
        return "".join(str(task.result.get("msg", "")) for task in self.tasks if task.outcome == "failed")

    @property
    def warnings(self) -> list[str]:
        """What the modules warned of."""
        return [str(warning) for task in self.tasks for warning in task.result.get("warnings", [])]

    def result(self, task: str) -> dict[str, Any]:
        """The result of the task of that name, with or without its role's."""
        (found,) = [done.result for done in self.tasks if done.name.rpartition(" : ")[2] == task]
        return found


class Process:
    """A run of ansible-playbook that is under way, with the files that it writes."""

    def __init__(self, lab: Lab, folder: Path, arguments: list[str], environment: dict[str, str]) -> None:
        self._audit = AuditLog(lab.audit_log)
        self._start = self._audit.end()
        self._began = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self._results, self._counts, self._output = (folder / name for name in ("results", "counts", "output"))
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                ["ansible-playbook", *arguments],
                cwd=CHECKOUT,
                env={
                    **environment,
                    "FAAS_MESH_RESULTS": str(self._results),
                    "FAAS_MESH_COUNTS": str(self._counts),
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def events(self) -> list[Object]:
        """The audit log's events since it began.

        The last request of a run that was killed before may be answered, and so logged, only now.
        """
        return [event for event in self._audit.events(self._start) if event["requestReceivedTimestamp"] >= self._began]

    @property
    def wrote(self) -> bool:
        """Whether it stored something at the API server yet."""
        return any(of_site(event) and stored(event) for event in self.events)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What the callback ``results`` wrote so far."""
        text = self._results.read_text(encoding="utf-8") if self._results.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def kill(self) -> None:
        """End it and all that it started at once, as a power failure would.

        Ansible's workers have sessions of their own, so its process group would leave the running module behind. A run
        that has ended leaves nothing running but what is meant to stay, as a port-forward is.
        """
        if not self.running:
            return
        while processes := list(self._processes()):
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def _processes(self) -> Iterator[int]:
        """Its own process and all below: those that have this run's file in their environment."""
        mark = str(self._results).encode()
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if mark in path.read_bytes():
                    yield int(path.parent.name)

    def ended(self) -> Run:
        """Wait for its end, and tell what it did."""
        try:
            code = self._process.wait(RUN_SECONDS)
        finally:
            self.kill()
        return Run(
            code,
            self._output.read_text(encoding="utf-8", errors="replace"),
            [Task(line["task"], line["event"], line["result"]) for line in self.lines if line["event"] != "started"],
            self.events,
            json.loads(self._counts.read_text()) if self._counts.exists() else {},
        )


class Site:
    """The collection's playbooks on one lab instance; it remembers what it left there, to do nothing twice."""

    def __init__(self, lab: Lab, home: Path) -> None:
        self.lab = lab
        self._home = home
        # What the cluster holds: nothing, the site with its plain variables, or something else.
        self._state = ""

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl says, as the cluster's administrator."""
        program = [str(self.lab.program("kubectl")), "--kubeconfig", str(self.lab.kubeconfig)]
        done = subprocess.run([*program, *arguments], input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    @property
    def node(self) -> str:
        """The address of the lab's node."""
        path = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}'
        return self.kubectl("get", "nodes", "-o", f"jsonpath={path}")

    @property
    def host(self) -> str:
        """This machine's address as the lab's pods see it: the first of the node's network."""
        return self.node.rpartition(".")[0] + ".1"

    @property
    def ingress(self) -> str:
        """The URL of the ingress."""
        path = "{.spec.ports[?(@.port==80)].nodePort}"
        port = self.kubectl("get", "service/istio-ingressgateway", "-n", "istio-system", "-o", f"jsonpath={path}")
        return f"http://{self.node}:{port}"

    @property
    def password(self) -> str:
        """The password of OpenFaaS' administrator."""
        path = "{.data.basic-auth-password}"
        return b64decode(self.kubectl("get", "secret/basic-auth", "-n", "openfaas", "-o", f"jsonpath={path}")).decode()

    def command(self, playbook: str | Path = "site.yml", *options: str, **variables: Any) -> Run:
        """Run a playbook of the collection by its name, or another by its path; further variables go in by a file."""
        with self.started(playbook, *options, **variables) as process:
            return process.ended()

    def role(self, name: str, entry: str, *options: str, **variables: Any) -> Run:
        """Run an entry of a role, ``name`` without the collection's, in a playbook as a user would write it."""
        playbook = self._home / f"{name}-{entry}.yml"
        include = {"ansible.builtin.include_role": {"name": f"faas.mesh.{name}", "tasks_from": entry}}
        playbook.write_text(yaml.safe_dump([{**PLAY, "tasks": [include]}]))
        return self.command(playbook, *options, **variables)

    @contextlib.contextmanager
    def started(self, playbook: str | Path = "site.yml", *options: str, **variables: Any) -> Iterator[Process]:
        """A run that is under way; it is killed with the block, unless it has ended."""
        self._state = ""
        with tempfile.TemporaryDirectory(dir=self._home) as folder:
            extra = Path(folder) / "variables.json"
            extra.write_text(json.dumps({"lab_name": self.lab.name, **variables}))
            environment = Workspace().environment(
                ANSIBLE_CALLBACK_PLUGINS=str(CHECKOUT / "tests" / "site" / "callback_plugins"),
                ANSIBLE_CALLBACKS_ENABLED="counts,results",
                ANSIBLE_NOCOLOR="1",
                ANSIBLE_LOCAL_TEMP=folder,
                OPENFAAS_CONFIG=str(self._home / "openfaas"),
            )
            path = CHECKOUT / "playbooks" / playbook
            process = Process(
                self.lab, Path(folder), ["-i", "inventories/lab", "-e", f"@{extra}", str(path), *options], environment
            )
            try:
                yield process
            finally:
                process.kill()

    def run(self, playbook: str = "site.yml", *options: str, **variables: Any) -> Run:
        """A run that has to end well."""
        done = self.command(playbook, *options, **variables)
        assert done.code == 0, done.output
        return done

    def killed(self, when: Callable[[Process], bool], playbook: str = "site.yml") -> None:
        """A run that is killed as soon as ``when`` says so; it has to come to that."""
        with self.started(playbook) as process:
            while not when(process):
                assert process.running, process.ended().output
                time.sleep(0.02)
            process.kill()
            assert process.ended().code == -signal.SIGKILL

    def converge(self) -> None:
        """Have the site as inventories/lab describes it."""
        if self._state != "converged":
            self.run()
            self._state = "converged"

    def empty(self) -> None:
        """Have nothing of the site, nor of Istio."""
        if self._state == "empty":
            return
        namespaces = ("get", "namespaces", "-o", "name", "--ignore-not-found", *NAMESPACES)
        if self.kubectl(*namespaces):
            self.run("teardown.yml", **ALL_OF_ISTIO)
        assert not self.kubectl(*namespaces), "a test before left something that teardown does not know"
        # Those that a test before left, which are not the site's to delete.
        self.kubectl("delete", "crd", "-l", "operator.istio.io/component=Base", "--ignore-not-found")
        self._state = "empty"

    def is_now(self, state: str) -> None:
        """Say that a test left the site ``converged`` or ``empty`` by a run of its own."""
        self._state = state

    def written(self, run: Run) -> set[Write]:
        """What the site's user wrote in a run, by the audit log."""
        params = {"kubeconfig": str(self.lab.kubeconfig), "timeout": 30}
        return audited([event for event in run.requests if stored(event)], Discovery(connect(params, SystemClock())))
