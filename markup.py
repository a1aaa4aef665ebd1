"""What somebody reads of HTML. For the product and the sandbox alike, which know nothing of each
other; on the standard library, for parsers that read as browsers do are written in C, and what
strangers wrote has made them crash.
"""

import re
from html.parser import HTMLParser

UNSEEN = frozenset({"head", "title", "style", "script", "template", "noscript", "textarea"})
APART = {  # how many line breaks stand at least before and after
    **dict.fromkeys(("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol"), 2),
    **dict.fromkeys(("div", "li", "tr", "table", "hr", "section", "article", "form"), 1),
}
CELLS = frozenset({"td", "th"})


def visible(html: str) -> str:
    """Its words in lines: no tag, script, style or comment comes through.

    Lines end where a browser would end them, but for styles:
    https://html.spec.whatwg.org/multipage/dom.html#the-innertext-idl-attribute
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text.strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self._unseen = 0
        self._due = 0  # line breaks, once there is something to stand below them

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._unseen += tag in UNSEEN
        if tag == "body":
            self._unseen = 0  # a head that nobody closed ends here
        if tag == "br" and not self._unseen:
            self._break()
            self.text += "\n"
        self._edge(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in UNSEEN))
        if tag in CELLS:
            self.handle_data(" ")
        self._edge(tag)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        words = re.sub(r"\s+", " ", data)
        if self._due or self.text[-1:] in ("", "\n", " "):
            words = words.removeprefix(" ")
        if words:
            self._break()
            self.text += words

    def _edge(self, tag: str) -> None:
        self._due = max(self._due, APART.get(tag, 0))

    def _break(self) -> None:
        if self._due and self.text:
            above = self.text.rstrip(" ")
            ended = len(above) - len(above.rstrip("\n"))
            self.text = above + "\n" * max(0, self._due - ended)
        self._due = 0
