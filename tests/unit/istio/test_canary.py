"""How a canary judges its steps, by counters that a test moves on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio.canary import Canary, Rules
from ansible_collections.faas.mesh.plugins.module_utils._istio.counters import Answers, Count, answers_of, shown

from .edges import StillClock

RULES = Rules(steps=[10, 50, 100], success_rate=99.0, samples=100, interval=5, patience=60)

Behaviour = Callable[[int], tuple[int, int]]


@dataclass
class Service:
    """A service under load.

    :param behaviour: how many calls the new version answers well and badly in a second, by its weight.
    """

    behaviour: Behaviour
    clock: StillClock = field(default_factory=StillClock)
    weights: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    _seen: float = 0.0
    _total: Answers = field(default_factory=Answers)

    def read(self) -> dict[str, Answers]:
        """The counters of its one proxy."""
        seconds, self._seen = int(self.clock.now() - self._seen), self.clock.now()
        good, failed = self.behaviour(self.weights[-1] if self.weights else 0)
        self._total = Answers(self._total.good + good * seconds, self._total.failed + failed * seconds)
        return {"proxy": self._total}

    def canary(self, rules: Rules = RULES) -> Canary:
        """A canary on it."""
        return Canary("v2", "v1", rules, self.weights.append, self.read, self.clock, self.told.append)


def test_a_good_version_takes_every_step() -> None:
    service = Service(lambda weight: (weight, 0))
    canary = service.canary()
    canary.run(0)
    assert service.weights == [10, 50, 100]
    assert [(step["weight"], step["answers"], step["passed"]) for step in canary.passed] == [
        (10, 100, True),
        (50, 250, True),
        (100, 500, True),
    ]
    assert "v2 at 10 %: 50 of 100 answers, 100.0 % good" in service.told


def test_a_later_run_goes_on_where_the_version_is() -> None:
    service = Service(lambda weight: (weight, 0))
    service.canary().run(10)
    assert service.weights == [50, 100]


def test_a_bad_version_goes_back_as_soon_as_it_cannot_pass_any_more() -> None:
    service = Service(lambda weight: (weight, 0) if weight < 50 else (10, 2))
    canary = service.canary()
    with pytest.raises(MeshError) as failure:
        canary.run(0)
    assert service.weights == [10, 50, 0]
    assert str(failure.value) == (
        "v2 at 50 % answered 50 of 60 calls well: that is 83.3 %, and the limit is 99 %. All calls go to v1 again."
    )
    assert failure.value.result["rolled_back"] is True
    assert [step["passed"] for step in canary.passed] == [True, False]


def test_the_limit_itself_is_good_enough() -> None:
    service = Service(lambda _weight: (99, 1))
    service.canary(Rules(steps=[50], success_rate=99.0, samples=100, interval=1, patience=9)).run(0)
    assert service.weights == [50]


def test_one_bad_answer_of_few_is_no_verdict() -> None:
    """It could still be one of a hundred."""
    assert RULES.verdict(Answers(0, 1)) is None
    assert RULES.verdict(Answers(0, 2)) is False
    assert RULES.verdict(Answers(99, 1)) is True


def test_too_few_calls_hold_the_step() -> None:
    service = Service(lambda weight: (weight, 0) if weight < 50 else (1, 0))
    with pytest.raises(MeshError, match=r"v2 is held at 50 % of the calls: in 60 s it got 60 of the 100") as failure:
        service.canary().run(0)
    assert service.weights == [10, 50]
    assert "rolled_back" not in failure.value.result


def test_a_version_that_cannot_be_watched_goes_back() -> None:
    service = Service(lambda weight: (weight, 0))

    def blind() -> dict[str, Answers]:
        raise MeshError("The counters cannot be read.")

    canary = Canary("v2", "v1", RULES, service.weights.append, blind, service.clock, service.told.append)
    with pytest.raises(MeshError, match=r"The counters cannot be read\. All calls go to v1 again\."):
        canary.run(0)
    assert service.weights == [10, 0]


def test_when_going_back_fails_too_both_are_told() -> None:
    service = Service(lambda _weight: (0, 10))

    def shift(weight: int) -> None:
        if weight == 0:
            raise MeshError("The API server is gone.")
        service.weights.append(weight)

    canary = Canary("v2", "v1", RULES, shift, service.read, service.clock, service.told.append)
    with pytest.raises(
        MeshError, match=r"0 of 50 calls well: .* Going back to v1 failed too \(The API server is gone\)"
    ):
        canary.run(0)


def test_a_write_that_fails_leaves_the_version_where_it_is() -> None:
    service = Service(lambda weight: (weight, 0))

    def shift(weight: int) -> None:
        if weight == 50:
            raise MeshError("Somebody else changed it.")
        service.weights.append(weight)

    canary = Canary("v2", "v1", RULES, shift, service.read, service.clock, service.told.append)
    with pytest.raises(MeshError, match=r"^Somebody else changed it\.$"):
        canary.run(0)
    assert service.weights == [10]


def test_proxies_that_come_go_and_start_anew_are_counted_right() -> None:
    pages = [
        {"a": Answers(100, 5), "b": Answers(10, 0)},
        {"a": Answers(110, 6), "b": Answers(3, 1)},
        {"a": Answers(110, 6), "c": Answers(7, 0)},
    ]
    count = Count(lambda: pages.pop(0))
    assert count.now() == Answers(13, 2)
    assert count.now() == Answers(20, 2)


def of_envoy(code: int, host: str, value: int) -> str:
    """A sample of Envoy's counters of a cluster."""
    labels = f'response_code_class="{code}",cluster_name="outbound|8080||{host}.svc.cluster.local"'
    return f"envoy_cluster_upstream_rq_xx{{{labels}}} {value}"


ENVOY_PAGE = "\n".join(
    [
        "# TYPE envoy_cluster_upstream_rq_xx counter",
        of_envoy(2, "env-v2.openfaas-fn", 40),
        of_envoy(4, "env-v2.openfaas-fn", 2),
        of_envoy(5, "env-v2.openfaas-fn", 3),
        of_envoy(2, "env-v2.elsewhere", 7),
        of_envoy(2, "env.openfaas-fn", 8),
        'envoy_cluster_upstream_rq_xx{response_code_class="2",cluster_name="xds-grpc"} 9',
        'envoy_cluster_upstream_rq_total{cluster_name="outbound|8080||env-v2.openfaas-fn.svc.cluster.local"} 45',
        "",
    ]
)
ISTIO_PAGE = """istio_requests_total{reporter="source",destination_service_name="env-v2",\
destination_service_namespace="openfaas-fn",response_code="200",response_flags="-"} 12
istio_requests_total{reporter="source",destination_service_name="env-v2",\
destination_service_namespace="openfaas-fn",response_code="503",response_flags="UF,URX"} 1
istio_requests_total{reporter="source",destination_service_name="env-v2",\
destination_service_namespace="openfaas-fn",response_code="0",response_flags="DC"} 2
istio_requests_total{reporter="source",destination_service_name="env",\
destination_service_namespace="openfaas-fn",response_code="200",response_flags="-"} 5
"""


def test_answers_are_read_from_either_metric() -> None:
    assert answers_of(ENVOY_PAGE, "openfaas-fn", "env-v2") == Answers(42, 3)
    assert answers_of(ENVOY_PAGE, "openfaas-fn", "nobody") == Answers(0, 0)
    # Istio's own metric counts once where both are shown.
    assert answers_of(ISTIO_PAGE + ENVOY_PAGE, "openfaas-fn", "env-v2") == Answers(12, 3)


def test_hidden_counters_are_seen_to_be_hidden() -> None:
    assert shown(ENVOY_PAGE, "openfaas-fn") == "envoy_cluster_upstream_rq_xx"
    assert shown(ENVOY_PAGE, "third") == ""
    assert shown(ISTIO_PAGE, "third") == "istio_requests_total"
    assert shown('envoy_server_live{} 1\nenvoy_cluster_upstream_rq_xx{cluster_name="xds-grpc"} 3', "openfaas-fn") == ""
