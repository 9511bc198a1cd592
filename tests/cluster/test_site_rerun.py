"""The playbook site, killed again and again: each rerun takes up what it finds, and the end is that of a clean run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.cluster.site import Site
from tests.cluster.snapshot import Snapshot, snapshot
from tests.cluster.test_site import foretold
from tests.cluster.trial import Object
from tests.site.audit import AuditLog, stored

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


def written(events: Iterable[Object], resource: str, name: str) -> bool:
    """Whether an object was written, by the audit log's events."""
    references = [event.get("objectRef", {}) for event in events if stored(event)]
    return any(where.get("resource") == resource and where.get("name") == name for where in references)


def killed_at_each(site: Site, moments: Sequence[tuple[str, str]]) -> None:
    """Kill a run after each of these writes.

    A run may get further before it dies and write the next object too. The run after it, which then has no need to,
    is killed after its first write instead.
    """
    log = AuditLog(site.lab.audit_log)
    start = log.end()

    def kill(resource: str, name: str) -> None:
        is_there = written(log.events(start), resource, name)
        site.killed(lambda process: process.wrote if is_there else written(process.events, resource, name))

    for moment in moments:
        kill(*moment)


def test_killed_at_ten_moments(site: Site) -> None:
    """From nothing, and after OpenFaaS was removed by hand: the same objects as a clean run, foretold too."""
    site.converge()
    clean = snapshot(site)
    site.empty()
    killed_at_each(site, OF_ISTIO)
    foretold(site)
    assert_same(snapshot(site), clean)

    site.kubectl("delete", "namespace", "openfaas", "openfaas-fn")
    killed_at_each(site, OF_OPENFAAS)
    foretold(site)
    assert_same(snapshot(site), clean)


def assert_same(found: Snapshot, clean: Snapshot) -> None:
    """Compare two snapshots, so that a failure shows only the objects that differ."""
    assert found.keys() == clean.keys()
    differing = [key for key, expected in clean.items() if found[key] != expected]
    assert {key: found[key] for key in differing} == {key: clean[key] for key in differing}
