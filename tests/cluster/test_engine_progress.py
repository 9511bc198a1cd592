"""Long work shows where it is: the step, what is waited for, and why it is not there yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube import engine
from tests.cluster.trial import Object, Trial, config_map, deployment

ROOT = Path(__file__).resolve().parents[2]


def test_steps_and_waits_are_told(trial: Trial) -> None:
    """In their order, each once."""
    lines: list[str] = []
    batch: list[Object] = [config_map("a"), config_map("b"), deployment("web", replicas=1)]
    with pytest.raises(MeshError):
        engine.converge(trial.cluster(), [batch], trial.options(timeout=1), False, trial.namespace, tell=lines.append)
    assert lines[:2] == ["step 1 of 2: configuration (2 to write)", "step 2 of 2: workloads (1 to write)"]
    assert lines[-1].startswith(f"waiting for Deployment {trial.namespace}/web: 0 of 1 pods are available")
    assert len(set(lines)) == len(lines)
    lines.clear()
    engine.converge(trial.cluster(), [batch], trial.options(wait=False), False, trial.namespace, tell=lines.append)
    assert lines == []


def test_a_playbook_shows_what_takes_long(trial: Trial, tmp_path: Path) -> None:
    """On standard error, while the module runs; a task that is done at once shows nothing."""
    given = {
        "set": trial.name,
        "set_namespace": trial.sets,
        "namespace": trial.namespace,
        "kubeconfig": str(trial.state / "admin.kubeconfig"),
    }
    slow = {**given, "definitions": [deployment("web", replicas=1)], "timeout": 8}
    quick = {**given, "set": f"{trial.name}-quick", "definitions": [config_map("quick")]}
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [{"faas.mesh.kube_objects": quick}, {"faas.mesh.kube_objects": slow}],
    }
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "play.yml"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build" / "collections"), "ANSIBLE_NOCOLOR": "1"},
    )
    assert done.returncode == 2, done.stdout
    shown = [line for line in done.stderr.splitlines() if line.startswith("[localhost] ")]
    assert f"[localhost] waiting for Deployment {trial.namespace}/web: 0 of 1 pods are available" in shown[-1]
    assert "quick" not in done.stderr
