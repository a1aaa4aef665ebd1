"""What Baton signs in with, looked at before it is used: is it there, whose is it, until when."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from doctor.check import Check, Examined, fine, ill
from graph import credential
from jobs.upkeep import SOON

WHAT = "the certificate is good for a while"
RENEW = (
    "make a new certificate, add its public part to the app registration beside the old one "
    "(Certificates & secrets), name its file in CLIENT_CERTIFICATE and start serve and work anew"
)
BROKEN = (
    "CLIENT_CERTIFICATE must be one PEM file with the private key, without a password, and its "
    "certificate"
)


async def checks(of: Examined) -> AsyncIterator[Check]:
    settings = of.settings
    yield fine("every setting is there and can be read")
    if settings.managed_identity:
        yield fine(
            "there is something to sign in with",
            f"the managed identity {settings.managed_identity}, which Azure renews by itself",
        )
    elif settings.client_certificate:
        yield _certificate(settings.client_certificate, of.machine())
    elif settings.client_secret:
        yield fine(
            "there is something to sign in with",
            "a client secret: only Entra shows when it ends, a certificate shows it here",
        )


def _certificate(file: Path, at: datetime) -> Check:
    try:
        certificate = credential.read(file)
    except credential.UnusableError as error:
        return ill(WHAT, BROKEN, f"{file} cannot be used: {error}")
    if not certificate.whole:
        return ill(WHAT, BROKEN, f"{file}: the private key belongs to another certificate")
    begins, ends = certificate.begins, certificate.ends
    if begins > at:
        return ill(WHAT, f"{RENEW}; or wait until then", f"it is valid only from {begins:%Y-%m-%d}")
    if ends <= at:
        return ill(WHAT, RENEW, f"it expired on {ends:%Y-%m-%d}")
    if ends - at < SOON:
        return ill(WHAT, RENEW, f"it expires on {ends:%Y-%m-%d}")
    return fine(WHAT, f"until {ends:%Y-%m-%d}")
