# Copyright (c) 2026 the faas.mesh authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kubernetes quantities: one spelling for ``0.1`` and ``100m``, for ``1024Mi``, ``1Gi`` and ``1073741824``."""

from __future__ import annotations

import re
from decimal import ROUND_UP, Decimal

from .._errors import MeshError

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_GRAMMAR = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i|[numkMGTPE]|)|[eE]([+-]?\d{1,2}))")
_BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
_DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
_NANO = Decimal(1).scaleb(-9)


def canonical(text: str, what: str) -> str:
    """The one spelling of the amount that ``text`` spells; equal amounts have equal spellings.

    It has the largest unit that leaves a whole number, binary (Ki, Mi) or decimal (k, M), whichever is shorter.
    Below a billionth, amounts are rounded up.

    :param what: whose it is, for the message. :raises MeshError: Kubernetes would not take it.
    """
    value = amount(text, what)
    if not value:
        return "0"
    whole = value == value.to_integral_value()
    billionths = int((value if whole else value.quantize(_NANO, rounding=ROUND_UP)).scaleb(9))
    spellings = [_in_units(billionths, 1000, _DECIMAL)]
    if whole:
        spellings.insert(0, _in_units(int(value), 1024, _BINARY))
    return min(spellings, key=len)


def amount(text: str, what: str) -> Decimal:
    """The amount that ``text`` spells, in bytes or cores. :param what: as for ``canonical``, as is the failure."""
    found = _GRAMMAR.fullmatch(text)
    if found is None:
        raise MeshError(f"{what}: '{text}' is no quantity that Kubernetes takes; write it like 100m, 0.5, 64Mi or 1Gi.")
    number, unit, exponent = Decimal(found[1]), found[2] or "", found[3]
    if exponent is not None:
        return number.scaleb(int(exponent))
    if unit in _BINARY[1:]:
        return number * Decimal(1 << 10 * _BINARY.index(unit))
    return number.scaleb(3 * (_DECIMAL.index(unit) - _DECIMAL.index("")))


def _in_units(number: int, base: int, units: list[str]) -> str:
    step = 0
    while step < len(units) - 1 and number % base == 0:
        number, step = number // base, step + 1
    return f"{number}{units[step]}"
