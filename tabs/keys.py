"""Keys by which somebody's own programs read their figures: made here, shown once, revoked here."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import htpy as h

from cards import words
from cards.elements import clean
from handoff.errors import RefusedError
from store.figure_keys import FigureKey
from tabs.page import dated, link, section, table
from tabs.page import page as whole
from tabs.reading import Reader

LIVES: Mapping[str, tuple[int, str]] = {
    "30": (30, "30 days"),
    "90": (90, "90 days"),
    "365": (365, "a year"),
}
LONGEST_NAME = 60
ABOUT = (
    "A key lets a program of yours, Power BI or Excel say, read the figures that you see here, and "
    "no others. It is yours alone: what it reads is recorded as your look. Whoever holds it reads "
    "as you do, so keep it as a password."
)
ONCE = "This is the only time that it is shown. Put it where your program asks for a password:"
UNNAMED = "Please say what the key is for."
NO_SUCH = "There is no such key, or it opens nothing already."


async def page(reader: Reader, _said: Mapping[str, str]) -> h.Element:
    return await _page(reader)


async def make(reader: Reader, said: Mapping[str, str]) -> h.Element:
    """Raises TooManyKeysError."""
    name = " ".join(said.get("name", "").split())[:LONGEST_NAME]
    days, _ = LIVES.get(said.get("life", ""), LIVES["90"])
    if not name or not name.isprintable():
        return await _page(reader, wrong=UNNAMED)
    stores = reader.stores
    try:
        async with stores.door.open() as tx:
            key = await stores.figure_keys.make(
                tx, reader.viewer.id, name, timedelta(days=days), reader.at
            )
    except RefusedError as refusal:
        return await _page(reader, wrong=str(refusal))
    return await _page(reader, key=key)


async def revoke(reader: Reader, said: Mapping[str, str]) -> h.Element:
    stores = reader.stores
    async with stores.door.open() as tx:
        done = await stores.figure_keys.revoke(tx, reader.viewer.id, UUID(said["id"]), reader.at)
    return await _page(reader, wrong="" if done else NO_SUCH)


async def _page(reader: Reader, *, key: str = "", wrong: str = "") -> h.Element:
    found = await reader.stores.figure_keys.of(reader.viewer.id)
    return whole(
        "Access keys for other programs",
        h.p(".late", role="alert")[wrong] if wrong else None,
        section(
            "Your new key",
            h.p[ONCE],
            h.p[h.code(".key-text")[key]],
            h.p(".quiet")[
                "Its address: ",
                h.code[f"{reader.url}/api/figures?of=below&time=4w&by=team&format=csv"],
                ". What else may be asked: ",
                h.code[f"{reader.url}/api/figures/openapi.json"],
            ],
        )
        if key
        else None,
        section("What a key is", h.p[ABOUT]),
        section("Make a key", _form()),
        section("Your keys", _keys(reader, found) if found else h.p["You have none."]),
        code="keys",
    )


def _form() -> h.Element:
    posts = link("keys")
    return h.form(
        "#make",
        {"hx-post": posts["hx-get"], "hx-target": "#page", "hx-swap": "outerHTML"},
    )[
        h.label[
            h.span["What for"],
            h.input(type="text", name="name", required=True, maxlength=str(LONGEST_NAME)),
        ],
        h.label[
            h.span["For how long"],
            h.select(name="life")[
                [
                    h.option(value=code, selected=code == "90")[said]
                    for code, (_, said) in LIVES.items()
                ]
            ],
        ],
        h.button(type="submit")["Make the key"],
    ]


def _day(at: datetime, zone: str) -> str:
    return dated(at.astimezone(ZoneInfo(zone)).date())


def _keys(reader: Reader, found: Sequence[FigureKey]) -> h.Node:
    zone = reader.viewer.zone
    return table(
        "The newest first",
        ["What for", "Made", "Good until", "Last used", "What you can do"],
        [
            [
                clean(one.name),
                words.when(one.made_at, zone),
                "revoked" if one.revoked_at else _day(one.until, zone),
                _day(one.used_at, zone) if one.used_at else "never",
                _revoke(one) if not one.revoked_at and one.until > reader.at else None,
            ]
            for one in found
        ],
    )


def _revoke(one: FigureKey) -> h.Element:
    return h.button(
        {
            "hx-post": f"/tab/keys/{one.id}/revoke",
            "hx-target": "#page",
            "hx-swap": "outerHTML",
        },
        type="button",
        aria_label=f"Revoke {one.name}",
    )["Revoke"]
