"""The pages for everybody: axe-core finds no violations, on phones and screens, in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator

PAGES = "/_emulator/pages/"


@pytest.fixture(scope="module")
def pages() -> Iterator[list[str]]:
    """Make at least one record of each kind, and yield the addresses of all pages."""
    with Emulator() as emulator, invoiced.Client("any key", base_url=emulator.url) as client:
        emulator.load_sample(12)
        yield [emulator.url + path for path in _paths(client, emulator)]


def _paths(client: invoiced.Client, emulator: Emulator) -> list[str]:
    client.Plan.create(id="gold", name="Gold", amount=49, interval="month", interval_count=1)
    client.Webhook.create(url="http://127.0.0.1:9/hook", events=["*"])
    emulator.fail("GET /items", status=503)
    customer = client.Customer.create(name="Acme", email="a@example.com")
    invoice = client.Invoice.create(customer=customer.id, items=[{"name": "Copy paper", "unit_cost": 14.95}])
    invoice.send()
    subscription = client.Subscription.create(customer=customer.id, plan="gold")
    emulator.wait_for_webhooks()
    lists = ("customers", "invoices", "estimates", "credit_notes", "payments", "subscriptions", "items", "plans")
    others = ("outbox", "webhooks", "requests", "faults", "data", "requests/1", "nothing")
    records = [f"customers/{customer.id}", f"invoices/{invoice.id}", f"outbox/{emulator.outbox[-1]['id']}"]
    records += [f"subscriptions/{subscription.id}", f"payments/{next(iter(client.Payment.all())).id}"]
    attempt = next(iter(client.WebhookAttempt.all()))
    return ["/", *(PAGES + path for path in (*lists, *others, *records, f"webhooks/{attempt.id}"))]


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violations_on_any_page(chromium: Any, pages: list[str], width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed.")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    viewport = {"width": width, "height": 800}
    context = chromium.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    tab = context.new_page()
    for address in pages:
        tab.goto(address)
        tab.evaluate(script)
        found = tab.evaluate("axe.run().then(results => results.violations)")
        assert not found, (address, [(each["id"], each["nodes"][0]["html"]) for each in found])
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, f"{address} is wider than the screen"
    context.close()
