"""The example inventories, as Ansible reads them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stages.workspace import CHECKOUT, Workspace

INVENTORIES = sorted(path.parent for path in (CHECKOUT / "inventories").glob("*/hosts.yml"))
FLEET = CHECKOUT / "inventories" / "fleet"
# Files and processes on the machine that runs the playbooks, by the role whose default names them.
OWN = {
    "ingress": ["ingress_forward_name"],
    "istio": ["istio_dashboards_folder"],
    "observe": ["observe_page", "observe_before_path"],
    "tls": ["_tls_own_authority_path"],
}


def said(*argv: str) -> str:
    """What a program of Ansible's prints, to standard output alone."""
    done = subprocess.run(
        argv, cwd=CHECKOUT, env=Workspace().environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("inventory", INVENTORIES, ids=lambda path: path.name)
def test_an_inventory_has_hosts_and_suits_the_playbook(inventory: Path) -> None:
    """Ansible reads it without a warning, and the playbook site with it."""
    assert json.loads(said("ansible-inventory", "-i", str(inventory / "hosts.yml"), "--list"))["_meta"]["hostvars"]
    said("ansible-playbook", "-i", str(inventory / "hosts.yml"), "playbooks/site.yml", "--syntax-check")


def test_a_cluster_of_the_fleet_has_what_all_have_and_its_own() -> None:
    """A context for each host; what one host has otherwise reaches no other."""
    hosts: dict[str, Any] = json.loads(said("ansible-inventory", "-i", str(FLEET), "--list"))["_meta"]["hostvars"]
    assert len({host["cluster_context"] for host in hosts.values()}) == len(hosts) == 3
    assert {host["istio_version"] for host in hosts.values()} == {"1.31.1"}
    otherwise = yaml.safe_load((FLEET / "host_vars" / "oslo.yml").read_text())
    shared = yaml.safe_load((FLEET / "group_vars" / "all.yml").read_text())
    for name, value in otherwise.items():
        assert hosts["oslo"][name] == value
        assert {hosts[host].get(name) for host in ("berlin", "dublin")} == {shared.get(name)}


def test_clusters_of_the_fleet_share_nothing_on_this_machine(tmp_path: Path) -> None:
    """What their runs keep here has another name for each, so that they do not get in each other's way."""
    play = {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "vars_files": [
            *(str(CHECKOUT / "roles" / role / "defaults" / "main.yml") for role in OWN),
            *(str(CHECKOUT / "roles" / role / "vars" / "main.yml") for role in ("observe", "tls")),
        ],
        "tasks": [
            {
                "ansible.builtin.copy": {
                    "dest": f"{tmp_path}/{{{{ inventory_hostname }}}}.json",
                    "content": "{{ [" + ", ".join(name for names in OWN.values() for name in names) + "] | to_json }}",
                }
            }
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    said("ansible-playbook", "-i", str(FLEET), str(tmp_path / "play.yml"))
    told = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("*.json"))]
    assert len(told) == 3
    for each in zip(*told, strict=True):
        assert len(set(each)) == 3
