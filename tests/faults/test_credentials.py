"""F27: credentials that do not work."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import connect
from ansible_collections.faas.mesh.plugins.module_utils._retry import SystemClock
from tests.cluster.trial import Trial

PLUGIN = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never"}


def kubeconfig(trial: Trial, folder: Path, **user: Any) -> str:
    """The path of a kubeconfig with other credentials."""
    config = yaml.safe_load((trial.state / "admin.kubeconfig").read_text())
    config["users"][0]["user"] = user
    path = folder / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config))
    return str(path)


def test_a_certificate_that_has_expired(trial: Trial, tmp_path: Path) -> None:
    """The server does not know us: said at once, with what to do."""
    key, request, certificate = (tmp_path / name for name in ("key.pem", "request.pem", "certificate.pem"))
    signer = ("-CA", trial.state / "pki" / "ca.crt", "-CAkey", trial.state / "pki" / "ca.key")
    for argv in (
        ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=late", "-keyout", key, "-out", request],
        ["x509", "-req", "-in", request, *signer, "-days", "-1", "-out", certificate],
    ):
        subprocess.run(["openssl", *map(str, argv)], check=True, capture_output=True)
    path = kubeconfig(trial, tmp_path, **{"client-certificate": str(certificate), "client-key": str(key)})
    cluster = connect({"kubeconfig": path}, SystemClock())
    with pytest.raises(MeshError, match=rf"^{cluster.server} does not accept these credentials: renew them"):
        cluster.get("/api/v1/namespaces/default")


def test_a_credential_plugin_that_hangs(trial: Trial, tmp_path: Path) -> None:
    """Given up within the timeout."""
    path = kubeconfig(trial, tmp_path, exec={**PLUGIN, "command": "sleep", "args": ["3"]})
    with pytest.raises(MeshError, match="A credential plugin of the kubeconfig gave no answer within 1 s"):
        connect({"kubeconfig": path, "timeout": 1}, SystemClock())


def test_a_credential_plugin_that_fails(trial: Trial, tmp_path: Path) -> None:
    """One sentence, no traceback."""
    path = kubeconfig(trial, tmp_path, exec={**PLUGIN, "command": "false"})
    with pytest.raises(MeshError, match="was given no credentials: check the user of the kubeconfig"):
        connect({"kubeconfig": path, "timeout": 5}, SystemClock()).get("/api/v1/namespaces/default")
