"""What every answer says about itself: no page but the tab is framed, and none is guessed at or
told of elsewhere.

https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
"""

from aiohttp import hdrs, web

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
CONTENT = "Content-Security-Policy"
NOBODY = "frame-ancestors 'none'"
USUAL = {
    CONTENT: POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def describe(request: web.Request, response: web.StreamResponse) -> None:
    """For Application.on_response_prepare. A page that says it otherwise is left so; what answers,
    and in which version, is nobody's business.
    """
    del request
    for name, value in USUAL.items():
        response.headers.setdefault(name, value)
    if NOBODY in response.headers[CONTENT]:  # older browsers know no other way to say it
        response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers[hdrs.SERVER] = "Baton"
