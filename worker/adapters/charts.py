"""Pictures and documents from SVG, without a browser and without the machine's fonts."""

from functools import lru_cache
from importlib.resources import files
from typing import Any


def render_png(svg: str) -> bytes:
    """A picture at twice the size, for sharp text on phones."""
    png: bytes = _library().svg_to_png(svg, scale=2)
    return png


def render_pdf(svg: str) -> bytes:
    """A document of one page, as large as the SVG says (points); its text can be selected."""
    pdf: bytes = _library().svg_to_pdf(svg)
    return pdf


@lru_cache(maxsize=1)
def _library() -> Any:
    import vl_convert  # 10 MB: loaded when the first chart is rendered

    vl_convert.register_font_directory(str(files("pylopdf_fonts_ko")))
    return vl_convert
