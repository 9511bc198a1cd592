# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a verification found, one thing at a time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. ``detail`` is a sentence; of a failed check, what is wrong and where."""

    name: str
    passed: bool
    detail: str


def results(checks: list[Check]) -> list[dict[str, Any]]:
    """The checks as a module returns them."""
    return [asdict(check) for check in checks]
