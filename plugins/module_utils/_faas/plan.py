# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be done: the functions asked for against those that the gateway has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .function import Function, Key, Settings, Status

Verb = Literal["created", "updated", "restarted", "deleted", "unchanged"]


@dataclass(frozen=True)
class Change:
    """One function's part of a plan.

    :param verb: what is to be done, in the word that says it was done; ``restarted`` is an update to the same.
    :param wanted: None for a removal.
    :param before: the settings now, None where there is no function. :param after: the settings then.
    :param status: what the gateway showed when the plan was made.
    :param refusal: why the gateway will not do it, in one sentence, where that is known beforehand.
    """

    key: Key
    verb: Verb
    wanted: Function | None = None
    before: Settings | None = None
    after: Settings | None = None
    status: Status | None = None
    refusal: str | None = None

    @property
    def adopts(self) -> bool:
        """Whether a function of another tool is taken over."""
        return self.verb in ("updated", "restarted") and self.status is not None and self.status.is_foreign

    def difference(self) -> dict[str, Any]:
        """The change as Ansible's ``--diff`` shows it."""
        told = f"{self.verb}, adopted from another tool" if self.adopts else self.verb
        return {
            "before_header": f"function {self.key}",
            "after_header": f"function {self.key} ({told})",
            "before": self.before or "",
            "after": self.after or "",
        }


def deployment(wanted: Function, status: Status | None, restart: bool = False) -> Change:
    """What brings one function about. :param restart: write it also where it is as it should be."""
    if status is None:
        return Change(wanted.key, "created", wanted, None, wanted.settings)
    before = status.settings(wanted)
    verb: Verb = "updated" if before != wanted.settings else "restarted" if restart else "unchanged"
    return Change(wanted.key, verb, wanted, before, wanted.settings, status)


def removal(key: Key, status: Status | None) -> Change:
    """What removes one function."""
    if status is None:
        return Change(key, "unchanged")
    return Change(key, "deleted", None, status.settings(), None, status)


def deployments(wanted: Iterable[Function], present: Mapping[Key, Status], restart: bool = False) -> list[Change]:
    """A change for each function, in the order asked for."""
    return [deployment(function, present.get(function.key), restart) for function in wanted]


def removals(keys: Iterable[Key], present: Mapping[Key, Status]) -> list[Change]:
    """A removal for each key, in the order asked for."""
    return [removal(key, present.get(key)) for key in keys]


def purges(owner: str, others: Mapping[Key, Status]) -> list[Change]:
    """A removal for each function of an owner that is not asked for. :param others: the functions not asked for."""
    mine = (key for key, status in others.items() if status.owner == owner)
    return [removal(key, others[key]) for key in sorted(mine, key=str)]
