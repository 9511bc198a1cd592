"""The modules on the site: the tests of tests/unit/faas/test_modules.py, and what needs pods."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.site import Site
from tests.unit.faas.conftest import Modules, home
from tests.unit.faas.test_modules import FUNCTION, NAME, VALUE, TestModules

__all__ = ["TestModules", "home"]


@pytest.fixture
def modules(site: Site, capsys: pytest.CaptureFixture[str]) -> Modules:
    """The modules, given the site's ingress and its password."""
    site.converge()
    return Modules(capsys, {"gateway": site.ingress, "password": site.password, "allow_insecure": True})


def test_a_secret_reaches_its_function_and_is_compared_in_the_cluster(modules: Modules, site: Site) -> None:
    """With the rights of docs/rbac.yaml a value that is there already is not written again."""
    kept: dict[str, Any] = {"name": NAME, "value": VALUE, "kubeconfig": str(site.lab.site_kubeconfig)}
    verbs = [modules.run("faas_secret", **kept).result["secrets"][0]["verb"] for _run in range(2)]
    assert verbs == ["created", "unchanged"]
    reading = {**FUNCTION, "fprocess": f"cat /var/openfaas/secrets/{NAME}", "secrets": [NAME]}
    modules.function(**reading)
    try:
        assert modules.run("faas_invoke", name=NAME).result["body"] == VALUE
        changed = modules.run("faas_secret", **{**kept, "value": f"{VALUE}-2"})
        assert changed.result["secrets"][0]["verb"] == "updated"
        assert changed.result["diff"][0]["before"] == {"value": "(another one, not shown)"}
        assert not modules.run("faas_secret", check=True, **{**kept, "value": f"{VALUE}-2"}).result["changed"]
    finally:
        modules.function(name=NAME, state="absent")
        modules.run("faas_secret", name=NAME, state="absent")
