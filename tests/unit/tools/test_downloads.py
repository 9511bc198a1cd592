"""The way of a file from a server to this machine, with what can happen to it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.tools.conftest import Tools
from tests.unit.tools.mirror import HERE, Mirror, kubectl, running_mirror, sha256

VERSION = "1.36.3"
PATH = f"/v{VERSION}/bin/{HERE}/kubectl"
GOOD = kubectl(VERSION) + b"# " + b"x" * 100_000


def wanted(url: str, **options: Any) -> dict[str, Any]:
    """kubectl from a server, with its sum known."""
    return {"name": "kubectl", "version": VERSION, "base_url": url, "sha256": sha256(GOOD), **options}


def test_a_download_that_is_cut_off_goes_on_where_it_was(tools: Tools, mirror: Mirror) -> None:
    mirror.put(PATH, GOOD)
    mirror.cuts[PATH] = [40_000, 80_000]
    assert tools.have(wanted(mirror.url))["changed"]
    assert tools.files() == {"kubectl": GOOD}
    assert [headers.get("Range") for headers in mirror.headers] == [None, "bytes=40000-", "bytes=80000-"]
    assert all("If-Range" in headers for headers in mirror.headers[1:])


def test_a_file_that_changes_on_the_way_is_fetched_anew(tools: Tools, mirror: Mirror) -> None:
    """The server gives the whole of the new file, since the tag is not that of the first part."""
    mirror.put(PATH, GOOD)
    mirror.cuts[PATH] = [40_000]
    mirror.ranges = False
    assert tools.have(wanted(mirror.url))["changed"]
    assert tools.files() == {"kubectl": GOOD}


def test_a_server_that_always_cuts_off_is_given_up(tools: Tools, mirror: Mirror) -> None:
    mirror.put(PATH, GOOD)
    mirror.cuts[PATH] = [40_000] * 1000
    failed = tools.have(wanted(mirror.url), timeout=1)
    assert f"{mirror.url}{PATH} is cut off after 40000 of {len(GOOD)} bytes, again and again" in failed["msg"]
    assert tools.files() == {}


def test_a_file_that_is_short_on_the_server_has_another_sum(tools: Tools, mirror: Mirror) -> None:
    mirror.put(PATH, GOOD[:50_000])
    failed = tools.have(wanted(mirror.url))
    assert sha256(GOOD[:50_000]) in failed["msg"]
    assert sha256(GOOD) in failed["msg"]


def test_a_busy_server_is_waited_for(tools: Tools, mirror: Mirror) -> None:
    mirror.put(PATH, GOOD)
    mirror.statuses[PATH] = [503, 429]
    assert tools.have(wanted(mirror.url))["changed"]
    assert mirror.asked == [PATH] * 3


def test_a_missing_release_is_not_asked_for_again(tools: Tools, mirror: Mirror) -> None:
    failed = tools.have(wanted(mirror.url))
    assert f"{mirror.url}{PATH} answers with status 404 (Not Found): check the version" in failed["msg"]
    assert mirror.asked == [PATH]


def test_a_redirect_is_followed(tools: Tools, mirror: Mirror) -> None:
    mirror.redirects[PATH] = f"{mirror.url}/elsewhere"
    mirror.put("/elsewhere", GOOD)
    assert tools.have(wanted(mirror.url))["changed"]


def test_the_environments_proxy_is_asked(tools: Tools, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", mirror.url)
    mirror.put(PATH, GOOD)
    assert tools.have(wanted("http://releases.test"))["changed"]
    assert mirror.hosts == ["releases.test"]


def test_no_proxy_goes_past_the_proxy(tools: Tools, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror.put(PATH, GOOD)
    with running_mirror() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert tools.have(wanted(mirror.url))["changed"]
        assert proxy.asked == []


def test_a_server_that_is_not_there_is_named(tools: Tools) -> None:
    with running_mirror() as gone:
        url = gone.url
    failed = tools.have(wanted(url), timeout=1)
    assert f"No answer from {url}{PATH} (Connection refused): check the address" in failed["msg"]


def test_a_checksum_is_not_taken_from_a_network_that_everybody_can_change(tools: Tools) -> None:
    failed = tools.have(wanted("http://releases.test", sha256=None))
    assert "would be asked without TLS" in failed["msg"]
    assert "give the sum, or an https:// address" in failed["msg"]


@pytest.mark.parametrize("check", [True, False])
def test_a_login_in_an_address_is_used_and_never_shown(tools: Tools, mirror: Mirror, check: bool) -> None:
    marker = "marker-0123456789"
    mirror.login = f"reader:{marker}"
    mirror.put(PATH, GOOD)
    url = mirror.url.replace("http://", f"http://reader:{marker}@")
    done = tools.have(wanted(url, sha256=None), check=check)
    assert done["changed"]
    assert done["tools"][0]["checksum_source"] == f"{mirror.url}{PATH}.sha256"
    assert marker not in tools.text
    mirror.files.clear()
    assert "answers with status 404" in tools.have({**wanted(url), "version": "1.36.4"})["msg"]
    assert marker not in tools.text
    mirror.login = "reader:another"
    assert "answers with status 401" in tools.have({**wanted(url), "version": "1.36.4"})["msg"]
    assert marker not in tools.text
