# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rollout of a function's new version: its route in the cluster, shifted by a canary."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .._errors import MeshError
from .._kube.engine import Options, Report
from .._kube.objects import Identity
from .._kube.restart import Restarter, as_result
from .._progress import Tell
from .canary import Canary, Rules
from .counters import Callers
from .route import Route, object_name
from .traffic import Traffic


@dataclass
class Rollout:
    """A version of a function on its way to all calls.

    :param at: of a route that is not there yet; one that is there stays where it is.
    """

    traffic: Traffic
    options: Options
    name: str
    stable: str
    canary: str
    at: str
    _reports: list[Report] = field(default_factory=list)
    _restarted: list[Identity] = field(default_factory=list)
    _weights: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the route.

        :raises MeshError: it is not ours, leads elsewhere, or a version is not there.
        """
        if self.stable == self.canary:
            raise MeshError(f"{self.name} has {self.stable} as both versions, stable and canary: give two functions.")
        found = self.traffic.live(self.name)
        self._live = found[1] if found else None
        self.at = found[0] if found else self.at
        self._weights = {self.stable: 100, self.canary: 0} if self._live is None else self._present()
        # Read once more than is needed with a route that is there, so that a version that is not is told before.
        self._documents = self.traffic.documents([Route(self.name, self.at, self._weights)])

    def run(self, rules: Rules, callers: Callers, tell: Tell) -> dict[str, Any]:
        """Make the counters visible where they are not, and take the steps; the module's result.

        :raises MeshError: with that result, when the version went back or is held.
        """
        canary = Canary(
            self.canary,
            self.stable,
            rules,
            self._shift,
            lambda: callers.answers(self.canary),
            self.traffic.cluster.clock,
            tell,
        )
        present = self._weights.get(self.canary, 0)
        if present < rules.steps[-1]:
            try:
                self._make_visible(callers, tell)
                if self.traffic.check:
                    self._shift(rules.steps[-1])
                else:
                    canary.run(present)
            except MeshError as error:
                done = self._result(canary)
                changed = done["changed"] or error.result.get("changed", False)
                error.result = {**done, **error.result, "changed": changed}
                raise
        return self._result(canary)

    def _present(self) -> dict[str, int]:
        kind = self.traffic.kind(self.at)
        where = f"{kind.kind} {self.traffic.namespace}/{object_name(self.name)}"
        weights = kind.weights_of(self._live) if self._live else None
        if weights is None:
            raise MeshError(f"{where} is there and was not made by istio_traffic: remove it, or rename it.")
        others = [target for target, weight in weights.items() if weight and target not in (self.stable, self.canary)]
        if others:
            raise MeshError(
                f"{where} leads calls of {self.name} to {', '.join(others)} too: a canary is between two versions, so "
                "give it no weight first."
            )
        return {self.stable: weights.get(self.stable, 0), self.canary: weights.get(self.canary, 0)}

    def _shift(self, weight: int) -> None:
        kind = self.traffic.kind(self.at)
        weights = {self.stable: 100 - weight, self.canary: weight}
        if self._live:
            documents = {self.name: [kind.with_weights(self._live, weights)]}
        else:
            first, *more = self._documents[self.name]
            documents = {self.name: [kind.with_weights(first, weights), *more]}
        self._reports.append(self.traffic.apply(documents, self.options, exclusive=False))
        self._weights = weights

    def _make_visible(self, callers: Callers, tell: Tell) -> None:
        self._restarted = callers.hidden()
        if self._restarted and not self.traffic.check:
            tell(f"restarting {', '.join(map(str, self._restarted))}, whose proxies show no counters of calls")
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            restarter = Restarter(
                self.traffic.cluster, now, self.options.timeout, tell, annotations=callers.annotations()
            )
            restarter.restart(self._restarted, 1)

    def _result(self, canary: Canary) -> dict[str, Any]:
        """What was done: each object with what happened to it first, and the difference from first to last."""
        objects = [as_result(identity) for identity in self._restarted]
        diff: list[dict[str, str]] = []
        if self._reports:
            objects += self._reports[0].objects
            ends = {entry["before_header"].partition(" (")[0]: entry for entry in self._reports[-1].diff}
            for entry in self._reports[0].diff:
                end = ends.get(entry["before_header"].partition(" (")[0], entry)
                diff.append({**entry, "after": end["after"]})
        done = "would be" if self.traffic.check else "was"
        return {
            "changed": bool(self._restarted) or any(report.changed for report in self._reports),
            "weights": self._weights,
            "steps": canary.passed,
            "rolled_back": False,
            "objects": objects,
            "diff": diff,
            "requests": dict(self.traffic.cluster.requests),
            "warnings": [
                *self.traffic.warnings,
                *(
                    f"{identity} {done} restarted with the annotation proxy.istio.io/config, so that its proxies show "
                    "how calls of functions are answered."
                    for identity in self._restarted
                ),
            ],
        }
