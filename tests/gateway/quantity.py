"""Kubernetes quantities as the API server gives them back, in canonical form: `0.1` is `100m`, `1024Mi` is `1Gi`."""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil

_QUANTITY = re.compile(r"^([+-]?)(\d+\.?\d*|\.\d+)(?:([KMGTPE]i)|([numkMGTPE]?)|[eE]([+-]?\d+))$")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def canonical(text: str) -> str:
    """The canonical spelling of a quantity; ValueError if it is none. An empty text is the unset quantity, `0`."""
    if not text:
        return "0"
    match = _QUANTITY.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a quantity such as 100m, 0.5 or 64Mi")
    sign, number, binary, decimal, exponent = match.groups()
    amount = Fraction(number)
    if binary:
        amount *= 1024 ** _BINARY.index(binary)
    else:
        amount *= Fraction(10) ** (int(exponent) if exponent else _DECIMAL[decimal or ""])
    amount = Fraction(ceil(amount * 10**9), 10**9)
    if amount == 0:
        return "0"
    negative = "-" if sign == "-" else ""
    if binary and amount >= 1024:
        return negative + _binary(ceil(amount))
    return negative + _decimal(amount, exponent is not None)


def _binary(amount: int) -> str:
    """Whole numbers of the largest power of 1024."""
    power = 0
    while amount % 1024 == 0 and power < len(_BINARY) - 1:
        amount //= 1024
        power += 1
    return f"{amount}{_BINARY[power]}"


def _decimal(amount: Fraction, exponential: bool) -> str:
    """Whole numbers of the largest power of 1000, with a suffix or an exponent."""
    for suffix, power in reversed(_DECIMAL.items()):
        scaled = amount / Fraction(10) ** power
        if scaled.denominator == 1:
            ending = (f"e{power}" if power else "") if exponential else suffix
            return f"{scaled.numerator}{ending}"
    raise AssertionError("amounts are whole numbers of 10**-9")
