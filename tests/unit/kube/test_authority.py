"""The authority of a certificate in a cluster, as a file."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube.authority import authority_of, keep, read_file
from tests.unit.istio.edges import cluster

PATH = "/api/v1/namespaces/n/secrets/s"
PEM = "-----BEGIN CERTIFICATE-----\n"
SECRET = {"data": {"ca.crt": base64.b64encode(PEM.encode()).decode(), "tls.key": "c2VjcmV0"}}


def test_only_the_authority_is_taken() -> None:
    assert authority_of(cluster({PATH: SECRET}), "n", "s", may_come=False) == PEM


@pytest.mark.parametrize("answers", [{}, {PATH: {"metadata": {}}}, {PATH: {"data": {"tls.crt": "eA=="}}}])
def test_a_secret_without_one_is_refused_unless_it_may_come(answers: dict[str, object]) -> None:
    with pytest.raises(MeshError, match=r"^Secret n/s has no ca.crt"):
        authority_of(cluster(answers), "n", "s", may_come=False)
    assert authority_of(cluster(answers), "n", "s", may_come=True) == "(to be issued)\n"


def test_a_file_is_made_with_its_folder_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ca.pem"
    assert read_file(path) == ""
    assert keep(path, PEM, os.replace, check=True)
    assert not path.parent.exists()
    for text in (PEM, "other\n"):
        assert keep(path, text, os.replace, check=False)
        assert read_file(path) == text
    assert not keep(path, "other\n", os.replace, check=False)
    assert [entry.name for entry in path.parent.iterdir()] == ["ca.pem"]


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    """And nothing is left behind."""
    with pytest.raises(MeshError, match="cannot be read"):
        read_file(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(MeshError, match="cannot be made"):
        keep(tmp_path / "file" / "ca.pem", PEM, os.replace, check=False)
