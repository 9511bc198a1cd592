"""The role against a cluster on the loopback that takes no write: the lines, the page, and the figures from before."""

from __future__ import annotations

import html.parser
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stages.workspace import CHECKOUT, Workspace
from tests.unit.openfaas.api import listed, running_api

from .cluster import POD_METRICS, PODS, answers, pod, used

ODD = "<b>one & two"
DNS = used("kube-system", "dns-1", dns=("2m", "10Mi"))
BARE = answers(**{PODS: listed(pod("kube-system", "dns-1", "dns")), POD_METRICS: listed(DNS)})


@dataclass(frozen=True)
class Run:
    """What a playbook did. :param tasks: the results that Ansible shows, by the tasks' names."""

    code: int
    output: str
    tasks: dict[str, dict[str, Any]]

    @property
    def changed(self) -> list[str]:
        """The tasks that changed something, or would."""
        return [name for name, result in self.tasks.items() if result.get("changed")]

    @property
    def lines(self) -> list[str]:
        """What the role shows, with single spaces."""
        return [" ".join(line.split()) for line in self.tasks["Show what the mesh costs"]["msg"]]


@dataclass(frozen=True)
class Role:
    """Runs the role on this machine."""

    folder: Path

    @property
    def page(self) -> Path:
        return self.folder / "a" / "cost.html"

    def run(self, objects: Mapping[str, Any], *options: str, tasks_from: str = "main", **variables: Any) -> Run:
        """A run that has to end well."""
        playbook, extra, results = (self.folder / name for name in ("play.yml", "extra.json", "results"))
        results.unlink(missing_ok=True)
        with running_api(objects) as api:
            play = {
                "hosts": "localhost",
                "connection": "local",
                "gather_facts": False,
                "vars": {"ansible_python_interpreter": sys.executable},
                "module_defaults": {"group/faas.mesh.kube": {"host": api.url}},
                "tasks": [{"ansible.builtin.include_role": {"name": "faas.mesh.observe", "tasks_from": tasks_from}}],
            }
            playbook.write_text(yaml.safe_dump([play]))
            paths = {"observe_page": str(self.page), "observe_before_path": str(self.folder / "b" / "before.json")}
            extra.write_text(json.dumps({**paths, **variables}))
            done = subprocess.run(
                ["ansible-playbook", "-e", f"@{extra}", str(playbook), *options],
                env=Workspace().environment(
                    ANSIBLE_CALLBACK_PLUGINS=str(CHECKOUT / "tests" / "site" / "callback_plugins"),
                    ANSIBLE_CALLBACKS_ENABLED="results",
                    ANSIBLE_LOCAL_TEMP=str(self.folder),
                    ANSIBLE_NOCOLOR="1",
                    FAAS_MESH_RESULTS=str(results),
                ),
                capture_output=True,
                text=True,
                check=False,
            )
        told = [json.loads(line) for line in results.read_text().splitlines()]
        assert done.returncode == 0, done.stdout + done.stderr
        shown = {line["task"].rpartition(" : ")[2]: line["result"] for line in told if line["event"] == "ok"}
        return Run(done.returncode, done.stdout, shown)


class Text(html.parser.HTMLParser):
    """The text of a page as its reader gets it, and what the page would fetch or run."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.fetched: list[str] = []
        self.feed(page.read_text())
        self.text = " ".join(" ".join(self.parts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [tag] if tag in ("script", "link", "img", "iframe", "b") else []
        self.fetched += [name for name, _value in attrs if name in ("src", "href") or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


@pytest.fixture
def role(tmp_path: Path) -> Role:
    """The role with files of the test's own."""
    return Role(tmp_path)


def test_before_and_after(role: Role) -> None:
    """Measured ahead of the mesh, then with it; a measurement with a mesh does not take the place of the first."""
    check = role.run(BARE, "--check", tasks_from="before")
    assert not (role.folder / "b").exists()
    before = role.run(BARE, tasks_from="before")
    assert before.changed == check.changed == ["Have their folder", "Keep the figures"]
    assert role.run(answers(), tasks_from="before").changed == []

    check = role.run(answers(), "--check", "--diff")
    assert not role.page.exists()
    run = role.run(answers(), "--diff")
    assert run.changed == check.changed == ["Have the folder of the page", "Put the figures into the page"]
    assert "Together 4 18m 219Mi" in run.lines
    assert "openfaas-fn 3m 115Mi 3m 100Mi 0m 0Mi +3m +115Mi" in run.lines
    assert "kube-system 3m 12Mi 0m 0Mi 2m 10Mi +1m +2Mi" in run.lines
    assert f"Page: file://{role.page}" in run.lines
    shown = Text(role.page)
    assert "CPU of the mesh 18 m" in shown.text
    assert "openfaas-fn 115 Mi 100 Mi 0 Mi +115 Mi" in shown.text
    assert "not measured" not in shown.text
    assert shown.fetched == []

    assert role.run(answers()).changed == []
    assert role.run({}, tasks_from="teardown").changed == ["Forget the figures from before the mesh"]
    assert role.page.exists()


def test_not_measured_before(role: Role) -> None:
    """Both say so, and what the cluster says is shown as it is, never as markup."""
    odd = [*answers()[PODS]["items"], pod(ODD, "x", "istio-proxy", "c")]
    more = [*answers()[POD_METRICS]["items"], used(ODD, "x", istio_proxy=("1m", "1Mi"), c=("1m", "1Mi"))]
    run = role.run(answers(**{PODS: listed(*odd), POD_METRICS: listed(*more)}))
    assert "openfaas-fn 3m 115Mi 3m 100Mi not measured not measured" in run.lines
    shown = Text(role.page)
    assert "Before the mesh came: not measured" in shown.text
    assert f"{ODD}/ x" in shown.text
    assert shown.fetched == []
