"""How soon a page has painted what is largest on it, and how much moves on it by itself."""

from typing import TypedDict

from playwright.sync_api import Page

_WATCH = """
    window.seen = { shift: 0, paint: 0 };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.paint = entry.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
"""
# Shifts are exact; the time of the largest paint has a limit for a busy machine (the aim is 1.0 s,
# see docs/performance.md).
MOST_SHIFT = 0.02
MOST_SECONDS = 5.0


class Paint(TypedDict):
    """``shift`` is the sum of all (CLS), ``paint`` the milliseconds to the largest (LCP)."""

    shift: float
    paint: float


def watch(page: Page) -> None:
    """From its next page on, with a processor four times slower."""
    page.add_init_script(_WATCH)
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": 4})


def seen(page: Page) -> Paint:
    found: Paint = page.evaluate("seen")
    return found
