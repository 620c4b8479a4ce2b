"""What the first page shows at once on a phone, what it weighs, and how soon and how still it is."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.paint import MOST_SECONDS, MOST_SHIFT, seen, watch

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
OpenContext = Callable[..., BrowserContext]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("size", [(320, 640), (390, 844)], ids=["320", "390"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_words_and_camera_are_on_the_first_screen(
    open_context: OpenContext, language: str, size: tuple[int, int], scripts: bool
) -> None:
    width, height = size
    viewport = {"width": width, "height": height}
    context = open_context(viewport=viewport, has_touch=True, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"/?lang={language}")
    places = [page.locator("#description")]
    places += [page.locator(".choose").first, page.locator(".camera")] if scripts else []
    places += [] if scripts else [page.locator("#photos")]
    for place in places:
        box = place.bounding_box()
        assert box and box["y"] + box["height"] <= height - 40, place
    line = page.locator(".emergency > p").bounding_box()
    assert line and line["height"] <= 48


# Bytes as they cross the network, exactly.
MOST_BYTES = 60_000


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_first_page_is_light(
    open_context: OpenContext, language: str, record_property: Callable[[str, object], None]
) -> None:
    page = open_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    watch(page)
    tools = page.context.new_cdp_session(page)
    sizes: list[float] = []
    tools.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    tools.send("Network.enable")
    page.goto(f"/?lang={language}", wait_until="networkidle")
    page.locator("#description").press_sequentially("The tap drips", delay=50)
    expect(page.locator("[data-note]")).to_be_visible()
    paint = seen(page)
    figures = {"bytes": sum(sizes), "files": len(sizes), **paint}
    record_property("first_page", json.dumps(figures))
    assert len(sizes) > 8
    assert sum(sizes) <= MOST_BYTES
    assert paint["shift"] <= MOST_SHIFT
    assert 0 < paint["paint"] <= MOST_SECONDS * 1000
