"""Sign-up pages and their addons (catalog.md, 18)."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.storage.store import Record, column

_PATH = "/sign_up_pages/"


def _complete_page(call: Call, page: Record) -> None:
    if any(plan.get("pricing_mode") == "custom" for plan in page["plans"]):
        raise ApiError(400, "A plan with a custom price cannot be on a sign-up page.", "plans")
    page["url"] = page["url"] or f"{_PATH}{call.token(12)}"


def _render_page(account: Account, page: Record) -> Record:
    """Return a page with its link, and with the item of the setup fee instead of its ID."""
    fee = account.find("item", page["setup_fee"]) if page["setup_fee"] else None
    return {**page, "url": f"{account.origin}{page['url']}", "setup_fee": fee}


def _complete_addon(call: Call, addon: Record) -> None:
    if not addon["plan"] and not addon["catalog_item"]:
        raise ApiError(400, "An addon needs a catalog_item or a plan.", "catalog_item")
    plan = call.find("plan", addon["plan"]) if addon["plan"] else None
    if plan and plan.get("pricing_mode") == "custom":
        raise ApiError(400, "A plan with a custom price cannot be an addon of a sign-up page.", "plans")


SIGN_UP_PAGE = Behaviour(complete=_complete_page, render=_render_page)
SIGN_UP_PAGE_ADDON = Behaviour(complete=_complete_addon, columns={"sign_up_page_id": column("sign_up_page")})
