"""The lab's command line, as far as it needs no instance."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab import cli, debian
from tests.lab.errors import LabError


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int | str, str]:
    """The process's end, a code or a message, and what was printed."""
    monkeypatch.setattr("sys.argv", ["lab", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code or 0, capsys.readouterr().out


@pytest.fixture(autouse=True)
def _empty_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.lab.instance.STATE_ROOT", tmp_path)


def test_kubeconfig_of_an_instance_that_is_not_up(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out = run(capsys, monkeypatch, "kubeconfig", "--name", "absent")
    assert code == "lab: absent is not up: python3 -m tests.lab up --name absent"
    assert out == ""


def test_status_of_an_instance_that_is_not_up_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(capsys, monkeypatch, "status", "--name", "absent") == (1, "absent: not up\n")


def test_logs_names_the_component_that_has_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _ = run(capsys, monkeypatch, "logs", "--name", "absent", "etcd")
    assert "absent has no log of etcd" in str(code)


def test_without_root_the_missing_packages_are_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("tests.lab.debian.missing_packages", lambda _wanted: ["runc", "socat"])
    with pytest.raises(LabError) as told:
        debian.provide(lambda _: None)
    assert str(told.value).endswith("as root run: apt-get install --no-install-recommends runc socat")
