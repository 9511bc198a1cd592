# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a plan to a module's result: written, waited for and reported one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .._errors import MeshError
from .._kube.connection import Cluster
from .function import Key
from .gateway import Gateway
from .plan import Change
from .settle import await_settled, needs_waiting
from .writer import Outcome, Writer


@dataclass(frozen=True)
class Options:
    """How a plan is carried out.

    :param check: write nothing. :param wait: seconds to wait for the functions, None for not at all.
    :param connect: gives the cluster for the pods' own reasons, if one is known; called only when there is a wait.
    :param warn: shows a warning to the user. :param concurrency: how many writes are under way at once.
    """

    check: bool
    wait: float | None
    connect: Callable[[], Cluster | None]
    warn: Callable[[str], None]
    concurrency: int = 8

    def __post_init__(self) -> None:
        if self.concurrency < 1:
            raise MeshError(f"concurrency is {self.concurrency}, but at least 1 function has to be written at a time.")


def converge(gateway: Gateway | None, changes: Sequence[Change], options: Options) -> dict[str, Any]:
    """Carry out ``changes`` and give the module's result.

    :param gateway: None where there is none yet, which only check mode allows.
    :raises MeshError: some functions failed; its sentence lists them with their reasons, its result has what was done.
    """
    if options.check or gateway is None:
        return _result(gateway, [Outcome(change, change.refusal) for change in changes])
    slow = [change for change in changes if needs_waiting(change)] if options.wait is not None else []
    # Before the first write: a kubeconfig that cannot be used shall not leave half a job.
    cluster = options.connect() if slow else None
    outcomes = Writer(gateway, options.concurrency).carry_out(changes)
    late: dict[Key, str] = {}
    if options.wait is not None:
        sent = [outcome.change for outcome in outcomes if not outcome.failure and needs_waiting(outcome.change)]
        late, warnings = await_settled(gateway, cluster, sent, options.wait)
        for warning in warnings:
            options.warn(warning)
    return _result(gateway, outcomes, late)


def _result(
    gateway: Gateway | None, outcomes: Sequence[Outcome], late: Mapping[Key, str] = MappingProxyType({})
) -> dict[str, Any]:
    done = [outcome.change for outcome in outcomes if not outcome.failure]
    result: dict[str, Any] = {
        "changed": any(change.verb != "unchanged" for change in done),
        "functions": [_row(gateway, outcome, late.get(outcome.change.key)) for outcome in outcomes],
        "diff": [change.difference() for change in done if change.verb != "unchanged"],
    }
    failed = [row for row in result["functions"] if "reason" in row]
    if failed:
        # What is wrong with many is told once.
        names: dict[str, list[str]] = defaultdict(list)
        for row in failed:
            names[row["reason"].rstrip(".")].append(row["name"])
        told = "; ".join(f"{', '.join(those)}: {reason}" for reason, those in names.items())
        raise MeshError(f"{len(failed)} of {len(outcomes)} functions failed: {told}.", **result)
    return result


def _row(gateway: Gateway | None, outcome: Outcome, late: str | None) -> dict[str, Any]:
    change = outcome.change
    row: dict[str, Any] = {
        "name": change.key.name,
        "namespace": change.key.namespace,
        "url": gateway.address.function_url(change.key.name, change.key.namespace) if gateway else None,
        "verb": "failed" if outcome.failure else change.verb,
    }
    reason = outcome.failure or late
    return {**row, "reason": reason} if reason else row
