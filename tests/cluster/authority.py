"""A certificate authority of the tests' own, and a client that trusts one authority alone."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID = timedelta(days=2)
SECONDS = 30.0


class Authority:
    """An authority that signs what it is asked to."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        public = self._key.public_key()
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        self._certificate = (
            self._builder(self._name, public)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def certificate(self) -> str:
        """Its own certificate, as PEM."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key(self) -> str:
        """Its key, as PEM."""
        return _pem(self._key)

    def issued(self, *names: str) -> tuple[str, str]:
        """A certificate for host names, and its key, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            self._builder(subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode(), _pem(key)

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + VALID)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@dataclass(frozen=True)
class Answer:
    """What a server answered, and the serial number of the certificate that it showed; empty without TLS."""

    status: int
    headers: dict[str, str]
    text: str
    serial: str = ""


def asked(address: tuple[str, int], name: str, path: str, trusted: str = "") -> Answer:
    """The answer to a GET of a path, asked of an address for a host name.

    :param trusted: PEM text of the only authorities that are trusted; empty asks without TLS.
    :raises ssl.SSLError: the certificate is not for that name, or not by them.
    """
    serial = ""
    connection = HTTPConnection(name, timeout=SECONDS)
    connection.sock = socket.create_connection(address, SECONDS)
    if trusted:
        context = ssl.create_default_context(cadata=trusted)
        connection.sock = tls = context.wrap_socket(connection.sock, server_hostname=name)
        serial = str((tls.getpeercert() or {})["serialNumber"])
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer: HTTPResponse = connection.getresponse()
        headers = {key.lower(): value for key, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read().decode(), serial)
    finally:
        connection.close()
