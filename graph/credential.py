"""The certificate that Baton signs in with: whose it is, and until when."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key


class UnusableError(Exception):
    """The file is no certificate to sign in with. The words say why."""


@dataclass(frozen=True, slots=True)
class Certificate:
    begins: datetime  # UTC
    ends: datetime
    whole: bool  # the private key in the file is the certificate's own


def read(file: Path) -> Certificate:
    """One PEM file with the private key and its certificate. Raises UnusableError."""
    try:
        pem = file.read_bytes()
        key = load_pem_private_key(pem, password=None)
        certificate = x509.load_pem_x509_certificate(pem)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        why = "a password is needed" if isinstance(error, TypeError) else type(error).__name__
        raise UnusableError(why) from error
    return Certificate(
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
        whole=key.public_key() == certificate.public_key(),
    )
