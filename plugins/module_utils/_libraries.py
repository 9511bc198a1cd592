# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Python libraries that are not a part of Python: imported when used, so that a missing one is a sentence."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from ._errors import MeshError


def required(name: str, package: str | None = None) -> Any:
    """The imported library.

    :param name: of the module to import, such as ``yaml``.
    :param package: that pip installs it with, if named differently.
    :raises MeshError: it is missing; the sentence names this interpreter, which is often not the one expected.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        wanted = package or name
        raise MeshError(
            f"The Python library {error.name or name} is missing for {sys.executable}: install it with "
            f"'{sys.executable} -m pip install {wanted}'."
        ) from error
