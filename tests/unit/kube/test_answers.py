"""What becomes of the API server's answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from ansible_collections.faas.mesh.plugins.module_utils._errors import MeshError, NotAuthenticated, PassingFault
from ansible_collections.faas.mesh.plugins.module_utils._kube.connection import Answer, ApiError, Cluster

SERVER = "https://api.example.com"


@dataclass
class Recorded:
    """A server that answers what it is told to, and a clock that does not wait."""

    answers: list[Answer]
    pauses: list[float] = field(default_factory=list)

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
        """The next answer; the last one again and again."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def now(self) -> float:
        """The seconds so far."""
        return sum(self.pauses)

    def sleep(self, seconds: float) -> None:
        """Let them pass."""
        self.pauses.append(seconds)


def status(code: int, message: str = "it says so", **more: object) -> Answer:
    """A refusal as the API server writes it."""
    return Answer(code, {}, json.dumps({"kind": "Status", "message": message, **more}).encode())


def cluster(*answers: Answer) -> tuple[Cluster, Recorded]:
    """A cluster that answers so."""
    recorded = Recorded(list(answers))
    return Cluster(recorded, SERVER, recorded, patience=20.0), recorded


OK = Answer(200, {}, b'{"kind": "X"}')


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (status(401), NotAuthenticated),
        (status(403, 'User "system:anonymous" cannot get'), NotAuthenticated),
        (status(403), ApiError),
        (status(409), ApiError),
        (status(422), ApiError),
        (status(500, "duplicate entries for key"), ApiError),
    ],
)
def test_what_is_final_is_not_asked_again(refusal: Answer, kind: type[MeshError]) -> None:
    """One request, one sentence that names the server."""
    asked, recorded = cluster(refusal, OK)
    with pytest.raises(kind, match=SERVER):
        asked.request("PATCH", "/api/v1/x")
    assert recorded.pauses == []


@pytest.mark.parametrize(
    "refusal",
    [
        status(429),
        status(500, "etcdserver: request timed out"),
        status(503),
        status(500, 'Internal error occurred: failed calling webhook "x": no route'),
    ],
)
def test_what_may_pass_is_asked_again(refusal: Answer) -> None:
    """Until it has passed, or the patience is over; pauses grow."""
    asked, recorded = cluster(refusal, refusal, OK)
    assert asked.request("PATCH", "/api/v1/x") == {"kind": "X"}
    assert len(recorded.pauses) == 2
    asked, recorded = cluster(refusal)
    with pytest.raises(PassingFault, match=SERVER):
        asked.request("PATCH", "/api/v1/x")
    # A server that answers at all is given the whole time.
    assert 12 < sum(recorded.pauses) <= 20
    assert max(recorded.pauses) <= 5
    assert recorded.pauses[-1] > recorded.pauses[0]


def test_an_address_where_nothing_answers_is_given_up_early() -> None:
    """It is most likely wrong."""

    @dataclass
    class Silent(Recorded):
        def send(self, method: str, target: str, headers: dict[str, str], body: bytes | None, seconds: float) -> Answer:
            raise PassingFault(f"{SERVER} cannot be reached: connection refused.")

    silent = Silent([])
    with pytest.raises(PassingFault, match="connection refused"):
        Cluster(silent, SERVER, silent, patience=300.0).get("/api")
    assert sum(silent.pauses) <= 8


def test_a_question_does_not_wait_for_a_webhook() -> None:
    """Only what is written does."""
    asked, recorded = cluster(status(500, 'failed calling webhook "x": no route'), OK)
    with pytest.raises(MeshError, match='webhook "x"'):
        asked.request("PATCH", "/api/v1/x", query={"dryRun": "All"})
    assert recorded.pauses == []


def test_requests_are_counted_by_what_they_are() -> None:
    """Reads, dry runs, writes and reviews; retries count too."""
    asked, _recorded = cluster(status(503), OK)
    asked.get("/api/v1/x")
    asked.request("PATCH", "/api/v1/x", query={"dryRun": "All"})
    asked.request("DELETE", "/api/v1/x")
    asked.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
    assert asked.requests == {"read": 2, "dry_run": 1, "write": 1, "review": 1}


def test_what_is_no_api_server_is_told() -> None:
    """A web page, say."""
    asked, _recorded = cluster(Answer(200, {}, b"<html>"))
    with pytest.raises(MeshError, match=f"{SERVER} does not answer as a Kubernetes API server does"):
        asked.get("/api")


def test_absence_is_none() -> None:
    """And no error."""
    asked, _recorded = cluster(status(404))
    assert asked.get("/api/v1/x") is None
    assert list(asked.items("/api/v1/x")) == []
