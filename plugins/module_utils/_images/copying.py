# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copying a list of images: what is there already, what has to go, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from .._errors import MeshError
from .._progress import Tell
from .copier import Copier

Result = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """An image and where it goes."""

    source: str
    target: str


@dataclass(frozen=True)
class Step:
    """What becomes of a pair. :param digest: of the source. :param before: of the target, None where there is none."""

    pair: Pair
    digest: str
    before: str | None

    @property
    def changes(self) -> bool:
        """Whether the image has to be copied."""
        return self.before != self.digest

    def facts(self) -> Result:
        """The step as the module's result has it."""
        return {
            "source": self.pair.source,
            "target": self.pair.target,
            "digest": self.digest,
            "previous_digest": self.before,
            "verb": "copied" if self.changes else "unchanged",
        }


def pairs(given: Iterable[Result]) -> list[Pair]:
    """The pairs of a module's option, each once.

    :raises MeshError: two images would go to one name.
    """
    sources: dict[str, str] = {}
    for each in given:
        other = sources.setdefault(each["target"], each["source"])
        if other != each["source"]:
            raise MeshError(
                f"{other} and {each['source']} would both be copied to {each['target']}: "
                "give one of them another target."
            )
    return [Pair(source, target) for target, source in sources.items()]


def plan(copier: Copier, wanted: Sequence[Pair], at_once: int) -> list[Step]:
    """Look at both registries. Nothing is written.

    :param at_once: how many images are looked at together.
    :raises MeshError: an image is missing, or a registry cannot be asked; the first one in the list's order.
    """

    def step(pair: Pair) -> Step:
        digest = copier.digest(pair.source)
        if digest is None:
            raise MeshError(f"{pair.source} is not in its registry: check name and tag, or copy it there first.")
        return Step(pair, digest, copier.digest(pair.target))

    with ThreadPoolExecutor(max(1, at_once)) as pool:
        return list(pool.map(step, wanted))


def carry_out(copier: Copier, steps: Sequence[Step], at_once: int, tell: Tell) -> None:
    """Copy what differs, and see that it arrived as it was.

    :raises MeshError: an image could not be copied; those that were are in its result.
    """
    changing = [step for step in steps if step.changes]

    def done(step: Step) -> MeshError | None:
        try:
            tell(f"copying {step.pair.source}")
            copier.copy(step.pair.source, step.pair.target)
            arrived = copier.digest(step.pair.target)
            if arrived != step.digest:
                raise MeshError(
                    f"{step.pair.target} has the digest {arrived} and not {step.digest} of its source: somebody else "
                    "writes there too, or the source was replaced meanwhile; run again."
                )
        except MeshError as error:
            return error
        return None

    with ThreadPoolExecutor(max(1, at_once)) as pool:
        failures = list(pool.map(done, changing))
    failed = {step.pair for step, failure in zip(changing, failures, strict=True) if failure}
    first = next(filter(None, failures), None)
    if first:
        left = [step for step in steps if step.pair not in failed]
        raise MeshError(str(first), **report(left))


def report(steps: Sequence[Step]) -> Result:
    """The module's result."""
    changing = [step for step in steps if step.changes]
    return {
        "changed": bool(changing),
        "images": [step.facts() for step in steps],
        "diff": {
            "before": "".join(f"{step.pair.target} {step.before}\n" for step in changing if step.before),
            "after": "".join(f"{step.pair.target} {step.digest}\n" for step in changing),
        },
    }
