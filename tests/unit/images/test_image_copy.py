"""The module image_copy: what is copied, what check mode foretells, and what a failure says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.images.conftest import Registries, digest

PILOT, PILOT_THERE = "outer.test/istio/pilot:1", "inner.test/mirror/istio/pilot:1"
ECHO, ECHO_THERE = "outer.test/faasmesh/echo:1", "inner.test/mirror/faasmesh/echo:1"
BOTH = {PILOT: PILOT_THERE, ECHO: ECHO_THERE}
SOURCES = {PILOT: "the pilot", ECHO: "the echo"}


def test_what_is_missing_or_another_image_is_copied(registries: Registries) -> None:
    registries.arrange({**SOURCES, ECHO_THERE: "an older echo"})
    done = registries.run(BOTH)
    assert done["changed"]
    assert [(each["verb"], each["previous_digest"]) for each in done["images"]] == [
        ("copied", None),
        ("copied", digest("an older echo")),
    ]
    assert {each["target"]: each["digest"] for each in done["images"]} == {
        PILOT_THERE: digest("the pilot"),
        ECHO_THERE: digest("the echo"),
    }
    assert registries.images[ECHO_THERE] == "the echo"
    assert done["diff"]["before"] == f"{ECHO_THERE} {digest('an older echo')}\n"
    assert done["diff"]["after"].splitlines()[0] == f"{PILOT_THERE} {digest('the pilot')}"


def test_check_mode_foretells_the_run_and_copies_nothing(registries: Registries) -> None:
    registries.arrange({**SOURCES, ECHO_THERE: "the echo"})
    foretold = registries.run(BOTH, check=True)
    assert registries.copies == 0
    assert PILOT_THERE not in registries.images
    done = registries.run(BOTH)
    assert [each["verb"] for each in done["images"]] == ["copied", "unchanged"]
    for part in ("changed", "images", "diff"):
        assert foretold[part] == done[part]


def test_a_second_run_copies_nothing(registries: Registries) -> None:
    registries.arrange(SOURCES)
    registries.run(BOTH)
    assert registries.copies == len(BOTH)
    again = registries.run(BOTH)
    assert not again["changed"]
    assert registries.copies == len(BOTH)
    assert again["diff"] == {"before": "", "after": ""}


@pytest.mark.parametrize(
    ("host", "trouble", "sentence"),
    [
        ("outer.test", "refused", "outer.test cannot be reached ("),
        ("inner.test", "unknown", "inner.test cannot be reached ("),
        ("inner.test", "login", f"inner.test does not let this login at {PILOT_THERE} ("),
        ("outer.test", "certificate", "The certificate of outer.test cannot be verified ("),
    ],
)
def test_a_registry_in_trouble_is_one_sentence(registries: Registries, host: str, trouble: str, sentence: str) -> None:
    registries.arrange(SOURCES, {host: trouble})
    for check in (True, False):
        failed = registries.run({PILOT: PILOT_THERE}, check=check)
        assert failed["failed"]
        assert failed["msg"].startswith(sentence)
        assert "level=fatal" not in failed["msg"]
        assert "\n" not in failed["msg"]
    assert registries.copies == 0


def test_an_image_that_is_nowhere_stops_before_the_first_copy(registries: Registries) -> None:
    registries.arrange({PILOT: "the pilot"})
    failed = registries.run(BOTH)
    assert failed["msg"] == f"{ECHO} is not in its registry: check name and tag, or copy it there first."
    assert registries.copies == 0


def test_what_fails_midway_tells_what_was_copied(registries: Registries) -> None:
    other = "full.test/echo:1"
    registries.arrange(SOURCES, {"full.test": "full"})
    failed = registries.run({PILOT: PILOT_THERE, ECHO: other})
    assert failed["failed"]
    assert f"cannot handle {other}: " in failed["msg"]
    assert "507" in failed["msg"]
    assert failed["changed"]
    assert [each["target"] for each in failed["images"]] == [PILOT_THERE]


def test_an_image_that_arrives_as_another_is_a_failure(registries: Registries) -> None:
    registries.arrange(SOURCES, arrives="something else")
    failed = registries.run({PILOT: PILOT_THERE})
    assert f"{PILOT_THERE} has the digest {digest('something else')} and not {digest('the pilot')}" in failed["msg"]


def test_two_images_for_one_name_are_refused(registries: Registries) -> None:
    registries.arrange(SOURCES)
    failed = registries.run({PILOT: PILOT_THERE, ECHO: PILOT_THERE})
    assert failed["msg"] == (
        f"{PILOT} and {ECHO} would both be copied to {PILOT_THERE}: give one of them another target."
    )
    assert registries.calls == []


def test_logins_and_authorities_go_in_by_files(registries: Registries) -> None:
    registries.arrange(SOURCES)
    logins = registries.folder / "logins.json"
    logins.write_text('{"auths": {"inner.test": {"auth": "dXNlcjpzZWNyZXQ="}}}')
    done = registries.run({PILOT: PILOT_THERE}, auth_file=str(logins), ca_path="/etc/ssl/own.pem")
    assert done["changed"]
    for call in registries.calls:
        assert "dXNlcjpzZWNyZXQ" not in str(call)
        assert call["environment"]["REGISTRY_AUTH_FILE"] == str(logins)
        assert call["environment"]["SSL_CERT_FILE"] == "/etc/ssl/own.pem"
        assert (Path(call["environment"]["DOCKER_CONFIG"]) / "config.json").resolve() == logins
    missing = registries.run({PILOT: PILOT_THERE}, auth_file=str(registries.folder / "none.json"))
    assert missing["msg"].startswith(f"There is no file {registries.folder}/none.json")


def test_certificates_are_verified_unless_that_is_switched_off(registries: Registries) -> None:
    registries.arrange(SOURCES)
    flags = {"--insecure", "--tls-verify=false", "--src-tls-verify=false", "--dest-tls-verify=false"}
    registries.run({PILOT: PILOT_THERE})
    careful = registries.calls
    assert not [call for call in careful if flags & set(call["argv"])]
    registries.run({ECHO: ECHO_THERE}, validate_certs=False)
    careless = registries.calls[len(careful) :]
    assert len(careless) == 4
    assert all(flags & set(call["argv"]) for call in careless)


def test_without_either_program_the_user_is_told(registries: Registries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(registries.folder / "nothing"))
    failed = registries.run({PILOT: PILOT_THERE}, program=None)
    assert failed["msg"].startswith("Neither crane nor skopeo is in this machine's PATH")


def test_whichever_program_is_there_is_taken(registries: Registries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(registries.folder))
    registries.arrange(SOURCES)
    assert registries.run({PILOT: PILOT_THERE}, program=None)["program"] == registries.program.name
