"""Reading a batch's objects in as few requests as they need."""

from __future__ import annotations

from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Cluster
from ansible_collections.faas.mesh.plugins.module_utils._kube.discovery import Resource
from ansible_collections.faas.mesh.plugins.module_utils._kube.live import read
from ansible_collections.faas.mesh.plugins.module_utils._kube.objects import Identity
from tests.unit.istio.edges import StillClock, Table, listed

MAPS = Resource("", "v1", "ConfigMap", "configmaps", namespaced=True)
PATH = "/api/v1/namespaces/n/configmaps"


def test_a_list_that_was_read_before_is_not_read_again() -> None:
    """What it lacks is not there; kinds and namespaces without such a list are read."""
    one, gone, other = (Identity("", "ConfigMap", space, name) for space, name in (("n", "a"), ("n", "b"), ("m", "a")))
    table = Table({"/api/v1/namespaces/m/configmaps/a": {"metadata": {"name": "a", "namespace": "m"}}})
    cluster = Cluster(table, "https://cluster.test", StillClock(), patience=0.0)
    known = listed({"metadata": {"name": "a", "namespace": "n"}})["items"]
    found = read(cluster, [(one, MAPS), (gone, MAPS), (other, MAPS)], {PATH: known})
    assert set(found) == {one, other}
    assert found[one]["kind"] == "ConfigMap"
    assert table.asked == ["GET /api/v1/namespaces/m/configmaps/a"]
