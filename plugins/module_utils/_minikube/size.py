# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sizes as minikube reads them."""

from __future__ import annotations

import re

from .._errors import MeshError

# minikube counts in powers of two whatever the unit is called, and in mebibytes where there is none
# (pkg/util.CalculateSizeInMB of kubernetes/minikube).
MEBIBYTES = {"k": 2**-10, "m": 1, "g": 2**10, "t": 2**20}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(?:([kmgt])i?b?)?", re.IGNORECASE)


def mebibytes(text: str, option: str) -> int:
    """A size such as ``16384``, ``16g`` or ``64000MB``, in mebibytes, rounded down.

    :param option: where it is from. :raises MeshError: it is no size.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise MeshError(f"'{text}' in {option} is no size: write it as 16384, 16g or 64000MB.")
    return int(float(found[1]) * MEBIBYTES[(found[2] or "m").lower()])
