# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ``minikube start -o json`` tells while it works: CloudEvents, one a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

PREFIX = "io.k8s.sigs.minikube."


class Story:
    """What has been told so far.

    :param tell: is told each step. :ivar step: the last one. :ivar warnings: in their order, each once.
    :ivar failure: the last error as a sentence, None without one.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self.step = ""
        self.warnings: list[str] = []
        self.failure: str | None = None

    def hear(self, line: str) -> None:
        """Take in one line; one that is no event of minikube's does not count."""
        try:
            event = json.loads(line)
            kind, data = event["type"].removeprefix(PREFIX), event["data"]
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        if not isinstance(data, dict):
            return
        message = _line(data.get("message"))
        if kind == "step":
            self.step = _line(data.get("name")) or message
            self._tell(f"minikube, step {data.get('currentstep')} of {data.get('totalsteps')}: {message or self.step}")
        elif kind == "warning" and message and message not in self.warnings:
            self.warnings.append(message)
        elif kind == "error":
            self.failure = _failure(data, message)


def _failure(data: dict[str, Any], message: str) -> str:
    name, advice = _line(data.get("name")), _line(data.get("advice"))
    said = ": ".join(part for part in (name, message) if part) or f"exit code {data.get('exitcode')}"
    return f"{said.rstrip('.')}. {advice}".strip() if advice else said.rstrip(".") + "."


def _line(text: Any) -> str:
    return " ".join(str(text or "").split())
