"""What a page weighs on the wire."""

from playwright.sync_api import Page


def weigh(page: Page, address: str) -> int:
    """Bytes of the page and of all that it loads, as they were sent (compressed, with their heads),
    for a browser that has nothing of it yet."""
    session = page.context.new_cdp_session(page)
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(address, wait_until="networkidle")
    session.detach()
    assert sizes
    return int(sum(sizes))
