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


def test_a_cluster_that_cannot_be_reached(site: Site, tmp_path: Path) -> None:
    """The address that was tried is named, and what to look at."""
    nowhere = tmp_path / "kubeconfig"
    server = "https://127.0.0.1:1"
    nowhere.write_text(site.lab.site_kubeconfig.read_text().replace(server_of(site), server))
    run = site.command(cluster_kubeconfig=str(nowhere))
    assert_refused(run, server, "refused")


def server_of(site: Site) -> str:
    """The API server's address in the site user's kubeconfig."""
    shown = site.kubectl("config", "view", "--kubeconfig", str(site.lab.site_kubeconfig), "-o", "json")
    return str(json.loads(shown)["clusters"][0]["cluster"]["server"])


def test_a_wrong_password(site: Site, tmp_path: Path) -> None:
    """The gateway is named, and where the password came from."""
    site.converge()
    run = play(site, tmp_path, BEHIND_THE_INGRESS, functions_password="not-the-password")
    assert_refused(run, site.ingress, "the option password", "check user and password")
    site.is_now("converged")


def test_a_name_that_no_function_may_have(site: Site, tmp_path: Path) -> None:
    """The name and the rule, before the gateway is asked for anything."""
    site.converge()
    wanted = [{"name": "fine", "image": "docker.io/faasmesh/echo:lab"}, {"name": "Not_Fine", "image": "x"}]
    run = play(site, tmp_path, BEHIND_THE_INGRESS, functions_list=wanted)
    assert_refused(run, "Not_Fine", "lower-case letters, digits and hyphens")
    assert site.kubectl("get", "deployment", "fine", "-n", "openfaas-fn", "--ignore-not-found") == ""
    site.is_now("converged")


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
