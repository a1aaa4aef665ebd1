"""The way out of this machine, where a proxy has to be asked for it."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_for(url: str) -> str | None:
    """The proxy that HTTPS_PROXY names for *url*, None where NO_PROXY or nothing does.

    What signs in and asks Graph goes by the same two. aiohttp's own trust_env would besides send a
    name and password out of ~/.netrc, and twice wait for a thread for each request.
    https://docs.python.org/3/library/urllib.request.html#urllib.request.getproxies
    """
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.netloc):
        return None
    return getproxies().get(parts.scheme)
