"""Real playbooks of the roles, run as a user would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.stages.workspace import Workspace


def play(
    playbook: Path | str, folder: Path, variables: Mapping[str, Any], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a playbook with ``variables`` and a home folder of its own.

    :param folder: the home. What proxies the environment names is left out.
    """
    workspace = Workspace()
    environment = workspace.environment(HOME=str(folder), ANSIBLE_LOCALHOST_WARNING="false", NO_PROXY="*")
    for name in ("MINIKUBE_HOME", "KUBECONFIG"):
        environment.pop(name, None)
    given = {"ansible_python_interpreter": sys.executable, **variables}
    return subprocess.run(
        ["ansible-playbook", str(playbook), "--extra-vars", json.dumps(given), *arguments],
        cwd=workspace.root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
