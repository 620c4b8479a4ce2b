"""Which language an Accept-Language header prefers."""

import pytest

from models.languages import preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        (" , ", None),
        ("en", "en"),
        ("ko", "ko"),
        ("en-GB,en;q=0.9", "en"),
        ("KO-kr", "ko"),
        ("en;q=0.5, ko;q=0.8", "ko"),
        ("en, ko", "en"),
        ("ko, en", "ko"),
        ("fr, en;q=0.3", "en"),
        ("fr, de", "ko"),
        ("*", "ko"),
        ("en;q=0.4, *;q=0.2", "en"),
        ("en;q=0", "ko"),
        ("en;q=rubbish", "ko"),
        ("en ; q=0.8 , ko ; Q=0.9", "ko"),
        ("en;q=7, ko;q=1", "en"),
        ("en;level=1", "en"),
        (";;;q=", "ko"),
    ],
)
def test_preferred_language(header: str, language: str | None) -> None:
    assert preferred_language(header) == language
