"""A few words for a browser, by which its owner knows it again."""

# The first that is named counts: most browsers name others as well.
_BROWSERS = {
    "Edg": "Edge",
    "SamsungBrowser": "Samsung Internet",
    "Whale": "Whale",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "macOS",
    "Linux": "Linux",
}
_LOOKED_AT = 500  # characters


def short_name(user_agent: str) -> str:
    """Such as ``Chrome · Android``; empty for what is not known."""
    seen = user_agent[:_LOOKED_AT]
    found = (_first(names, seen) for names in (_BROWSERS, _SYSTEMS))
    return " · ".join(filter(None, found))


def _first(names: dict[str, str], text: str) -> str:
    return next((name for sign, name in names.items() if sign in text), "")
