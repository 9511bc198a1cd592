"""HTTPS at the ingress: each issuer's certificate is verified by a client that trusts its authority alone."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.authority import Answer, Authority, asked
from tests.cluster.pebble import DIRECTORY, VALID_SECONDS, Pebble, pebble, resolved
from tests.cluster.site import PLAY, Run, Site
from tests.lab import additions
from tests.lab.cache import Cache
from tests.lab.instance import Instance

NAME = "faas.example.test"
UNKNOWN = "unknown.example.test"
CHALLENGE_SECONDS = 20
RENEWAL_SECONDS = 2.0 * VALID_SECONDS
SECONDS = 60.0


class Ingress:
    """The ingress as its clients see it."""

    def __init__(self, site: Site) -> None:
        self._node = site.node
        ports = "{range .spec.ports[*]}{.port}={.nodePort} {end}"
        told = site.kubectl("get", "service/istio-ingressgateway", "-n", "istio-system", "-o", f"jsonpath={ports}")
        self.ports = {int(port): int(node) for port, _, node in (pair.partition("=") for pair in told.split())}

    def plain(self, name: str = NAME, path: str = "/function/env?a=b") -> Answer:
        """The answer at port 80."""
        return asked((self._node, self.ports[80]), name, path)

    def secure(self, trusted: str, name: str = NAME) -> Answer:
        """The answer at port 443 to a client that trusts these authorities alone."""
        return asked((self._node, self.ports[443]), name, "/function/env", trusted)

    def answers_plainly(self, status: int, name: str = NAME) -> None:
        """Wait until HTTP is answered so: proxies learn of a Gateway a moment after it was written."""
        deadline = time.monotonic() + SECONDS
        while (found := self.plain(name).status) != status:
            assert time.monotonic() < deadline, f"HTTP still answers {found}"
            time.sleep(0.5)

    def assert_secure(self, trusted: str, name: str = NAME) -> None:
        """A function answers over HTTPS, and over HTTP there is only the way there."""
        self.answers_plainly(301, name)
        assert self.plain(name).headers["location"] == f"https://{name}:{self.ports[443]}/function/env?a=b"
        answer = self.secure(trusted, name)
        assert answer.status == 200
        assert "Http_X_Forwarded_Proto=https" in answer.text


@pytest.fixture(scope="module")
def with_programs(site: Site) -> None:
    """The lab has cert-manager's and pebble's images."""
    additions.provide_certificates(Instance(site.lab.name), Cache.default())


@pytest.fixture
def ingress(site: Site, with_programs: None, tmp_path: Path) -> Iterator[Ingress]:
    """The ingress of a site that serves HTTP alone, before and after; cert-manager stays for the next test."""
    site.converge()
    yield Ingress(site)
    play = {**PLAY, "tasks": [{"ansible.builtin.include_role": {"name": "faas.mesh.ingress"}}]}
    path = tmp_path / "http.yml"
    path.write_text(yaml.safe_dump([play]))
    assert site.command(path, ingress_https_secret="").code == 0
    site.is_now("converged")


@pytest.fixture(scope="module", autouse=True)
def without_certificates(site: Site) -> Iterator[None]:
    """In the end nothing is left of certificates, cert-manager and the ACME account."""
    yield
    done = site.role("tls", "teardown", tls_purge=["crds"])
    assert done.code == 0, done.output
    assert done.warnings == []
    assert not site.kubectl("get", "namespace/cert-manager", "--ignore-not-found")
    kinds = "customresourcedefinitions,clusterrolebindings,validatingwebhookconfigurations"
    left = site.kubectl("get", kinds, "-o", "name").split()
    # The rights of the site's own user are the lab's.
    assert [name for name in left if "cert-manager" in name and "faas-mesh-site:" not in name] == []
    site.kubectl("delete", "secret/openfaas-acme-account", "-n", "istio-system", "--ignore-not-found")
    site.is_now("converged")


def ten_lines(site: Site, folder: Path, *options: str, ingress: Any = None, **parameters: Any) -> Run:
    """Run the roles ingress and tls as users-to-be write it: what they are told are their own parameters.

    :param ingress: further ones of the role ingress.
    """
    first = {"role": "faas.mesh.ingress", "ingress_hosts": [NAME], **(ingress or {})}
    path = folder / "tls.yml"
    path.write_text(yaml.safe_dump([{**PLAY, "roles": [first, {"role": "faas.mesh.tls", **parameters}]}]))
    return site.command(path, *options)


def assert_quiet(run: Run) -> None:
    """A run that changed nothing."""
    assert run.code == 0, run.output
    assert run.counts["changed"] == {"lab": 0}
    assert run.writes == []


def told_alike(check: Run, real: Run) -> None:
    """Check mode named every object that the real run wrote, by the same tasks."""
    # The login that the check looks at is that at HTTP, the only one that answers then.
    known = [[task for task in run.executed if "Log in" not in task[0]] for run in (check, real)]
    assert known[0] == known[1]
    assert check.objects == real.objects
    assert check.writes == []


def test_the_whole_site_by_the_clusters_own_authority(site: Site, ingress: Ingress, tmp_path: Path) -> None:
    """Foretold, verified by the roles that log in and call, and quiet the second time."""
    trusted = tmp_path / "authorities" / "lab.pem"
    variables: dict[str, Any] = {"tls_issuer": "selfsigned", "tls_trusted_path": str(trusted), "tls_hsts_seconds": 600}
    check = site.run("site.yml", "--check", "--diff", **variables)
    assert not trusted.exists()
    real = site.run(**variables)
    told_alike(check, real)
    assert real.result("Prove that OpenFaaS answers inside the mesh")["source"].startswith("spiffe://")
    assert f"answered through https://{site.node}:{ingress.ports[443]}" in real.output

    ingress.assert_secure(trusted.read_text(), site.node)
    assert ingress.secure(trusted.read_text(), site.node).headers["strict-transport-security"] == "max-age=600"
    assert_quiet(site.run(**variables))


def test_your_authority_and_your_certificate(site: Site, ingress: Ingress, tmp_path: Path) -> None:
    """An authority of one's own signs; then a certificate is served that was made elsewhere, at last beside HTTP.

    No key is shown.
    """
    authority, other = Authority("one"), Authority("another")
    parameters: dict[str, Any] = {
        "tls_issuer": "ca",
        "tls_ca_certificate": authority.certificate,
        "tls_ca_key": authority.key,
        "tls_trusted_path": str(tmp_path / "ca.pem"),
    }
    first = ten_lines(site, tmp_path, "--diff", **parameters)
    assert first.code == 0, first.output
    ingress.assert_secure(authority.certificate)
    assert (tmp_path / "ca.pem").read_text() == authority.certificate
    assert_quiet(ten_lines(site, tmp_path, **parameters))

    certificate, key = other.issued(NAME)
    (tmp_path / "tls.crt").write_text(certificate)
    (tmp_path / "tls.key").write_text(key)
    given = {
        "tls_issuer": "given",
        "tls_certificate_path": str(tmp_path / "tls.crt"),
        "tls_key_path": str(tmp_path / "tls.key"),
    }
    second = ten_lines(site, tmp_path, "--diff", **given)
    assert second.code == 0, second.output
    ingress.assert_secure(other.certificate)
    assert_quiet(ten_lines(site, tmp_path, **given))

    beside = ten_lines(site, tmp_path, **given, tls_redirect=False)
    assert beside.code == 0, beside.output
    ingress.answers_plainly(200)
    assert ingress.secure(other.certificate).status == 200
    assert_quiet(ten_lines(site, tmp_path, **given, tls_redirect=False))
    shown = first.output + second.output + repr(first.tasks) + repr(second.tasks)
    assert not [line for line in (authority.key + key).splitlines() if "PRIVATE" not in line and line in shown]


def renewed(ingress: Ingress, trusted: str) -> None:
    """Wait until another certificate is served than now, which is verified too."""

    def serial() -> str | None:
        try:
            return ingress.secure(trusted).serial
        except ssl.SSLCertVerificationError:
            # On a busy machine the old one may end before the new one is there.
            return None

    before = ingress.secure(trusted).serial
    deadline = time.monotonic() + RENEWAL_SECONDS
    while serial() in (None, before):
        assert time.monotonic() < deadline, "the certificate is not renewed"
        time.sleep(1)


@pytest.fixture(scope="module")
def acme(site: Site, with_programs: None) -> Iterator[Pebble]:
    """An ACME server that reaches the ingress by its name."""
    site.converge()
    with resolved(site, NAME), pebble(site) as server:
        yield server


def acme_by(server: Pebble, **more: Any) -> dict[str, Any]:
    """What the role is told for an ACME server."""
    return {"tls_issuer": "acme", "tls_acme_server": DIRECTORY, "tls_acme_server_ca": server.authority, **more}


def test_a_certificate_by_acme(site: Site, ingress: Ingress, acme: Pebble, tmp_path: Path) -> None:
    """By HTTP-01 through the ingress, and renewed through the redirect by itself."""
    parameters = acme_by(acme, tls_min_version="1.3")
    first = ten_lines(site, tmp_path, **parameters)
    assert first.code == 0, first.output
    ingress.assert_secure(acme.root())
    assert_quiet(ten_lines(site, tmp_path, **parameters))
    renewed(ingress, acme.root())


def test_a_challenge_that_fails_names_its_reason(site: Site, ingress: Ingress, acme: Pebble, tmp_path: Path) -> None:
    """In one sentence, while the ingress goes on to serve HTTP."""
    parameters = acme_by(acme, tls_hosts=[NAME, UNKNOWN], tls_timeout=CHALLENGE_SECONDS)
    failed = ten_lines(site, tmp_path, **parameters)
    assert failed.code != 0
    assert f"(HTTP-01 for {UNKNOWN}) is pending" in failed.failure
    assert f"lookup {UNKNOWN}" in failed.failure
    assert ingress.plain().status == 200
