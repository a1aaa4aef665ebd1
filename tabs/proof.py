"""Proof of who looks at the tab: a token of Entra's that the Teams around it was given for them.

What Teams says of the person besides proves nothing, for any page may say it.
https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/authentication/tab-sso-overview
What is checked: https://learn.microsoft.com/entra/identity-platform/claims-validation and
https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

from collections.abc import Mapping

from tokens import Signed, Signer, UnprovenError

SCOPE = "access_as_user"
CLIENTS: Mapping[str, str] = {
    "1fec8e78-bce4-4aaf-ab1b-5451cc387264": "Teams on phones and the desktop",
    "5e3ce6c0-2b1f-4285-8d4b-75ee78787346": "Teams on the web",
    "4765445b-32c6-49b0-83e6-1d93765276ca": "Microsoft 365 on the web",
    "0ec893e0-5785-4de6-99da-4ed124e5296c": "Microsoft 365 on the desktop",
    "d3590ed6-52b3-4102-aeff-aad2292ab01c": "Microsoft 365 on phones, Outlook on the desktop",
    "bc59ab01-8403-45c6-8796-ac3ef710b3e3": "Outlook on the web",
    "27922004-5251-4030-b22d-91ecd9a37ea4": "Outlook on phones",
}
"""Microsoft's own, in which a tab can be shown, and which an administrator authorizes beforehand:
https://learn.microsoft.com/microsoftteams/platform/tabs/how-to/authentication/tab-sso-register-aad
"""


def signer(*, login_url: str, tenant: str, client_id: str) -> Signer:
    """Entra, as it signs for the app *client_id* in *tenant*: tokens of version 2 alone, for which
    the registration has to ask (`requestedAccessTokenVersion`).
    """
    at = f"{login_url}/{tenant.lower()}/v2.0"
    return Signer(
        name="Entra",
        openid_url=f"{at}/.well-known/openid-configuration",
        issuer=at,
        audience=client_id.lower(),
        claims=("oid", "tid", "scp", "azp"),
    )


def person_of(signed: Signed, tenant: str) -> str:
    """Whom it is about: their object id in Entra. Raises UnprovenError for a token of an app that
    speaks for itself, and for one that was made for other things or another program.
    """
    claims = signed.claims
    if claims.get("idtyp") == "app":
        raise UnprovenError("the token is an application's own, and nobody's")
    if SCOPE not in str(claims["scp"]).split():
        raise UnprovenError(f"the token does not have the scope {SCOPE}")
    if str(claims["tid"]).lower() != tenant.lower():
        raise UnprovenError("the token is of another tenant")
    if str(claims["azp"]) not in CLIENTS:
        raise UnprovenError("the token was given to a program in which the tab is not shown")
    return str(claims["oid"])
