"""How long a writer tries, by a clock that does not really sleep."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ansible_collections.faas.mesh.plugins.module_utils._faas import plan
from ansible_collections.faas.mesh.plugins.module_utils._faas.address import Address
from ansible_collections.faas.mesh.plugins.module_utils._faas.credentials import Credentials
from ansible_collections.faas.mesh.plugins.module_utils._faas.function import Function, Key, Status
from ansible_collections.faas.mesh.plugins.module_utils._faas.gateway import Gateway
from ansible_collections.faas.mesh.plugins.module_utils._faas.writer import Writer
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Answer


@dataclass
class Clock:
    """Time that passes by sleeping only."""

    time: float = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class Down:
    """A gateway that shows no function, and answers every write with 503."""

    writes: Counter[str] = field(default_factory=Counter)

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        if method == "GET":
            return Answer(404, {}, b"")
        self.writes[method] += 1
        return Answer(503, {}, b"no provider")


@dataclass
class Full:
    """A gateway of the Community Edition that is full, until what was deleted has been counted a few times more."""

    full: int = 4
    writes: list[str] = field(default_factory=list)

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        if method == "GET":
            return Answer(404, {}, b"")
        self.writes.append(method)
        if method == "POST" and self.full:
            self.full -= "DELETE" in self.writes
            return Answer(400, {}, b"too many functions, maximum: 15")
        return Answer(202, {}, b"")


def test_what_a_run_removes_makes_room_for_what_it_creates() -> None:
    address = Address.parse("https://faas.example.com")
    proof = Credentials.basic("admin", "secret", "the test")
    created = plan.deployment(Function.of_options(Key.checked("new"), {"image": "a"}), None)
    removed = plan.removal(Key.checked("old"), Status({"name": "old"}))
    transport = Full()
    outcomes = Writer(Gateway(address, transport, proof, Clock()), concurrency=1).carry_out([created, removed])
    assert [(outcome.change.verb, outcome.failure) for outcome in outcomes] == [("created", None), ("deleted", None)]
    assert transport.writes == ["DELETE", *["POST"] * 5]
    transport = Full()
    (alone,) = Writer(Gateway(address, transport, proof, Clock())).carry_out([created])
    assert alone.failure == (
        "https://faas.example.com runs at most 15 functions: remove one, or use OpenFaaS Pro, which has no such limit."
    )
    assert transport.writes == ["POST"]


def test_a_gateway_that_stays_down_costs_its_time_once() -> None:
    transport, clock = Down(), Clock()
    address = Address.parse("https://faas.example.com")
    gateway = Gateway(address, transport, Credentials.basic("admin", "secret", "the test"), clock)
    first, *others = [Function.of_options(Key.checked(f"f{number}"), {"image": "a"}) for number in range(50)]
    writer = Writer(gateway)
    (outcome,) = writer.carry_out(plan.deployments([first], {}))
    assert outcome.failure == "https://faas.example.com answered POST /system/functions with 503: no provider"
    assert 50 < clock.time <= 60
    assert transport.writes["POST"] > 5
    transport.writes.clear()
    spent = clock.time
    assert all(outcome.failure for outcome in writer.carry_out(plan.deployments(others, {})))
    assert transport.writes["POST"] == 49
    assert clock.time == spent
