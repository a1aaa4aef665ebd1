"""A page that anyone may read: plain HTML, no scripts, nothing from elsewhere. Pure."""

import htpy as h
from markupsafe import Markup

STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2rem }
"""


def plain(title: str, *body: h.Node, style: str = STYLE, called: str = "") -> str:
    """A whole page, with its own *style*. *called* is what a browser calls it, if not so."""
    return str(
        h.html(lang="en")[
            h.head[
                h.meta(charset="utf-8"),
                h.meta(name="viewport", content="width=device-width, initial-scale=1"),
                h.title[called or title],
                h.style[Markup(style)],  # noqa: S704  # our own
            ],
            h.body[h.main[h.h1[title], body]],
        ]
    )
