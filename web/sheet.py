"""The plain page that a link in a mail opens: no scripts, nothing from elsewhere. Pure."""

from base64 import b64encode
from hashlib import sha256

import htpy as h
from markupsafe import Markup

STYLE = """
:root { color-scheme: light dark; --ink: #1b1a19; --soft: #4f4d4b; --line: #8a8886;
  --ground: #fff; --act: #4f52b2; --on-act: #fff; --wrong: #a4262c }
@media (prefers-color-scheme: dark) { :root { --ink: #f3f2f1; --soft: #c8c6c4; --line: #979593;
  --ground: #1f1f1f; --act: #a6a7dc; --on-act: #14142b; --wrong: #f1a4a8 } }
* { box-sizing: border-box }
body { font: 1.0625rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
  max-width: 34rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; overflow-wrap: break-word }
.whose { color: var(--soft); margin: 0 }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .25rem 0 1rem }
dl { margin: 0 0 1rem } dt { color: var(--soft); font-size: .9375rem } dd { margin: 0 0 .75rem }
fieldset { border: 1px solid var(--line); border-radius: 6px; margin: 0 0 1rem;
  padding: .5rem 1rem }
legend, .ask { font-weight: 600; padding: 0 .25rem }
fieldset label { display: flex; gap: .75rem; align-items: center; min-height: 2.75rem;
  padding: .25rem 0 }
input[type=radio] { inline-size: 1.25rem; block-size: 1.25rem; flex: none;
  accent-color: var(--act) }
.ask { display: block; padding: 0; margin-bottom: .25rem }
textarea { inline-size: 100%; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: 6px; padding: .5rem; margin-bottom: 1rem }
button { font: inherit; font-weight: 600; inline-size: 100%; min-height: 3rem; padding: .5rem 1rem;
  color: var(--on-act); background: var(--act); border: 1px solid transparent; border-radius: 6px }
.other summary { font-weight: 600; text-align: center; min-height: 3rem; padding: .6875rem 1rem;
  color: var(--act); border: 1px solid var(--act); border-radius: 6px; cursor: pointer;
  list-style: none; margin-top: 1rem } .other[open] summary { margin-bottom: 1rem }
.other summary::-webkit-details-marker { display: none }
:focus-visible { outline: 3px solid var(--act); outline-offset: 3px }
.wrong { color: var(--wrong); font-weight: 600 } .done { font-weight: 600 }
.small { color: var(--soft); font-size: .9375rem }
"""
_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""The page's Content-Security-Policy: its own style and its own form, and nothing else."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",  # the address is the key
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


def sheet(title: str, *body: h.Node, again: int = 0) -> str:
    """A whole page; with *again*, it is looked at anew after so many seconds."""
    return str(
        h.html(lang="en")[
            h.head[
                h.meta(charset="utf-8"),
                h.title[title],
                h.meta(name="viewport", content="width=device-width, initial-scale=1"),
                h.meta(http_equiv="refresh", content=str(again)) if again else None,
                h.style[Markup(STYLE)],  # noqa: S704  # our own
            ],
            h.body[h.main[body]],
        ]
    )
