"""The playbook teardown: only what the site made goes, and never what somebody else put beside it."""

from __future__ import annotations

from tests.cluster.site import Site
from tests.cluster.test_site_calls import client


def namespaces(site: Site) -> set[str]:
    """The cluster's namespaces, without its own."""
    found = site.kubectl("get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}").split()
    return {name for name in found if not name.startswith("kube-") and name != "default"}


def test_what_is_not_ours_stays_with_its_namespace(site: Site) -> None:
    """A ConfigMap and a function of others are named, and keep Istio; once they are gone, the rest goes too."""
    site.converge()
    site.kubectl("create", "configmap", "of-others", "-n", "openfaas-fn")
    function = {"service": "stranger", "image": "docker.io/faasmesh/echo:lab"}
    assert client(site).call("POST", "/system/functions", function).status == 202

    first = site.command("teardown.yml")
    assert set(first.functions.values()) == {"deleted"}
    # The function's sidecar lives on Istio.
    assert first.code != 0
    assert "still serves the proxies of openfaas-fn/stranger-" in first.failure
    told = " ".join(first.warnings)
    assert "of-others" in told
    assert "stranger" in told
    kept = site.kubectl("get", "configmap,deployment", "-n", "openfaas-fn", "-o", "name").split()
    assert {"configmap/of-others", "deployment.apps/stranger"} <= set(kept)
    assert not {"deployment.apps/env", "deployment.apps/echo"} & set(kept)
    assert "openfaas" not in namespaces(site)

    site.kubectl("delete", "configmap/of-others", "deployment/stranger", "service/stranger", "-n", "openfaas-fn")
    site.run("teardown.yml")
    assert not {"openfaas", "openfaas-fn"} & namespaces(site)
    # Istio's kinds may hold objects of others: they stay unless they are asked for.
    assert site.kubectl("get", "crd", "gateways.networking.istio.io", "-o", "name")

    last = site.run("teardown.yml")
    assert last.counts["changed"] == {"lab": 0}
    assert last.writes == []


def test_a_removal_is_foretold(site: Site) -> None:
    """The namespaces too, which still hold the functions at that time: those go before."""
    site.converge()
    foretold = site.run("teardown.yml", "--check")
    assert foretold.writes == []
    done = site.run("teardown.yml")
    assert foretold.objects == done.objects
    assert foretold.functions == done.functions
    assert not {"openfaas", "openfaas-fn"} & namespaces(site)
