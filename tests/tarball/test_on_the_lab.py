"""The installed collection does the whole job, and each of its roles works in a playbook of three lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Lab
from tests.stages.workspace import CHECKOUT
from tests.tarball.conftest import Installed

# Roles that ask the ingress for its address are run behind the role that finds it.
PLAYBOOKS = {
    "istio": "[faas.mesh.istio]",
    "openfaas": "[faas.mesh.openfaas]",
    "ingress": "[faas.mesh.ingress]",
    "functions": "[faas.mesh.ingress, faas.mesh.functions]",
    "verify": "[faas.mesh.ingress, faas.mesh.verify]",
}
RECAP = re.compile(r"^lab +: ok=(\d+) +changed=(\d+) +unreachable=0 +failed=0 ", re.MULTILINE)


class Cluster:
    """The lab as a user of the installed collection reaches it."""

    def __init__(self, installed: Installed, lab: Lab) -> None:
        self._installed = installed
        self._lab = lab

    def play(self, playbook: str | Path) -> tuple[int, int]:
        """Run a playbook; gives how many tasks were done and how many of them changed something."""
        run = self._installed.run(
            *("ansible-playbook", "-i", CHECKOUT / "inventories" / "lab", "-e", f"lab_name={self._lab.name}"),
            *("-e", '{"ansible_python_interpreter": "{{ ansible_playbook_python }}"}', playbook),
            K8S_AUTH_KUBECONFIG=str(self._lab.site_kubeconfig),
        )
        recap = RECAP.search(run.stdout)
        assert run.returncode == 0, run.stdout + run.stderr
        assert recap, run.stdout
        return int(recap.group(1)), int(recap.group(2))


@pytest.fixture(scope="module")
def cluster(installed: Installed, lab: Lab) -> Iterator[Cluster]:
    """The lab with everything on it that `faas.mesh.site` puts there; it is taken away afterwards."""
    reached = Cluster(installed, lab)
    try:
        reached.play("faas.mesh.site")
        yield reached
    finally:
        reached.play("faas.mesh.teardown")


def test_a_second_run_of_site_changes_nothing(cluster: Cluster) -> None:
    """What was installed from the tarball is what the tarball wants."""
    done, changed = cluster.play("faas.mesh.site")
    assert done > 0
    assert changed == 0


@pytest.mark.parametrize("role", PLAYBOOKS)
def test_a_role_works_in_a_playbook_of_three_lines(cluster: Cluster, role: str, tmp_path: Path) -> None:
    """Nothing but the role's name is needed beside the inventory."""
    playbook = tmp_path / "foreign.yml"
    playbook.write_text(f"- hosts: all\n  connection: local\n  roles: {PLAYBOOKS[role]}\n")
    done, changed = cluster.play(playbook)
    assert done > 0
    assert changed == 0
