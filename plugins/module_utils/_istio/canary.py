# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A canary: a new version gets more calls step by step, as long as it answers them well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._errors import MeshError
from .._progress import Tell
from .._retry import Clock
from .counters import Answers, Count


@dataclass(frozen=True)
class Rules:
    """When a step is passed.

    :param steps: percent of the calls, rising. :param success_rate: percent of good answers below which to go back.
    :param samples: how many answers a step needs. :param interval: seconds between looks at the counters.
    :param patience: seconds for which a step waits for its samples.
    """

    steps: Sequence[int]
    success_rate: float
    samples: int
    interval: int
    patience: int

    def checked(self) -> Rules:
        """The rules themselves.

        :raises MeshError: they make no sense.
        """
        if (
            not self.steps
            or list(self.steps) != sorted(set(self.steps))
            or not 0 < self.steps[0] <= self.steps[-1] <= 100
        ):
            told = ", ".join(map(str, self.steps)) or "none"
            raise MeshError(
                f"The steps of a canary are {told}: give percentages from 1 to 100, each above the one before."
            )
        if not 0 <= self.success_rate <= 100:
            raise MeshError(f"success_rate is {self.success_rate:g}: give a percentage, 0 to 100.")
        for name, value in (("samples", self.samples), ("interval", self.interval)):
            if value < 1:
                raise MeshError(f"{name} is {value}, and so nothing would be judged by it: give 1 or more.")
        return self

    def verdict(self, answers: Answers) -> bool | None:
        """Whether a step is passed (True) or failed (False) by its answers so far; None while they are too few."""
        # So many failures that good answers only could not make up for them within the samples.
        lost = answers.failed * 100 > max(self.samples, answers.all) * round(100 - self.success_rate, 6)
        if lost:
            return False
        return True if answers.all >= self.samples else None


@dataclass
class Canary:
    """One version on its way to all calls of a function.

    :param shift: gives it that percentage of the calls. :param read: the answers that proxies have counted of it.
    :param passed: the steps so far, in the form of a module's result.
    """

    name: str
    stable: str
    rules: Rules
    shift: Callable[[int], None]
    read: Callable[[], dict[str, Answers]]
    clock: Clock
    tell: Tell
    passed: list[dict[str, Any]] = field(default_factory=list)

    def run(self, present: int) -> None:
        """Take the steps above ``present`` percent, where the version is.

        :raises MeshError: it answered too badly, or could not be watched, and all calls go to the stable version again;
            or a step had too few samples in time, and stays.
        """
        for weight in (step for step in self.rules.steps if step > present):
            self.tell(f"{self.name} gets {weight} % of the calls")
            self.shift(weight)
            try:
                answers = self._judged(weight)
            except MeshError as error:
                raise self._back(error, f"{str(error).rstrip('.')}.") from error
            if answers.all < self.rules.samples:
                raise MeshError(
                    f"{self.name} is held at {weight} % of the calls: in {self.rules.patience} s it got {answers.all} "
                    f"of the {self.rules.samples} by which it is judged. Run again when there are more calls, or ask "
                    "for fewer samples."
                )

    def _judged(self, weight: int) -> Answers:
        """The answers of a step that is passed, or that has too few of them in time.

        :raises MeshError: the step is failed.
        """
        count = Count(self.read)
        deadline = self.clock.now() + self.rules.patience
        verdict: bool | None = None
        answers = Answers()
        while verdict is None and self.clock.now() < deadline:
            self.clock.sleep(self.rules.interval)
            answers = count.now()
            verdict = self.rules.verdict(answers)
            good = f"{answers.success_rate:.1f} % good"
            self.tell(f"{self.name} at {weight} %: {answers.all} of {self.rules.samples} answers, {good}")
        self.passed.append(
            {
                "weight": weight,
                "answers": answers.all,
                "failed": answers.failed,
                "success_rate": round(answers.success_rate, 2),
                "passed": verdict is True,
            }
        )
        if verdict is False:
            raise MeshError(
                f"{self.name} at {weight} % answered {answers.good} of {answers.all} calls well: that is "
                f"{answers.success_rate:.1f} %, and the limit is {self.rules.success_rate:g} %."
            )
        return answers

    def _back(self, error: MeshError, why: str) -> MeshError:
        self.tell(f"{why} Going back to {self.stable}.")
        try:
            self.shift(0)
        except MeshError as second:
            return MeshError(
                f"{why} Going back to {self.stable} failed too ({str(second).rstrip('.')}): give it all calls with "
                "istio_traffic.",
                **error.result,
            )
        return MeshError(f"{why} All calls go to {self.stable} again.", **{**error.result, "rolled_back": True})
