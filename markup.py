"""What somebody reads of HTML. For the product and the sandbox alike, which know nothing of each
other. Parsers that read as browsers do are written in C, and what strangers wrote has made them
crash; that of the standard library looks at the rest of a text anew for each tag that is left open.
This one goes through a text once, as browsers do:
https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

import re
from html import unescape

UNSEEN = frozenset({"head", "title", "style", "script", "template", "noscript", "textarea"})
WHOLE = frozenset({"title", "style", "script", "textarea"})  # in which only their own end is a tag
APART = {  # how many line breaks stand at least before and after
    **dict.fromkeys(("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol"), 2),
    **dict.fromkeys(("div", "li", "tr", "table", "hr", "section", "article", "form"), 1),
}
CELLS = frozenset({"td", "th"})
_OPENS = re.compile(r"<(?:(/?)([a-zA-Z][^\s/>]{0,40})|(!--)|[!?/])")
_QUOTED = re.compile(r"""[>]|=\s*(["'])""")
_ENDS = {tag: re.compile(rf"</{tag}(?=[\s/>])", re.IGNORECASE) for tag in WHOLE}
_TOO_LONG = re.compile(r"&#(?:[0-9]{9,}|[xX][0-9a-fA-F]{9,});?")  # a number of no character


def visible(html: str) -> str:
    """Its words in lines: no tag, script, style or comment comes through.

    Lines end where a browser would end them, but for styles:
    https://html.spec.whatwg.org/multipage/dom.html#the-innertext-idl-attribute
    """
    reader = _Reader()
    at = 0
    while opened := _OPENS.search(html, at):
        reader.says(html[at : opened.start()])
        at = opened.end()
        closes, tag, comment = opened.groups()
        if comment:
            at = _after(html, "-->", at - 2)  # <!--> is a whole one
        elif tag is None:
            at = _after(html, ">", at)
        else:
            at = _tag_ends(html, at)
            if at < 0:  # a tag that nothing ends is none, and hides what it holds
                return reader.read()
            tag = tag.lower()
            (reader.ends if closes else reader.begins)(tag)
            if not closes and tag in WHOLE:
                ended = _ENDS[tag].search(html, at)
                at = ended.start() if ended else len(html)
    reader.says(html[at:])
    return reader.read()


def _after(html: str, end: str, at: int) -> int:
    found = html.find(end, at)
    return len(html) if found < 0 else found + len(end)


def _tag_ends(html: str, at: int) -> int:
    """Behind the > that ends a tag: none of those in quotes. Below 0 where there is none."""
    while found := _QUOTED.search(html, at):
        quote = found[1]
        if quote is None:
            return found.end()
        at = html.find(quote, found.end()) + 1
        if not at:
            break
    return -1


class _Reader:
    def __init__(self) -> None:
        self._said: list[str] = []
        self._ended = 0  # line breaks at its end
        self._unseen = 0
        self._due = 0  # line breaks, once there is something to stand below them

    def read(self) -> str:
        return "".join(self._said).strip()

    def begins(self, tag: str) -> None:
        self._unseen += tag in UNSEEN
        if tag == "body":
            self._unseen = 0  # a head that nobody closed ends here
        if tag == "br" and not self._unseen:
            self._break()
            self._lines(1)
        self._edge(tag)

    def ends(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in UNSEEN))
        if tag in CELLS:
            self.says(" ")
        self._edge(tag)

    def says(self, text: str) -> None:
        if self._unseen or not text:
            return
        words = re.sub(r"\s+", " ", unescape(_TOO_LONG.sub("\ufffd", text)))
        if self._due or not self._said or self._said[-1][-1] in "\n ":
            words = words.removeprefix(" ")
        if words:
            self._break()
            self._said.append(words)
            self._ended = 0

    def _edge(self, tag: str) -> None:
        self._due = max(self._due, APART.get(tag, 0))

    def _break(self) -> None:
        if self._due and self._said:
            if self._said[-1][-1] == " ":  # never two
                self._said[-1] = self._said[-1][:-1]
                if not self._said[-1]:
                    self._said.pop()
            self._lines(self._due - self._ended)
        self._due = 0

    def _lines(self, count: int) -> None:
        if count > 0:
            self._said.append("\n" * count)
            self._ended += count
