"""Take the pictures of the emulator's pages in README.md and docs/, with Chromium.

pip install ".[emulator]" playwright && python tools/take_screenshots.py
"""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

import invoiced
from invoiced.emulator import Emulator

FOLDER = Path(__file__).parent.parent / "docs" / "_static"
NOW = 1_795_864_800  # 2026-11-28 10:00 UTC
PAGES = "/_emulator/pages/"


def main() -> None:
    """Take the pictures of a sample company."""
    with (
        Emulator(port=8065, clock=lambda: NOW, seed=7) as emulator,
        invoiced.Client("any key", base_url=emulator.url) as client,
        sync_playwright() as playwright,
    ):
        emulator.load_sample()
        invoice = next(iter(client.Invoice.all(filter={"status": "past_due", "currency": "eur"})))
        client.Invoice.retrieve(invoice.id).send()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 960})
        for name, path in (("pages-overview", "/"), ("pages-message", f"{PAGES}outbox/{emulator.outbox[-1]['id']}")):
            page.goto(emulator.url + path)
            page.wait_for_timeout(2_000)  # the viewer of PDFs
            page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
