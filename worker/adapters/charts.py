"""Rendering Vega-Lite charts as pictures for mails, without a browser."""

from typing import Any


def render_png(specification: dict[str, Any]) -> bytes:
    """The chart as a PNG at twice the size, for sharp text on phones."""
    import vl_convert  # 60 MB: loaded when the first chart is rendered

    return vl_convert.vegalite_to_png(specification, scale=2)
