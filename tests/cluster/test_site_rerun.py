"""The playbook site, killed again and again: each rerun takes up what it finds, and the end is that of a clean run."""

from __future__ import annotations

from collections.abc import Callable

from tests.cluster.site import Process, Site
from tests.cluster.snapshot import Snapshot, snapshot
from tests.cluster.test_site import foretold
from tests.site.audit import stored

# The writes after which the runs are killed, in the order in which the site makes them.
OF_ISTIO = (
    ("namespaces", "faas-mesh"),
    ("customresourcedefinitions", "gateways.networking.istio.io"),
    ("deployments", "istiod"),
    ("deployments", "istio-ingressgateway"),
    ("validatingwebhookconfigurations", "istiod-default-validator"),
)
OF_OPENFAAS = (
    ("namespaces", "openfaas-fn"),
    ("secrets", "basic-auth"),
    ("deployments", "gateway"),
    ("gateways", "openfaas-gateway"),
    # By OpenFaaS, for the function that it was just asked for.
    ("deployments", "env"),
)


def written(resource: str, name: str) -> Callable[[Process], bool]:
    """Says whether an object was written since the run began."""

    def yet(process: Process) -> bool:
        references = [event.get("objectRef", {}) for event in process.events if stored(event)]
        return any(where.get("resource") == resource and where.get("name") == name for where in references)

    return yet


def test_killed_at_ten_moments(site: Site) -> None:
    """From nothing, and after OpenFaaS was removed by hand: the same objects as a clean run, foretold too."""
    site.converge()
    clean = snapshot(site)
    site.empty()
    for resource, name in OF_ISTIO:
        site.killed(written(resource, name))
    foretold(site)
    assert_same(snapshot(site), clean)

    site.kubectl("delete", "namespace", "openfaas", "openfaas-fn")
    for resource, name in OF_OPENFAAS:
        site.killed(written(resource, name))
    foretold(site)
    assert_same(snapshot(site), clean)


def assert_same(found: Snapshot, clean: Snapshot) -> None:
    """Compare two snapshots, so that a failure shows only the objects that differ."""
    assert found.keys() == clean.keys()
    differing = [key for key, expected in clean.items() if found[key] != expected]
    assert {key: found[key] for key in differing} == {key: clean[key] for key in differing}
