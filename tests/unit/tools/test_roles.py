"""The roles tools and minikube, and the playbook pins, against a mirror that has a stand-in for minikube."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

from ansible_collections.faas.mesh.plugins.module_utils._tools.platform import PLATFORMS
from ansible_collections.faas.mesh.plugins.module_utils._tools.release import TOOLS
from tests.stages.workspace import CHECKOUT
from tests.unit.minikube.conftest import PROGRAM
from tests.unit.tools.mirror import HERE, Mirror, kubectl, sha256
from tests.unit.tools.playing import play

VERSIONS = {"faas-cli": "0.18.0", "helm": "3.22.0", "istioctl": "1.31.1", "kubectl": "1.36.3", "minikube": "1.39.0"}
PLAY = [
    {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "roles": ["faas.mesh.tools", "faas.mesh.minikube"],
        "tasks": [
            {
                "ansible.builtin.copy": {
                    "dest": "{{ told }}",
                    "content": "{{ [tools_paths, minikube_ip, minikube_kubeconfig_path, minikube_context] | to_json }}",
                    "mode": "0644",
                },
                "check_mode": False,
                "changed_when": False,
            }
        ],
    }
]
REMOVAL = [
    {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "tasks": [
            {"ansible.builtin.include_role": {"name": f"faas.mesh.{role}", "tasks_from": "teardown"}}
            for role in ("minikube", "tools")
        ],
    }
]


def test_the_tools_and_then_the_cluster(mirror: Mirror, tmp_path: Path) -> None:
    """Checked, made, found as asked for, and removed: the minikube that runs is the one that was installed."""
    minikube = f"#!/bin/sh\nexec '{sys.executable}' -I -S '{PROGRAM}' \"$@\"\n".encode()
    mirror.put(f"/v1.39.0/minikube-{HERE.system}-{HERE.architecture}", minikube)
    mirror.put(f"/v1.35.6/bin/{HERE}/kubectl", kubectl("1.35.6"))
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "play.yml").write_text(yaml.safe_dump(PLAY))
    (tmp_path / "removal.yml").write_text(yaml.safe_dump(REMOVAL))
    variables = {
        "told": str(tmp_path / "told.json"),
        "tools_list": ["minikube", "kubectl"],
        "tools_options": {
            "minikube": {"base_url": mirror.url},
            "kubectl": {"base_url": mirror.url, "version": "1.35.6"},
        },
        "minikube_cpus": 0,
        "minikube_memory": "1g",
        "minikube_driver": "podman",
        "minikube_home": str(home),
        "minikube_path": "{{ tools_dir | default('~/.faas-mesh/bin') }}/minikube",
    }
    program = home / ".faas-mesh" / "bin" / "minikube"
    inventory = ("--inventory", "laptop,")

    made = play(tmp_path / "play.yml", home, variables, *inventory)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "changed=2" in made.stdout
    told = [
        {"minikube": str(program), "kubectl": str(program.parent / "kubectl")},
        "192.168.49.2",
        str(home / ".kube" / "config"),
        "minikube",
    ]
    assert json.loads((tmp_path / "told.json").read_text()) == told

    again = play(tmp_path / "play.yml", home, variables, *inventory, "--check")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "changed=0" in again.stdout
    assert json.loads((tmp_path / "told.json").read_text()) == told

    removed = play(tmp_path / "removal.yml", home, variables, *inventory)
    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert "changed=2" in removed.stdout
    assert list(program.parent.iterdir()) == []
    assert json.loads((home / ".minikube" / "stand-in.json").read_text())["profiles"] == {}


def test_the_playbook_pins_writes_the_table_that_the_role_reads(mirror: Mirror, tmp_path: Path) -> None:
    """Every tool on every platform, with the address of the publisher's file as its source."""
    for name, version in VERSIONS.items():
        for platform in PLATFORMS:
            url = TOOLS[name].url(version, platform, "/")
            mirror.put(url, url.encode())
    variables = {
        "pins_path": str(tmp_path / "pins.yml"),
        "tools_options": {name: {"base_url": mirror.url} for name in VERSIONS},
    }
    done = play(CHECKOUT / "playbooks" / "pins.yml", tmp_path, variables)
    assert done.returncode == 0, done.stdout + done.stderr
    written = (tmp_path / "pins.yml").read_text()
    table = yaml.safe_load(written)
    assert {name: list(rows) for name, rows in table.items()} == {name: [version] for name, version in VERSIONS.items()}
    path = TOOLS["helm"].url("3.22.0", PLATFORMS[3], "/")
    assert table["helm"]["3.22.0"]["darwin/arm64"] == {
        "sha256": sha256(path.encode()),
        "source": f"{mirror.url}{path}.sha256",
    }
    shipped = (CHECKOUT / "roles" / "tools" / "files" / "pins.yml").read_text()
    assert written.splitlines()[:3] == shipped.splitlines()[:3]


def test_the_shipped_table_names_a_source_for_every_sum() -> None:
    """A sum stands for what a publisher said; without the address where, it would stand for nothing."""
    table = yaml.safe_load((CHECKOUT / "roles" / "tools" / "files" / "pins.yml").read_text())
    for name, versions in table.items():
        for version, platforms in versions.items():
            for platform in PLATFORMS:
                row = platforms[str(platform)]
                assert row["source"] == f"{TOOLS[name].url(version, platform)}.sha256"
                assert len(row["sha256"]) == 64
