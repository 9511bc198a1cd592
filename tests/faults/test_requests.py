"""F1 and F2: a server that cannot just now, and answers that are lost."""

from __future__ import annotations

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Cluster, Transport
from tests.cluster.trial import Trial, config_map, verbs
from tests.faults.transports import LosesReplies, Overloaded, Timepiece, refusal


def over(trial: Trial, transport: Transport, clock: Timepiece | None = None) -> Cluster:
    """A connection over a faulty transport."""
    cluster = trial.cluster()
    return Cluster(transport, cluster.server, clock or cluster.clock, patience=60.0)


def test_every_refusal_is_waited_out_as_long_as_the_server_asks(trial: Trial) -> None:
    """429 with Retry-After and 503 without, on reads and on writes."""
    clock = Timepiece()
    faulty = Overloaded(trial.cluster().transport, answers=(refusal(429, retry_after="3"), refusal(503)))
    report = trial.converge(config_map("a"), config_map("b"), cluster=over(trial, faulty, clock))
    assert verbs(report)["ConfigMap/a"] == "created"
    assert trial.live("configmap", "b")["data"] == {"key": "value"}
    assert min(faulty.seen.values()) == 3
    asked, chosen = [pause for pause in clock.pauses if pause == 3.0], [p for p in clock.pauses if p != 3.0]
    assert len(asked) == len(chosen) == len(faulty.seen)
    # Of a second pause (0.4 s), a random half is taken off.
    assert all(0.2 <= pause <= 0.4 for pause in chosen)
    assert len(set(chosen)) > 1
    assert not trial.converge(config_map("a"), config_map("b")).changed


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_patience_ends_and_the_server_is_named(trial: Trial, status: int) -> None:
    """The last refusal, after the time that was given."""
    clock = Timepiece()
    faulty = Overloaded(trial.cluster().transport, answers=(refusal(status),) * 1000)
    cluster = over(trial, faulty, clock)
    with pytest.raises(MeshError, match=rf"try again \(GET \S+ at {cluster.server}\)"):
        trial.converge(config_map("a"), cluster=cluster)
    assert clock.time <= 60
    assert not trial.live("configmap", "a")


def test_lost_answers_make_nothing_twice(trial: Trial) -> None:
    """Every write is sent again; objects, receipts and their removal are as without the fault."""
    faulty = LosesReplies(trial.cluster().transport)
    trial.converge(config_map("a"), config_map("b"), cluster=over(trial, faulty, Timepiece()))
    assert faulty.lost
    assert [entry["name"] for entry in trial.receipt()] == ["a", "b"]
    assert all(entry["made"] for entry in trial.receipt())
    faulty = LosesReplies(trial.cluster().transport)
    report = trial.converge(config_map("a"), cluster=over(trial, faulty, Timepiece()))
    assert verbs(report)["ConfigMap/b"] == "deleted"
    assert not trial.converge(config_map("a")).changed
    removed = trial.remove(cluster=over(trial, LosesReplies(trial.cluster().transport)))
    assert verbs(removed)["ConfigMap/a"] == "deleted"
    assert not trial.live("namespace", trial.sets)
