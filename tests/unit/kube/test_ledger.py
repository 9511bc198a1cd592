"""What a set remembers while a run writes, so that a kill at any moment loses nothing."""

from __future__ import annotations

from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Answer, Cluster
from ansible_collections.faas.mesh.plugins.module_utils._kube.ledger import Ledger
from ansible_collections.faas.mesh.plugins.module_utils._kube.objects import Identity
from ansible_collections.faas.mesh.plugins.module_utils._kube.sets import Member, Receipt, Sets
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock

OLD = Identity("", "Service", "istio-system", "istio-egressgateway")


class NoNamespace:
    """A server that has nothing."""

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        return Answer(404, {}, b"{}")


def test_objects_taken_over_are_remembered_before_the_first_write() -> None:
    # What another installer made and the new render lacks is pruned last: a run killed before must still know it.
    sets = Sets(Cluster(NoNamespace(), "https://cluster.example", SystemClock()), "faas-mesh")
    inherited = {OLD: Member("v1", "uid-of-old", made=True)}
    ledger = Ledger.of_apply(sets, Receipt("istio"), inherited, [], {}, writes=True)
    assert ledger.pending is not None
    assert ledger.pending.members == inherited
    assert ledger.after is not None
    assert ledger.after.members == {}
