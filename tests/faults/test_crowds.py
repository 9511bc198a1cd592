"""F28: ten thousand objects of others cost neither requests nor memory."""

from __future__ import annotations

import tracemalloc

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Cluster
from tests.cluster.trial import Trial, config_map
from tests.faults.transports import Crowded

MEBIBYTE = 2**20


@pytest.mark.parametrize(("wanted", "pages"), [(1, 0), (3, 1), (30, 20)])
def test_ten_thousand_objects_of_others(trial: Trial, wanted: int, pages: int) -> None:
    """Few objects are asked for one by one, many by pages; only one page is held at a time."""
    batch = [config_map(f"c{number}") for number in range(wanted)]
    path = f"/api/v1/namespaces/{trial.namespace}/configmaps"
    cluster = trial.cluster()
    crowd = Crowded(cluster.transport, path=path, count=10_000)
    tracemalloc.start()
    try:
        report = trial.converge(*batch, cluster=Cluster(crowd, cluster.server, cluster.clock), check=True)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [entry["verb"] for entry in report.objects[:wanted]] == ["created"] * wanted
    assert crowd.pages == pages
    assert report.requests["read"] <= pages + min(wanted, 3) + 5
    # One page of such objects is 1 MiB of text; all of them would be 20 and more.
    assert peak < 12 * MEBIBYTE
