"""Debian's Chromium under Playwright, and the product served as an operator serves it."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

REPOSITORY = Path(__file__).parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def chromium_path() -> str | None:
    """The browser of this machine, None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextlib.contextmanager
def running_browser() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def fits(page: Page) -> bool:
    """Whether a page is no wider than the screen; between two pages, that of the one that comes."""
    page.wait_for_load_state()
    for _ in range(100):
        width = page.evaluate(
            "(root => root && [root.scrollWidth, root.clientWidth])(document.documentElement)"  # null between two pages
        )
        if width is not None:
            return width[0] <= width[1]
        page.wait_for_timeout(20)
    message = "no page came"
    raise TimeoutError(message)


@contextlib.contextmanager
def served(database_url: str) -> Iterator[str]:
    """`qihui serve` on a free port with this database; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "QIHUI_PORT": str(port),
        "QIHUI_DATA": str(REPOSITORY / ".qihui"),
        "QIHUI_DATABASE_URL": database_url,
    }
    environment.pop("QIHUI_TELEGRAM_TOKEN", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"], env=environment, cwd=REPOSITORY, stderr=subprocess.PIPE
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                if urllib.request.urlopen(f"{address}/healthz", timeout=2).status == 200:
                    break
            assert process.poll() is None, process.stderr.read().decode()
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stderr.close()
