"""F8 and F9: an admission webhook is away for a while."""

from __future__ import annotations

import json

from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Cluster
from tests.cluster.test_engine_check import unreachable_webhook
from tests.cluster.trial import Trial, config_map, verbs
from tests.faults.test_outages import is_write
from tests.faults.transports import Acts


def test_a_webhook_that_comes_up_late_is_waited_for(trial: Trial) -> None:
    """Writes are tried again until it answers; here, until it no longer has to."""
    trial.kubectl("apply", "-f", "-", stdin=json.dumps(unreachable_webhook(trial)))
    cluster = trial.cluster()
    tries: list[str] = []

    def second_try(method: str, target: str) -> bool:
        if is_write(method, target) and f"{trial.namespace}/configmaps/a" in target:
            tries.append(target)
        return len(tries) == 2

    def take_away() -> None:
        trial.kubectl("delete", "validatingwebhookconfiguration", trial.name)

    late = Acts(cluster.transport, fits=second_try, act=take_away)
    report = trial.converge(config_map("a"), cluster=Cluster(late, cluster.server, cluster.clock, patience=60.0))
    assert late.done
    assert verbs(report)["ConfigMap/a"] == "created"
    assert report.warnings == []
    assert trial.live("configmap", "a")
