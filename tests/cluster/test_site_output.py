"""Secrets given to the site are seen by nobody: not at -vvvv, not in differences, logs or argument lists."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.cluster.site import Run, Site
from tests.cluster.test_site_errors import BEHIND_THE_INGRESS, play

LOUD = ("-vvvv", "--diff")
MARKER = "tr0ub4dor-and-three"
SECONDS_BETWEEN_LOOKS = 0.01


def marked(part: str) -> str:
    """A secret of its own for each way in."""
    return f"{MARKER}-{part}"


def encoded(text: str) -> str:
    """Base64 of a text, as Secrets hold it."""
    return b64encode(text.encode()).decode()


@contextmanager
def argument_lists() -> Iterator[set[bytes]]:
    """The argument lists of all processes of this machine, while the block lasts."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(SECONDS_BETWEEN_LOOKS):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    seen.add(path.read_bytes())

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield seen
    finally:
        over.set()
        looker.join()


def assert_kept(run: Run, seen: set[bytes], log: str, *secrets: str) -> None:
    """None of the secrets, plain or in base64, is in what a run gave away; the run did run at its loudest."""
    assert "ESTABLISH LOCAL CONNECTION" in run.output
    assert any(b"ansible-playbook" in arguments for arguments in seen)
    places = {
        "output": run.output,
        "results": repr(run.tasks),
        "argument lists": b"\n".join(seen).decode(errors="replace"),
        "log": log,
    }
    # As they are, as Secrets hold them, and as a login is sent.
    spellings = [form for secret in secrets for form in (secret, encoded(secret), encoded(f"admin:{secret}"))]
    for secret in spellings:
        for place, text in places.items():
            assert secret not in text, f"{secret} is in the {place}"


def give_password(site: Site, password: str) -> None:
    """Replace OpenFaaS' password by hand, as an administrator may."""
    secret = f'{{"data": {{"basic-auth-password": "{encoded(password)}"}}}}'
    site.kubectl("patch", "secret/basic-auth", "-n", "openfaas", "--type=merge", "-p", secret)
    deployments = ("deployment/gateway", "deployment/queue-worker")
    site.kubectl("rollout", "restart", "-n", "openfaas", *deployments)
    for deployment in deployments:
        site.kubectl("rollout", "status", deployment, "-n", "openfaas", "--timeout=180s")


def test_a_site_with_secrets_everywhere(site: Site, syslog: Callable[[], str]) -> None:
    """The password that was there, values of the chart; then a new password in its place."""
    site.converge()
    give_password(site, marked("password"))
    values: dict[str, Any] = {"note": {"password": marked("values")}}
    with argument_lists() as seen:
        run = site.run("site.yml", *LOUD, openfaas_values=values)
    assert_kept(run, seen, syslog(), marked("password"), marked("values"))
    assert site.password == marked("password")

    with argument_lists() as seen:
        run = site.run("site.yml", *LOUD, openfaas_password_rotate=True)
    assert site.password != marked("password")
    assert_kept(run, seen, syslog(), marked("password"), site.password)
    assert ("Secret", "basic-auth", "updated") in {
        (entry["kind"], entry["name"], entry["verb"])
        for entry in run.result("Have the gateway's user and password")["objects"]
    }
    site.is_now("converged")


def test_a_failing_site_with_secrets(site: Site, tmp_path: Path, syslog: Callable[[], str]) -> None:
    """A wrong password, a wrong token of the cluster, a chart that does not render with a secret value in it."""
    site.converge()
    with argument_lists() as seen:
        run = play(site, tmp_path, BEHIND_THE_INGRESS, *LOUD, functions_password=marked("wrong"))
    assert run.code != 0
    assert "password" in run.failure
    assert_kept(run, seen, syslog(), marked("wrong"))

    with argument_lists() as seen:
        # The chart wants a list here, and helm's complaint repeats what it got.
        run = site.command("site.yml", *LOUD, openfaas_values={"lab": {"privateImages": marked("values")}})
    assert run.code != 0
    assert "does not render" in run.failure
    assert_kept(run, seen, syslog(), marked("values"))
    assert run.writes == []
    site.is_now("converged")
