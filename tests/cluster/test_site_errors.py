"""What is wrong is said in one sentence by the role that it was given to, before anything is changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.site import Run, Site

BEHIND_THE_INGRESS = ["faas.mesh.ingress", "faas.mesh.functions"]


def play(site: Site, folder: Path, roles: list[str], *options: str, **variables: Any) -> Run:
    """Run roles of the collection in a playbook of the test's own."""
    path = folder / "play.yml"
    keywords = {
        "hosts": "all",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "module_defaults": {"group/faas.mesh.kube": {"kubeconfig": "{{ cluster_kubeconfig }}"}},
        "roles": roles,
    }
    path.write_text(json.dumps([keywords]))
    return site.command(path, *options, **variables)


def assert_refused(run: Run, *words: str) -> None:
    """The run failed with one sentence that has these words, no traceback, and nothing was written."""
    assert run.code != 0, run.output
    for word in words:
        assert word in run.failure, run.failure
    assert "\n" not in run.failure.strip()
    assert "Traceback" not in run.output
    assert run.writes == []


def test_an_unknown_profile(site: Site) -> None:
    """Before Istio is asked for anything."""
    assert_refused(site.command(istio_profile="no-such-profile"), "no-such-profile")


def test_an_istioctl_of_another_version(site: Site) -> None:
    """The sentence has both versions."""
    assert_refused(site.command(istio_version="1.30.4"), "1.30.4", "1.31.1")


def test_a_user_without_rights(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verb, the resource and the namespace are named."""
    monkeypatch.setenv("K8S_AUTH_IMPERSONATE_USER", "somebody-without-rights")
    run = play(site, tmp_path, ["faas.mesh.ingress"], cluster_kubeconfig=str(site.lab.kubeconfig))
    assert_refused(run, "somebody-without-rights", "get", "services", "istio-system")


def test_an_image_that_is_not_there(site: Site, tmp_path: Path) -> None:
    """The pod's own reason; the other functions are there all the same."""
    site.converge()
    function = {"name": "missing", "image": "docker.io/faasmesh/no-such-image:lab"}
    try:
        run = play(site, tmp_path, BEHIND_THE_INGRESS, functions_list=[function], functions_timeout=20)
        assert_refused(run, "missing", "no-such-image", "Pull")
    finally:
        site.kubectl("delete", "deployment,service", "missing", "-n", "openfaas-fn", "--ignore-not-found")
    site.is_now("converged")
