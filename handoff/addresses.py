"""Mail addresses: what can be one, and which of them are one however they are written. Pure."""

from collections.abc import Iterable
from functools import lru_cache
from unicodedata import normalize

from email_validator import EmailNotValidError, validate_email


def mail_ok(text: str) -> bool:
    """Whether *text* can be somebody's mail address. Whether they have it is not asked.

    https://datatracker.ietf.org/doc/html/rfc5321, and RFC 6531 for letters beyond ASCII.
    """
    if "\ufffd" in text:  # what stands for a letter that was lost on the way
        return False
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


@lru_cache(4_096)
def one(mail: str) -> str:
    """*mail* as it is told from others: in small letters, with those of its domain as people write
    them, not xn--; é is one letter, however a machine makes it.
    """
    local, at, domain = normalize("NFC", mail.strip()).rpartition("@")
    return f"{local.lower()}{at}{_domain(domain)[0]}"


def is_among(mail: str, others: Iterable[str]) -> bool:
    """Whether *mail* is one of them, however each is written."""
    return one(mail) in map(one, others)


def untagged(mail: str) -> str:
    """*mail* without a +tag, which Exchange takes for the same mailbox where there is none with it.

    https://learn.microsoft.com/exchange/recipients-in-exchange-online/plus-addressing-in-exchange-online
    """
    local, at, domain = mail.rpartition("@")
    name, plus, _ = local.partition("+")
    return f"{name}{at}{domain}" if plus and name.strip() else mail


@lru_cache(4_096)
def spellings(mail: str) -> tuple[str, ...]:
    """Every way in which whoever wrote *mail* down may have written it, in small letters."""
    local, at, domain = one(mail).rpartition("@")
    ways = [f"{local}{at}{name}" for name in _domain(domain)]
    return tuple(dict.fromkeys(normalize(form, way) for way in ways for form in ("NFC", "NFD")))


def domains(domain: str) -> tuple[str, ...]:
    """As `spellings`, of a domain."""
    return tuple(way.removeprefix("@") for way in spellings(f"@{domain}"))


def _domain(written: str) -> tuple[str, str]:
    """In the letters that people read, and in those of the wire."""
    domain = written.strip().lower()
    if domain.isascii() and "xn--" not in domain:  # as nearly always, in lists of thousands
        return domain, domain
    try:
        found = validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError:  # which is told from others as it is written
        return domain, domain
    return found.domain.lower(), found.ascii_domain.lower()
