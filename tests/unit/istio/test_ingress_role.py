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


@pytest.mark.parametrize(("issuer", "is_warned"), [("acme", True), ("ca", False)])
def test_the_names_that_an_acme_server_asks_for_are_looked_up_too(tmp_path: Path, issuer: str, is_warned: bool) -> None:
    output = told(tmp_path, "main", ingress_hosts=["*"], tls_issuer=issuer, tls_hosts=["localhost"])
    assert (RECORD in output) == is_warned


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"functions_traffic": {"env": {"weights": {"env": 100}, "retries": {"attempts": 2}}, "a": {"a": 100}}},
            "The routes of env in functions_traffic have retries or faults, which the Gateway API's standard channel",
        ),
        (
            {"ingress_https_secret": "s", "tls_min_version": "1.3"},
            "HTTPS is served from TLS 1.3 on, which Istio does not take from the Gateway API: set tls_min_version",
        ),
    ],
)
def test_what_the_gateway_api_cannot_say_is_refused_before_anything_is_opened(
    tmp_path: Path, variables: dict[str, Any], sentence: str
) -> None:
    output = told(tmp_path, "main", ingress_api="gateway", ingress_dns="ignore", **variables)
    assert sentence in output
    assert NEXT not in output
    assert NEXT in told(tmp_path, "main", ingress_dns="ignore", **variables)
