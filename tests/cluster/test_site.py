"""The playbook site on a cluster: foretold by --check, then quiet."""

from __future__ import annotations

from typing import Any

from tests.cluster.site import Run, Site

REQUESTS = 60
MODULES = 15


def foretold(site: Site, **variables: Any) -> tuple[Run, Run]:
    """``--check --diff``, then the real run: both end well, and the first told what the second did."""
    check = site.run("site.yml", "--check", "--diff", **variables)
    assert check.writes == []
    real = site.run("site.yml", "--diff", **variables)
    assert check.executed == real.executed
    assert check.objects == real.objects == site.written(real)
    assert check.functions == real.functions
    if not variables:
        site.is_now("converged")
    return check, real


def test_an_empty_cluster_is_foretold(site: Site) -> None:
    """Every object and function that the first run makes is named before it, by the same tasks."""
    site.empty()
    check, real = foretold(site)
    assert set(real.functions.values()) == {"created"}
    assert {write[1] for write in real.objects} > {"CustomResourceDefinition", "Secret", "Deployment", "Sidecar"}
    assert "nothing was sent" in " ".join(check.warnings)


def test_a_converged_cluster_is_left_alone(site: Site) -> None:
    """A second run, in check mode or not, changes nothing and asks little."""
    site.converge()
    check, real = foretold(site)
    for run in (check, real):
        assert run.counts["changed"] == {"lab": 0}
        assert run.writes == []
        assert len(run.requests) <= REQUESTS
        assert run.counts["modules"] <= MODULES
        assert set(run.functions.values()) == {"unchanged"}
