# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A secret for functions: its name, and the value that goes to the gateway and nowhere else."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._errors import MeshError
from .function import Key

# The rule for the name of a Kubernetes Secret (DNS subdomain, RFC 1123), which the gateway makes of it.
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_LONGEST = 253

SOURCES = ("value", "value_from_file", "raw_value")
"""The options of which one gives the value."""


def secret_key(name: str, namespace: str | None) -> Key:
    """Which secret. :raises MeshError: no Secret can have this name."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise MeshError(
            f"'{name}' is no name for a secret: use at most {_LONGEST} lower-case letters, digits, hyphens and dots, "
            "with a letter or digit at both ends."
        )
    return Key(name, namespace or None)


@dataclass(frozen=True)
class Secret:
    """A secret as it should be. :param value: its bytes, which no output may show."""

    key: Key
    value: bytes = field(repr=False)

    @classmethod
    def of_options(cls, key: Key, options: Mapping[str, Any]) -> Secret:
        """The secret that a module's options describe.

        :param options: ``value``, ``value_from_file`` and ``raw_value``, of which one is given, and ``trim``.
        :raises MeshError: not exactly one is given, it cannot be read, or it is empty.
        """
        given = [name for name in SOURCES if options.get(name) is not None]
        if len(given) != 1:
            raise MeshError(f"Secret '{key}' needs exactly one of {', '.join(SOURCES)}; {len(given)} are given.")
        value = _value(key, given[0], options[given[0]])
        if options.get("trim") and given[0] != "raw_value":
            value = value.strip()
        if not value:
            raise MeshError(f"Secret '{key}' has an empty value: give one that is not, or remove it by state: absent.")
        return cls(key, value)

    @property
    def document(self) -> dict[str, str]:
        """What the gateway takes: text as it is, other bytes in base64."""
        try:
            return {**_identity(self.key), "value": self.value.decode()}
        except UnicodeDecodeError:
            return {**_identity(self.key), "rawValue": base64.b64encode(self.value).decode()}

    @property
    def forms(self) -> list[str]:
        """Every form of the value, so that no output shows one."""
        return [base64.b64encode(self.value).decode(), self.value.decode(errors="replace")]


def removal_document(key: Key) -> dict[str, str]:
    """What the gateway takes to drop a secret."""
    return _identity(key)


def _identity(key: Key) -> dict[str, str]:
    # An empty namespace is refused by the Community Edition, so one that nobody named is left out.
    return {"name": key.name, "namespace": key.namespace} if key.namespace else {"name": key.name}


def _value(key: Key, source: str, given: str) -> bytes:
    if source == "value":
        return given.encode()
    if source == "raw_value":
        try:
            return base64.b64decode("".join(given.split()), validate=True)
        except (binascii.Error, ValueError):
            # The error's own text may show a part of the value.
            raise MeshError(f"The raw_value of secret '{key}' is no base64.") from None
    try:
        return Path(given).read_bytes()
    except OSError as error:
        raise MeshError(
            f"The file {given} with the value of secret '{key}' cannot be read ({error.strerror})."
        ) from error
