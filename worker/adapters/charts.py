"""Charts as pictures, for mails: Vega-Lite rendered without a browser."""

from typing import Any


def render_png(specification: dict[str, Any]) -> bytes:
    """A PNG at twice the size, for sharp text on phones."""
    import vl_convert  # 60 MB of renderer: loaded by the process that draws, when it draws

    return vl_convert.vegalite_to_png(specification, scale=2)
