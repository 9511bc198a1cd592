"""istioctl as a renderer, with a runner that starts nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._command import Completed
from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._render.istioctl import Istioctl

MARKER = "marker-0123456789"


class Canned:
    """A runner with one answer; keeps what it was asked."""

    def __init__(self, returncode: int = 0, stdout: str = "", stderr: str = "") -> None:
        self.answer = Completed(returncode, stdout.encode(), stderr.encode())
        self.argv: list[str] = []
        self.stdin: bytes | None = None

    def run(self, argv: Sequence[str], stdin: bytes | None = None, timeout: float = 60.0) -> Completed:
        self.argv, self.stdin = list(argv), stdin
        return self.answer


def test_the_version_is_the_clients_own() -> None:
    runner = Canned(stdout=json.dumps({"clientVersion": {"version": "1.31.1", "tag": "1.31.1"}}))
    assert Istioctl(runner, "/opt/istioctl").version() == "1.31.1"
    assert runner.argv == ["/opt/istioctl", "version", "--remote=false", "--output", "json"]


@pytest.mark.parametrize(
    "runner",
    [
        Canned(stdout="bash 5.2"),
        Canned(stdout="[]"),
        Canned(stdout='{"clientVersion": {}}'),
        Canned(returncode=2, stderr="usage"),
    ],
)
def test_a_program_that_is_no_istioctl_is_named(runner: Canned) -> None:
    with pytest.raises(MeshError, match="/bin/true does not answer as istioctl does"):
        Istioctl(runner, "/bin/true").version()


def test_values_go_in_by_standard_input_only() -> None:
    one, other = (f"{{apiVersion: v1, kind: {kind}, metadata: {{name: x}}}}\n" for kind in "AB")
    runner = Canned(stdout=f"{one}---\n\n---\n{other}")
    objects = Istioctl(runner).manifest({"spec": {"values": {"token": MARKER}}})
    assert [obj["kind"] for obj in objects] == ["A", "B"]
    assert MARKER not in " ".join(runner.argv)
    assert runner.stdin is not None
    assert json.loads(runner.stdin)["spec"]["values"]["token"] == MARKER


def test_an_unknown_profile_is_one_sentence() -> None:
    said = 'Error: merge inputs: profile "nope" not found: open profiles/nope.yaml: file does not exist\n'
    runner = Canned(1, stderr=said)
    with pytest.raises(MeshError, match="istioctl has no profile 'nope': its profiles are named default, demo"):
        Istioctl(runner).manifest({"spec": {"profile": "nope"}})


def test_istioctls_own_line_is_told_without_the_values() -> None:
    runner = Canned(1, stderr=f"some noise\nError: unknown value {MARKER} for field x\n")
    with pytest.raises(MeshError) as raised:
        Istioctl(runner).manifest({"spec": {"values": {"x": [{"y": MARKER}]}}})
    assert str(raised.value) == "istioctl cannot render these values: unknown value *** for field x."
