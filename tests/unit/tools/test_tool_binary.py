"""Putting tools into a folder: what a user sees of good and bad downloads."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.unit.tools.conftest import Tools
from tests.unit.tools.mirror import HERE, Mirror, archive, elf, istioctl, kubectl, script, sha256

VERSION = "1.36.3"
PATH = f"/v{VERSION}/bin/{HERE}/kubectl"
OTHER = {"amd64": "arm64", "arm64": "amd64"}[HERE.architecture]


def wanted(mirror: Mirror, **options: Any) -> dict[str, Any]:
    """kubectl from the mirror; an option that is None is left out."""
    given = {"name": "kubectl", "version": VERSION, "base_url": mirror.url, **options}
    return {name: value for name, value in given.items() if value is not None}


def test_a_tool_is_installed_once_and_then_kept(tools: Tools, mirror: Mirror) -> None:
    mirror.put(PATH, kubectl(VERSION))
    first = tools.have(wanted(mirror))
    assert first["changed"], first
    assert first["platform"] == str(HERE)
    assert first["tools"] == [
        {
            "name": "kubectl",
            "path": f"{tools.folder}/kubectl",
            "version": VERSION,
            "previous_version": None,
            "changed": True,
            "origin": mirror.url + PATH,
            "sha256": sha256(kubectl(VERSION)),
            "checksum_source": f"{mirror.url}{PATH}.sha256",
        }
    ]
    assert first["diff"] == {"before": {}, "after": {f"{tools.folder}/kubectl": VERSION}}
    assert tools.files() == {"kubectl": kubectl(VERSION)}
    assert stat.S_IMODE((tools.folder / "kubectl").stat().st_mode) == 0o755

    asked = list(mirror.asked)
    second = tools.have(wanted(mirror))
    assert not second["changed"]
    assert second["tools"][0]["previous_version"] == VERSION
    assert mirror.asked == asked


def test_another_version_is_replaced_and_the_diff_says_both(tools: Tools, mirror: Mirror) -> None:
    tools.folder.mkdir(parents=True)
    (tools.folder / "kubectl").write_bytes(kubectl("1.35.0"))
    (tools.folder / "kubectl").chmod(0o755)
    mirror.put(PATH, kubectl(VERSION))
    path = f"{tools.folder}/kubectl"

    predicted = tools.have(wanted(mirror), check=True)
    assert tools.files() == {"kubectl": kubectl("1.35.0")}
    assert mirror.asked == [f"{PATH}.sha256"]
    done = tools.have(wanted(mirror))
    assert predicted == done
    assert done["diff"] == {"before": {path: "1.35.0"}, "after": {path: VERSION}}
    assert tools.files() == {"kubectl": kubectl(VERSION)}


def test_check_mode_makes_no_folder(tools: Tools, mirror: Mirror) -> None:
    mirror.put(PATH, kubectl(VERSION))
    assert tools.have(wanted(mirror), check=True)["changed"]
    assert not tools.folder.parent.exists()


def test_a_tool_comes_out_of_its_archive_alone(tools: Tools, mirror: Mirror) -> None:
    system = {"darwin": "osx"}.get(HERE.system, HERE.system)
    name = f"istioctl-1.31.1-{system}-{HERE.architecture}.tar.gz"
    packed = archive(README=b"words", istioctl=istioctl("1.31.1"))
    mirror.put(f"/1.31.1/{name}", packed, checksum=f"{sha256(packed)}  ./release/{name}\n")
    assert tools.have({"name": "istioctl", "version": "v1.31.1", "base_url": mirror.url})["changed"]
    assert tools.files() == {"istioctl": istioctl("1.31.1")}
    assert [path.name for path in tools.folder.parent.iterdir()] == ["bin"]


def test_helm_is_taken_from_a_file_with_its_checksum_beside(tools: Tools, tmp_path: Path) -> None:
    folder = f"{HERE.system}-{HERE.architecture}"
    packed = archive(**{f"{folder}/helm": script("v3.22.0+g1234567")})
    path = tmp_path / f"helm-v3.22.0-{folder}.tar.gz"
    path.write_bytes(packed)
    asked = {"name": "helm", "version": "3.22.0", "file": str(path)}
    refused = tools.have(asked)
    assert f"put the publisher's checksum file at {path}.sha256" in refused["msg"]

    Path(f"{path}.sha256").write_text(sha256(packed) + "\n")
    assert tools.have(asked)["changed"]
    assert not tools.have(asked)["changed"]
    assert path.read_bytes() == packed


def test_a_changed_file_stops_everything_and_both_sums_are_shown(tools: Tools, mirror: Mirror) -> None:
    tools.folder.mkdir(parents=True)
    (tools.folder / "kubectl").write_bytes(kubectl("1.35.0"))
    (tools.folder / "kubectl").chmod(0o755)
    trace = tools.folder.parent / "was run"
    evil = f"#!/bin/sh\ntouch '{trace}'\n".encode()
    mirror.put("/1.31.1/faas-cli", script("0.18.0"))
    mirror.put(PATH, evil, checksum=sha256(kubectl(VERSION)))
    system = {"darwin": "osx"}.get(HERE.system, HERE.system)
    good = archive(istioctl=istioctl("1.31.1"))
    mirror.put(f"/1.31.1/istioctl-1.31.1-{system}-{HERE.architecture}.tar.gz", good)

    failed = tools.have({"name": "istioctl", "version": "1.31.1", "base_url": mirror.url}, wanted(mirror))
    assert sha256(evil) in failed["msg"]
    assert sha256(kubectl(VERSION)) in failed["msg"]
    assert "nothing was replaced" in failed["msg"]
    assert tools.files() == {"kubectl": kubectl("1.35.0")}
    assert not trace.exists()


def test_the_users_own_sum_and_the_table_come_before_the_publishers_file(tools: Tools, mirror: Mirror) -> None:
    mirror.put(PATH, kubectl(VERSION), checksum="f" * 64)
    assert "f" * 64 in tools.have(wanted(mirror))["msg"]

    row = {"sha256": sha256(kubectl(VERSION)), "source": "https://publisher.test/kubectl.sha256"}
    pins = {"kubectl": {VERSION: {str(HERE): row}}}
    predicted = tools.have(wanted(mirror), pins=pins, check=True)
    assert predicted["tools"][0]["checksum_source"] == row["source"]
    assert "a" * 64 in tools.have(wanted(mirror, sha256="a" * 64), pins=pins)["msg"]
    mirror.asked.clear()
    assert tools.have(wanted(mirror), pins=pins)["changed"]
    assert mirror.asked == [PATH]


def test_a_file_for_another_architecture_is_refused_before_it_runs(tools: Tools, mirror: Mirror) -> None:
    mirror.put(PATH, elf(OTHER))
    failed = tools.have(wanted(mirror))
    assert f"is built for linux/{OTHER}, and this machine is {HERE}: it was not run" in failed["msg"]
    # With the sum of the right file, the sums tell first.
    failed = tools.have(wanted(mirror, sha256=sha256(elf(HERE.architecture))))
    assert sha256(elf(OTHER)) in failed["msg"]
    assert sha256(elf(HERE.architecture)) in failed["msg"]
    assert tools.files() == {}


def test_a_page_in_the_place_of_a_program_is_refused(tools: Tools, mirror: Mirror) -> None:
    mirror.put(PATH, b"<html>Please log in</html>")
    assert "is no program: check what the address really serves" in tools.have(wanted(mirror))["msg"]
    mirror.put(PATH, kubectl(VERSION), checksum="<html>Please log in</html>")
    assert "holds no SHA-256 sum of kubectl" in tools.have(wanted(mirror))["msg"]


def test_a_file_with_another_version_is_refused(tools: Tools, mirror: Mirror) -> None:
    mirror.put(PATH, kubectl("1.36.2"))
    assert "says that its version is 1.36.2: nothing was replaced" in tools.have(wanted(mirror))["msg"]
    assert tools.files() == {}


def test_an_archive_without_the_tool_is_refused(tools: Tools, mirror: Mirror) -> None:
    path = f"/helm-v3.22.0-{HERE.system}-{HERE.architecture}.tar.gz"
    helm = {"name": "helm", "version": "3.22.0", "base_url": mirror.url}
    mirror.put(path, archive(helm=b"elsewhere"))
    assert f"holds no file {HERE.system}-{HERE.architecture}/helm" in tools.have(helm)["msg"]
    mirror.put(path, archive(helm=b"elsewhere")[:60])
    assert "is no .tar.gz archive, or a damaged one" in tools.have(helm)["msg"]
    mirror.put(path, b"text")
    assert "is no .tar.gz archive, or a damaged one" in tools.have(helm)["msg"]


def test_a_broken_program_is_replaced(tools: Tools, mirror: Mirror) -> None:
    tools.folder.mkdir(parents=True)
    (tools.folder / "kubectl").write_bytes(elf(OTHER))
    (tools.folder / "kubectl").chmod(0o755)
    mirror.put(PATH, kubectl(VERSION))
    assert tools.have(wanted(mirror))["tools"][0]["previous_version"] == "unknown"
    assert tools.files() == {"kubectl": kubectl(VERSION)}


def test_a_link_is_replaced_and_what_it_points_to_is_kept(tools: Tools, mirror: Mirror, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes(kubectl("1.30.0"))
    theirs.chmod(0o755)
    tools.folder.mkdir(parents=True)
    (tools.folder / "kubectl").symlink_to(theirs)
    mirror.put(PATH, kubectl(VERSION))
    assert tools.have(wanted(mirror))["tools"][0]["previous_version"] == "1.30.0"
    assert theirs.read_bytes() == kubectl("1.30.0")


def test_absent_removes_what_is_named_and_nothing_else(tools: Tools, mirror: Mirror) -> None:
    mirror.put(PATH, kubectl(VERSION))
    tools.have(wanted(mirror))
    (tools.folder / "mine").write_text("mine")
    named = ({"name": "kubectl"}, {"name": "helm"})
    predicted = tools.have(*named, state="absent", check=True)
    assert (tools.folder / "kubectl").exists()
    done = tools.have(*named, state="absent")
    assert predicted == done
    assert [row["changed"] for row in done["tools"]] == [True, False]
    assert tools.files() == {"mine": b"mine"}
    assert not tools.have(*named, state="absent")["changed"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"version": "1.36"}, "'1.36' is no version of kubectl: give all three numbers"),
        ({"version": "../../x"}, "'../../x' is no version of kubectl"),
        ({"version": None}, "The tool kubectl is listed without its version"),
        ({"sha256": "abc"}, "the option sha256 of kubectl is no SHA-256 sum"),
        ({"base_url": "ftp://mirror.test"}, "The address in base_url of kubectl is none that this module can ask"),
        ({"base_url": None, "file": "/no/such/kubectl"}, "There is no file /no/such/kubectl for kubectl"),
    ],
)
def test_bad_input_is_one_sentence(tools: Tools, mirror: Mirror, options: dict[str, Any], said: str) -> None:
    failed = tools.have(wanted(mirror, **options))
    assert said in failed["msg"]
    assert mirror.asked == []


def test_a_table_of_another_form_is_named(tools: Tools, mirror: Mirror) -> None:
    failed = tools.have(wanted(mirror), pins={"kubectl": {VERSION: {str(HERE): "abc"}}})
    assert f"at pins.kubectl.{VERSION}.{HERE}: sha256 is missing" in failed["msg"]
    failed = tools.have(wanted(mirror), pins={"kubectl": ["1.36.3"]})
    assert "a mapping is missing" in failed["msg"]


def test_a_tool_that_is_listed_twice_is_refused(tools: Tools, mirror: Mirror) -> None:
    assert "The tool kubectl is listed twice" in tools.have(wanted(mirror), wanted(mirror))["msg"]


def test_a_place_that_cannot_be_written_is_named_before_anything_is_fetched(
    tools: Tools, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.put(PATH, kubectl(VERSION))
    (tmp_path / "some folder").write_text("a file")
    for check in (True, False):
        said = tools.have(wanted(mirror), check=check)["msg"]
        assert f"{tmp_path}/some folder is no folder, so the tools cannot be put into {tools.folder}" in said
    os.remove(tmp_path / "some folder")
    (tools.folder / "kubectl").mkdir(parents=True)
    assert "is a folder, where a program should be" in tools.have(wanted(mirror))["msg"]
    assert PATH not in mirror.asked


def test_the_table_of_the_publishers_sums_is_what_pins_takes(tools: Tools, mirror: Mirror) -> None:
    for architecture in ("amd64", "arm64"):
        path = f"/v{VERSION}/bin/linux/{architecture}/kubectl"
        mirror.put(path, kubectl(VERSION) + architecture.encode())
    asked = {"name": "kubectl", "version": VERSION, "base_url": mirror.url}
    read = tools.run("tool_checksum_info", tools=[asked], platforms=["linux/amd64", "linux/arm64"])
    assert read["changed"] is False
    assert read["pins"]["kubectl"][VERSION]["linux/arm64"] == {
        "sha256": sha256(kubectl(VERSION) + b"arm64"),
        "source": f"{mirror.url}/v{VERSION}/bin/linux/arm64/kubectl.sha256",
    }
    predicted = tools.have(wanted(mirror), pins=read["pins"], check=True)
    source = predicted["tools"][0]["checksum_source"]
    assert source == f"{mirror.url}{PATH}.sha256"

    missing = tools.run("tool_checksum_info", tools=[asked], platforms=["darwin/arm64"])
    assert "answers with status 404" in missing["msg"]
