# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carrying out a plan for secrets: each write repeated only after a look at what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .._errors import MeshError, PassingFault
from .._retry import retried
from .function import Key
from .gateway import Absent, Exists, Gateway
from .removal import removed
from .secret import Secret, removal_document
from .secret_plan import Change, present

PATIENCE_SECONDS = 30.0


class SecretWriter:
    """Makes changes to secrets at one gateway.

    :param patience: seconds for which a fault is waited out. Once that was in vain for one secret, the others get one
        attempt each.
    """

    def __init__(self, gateway: Gateway, patience: float = PATIENCE_SECONDS) -> None:
        self._gateway = gateway
        self._patience = patience

    def carry_out(self, changes: Sequence[Change]) -> dict[str, Any]:
        """Make every change, and give the module's result.

        :raises MeshError: some failed; its sentence lists them with their reasons, its result has what was done.
        """
        done: list[Change] = []
        reasons: dict[Key, str] = {}
        for change in changes:
            try:
                done.append(self._made(change))
            except PassingFault as fault:
                self._patience = 0.0
                reasons[change.key] = str(fault)
            except MeshError as error:
                reasons[change.key] = str(error)
        verbs = {change.key: change.verb for change in done}
        rows = [_row(change.key, verbs.get(change.key, "failed"), reasons.get(change.key)) for change in changes]
        result = _result(done, rows)
        if reasons:
            told = "; ".join(f"{key.name}: {reason.rstrip('.')}" for key, reason in reasons.items())
            raise MeshError(f"{len(reasons)} of {len(changes)} secrets failed: {told}.", **result)
        return result

    def _made(self, change: Change) -> Change:
        if change.verb == "unchanged":
            return change
        if change.secret is not None:
            self._keep(change.secret, exists=change.verb == "updated")
            return change
        return change if self._drop(change.key) else replace(change, verb="unchanged")

    def _keep(self, secret: Secret, exists: bool) -> None:
        repeated = False

        def attempt() -> None:
            nonlocal repeated, exists
            if repeated and not exists and self._is_there(secret.key):
                # The answer was lost, and not the request.
                return
            repeated = True
            try:
                if exists:
                    self._gateway.update_secret(secret.document)
                else:
                    self._gateway.create_secret(secret.document)
            except Absent:
                # Somebody removed it since the plan was made.
                self._gateway.create_secret(secret.document)
            except Exists as error:
                # Somebody else made it since then; or it is none of the gateway's, which are all listed.
                if not self._is_there(secret.key):
                    raise MeshError(
                        f"There is a Secret '{secret.key}' that OpenFaaS did not make: choose another name."
                    ) from error
                self._gateway.update_secret(secret.document)

        retried(attempt, self._gateway.clock, self._patience)

    def _drop(self, key: Key) -> bool:
        """Whether we removed it; False when somebody else did since the plan was made."""
        return removed(lambda: self._gateway.delete_secret(removal_document(key)), self._gateway.clock, self._patience)

    def _is_there(self, key: Key) -> bool:
        return key in present(self._gateway, [key])


def foretold(changes: Sequence[Change]) -> dict[str, Any]:
    """The module's result in check mode, in which nothing is written."""
    return _result(changes, [_row(change.key, change.verb, None) for change in changes])


def _result(done: Sequence[Change], rows: list[dict[str, Any]]) -> dict[str, Any]:
    differing = [change for change in done if change.verb != "unchanged"]
    return {"changed": bool(differing), "secrets": rows, "diff": [change.difference() for change in differing]}


def _row(key: Key, verb: str, reason: str | None) -> dict[str, Any]:
    row = {"name": key.name, "namespace": key.namespace, "verb": verb}
    return {**row, "reason": reason} if reason else row
