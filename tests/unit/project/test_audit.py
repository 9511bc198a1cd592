"""Counting requests and writes in an audit log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.site.audit import AuditLog


def event(verb: str, uri: str, user: str = "site", stage: str = "ResponseComplete", **reference: str) -> dict[str, Any]:
    """An audit event of the level Metadata, with the fields that counting reads."""
    return {"verb": verb, "requestURI": uri, "user": {"username": user}, "stage": stage, "objectRef": reference}


def written(path: Path, *events: dict[str, Any]) -> AuditLog:
    """A log that holds ``events``."""
    with path.open("a") as log:
        log.writelines(json.dumps(event) + "\n" for event in events)
    return AuditLog(path)


def test_only_the_users_requests_since_the_start_count(tmp_path: Path) -> None:
    """Another user's requests and those before the run are left out."""
    log = written(tmp_path / "audit.log", event("get", "/api/v1/nodes"))
    start = log.end()
    written(log.path, event("list", "/api/v1/pods"), event("list", "/api/v1/pods", user="somebody"))
    assert log.traffic("site", start).requests == 1


def test_a_request_counts_once_although_it_has_stages(tmp_path: Path) -> None:
    """A watch has a start and an end long after it; other requests end."""
    log = written(
        tmp_path / "audit.log",
        event("watch", "/api/v1/pods?watch=1", stage="ResponseStarted"),
        event("watch", "/api/v1/pods?watch=1"),
        event("get", "/api/v1/pods/a", stage="RequestReceived"),
        event("get", "/api/v1/pods/a"),
    )
    assert log.traffic("site", 0).requests == 2


def test_dry_runs_and_access_reviews_are_requests_but_no_writes(tmp_path: Path) -> None:
    """Only a request that stores something is a write."""
    log = written(
        tmp_path / "audit.log",
        event("patch", "/api/v1/namespaces/a?fieldManager=faas.mesh&force=true"),
        event("patch", "/api/v1/namespaces/a?dryRun=All&fieldManager=faas.mesh"),
        event("create", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", apiGroup="authorization.k8s.io"),
        event("get", "/api/v1/namespaces/a"),
    )
    traffic = log.traffic("site", 0)
    assert traffic.requests == 4
    assert traffic.writes == ("patch /api/v1/namespaces/a",)


def test_a_log_that_does_not_exist_yet_begins_at_zero(tmp_path: Path) -> None:
    """Before the first start of the lab there is no log."""
    assert AuditLog(tmp_path / "audit.log").end() == 0


def test_a_run_that_begins_amid_an_event_has_all_of_its_own_and_no_other(tmp_path: Path) -> None:
    """The server writes while the position is taken: that event is of before, and the next one is whole."""
    log = written(tmp_path / "audit.log", event("get", "/api/v1/nodes"))
    half = json.dumps(event("list", "/api/v1/pods?" + "x" * 200, user="somebody")) + "\n"
    with log.path.open("a") as file:
        file.write(half[:150])
    start = log.end()
    with log.path.open("a") as file:
        file.write(half[150:])
    written(log.path, event("list", "/api/v1/pods"))
    assert [found["user"]["username"] for found in log.events(start)] == ["site"]
    with log.path.open("a") as file:
        file.write(half[:150])
    assert log.traffic("site", 0).requests == 2
