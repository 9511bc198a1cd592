# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The failures a user sees: one sentence each, saying what, where and what to do."""

from __future__ import annotations

from typing import Any


class MeshError(Exception):
    """A failure to show to the user as one sentence.

    :param message: what failed, where (object, namespace, URL, file) and what to do about it.
    :param result: what was done before the failure, in the form of the module's own return values;
        the module's failure carries it, so that a half-done change is never silent.
    """

    def __init__(self, message: str, **result: Any) -> None:
        super().__init__(message)
        self.result = result


class PassingFault(MeshError):
    """A fault that may pass by itself: 429, 5xx, a reset connection, a server that starts.

    :param retry_after: seconds that the server asked to wait (HTTP ``Retry-After``), if it did.
    """

    def __init__(self, message: str, retry_after: float | None = None, **result: Any) -> None:
        super().__init__(message, **result)
        self.retry_after = retry_after


class Refused(MeshError):
    """The server knows us and says no: a missing permission, or an object it will not take."""


class NotAuthenticated(MeshError):
    """The server does not accept who we say we are."""
