"""The table of versions that go together."""

from __future__ import annotations

import pytest

from ansible_collections.faas.mesh.plugins.module_utils import _versions


def test_listed_pairs_need_no_word() -> None:
    assert _versions.untested_istio("1.31.1", "v1.36.3") is None
    assert _versions.untested_istio("1.30.4", "v1.32.0-eks-1234") is None


@pytest.mark.parametrize(
    ("istio", "kubernetes", "told"),
    [
        ("1.31.1", "v1.37.0", "Istio 1.31 lists Kubernetes 1.32 to 1.36, and this cluster has v1.37.0"),
        ("1.30.4", "v1.31.9+k3s1", "this cluster has v1.31.9+k3s1: the pair is untested"),
        ("1.29.0", "v1.34.0", "Istio 1.29.0 has not been tried with this collection, which knows 1.30, 1.31."),
    ],
)
def test_other_pairs_are_warned_of(istio: str, kubernetes: str, told: str) -> None:
    assert told in (_versions.untested_istio(istio, kubernetes) or "")
