"""The login file, byte by byte as faas-cli writes it, and what becomes of one that is there."""

from __future__ import annotations

import base64
import multiprocessing
import os
import stat
from pathlib import Path

import pytest
import yaml

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError
from ansible_collections.faas.mesh.plugins.module_utils._faas.address import Address
from ansible_collections.faas.mesh.plugins.module_utils._faas.login import Login, LoginFile
from tests.gateway.testing import GatewayHandle
from tests.unit.faas.conftest import Modules

LOGIN = Login("basic", base64.b64encode(b"admin:secret").decode())
PROCESSES = 32


def entry(gateway: str, token: str = LOGIN.token, auth: str = "basic", options: str = "") -> str:
    """An entry as faas-cli writes it."""
    return f"  - gateway: {gateway}\n    auth: {auth}\n    token: {token}\n{options}"


OTHER = entry("https://other.example.com", "b3RoZXI6cw==")
OPTIONS = '    options:\n      - name: issuer\n        value: "0123"\n'
FOREIGN = entry("https://sso.example.com", "eyJhbGciOiJub25lIn0.e30.", "oauth2", OPTIONS)
OWN = entry("https://faas.example.com")
OLD = entry("https://faas.example.com", "b2xkOm9sZA==")

# What a user gives as gateway, the file before (None for none), and the file that a login leaves.
CASES: dict[str, tuple[str, str | None, str]] = {
    "a new file": ("https://faas.example.com", None, OWN),
    "upper case": ("https://FaaS.Example.COM", None, OWN),
    "upper case in the scheme": ("HTTPS://faas.example.com", None, OWN),
    "a slash at the end": ("https://faas.example.com/", None, OWN),
    "slashes at the end": ("https://faas.example.com//", None, OWN),
    "white space around": (" https://faas.example.com ", None, OWN),
    "a port": ("https://faas.example.com:8443", None, entry("https://faas.example.com:8443")),
    "the scheme's own port": ("https://faas.example.com:443", None, entry("https://faas.example.com:443")),
    "no scheme": ("faas.example.com:8080", None, entry("http://faas.example.com:8080")),
    "an address without a scheme": ("127.0.0.1:31112/", None, entry("http://127.0.0.1:31112")),
    "a path": ("https://example.com/Gateway/", None, entry("https://example.com/gateway")),
    "IPv6": ("http://[::1]:8080", None, entry("http://[::1]:8080")),
    "localhost is not 127.0.0.1": (
        "http://localhost:8080",
        entry("http://127.0.0.1:8080"),
        entry("http://127.0.0.1:8080") + entry("http://localhost:8080"),
    ),
    "http is not https": (
        "https://faas.example.com",
        entry("http://faas.example.com"),
        entry("http://faas.example.com") + OWN,
    ),
    "another gateway's entry": ("https://faas.example.com", OTHER, OTHER + OWN),
    "another gateway's options": ("https://faas.example.com", FOREIGN, FOREIGN + OWN),
    "another gateway's options in other quotes": ("https://faas.example.com", FOREIGN.replace('"', "'"), FOREIGN + OWN),
    "an older login in the first place": ("https://faas.example.com", OLD + OTHER, OWN + OTHER),
    "an older login in the last place": ("https://faas.example.com", OTHER + OLD, OTHER + OWN),
    "an older login's own options": ("https://faas.example.com", OLD + OPTIONS, OWN + OPTIONS),
}


@pytest.fixture
def file(home: Path) -> Path:
    """Where the login file of this test is, or would be."""
    return home / ".openfaas" / "config.yml"


def write(file: Path, text: str, mode: int = 0o600) -> None:
    """Make a login file."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


def log_in(file: Path, gateway: str) -> bool:
    """Log in as the module does once the gateway took the password."""
    return LoginFile(file).store(Address.parse(gateway).key, LOGIN, check=False)


@pytest.mark.parametrize("case", CASES)
def test_a_login_leaves_the_bytes_that_faas_cli_leaves(file: Path, case: str) -> None:
    gateway, before, after = CASES[case]
    if before is not None:
        write(file, f"auths:\n{before}")
    assert log_in(file, gateway)
    assert file.read_text() == f"auths:\n{after}"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert os.listdir(file.parent) == ["config.yml"]
    assert not log_in(file, gateway)


@pytest.mark.parametrize("text", ["", "auths: []\n", "auths:\n", "auths: null\n", "{}\n", "# nothing yet\n"])
def test_an_empty_file_is_filled(file: Path, text: str) -> None:
    write(file, text)
    assert log_in(file, "https://faas.example.com")
    assert file.read_text() == f"auths:\n{OWN}"


def test_a_list_written_another_way_keeps_its_entries(file: Path) -> None:
    write(file, 'auths:\n- gateway: "https://other.example.com"\n  auth: basic\n  token: b3RoZXI6cw==\n')
    log_in(file, "https://faas.example.com")
    assert [found["gateway"] for found in yaml.safe_load(file.read_text())["auths"]] == [
        "https://other.example.com",
        "https://faas.example.com",
    ]
    assert file.read_text().endswith(OWN)


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"OPENFAAS_CONFIG": "/etc/faas", "CI": "true"}, "/etc/faas/config.yml"),
        ({"CI": "true"}, ".openfaas/config.yml"),
        ({"CI": "1"}, ".openfaas/config.yml"),
        ({"CI": "yes"}, "HOME/.openfaas/config.yml"),
        ({}, "HOME/.openfaas/config.yml"),
        ({"OPENFAAS_CONFIG": "~/faas"}, "HOME/faas/config.yml"),
    ],
)
def test_the_file_is_where_faas_cli_has_it(home: Path, environ: dict[str, str], path: str) -> None:
    assert str(LoginFile.of_user(environ).path) == path.replace("HOME", str(home))


def test_what_is_not_known_stays(file: Path) -> None:
    write(file, "auths:\n- {gateway: http://a, auth: oauth2, token: x, options: [{name: n, value: 010}]}\nmore: 1_0\n")
    LoginFile(file).store("http://a", LOGIN, check=False)
    text = file.read_text()
    assert "value: 010" in text
    assert "more: 1_0" in text
    assert yaml.safe_load(text)["auths"][0]["token"] == LOGIN.token


def test_a_link_is_kept_and_followed(home: Path, file: Path) -> None:
    real = home / "elsewhere" / "faas.yml"
    write(real, "")
    file.parent.mkdir()
    file.symlink_to(real)
    LoginFile(file).store("http://a", LOGIN, check=False)
    assert file.is_symlink()
    assert "http://a" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_a_file_that_others_may_read_is_closed_to_them(file: Path) -> None:
    LoginFile(file).store("http://a", LOGIN, check=False)
    file.chmod(0o644)
    assert LoginFile(file).store("http://a", LOGIN, check=True)
    assert LoginFile(file).store("http://a", LOGIN, check=False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not LoginFile(file).store("http://a", LOGIN, check=False)


def test_a_folder_that_cannot_be_made_is_one_sentence(home: Path) -> None:
    (home / ".openfaas").write_text("a file in the folder's place")
    file = LoginFile.of_user({})
    with pytest.raises(MeshError, match=r"^The login file .*config.yml cannot be "):
        file.store("http://a", LOGIN, check=False)


def test_a_file_that_is_a_folder_is_one_sentence_and_stays(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(MeshError, match=r"^The login file .*config.yml cannot be read \(Is a directory\)"):
        log_in(file, "https://faas.example.com")
    assert file.is_dir()


def test_a_link_to_nothing_makes_the_file_that_it_names(home: Path, file: Path) -> None:
    real = home / "faas.yml"
    file.parent.mkdir()
    file.symlink_to(real)
    log_in(file, "https://faas.example.com")
    assert file.is_symlink()
    assert real.read_text() == f"auths:\n{OWN}"


@pytest.mark.parametrize("ci", ["true", "1"])
def test_in_a_ci_job_the_file_is_in_the_working_folder(
    modules: Modules, gateway: GatewayHandle, home: Path, monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    work = home / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("CI", ci)
    assert modules.run("faas_login").result["config_path"] == ".openfaas/config.yml"
    assert gateway.url in (work / ".openfaas" / "config.yml").read_text()
    assert not (home / ".openfaas").exists()
    assert modules.run("faas_info", password=...).result["healthy"]


def test_many_processes_at_once_lose_no_entry(file: Path) -> None:
    forked = multiprocessing.get_context("fork")
    together = forked.Barrier(PROCESSES)

    def run(number: int) -> None:
        together.wait()
        log_in(file, f"http://gateway-{number}")

    processes = [forked.Process(target=run, args=(number,)) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    entries = yaml.safe_load(file.read_text())["auths"]
    assert {found["gateway"] for found in entries} == {f"http://gateway-{number}" for number in range(PROCESSES)}
    assert os.listdir(file.parent) == ["config.yml"]
