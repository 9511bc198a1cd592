"""Quantities in the API server's spelling; the pairs were read back from a real one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.quantity import canonical


@pytest.mark.parametrize(
    ("written", "read_back"),
    [
        ("", "0"),
        ("0", "0"),
        ("0.1", "100m"),
        ("1000m", "1"),
        ("1.5", "1500m"),
        (".5", "500m"),
        ("1024Mi", "1Gi"),
        ("0.5Gi", "512Mi"),
        ("1.5Ki", "1536"),
        ("512", "512"),
        ("1000M", "1G"),
        ("100k", "100k"),
        ("1e3", "1e3"),
        ("1500e3", "1500e3"),
        ("12e6", "12e6"),
        ("2000", "2k"),
    ],
)
def test_canonical(written: str, read_back: str) -> None:
    assert canonical(written) == read_back


@pytest.mark.parametrize("text", ["much", "1Zi", "1 Gi", "Gi", "1mi", "--1"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity"):
        canonical(text)


@given(st.integers(0, 10**6), st.sampled_from(["", "m", "k", "M", "G", "Ki", "Mi", "Gi"]))
def test_the_canonical_form_is_its_own(number: int, suffix: str) -> None:
    once = canonical(f"{number}{suffix}")
    assert canonical(once) == once
