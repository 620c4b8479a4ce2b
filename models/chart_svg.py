"""Charts as SVG files of their own, for mails and documents: with text in them, in the colours of
paper, without styles or scripts. The pages draw the same charts in their templates."""

from collections.abc import Sequence
from html import escape

from models.charts import Chart, Mark, Shape

# The package's own font, so that Korean is written where no font is installed.
FONT = "Noto Sans KR"
INK, SOFT, LINE, TRACK, BEFORE = "#17212b", "#4c5c6b", "#d8dfe6", "#edf1f4", "#94a3b8"
_BAR = "#0e7490"
_COLOURS = {
    "priority-urgent": "#c0291d",
    "priority-high": "#c96a02",
    "priority-low": "#64748b",
    "priority-pending": "#94a3b8",
    "category-pending": "#94a3b8",
    "status-pending": "#c96a02",
    "status-on_hold": "#7c3aed",
    "status-completed": "#15803d",
    "status-cancelled": "#94a3b8",
}
_SIZE = 11.0  # of text, in points
_HANGUL = 0x1100  # letters from here on are about as wide as high


def document(parts: Sequence[str], *, width: float, height: float) -> str:
    """One SVG file with a white ground; sizes in points."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{FONT}">'
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


def height_of(chart: Chart, *, columns: float = 150, step: float = 20) -> float:
    """How high ``draw`` makes a chart: bars by their number, ``step`` each; columns as said."""
    return len(chart.marks) * step if chart.shape == Shape.BARS else columns


def draw(
    chart: Chart, x: float, y: float, width: float, *, columns: float = 150, step: float = 20
) -> str:
    """The chart with its upper left corner at ``x``, ``y``."""
    if chart.shape == Shape.BARS:
        return "".join(
            _bar(chart, mark, (x, y + number * step), width, step)
            for number, mark in enumerate(chart.marks)
        )
    return _columns(chart, x, y, width, columns)


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float = _SIZE,
    colour: str = INK,
    anchor: str = "start",
    fit: float | None = None,
) -> str:
    """One line; ``fit`` is the width beyond which it is cut."""
    shown = "".join(letter if letter.isprintable() else " " for letter in words)
    shown = shown if fit is None else _cut(shown, fit / size)
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(shown)}</text>'
    )


def rectangle(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{colour}"/>'


def _cut(words: str, most: float) -> str:
    """As much of ``words`` as fits into ``most`` times the height of a letter."""
    used = 0.0
    for place, letter in enumerate(words):
        used += 1.0 if ord(letter) >= _HANGUL else 0.6
        if used > most:
            return f"{words[: max(place - 1, 0)]}…"
    return words


def _bar(chart: Chart, mark: Mark, corner: tuple[float, float], width: float, step: float) -> str:
    (x, y), left, right = corner, width * 0.34, 34.0
    size, thick = min(_SIZE, step * 0.68), step * 0.6
    room, high = width - left - right, y + (step - thick) / 2
    colour = _COLOURS.get(mark.colour, _BAR)
    middle = y + step / 2 + size * 0.36
    return (
        text(x, middle, mark.name, size=size, fit=left - 8)
        + rectangle(x + left, high, room, thick, TRACK)
        + rectangle(x + left, high, room * chart.share(mark.value) / 100, thick, colour)
        + text(x + width, middle, f"{mark.value:,}", size=size, anchor="end")
    )


def _columns(chart: Chart, x: float, y: float, width: float, height: float) -> str:
    """Between the highest value above and the first and last day below; the span before is a line."""
    top, bottom = y + 14, y + height - 14
    tall, count = bottom - top, len(chart.marks) or 1
    step = width / count

    def place(number: int, value: int) -> str:
        high = bottom - tall * chart.share(value) / 100
        return f"{x + (number + 0.5) * step:.2f},{high:.2f}"

    def line(values: Sequence[int], colour: str, dash: str = "") -> str:
        points = " ".join(place(number, value) for number, value in enumerate(values))
        return (
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.4"{dash}/>'
        )

    drawn = [text(x, y + 8, f"{chart.highest:,}", size=9, colour=SOFT)]
    drawn += [rectangle(x, top, width, 0.6, LINE), rectangle(x, bottom, width, 0.8, SOFT)]
    if chart.shape == Shape.LINE:
        drawn.append(line([mark.value for mark in chart.marks], _BAR))
    else:
        drawn += [
            rectangle(
                round(x + (number + 0.15) * step, 2),
                round(bottom - tall * chart.share(mark.value) / 100, 2),
                round(step * 0.7, 2),
                round(tall * chart.share(mark.value) / 100, 2),
                _BAR,
            )
            for number, mark in enumerate(chart.marks)
        ]
    if chart.compares:
        before = [mark.before or 0 for mark in chart.marks]
        drawn.append(line(before, BEFORE, ' stroke-dasharray="3 2"'))
    if chart.marks:
        drawn.append(text(x, y + height - 3, chart.marks[0].name, size=9, colour=SOFT))
        last = chart.marks[-1].name
        drawn.append(text(x + width, y + height - 3, last, size=9, colour=SOFT, anchor="end"))
    return "".join(drawn)
