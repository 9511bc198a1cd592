"""Secrets given to kube_objects are seen by nobody: not in output, logs, differences or argument lists."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.test_kube_objects import FAILS, SECRET, helm
from tests.cluster.trial import Object, Trial

ROOT = Path(__file__).resolve().parents[2]
MARKER = "c0rrect-h0rse-battery"
PARTS = ("text", "bytes", "chart", "failing-chart", "refused", "token")


def marked(part: str) -> str:
    """A secret of its own for each way in."""
    return f"{MARKER}-{part}"


def encoded(text: str) -> str:
    """Base64 of a text, as Secrets hold it."""
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def watched_helm(trial: Trial, tmp_path: Path) -> tuple[Path, Path]:
    """Helm, and the file to which it first writes the argument lists of all processes."""
    seen = tmp_path / "cmdlines"
    program = tmp_path / "helm"
    program.write_text(f'#!/bin/sh\ncat /proc/[0-9]*/cmdline >>{seen} 2>/dev/null\nexec {helm(trial)} "$@"\n')
    program.chmod(0o755)
    return program, seen


@pytest.fixture
def charts(tmp_path: Path) -> Path:
    """A chart with a Secret, and one that fails with its value in the sentence."""
    for name, template in (("secret", SECRET), ("fails", FAILS)):
        folder = tmp_path / name
        (folder / "templates").mkdir(parents=True)
        (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 1.2.3\n")
        (folder / "templates" / "one.yaml").write_text(template)
    return tmp_path


def playbook(trial: Trial, charts: Path, program: Path) -> list[Object]:
    """Every way in: tasks that work, twice for the difference, and tasks that fail."""

    def task(part: str, **options: Any) -> Object:
        given = {"set": f"{trial.name}-{part}", "set_namespace": trial.sets, "namespace": trial.namespace, **options}
        return {"name": f"Task {part}", "faas.mesh.kube_objects": given}

    def secret(name: str, **content: Any) -> Object:
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, **content}

    def chart(name: str, password: str) -> Object:
        return {"ref": str(charts / name), "values": {"password": password}}

    server = yaml.safe_load((trial.state / "admin.kubeconfig").read_text())["clusters"][0]["cluster"]["server"]
    stranger = {"host": server, "ca_cert": str(trial.state / "pki" / "ca.crt"), "api_key": marked("token")}
    works = [
        task("text", definitions=[secret("text", stringData={"password": marked("text")})]),
        task("text", definitions=[secret("text", stringData={"password": marked("text") + "-2"})]),
        task("bytes", definitions=[yaml.safe_dump(secret("bytes", data={"password": encoded(marked("bytes"))}))]),
        task(
            "chart", helm=str(program), chart={"ref": str(charts / "secret"), "values": {"password": marked("chart")}}
        ),
    ]
    fails = [
        task("failing-chart", helm=str(program), chart=chart("fails", marked("failing-chart"))),
        task("refused", definitions=[secret("refused", data={"password": {"inside": marked("refused")}})]),
        task("refused", definitions=[secret("refused", stringData={"a": marked("refused")}, unknown={"field": 1})]),
        task("refused", definitions=[f"apiVersion: v1\nkind: Secret\nstringData: {{a: *{marked('refused')}}}\n"]),
        task("token", **stranger, definitions=[secret("token", stringData={"a": marked("token")})]),
        task("token", **stranger, no_such_option=marked("token")),
    ]
    expected = {"name": "It fails", "ansible.builtin.set_fact": {"failures": "{{ failures | default(0) | int + 1 }}"}}
    blocks = [{"block": [task], "rescue": [expected]} for task in fails]
    counted = {"name": "All of them failed", "ansible.builtin.assert": {"that": [f"failures | int == {len(fails)}"]}}
    return [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable},
            "module_defaults": {"group/faas.mesh.kube": {"kubeconfig": str(trial.state / "admin.kubeconfig")}},
            "tasks": [*works, *blocks, counted],
        }
    ]


def test_a_secret_is_seen_nowhere(
    trial: Trial, charts: Path, watched_helm: tuple[Path, Path], syslog: Callable[[], str], tmp_path: Path
) -> None:
    """Not with -vvvv and --diff, not when a task fails, not in the machine's log, not in any argument list."""
    program, cmdlines = watched_helm
    play = tmp_path / "play.yml"
    play.write_text(json.dumps(playbook(trial, charts, program)))
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-vvvv", "--diff", "-i", "localhost,", str(play)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build" / "collections"), "ANSIBLE_NOCOLOR": "1"},
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "password: (hidden" in done.stdout
    assert "failing-chart" in done.stdout
    assert "template" in cmdlines.read_text(errors="replace")
    places = {
        "output": done.stdout + done.stderr,
        "argument lists": cmdlines.read_text(errors="replace"),
        "log": syslog(),
    }
    for place, text in places.items():
        for part in PARTS:
            assert marked(part) not in text, f"{part} in {place}"
            # Only what does not depend on what stands behind it.
            assert encoded(marked(part))[:-4] not in text, f"{part}, encoded, in {place}"
