"""Draws the two icons of the Teams app: a relay baton.

python -m tools.draw_icons writes them to manifest/, where they are kept.
"""

from pathlib import Path

from PIL import Image, ImageDraw

MANIFEST = Path(__file__).parents[1] / "manifest"
GROUND, LIGHT, WHITE = (61, 62, 143), (255, 197, 92), (255, 255, 255)
FINE = 8  # drawn so many times larger, then made smaller: smooth edges


def baton(size: int, ends: tuple[int, ...], band: tuple[int, ...], share: float) -> Image.Image:
    """A relay baton across a square: two ends and the band in the middle where it is passed on."""
    big = size * FINE
    image = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    length, width = big * share, big * share * 0.19
    left, right = (big - length) / 2, (big + length) / 2
    top, bottom, radius = (big - width) / 2, (big + width) / 2, width / 2
    gap, middle = width * 0.24, length * 0.13
    inner, outer = big / 2 - middle, big / 2 + middle
    for start, end in ((left, inner - gap), (outer + gap, right)):
        draw.rounded_rectangle((start, top, end, bottom), radius, fill=ends)
    square = radius + 1
    draw.rectangle((inner - gap - square, top, inner - gap, bottom), fill=ends)
    draw.rectangle((outer + gap, top, outer + gap + square, bottom), fill=ends)
    draw.rectangle((inner, top, outer, bottom), fill=band)
    return image.rotate(38, Image.Resampling.BICUBIC).resize((size, size), Image.Resampling.LANCZOS)


def main() -> None:
    color = Image.new("RGBA", (192, 192), (*GROUND, 255))
    color.alpha_composite(baton(192, WHITE, LIGHT, 0.62))
    color.convert("RGB").save(MANIFEST / "color.png", optimize=True)
    drawn = baton(32, WHITE, WHITE, 1.16)
    # Teams wants pure white on transparent: the edge lives in the transparency alone.
    outline = Image.new("RGBA", (32, 32), (*WHITE, 0))
    outline.putalpha(drawn.getchannel("A"))
    outline.save(MANIFEST / "outline.png", optimize=True)


if __name__ == "__main__":
    main()
