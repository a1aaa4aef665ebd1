"""Proof that a request comes from the Bot Framework.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
botbuilder's own check raises where it should refuse and does not notice new keys, so this is ours.
"""

from tokens import Signed, Signer, UnprovenError

CHANNEL = "msteams"


def signer(*, openid_url: str, issuer: str, audience: str) -> Signer:
    """The Bot Framework, as a bot of the id *audience* meets it."""
    return Signer(
        name="the Bot Framework",
        openid_url=openid_url,
        issuer=issuer,
        audience=audience,
        claims=("serviceurl",),
        endorses=True,
    )


def check(proven: Signed, *, channel: object, service_url: object) -> None:
    """The token was made for this activity. Raises UnprovenError.

    The key must be endorsed for the channel, and the service address must be the token's own, or
    our answers, with our token, would go to whoever wrote the activity.
    """
    if channel != CHANNEL or CHANNEL not in proven.endorsements:
        raise UnprovenError("the token's key is not endorsed for this channel")
    if str(service_url).rstrip("/") != str(proven.claims["serviceurl"]).rstrip("/"):
        raise UnprovenError("the token was made for another service address")
