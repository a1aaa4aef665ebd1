"""A certificate authority of the sandbox's own and the certificate it serves with.

MSAL refuses a sign-in address that is not https. The product trusts the authority by its setting
CA_FILE, as it would trust a company's proxy; nothing is switched off.
"""

import functools
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.clock import real_now

LIFE = timedelta(days=90)
RENEW_BEFORE = timedelta(days=7)
NAMES = ("localhost", "127.0.0.1")

CA_NAME = "sandbox-ca.pem"
SERVER_NAME = "sandbox-server.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    ca_file: Path  # what a client has to trust
    server_file: Path  # private key and certificate of the server

    def serving(self) -> ssl.SSLContext:
        """With that certificate. The same one every time."""
        return _serving(self.server_file, self.server_file.read_bytes())

    def trusting(self) -> ssl.SSLContext:
        """Trusts the sandbox besides everything the machine trusts. The same one every time."""
        return _trusting(self.ca_file.read_text())


def certificates(folder: Path, *, now: datetime | None = None) -> Certificates:
    """Those in the folder, or new ones there when they are missing or near their end.

    `now` is real time: whoever checks a certificate does so against the machine's clock.
    """
    now = now or real_now()
    found = Certificates(ca_file=folder / CA_NAME, server_file=folder / SERVER_NAME)
    if not (_lasting(found.ca_file, now) and _lasting(found.server_file, now)):
        _make(found, now)
    return found


@functools.lru_cache(maxsize=8)
def _trusting(ca: str) -> ssl.SSLContext:
    # Reading all that a machine trusts takes longer than starting a sandbox.
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=ca)
    return context


@functools.lru_cache(maxsize=8)
def _serving(file: Path, content: bytes) -> ssl.SSLContext:
    assert content  # another certificate in the same file is another
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


def _lasting(file: Path, now: datetime) -> bool:
    if not file.is_file():
        return False
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except ValueError:
        return False
    return certificate.not_valid_after_utc > now + RENEW_BEFORE


def _make(files: Certificates, now: datetime) -> None:
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "Baton sandbox, this machine only")]
    )

    def start(subject: x509.Name) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + LIFE)
        )

    ca = (
        start(issuer)
        .public_key(ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    server = (
        start(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAMES[0])]))
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(NAMES[0]), x509.IPAddress(ip_address(NAMES[1]))]
            ),
            critical=False,
        )
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    files.ca_file.write_bytes(ca.public_bytes(pem))
    files.server_file.touch(mode=0o600)
    files.server_file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + server.public_bytes(pem)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
