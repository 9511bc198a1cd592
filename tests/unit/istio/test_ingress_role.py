"""What a user of the role ingress sees of the DNS, in real playbooks against a server that takes no write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.openfaas.api import running_api
from tests.unit.tools.playing import play

from .test_ingress import SERVICE, service

RECORD = "localhost. A 203.0.113.7"
NEXT = "Open OpenFaaS through it"


def told(folder: Path, entry: str, **variables: Any) -> str:
    """What Ansible prints, spaces as one, when an entry of the role meets a load balancer."""
    playbook = folder / "play.yml"
    role = {"include_role": {"name": "faas.mesh.ingress", "tasks_from": entry}}
    defaults = {"group/faas.mesh.kube": {"host": "{{ api }}"}}
    head = {"hosts": "localhost", "connection": "local", "gather_facts": False, "module_defaults": defaults}
    playbook.write_text(yaml.safe_dump([{**head, "tasks": [role]}]))
    with running_api({SERVICE: service(address={"ip": "203.0.113.7"})}) as api:
        done = play(playbook, folder, {"api": api.url, "ingress_hosts": ["localhost"], **variables})
    return " ".join((done.stdout + done.stderr).split())


def test_the_record_to_make_is_a_warning_and_the_role_goes_on(tmp_path: Path) -> None:
    output = told(tmp_path, "main")
    assert "[WARNING]: The DNS does not lead localhost (127.0.0.1" in output
    assert RECORD in output
    assert NEXT in output


@pytest.mark.parametrize(
    ("entry", "dns", "is_warned", "goes_on"),
    [("main", "ignore", False, True), ("find", "fail", False, False), ("main", "fail", True, False)],
)
def test_it_stops_only_where_that_is_asked_for_and_never_in_a_removal(
    tmp_path: Path, entry: str, dns: str, is_warned: bool, goes_on: bool
) -> None:
    output = told(tmp_path, entry, ingress_dns=dns)
    assert (RECORD in output, NEXT in output) == (is_warned, goes_on)
    assert ("failed=1" in output) == (entry == "main")
