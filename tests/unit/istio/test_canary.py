"""How a canary judges its steps, by counters that a test moves on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._istio.canary import Canary, Rules
from ansible_collections.faas.mesh.plugins.module_utils._istio.counters import Answers

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
