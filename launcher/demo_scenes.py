"""Pictures for the demo, drawn when they are needed: rooms with something wrong in them."""

import io
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1280, 960)
_WIDTH, _HEIGHT = SIZE
_FLOOR = 660  # the line, in pixels from the top, where wall meets floor

Draw = ImageDraw.ImageDraw


def draw_scene(scene: str, seed: int) -> tuple[str, bytes]:
    """A picture as ``(file name, bytes)``; ``seed`` chooses its shapes, and every third is a PNG.

    Raises:
        KeyError: no such scene.
    """
    random = Random(seed)  # noqa: S311 - it only draws
    picture = _room(random)
    _SCENES[scene](ImageDraw.Draw(picture), random)
    picture = _photographed(picture)
    kind = "PNG" if seed % 3 == 0 else "JPEG"
    if kind == "PNG":
        picture = picture.resize((_WIDTH // 2, _HEIGHT // 2))
    file = io.BytesIO()
    picture.save(file, kind, quality=85)
    return f"{scene}-{seed}.{'png' if kind == 'PNG' else 'jpg'}", file.getvalue()


def _room(random: Random) -> Image.Image:
    """A wall that gets darker downwards, and a floor of boards."""
    shade = random.randrange(195, 235)
    wall = Image.linear_gradient("L").resize(SIZE).point(lambda level: shade - level // 6)
    picture = Image.merge("RGB", (wall, wall.point(lambda v: v - 6), wall.point(lambda v: v - 22)))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, _FLOOR, _WIDTH, _HEIGHT), fill=(128, 96, 66))
    for left in range(-200, _WIDTH + 200, 130):
        draw.line((left, _HEIGHT, left // 2 + 320, _FLOOR), fill=(96, 70, 46), width=3)
    draw.rectangle((0, _FLOOR - 14, _WIDTH, _FLOOR), fill=(232, 228, 220))
    return picture


def _photographed(picture: Image.Image) -> Image.Image:
    """Soft and grainy, as a telephone sees it in bad light."""
    grain = Image.effect_noise(SIZE, 40).convert("RGB")
    return Image.blend(picture.filter(ImageFilter.GaussianBlur(1.2)), grain, 0.08)


def _leak(draw: Draw, random: Random) -> None:
    left = random.randrange(350, 700)
    for ring, colour in enumerate(((196, 176, 132), (178, 154, 108), (158, 132, 88))):
        edge = ring * 34
        draw.ellipse((left + edge, edge - 90, left + 460 - edge, 210 - edge), fill=colour)
    for _ in range(9):
        x, y = left + random.randrange(90, 370), random.randrange(200, 620)
        draw.ellipse((x, y, x + 9, y + 26), fill=(150, 182, 206))


def _puddle(draw: Draw, random: Random) -> None:
    left, top = random.randrange(200, 500), random.randrange(720, 780)
    draw.ellipse((left, top, left + 520, top + 130), fill=(92, 104, 116))
    draw.ellipse((left + 80, top + 22, left + 300, top + 70), fill=(150, 164, 176))


def _crack(draw: Draw, random: Random) -> None:
    x, y = random.randrange(400, 800), 40
    while y < _FLOOR - 60:
        onward = (x + random.randrange(-46, 60), y + random.randrange(24, 70))
        draw.line((x, y, *onward), fill=(66, 60, 54), width=random.randrange(3, 8))
        x, y = onward


def _outlet(draw: Draw, random: Random) -> None:
    left, top = random.randrange(460, 640), 330
    draw.ellipse((left - 70, top - 130, left + 270, top + 230), fill=(96, 84, 74))
    draw.rounded_rectangle((left, top, left + 200, top + 200), 26, fill=(240, 238, 232))
    draw.ellipse((left + 30, top + 30, left + 170, top + 170), fill=(206, 202, 194))
    for hole in (62, 118):
        draw.ellipse((left + hole, top + 88, left + hole + 22, top + 110), fill=(30, 28, 26))


def _lamp(draw: Draw, random: Random) -> None:
    top = random.randrange(90, 150)
    draw.rounded_rectangle((220, top, 1060, top + 90), 20, fill=(92, 92, 90))
    draw.rounded_rectangle((250, top + 20, 640, top + 68), 20, fill=(255, 252, 224))
    draw.rounded_rectangle((650, top + 20, 1030, top + 68), 20, fill=(120, 118, 108))


def _door(draw: Draw, random: Random) -> None:
    left = random.randrange(380, 560)
    draw.rectangle((left, 90, left + 360, _FLOOR + 60), fill=(94, 62, 40))
    draw.rectangle((left + 40, 140, left + 320, 330), outline=(70, 44, 26), width=8)
    draw.rounded_rectangle((left + 286, 372, left + 346, 520), 14, fill=(40, 42, 46))
    draw.ellipse((left + 304, 390, left + 328, 414), fill=(214, 48, 40))


_SCENES: dict[str, Callable[[Draw, Random], None]] = {
    "leak": _leak,
    "puddle": _puddle,
    "crack": _crack,
    "outlet": _outlet,
    "lamp": _lamp,
    "door": _door,
}
SCENES = tuple(_SCENES)
