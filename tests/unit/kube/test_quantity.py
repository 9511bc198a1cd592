"""Quantities: equal amounts have one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube.quantity import canonical


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("0.1", "100m"),
        ("100m", "100m"),
        ("1e-1", "100m"),
        ("1000m", "1"),
        ("1e3", "1k"),
        ("1024Mi", "1Gi"),
        ("1073741824", "1Gi"),
        ("0.5Gi", "512Mi"),
        ("1500Mi", "1500Mi"),
        ("1G", "1G"),
        ("64M", "64M"),
        ("0", "0"),
        ("0Mi", "0"),
        ("0.0000000001", "1n"),
        (".5", "500m"),
        ("+2", "2"),
        ("8Ei", "8Ei"),
        ("1024Ei", "1024Ei"),
    ],
)
def test_the_spelling_of_an_amount(text: str, spelling: str) -> None:
    assert canonical(text, "memory") == spelling


@pytest.mark.parametrize("text", ["", "1 Gi", "1gi", "1K", "Gi", "1..2", "1e", "0x10", "one", "1Gi "])
def test_what_kubernetes_refuses_is_refused(text: str) -> None:
    with pytest.raises(MeshError, match=r"^memory: '.*' is no quantity that Kubernetes takes"):
        canonical(text, "memory")


@given(st.integers(0, 10**6), st.sampled_from(["n", "u", "m", "", "k", "M", "G", "Ki", "Mi", "Gi"]))
def test_a_spelling_is_its_own_spelling(number: int, unit: str) -> None:
    spelling = canonical(f"{number}{unit}", "cpu")
    assert canonical(spelling, "cpu") == spelling


@given(st.integers(1, 10**6))
def test_a_thousand_of_a_unit_is_one_of_the_next(number: int) -> None:
    assert canonical(f"{number}000m", "cpu") == canonical(f"{number}", "cpu")
    assert canonical(f"{number * 1024}Ki", "memory") == canonical(f"{number}Mi", "memory")
